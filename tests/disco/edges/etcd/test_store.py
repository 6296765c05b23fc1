"""Servers over a real etcd: commands at one, told at the other; sessions that move; etcd that dies and comes back."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from scs.disco.edges.etcd import layout, presence, reading
from scs.disco.edges.etcd.gateway import CALL, Gateway, Said
from scs.disco.edges.etcd.layout import Pair
from scs.disco.values import Json
from tests.disco.edges.etcd.members import Disco, call, disco, etcd
from tests.disco.edges.running import NAMES, Wire, offer, run, until

REQUIRE: Json = {**NAMES, "uid": "r"}
TEN = {"192.0.2.10": "ready"}


def go(scenario: object) -> None:
    run(asyncio.new_event_loop, scenario)  # type: ignore[arg-type]  # a coroutine


async def peer(server: Disco, stack: AsyncExitStack) -> Wire:
    wire = await Wire.to(server.place)
    stack.callback(wire.close)
    return wire


async def provider(server: Disco, stack: AsyncExitStack, **more: object) -> tuple[Wire, Json]:
    wire = await peer(server, stack)
    joined = await wire.join(client="p")
    said = await wire.ask("provision.set", offer(**more))  # type: ignore[arg-type]  # as given
    assert "id" in said, said
    return wire, joined


def test_what_is_provided_at_one_server_is_told_at_the_other_under_the_same_revision(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with disco(store, "a") as one, disco(store, "b") as other, AsyncExitStack() as stack:
            watching = await peer(other, stack)
            await watching.join()
            await watching.ask("requirement.set", REQUIRE)
            wire, _ = await provider(one, stack)
            while not (told := await watching.changed())["add"]:
                pass  # that all is known is a notification too
            assert [each["address"]["host"] for each in told["add"]] == ["192.0.2.10"]  # type: ignore[attr-defined]
            assert told["rev"] == one.core.changed_at(next(iter(one.core.hub.registry)).key)
            assert one.core.epoch == other.core.epoch
            await wire.ask("provision.drop", {"id": "a"})
            while not (told := await watching.changed())["drop"]:
                pass
            assert (one.hosts, other.hosts) == ({}, {})

    with etcd(tmp_path) as store:
        go(scenario())


def test_a_session_goes_on_at_another_server_and_nothing_is_dropped(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with disco(store, "a") as one, disco(store, "b") as other, AsyncExitStack() as stack:
            wire, joined = await provider(one, stack)
            await until(lambda: other.hosts == TEN, "the other knows it")
            wire.reset()
            moved = await peer(other, stack)
            said = {"id": joined["id"], "secret": joined["secret"], "epoch": joined["epoch"], "rev": joined["rev"]}
            assert (await moved.ask("session.resume", said))["provisions"] == 1
            await until(lambda: one.store.mirror.elsewhere(joined["id"]), "the first one knows where it is")  # type: ignore[arg-type]
            await until(lambda: one.hosts == other.hosts == TEN, "both call it ready")
            end = one.running.server.serving.now() + 2.5  # its time at the first server would be over
            await until(lambda: one.running.server.serving.now() > end, "time")
            assert one.hosts == other.hosts == TEN

    with etcd(tmp_path) as store:
        go(scenario())


def test_what_a_server_left_behind_is_kept_for_the_grace_and_then_given_up_by_another(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with disco(store, "b") as other:
            async with disco(store, "a") as one, AsyncExitStack() as stack:
                await provider(one, stack)
                await until(lambda: other.hosts == TEN, "it is known there")
                assert not one.core.hub.janitor
            assert other.core.hub.janitor
            assert other.hosts == TEN
            await until(lambda: other.hosts == {"192.0.2.10": "suspect"}, "its server is gone")
            await until(lambda: other.hosts == {}, "it is given up")
            found = call(store.members[0].url, "kv/range", {**layout.prefix(layout.ROOT), "keys_only": True})
            assert [layout.pair(each).key for each in found["kvs"]] == [f"{layout.SERVERS}b"]

    with etcd(tmp_path) as store:
        go(scenario())


def test_with_all_of_etcd_away_reads_go_on_nobody_is_dropped_and_what_was_asked_comes_later(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with disco(store, "a") as one, disco(store, "b") as other, AsyncExitStack() as stack:
            await provider(one, stack)
            silent, _ = await provider(one, stack, uid="s", host="192.0.2.20")
            await until(lambda: len(other.hosts) == 2, "both are known")
            store.kill()
            silent.reset()
            wire = await peer(other, stack)
            await wire.join()
            said = await wire.ask("registry.query", {**NAMES})
            assert len(said["endpoints"]) == 2  # type: ignore[arg-type]
            asked = asyncio.create_task(wire.ask("provision.set", offer("late", host="192.0.2.30")))
            await until(lambda: other.store.committer.away and one.store.committer.away, "they know that it is away")
            end = one.running.server.serving.now() + 2.5  # the silent one's time would be over
            await until(lambda: one.running.server.serving.now() > end, "time")
            assert not asked.done()
            assert len(one.hosts) == len(other.hosts) == 2
            store.start()
            assert "id" in await asked
            await until(lambda: one.hosts == other.hosts and len(one.hosts) == 3, "both know all")
            assert one.hosts["192.0.2.10"] == "ready"

    with etcd(tmp_path) as store:
        go(scenario())


def test_a_leader_that_is_killed_costs_a_moment_and_no_endpoint(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with disco(store, "a") as one, disco(store, "b") as other, AsyncExitStack() as stack:
            wire, _ = await provider(one, stack)
            leader = store.leader()
            leader.kill()
            began = one.running.server.serving.now()
            assert "id" in await wire.ask("provision.set", offer("n", host="192.0.2.20"))
            assert one.running.server.serving.now() - began < 8
            await until(lambda: one.hosts == other.hosts == {**TEN, "192.0.2.20": "ready"}, "both know it")

    with etcd(tmp_path, 3) as store:
        go(scenario())


def test_what_was_compacted_while_the_watch_was_away_is_read_anew(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with disco(store, "a") as one, disco(store, "b") as other, AsyncExitStack() as stack:
            wire, _ = await provider(one, stack)
            await until(lambda: other.hosts == TEN, "it is known")
            other.store.mirror.rev = 1  # as if it had been away since
            assert "id" in await wire.ask("provision.set", offer("n", host="192.0.2.20"))
            here = {"key": "AA==", "value": ""}
            rev = int(call(store.members[0].url, "kv/put", here)["header"]["revision"])
            call(store.members[0].url, "kv/compaction", {"revision": str(rev), "physical": True})
            other.store.mirror.rev = 1
            assert other.store._watching is not None
            other.store._watching.cancel()
            await until(lambda: other.counters["etcd_reconciles"], "it was read anew")
            assert other.hosts == {**TEN, "192.0.2.20": "ready"}

    with etcd(tmp_path) as store:
        go(scenario())


def test_what_is_compacted_between_two_pages_is_read_again_from_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PAGE", 2)
    good, pages = Gateway.call, 0

    async def compacting(gateway: Gateway, path: str, body: Said, *, seconds: float = CALL) -> Said:
        nonlocal pages
        said = await good(gateway, path, body, seconds=seconds)
        pages += path == "kv/range"
        if path == "kv/range" and pages == 1:
            written = await good(gateway, "kv/put", {"key": "AA==", "value": ""})
            await good(gateway, "kv/compaction", {"revision": written["header"]["revision"], "physical": True})
        return said

    async def scenario() -> None:
        async with disco(store, "a") as one, AsyncExitStack() as stack:
            await provider(one, stack)
            await until(lambda: one.hosts == TEN, "it is known")
            monkeypatch.setattr(Gateway, "call", compacting)
            async with disco(store, "b") as other:
                assert pages > 2
                assert other.hosts == TEN

    with etcd(tmp_path) as store:
        go(scenario())


def test_an_event_that_the_watch_never_told_is_found_by_comparing(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with disco(store, "a") as one, disco(store, "b", look=0.3) as other, AsyncExitStack() as stack:
            await provider(one, stack)
            await until(lambda: other.hosts == TEN, "it is known")
            (key,) = [each for each in other.store.mirror.mods if each.startswith(layout.PROVISIONS)]
            rev = other.store.mirror.rev
            other.store.mirror.rev -= 1
            other.store.mirror.observe(rev, [Pair(key, None, rev, 0)])
            assert other.hosts == {}
            await until(lambda: other.hosts == TEN, "it is there again")
            assert other.counters["etcd_repairs"] == 1
            assert one.counters["etcd_repairs"] == 0

    with etcd(tmp_path) as store:
        go(scenario())


def test_a_watch_that_does_not_tell_our_own_heartbeat_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "LATE", 0.3)
    monkeypatch.setattr(presence, "EVERY", 0.2)

    async def scenario() -> None:
        async with disco(store, "a") as one:
            told, one.store._told = one.store._told, lambda said: None  # type: ignore[method-assign]  # a deaf watch
            await until(lambda: one.counters["etcd_watches_stuck"], "it is noticed")
            one.store._told = told  # type: ignore[method-assign]  # and a good one
            rev = one.store.mirror.rev
            await until(lambda: one.store.mirror.rev > rev, "the next one tells")

    with etcd(tmp_path) as store:
        go(scenario())


def test_a_store_that_lost_everything_is_told_again_by_those_who_are_connected(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with disco(store, "a") as one, AsyncExitStack() as stack:
            watching = await peer(one, stack)
            await watching.join()
            await watching.ask("requirement.set", REQUIRE)
            await provider(one, stack)
            key = [each for each in one.store.mirror.mods if each.startswith((layout.PROVISIONS, layout.SESSIONS))]
            one.store.mirror.rev = 10**6  # the watch tells nothing of what follows
            assert one.store._watching is not None
            one.store._watching.cancel()
            for each in key:
                call(store.members[0].url, "kv/deleterange", {"key": layout.encoded(each)})
            await one.store._read_again("the test says so")
            one.store._watching.cancel()
            assert one.hosts == TEN
            await until(lambda: not one.store.committer.unwritten, "all is written")
            found = call(store.members[0].url, "kv/range", {**layout.prefix(layout.PROVISIONS), "keys_only": True})
            assert len(found["kvs"]) == 1
            assert one.hosts == TEN

    with etcd(tmp_path) as store:
        go(scenario())


def test_many_at_once_at_two_servers_come_to_the_same_everywhere(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with disco(store, "a") as one, disco(store, "b") as other, AsyncExitStack() as stack:
            wires = [
                (await provider(each, stack, uid=f"{n}", port=n + 1))[0] for n in range(6) for each in (one, other)
            ]
            every = [offer(f"u{n}", port=1000 + n) for n in range(300)]
            said = await asyncio.gather(*(wire.ask("provision.sync", {"provisions": every}) for wire in wires[:3]))
            assert all("ids" in each for each in said), said
            await until(lambda: one.store.mirror.rev == other.store.mirror.rev, "both know all")
            mods = [each.store.mirror.mods for each in (one, other)]
            assert mods[0] == mods[1]
            assert {each.id: each for each in one.core.hub.registry} == {
                each.id: each for each in other.core.hub.registry
            }

    with etcd(tmp_path) as store:
        go(scenario())
