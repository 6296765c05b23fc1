"""Reading the host: recorded tables of the kernel, and real sockets on loopback."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from scs.adapters import commands
from scs.adapters.host import LinuxHost, parse_listeners
from scs.model.observed import Listener
from scs.model.service import Check, HttpCheck, TcpCheck

TCP = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 21
   1: 0200C612:8AD6 0100C612:01BB 01 00000000:00000000 00:00000000 00000000     0        0 22
"""
TCP6 = """\
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when
   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000
   1: 00000000000000000000000001000000:0019 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000
"""


def test_only_waiting_sockets_count_as_listeners() -> None:
    assert list(parse_listeners(TCP, "tcp")) == [Listener(address="127.0.0.1", port=8080, protocol="tcp")]


def test_addresses_of_both_families_are_read() -> None:
    assert list(parse_listeners(TCP6, "tcp")) == [
        Listener(address="::", port=80, protocol="tcp"),
        Listener(address="::1", port=25, protocol="tcp"),
    ]


def test_a_listening_port_of_this_host_is_seen() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert Listener(address="127.0.0.1", port=port, protocol="tcp") in LinuxHost().listeners()


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(int(self.path.strip("/")))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def web() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("status", "reason"), [(200, ""), (302, ""), (404, "GET /404 on port {} answers 404")])
def test_an_http_check_passes_below_400(web: int, status: int, reason: str) -> None:
    check = Check(probe=HttpCheck(path=f"/{status}"), port=web)
    assert LinuxHost().probe("127.0.0.1", check) == reason.format(web)


def test_a_tcp_check_passes_when_somebody_accepts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert LinuxHost().probe("127.0.0.1", Check(probe=TcpCheck(), port=port)) == ""
    reason = LinuxHost().probe("127.0.0.1", Check(probe=TcpCheck(), port=port))
    assert reason == f"port {port}: connection refused"


def test_a_mute_server_fails_within_the_checks_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        check = Check(probe=HttpCheck(), port=server.getsockname()[1], timeout=0.2)
        assert LinuxHost().probe("127.0.0.1", check).endswith("timed out")


def test_a_program_for_administrators_is_found_without_their_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mkfs.new").touch(0o755)
    monkeypatch.setattr(commands, "ADMIN_FOLDERS", (str(tmp_path),))
    monkeypatch.setenv("PATH", "/nowhere")
    assert LinuxHost().program("mkfs.new") == f"{tmp_path}/mkfs.new"
    assert LinuxHost().program("sh") == ""


def test_programs_and_folders_are_found_or_not() -> None:
    host = LinuxHost()
    assert host.program("sh").endswith("/sh")
    assert host.program("no-such-program") == ""
    assert not host.writable("/proc/1")
