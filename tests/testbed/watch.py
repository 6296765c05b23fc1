"""A process that outlives its owner for a moment: when the owner ends in whatever way, it sweeps the lane.

Without it, what a killed test run left would stay until the next run starts.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.testbed import claims, names

ROOT = Path(__file__).parents[2]


def start(lane: names.Lane) -> subprocess.Popen[bytes]:
    """A watcher for the calling process, which ends when the pipe to it closes."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.testbed.watch", str(lane.number)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        start_new_session=True,
    )


def stop(watcher: subprocess.Popen[bytes]) -> None:
    """Let it see that nothing is left, and end."""
    watcher.communicate(timeout=60)


def main(number: str) -> None:
    """Wait for the end of the input, then sweep the lane, unless its owner has done so."""
    sys.stdin.buffer.read()
    lane = names.Lane(number=int(number))
    if lane.owner.exists():
        claims.take_back(lane)


if __name__ == "__main__":
    main(sys.argv[1])
