"""The page, and what it is told."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re

import aiohttp
import pytest

from scs.disco.edges.http import live
from scs.disco.values import Json
from tests.disco.edges import rig
from tests.disco.edges.http.front import front, listed


async def events(response: aiohttp.ClientResponse) -> Json:
    """The next overview."""
    name = ""
    async for line in response.content:
        if line.startswith(b"event: "):
            name = line.decode().split()[1]
        elif line.startswith(b"data: ") and name == "overview":
            said = json.loads(line.removeprefix(b"data: "))
            assert isinstance(said, dict)
            return said
    raise AssertionError("the server ended it")


def test_the_page_is_told_what_is_provided_required_and_suspect_and_by_whom(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_REST", 0.001)
    monkeypatch.setattr(live, "_LOOK", 0.05)

    async def test() -> None:
        async with front() as one, one.session.get(f"{one.base}/v1/overview/events") as response:
            assert response.headers["Content-Type"] == "text/event-stream"
            assert (await events(response))["keys"] == []
            provider = rig.Provider(one.serving, client="host-1")
            provider.provide("a", "192.0.2.1", attributes={"tier": "gold"})
            while not (said := await events(response))["keys"]:
                pass
            (key,) = listed(said, "keys")
            (endpoint,) = key["endpoints"]
            assert (endpoint["host"], endpoint["state"], endpoint["by"]) == ("192.0.2.1", "ready", "host-1")
            rig.Provider(one.serving, client="shop").require()
            while not (key := listed(await events(response), "keys")[0])["required"]:
                pass
            assert (key["required"], key["required_by"]) == (1, ["shop"])
            provider.lost()
            while (key := listed(await events(response), "keys")[0])["states"] == {"ready": 1}:
                pass
            assert (key["states"], key["endpoints"][0]["by"]) == ({"suspect": 1}, "host-1")

    rig.run(test())


def test_nobody_is_asked_while_nobody_looks() -> None:
    async def test() -> None:
        async with front() as one:
            async with one.session.get(f"{one.base}/v1/overview/events") as response:
                await events(response)
                assert one.edge._live._task is not None
            while one.edge._live._task is not None:
                await asyncio.sleep(0.001)
            assert one.serving._followers == []

    rig.run(test())


def test_the_page_loads_nothing_and_runs_only_what_is_in_it() -> None:
    async def test() -> None:
        async with front() as one, one.session.get(one.base) as response:
            text, policy = await response.text(), response.headers["Content-Security-Policy"]
            for tag in ("script", "style"):
                (body,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
                assert base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() in policy
            assert "default-src 'none'" in policy
            assert not re.findall(r"""(?:src|href)=["']?(?:https?:)?//|@import|url\(|innerHTML|style="|onclick""", text)

    rig.run(test())
