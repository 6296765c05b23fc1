"""Ctrl-C while something is changed."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from scs.cli import changing


def test_ctrl_c_sets_the_event_in_a_thread_that_cannot_hold_its_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    by: list[threading.Thread] = []
    before = signal.getsignal(signal.SIGINT)
    with changing.interruptible() as stop:
        set_it = stop.set

        def seen() -> None:
            by.append(threading.current_thread())
            set_it()

        monkeypatch.setattr(stop, "set", seen)
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.wait(10)
    assert by
    assert threading.main_thread() not in by
    assert signal.getsignal(signal.SIGINT) == before
