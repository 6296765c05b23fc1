"""The lock of an engine: one holder, who is named, and whose death frees it."""

from __future__ import annotations

import fcntl
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


def test_a_lock_whose_file_is_replaced_meanwhile_is_taken_at_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, flock = tmp_path / "lock", fcntl.flock
    calls: list[int] = []

    def late(handle: int, how: int) -> None:
        if not calls:
            path.unlink()
        calls.append(how)
        flock(handle, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with lock.exclusive(path, wait=0, clock=SystemClock(threading.Event())), path.open() as other:
        assert len(calls) == 2
        with pytest.raises(BlockingIOError):
            flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_lock_that_cannot_be_made_says_where_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "run" / "lock"
    with (
        pytest.raises(errors.Failure) as failed,
        lock.exclusive(path, wait=0, clock=SystemClock(threading.Event())),
    ):
        pass
    assert failed.value.why == (
        f"the lock {path} cannot be opened (Not a directory): "
        "run scs as root, or set SCS_RUN_DIR to a folder that you may write"
    )
