"""The client for Python programs against servers on real sockets."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from scs.disco.client.options import Options as ClientOptions
from scs.disco.edges import names
from scs.disco.edges.client import Discovery
from scs.disco.edges.places import Place
from scs.disco.edges.server import Options
from scs.disco.edges.wishes import Answer, Asked, Offer, Unreachable, Watch
from scs.disco.problems import Refused
from scs.disco.values import Key
from tests.disco.edges.running import NAMES, PATIENCE, SETTINGS, served, until

KEY = Key(**NAMES)
QUICK = ClientOptions(client="c", backoff=0.02, cap=0.1)
HERE = Offer(key=KEY, host="192.0.2.1", port=80, attributes={"tier": "gold"}, weight=3)


async def next_of(watch: Watch) -> Answer:
    async with asyncio.timeout(PATIENCE):
        return await anext(watch)


def hosts(answer: Answer) -> list[str]:
    return [one.host for one in answer.endpoints]


def test_what_one_provides_the_other_is_told_of_until_it_is_withdrawn() -> None:
    async def scenario() -> None:
        async with served() as running:
            places = [running.place]
            async with Discovery(places, QUICK) as provider, Discovery(places, QUICK) as user:
                watch = user.watch(KEY)
                assert hosts(await next_of(watch)) == []
                provider.provide("a", HERE)
                (one,) = (await next_of(watch)).endpoints
                assert (one.host, one.port, one.weight, one.attributes) == ("192.0.2.1", 80, 3, (("tier", "gold"),))
                assert await provider.withdraw("a", wait=5) == {"timed_out": False}
                assert hosts(await next_of(watch)) == []

    asyncio.run(scenario())


def test_a_slow_application_gets_the_newest_set_alone() -> None:
    async def scenario() -> None:
        async with served() as running, Discovery([running.place], QUICK) as client:
            watch = client.watch(KEY)
            for number in range(5):
                client.provide(f"u{number}", Offer(key=KEY, host=f"192.0.2.{number + 1}", port=80))
            told = client.client.state.told
            await until(lambda: any(len(one.endpoints) == 5 for one in told.values()), "the client was told of all")
            assert len((await next_of(watch)).endpoints) == 5

    asyncio.run(scenario())


def test_a_watch_that_is_closed_ends_and_the_server_forgets_it() -> None:
    async def scenario() -> None:
        async with served() as running, Discovery([running.place], QUICK) as client:
            watch = client.watch(KEY)
            await next_of(watch)
            assert running.core.required() == {KEY: 1}
            watch.close()
            watch.close()
            with pytest.raises(StopAsyncIteration):
                await anext(watch)
            await until(lambda: not running.core.required(), "nobody requires it")

    asyncio.run(scenario())


def test_filters_and_preference_are_the_servers_and_the_clients() -> None:
    async def scenario() -> None:
        async with served() as running, Discovery([running.place], ClientOptions(dc="x", zone="b")) as client:
            for zone in ("a", "b"):
                client.provide(zone, Offer(key=KEY, host=f"{zone}.example", port=80, zone=zone, attributes={"t": 1}))
            client.provide("c", Offer(key=KEY, host="c.example", port=80, zone="b", attributes={"t": 2}))
            await client.ready(PATIENCE)
            await client.settled()
            watch = client.watch(KEY, Asked(filter={"t": 1}, prefer=("zone", "any")))
            assert hosts(await next_of(watch)) == ["b.example", "a.example"]

    asyncio.run(scenario())


def test_a_requirement_that_is_refused_raises_where_it_is_followed() -> None:
    async def scenario() -> None:
        async with served() as running, Discovery([running.place], QUICK) as client:
            with pytest.raises(Refused, match="nonsense"):
                await next_of(client.watch(KEY, Asked(filter={"t": {"nonsense": 1}})))

    asyncio.run(scenario())


def test_an_offer_that_is_refused_is_told_to_whoever_asked_for_it() -> None:
    async def scenario() -> None:
        refused: list[tuple[str, str]] = []
        async with (
            served() as running,
            Discovery([running.place], QUICK, failed=lambda what, why: refused.append((what, why))) as client,
        ):
            await client.ready(PATIENCE)
            client.provide("a", Offer(key=KEY, host="192.0.2.1", port=0))
            await client.settled()
        assert [what for what, _ in refused] == ["offer a"]
        assert "port" in refused[0][1]

    asyncio.run(scenario())


def test_a_command_that_is_refused_raises() -> None:
    async def scenario() -> None:
        async with served() as running, Discovery([running.place], QUICK) as client:
            with pytest.raises(Refused, match="There is no connection to a server"):
                await client.ask("ping", {})
            await client.ready(PATIENCE)
            with pytest.raises(Refused, match="Registry does not provide x"):
                await client.ask("provision.drop", {"id": "x"})

    asyncio.run(scenario())


def test_another_server_is_taken_where_one_does_not_answer() -> None:
    async def scenario() -> None:
        async with served() as running, served() as other:
            dead = Place(host="127.0.0.1", port=1)
            async with Discovery([dead, running.place, other.place], QUICK) as client:
                client.provide("a", HERE)
                await client.ready(PATIENCE)
                await client.settled()
                servers = [one for one in (running, other) if one.core.catalog()]
                (there,) = servers
                await there.server.stop()
                rest = other if there is running else running
                await until(rest.core.catalog, "the other one has it")

    asyncio.run(scenario())


def test_nobody_there_is_said_with_what_was_tried() -> None:
    async def scenario() -> None:
        async with Discovery([Place(host="127.0.0.1", port=1)], QUICK) as client:
            with pytest.raises(Unreachable, match=r"cannot connect to 127.0.0.1:1: Connection refused"):
                await client.ready(0.3)

    asyncio.run(scenario())


def test_a_server_that_can_be_no_host_is_said_and_others_are_tried() -> None:
    async def scenario() -> None:
        async with Discovery([Place(host="a..b", port=1)], QUICK) as client:
            with pytest.raises(Unreachable, match=r"cannot connect to a..b:1: no host can have that name"):
                await client.ready(0.3)
        async with served() as running:
            for _ in range(4):  # with either of them first
                async with Discovery([Place(host="a..b", port=1), running.place], QUICK) as client:
                    await client.ready(PATIENCE)

    asyncio.run(scenario())


def test_the_next_process_goes_on_with_the_session(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with served() as running:
            sessions = []
            for _ in range(2):
                async with Discovery([running.place], QUICK, saved=tmp_path / "saved") as client:
                    watch = client.watch(KEY)
                    client.provide("a", HERE)
                    while hosts(await next_of(watch)) != ["192.0.2.1"]:
                        pass
                    sessions.append(client.client.state.session)
            assert sessions[0] == sessions[1] is not None
            assert (tmp_path / "saved").stat().st_mode & 0o777 == 0o600

    asyncio.run(scenario())


def test_who_leaves_is_gone_at_once_and_does_not_come_back() -> None:
    async def scenario() -> None:
        async with served() as running, Discovery([running.place], QUICK) as client:
            client.provide("a", HERE)
            await client.ready(PATIENCE)
            await client.settled()
            assert await client.leave(wait=1) == {"timed_out": False}
            assert running.core.status()["sessions"] == {}

    asyncio.run(scenario())


def test_over_a_unix_socket_it_is_the_same(tmp_path: Path) -> None:
    async def scenario() -> None:
        place = Place(path=str(tmp_path / "disco.sock"))
        async with served(Options(listen=(place,), settings=SETTINGS)), Discovery([place], QUICK) as client:
            await client.ready(PATIENCE)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("mysql", "default/default/default/mysql"),
        ("mysql:db", "default/default/db/mysql"),
        ("mysql::blog", "default/blog/default/mysql"),
        ("mysql:db:blog:prod", "prod/blog/db/mysql"),
        ("prod/blog/db/mysql", "prod/blog/db/mysql"),
    ],
)
def test_names_as_people_write_them(text: str, key: str) -> None:
    assert str(names.key(text)) == key


@pytest.mark.parametrize("text", ["a:b:c:d:e", "a/b", "a/b/c/d/e", "Mysql", "my sql", "-x"])
def test_what_is_no_name_is_said(text: str) -> None:
    with pytest.raises(ValueError, match=f"^'{text}' is no name of an endpoint: "):
        names.key(text)


def test_much_that_is_provided_is_there_again_after_a_new_connection() -> None:
    async def scenario() -> None:
        async with served() as running, Discovery([running.place], QUICK) as client:
            many = {f"a{number}": "x" * 200 for number in range(30)}
            for number in range(100):
                client.provide(f"u{number}", Offer(key=KEY, host="192.0.2.1", port=number + 1, attributes=many))
            await client.ready(PATIENCE)
            await client.settled()
            before = client.client.state.link
            for peer in running.server.serving.peers.values():
                peer.close()
            state = client.client.state
            await until(lambda: state.ready and state.link is not before, "the client is back")
            await client.settled()
            assert len(running.core.catalog()[KEY]) == 100
            assert not running.core.hub.counters["lines_too_long"]

    asyncio.run(scenario())


def test_a_file_that_cannot_be_written_is_said_once_loses_no_answer_and_is_tried_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        told: list[tuple[str, str]] = []
        saved = tmp_path / "gone" / "saved"

        def failed(what: str, why: str) -> None:
            told.append((what, why))

        async with served() as running, Discovery([running.place], QUICK, saved=saved, failed=failed) as client:
            watch = client.watch(KEY)
            assert hosts(await next_of(watch)) == []
            client.provide("a", HERE)
            assert hosts(await next_of(watch)) == ["192.0.2.1"]
            saved.parent.mkdir()
            await until(saved.exists, "it is written after all")
        assert told == [("saved", f"Cannot write {saved}: No such file or directory.")]

    asyncio.run(scenario())


def test_a_server_that_is_gone_is_told_once() -> None:
    async def scenario() -> None:
        told: list[str] = []
        async with served() as running:
            client = Discovery([running.place], QUICK, lost=told.append)
            await client.__aenter__()
            await client.ready(PATIENCE)
            assert not told
            place = running.place
        await until(lambda: told, "it is told")
        await until(lambda: client.client.state.failures > 1, "it was tried again")
        client.close()
        assert told == [f"{place} closed the connection"]

    asyncio.run(scenario())
