"""Measures disco beside its goals and etcd, prints a table, and writes it to `benchmarks/disco.md` when told to."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import uvloop

from benchmarks.disco import page, servers
from benchmarks.disco.bench import DRIVER, Bench
from benchmarks.disco.figures import Figure, Wrong
from benchmarks.disco.rows import ROWS

INTERRUPTED = 130
EXAMPLE = "Example:  script/benchmark-disco --only L1,R1"


def main() -> int:
    """1 where a count was wrong: that row has no figures."""
    options = _options()
    names = options.only or list(ROWS)
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    if not options.unpinned and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {DRIVER})
    found, wrong = dict[str, list[str]](), False
    with tempfile.TemporaryDirectory(prefix="scs-disco-") as folder:
        bench = Bench(folder=Path(folder), short=options.short, pinned=not options.unpinned)
        for name in names:
            try:
                found[name] = page.lines(name, measured(name, bench), time.strftime("%Y-%m-%d"))
            except (KeyboardInterrupt, asyncio.CancelledError):
                print(f"benchmark-disco: ended in the middle of {name}; what it started has ended too", file=sys.stderr)
                return INTERRUPTED
            except Wrong as error:
                wrong = True
                print(f"benchmark-disco: {name} is wrong: {error}", file=sys.stderr)
            else:
                print("\n".join(found[name]), flush=True)
    if options.write:
        page.PAGE.write_text(page.merged(page.PAGE.read_text(), _about(pinned=not options.unpinned), found))
    return int(wrong)


def measured(name: str, bench: Bench) -> Sequence[Figure]:
    """One row, on a loop of its own; ends all that it started, also when it is to end itself."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_row(name, bench))


async def _row(name: str, bench: Bench) -> Sequence[Figure]:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await ROWS[name].measure(bench)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/benchmark-disco", description=__doc__, epilog=EXAMPLE)
    parser.add_argument("--only", type=_names, metavar="ROW,...", help=f"these rows alone, of {', '.join(ROWS)}")
    parser.add_argument("--short", action="store_true", help="seconds for each row, to see that it runs")
    parser.add_argument("--unpinned", action="store_true", help="leave it to the kernel which core runs what")
    parser.add_argument("--write", action="store_true", help="write what was measured to benchmarks/disco.md")
    return parser.parse_args()


def _names(text: str) -> list[str]:
    names = text.split(",")
    unknown = [name for name in names if name not in ROWS]
    if unknown:
        raise argparse.ArgumentTypeError(f"there is no row {unknown[0]}; there are {', '.join(ROWS)}")
    return names


def _about(*, pinned: bool) -> str:
    etcd = subprocess.run([servers.etcd_program(), "--version"], capture_output=True, text=True, check=True).stdout
    cores = "server and driver on a core each" if pinned else "not pinned to cores"
    return (
        f"Linux {platform.release()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"uvloop {metadata.version('uvloop')}, {etcd.splitlines()[0]}; {cores}."
    )


if __name__ == "__main__":
    sys.exit(main())
