"""Who may see what, health, metrics, and what nobody can do."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace

import pytest
from aiohttp import web
from prometheus_client.parser import text_string_to_metric_families

from scs.disco.sessions import tokens
from scs.disco.sessions.imports import News, Told
from scs.disco.settings import Settings, Times
from scs.disco.values import Json, Key
from scs.disco.wire.shapes import Endpoint
from tests.disco.edges import rig
from tests.disco.edges.http.front import front, listed

CLOSED = Settings(open=False, times=Times(grace=0))


def known() -> tokens.Tokens:
    def one(name: str, *scopes: str) -> Json:
        return {"id": name, "sha256": hashlib.sha256(f"secret-{name}".encode()).hexdigest(), "scopes": list(scopes)}

    three = [one("boss", "admin"), one("blog", "require:dev/blog/*"), one("web", "provide:dev/*")]
    return tokens.parse(json.dumps({"tokens": three}))


def bearer(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer secret-{name}"}


def keys(said: Json) -> list[str]:
    names = ("environment", "service", "role", "endpoint")
    return ["/".join(one[name] for name in names) for one in listed(said, "keys")]


def test_the_catalog_has_what_is_provided_and_what_is_only_required() -> None:
    async def test() -> None:
        async with front() as one:
            provider = rig.Provider(one.serving)
            provider.provide("a", "192.0.2.1", attributes={"tier": "gold"})
            provider.provide("b", "192.0.2.2", state="draining")
            provider.provide("c", "192.0.2.3", service="shop")
            rig.Provider(one.serving).require(endpoint="mysql")
            said = await one.get("/v1/catalog")
            assert keys(said) == ["dev/blog/web/http", "dev/blog/web/mysql", "dev/shop/web/http"]
            http, mysql, _ = listed(said, "keys")
            assert (mysql["required"], mysql["endpoints"], http["required"]) == (1, [], 0)
            assert sorted(each["state"] for each in http["endpoints"]) == ["draining", "ready"]
            assert keys(await one.get("/v1/catalog/dev/shop")) == ["dev/shop/web/http"]
            assert keys(await one.get("/v1/catalog/dev/blog/web/mysql")) == ["dev/blog/web/mysql"]
            assert keys(await one.get("/v1/catalog/prod")) == []
            gold = await one.get("/v1/catalog/dev/blog/web/http", filter='{"tier":"gold"}')
            assert [each["uid"] for each in listed(gold, "keys")[0]["endpoints"]] == ["a"]

    rig.run(test())


def test_a_catalog_of_many_is_whole() -> None:
    async def test() -> None:
        async with front() as one:
            for batch in range(3):
                provider = rig.Provider(one.serving)
                for number in range(900):
                    provider.provide(f"u{batch}-{number}", "192.0.2.1", number + 1, role=f"r{batch}-{number % 50}")
            said = await one.get("/v1/catalog")
            assert len(keys(said)) == 150
            assert sum(len(each["endpoints"]) for each in listed(said, "keys")) == 2700

    rig.run(test())


def test_with_tokens_everything_but_health_needs_one() -> None:
    async def test() -> None:
        async with front(CLOSED, known()) as one:
            assert await one.get("/healthz") == {"healthy": True}
            paths = ("/", "/readyz", "/metrics", "/v1/catalog", "/v1/watch/dev/blog/web/http", "/v1/overview/events")
            for path in paths:
                message = await one.refusal(path, 401)
                assert message == "A valid token is needed: as a bearer token, or as the password of any user."
                await one.refusal(path, 401, {"Authorization": "Bearer wrong"})
                await one.refusal(path, 401, {"Authorization": "Basic %%%"})
            password = base64.b64encode(b"anybody:secret-blog").decode()
            assert await one.get("/readyz", headers={"Authorization": f"Basic {password}"}) == {"ready": True}

    rig.run(test())


def test_a_token_sees_what_it_may_require_and_no_ids() -> None:
    async def test() -> None:
        async with front(CLOSED, known()) as one:
            provider = rig.Provider(one.serving, token="secret-web")
            provider.provide("a", "192.0.2.1")
            provider.provide("b", "192.0.2.2", service="shop")
            said = await one.get("/v1/catalog", headers=bearer("blog"))
            assert keys(said) == ["dev/blog/web/http"]
            assert "uid" not in json.dumps(said)
            assert "owner" not in json.dumps(said)
            assert keys(await one.get("/v1/overview", headers=bearer("blog"))) == ["dev/blog/web/http"]
            assert len(keys(await one.get("/v1/catalog", headers=bearer("boss")))) == 2
            path = "/v1/watch/dev/shop/web/http"
            assert await one.refusal(path, 403, bearer("blog")) == "This token may not require dev/shop/web/http."
            message = await one.refusal("/v1/sessions", 403, bearer("blog"))
            assert message == "This is for tokens with the scope admin."
            sessions = await one.get("/v1/sessions", headers=bearer("boss"))
            assert "secret" not in json.dumps(sessions)

    rig.run(test())


def test_without_tokens_administrators_are_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        async with front() as one:
            await one.get("/v1/sessions")
            monkeypatch.setattr(web.BaseRequest, "remote", "192.0.2.77")
            message = await one.refusal("/v1/sessions", 403)
            assert message == "This is for tokens with the scope admin."
            rig.Provider(one.serving).provide("a", "192.0.2.1")
            said = await one.get("/v1/catalog")
            assert keys(said) == ["dev/blog/web/http"]
            assert "owner" not in json.dumps(said)

    rig.run(test())


def test_it_is_not_ready_while_it_does_not_know_everything() -> None:
    async def test() -> None:
        async with front(rig.WARMING) as one:
            assert await one.get("/readyz", status=503) == {"ready": False}
            assert await one.get("/healthz") == {"healthy": True}

    rig.run(test())


def test_a_foreign_page_that_gave_its_name_our_address_reads_nothing() -> None:
    async def test() -> None:
        async with front() as one:
            message = await one.refusal("/v1/catalog", 403, {"Host": "evil.example"})
            assert message == "This server does not know itself as evil.example: ask by address, or as localhost."
            for host in ("localhost:9641", "127.0.0.1", "[::1]:9641", "x.localhost", "disco.example.org"):
                await one.get("/v1/catalog", headers={"Host": host})

    rig.run(test())


def test_nothing_can_be_changed() -> None:
    async def test() -> None:
        async with front() as one:
            for method in ("POST", "PUT", "DELETE"):
                async with one.session.request(method, f"{one.base}/v1/catalog") as response:
                    assert response.status == 405
                    assert (await response.json())["error"]["name"] == "ReadOnly"

    rig.run(test())


def test_metrics_are_what_prometheus_reads() -> None:
    async def test() -> None:
        async with front() as one:
            rig.Provider(one.serving).require()
            provider = rig.Provider(one.serving)
            provider.provide("a", "192.0.2.1")
            provider.drop("a")
            await one.get("/v1/status")
            async with one.session.get(f"{one.base}/metrics") as response:
                assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
                text = await response.text()
            samples = {
                (each.name, *sorted(each.labels.items())): each.value
                for family in text_string_to_metric_families(text)
                for each in family.samples
            }
            assert samples["disco_complete",] == 1
            assert samples["disco_divergence_total",] == 0
            assert samples["disco_sessions", ("proto", "v1"), ("state", "attached")] == 2
            assert samples["disco_changes_total", ("cause", "set")] == 1
            assert samples["disco_changes_total", ("cause", "drop")] == 1
            assert samples["disco_http_requests_total", ("status", "2xx")] == 1
            assert samples["disco_rev",] == 2
            assert samples["disco_telling_seconds_count",] == one.serving.core.counters["notifications"] == 2
            assert samples["disco_telling_seconds_bucket", ("le", "+Inf")] == 2

    rig.run(test())


def test_links_to_other_data_centres_are_in_the_metrics_the_overview_and_the_dumps() -> None:
    async def test() -> None:
        async with front(replace(rig.SETTINGS, dc="x", federated=("y",))) as one:
            ones = (Endpoint(id="1", host="192.0.2.50", port=80, key="dev/blog/web/http"),)
            told = {Key(**rig.names()).part: Told(endpoints=ones, complete=True)}
            core = one.serving.core
            core.federate(one.serving.now(), "y", News(up=True, told=told, divergences=2))
            core.federate(one.serving.now(), "y", News(up=False, problem="it is cut", divergences=2))
            rig.Provider(one.serving).ask("registry.export", {"part": 0})
            async with one.session.get(f"{one.base}/metrics") as response:
                text = await response.text()
            for line in ("up", 0.0), ("endpoints", 1.0), ("divergence_total", 2.0):
                assert f'disco_link_{line[0]}{{dc="y"}} {line[1]}' in text.splitlines()
            said = await one.get("/v1/overview")
            (link,) = listed(said, "links")
            assert (link["dc"], link["state"], link["suspect"], link["problem"]) == ("y", "down", 1, "it is cut")
            (key,) = listed(said, "keys")
            assert key["endpoints"][0]["by"] == "data centre y"
            assert [each["dc"] for each in listed(await one.get("/v1/status"), "links")] == ["y"]
            (catalog,) = listed(await one.get("/v1/catalog"), "keys")
            assert catalog["endpoints"][0]["owner"] == "federated"
            assert await one.get("/disco/registry/dump/requirement-handles") == {}

    rig.run(test())


def test_what_scripts_of_the_prototype_read_is_where_it_was() -> None:
    async def test() -> None:
        async with front(CLOSED, known()) as one:
            boss = bearer("boss")
            provider = rig.Provider(one.serving, token="secret-web")
            uid = provider.provide("a", "192.0.2.1")
            provider.provide("b", "192.0.2.2", service="shop")
            rig.Provider(one.serving).require()
            urls = [{"url": "/discovery/dev/blog/"}, {"url": "/discovery/dev/shop/"}]
            assert await one.get("/discovery/dev/", headers=boss) == {"index": urls}
            assert await one.get("/discovery/dev/", headers=bearer("blog")) == {"index": urls[:1]}
            below = {"index": [{"url": "/discovery/dev/blog/web/http/"}]}
            assert await one.get("/discovery/dev/blog/web/", headers=boss) == below
            dump = "/disco/registry/dump"
            found = (await one.get(f"{dump}/discovery-map", headers=boss))["dev/blog/web/http"]
            assert isinstance(found, dict)
            assert found["provided_by"] == {uid: True}
            ((wanted, _),) = found["watched_by"].items()
            provision = (await one.get(f"{dump}/provision-handles", headers=boss))[uid]
            assert isinstance(provision, dict)
            assert provision["address"] == {"host": "192.0.2.1", "port": 80, "address": "192.0.2.1"}
            requirement = (await one.get(f"{dump}/requirement-handles", headers=boss))[wanted]
            assert isinstance(requirement, dict)
            assert (requirement["role"], requirement["provided_by"]) == ("web", {uid: True})
            assert len(listed(await one.get("/session/", headers=boss), "index")) == 2
            for path in ("/session/", f"{dump}/discovery-map"):
                await one.refusal(path, 403, bearer("blog"))

    rig.run(test())


def test_a_bug_is_said_in_the_log_and_others_are_served_on(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        async with front() as one:
            monkeypatch.setattr(one.serving.core, "listed_sessions", None)
            assert await one.refusal("/v1/sessions", 500) == "This is a bug of disco."
            await one.get("/v1/status")
            assert one.serving.counters["internal_errors"] == 1

    rig.run(test())
