"""A line in the hosts file for as long as a process lives."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scs.adapters import hosts_file, replacing
from scs.contract import errors

THEIRS = "127.0.0.1 localhost\n# by hand\n192.0.2.7\tprinter Printer.local # the one upstairs\n"
HOLDER = """
import sys
from pathlib import Path
from scs.adapters import hosts_file, replacing
hosts, locks, name = sys.argv[1:]
with hosts_file.entry(name, hosts=Path(hosts), locks=Path(locks)) as address:
    print(address, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def hosts(tmp_path: Path) -> Path:
    file = tmp_path / "hosts"
    file.write_text(THEIRS)
    file.chmod(0o644)
    return file


@pytest.fixture
def locks(tmp_path: Path) -> Path:
    return tmp_path / "run" / "hosts.lock"


def holder(hosts: Path, locks: Path, name: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(hosts), str(locks), name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("127.")
    return process


def killed(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_the_name_is_there_for_the_block_and_no_longer(hosts: Path, locks: Path) -> None:
    with hosts_file.entry("db.local", hosts=hosts, locks=locks) as address:
        *before, ours = hosts.read_text().splitlines(keepends=True)
        assert "".join(before) == THEIRS
        assert ours.startswith(f"{address} db.local # scs forward: process {os.getpid()} started ")
        assert hosts.stat().st_mode & 0o777 == 0o644
    assert hosts.read_text() == THEIRS


def test_it_is_removed_when_the_block_fails(hosts: Path, locks: Path) -> None:
    with pytest.raises(ZeroDivisionError), hosts_file.entry("db.local", hosts=hosts, locks=locks):
        raise ZeroDivisionError
    assert hosts.read_text() == THEIRS


def test_a_name_has_the_same_loopback_address_each_time_and_no_other_name_has_it(hosts: Path, locks: Path) -> None:
    found = []
    for _ in range(2):
        with (
            hosts_file.entry("db.local", hosts=hosts, locks=locks) as one,
            hosts_file.entry("web.local", hosts=hosts, locks=locks) as other,
        ):
            found.append((one, other))
    assert found[0] == found[1]
    assert len(set(found[0])) == 2
    assert all(address.startswith("127.") for address in found[0])


def test_an_address_that_somebody_else_named_is_left_to_him(hosts: Path, locks: Path) -> None:
    with hosts_file.entry("db.local", hosts=hosts, locks=locks) as address:
        pass
    hosts.write_text(f"{THEIRS}{address} mine\n")
    with hosts_file.entry("db.local", hosts=hosts, locks=locks) as another:
        assert another != address


def test_what_a_killed_process_left_is_removed_by_the_next(hosts: Path, locks: Path) -> None:
    killed(holder(hosts, locks, "db.local"))
    assert "db.local" in hosts.read_text()
    with hosts_file.entry("web.local", hosts=hosts, locks=locks):
        assert "db.local" not in hosts.read_text()
    killed(holder(hosts, locks, "db.local"))
    hosts_file.tidy(hosts=hosts, locks=locks)
    assert hosts.read_text() == THEIRS


def test_a_process_that_has_the_number_of_a_dead_one_keeps_nothing_there(hosts: Path, locks: Path) -> None:
    hosts.write_text(f"{THEIRS}127.64.0.9 db.local # scs forward: process {os.getpid()} started 1\n")
    hosts_file.tidy(hosts=hosts, locks=locks)
    assert hosts.read_text() == THEIRS


def test_what_a_living_process_has_stays_and_is_refused_to_others(hosts: Path, locks: Path) -> None:
    process = holder(hosts, locks, "db.local")
    try:
        hosts_file.tidy(hosts=hosts, locks=locks)
        text = hosts.read_text()
        address = text.splitlines()[-1].split()[0]
        with (
            pytest.raises(errors.Refusal) as refused,
            hosts_file.entry("DB.local", hosts=hosts, locks=locks),
        ):
            pass
        assert refused.value.why == (
            f"DB.local is {address} already, for another 'scs forward' (process {process.pid}): "
            "end that, or take another name"
        )
        assert hosts.read_text() == text
    finally:
        process.communicate("")
    assert hosts.read_text() == THEIRS


def test_a_name_that_the_file_has_is_not_given_another_meaning(hosts: Path, locks: Path) -> None:
    with (
        pytest.raises(errors.Refusal) as refused,
        hosts_file.entry("printer.local", hosts=hosts, locks=locks),
    ):
        pass
    assert refused.value.why == f"{hosts} has printer.local already, as 192.0.2.7: take another name"


@pytest.mark.parametrize("name", ["", "a b", "a\nb", "-a", "a..b", "x" * 64, "a#"])
def test_what_is_no_name_is_refused(name: str, hosts: Path, locks: Path) -> None:
    with (
        pytest.raises(errors.Refusal, match="cannot be a host's name"),
        hosts_file.entry(name, hosts=hosts, locks=locks),
    ):
        pass
    assert hosts.read_text() == THEIRS


def test_a_file_that_is_mounted_by_itself_is_written_in_place(
    hosts: Path, locks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object, **__: object) -> None:
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr(replacing, "replace", busy)
    inode = hosts.stat().st_ino
    with hosts_file.entry("db.local", hosts=hosts, locks=locks):
        assert "db.local" in hosts.read_text()
    assert (hosts.read_text(), hosts.stat().st_ino) == (THEIRS, inode)


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path, locks: Path) -> None:
    with (
        pytest.raises(errors.Failure) as failed,
        hosts_file.entry("db.local", hosts=tmp_path / "none", locks=locks),
    ):
        pass
    assert failed.value.why == (
        f"{tmp_path / 'none'} cannot be edited: No such file or directory; run scs as root, or without --hosts-entry"
    )


def test_bytes_that_are_no_text_and_a_missing_end_stay(hosts: Path, locks: Path) -> None:
    hosts.write_bytes(b"127.0.0.1 localhost\n\n# caf\xe9\r\n10.0.0.1 a\x0bb")
    with hosts_file.entry("db.local", hosts=hosts, locks=locks):
        pass
    assert hosts.read_bytes() == b"127.0.0.1 localhost\n\n# caf\xe9\r\n10.0.0.1 a\x0bb\n"
