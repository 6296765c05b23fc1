"""Connections through a forwarded port, with real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from scs.disco.edges.forward import piping, rules
from scs.disco.edges.forward.choosing import Choosing
from scs.disco.edges.forward.forwarding import CannotForward, Forward, Patience
from scs.disco.edges.wishes import Answer
from scs.disco.wire.shapes import Endpoint
from tests.disco.edges import rig

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
QUICK = Patience(connect=0.5, first=0.2, all=5)


@dataclass
class Backend:
    """A service that says its name first, then does what `handler` does."""

    name: str
    port: int
    server: asyncio.Server
    accepted: list[Streams] = field(default_factory=list)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(id=self.name, host="127.0.0.1", port=self.port)


@dataclass
class Stage:
    forward: Forward
    said: list[str]
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    def use(self, *endpoints: Endpoint) -> None:
        self.forward.use(Answer(endpoints=endpoints, complete=True))

    async def connect(self) -> Streams:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.forward.place.port)
        self.writers.append(writer)
        return reader, writer


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.write_eof()


async def ended(writers: list[asyncio.StreamWriter]) -> None:
    for writer in writers:
        writer.transport.abort()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


@contextlib.asynccontextmanager
async def backend(name: str, handler: Handler = echo) -> AsyncIterator[Backend]:
    async def work(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"{name}\n".encode())
        with contextlib.suppress(ConnectionError):
            await handler(reader, writer)

    def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        one.accepted.append((reader, writer))
        one.tasks.add(asyncio.get_running_loop().create_task(work(reader, writer)))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    one = Backend(name, server.sockets[0].getsockname()[1], server)
    try:
        yield one
    finally:
        server.close()
        for task in one.tasks:
            task.cancel()
        await asyncio.gather(*one.tasks, return_exceptions=True)
        await ended([writer for _, writer in one.accepted])


@contextlib.asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    said: list[str] = []
    forward = Forward(rules.parse("0:http:web:blog:dev"), Choosing(), said.append, QUICK)
    await forward.listen("127.0.0.1")
    one = Stage(forward, said)
    try:
        yield one
    finally:
        forward.close()
        await ended(one.writers)


async def name_of(streams: Streams) -> str:
    return (await streams[0].readline()).decode().strip()


async def is_reset(streams: Streams) -> bool:
    try:
        return bool(await streams[0].read(1)) and False
    except ConnectionResetError:
        return True


def free_port() -> int:
    """One on which nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_connections_are_spread_over_the_endpoints() -> None:
    async def test() -> None:
        async with backend("a") as a, backend("b") as b, stage() as one:
            one.use(a.endpoint, b.endpoint)
            names = [await name_of(await one.connect()) for _ in range(6)]
            assert sorted(names) == ["a"] * 3 + ["b"] * 3

    rig.run(test())


def test_a_connection_that_comes_before_the_first_answer_waits_for_it() -> None:
    async def test() -> None:
        async with backend("a") as a, stage() as one:
            streams = await one.connect()
            streams[1].write(b"early")
            one.use(a.endpoint)
            assert await name_of(streams) == "a"
            assert await streams[0].readexactly(5) == b"early"

    rig.run(test())


def test_where_there_is_nothing_a_connection_is_reset() -> None:
    async def test() -> None:
        async with stage() as one:
            assert await is_reset(await one.connect())
            one.use()
            assert await is_reset(await one.connect())
            assert await is_reset(await one.connect())
            rule = "0:http:web:blog:dev"
            assert one.said == [
                f"{rule}: no disco server has said yet where this is",
                f"{rule}: nobody provides it now",
            ]

    rig.run(test())


def test_an_endpoint_that_does_not_answer_is_passed_over_for_the_next() -> None:
    async def test() -> None:
        dead = Endpoint(id="dead", host="127.0.0.1", port=free_port())
        async with backend("a") as a, stage() as one:
            one.use(dead, a.endpoint)
            assert [await name_of(await one.connect()) for _ in range(5)] == ["a"] * 5
            one.use(dead)
            assert await is_reset(await one.connect())
            assert one.said[-1] == "0:http:web:blog:dev: none of 1 endpoints can be reached"
            why = f"0:http:web:blog:dev: 127.0.0.1:{dead.port} cannot be reached: Connection refused"
            assert 1 <= one.said.count(why) <= 3  # not before each connection

    rig.run(test())


def test_a_port_does_not_lead_to_itself() -> None:
    async def test() -> None:
        async with stage() as one:
            one.use(Endpoint(id="self", host="127.0.0.1", port=one.forward.place.port))
            assert await is_reset(await one.connect())
            assert one.said[0].endswith("cannot be reached: that is this very port, which would lead to itself")
            assert not one.forward.connections

    rig.run(test())


def test_a_full_endpoint_is_given_up_after_a_while() -> None:
    async def test() -> None:
        with socket.socket() as full:  # it takes no connection, and its queue has no room
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            port = full.getsockname()[1]
            fillers = [socket.socket() for _ in range(3)]
            for filler in fillers:
                filler.setblocking(False)
                filler.connect_ex(("127.0.0.1", port))
            async with backend("a") as a, stage() as one:
                one.use(Endpoint(id="full", host="127.0.0.1", port=port, weight=100), a.endpoint)
                assert await name_of(await one.connect()) == "a"
                assert one.said == [f"0:http:web:blog:dev: 127.0.0.1:{port} cannot be reached: no answer"]
            for filler in fillers:
                filler.close()

    rig.run(test())


def test_a_connection_stays_where_it_is_while_others_go_elsewhere() -> None:
    async def test() -> None:
        async with backend("a") as a, backend("b") as b, stage() as one:
            one.use(a.endpoint)
            old = await one.connect()
            assert await name_of(old) == "a"
            one.use(b.endpoint)
            assert await name_of(await one.connect()) == "b"
            one.use()
            old[1].write(b"still here\n")
            assert await old[0].readline() == b"still here\n"

    rig.run(test())


def test_who_has_said_everything_still_hears_the_answer() -> None:
    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said = await reader.read()
        writer.write(b"you said %d bytes" % len(said))
        writer.write_eof()

    async def test() -> None:
        async with backend("a", late) as a, stage() as one:
            one.use(a.endpoint)
            reader, writer = await one.connect()
            writer.write(b"x" * 300_000)
            writer.write_eof()
            assert await reader.read() == b"a\nyou said 300000 bytes"
            while one.forward.connections:
                await asyncio.sleep(0)

    rig.run(test())


def test_the_end_of_what_an_endpoint_says_is_told_and_it_hears_on() -> None:
    heard = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write_eof()
        assert await reader.read() == b"and yet"
        heard.set()

    async def test() -> None:
        async with backend("a", silent) as a, stage() as one:
            one.use(a.endpoint)
            reader, writer = await one.connect()
            assert await reader.read() == b"a\n"
            writer.write(b"and yet")
            writer.write_eof()
            await heard.wait()

    rig.run(test())


def test_who_does_not_read_is_not_sent_more_than_fits() -> None:
    sent = 0

    async def flood(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        while sent < 256 << 20:
            writer.write(b"x" * 65536)
            await writer.drain()
            sent += 65536

    async def test() -> None:
        async with backend("a", flood) as a, stage() as one:
            one.use(a.endpoint)
            reader, writer = await one.connect()
            assert await name_of((reader, writer)) == "a"
            before = -1
            while before != sent:  # until it stands still
                before = sent
                await asyncio.sleep(0.1)
            (client,) = one.forward._sides
            assert sent < 64 << 20  # what the kernel's buffers hold, and not what was to be said
            assert client.transport.get_write_buffer_size() < 2 * piping.HIGH
            while sent < before + (32 << 20):  # it goes on as it is read
                assert await reader.read(1 << 20)

    rig.run(test())


def test_all_bytes_arrive_both_ways_at_once() -> None:
    async def test() -> None:
        async with backend("a") as a, stage() as one:
            one.use(a.endpoint)
            reader, writer = await one.connect()
            assert await name_of((reader, writer)) == "a"
            data = bytes(range(256)) * 4096 * 8

            async def say() -> None:
                for at in range(0, len(data), 70_001):
                    writer.write(data[at : at + 70_001])
                    await writer.drain()
                writer.write_eof()

            _, heard = await asyncio.gather(say(), reader.read())
            assert heard == data

    rig.run(test())


@pytest.mark.parametrize("who", ["endpoint", "client"])
def test_when_one_side_breaks_the_other_knows_that_it_was_no_end(who: str) -> None:
    async def test() -> None:
        async with backend("a") as a, stage() as one:
            one.use(a.endpoint)
            client = await one.connect()
            assert await name_of(client) == "a"
            other = a.accepted[0]
            broken, left = (other, client) if who == "endpoint" else (client, other)
            raw = broken[1].get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            broken[1].transport.abort()
            # The echo of the endpoint reads too: whoever of them sees it first.
            while not left[0].exception():
                await asyncio.sleep(0.001)
            assert isinstance(left[0].exception(), ConnectionResetError)
            while one.forward.connections:
                await asyncio.sleep(0)

    rig.run(test())


def test_a_port_that_is_taken_is_named() -> None:
    async def test() -> None:
        async with stage() as one:
            port = one.forward.place.port
            second = Forward(rules.parse(f"{port}:http"), Choosing(), one.said.append)
            with pytest.raises(CannotForward, match=rf"cannot listen on 127.0.0.1:{port}: .*in use"):
                await second.listen("127.0.0.1")

    rig.run(test())


@pytest.mark.parametrize("host", ["db..example", "x" * 64, "a\0b"])
def test_an_endpoint_whose_host_can_be_none_is_passed_over(host: str) -> None:
    async def test() -> None:
        bad = Endpoint(id="bad", host=host, port=80, weight=100)
        async with backend("a") as a, stage() as one:
            one.use(bad, a.endpoint)
            assert [await name_of(await one.connect()) for _ in range(3)] == ["a"] * 3
            assert one.said == [f"0:http:web:blog:dev: {host}:80 cannot be reached: no host can have that name"]

    rig.run(test())


def test_a_bug_resets_the_connection_and_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        async with backend("a") as a, stage() as one:
            one.use(a.endpoint)
            monkeypatch.setattr(one.forward._choosing, "order", lambda _: 1 / 0)
            assert await is_reset(await one.connect())
            assert one.said == [
                "0:http:web:blog:dev: this is a bug of scs, it goes on: ZeroDivisionError: division by zero"
            ]

    rig.run(test())
