from __future__ import annotations

import pytest

from scs.adapters.docker import address
from scs.contract import errors


def test_a_socket_is_taken_by_its_path() -> None:
    assert address.parse("unix:///run/a b.sock") == address.UnixSocket(path="/run/a b.sock")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tcp://127.0.0.1:2376", address.LocalPort(ipv6=False, host="127.0.0.1", port=2376)),
        ("tcp://localhost", address.LocalPort(ipv6=False, host="127.0.0.1", port=2375)),
        ("tcp://:99", address.LocalPort(ipv6=False, host="127.0.0.1", port=99)),
        ("tcp://[::1]:99", address.LocalPort(ipv6=True, host="::1", port=99)),
    ],
)
def test_a_loopback_port_is_taken(text: str, expected: address.LocalPort) -> None:
    assert address.parse(text) == expected


@pytest.mark.parametrize("text", ["ssh://root@db", "tcp://10.0.0.5:2375", "tcp://db:2375", "https://db"])
def test_an_engine_of_another_host_is_refused(text: str) -> None:
    with pytest.raises(errors.Failure) as raised:
        address.parse(text)
    assert raised.value.why == (
        f"engine address {text!r} may lead to another host: scs has to run on the engine's own host, because it "
        f"makes folders, mounts and probes there: run it there, with unix:///PATH or tcp://127.0.0.1:PORT"
    )


@pytest.mark.parametrize(
    "text", ["", "/run/docker.sock", "unix://run/docker.sock", "fd://", "tcp://127.0.0.1:x", "tcp://[::1"]
)
def test_an_address_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(errors.Failure) as raised:
        address.parse(text)
    assert raised.value.why == (
        f"engine address {text!r} is not understood: "
        f"write unix:///PATH or tcp://127.0.0.1:PORT, with --engine or in DOCKER_HOST"
    )


def test_a_socket_path_that_the_system_cannot_take_is_refused() -> None:
    with pytest.raises(errors.Failure, match="the path of a socket has at most 107 bytes"):
        address.parse("unix:///" + "x" * 107)
