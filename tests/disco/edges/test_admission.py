"""Who may come in over real sockets: TLS, certificates and tokens, and what happens when their files change."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import ssl
import time
from pathlib import Path

import pytest

from scs.disco.client.options import Options as ClientOptions
from scs.disco.edges import rereading
from scs.disco.edges.client import Discovery
from scs.disco.edges.listening import Budget
from scs.disco.edges.places import Place
from scs.disco.edges.rereading import TlsFiles
from scs.disco.edges.server import Options
from scs.disco.edges.serving import CannotServe
from scs.disco.problems import Refused
from tests.disco.edges import certificates
from tests.disco.edges.running import HERE, LOOPS, NAMES, SETTINGS, Loop, Running, Wire, offer, run, served, until


def written(path: Path, *tokens: tuple[str, str, list[str]], expires: float | None = None) -> None:
    """Put in place whole, as people should."""
    listed = [
        {"id": name, "sha256": hashlib.sha256(secret.encode()).hexdigest(), "scopes": scopes, "expires": expires}
        for name, secret, scopes in tokens
    ]
    path.with_suffix(".new").write_text(json.dumps({"tokens": listed}))
    path.with_suffix(".new").replace(path)


def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificates.made().ca)


def encrypted(name: str = "server", *, client_ca: bool = False) -> Options:
    ours = certificates.made()
    files = TlsFiles(certificate=ours.certificate(name), key=ours.key(name), client_ca=ours.ca if client_ca else None)
    return Options(listen=(HERE,), settings=SETTINGS, tls=files)


@LOOPS
def test_over_tls_it_is_the_same(loop: Loop) -> None:
    async def scenario() -> None:
        async with served(encrypted()) as running:
            async with Discovery([running.place], ClientOptions(client="c"), tls=trusting()) as client:
                await client.ready(10)
                await client.settled()
            wire = await Wire.to(running.place, ssl=trusting())
            assert wire.writer.get_extra_info("ssl_object").version() in ("TLSv1.2", "TLSv1.3")
            assert (await wire.join())["proto"] == 1
            wire.writer.close()
            await until(lambda: running.core.status()["connections"] == 0, "all have gone")

    run(loop, scenario())


@LOOPS
def test_plain_text_to_a_tls_port_and_an_unknown_authority_are_turned_away(loop: Loop) -> None:
    async def scenario() -> None:
        async with served(encrypted()) as running:
            plain = await Wire.to(running.place)
            plain.send("c:1 registry.join {}")
            assert await plain.ended()
            with pytest.raises(ssl.SSLCertVerificationError):
                await Wire.to(running.place, ssl=ssl.create_default_context())
            counters = running.server.serving.counters
            await until(lambda: counters["handshakes_failed"] >= 1, "it is counted")
            assert running.core.status()["connections"] == 0
            plain.close()

    run(loop, scenario())


@LOOPS
def test_with_an_authority_for_clients_who_shows_no_certificate_is_turned_away(loop: Loop) -> None:
    async def scenario() -> None:
        async with served(encrypted(client_ca=True)) as running:
            ours = trusting()
            ours.load_cert_chain(certificates.made().certificate("client"), certificates.made().key("client"))
            known = await Wire.to(running.place, ssl=ours)
            assert (await known.join())["proto"] == 1
            unknown = await Wire.to(running.place, ssl=trusting())
            assert await unknown.ended()
            assert running.core.status()["connections"] == 1
            known.close()
            unknown.close()

    run(loop, scenario())


@LOOPS
def test_half_open_handshakes_of_one_host_keep_nobody_else_out(loop: Loop) -> None:
    async def scenario() -> None:
        options = Options(
            listen=encrypted().listen,
            settings=SETTINGS,
            tls=encrypted().tls,
            budget=Budget(shaking_per_host=3),
        )
        async with served(options) as running:
            silent = [await Wire.to(running.place) for _ in range(5)]
            counters = running.server.serving.counters
            await until(lambda: counters["handshakes_refused"] == 2, "two are turned away at once")
            silent[0].close()
            await until(lambda: counters["handshakes_failed"] == 1, "one has gone")
            wire = await Wire.to(running.place, ssl=trusting())
            assert (await wire.join())["proto"] == 1
            for one in (*silent, wire):
                one.close()

    run(loop, scenario())


def test_a_new_certificate_is_used_for_new_connections_and_the_old_ones_stay(tmp_path: Path) -> None:
    ours = certificates.made()
    files = TlsFiles(certificate=tmp_path / "cert.pem", key=tmp_path / "key.pem")

    def put(name: str) -> None:
        shutil.copy(ours.certificate(name), files.certificate)
        shutil.copy(ours.key(name), files.key)

    async def shown(running: Running) -> tuple[Wire, object]:
        wire = await Wire.to(running.place, ssl=trusting())
        return wire, wire.writer.get_extra_info("peercert")["subject"][0][0][1]

    async def scenario() -> None:
        put("server")
        async with served(Options(listen=(HERE,), settings=SETTINGS, tls=files)) as running:
            old, name = await shown(running)
            assert name == "server"
            files.key.write_text("nonsense")
            await until(lambda: any("cannot be used, what was there" in one for one in running.said), "it is said")
            put("other")
            await until(lambda: any(one.endswith("was read again") for one in running.said), "it was read again")
            new, name = await shown(running)
            assert name == "other"
            assert (await old.join())["proto"] == 1
            old.close()
            new.close()

    asyncio.run(scenario())


@pytest.mark.parametrize("what", ["missing", "nonsense", "encrypted"])
def test_a_certificate_that_cannot_be_used_is_said_at_the_start(tmp_path: Path, what: str) -> None:
    ours = certificates.made()
    key = tmp_path / "key.pem"
    if what == "nonsense":
        key.write_text("nonsense")
    elif what == "encrypted":
        certificates.openssl("ec", "-aes128", "-passout", "pass:x", "-in", ours.key("server"), "-out", key)
    with pytest.raises(CannotServe, match=r"cannot use the certificate .* with the key .*key.pem: ."):
        rereading.context(TlsFiles(certificate=ours.certificate("server"), key=key))


def with_tokens(path: Path) -> Options:
    return Options(listen=(HERE,), settings=SETTINGS, tokens=path)


def test_a_token_is_needed_and_its_scopes_hold(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    written(path, ("web", "s3cret", ["provide:dev/blog/*"]))

    async def scenario() -> None:
        async with served(with_tokens(path)) as running:
            wire = await Wire.to(running.place)
            assert (await wire.join())["name"] == "Forbidden"
            assert (await wire.join(token="wrong"))["name"] == "Forbidden"
            assert "secret" in await wire.join(token="s3cret")
            assert "id" in await wire.ask("provision.set", offer())
            refused = await wire.ask("provision.set", offer(environment="prod"))
            assert refused["message"] == "This token may not provide prod/blog/db/mysql."
            assert (await wire.ask("requirement.set", {**NAMES, "uid": "r"}))["name"] == "Forbidden"
            assert running.server.serving.scopes("s3cret") == ("provide:dev/blog/*",)
            assert running.server.serving.scopes("wrong") is None
            wire.close()

    asyncio.run(scenario())


async def allowed(running: Running, secret: str) -> bool:
    wire = await Wire.to(running.place)
    said = await wire.join(token=secret)
    wire.close()
    return said.get("name") != "Forbidden"


def test_tokens_rotate_without_a_restart_and_who_has_none_any_more_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    both = [("web", "old", ["provide:*"]), ("gone", "g", ["provide:*"])]
    written(path, *both)

    async def scenario() -> None:
        async with served(with_tokens(path)) as running:
            stays, goes = await Wire.to(running.place), await Wire.to(running.place)
            await stays.join(token="old")
            await goes.join(token="g")
            written(path, ("web", "new", ["provide:*"]), ("web", "old", ["provide:*"]))
            assert await goes.ended()
            assert "id" in await stays.ask("provision.set", offer())
            written(path, ("web", "new", ["provide:*"]))
            fresh = await Wire.to(running.place)
            while "id" not in await fresh.join(token="new"):
                await asyncio.sleep(0.02)
            while await allowed(running, "old"):
                await asyncio.sleep(0.02)
            path.write_text("{")
            await until(lambda: any("the tokens file is no JSON" in one for one in running.said), "it is said")
            again = await Wire.to(running.place)
            assert "id" in await again.join(token="new")
            for one in (stays, goes, fresh, again):
                one.close()

    asyncio.run(scenario())


def test_who_came_with_a_token_that_expires_is_cut_off_then(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    written(path, ("web", "s", ["provide:*"]), expires=time.time() + 1.5)

    async def scenario() -> None:
        async with served(with_tokens(path)) as running:
            wire = await Wire.to(running.place)
            assert "id" in await wire.join(token="s")
            assert await wire.ended()
            wire.close()

    asyncio.run(scenario())


def test_a_tokens_file_that_cannot_be_used_is_said_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    with pytest.raises(CannotServe, match=r"cannot read the tokens .*tokens.json: No such file or directory"):
        rereading.read_tokens(path)
    path.write_text('{"tokens": [{"id": "a"}]}')
    with pytest.raises(CannotServe, match=r'cannot use the tokens .*: token 1 needs "id", "sha256" and a list'):
        rereading.read_tokens(path)


def test_a_client_that_is_refused_is_told_why(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    written(path, ("web", "s", ["provide:*"]))

    async def scenario() -> None:
        async with served(with_tokens(path)) as running, Discovery([running.place], ClientOptions(token="x")) as client:
            with pytest.raises(Refused, match="The token is missing, unknown or has expired"):
                await client.ready(10)

    asyncio.run(scenario())


def test_a_place_is_shown_as_it_is_written() -> None:
    assert str(Place(host="::1", port=1)) == "[::1]:1"
    assert str(Place(path="/run/x")) == "unix:/run/x"
