"""Starts scs again and again without importing it again: each run is a fork of a process that has; judges nothing.

Run as `python -m tests.torture.launch`. A line of JSON on its input starts one run; the answers are lines as well:
`{"run": …, "pid": …}` when it began, `{"pid": …, "code": …}` when it ended.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import selectors
import signal
import sys
import traceback
from contextlib import suppress
from typing import Any

NEEDED = (
    "scs.cli.main",
    *(f"scs.cli.{name}" for name in ("apply", "destroy", "plan", "status")),
    "scs.cli.changing",
    "scs.adapters.docker.engine",
    "scs.adapters.images.builder",
)


def main() -> None:
    """Until the input ends."""
    for name in NEEDED:
        importlib.import_module(name)
    wiring = importlib.import_module("scs.wiring")
    wiring.types()
    gc.freeze()
    reading, writing = os.pipe()
    for end in (reading, writing):
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    pending = b""
    with selectors.DefaultSelector() as selector:
        selector.register(0, selectors.EVENT_READ)
        selector.register(reading, selectors.EVENT_READ)
        while True:
            ready = [key.fd for key, _ in selector.select()]
            if reading in ready:
                with suppress(BlockingIOError):
                    os.read(reading, 4096)
                _reap()
            if 0 in ready:
                more = os.read(0, 65536)
                if not more:
                    return
                *lines, pending = (pending + more).split(b"\n")
                for line in lines:
                    _begin(json.loads(line))


def _begin(order: dict[str, Any]) -> None:
    child = os.fork()
    if child == 0:
        _become(order)
    _say({"run": order["run"], "pid": child})


def _reap() -> None:
    with suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            _say({"pid": pid, "code": os.waitstatus_to_exitcode(status)})


def _say(value: dict[str, Any]) -> None:
    os.write(1, json.dumps(value).encode() + b"\n")


def _become(order: dict[str, Any]) -> None:
    """In the child: what `python -m scs ARGUMENTS` would do, with its output in files."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    code = 1
    try:
        for number, name in ((1, "out"), (2, "err")):
            handle = os.open(order[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.dup2(handle, number)
            os.close(handle)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.chdir(order["cwd"])
        sys.argv = ["scs", *order["argv"]]
        importlib.import_module("scs.__main__").run()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
