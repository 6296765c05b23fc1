"""A disco server from its start to SIGTERM: core, listeners, snapshot, tokens, other edges. Parses no arguments."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import resource
import signal
import ssl
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from scs.disco.core.disco import Disco
from scs.disco.edges import listening, rereading
from scs.disco.edges.lines import LinePeer
from scs.disco.edges.listening import Budget, Listener
from scs.disco.edges.places import Place
from scs.disco.edges.rereading import Admission, TlsFiles, Watched
from scs.disco.edges.serving import Edge, Log, Serving
from scs.disco.edges.snapshots import SnapshotFile, Snapshotter
from scs.disco.settings import Settings

SPARE = 256  # file descriptors that are no connections of peers
CLOSING = 2.0  # seconds that peers have to take what is pending when the server ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a server is started with. `settings.open` is decided here: it is so without tokens."""

    listen: tuple[Place, ...]
    settings: Settings = field(default_factory=Settings)
    insecure: bool = False
    tokens: Path | None = None
    tls: TlsFiles | None = None
    snapshot: Path | None = None
    edges: tuple[Edge, ...] = ()
    budget: Budget = field(default_factory=Budget)


def run(options: Options, log: Log) -> None:
    """Serves until SIGTERM or SIGINT. Raises CannotServe."""
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(_run(options, log))


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """uvloop's where it is installed: several times faster, and a tenth of the memory for each TLS connection."""
    try:
        import uvloop  # noqa: PLC0415 - it need not be there
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop


async def _run(options: Options, log: Log) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    server = Server(options, log)
    await server.start()
    try:
        await ended.wait()
    finally:
        await server.stop()


class Server:
    """One server on the running loop."""

    def __init__(self, options: Options, log: Log) -> None:
        """Reads what it needs. Raises CannotServe."""
        self._options = options
        encrypted, known = options.tls is not None, options.tokens is not None
        for place in options.listen:
            listening.check(place, encrypted=encrypted, tokens=known, insecure=options.insecure)
        tls = rereading.context(options.tls) if options.tls is not None else None
        if options.tokens is not None:
            rereading.read_tokens(options.tokens)  # a mistake in it is said before anything is begun
        self._file = SnapshotFile(options.snapshot) if options.snapshot is not None else None
        settings = replace(options.settings, open=not known)
        saved = self._file.read() if self._file is not None else None
        with _without_collections():
            core = Disco(settings, now=Serving.now(), wall=time.time(), entropy=os.urandom, saved=saved)
        self.serving = Serving(core, settings, log)
        if self._file is not None and saved is not None and str(core.status()["epoch"]).encode() not in saved:
            log("warning", f"the snapshot that cannot be used is kept as {self._file.put_aside()}")
        self.serving.tls = tls
        self.serving.insecure = options.insecure
        self._listeners: list[Listener] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._started: list[Edge] = []
        self._served = False
        self._snapshotter = Snapshotter(self._file, self.serving) if self._file is not None else None

    @property
    def places(self) -> list[object]:
        """Where it listens, as the sockets say it."""
        return [one.name for one in self._listeners]

    async def start(self) -> None:
        """Returns when it answers. Raises CannotServe, with nothing left open."""
        serving = self.serving
        asyncio.get_running_loop().set_exception_handler(self._surprised)
        _raise_limit(serving, sum(edge.files for edge in self._options.edges))
        try:
            self._bind()
            self._follow_files()
            for edge in self._options.edges:
                await edge.start(serving)
                self._started.append(edge)
        except BaseException:
            await self.stop()
            raise
        # What was loaded stays: looking through it again and again would stop us for tenths of seconds.
        gc.collect()
        gc.freeze()
        serving.begin()
        self._served = True
        for one in self._listeners:
            one.start()
        if self._snapshotter is not None:
            self._begin(self._snapshotter.run)
        serving.note("info", f"listening on {', '.join(_name(one) for one in self.places)}")

    def _bind(self) -> None:
        for place in self._options.listen:
            for one in listening.bind(place):
                self._listeners.append(
                    Listener(one, self.serving, self._peer, self.serving.tls, self._options.budget),
                )

    def _peer(self) -> LinePeer:
        return LinePeer(self.serving)

    def _follow_files(self) -> None:
        files, admission = [], None
        tokens, tls, ours = self._options.tokens, self._options.tls, self.serving.tls
        if tokens is not None:
            admission = Admission(tokens, self.serving)
            files.append(Watched((tokens,), admission.read))
            admission.read()
        if tls is not None and ours is not None:
            files.append(Watched((tls.certificate, tls.key), lambda: rereading.load(ours, tls)))
        if files:
            self._begin(lambda: rereading.watch(self.serving, files, admission))

    def _begin(self, work: Callable[[], Coroutine[object, object, None]]) -> None:
        self._tasks.append(asyncio.get_running_loop().create_task(self.serving.always(work)))

    async def stop(self) -> None:
        """Takes nobody any more, answers what was asked, keeps the last snapshot, then closes every connection."""
        for one in self._listeners:
            one.close()
        self._listeners.clear()
        for edge in reversed(self._started):
            await _stopped(edge, self.serving)
        self.serving.end()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._snapshotter is not None:
            self._snapshotter.finish(served=self._served)
        await self._close_peers()

    async def _close_peers(self) -> None:
        peers = list(self.serving.peers.values())
        for peer in peers:
            peer.close()
        until = self.serving.now() + CLOSING
        while self.serving.peers and self.serving.now() < until:
            await asyncio.sleep(0.01)
        for peer in list(self.serving.peers.values()):
            if (abort := getattr(peer, "abort", None)) is not None:
                abort()
        await asyncio.sleep(0)

    def _surprised(self, _loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        """Something failed that nobody waits for. The connection that it concerns is closed by the loop."""
        error = context.get("exception")
        if isinstance(error, OSError | ssl.SSLError):
            return
        self.serving.counters["internal_errors"] += 1
        said = f"{type(error).__name__}: {error}" if error is not None else context.get("message")
        self.serving.note("warning", f"this is a bug of disco, it goes on: {said}")


@contextlib.contextmanager
def _without_collections() -> Iterator[None]:
    """Loading makes nothing that has to be collected, and each look for it takes longer than the one before."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def _stopped(edge: Edge, serving: Serving) -> None:
    try:
        async with asyncio.timeout(CLOSING):
            await edge.stop()
    except Exception as error:  # the others, and the snapshot, have to come to their end
        serving.note("warning", f"{type(edge).__name__} did not end in good order: {type(error).__name__} {error}")


def _raise_limit(serving: Serving, edges: int) -> None:
    """As many file descriptors as we may have; said where they are fewer than the connections that are allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = serving.settings.limits.connections + edges + SPARE
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, needed)), hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < needed:
        serving.note(
            "warning", f"at most about {max(0, soft - edges - SPARE)} connections: ulimit -n is {soft}, not {needed}"
        )


def _name(said: object) -> str:
    match said:
        case (str(host), int(port), *_):
            return str(Place(host=host, port=port))
        case _:
            return f"unix:{said}"
