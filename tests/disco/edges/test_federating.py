"""Servers of two and three data centres on real sockets: links that are cut, servers that die, providers that go."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from scs.disco.client.options import Options as ClientOptions
from scs.disco.edges import federating, places
from scs.disco.edges.client import Discovery
from scs.disco.edges.etcd.store import EtcdStore
from scs.disco.edges.federating import Federation, Remote, Trust
from scs.disco.edges.places import Place
from scs.disco.edges.rereading import TlsFiles
from scs.disco.edges.server import Options
from scs.disco.edges.serving import CannotServe
from scs.disco.edges.wishes import Asked, Offer, Watch
from scs.disco.settings import Settings, Times
from scs.disco.values import Json, Key
from tests.disco.edges import certificates
from tests.disco.edges.etcd.members import Etcd, etcd
from tests.disco.edges.running import HERE, NAMES, PATIENCE, Running, run, served, until

TIMES = Times(grace=0.5, v1_beat=0.3, v1_dead=1.5, v1_timeout=1.0)
TEN, SIX = "192.0.2.10", "192.0.2.60"
KEY = Key(**NAMES)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A link that does not come up is said to be down soon."""
    monkeypatch.setattr(federating, "PATIENCE", 0.2)
    monkeypatch.setattr(federating, "EVERY", 0.1)


def go(scenario: object) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(3 * PATIENCE):
            await scenario  # type: ignore[misc]  # a coroutine

    run(asyncio.new_event_loop, bounded())


class Way:
    """A way to a server that can be cut: what is on it ends, and nobody gets through."""

    def __init__(self) -> None:
        self.to: Place | None = None
        self.open = True
        self.place = places.parse("127.0.0.1:1")
        self._ends: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Way:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()
        self.place = Place(host=host, port=port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut()

    def cut(self) -> None:
        self.open = False
        for one in self._ends:
            one.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.open or self.to is None:
            writer.transport.abort()
            return
        try:
            there, back = await asyncio.open_connection(self.to.host, self.to.port)
        except OSError:
            writer.transport.abort()
            return
        self._ends |= {writer, back}
        await asyncio.gather(_pipe(reader, back), _pipe(there, writer), return_exceptions=True)


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    finally:
        writer.transport.abort()


@dataclass(frozen=True)
class Dc:
    """One running server."""

    running: Running

    @property
    def place(self) -> Place:
        return self.running.place

    @property
    def hosts(self) -> dict[str, str]:
        """Of other data centres, with their states."""
        found = (one for one in self.running.core.hub.registry if one.federated)
        return {one.address.host: str(one.state) for one in found}

    @property
    def link(self) -> Json:
        links = self.running.core.status()["links"]
        assert isinstance(links, list)
        return dict(links[0])

    @property
    def budget(self) -> int:
        return self.running.core.counters.get("changes_expire", 0) + self.running.core.counters.get("held", 0)


@contextlib.asynccontextmanager
async def dc(name: str, *remotes: Remote, at: Place = HERE, **more: object) -> AsyncIterator[Dc]:
    names = tuple(one.dc for one in remotes)
    settings = Settings(server=f"s-{name}", dc=name, federated=names, times=TIMES)
    options = Options(listen=(at,), settings=settings, edges=(Federation(remotes),), **more)  # type: ignore[arg-type]
    async with served(options) as running:
        yield Dc(running)


def remote(name: str, *to: Way | Place) -> Remote:
    return Remote(dc=name, places=tuple(one.place if isinstance(one, Way) else one for one in to))


async def provider(at: Dc | Place, stack: AsyncExitStack, *hosts: str, zone: str | None = None) -> Discovery:
    """Provides these, each called by its host, until it is closed."""
    place = at.place if isinstance(at, Dc) else at
    client = await stack.enter_async_context(Discovery([place], ClientOptions(backoff=0.02, cap=0.1)))
    for host in hosts:
        client.provide(host, Offer(key=KEY, host=host, port=80, zone=zone))
    await client.ready(PATIENCE)
    await client.settled()
    return client


def free() -> Place:
    """A place for a server that is to come back to it."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return Place(host="127.0.0.1", port=one.getsockname()[1])


def _tokens(*scopes: str) -> str:
    """`far` may do this, and `provider` everything."""
    listed = [("far", list(scopes)), ("provider", ["admin"])]
    ones = [{"id": one, "sha256": hashlib.sha256(one.encode()).hexdigest(), "scopes": what} for one, what in listed]
    return json.dumps({"tokens": ones})


async def told(watch: Watch, wanted: list[str]) -> None:
    async with asyncio.timeout(PATIENCE):
        async for answer in watch:
            if [one.host for one in answer.endpoints] == wanted:
                return


def test_two_data_centres_serve_each_others_endpoints_and_nothing_comes_back() -> None:
    async def scenario() -> None:
        async with AsyncExitStack() as stack:
            to_x, to_y = [await stack.enter_async_context(Way()) for _ in range(2)]
            x = await stack.enter_async_context(dc("x", remote("y", to_y)))
            y = await stack.enter_async_context(dc("y", remote("x", to_x)))
            to_x.to, to_y.to = x.place, y.place
            await provider(x, stack, TEN)
            theirs = await provider(y, stack, SIX)
            await until(lambda: (x.hosts, y.hosts) == ({SIX: "ready"}, {TEN: "ready"}), "each has the other's")
            theirs.provide("more", Offer(key=KEY, host="192.0.2.61", port=80))
            await until(lambda: len(x.hosts) == 2, "another one")
            assert y.hosts == {TEN: "ready"}
            assert len(y.running.core.hub.registry) == 3
            await theirs.withdraw(SIX)
            await until(lambda: x.hosts == {"192.0.2.61": "ready"}, "it is dropped here too")

    go(scenario())


def test_a_third_data_centre_is_not_told_by_way_of_the_second() -> None:
    async def scenario() -> None:
        async with AsyncExitStack() as stack:
            z = await stack.enter_async_context(dc("z"))
            y = await stack.enter_async_context(dc("y", remote("z", z.place)))
            x = await stack.enter_async_context(dc("x", remote("y", y.place), remote("z", z.place)))
            w = await stack.enter_async_context(dc("w", remote("y", y.place)))
            await provider(z, stack, TEN)
            await provider(y, stack, SIX)
            await until(lambda: x.hosts == {TEN: "ready", SIX: "ready"}, "x follows both")
            assert {one.dc for one in x.running.core.hub.registry} == {"y", "z"}
            assert len(x.running.core.hub.registry) == 2
            assert y.hosts == {TEN: "ready"}
            await until(lambda: w.hosts == {SIX: "ready"}, "w follows y alone")

    go(scenario())


def test_a_cut_link_leaves_all_as_suspect_and_who_went_meanwhile_goes_when_it_is_back() -> None:
    async def scenario() -> None:
        async with Way() as way, AsyncExitStack() as stack, dc("y") as y, dc("x", remote("y", way)) as x:
            way.to = y.place
            gone = await provider(y, stack, TEN)
            await provider(y, stack, SIX)
            await until(lambda: x.hosts == {TEN: "ready", SIX: "ready"}, "both are known")
            assert x.link["state"] == "up"
            way.cut()
            await until(lambda: x.hosts == {TEN: "suspect", SIX: "suspect"}, "the link is down")
            gone.close()
            await until(lambda: len(y.running.core.hub.registry) == 1, "its time there is over")
            assert x.hosts == {TEN: "suspect", SIX: "suspect"}
            assert (x.link["state"], x.link["endpoints"], x.link["suspect"]) == ("down", 2, 2)
            assert str(x.link["problem"]) == f"{way.place} closed the connection"
            assert x.budget == 0
            way.open = True
            await until(lambda: x.hosts == {SIX: "ready"}, "who went is gone, the other is ready")
            assert x.link["state"] == "up"

    go(scenario())


def test_a_server_that_is_restarted_there_loses_nobody_here() -> None:
    async def scenario() -> None:
        place = free()
        async with AsyncExitStack() as stack:
            x = await stack.enter_async_context(dc("x", remote("y", place)))
            y = await stack.enter_async_context(dc("y", at=place))
            client = await provider(place, stack, TEN)
            await until(lambda: x.hosts == {TEN: "ready"}, "it is known")
            await y.running.server.stop()
            await until(lambda: x.hosts == {TEN: "suspect"}, "its server is away")
            again = await stack.enter_async_context(dc("y", at=place))  # with another epoch, and not complete
            await until(lambda: x.hosts == {TEN: "ready"}, "it is told again")
            assert again.running.core.epoch != y.running.core.epoch
            await client.ready(PATIENCE)
            await client.withdraw(TEN)
            await until(lambda: x.hosts == {}, "it is withdrawn")

    go(scenario())


def test_our_own_restart_keeps_what_it_knew_while_the_other_is_away(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Way() as way, AsyncExitStack() as stack, dc("y") as y:
            way.to = y.place
            await provider(y, stack, TEN)
            async with dc("x", remote("y", way), snapshot=tmp_path / "x") as x:
                await until(lambda: x.hosts == {TEN: "ready"}, "it is known")
            way.cut()
            async with dc("x", remote("y", way), snapshot=tmp_path / "x") as x:
                assert x.hosts == {TEN: "suspect"}
                await until(lambda: x.running.core.complete, "all is known that will be")
                await until(lambda: x.link["problem"], "the link was tried")
                assert (x.hosts, x.budget) == ({TEN: "suspect"}, 0)
                way.open = True
                await until(lambda: x.hosts == {TEN: "ready"}, "it is told again")
            async with dc("x", snapshot=tmp_path / "x") as x:
                assert x.hosts == {}  # it is not followed any more

    go(scenario())


def test_who_prefers_what_is_near_falls_over_to_the_other_data_centre_and_back() -> None:
    async def scenario() -> None:
        async with AsyncExitStack() as stack, dc("y") as y, dc("x", remote("y", y.place)) as x:
            await provider(y, stack, SIX, zone="a")
            near = await provider(x, stack, TEN, zone="a")
            await until(lambda: x.hosts == {SIX: "ready"}, "the far one is known")
            options = ClientOptions(dc="x", zone="b", backoff=0.02, cap=0.1)
            user = await stack.enter_async_context(Discovery([x.place], options))
            watch = user.watch(KEY, Asked(prefer=("zone", "dc", "any")))
            own = user.watch(KEY, Asked(prefer=("zone", "dc")))
            await told(watch, [TEN, SIX])
            await told(own, [TEN])
            near.close()  # suspect at once: what is ready elsewhere is used
            await told(watch, [SIX])
            await told(own, [])
            await provider(x, stack, TEN, zone="a")
            await told(watch, [TEN, SIX])
            await told(own, [TEN])

    go(scenario())


def test_with_tls_and_a_token_what_the_token_may_require_is_served(tmp_path: Path) -> None:
    async def scenario() -> None:
        made = certificates.made()
        files, trust = TlsFiles(certificate=made.certificate("server"), key=made.key("server")), Trust(ca=made.ca)
        tokens, secret = tmp_path / "tokens", tmp_path / "token"
        tokens.write_text(_tokens("require:dev/blog/*"))
        secret.write_text("wrong\n")
        async with AsyncExitStack() as stack:
            y = await stack.enter_async_context(dc("y", tokens=tokens, tls=files))
            to = Remote(dc="y", places=(y.place,), token=secret, trust=trust)
            x = await stack.enter_async_context(dc("x", to))
            one = Discovery([y.place], ClientOptions(token="provider"), tls=trust.context())
            client = await stack.enter_async_context(one)
            client.provide("a", Offer(key=KEY, host=TEN, port=80))
            client.provide("b", Offer(key=replace(KEY, service="shop"), host=SIX, port=80))
            said = "the server refuses: The token is missing, unknown or has expired."
            await until(lambda: x.link["problem"] == said, "the token is wrong")
            secret.write_text("far")
            await until(lambda: x.hosts == {TEN: "ready"}, "the token was read again")
            tokens.write_text(_tokens("require:dev/shop/*"))
            await until(lambda: x.hosts == {SIX: "ready"}, "it may know of something else")

    go(scenario())


def test_another_data_centre_is_not_spoken_to_in_the_clear() -> None:
    far = Remote(dc="y", places=(Place(host="192.0.2.1", port=9640),))
    with pytest.raises(CannotServe) as error:
        Federation([far])
    assert str(error.value) == (
        "data centre y at 192.0.2.1:9640 would be spoken to in the clear: give --federate-ca FILE or --federate-tls, "
        "or --insecure where everybody on the way is trusted"
    )
    Federation([far], insecure=True)
    Federation([replace(far, trust=Trust())])


def test_a_token_that_cannot_be_read_is_said_before_anything_is_begun(tmp_path: Path) -> None:
    with pytest.raises(CannotServe) as error:
        Federation([Remote(dc="y", places=(HERE,), token=tmp_path / "none")])
    assert str(error.value) == (
        f"cannot read the token for data centre y in {tmp_path}/none: No such file or directory"
    )


def test_an_empty_token_is_none(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(CannotServe) as error:
        Federation([Remote(dc="y", places=(HERE,), token=tmp_path / "empty")])
    assert str(error.value) == f"the token for data centre y in {tmp_path}/empty is empty"


# Several servers over one etcd.


@contextlib.asynccontextmanager
async def one_of(store: Etcd, server: str, dc_: str, *remotes: Remote) -> AsyncIterator[Dc]:
    names = tuple(each.dc for each in remotes)
    settings = Settings(server=server, dc=dc_, external=True, federated=names, times=TIMES)
    edges = (EtcdStore(store.cluster), Federation(remotes))
    async with served(Options(listen=(HERE,), settings=settings, edges=edges)) as running:
        yield Dc(running)


def test_of_several_servers_over_one_store_one_follows_and_all_serve(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with AsyncExitStack() as stack:
            y = await stack.enter_async_context(dc("y"))
            to = remote("y", y.place)
            first = await stack.enter_async_context(one_of(store, "b", "x", to))
            other = await stack.enter_async_context(one_of(store, "a", "x", to))
            both = first, other
            client = await provider(y, stack, TEN)
            await until(lambda: all(each.hosts == {TEN: "ready"} for each in both), "both serve it")
            assert [each.link["state"] for each in both] == ["up", "elsewhere"]  # the oldest follows
            assert [str(each["client"]) for each in y.running.core.listed_sessions()] == ["federation of b", ""]
            assert [len(each.running.core.hub.registry) for each in both] == [1, 1]
            client.provide(SIX, Offer(key=KEY, host=SIX, port=80))
            await until(lambda: all(len(each.hosts) == 2 for each in both), "both serve another")
            await client.withdraw(TEN)
            await until(lambda: all(each.hosts == {SIX: "ready"} for each in both), "both know that it went")

    with etcd(tmp_path) as store:
        go(scenario())


def test_when_the_server_that_follows_goes_another_follows_and_nothing_is_dropped_or_doubled(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with AsyncExitStack() as stack:
            y = await stack.enter_async_context(dc("y"))
            to = remote("y", y.place)
            client = await provider(y, stack, TEN)
            one = await stack.enter_async_context(one_of(store, "a", "x", to))
            other = await stack.enter_async_context(one_of(store, "b", "x", to))
            await until(lambda: one.hosts == other.hosts == {TEN: "ready"}, "both serve it")
            seen: list[str | None] = []
            stack.callback(other.running.server.serving.follow(lambda: seen.append(other.hosts.get(TEN))))
            await one.running.server.stop()
            await until(lambda: other.link["state"] == "up", "the other follows")
            client.provide(SIX, Offer(key=KEY, host=SIX, port=80))
            await until(lambda: len(other.hosts) == 2, "it is told")
            assert set(seen) <= {"ready"}
            assert len(other.running.core.hub.registry) == 2

    with etcd(tmp_path) as store:
        go(scenario())


def test_a_data_centre_of_several_servers_over_one_store_is_followed_at_any(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with AsyncExitStack() as stack:
            ones = [await stack.enter_async_context(one_of(store, name, "y")) for name in "ab"]
            places = [one.place for one in ones]
            x = await stack.enter_async_context(dc("x", remote("y", *places)))
            options = ClientOptions(backoff=0.02, cap=0.1)
            client = await stack.enter_async_context(Discovery(places, options))
            client.provide("a", Offer(key=KEY, host=TEN, port=80))
            await until(lambda: x.hosts == {TEN: "ready"}, "it is known")
            held = {one: one.running.core.listed_sessions() for one in ones}
            (its,) = [
                one
                for one in ones
                if any(each["state"] == "attached" and str(each["client"]).startswith("fed") for each in held[one])
            ]
            await its.running.server.stop()
            client.provide("b", Offer(key=KEY, host=SIX, port=80))
            await until(lambda: x.hosts == {TEN: "ready", SIX: "ready"}, "the other tells what comes later")

    with etcd(tmp_path) as store:
        go(scenario())


def test_what_a_store_holds_of_a_data_centre_that_nobody_follows_any_more_goes(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with AsyncExitStack() as stack, dc("y") as y:
            await provider(y, stack, TEN)
            async with one_of(store, "a", "x", remote("y", y.place)) as x:
                await until(lambda: x.hosts == {TEN: "ready"}, "it is known")
            async with one_of(store, "b", "x") as x:
                assert x.hosts == {TEN: "ready"}
                await until(lambda: x.hosts == {}, "nobody follows it")

    with etcd(tmp_path) as store:
        go(scenario())
