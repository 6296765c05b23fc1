"""Tokens that change while sessions live: each keeps to its own token, and what is no longer allowed ends."""

from __future__ import annotations

from tests.disco.core.test_providing import allow, tokened
from tests.disco.table import NAMES, offer

REQUIRE = {**NAMES, "uid": "r"}


def test_each_session_has_the_scopes_of_its_own_token() -> None:
    scopes = {"web_old": ["provide:dev/*"], "web_new": ["provide:test/*"]}
    table = tokened(**scopes)
    one = table.v1(token="web_old")
    allow(table, **scopes)
    assert one.ask("provision.set", {**offer(), "environment": "test"})["name"] == "Forbidden"
    allow(table, web_new=["provide:test/*"])
    assert one.closed == "its token is no longer valid"


def test_what_is_no_longer_allowed_ends_and_its_session_is_told_by_coming_back() -> None:
    both = ["provide:dev/*", "provide:test/*", "require:*"]
    table = tokened(web=both, other=["require:*"])
    watching, one = table.v1(token="other"), table.peer()
    joined = one.join(proto=1, token="web")
    watching.ask("requirement.set", REQUIRE)
    one.ask("provision.set", offer("a"))
    one.ask("provision.set", {**offer("b", port=80), "environment": "test"})
    one.ask("requirement.set", REQUIRE)
    watching.lines()
    allow(table, web=both, other=["require:*"])
    assert (one.closed, watching.told()) == (None, [])
    allow(table, web=["provide:test/*"], other=["require:*"])
    assert one.closed == "its token no longer allows what it does"
    assert watching.closed is None
    (told,) = watching.told()
    assert len(told["drop"]) == 1  # type: ignore[arg-type]  # a list
    assert [each.uid for each in table.disco.hub.registry] == ["b"]
    said = {"id": joined["id"], "secret": joined["secret"], "token": "web"}
    assert table.peer().ask("session.resume", said)["groups"] == []


def test_sessions_of_this_very_process_need_no_token_when_tokens_change() -> None:
    table = tokened(web=["provide:*"])
    peer = table.peer()
    table.disco.hub.connections[peer.id].trusted = True
    peer.join(proto=1)
    peer.ask("provision.set", offer())
    allow(table, web=["provide:*"])
    assert peer.closed is None
    assert "id" in peer.ask("provision.set", offer("b"))
