"""Name servers of hosts: which can be reached, and how questions for a local one get to an outer one."""

from __future__ import annotations

import sys
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from tests.testbed import commands, network
from tests.testbed.host import Host

ASK = r"""
import socket, sys
question = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03deb\x06debian\x03org\x00\x00\x01\x00\x01"
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
    client.settimeout(10)
    client.sendto(question, ("127.0.0.53", 53))
    print(client.recv(512)[:2].hex())
"""


def _resolv(path: Path, *addresses: str) -> Path:
    path.write_text("# made by a test\nsearch example.org\n" + "".join(f"nameserver {a}\n" for a in addresses))
    return path


def test_outer_name_servers_are_taken_and_local_ones_left_out(tmp_path: Path) -> None:
    given = _resolv(tmp_path / "one", "127.0.0.1", "192.0.2.53", "::1", "192.0.2.54")
    assert network.resolvers([given]) == [IPv4Address("192.0.2.53"), IPv4Address("192.0.2.54")]


def test_behind_a_local_name_server_those_of_systemd_are_taken(tmp_path: Path) -> None:
    stub = _resolv(tmp_path / "stub", "127.0.0.53")
    upstream = _resolv(tmp_path / "upstream", "192.0.2.53")
    assert network.resolvers([stub, upstream]) == [IPv4Address("192.0.2.53")]
    assert network.local_resolvers(stub) == [IPv4Address("127.0.0.53")]


def test_without_any_outer_name_server_it_says_where_it_looked(tmp_path: Path) -> None:
    stub = _resolv(tmp_path / "stub", "127.0.0.53")
    with pytest.raises(commands.BedError) as refused:
        network.resolvers([stub, tmp_path / "missing"])
    where = f"{stub} and {tmp_path / 'missing'}"
    assert str(refused.value) == (f"no name server outside of this machine in {where}: hosts cannot resolve")


def test_nothing_is_redirected_without_a_local_name_server() -> None:
    assert network.redirects([], [IPv4Address("192.0.2.53")]) == []


def test_a_question_for_a_local_name_server_is_answered_by_an_outer_one(fresh_host: Host) -> None:
    for argv in network.redirects([IPv4Address("127.0.0.53")], network.resolvers()):
        fresh_host.run(argv, check=True)
    assert fresh_host.run([sys.executable, "-c", ASK], check=True).stdout == "1234\n"
