"""M1 to M3 and T1: what registrations, sessions and subscribers weigh, and how fast registrations are taken."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time

from benchmarks.disco import figures, telling, words
from benchmarks.disco.bench import Bench
from benchmarks.disco.crowd import Crowd
from benchmarks.disco.figures import Figure
from benchmarks.disco.servers import Disco
from benchmarks.disco.speaker import speaker
from scs.disco.wire import lines
from tests.disco.edges import certificates

SESSIONS, EACH = 1_000, 100
IDLE, IDLE_TLS = 10_000, 1_000
SUBSCRIBERS = 10_000
SETTLED = 7.0  # seconds after which the snapshot of all that is written
HANDSHAKES = 150.0  # a second: half of what a server takes
SERVICES = 1_000


async def registrations(bench: Bench) -> list[Figure]:
    """M1: memory of 100,000 registrations of 1,000 sessions, with the sessions."""
    sessions, each = bench.of(SESSIONS, 20), bench.of(EACH, 10)
    with bench.disco() as disco:
        before = disco.rss()
        crowd = Crowd(disco.port)
        with contextlib.closing(crowd):
            await crowd.open(sessions, words.join, ready=words.JOINED)
            crowd.expect(b'"ids":[')
            for number, ear in enumerate(crowd.ears):
                ear.write(_sync(number, each))
                await asyncio.sleep(0)
            await crowd.told()
            grown = await _grown(disco, before, bench)
            _complete(disco, sessions * each)
    share = SESSIONS * EACH / (sessions * each)
    return [
        figures.most("for 100,000 registrations of 1,000 sessions", grown * (1 if share == 1 else share), 80, "MiB"),
        figures.seen("with the server itself", before + grown, "MiB"),
    ]


def _complete(disco: Disco, count: int) -> None:
    there = disco.provisions()
    figures.check(there == {"ready": count}, f"{count} are to be provided, there are {there}")


def _sync(number: int, each: int) -> bytes:
    offers = [
        words.offer(f"s{(number * each + one) % SERVICES}", f"u{number}-{one}", number * each + one, **_ATTRIBUTED)
        for one in range(each)
    ]
    return lines.command("s", "provision.sync", {"provisions": offers})


_ATTRIBUTED = {"attributes": words.ATTRIBUTES}


async def _grown(disco: Disco, before: float, bench: Bench) -> float:
    """Once what comes after (a snapshot) is over."""
    await asyncio.sleep(bench.of(SETTLED, 0.1))
    return disco.rss() - before


async def idle(bench: Bench) -> list[Figure]:
    """M2: memory of a session that does nothing, in the clear and with TLS."""
    plain = await _idle(bench, bench.of(IDLE, 50), (), None, 1500)
    made = certificates.made()
    words_of_tls = ("--cert", str(made.certificate("server")), "--key", str(made.key("server")))
    context = ssl.create_default_context(cafile=made.ca)
    encrypted = await _idle(bench, bench.of(IDLE_TLS, 20), words_of_tls, context, HANDSHAKES)
    return [
        figures.most("an idle session, in the clear", plain, 10, "KiB"),
        figures.most("an idle session, with TLS", encrypted, 40, "KiB"),
    ]


async def _idle(bench: Bench, count: int, of_server: tuple[str, ...], tls: ssl.SSLContext | None, pace: float) -> float:
    with bench.disco(*of_server) as disco:
        before = disco.rss()
        crowd = Crowd(disco.port, tls=tls)
        with contextlib.closing(crowd):
            await crowd.open(count, words.join, ready=words.JOINED, pace=pace)
            grown = await _grown(disco, before, bench)
            figures.check(crowd.lost == 0, f"{crowd.lost} sessions were lost")
        return grown * 1024 / count


async def subscribers(bench: Bench) -> list[Figure]:
    """M3: memory of a server with 10,000 subscribers of one group that were told of changes."""
    count = bench.of(SUBSCRIBERS, 100)
    with bench.disco() as disco:
        crowd = Crowd(disco.port)
        with contextlib.closing(crowd):
            await crowd.open(count, lambda _: words.subscribe(telling.SERVICE), ready=words.SUBSCRIBED)
            async with speaker(disco.port) as provider:
                for number in range(3):
                    crowd.expect(words.ADDED)
                    await provider.ask("provision.set", words.offer(telling.SERVICE, f"u{number}", number))
                    await crowd.told()
            await asyncio.sleep(bench.of(SETTLED, 0.1))
            rss = disco.rss()
    return [figures.most(f"server with {count:,} subscribers of one group", rss, 120, "MiB")]


async def throughput(bench: Bench) -> list[Figure]:
    """T1: registrations a second, one command each, from 1,000 sessions at once."""
    sessions, each = bench.of(SESSIONS, 20), bench.of(EACH, 10)
    with bench.disco() as disco:
        crowd = Crowd(disco.port)
        with contextlib.closing(crowd):
            await crowd.open(sessions, words.join, ready=words.JOINED)
            said = [_sets(number, each) for number in range(sessions)]
            crowd.expect(b'{"result":{"id":', each=each)
            cpu, began = disco.cpu(), time.perf_counter()
            for ear, data in zip(crowd.ears, said, strict=True):
                ear.write(data)
            await crowd.told()
            took, busy = time.perf_counter() - began, disco.cpu() - cpu
            _complete(disco, sessions * each)
    return [
        figures.least("registrations a second", sessions * each / took, 20_000),
        figures.seen("CPU of the server for each", busy / (sessions * each) * 1e6, "µs"),
    ]


def _sets(number: int, each: int) -> bytes:
    return b"".join(
        words.provide(f"{one}", f"s{(number + one) % SERVICES}", f"u{number}-{one}", number * each + one, **_ATTRIBUTED)
        for one in range(each)
    )
