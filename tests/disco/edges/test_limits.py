"""What peers may ask of a server on real sockets: room, time, memory; and that nobody else pays for them."""

from __future__ import annotations

import asyncio
import errno
import json
import random
import socket
import time
from dataclasses import replace
from typing import cast

import pytest

from scs.disco.edges import listening, serving
from scs.disco.edges.listening import Budget
from scs.disco.edges.places import Place
from scs.disco.edges.server import Options
from scs.disco.settings import Limits, Times
from tests.disco.edges.running import HERE, LOOPS, NAMES, SETTINGS, Loop, Wire, offer, run, served, until


def test_who_connects_and_says_nothing_is_closed() -> None:
    async def scenario() -> None:
        settings = replace(SETTINGS, times=Times(grace=0, join=0.2))
        async with served(Options(listen=(HERE,), settings=settings)) as running:
            wire = await Wire.to(running.place)
            assert await wire.ended()
            await until(lambda: not running.server.serving.peers, "the peer is forgotten")
            wire.close()

    asyncio.run(scenario())


@LOOPS
def test_a_peer_that_does_not_read_is_noted_and_gets_one_net_change(loop: Loop) -> None:
    async def scenario() -> None:
        async with served() as running:
            slow, provider = await Wire.to(running.place), await Wire.to(running.place)
            await slow.join()
            await provider.join()
            await slow.ask("requirement.set", {**NAMES, "uid": "r", "coalesce": False})
            slow.writer.transport.pause_reading()  # type: ignore[attr-defined]  # a transport of a socket
            counters = running.core.hub.counters
            text = "x" * 250
            number = 0
            while not counters["conflations"]:
                number += 1
                assert number < 4000, "it was never blocked"
                many = {f"a{each}": text for each in range(30)}
                await provider.ask("provision.set", offer(weight=number % 60000 + 1, attributes=many))
            queued = running.server.serving.figures()["queued"]
            assert isinstance(queued, int)
            assert 0 < queued < 2 * 1024 * 1024
            last = number % 60000 + 7
            await provider.ask("provision.set", offer(weight=last))
            slow.writer.transport.resume_reading()  # type: ignore[attr-defined]  # the same
            seen = 0
            while seen != last:
                said = await slow.changed()
                for one in [*said["add"], *said["update"]]:  # type: ignore[misc]  # lists
                    seen = one.get("weight", 1)
            assert counters["divergence_total"] == 0
            slow.close()
            provider.close()

    run(loop, scenario())


@LOOPS
def test_one_address_has_so_many_connections_and_the_next_is_told_why(loop: Loop) -> None:
    async def scenario() -> None:
        settings = replace(SETTINGS, limits=Limits(connections_per_host=2))
        async with served(Options(listen=(HERE,), settings=settings)) as running:
            wires = [await Wire.to(running.place) for _ in range(3)]
            said = await wires[2].line()
            assert "There are too many connections to this address" in said
            assert await wires[2].ended()
            wires[0].close()
            await until(lambda: running.core.status()["connections"] == 1, "one has gone")
            again = await Wire.to(running.place)
            again.send("c:1 ping {}")
            assert (await again.line()).startswith("r:1 ")
            for one in (*wires, again):
                one.close()

    run(loop, scenario())


@LOOPS
def test_who_does_not_read_for_too_long_is_cut_off_though_it_never_does(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "LINGER", 0.2)

    async def scenario() -> None:
        settings = replace(SETTINGS, times=Times(grace=0, blocked=0.3))
        async with served(Options(listen=(HERE,), settings=settings)) as running:
            stuck, provider = await Wire.to(running.place), await Wire.to(running.place)
            await stuck.join()
            await stuck.ask("requirement.set", {**NAMES, "uid": "r", "coalesce": False})
            stuck.writer.transport.pause_reading()  # type: ignore[attr-defined]  # a transport of a socket
            transport = cast(asyncio.Transport, next(iter(running.server.serving.peers.values())))
            await provider.join()
            number = 0
            while not running.core.counters.get("slow_disconnects"):
                number += 1
                many = {f"a{each}": "x" * 250 for each in range(30)}
                await provider.ask("provision.set", offer(weight=number % 60000 + 1, attributes=many))
            await until(lambda: transport.get_write_buffer_size() == 0, "nothing is kept for it")
            stuck.close()
            provider.close()

    run(loop, scenario())


@LOOPS
def test_a_server_without_room_for_another_connection_goes_on_and_takes_it_later(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "FULL", 0.05)
    accept = socket.socket.accept
    full = [OSError(errno.EMFILE, "Too many open files")] * 3

    def limited(self: socket.socket) -> tuple[socket.socket, object]:
        if full:
            raise full.pop()
        return accept(self)

    async def scenario() -> None:
        monkeypatch.setattr(socket.socket, "accept", limited)
        async with served() as running:
            wire = await Wire.to(running.place)
            wire.send("c:1 ping {}")
            assert (await wire.line()).startswith("r:1 ")
            assert running.server.serving.counters["accepts_failed"] == 3
            said = [one for one in running.said if "cannot take more" in one]
            assert said == ["warning cannot take more connections: Too many open files; see ulimit -n"]
            wire.close()

    run(loop, scenario())


@LOOPS
def test_garbage_and_cut_connections_harm_nobody_else(loop: Loop) -> None:
    seeds = [b"c:1 registry.join {}\n", b"c:2 provision.set " + json.dumps(offer()).encode() + b"\n", b"r:1 {}\n\n"]

    async def hostile(place: Place, number: int) -> None:
        draw = random.Random(number)
        text = bytearray(b"".join(draw.choices(seeds, k=20)))
        for _ in range(30):
            text[draw.randrange(len(text))] = draw.randrange(256)
        wire = await Wire.to(place)
        wire.writer.write(bytes(text) if number % 2 else draw.randbytes(2000))
        await asyncio.sleep(0)
        if number % 3:
            wire.reset()
        else:
            wire.writer.write_eof()
            assert await wire.ended()
            wire.close()

    async def scenario() -> None:
        async with served() as running:
            good = await Wire.to(running.place)
            for number in range(120):
                await hostile(running.place, number)
                good.send(f"c:{number} ping {{}}")
                assert (await good.line()).startswith(f"r:{number} ")
            await until(lambda: running.core.status()["connections"] == 1, "the others are forgotten")
            assert not any("bug" in one for one in running.said), running.said
            good.close()

    run(loop, scenario())


@LOOPS
def test_a_line_without_end_is_cut_off_and_said(loop: Loop) -> None:
    async def scenario() -> None:
        async with served() as running:
            wire = await Wire.to(running.place)
            wire.writer.write(b"c:1 ping " + b"x" * 400_000)
            assert await wire.line() == 'e {"name":"LimitExceeded","message":"A line is longer than 262144 bytes."}'
            assert await wire.ended()
            wire.close()

    run(loop, scenario())


def test_more_than_the_budget_wait_their_turn() -> None:
    async def scenario() -> None:
        async with served(Options(listen=(HERE,), settings=SETTINGS, budget=Budget(plain=20))) as running:
            began = time.monotonic()
            wires = [await Wire.to(running.place) for _ in range(30)]
            for one in wires:
                one.send("c:1 ping {}")
            for one in wires:
                assert (await one.line()).startswith("r:1 ")
            assert time.monotonic() - began >= 0.45
            for one in wires:
                one.close()

    asyncio.run(scenario())
