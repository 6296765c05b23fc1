"""Measures scs beside Docker Compose, prints tables, and writes them to `benchmarks/results.md` when told to."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import arena, growth
from benchmarks.rows import ROWS, Effort, Row
from tests.testbed.bed import Bed
from tests.testbed.host import Host

RESULTS = Path(__file__).with_name("results.md")
MARK = "<!-- measured -->"
"""Everything after it is written anew."""
FULL = Effort(pairs=21, cold_pairs=3)
SHORT = Effort(pairs=2, cold_pairs=1, scale=10)
EXAMPLE = "Example:  script/benchmark --only nothing-to-do"


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/benchmark", description=__doc__, epilog=EXAMPLE)
    kinds = (*ROWS, "growth")
    parser.add_argument("--only", action="append", choices=kinds, help="this part alone; may be given several times")
    parser.add_argument("--short", action="store_true", help="a tenth of everything, to see that it runs")
    parser.add_argument("--write", action="store_true", help="write what was measured to benchmarks/results.md")
    options = parser.parse_args()
    chosen = options.only or kinds
    effort = SHORT if options.short else FULL
    lines = [f"{time.strftime('%Y-%m-%d')}, {_machine()}."]
    if beside := [name for name in ROWS if name in chosen]:
        with Bed() as bed:
            host = bed.new()
            lines += [
                "",
                f"scs {_scs()}, {_compose()}, Docker Engine {_engine(host)}.",
                "",
                *_beside(host, effort, beside),
            ]
    if "growth" in chosen:
        lines += ["", *_growth(growth.SIZES[:2] if options.short else growth.SIZES)]
    print("\n".join(lines))
    if options.write:
        kept = RESULTS.read_text().partition(MARK)[0]
        RESULTS.write_text(f"{kept}{MARK}\n\n" + "\n".join(lines) + "\n")
    return 0


def _beside(host: Host, effort: Effort, chosen: Sequence[str]) -> list[str]:
    lines = [
        "| what | scs | the other | ratio | its quartiles | to reach | pairs |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in chosen:
        for row in ROWS[name](host, effort):
            lines.append(_line(row))
            print(lines[-1], file=sys.stderr, flush=True)
    return lines


def _line(row: Row) -> str:
    found = row.result
    digits = 0 if row.unit == "MB" else 3
    numbers = f"{found.ours:.{digits}f} {row.unit} | {row.theirs}: {found.theirs:.{digits}f} {row.unit}"
    wanted = f"{row.wanted:g}" if row.wanted is not None else "—"
    low, high = found.spread
    return f"| {row.what} | {numbers} | **{found.ratio:.2f}** | {low:.2f} to {high:.2f} | {wanted} | {found.pairs} |"


def _growth(sizes: Sequence[int]) -> list[str]:
    points = growth.measured(sizes)
    lines = [
        "| containers | validate and compile | plan from nothing | together | plan with nothing to do | peak memory |",
        "|---|---|---|---|---|---|",
    ]
    columns = [(one.load, one.fresh, one.load + one.fresh, one.still, one.peak) for one in points]
    for one, (*seconds, peak) in zip(points, columns, strict=True):
        shown = " | ".join(f"{each:.2f} s" for each in seconds)
        lines.append(f"| {one.count:,} | {shown} | {peak / 1e6:.0f} MB |")
    fits = " | ".join(f"{growth.exponent(sizes, column):.2f}" for column in zip(*columns, strict=True))
    return [*lines, f"| exponent that fits best | {fits} |"]


def _machine() -> str:
    system = f"{platform.system()} {platform.release()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return f"{system}, load {os.getloadavg()[0]:.1f}"


def _scs() -> str:
    root = Path(__file__).parents[1]
    return subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False, cwd=root
    ).stdout.strip()


def _compose() -> str:
    said = subprocess.run([arena.compose(), "version"], capture_output=True, text=True, check=True).stdout
    return said.strip()


def _engine(host: Host) -> str:
    return host.docker("version", "--format", "{{.Server.Version}}")


if __name__ == "__main__":
    sys.exit(main())
