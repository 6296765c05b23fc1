"""Where etcd is, how it is reached, and what is said when it is not: TLS, users, members that do not answer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from scs.disco.edges.etcd import cluster, store
from scs.disco.edges.etcd.cluster import Cluster
from scs.disco.edges.etcd.gateway import Away, Gateway
from scs.disco.edges.etcd.mirror import Mirror
from scs.disco.edges.serving import CannotServe
from tests.disco.edges import certificates
from tests.disco.edges.etcd.members import Etcd, disco, etcd
from tests.disco.edges.running import Wire, offer, run


def test_several_urls_are_separated_by_commas() -> None:
    assert cluster.parse("http://a:2379/, https://[::1]:1") == ("http://a:2379", "https://[::1]:1")


@pytest.mark.parametrize("text", ["a:2379", "http://a", "http://u:p@a:1", "ftp://a:1", "http://a:x", "http://a:1/v3"])
def test_what_is_no_url_of_etcd_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no etcd: write http://HOST:PORT or https://HOST:PORT"):
        cluster.parse(text)


def test_no_url_is_refused() -> None:
    with pytest.raises(ValueError, match="no etcd is named: write --store etcd=https://HOST:2379"):
        cluster.parse(" ,")


def test_etcd_elsewhere_is_not_spoken_to_in_the_clear() -> None:
    given = Cluster(urls=("http://192.0.2.1:2379",))
    with pytest.raises(CannotServe) as why:
        store.EtcdStore(given)
    assert str(why.value) == (
        "etcd at http://192.0.2.1:2379 would be spoken to in the clear: use https://, or --insecure where everybody on "
        "the way is trusted"
    )
    store.EtcdStore(given, insecure=True)


def test_a_password_that_cannot_be_read_is_said_at_the_start(tmp_path: Path) -> None:
    given = Cluster(urls=("http://127.0.0.1:1",), user="disco", password=tmp_path / "none")
    with pytest.raises(CannotServe) as why:
        store.EtcdStore(given)
    assert str(why.value) == f"cannot read etcd's password in {tmp_path}/none: No such file or directory"


def test_an_etcd_that_does_not_answer_is_said_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "START", 0.3)

    async def scenario() -> None:
        with pytest.raises(CannotServe) as why:
            async with disco(Cluster(urls=("http://127.0.0.1:1",)), "a"):
                pass
        said = str(why.value)
        assert said.startswith("etcd at http://127.0.0.1:1 does not answer within 0.3 s (http://127.0.0.1:1: ")
        assert said.endswith("; look whether it runs, and at --store")

    run(asyncio.new_event_loop, scenario())


def test_a_member_that_failed_is_asked_last(tmp_path: Path) -> None:
    async def scenario() -> None:
        gateway = Gateway(Cluster(urls=("http://127.0.0.1:1", one.members[0].url)))
        await gateway.call("kv/range", {"key": "AA=="})
        assert gateway.members()[0] == one.members[0].url
        await gateway.close()

    with etcd(tmp_path) as one:
        run(asyncio.new_event_loop, scenario())


USERS: list[tuple[str, dict[str, Any]]] = [
    ("auth/user/add", {"name": "root", "password": "secret"}),
    ("auth/role/add", {"name": "root"}),
    ("auth/user/grant", {"user": "root", "role": "root"}),
    ("auth/enable", {}),
]


@contextlib.contextmanager
def encrypted(folder: Path, *more: str) -> Iterator[Etcd]:
    made = certificates.made()
    tls = ("--cert-file", str(made.certificate("server")), "--key-file", str(made.key("server")))
    one = Etcd(folder, 1, "https", (*tls, *more))
    try:
        one.start()
        yield one
    finally:
        one.kill()


async def use(given: Cluster, *, forget: bool = False) -> None:
    async with disco(given, "a") as server:
        assert server.store._gateway is not None
        if forget:
            server.store._gateway._token = "forgotten"
        wire = await Wire.to(server.place)
        await wire.join()
        assert "id" in await wire.ask("provision.set", offer())
        assert server.hosts == {"192.0.2.10": "ready"}
        wire.close()


def test_tls_and_a_user_whose_token_is_forgotten_meanwhile(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret\n")

    async def scenario(plain: Cluster) -> None:
        await make_users(plain)
        with pytest.raises(CannotServe, match=r"refuses us: .*; look at --etcd-user, --etcd-password-file"):
            await use(plain)
        await use(replace(plain, user="root", password=tmp_path / "password"), forget=True)

    with encrypted(tmp_path) as one:
        run(asyncio.new_event_loop, scenario(replace(one.cluster, ca=certificates.made().ca)))


def test_a_certificate_of_ours_is_enough_but_not_with_users_if_it_has_a_common_name(tmp_path: Path) -> None:
    made = certificates.made()
    (tmp_path / "password").write_text("secret\n")

    async def scenario(ours: Cluster) -> None:
        async with asyncio.timeout(15):
            await until_up(ours)
        await use(ours)
        await make_users(ours)
        with pytest.raises(CannotServe) as why:
            await use(replace(ours, user="root", password=tmp_path / "password"))
        assert str(why.value) == (
            f"etcd at {ours.urls[0]} refuses us: its gateway takes no certificate with a common name where there are "
            "users; give --etcd-cert with a certificate that has none"
        )

    with encrypted(tmp_path, "--client-cert-auth", "--trusted-ca-file", str(made.ca)) as one:
        ours = replace(one.cluster, ca=made.ca, certificate=made.certificate("client"), key=made.key("client"))
        run(asyncio.new_event_loop, scenario(ours))


async def make_users(given: Cluster) -> None:
    async with asyncio.timeout(15):
        await until_up(given)
    gateway = Gateway(given)
    for path, body in USERS:
        await gateway.call(path, body)
    await gateway.close()


async def until_up(given: Cluster) -> None:
    gateway = Gateway(given)
    while True:
        try:
            await gateway.call("kv/range", {"key": "AA=="})
        except Away:
            await asyncio.sleep(0.05)
        else:
            await gateway.close()
            return


@pytest.mark.parametrize("stuck", [True, False])
def test_a_watch_that_is_given_up_or_cancelled_is_begun_anew_at_another_member(
    stuck: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        given = Cluster(urls=("http://127.0.0.1:1", "http://127.0.0.1:2"))
        ours, begun = store.EtcdStore(given), asyncio.Event()
        ours._gateway = gateway = Gateway(given)
        ours.mirror = cast(Mirror, SimpleNamespace(rev=0))  # no more is asked of it

        async def watch(_url: str, _create: object) -> AsyncIterator[dict[str, object]]:
            begun.set()
            while stuck:
                await asyncio.sleep(10)
            yield {"canceled": True, "cancel_reason": "no leader"}

        monkeypatch.setattr(gateway, "watch", watch)
        task = asyncio.create_task(ours._watch())
        await begun.wait()
        if stuck:
            task.cancel()
        with pytest.raises(asyncio.CancelledError if stuck else Away):
            await task
        assert gateway.members() == ["http://127.0.0.1:2", "http://127.0.0.1:1"]
        await gateway.close()

    asyncio.run(scenario())
