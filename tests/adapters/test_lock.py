"""The lock of an engine: one holder, who is named, and whose death frees it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from scs.adapters import lock
from scs.adapters.clock import SystemClock
from scs.contract import errors

HOLDER = """
import sys, threading
from pathlib import Path
from scs.adapters import lock
from scs.adapters.clock import SystemClock
with lock.exclusive(Path(sys.argv[1]), wait=0, clock=SystemClock(threading.Event())):
    print("held", flush=True)
    sys.stdin.read()
"""


def hold(path: Path) -> subprocess.Popen[str]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(lock.__file__).parents[2])},
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def test_the_holder_is_named(tmp_path: Path) -> None:
    path = tmp_path / "engine" / "lock"
    with hold(path) as holder:
        clock = SystemClock(threading.Event())
        with pytest.raises(errors.Refusal) as refused, lock.exclusive(path, wait=0, clock=clock):
            pass
        holder.kill()
    assert f"(process {holder.pid}, since " in refused.value.why
    assert refused.value.why.startswith("another run changes this engine: 'scs ")


def test_a_holder_that_died_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with hold(path) as holder:
        holder.kill()
    with lock.exclusive(path, wait=0, clock=SystemClock(threading.Event())):
        pass


def test_a_waiter_gets_it_when_the_holder_ends(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with hold(path) as holder:
        assert holder.stdin is not None
        end = threading.Timer(0.3, holder.stdin.close)
        end.start()
        with lock.exclusive(path, wait=30, clock=SystemClock(threading.Event())):
            end.join()
