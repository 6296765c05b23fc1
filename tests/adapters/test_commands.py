from __future__ import annotations

import os
import select
import shlex
import threading
import time
from pathlib import Path

import pytest

from scs.adapters import commands
from scs.adapters.commands import SystemCommands
from scs.contract import errors
from scs.contract.context import Completed

SECONDS = 20.0


def run(*argv: str, timeout: float = SECONDS, stdin: bytes | None = None) -> Completed:
    return SystemCommands(threading.Event()).run(argv, timeout=timeout, stdin=stdin)


def gone(pid: int) -> bool:
    """Whether the process ends soon: a killed one still closes its files for a moment."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], SECONDS)[0])
    finally:
        os.close(handle)


def test_code_output_and_error_come_back() -> None:
    assert run("sh", "-c", "echo out; echo err >&2; exit 3") == Completed(code=3, stdout="out\n", stderr="err\n")


def test_no_shell_reads_the_arguments() -> None:
    assert run("echo", "$HOME;", "a  b").stdout == "$HOME; a  b\n"


def test_bytes_that_are_no_text_are_escaped() -> None:
    assert run("printf", "ö\\377").stdout == "ö\\xff"


def test_input_is_given_and_otherwise_empty() -> None:
    assert run("cat", stdin=b"x" * 1_000_000).stdout == "x" * 1_000_000
    assert run("cat").stdout == ""


def test_a_program_may_take_its_time_to_read_its_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "POLL_SECONDS", 0.01)
    assert run("sh", "-c", "sleep 0.2; cat", stdin=b"x" * 1_000_000).stdout == "x" * 1_000_000


def test_programs_speak_the_c_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("LANGUAGE", "de")
    assert run("sh", "-c", 'echo "$LC_ALL $LANGUAGE"').stdout == "C.UTF-8 C\n"


def test_programs_for_administrators_are_found_by_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert run("sh", "-c", 'echo "$PATH"').stdout == "/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin\n"


def test_a_program_runs_in_a_group_of_its_own() -> None:
    pid, group = map(int, run("sh", "-c", "cut -d' ' -f1,5 /proc/$$/stat").stdout.split())
    assert pid == group != os.getpgrp()


def test_a_missing_program_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "PACKAGES", {"mkfs.nosuch": "e2fsnosuch"})
    with pytest.raises(errors.Failure) as raised:
        run("mkfs.nosuch", "/dev/x")
    assert raised.value.why == ("the program mkfs.nosuch is not there: install it with 'apt-get install e2fsnosuch'")


def test_a_missing_program_that_nobody_knows_is_told_so() -> None:
    with pytest.raises(errors.Failure) as raised:
        run("no-such-program")
    assert raised.value.why == ("the program no-such-program is not there: install the package that holds it")


def test_a_file_that_is_no_program_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(errors.Failure, match=f"cannot run {tmp_path}: Permission denied"):
        run(str(tmp_path))
    with pytest.raises(errors.Failure, match="embedded null byte"):
        run("echo", "a\0b")


def test_a_program_that_takes_too_long_is_ended_with_all_its_children(tmp_path: Path) -> None:
    note = tmp_path / "pids"
    with pytest.raises(errors.Retry) as raised:
        run("sh", "-c", f"sleep 600 & echo $! $$ >{shlex.quote(str(note))}; wait", timeout=0.5)
    assert raised.value.why.endswith(" did not end within 0.5 s and was killed")
    assert all(gone(int(pid)) for pid in note.read_text().split())


def test_a_program_that_will_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "GRACE_SECONDS", 0.1)
    note = tmp_path / "pid"
    script = f"trap '' TERM; echo $$ >{shlex.quote(str(note))}; while :; do sleep 600; done"
    with pytest.raises(errors.Retry):
        run("sh", "-c", script, timeout=0.5)
    assert gone(int(note.read_text()))


def test_a_program_may_tidy_up_before_it_ends(tmp_path: Path) -> None:
    note = tmp_path / "tidied"
    script = f"trap 'echo yes >{shlex.quote(str(note))}; exit' TERM; sleep 600 & wait"
    with pytest.raises(errors.Retry):
        run("sh", "-c", script, timeout=0.5)
    assert note.read_text() == "yes\n"


def test_a_child_that_keeps_the_output_open_is_ended_too(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    started = time.monotonic()
    with pytest.raises(errors.Retry):
        run("sh", "-c", f"sleep 600 & echo $! >{shlex.quote(str(note))}", timeout=0.5)
    assert gone(int(note.read_text()))
    assert time.monotonic() - started < commands.GRACE_SECONDS


def test_a_request_to_stop_ends_a_program_with_all_its_children(tmp_path: Path) -> None:
    note, stop = tmp_path / "pids", threading.Event()
    os.mkfifo(note)
    pids: list[int] = []

    def ask() -> None:
        pids.extend(map(int, note.read_text().split()))
        stop.set()

    asking = threading.Thread(target=ask)
    asking.start()
    with pytest.raises(errors.Interrupted):
        SystemCommands(stop).run(
            ("sh", "-c", f"sleep 600 & echo $! $$ >{shlex.quote(str(note))}; wait"), timeout=SECONDS
        )
    asking.join()
    assert len(pids) == 2
    assert all(gone(pid) for pid in pids)


def test_what_begins_after_a_request_to_stop_is_tidying_up_and_runs_to_its_end() -> None:
    stop = threading.Event()
    stop.set()
    assert SystemCommands(stop).run(("sh", "-c", "sleep 0.5; echo tidied"), timeout=SECONDS).stdout == "tidied\n"
