from __future__ import annotations

import threading

import pytest

from scs.adapters.clock import SystemClock
from scs.contract import errors


def test_a_sleep_lasts_as_long_as_it_was_asked_to() -> None:
    clock = SystemClock(threading.Event())
    started = clock.monotonic()
    clock.sleep(0.02)
    assert clock.monotonic() - started >= 0.02


def test_a_sleep_ends_at_once_when_the_run_is_to_stop() -> None:
    stopping = threading.Event()
    clock = SystemClock(stopping)
    started = clock.monotonic()
    timer = threading.Timer(0.02, stopping.set)
    timer.start()
    with pytest.raises(errors.Interrupted):
        clock.sleep(60)
    timer.join()
    assert clock.monotonic() - started < 30


def test_no_time_left_is_no_sleep() -> None:
    SystemClock(threading.Event()).sleep(-1)
