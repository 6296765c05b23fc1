"""A server of its own that is killed, stopped and ended, with sessions that outlive it. Nobody is dropped."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from scs.disco.client.options import Options
from scs.disco.edges.client import Discovery
from scs.disco.edges.wishes import Answer, Asked, Offer, Watch
from scs.disco.values import Key, State
from tests.disco.edges.running import FAST, NAMES, PATIENCE, Process, Wire, process, until

SESSIONS = 60
KEY = Key(**NAMES)
ASKED = Asked(include_suspect=True)


class Fleet:
    """Many providers, and one who uses them all and notes what it is told."""

    def __init__(self, server: Process) -> None:
        self._server = server
        self.answers: list[Answer] = []
        self.clients: list[Discovery] = []
        self.following: asyncio.Task[None] | None = None

    async def begin(self, stack: AsyncExitStack) -> None:
        for number in range(SESSIONS):
            client = await self._client(stack, f"p{number}")
            client.provide(f"u{number}", Offer(key=KEY, host=f"192.0.2.{number + 1}", port=80))
        user = await self._client(stack, "user")
        self.following = asyncio.create_task(self._follow(user.watch(KEY, ASKED)))
        await until(lambda: self.seen == SESSIONS, f"all of them are seen, not {self.seen}")
        self.answers = self.answers[-1:]

    async def _client(self, stack: AsyncExitStack, name: str) -> Discovery:
        options = Options(client=name, backoff=0.05, cap=0.3, timeout=FAST.v1_timeout)
        client = await stack.enter_async_context(Discovery([self._server.place], options))
        self.clients.append(client)
        return client

    async def _follow(self, watch: Watch) -> None:
        async for answer in watch:
            self.answers.append(answer)

    @property
    def seen(self) -> int:
        return len(self.answers[-1].endpoints) if self.answers else 0

    @property
    def fewest(self) -> int:
        """The smallest set that the user was told since they were all there."""
        return min(len(one.endpoints) for one in self.answers)

    async def all_ready(self, past: Iterable[str | None] = ()) -> None:
        sessions = set(past)

        def there() -> bool:
            back = all(one.client.state.ready and one.client.state.session is not None for one in self.clients)
            last = self.answers[-1]
            return back and last.complete and {one.state for one in last.endpoints} == {State.READY}

        await until(there, "all are back, and ready")
        assert sessions <= {one.client.state.session for one in self.clients}, "somebody had to join anew"
        assert self.seen == SESSIONS

    @property
    def sessions(self) -> list[str | None]:
        return [one.client.state.session for one in self.clients]


async def with_a_fleet(server: Process, what: str) -> Fleet:
    async with AsyncExitStack() as stack:
        fleet = Fleet(server)
        await fleet.begin(stack)
        await fleet.all_ready()
        past = fleet.sessions
        await HAPPENS[what](server)
        await fleet.all_ready([] if what == "lost" else past)
        assert fleet.following is not None
        fleet.following.cancel()
        return fleet


async def kept(server: Process) -> None:
    """Until everything is in the snapshot's file."""

    def there() -> bool:
        if not server.snapshot.exists():
            return False
        said = json.loads(server.snapshot.read_bytes())
        return len(said["provisions"]) == SESSIONS and len(said["sessions"]) == SESSIONS + 1

    await until(there, "the snapshot holds all of them")


async def killed(server: Process) -> None:
    await kept(server)
    server.kill()
    await asyncio.to_thread(server.start)


async def lost(server: Process) -> None:
    server.kill()
    server.snapshot.unlink(missing_ok=True)
    await asyncio.to_thread(server.start)


async def ended(server: Process) -> None:
    server.send(signal.SIGTERM)
    assert await asyncio.to_thread(server.wait) == 0, server.log()
    await asyncio.to_thread(server.start)


async def stopped(server: Process) -> None:
    """For longer than a silent peer lives and has to come back."""
    server.send(signal.SIGSTOP)
    await asyncio.sleep(FAST.v1_dead + FAST.v1_timeout + 0.5)
    server.send(signal.SIGCONT)


HAPPENS = {"killed": killed, "lost": lost, "ended": ended, "stopped": stopped}


def test_a_killed_server_is_back_with_all_sessions_and_drops_nobody(tmp_path: Path) -> None:
    with process(tmp_path) as server:
        assert asyncio.run(with_a_fleet(server, "killed")).fewest == SESSIONS


def test_a_server_that_lost_its_snapshot_learns_all_anew_and_nobody_sees_less(tmp_path: Path) -> None:
    with process(tmp_path) as server:
        assert asyncio.run(with_a_fleet(server, "lost")).fewest == SESSIONS


def test_a_server_that_is_told_to_end_keeps_everything_for_the_next(tmp_path: Path) -> None:
    with process(tmp_path) as server:
        assert asyncio.run(with_a_fleet(server, "ended")).fewest == SESSIONS
        assert "bug" not in server.log()


def test_a_stopped_server_drops_nobody_when_it_goes_on(tmp_path: Path) -> None:
    with process(tmp_path) as server:
        assert asyncio.run(with_a_fleet(server, "stopped")).fewest == SESSIONS
        assert "this process stood still for" in server.log()


def test_a_provider_that_is_gone_for_good_goes_in_the_end(tmp_path: Path) -> None:
    async def scenario(server: Process) -> None:
        async with Discovery([server.place], Options(client="user")) as user:
            watch = user.watch(KEY, ASKED)
            wire = await Wire.to(server.place)
            await wire.join(timeout=0.5)
            address = {"host": "192.0.2.1", "port": 80}
            await wire.ask("provision.set", {**NAMES, "uid": "u", "address": address})
            states = []
            wire.reset()
            async with asyncio.timeout(PATIENCE):
                async for answer in watch:
                    states.append([str(one.state) for one in answer.endpoints])
                    if states[-1] == [] and len(states) > 1:
                        break
        assert states[-2:] == [["suspect"], []]

    with process(tmp_path) as server:
        asyncio.run(scenario(server))


def test_a_silent_peer_is_suspect_within_the_dead_time_and_not_before(tmp_path: Path) -> None:
    async def scenario(server: Process) -> float:
        async with Discovery([server.place], Options(client="user")) as user:
            watch = user.watch(KEY, ASKED)
            wire = await Wire.to(server.place)
            await wire.join(timeout=60)
            address = {"host": "192.0.2.1", "port": 80}
            await wire.ask("provision.set", {**NAMES, "uid": "u", "address": address})
            since = time.monotonic()
            async with asyncio.timeout(PATIENCE):
                async for answer in watch:
                    if [one.state for one in answer.endpoints] == [State.SUSPECT]:
                        break
            wire.close()
        return time.monotonic() - since

    with process(tmp_path) as server:
        # What a busy machine adds is no fault; before the time is.
        assert FAST.v1_dead - 0.05 <= asyncio.run(scenario(server))


def test_a_second_server_does_not_take_the_snapshot_of_one_that_runs(tmp_path: Path) -> None:
    with process(tmp_path) as first:
        second = Process(tmp_path)
        second.snapshot = first.snapshot
        with pytest.raises(AssertionError, match="another server keeps its snapshot in"):
            second.start()
        second.close()
