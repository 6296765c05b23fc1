"""The server on real sockets of this process: v0 byte for byte, ends of connections, back-pressure, limits."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from pathlib import Path

import pytest

from scs.disco.edges import listening, places, serving
from scs.disco.edges.places import Place
from scs.disco.edges.server import Options
from scs.disco.edges.serving import CannotServe
from scs.disco.edges.snapshots import SnapshotFile
from scs.disco.settings import Settings, Times
from tests.disco.edges.running import HERE, LOOPS, NAMES, SETTINGS, Loop, Wire, offer, run, served, until

DB = '"environment":"dev","service":"blog","role":"db","endpoint":"mysql"'
ADDRESS = '"address":{"host":"192.0.2.7","port":3306}'
SHOWN = '"address":{"host":"192.0.2.7","port":3306,"address":"192.0.2.7"}'
ID = re.compile(r'"[0-9a-f]{24}"')


@LOOPS
def test_a_transcript_of_v0_over_a_socket(loop: Loop) -> None:
    async def scenario() -> None:
        async with served() as running:
            user, provider = await Wire.to(running.place), await Wire.to(running.place)
            user.send("c:1 registry.join {}", f'c:2 requirement.add {{{DB},"attributes":null}}')
            assert [ID.sub("ID", one) for one in await user.lines(2)] == [
                'r:1 {"result":{"id":ID}}',
                'r:2 {"result":{"id":ID,"endpoints":[]}}',
            ]
            provider.send("c:1 registry.join {}\r", "", f'c:2 provision.add {{{DB},{ADDRESS},"attributes":null}}')
            told = await user.line()
            added = f'{{"id":ID,"action":"add","endpoints":[{{"id":ID,{SHOWN},"attributes":{{}}}}]}}'
            assert ID.sub("ID", told) == f"c:1 requirement.changed {added}"
            first, second = await provider.lines(2)
            identifier = json.loads(second.split(" ", 1)[1])["result"]["id"]
            assert ID.sub("ID", first) == 'r:1 {"result":{"id":ID}}'
            provider.send(f'c:3 provision.drop {{"id":"{identifier}","wait":5}}')
            assert '"action":"drop"' in await user.line()
            user.send('r:2 {"result":{"ack":true}}')
            assert await provider.line() == 'r:3 {"result":{"timed_out":false}}'
            provider.send("what is this", 'c:4 session.attach {"id":"x"}', 'c:5 ping {"reply":"hello"}')
            assert await provider.line() == 'e {"name":"Error","message":"Unrecognized message format."}'
            assert (await provider.line()).startswith('r:4 {"error":')
            assert '"message":"hello"' in await provider.line()
            user.close()
            provider.close()

    run(loop, scenario())


@pytest.mark.parametrize("size", [1, 7])
def test_lines_may_come_in_pieces(size: int) -> None:
    async def scenario() -> None:
        async with served() as running:
            wire = await Wire.to(running.place)
            text = b'c:1 ping {"reply":"\xc3\xa9"}\r\n'
            for start in range(0, len(text), size):
                wire.writer.write(text[start : start + size])
                await wire.writer.drain()
                await asyncio.sleep(0)
            assert (await wire.line()).startswith('r:1 {"result":{"message":"\\u00e9"')
            wire.close()

    asyncio.run(scenario())


@LOOPS
@pytest.mark.parametrize("end", ["FIN", "RST", "half"])
def test_who_is_gone_is_suspect_at_once_and_our_side_closes(loop: Loop, end: str) -> None:
    async def scenario() -> None:
        async with served() as running:
            user, provider = await Wire.to(running.place), await Wire.to(running.place)
            await user.join()
            await provider.join(timeout=60)
            await provider.ask("provision.set", offer())
            await user.ask("requirement.set", {**NAMES, "uid": "r"})
            assert len((await user.changed())["add"]) == 1  # type: ignore[arg-type]  # a list
            if end == "RST":
                provider.reset()
            elif end == "FIN":
                provider.writer.close()
            else:
                provider.writer.write_eof()
                assert await provider.ended()
            told = await user.changed()
            assert [one["state"] for one in told["update"]] == ["suspect"]  # type: ignore[attr-defined]  # a list
            assert running.core.status()["connections"] == 1
            user.close()
            provider.close()

    run(loop, scenario())


@LOOPS
def test_commands_that_come_with_the_fin_are_done_and_answered(loop: Loop) -> None:
    async def scenario() -> None:
        async with served() as running:
            wire = await Wire.to(running.place)
            wire.send('c:1 ping {"reply":1}', 'c:2 ping {"reply":2}')
            wire.writer.write_eof()
            assert [line[:4] for line in await wire.lines(2)] == ["r:1 ", "r:2 "]
            assert await wire.ended()
            wire.close()

    run(loop, scenario())


@LOOPS
def test_the_server_goes_on_after_an_error_of_its_own(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with served() as running:
            bad, good = await Wire.to(running.place), await Wire.to(running.place)

            def fail(*_: object) -> None:
                raise ZeroDivisionError("on purpose")

            with monkeypatch.context() as patch:
                patch.setattr(type(running.core), "receive", fail)
                bad.send("c:1 ping {}")
                assert await bad.ended()
            good.send("c:1 ping {}")
            assert (await good.line()).startswith("r:1 ")
            assert "warning this is a bug of disco, it goes on: ZeroDivisionError: on purpose" in running.said
            bad.close()
            good.close()

    run(loop, scenario())


@LOOPS
def test_a_unix_socket_serves_its_owner_alone_and_is_removed(loop: Loop, tmp_path: Path) -> None:
    async def scenario() -> None:
        path = tmp_path / "disco.sock"
        left = socket.socket(socket.AF_UNIX)
        left.bind(str(path))
        left.close()  # a server that was killed leaves it
        async with served(Options(listen=(Place(path=str(path)),), settings=SETTINGS)) as running:
            assert path.stat().st_mode & 0o777 == 0o600
            wire = await Wire.to(running.place)
            assert (await wire.join())["proto"] == 1
            with pytest.raises(CannotServe, match="another server answers there"):
                listening.bind(Place(path=str(path)))
            wire.close()
        assert not path.exists()

    run(loop, scenario())


def test_a_place_that_is_taken_is_said_with_what_it_may_be() -> None:
    async def scenario() -> None:
        async with served() as running:
            with pytest.raises(CannotServe, match="Address already in use: does another server run"):
                listening.bind(running.place)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("encrypted", "tokens", "says"),
    [
        (False, True, "without TLS anybody on the way reads and changes what is said: give --cert and --key, or"),
        (True, False, "without tokens anybody may provide anything: give --tokens FILE, or --insecure"),
    ],
)
@pytest.mark.parametrize("place", ["0.0.0.0:1", "192.0.2.1:1", "[::]:1", "disco.example.org:1"])
def test_other_machines_are_let_in_only_with_tls_and_tokens(
    place: str, encrypted: bool, tokens: bool, says: str
) -> None:
    with pytest.raises(CannotServe, match=says):
        listening.check(places.parse(place), encrypted=encrypted, tokens=tokens, insecure=False)
    listening.check(places.parse(place), encrypted=encrypted, tokens=tokens, insecure=True)
    listening.check(places.parse(place), encrypted=True, tokens=True, insecure=False)


@pytest.mark.parametrize("place", ["127.0.0.1:1", "127.8.9.1:1", "[::1]:1", "localhost:1", "unix:/x"])
def test_this_machine_is_let_in_without(place: str) -> None:
    listening.check(places.parse(place), encrypted=False, tokens=False, insecure=False)


def test_settings_of_a_server_without_tokens_are_open() -> None:
    async def scenario() -> None:
        async with served(Options(listen=(HERE,), settings=Settings(open=False, times=Times(grace=0)))) as running:
            wire = await Wire.to(running.place)
            assert "id" in await wire.join()
            wire.close()

    asyncio.run(scenario())


def test_a_task_of_the_server_that_fails_is_said_and_begun_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "AGAIN", 0.01)
    kept, tries = tmp_path / "snapshot.json", 0
    good = SnapshotFile.begin

    def bad(file: SnapshotFile) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise ValueError("on purpose")
        good(file)

    monkeypatch.setattr(SnapshotFile, "begin", bad)

    async def scenario() -> None:
        async with served(Options(listen=(HERE,), settings=SETTINGS, snapshot=kept)) as running:
            await until(kept.exists, "the snapshot is written after all")
            assert "warning this is a bug of disco, it goes on: ValueError: on purpose" in running.said
            assert running.server.serving.counters["internal_errors"] == 1

    asyncio.run(scenario())
