"""Lists without the SDK, and the SDK where they do not come."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from scs.adapters.docker import listed
from scs.contract import errors
from tests.adapters.docker.peer import Peer, refusal, reply

VOLUME = {"Name": "data", "Driver": "local", "Mountpoint": "/v"}


def lists(first: str) -> Iterable[bytes]:
    if "volumes" in first:
        return [reply(200, {"Volumes": [VOLUME]})]
    return [reply(200, [])]


def test_lists_need_no_sdk(tmp_path: Path) -> None:
    program = (
        "import sys; from scs.adapters.docker import listed; "
        f"print(listed.engine({f'unix://{tmp_path}/engine.sock'!r}).list().volumes[0].name, 'docker' in sys.modules)"
    )
    with Peer(tmp_path, lists):
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=Path())
    assert done.stdout == "data False\n"


def test_neither_does_what_else_a_plan_rests_on(tmp_path: Path) -> None:
    said = {
        "info": {"NCPU": 3, "DockerRootDir": "/d"},
        "containers/abc/json": {"Id": "abc", "HostConfig": {"Memory": 5}},
    }
    program = (
        "import sys; from scs.adapters.docker import listed; "
        f"engine = listed.engine({f'unix://{tmp_path}/engine.sock'!r}); "
        "print(engine.facts().cpus, engine.live('abc').memory, 'docker' in sys.modules)"
    )
    with Peer(tmp_path, lambda first: [reply(200, next(one for path, one in said.items() if path in first))]):
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=Path())
    assert done.stdout == "3 5 False\n"


def test_a_container_that_is_not_there_is_none(tmp_path: Path) -> None:
    with Peer(tmp_path, lambda _: [refusal(404, "No such container: abc")]) as peer:
        assert listed.engine(peer.address).live("abc") is None


def test_an_engine_that_falls_mute_after_its_lists_is_waited_for_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listed, "READ_SECONDS", 0.3)
    with Peer(tmp_path) as peer:
        peer.script = lambda _: peer.silence()
        began = time.monotonic()
        with pytest.raises(errors.Retry, match=r"cannot look at container abc: the engine at .* did not answer"):
            listed.engine(peer.address).live("abc")
        assert time.monotonic() - began < 3.0


def test_an_engine_that_wants_another_version_gets_it(tmp_path: Path) -> None:
    words = "client version 1.41 is too old. Minimum supported API version is 1.44, please upgrade"
    with Peer(tmp_path, lambda first: [refusal(400, words)] if "/v1.41/" in first else lists(first)) as peer:
        found = listed.engine(peer.address).list()
        assert found.volumes[0].name == "data"
        assert found.words.startswith(b"1.44\n")


def test_a_mute_engine_is_waited_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listed, "READ_SECONDS", 0.3)
    with Peer(tmp_path) as peer:
        peer.script = lambda _: peer.silence()
        began = time.monotonic()
        with pytest.raises(errors.Retry, match=r"cannot list containers: the engine at unix://.* did not answer"):
            listed.engine(peer.address).list()
        assert time.monotonic() - began < 3.0


def test_no_engine_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(errors.EngineUnavailable, match="no engine answers at"):
        listed.engine(f"unix://{tmp_path}/none.sock").list()


def test_what_is_no_list_is_said_not_to_be_one(tmp_path: Path) -> None:
    said = reply(200, raw=json.dumps({"a": 1}).encode())
    why = "does not speak like a Docker Engine"
    with Peer(tmp_path, lambda _: [said]) as peer, pytest.raises(errors.Retry, match=why):
        listed.engine(peer.address).list()


def test_an_address_elsewhere_is_refused_at_once() -> None:
    with pytest.raises(errors.Failure, match="may lead to another host"):
        listed.engine("tcp://198.51.100.1:2375")
