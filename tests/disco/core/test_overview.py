"""What people are shown at a glance: problems first, and never more than can be read."""

from __future__ import annotations

from typing import Any

from scs.disco.core import overview
from scs.disco.core.overview import Most
from tests.disco.table import NAMES, Table

ADMIN = ("admin",)


def keys(said: dict[str, object]) -> list[dict[str, Any]]:
    found = said["keys"]
    assert isinstance(found, list)
    return found


def offer(uid: str, *, host: str = "192.0.2.1", port: int = 80, **more: object) -> dict[str, object]:
    return {**NAMES, "uid": uid, "address": {"host": host, "port": port}, **more}


def test_names_with_problems_come_first() -> None:
    table = Table()
    peer, lost = table.v1(client="host-1"), table.v1(client="host-2")
    peer.ask("provision.set", offer("a", endpoint="fine"))
    peer.ask("provision.set", offer("b", endpoint="draining", state="draining"))
    lost.ask("provision.set", offer("c", endpoint="suspect"))
    lost.fin()
    peer.ask("requirement.set", {**NAMES, "uid": "r", "endpoint": "missing"})
    peer.ask("requirement.set", {**NAMES, "uid": "s", "endpoint": "fine"})
    said = overview.overview(table.disco.hub, ADMIN)
    assert [one["endpoint"] for one in keys(said)] == ["missing", "suspect", "draining", "fine"]
    missing, suspect, _, fine = keys(said)
    assert (missing["states"], missing["required_by"]) == ({}, ["host-1"])
    assert (suspect["states"], suspect["endpoints"][0]["by"]) == ({"suspect": 1}, "host-2")
    assert (fine["states"], fine["required"]) == ({"ready": 1}, 1)
    assert said["sessions"] == {"attached": 1, "detached": 1}


def test_what_is_left_out_is_counted() -> None:
    table = Table()
    for number in range(4):
        peer = table.v1(client=f"host-{number}")
        peer.ask("requirement.set", {**NAMES, "uid": "r"})
        peer.ask("provision.set", offer(f"u{number}", port=80 + number))
        peer.ask("provision.set", offer(f"v{number}", endpoint=f"e{number}"))
    said = overview.overview(table.disco.hub, ADMIN, Most(keys=5, endpoints=3, requirers=2))
    assert (len(keys(said)), said["more"]) == (5, 0)
    mysql = keys(said)[-1]
    assert (len(mysql["endpoints"]), mysql["more"]) == (3, 1)
    assert (mysql["required"], mysql["required_by"]) == (4, ["host-0", "host-1"])
    said = overview.overview(table.disco.hub, ADMIN, Most(keys=1))
    assert (len(keys(said)), said["more"]) == (1, 4)


def test_what_is_not_ready_is_shown_before_what_is() -> None:
    table = Table()
    peer = table.v1()
    for number in range(5):
        peer.ask("provision.set", offer(f"u{number}", port=80 + number))
    peer.ask("provision.set", offer("ill", port=99, state="unhealthy"))
    (key,) = keys(overview.overview(table.disco.hub, ADMIN, Most(endpoints=2)))
    assert [one["state"] for one in key["endpoints"]] == ["unhealthy", "ready"]


def test_a_token_is_shown_what_it_may_require() -> None:
    table = Table()
    peer = table.v1()
    peer.ask("provision.set", offer("a"))
    peer.ask("provision.set", offer("b", service="shop"))
    said = overview.overview(table.disco.hub, ("require:dev/shop/*", "provide:*"))
    assert [one["service"] for one in keys(said)] == ["shop"]


def test_endpoints_of_old_peers_are_shown_as_they_gave_them() -> None:
    table = Table()
    peer = table.v0()
    peer.ask("provision.add", {**NAMES, "address": {"socket": "/run/x"}})
    (key,) = keys(overview.overview(table.disco.hub, ADMIN))
    assert (key["endpoints"][0]["given"], key["endpoints"][0]["by"]) == ('{"socket":"/run/x"}', "192.0.2.1:40001")
