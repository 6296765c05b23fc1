"""What other edges are built on: watches, followers, attached peers, snapshots; and time that stood still."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import time
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest

from scs.disco.core import snapshot
from scs.disco.core.hub import Hub
from scs.disco.edges import snapshots
from scs.disco.edges.http.metrics import Metrics
from scs.disco.edges.server import Options
from scs.disco.edges.serving import CannotServe, Histogram, Serving
from scs.disco.edges.snapshots import SnapshotFile
from scs.disco.registry.views import Query
from scs.disco.settings import Times
from scs.disco.values import Key
from tests.disco.edges.running import HERE, LOOPS, NAMES, SETTINGS, Loop, Running, Wire, offer, run, served, until

KEY = Key(**NAMES)


class Memory:
    """A peer of this very process."""

    def __init__(self) -> None:
        self.received = b""
        self.closed = False

    def write(self, data: bytes) -> None:
        self.received += data

    def close(self) -> None:
        self.closed = True


class Front:
    """An edge that notes what is done with it."""

    files = 0

    def __init__(self, problem: Exception | None = None) -> None:
        self.done: list[str] = []
        self._problem = problem

    async def start(self, serving: Serving) -> None:
        self.done.append("start")
        if self._problem is not None:
            raise self._problem

    async def stop(self) -> None:
        self.done.append("stop")


def test_who_watches_a_question_is_told_and_others_are_not() -> None:
    async def scenario() -> None:
        async with served() as running:
            told: list[str] = []
            serving = running.server.serving
            watch = serving.watch(Query(key=KEY), lambda: told.append("watch"))
            other = serving.watch(Query(key=replace(KEY, role="other")), lambda: told.append("other"))
            end = serving.follow(lambda: told.append("follow"))
            wire = await Wire.to(running.place)
            await wire.join()
            await wire.ask("provision.set", offer())
            await until(lambda: "watch" in told, "the watch is told")
            assert "follow" in told
            assert sum(running.server.serving.telling.counts) == 0, "nobody on a connection was told"
            assert "other" not in told
            rev, complete, view = watch.view()
            assert (rev, complete, len(view)) == (1, True, 1)
            for one in (watch, watch, other):
                one.close()
            end()
            told.clear()
            await wire.ask("provision.set", offer("b", port=81))
            await asyncio.sleep(0)
            assert told == []
            wire.close()

    asyncio.run(scenario())


def test_how_long_changes_take_to_be_told_is_counted() -> None:
    async def scenario() -> None:
        async with served() as running:
            wire = await Wire.to(running.place)
            await wire.join()
            await wire.ask("requirement.set", {**NAMES, "uid": "r"})
            await wire.ask("provision.set", offer())
            telling = running.server.serving.telling
            assert sum(telling.counts) == 1
            assert 0 < telling.sum < 5
            assert b"\ndisco_notify_seconds_count 1.0\n" in Metrics(running.server.serving).text()
            wire.close()

    asyncio.run(scenario())
    histogram = Histogram()
    for seconds in (0.0005, 0.0006, 2.0):
        histogram.add(seconds)
    assert (histogram.counts[0], histogram.counts[1], histogram.counts[-1]) == (1, 1, 1)


def test_a_peer_of_this_process_needs_no_socket_and_no_token(tmp_path: Path) -> None:
    async def scenario() -> None:
        tokens = tmp_path / "tokens"
        tokens.write_text('{"tokens":[]}')
        async with served(Options(listen=(HERE,), settings=SETTINGS, tokens=tokens)) as running:
            serving, peer = running.server.serving, Memory()
            identifier = serving.attach(peer, "self", "self", trusted=True)
            assert identifier is not None
            serving.receive(identifier, b'c:1 registry.join {"options":{"proto":1}}\n')
            assert b'"secret"' in peer.received
            serving.gone(identifier)
            serving.gone(identifier)
            assert running.core.status()["connections"] == 0

    asyncio.run(scenario())


def test_edges_start_before_the_first_peer_comes_and_end_with_the_server() -> None:
    async def scenario() -> None:
        first, second = Front(), Front()
        async with served(Options(listen=(HERE,), settings=SETTINGS, edges=(first, second))):
            assert first.done == second.done == ["start"]
        assert first.done == second.done == ["start", "stop"]

    asyncio.run(scenario())


def test_an_edge_that_cannot_start_leaves_nothing_open(tmp_path: Path) -> None:
    async def scenario() -> None:
        first, second = Front(), Front(CannotServe("the port is taken"))
        with pytest.raises(CannotServe, match="the port is taken"):
            async with served(replace(kept(tmp_path), edges=(first, second))):
                pass
        assert not (tmp_path / "folder" / "snapshot.json").exists()
        assert (first.done, second.done) == (["start", "stop"], ["start"])

    asyncio.run(scenario())


@LOOPS
def test_after_a_stop_of_this_process_what_peers_said_is_read_before_anybody_is_given_up(loop: Loop) -> None:
    async def scenario() -> None:
        times = Times(grace=0, v1_dead=1.2, v1_beat=30, v1_timeout=0.1)
        async with served(Options(listen=(HERE,), settings=replace(SETTINGS, times=times))) as running:
            wire = await Wire.to(running.place)
            await wire.join()
            await wire.ask("provision.set", offer())
            wire.send("")  # it lives; and now nobody of this process does anything
            time.sleep(2.5)
            assert (await wire.ask("ping", {"reply": "x"}))["message"] == "x"
            assert running.core.counters.get("silent", 0) == 0
            assert running.core.status()["pauses"] == 1
            wire.close()

    run(loop, scenario())


def kept(tmp_path: Path) -> Options:
    return Options(listen=(HERE,), settings=SETTINGS, snapshot=tmp_path / "folder" / "snapshot.json")


async def provided(running: Running, count: int) -> None:
    wire = await Wire.to(running.place)
    await wire.join(timeout=60)
    for number in range(count):
        await wire.ask("provision.set", offer(f"u{number}", port=number + 1))
    wire.close()


def test_the_last_snapshot_is_written_when_the_server_ends_and_read_by_the_next(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with served(kept(tmp_path)) as running:
            await provided(running, 3)
            epoch = running.core.status()["epoch"]
        path = tmp_path / "folder" / "snapshot.json"
        assert path.stat().st_mode & 0o777 == 0o600
        assert len(json.loads(path.read_bytes())["provisions"]) == 3
        async with served(kept(tmp_path)) as running:
            assert running.core.status()["epoch"] == epoch
            assert len(running.core.catalog()[KEY]) == 3

    asyncio.run(scenario())


def test_a_snapshot_is_written_while_the_server_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "EVERY", 0.05)

    async def scenario() -> None:
        async with served(kept(tmp_path)) as running:
            path = tmp_path / "folder" / "snapshot.json"
            await until(path.exists, "the first one, of an empty server: its epoch outlives it")
            await provided(running, 700)  # more than one piece
            await until(lambda: len(json.loads(path.read_bytes())["provisions"]) == 700, "all are in the file")

    asyncio.run(scenario())


def test_a_disk_that_is_full_is_said_once_and_the_server_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "EVERY", 0.02)
    monkeypatch.setattr(snapshots, "FAILED", 0.02)

    async def scenario() -> None:
        async with served(kept(tmp_path)) as running:
            counters = running.server.serving.counters
            with mock.patch.object(os, "fsync", side_effect=OSError(errno.ENOSPC, "No space left on device")):
                await provided(running, 1)
                await until(lambda: counters["snapshots_failed"] >= 3, "it was tried again")
            before = counters["snapshots"]
            await until(lambda: counters["snapshots"] > before, "there is room again")
            said = [one for one in running.said if "cannot write the snapshot" in one]
            assert len(said) == 1
            assert said[0].endswith("snapshot.json: No space left on device")

    asyncio.run(scenario())


def test_a_snapshot_that_says_nothing_is_said_and_started_without(tmp_path: Path) -> None:
    async def scenario() -> None:
        (tmp_path / "folder").mkdir()
        (tmp_path / "folder" / "snapshot.json").write_bytes(b'{"format":1,"epo')
        async with served(kept(tmp_path)) as running:
            assert any("starting without the snapshot: it cannot be read" in one for one in running.said)
            assert running.core.status()["provisions"] == {}
            aside = tmp_path / "folder" / "snapshot.json.unusable"
            assert f"warning the snapshot that cannot be used is kept as {aside}" in running.said
            assert aside.read_bytes() == b'{"format":1,"epo'

    asyncio.run(scenario())


def test_the_time_that_loading_takes_is_no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    clock: list[float] = []
    begin_grace = snapshot.begin_grace

    def slow(hub: Hub) -> None:
        begin_grace(hub)
        clock.append(5.0)

    monkeypatch.setattr(Serving, "now", staticmethod(lambda: time.monotonic() + sum(clock)))
    monkeypatch.setattr(snapshot, "begin_grace", slow)

    async def scenario() -> None:
        async with served() as running:
            ticks = mock.Mock(wraps=running.core.tick)
            monkeypatch.setattr(running.core, "tick", ticks)
            await until(lambda: ticks.called, "time passes")
            assert clock == [5.0]
            assert running.core.status()["pauses"] == 0
            assert not any("stood still" in one for one in running.said)

    asyncio.run(scenario())


def test_a_place_for_the_snapshot_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotServe, match=r"cannot keep a snapshot in .*: .*; give --snapshot FILE"):
        SnapshotFile(tmp_path / "file" / "snapshot.json")
