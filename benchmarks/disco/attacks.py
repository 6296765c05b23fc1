"""Peers that mean harm, in a process of their own: `python -m benchmarks.disco.attacks KIND PORT SECONDS COUNT`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import sys
import time
from collections.abc import Awaitable, Callable

from benchmarks.disco import words
from benchmarks.disco.servers import HOST
from scs.disco.wire import lines

KILLER = "^(a+)+$"
LONG = 32 << 20
PIECE = 256 * 1024
LINES = (
    words.join(),
    words.require("fuzz", filter={"x": {"re": "a|b"}}),
    words.provide("1", "fuzz", "u", 1),
    words.withdraw("2", "u"),
    lines.command("3", "session.resume", {"id": "x", "secret": "y", "epoch": "", "rev": 1, "groups": {}}),
    lines.command("4", "registry.query", words.key("fuzz")),
    b'r:5 {"result":{"ack":true}}\n',
    b"e {}\n",
    b"\n",
)

Attack = Callable[[int, float, int], Awaitable[None]]


async def patterns(port: int, seconds: float, _count: int) -> None:
    """Requirements and endpoints made for engines that try every way there is."""
    until = time.monotonic() + seconds
    number = 0
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection(HOST, port)
            writer.write(words.join(number))
            for _ in range(50):
                number += 1
                killer = f"{KILLER}|{number}"
                writer.write(words.require(f"k{number % 7}", filter={"x": {"re": killer}}))
                attributes = {"x": "a" * 28 + "!"}
                writer.write(words.provide(f"p{number}", f"k{number % 7}", f"x{number}", number, attributes=attributes))
            writer.write(lines.command("v0", "requirement.add", {**words.key("k0"), "attributes": {"x": KILLER}}))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.3):
                    while await reader.read(1 << 16):
                        pass
            writer.transport.abort()


async def long_line(port: int, seconds: float, _count: int) -> None:
    """A line that has no end."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(HOST, port)
            for _ in range(LONG // PIECE):
                writer.write(b"x" * PIECE)
                await writer.drain()
            writer.transport.abort()


async def half_open(port: int, seconds: float, count: int) -> None:
    """Connections that say nothing, and are there until the server ends them."""
    writers = []
    for _ in range(count):
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(HOST, port)
            writers.append(writer)
    await asyncio.sleep(seconds)
    for writer in writers:
        writer.transport.abort()


async def garbage(port: int, seconds: float, count: int) -> None:
    """Bytes at random, and lines with some bytes changed, on several connections at once."""
    until, chance = time.monotonic() + seconds, random.Random(count)
    await asyncio.gather(*(_rubbish(port, until, chance) for _ in range(count)))


async def _rubbish(port: int, until: float, chance: random.Random) -> None:
    while time.monotonic() < until:
        with contextlib.suppress(OSError, TimeoutError):
            reader, writer = await asyncio.open_connection(HOST, port)
            if chance.random() < 0.5:
                writer.write(words.join())
            for _ in range(chance.randrange(1, 40)):
                writer.write(_mutated(chance))
                await writer.drain()
                async with asyncio.timeout(1):
                    await asyncio.wait([asyncio.ensure_future(reader.read(1 << 16))], timeout=0.005)
            if chance.random() < 0.5:
                writer.close()
            else:
                writer.transport.abort()


def _mutated(chance: random.Random) -> bytes:
    if chance.random() < 0.3:
        return chance.randbytes(chance.randrange(1, 600))
    said = bytearray(chance.choice(LINES))
    for _ in range(chance.randrange(0, 4)):
        said = said or bytearray(b"\n")
        at = chance.randrange(len(said))
        said[at : at + chance.randrange(0, 3)] = chance.randbytes(chance.randrange(0, 3))
    return bytes(said)


ATTACKS: dict[str, Attack] = {
    "patterns": patterns,
    "long-line": long_line,
    "half-open": half_open,
    "garbage": garbage,
}


async def _main(kind: str, port: int, seconds: float, count: int) -> None:
    await ATTACKS[kind](port, seconds, count)


if __name__ == "__main__":
    os.nice(19)  # who is measured is on the same core
    asyncio.run(_main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])))
