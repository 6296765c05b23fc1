"""`/v1/watch`: when it answers, and with what."""

from __future__ import annotations

import asyncio
import time

from scs.disco.settings import Settings, Times
from scs.disco.values import Json
from tests.disco.edges import rig
from tests.disco.edges.http.front import front, listed

WEB = "/v1/watch/dev/blog/web/http"


def hosts(said: Json) -> list[str]:
    return sorted(one["address"]["host"] for one in listed(said, "endpoints"))


def test_without_an_index_the_answer_comes_at_once() -> None:
    async def test() -> None:
        async with front() as one:
            said = await one.get(WEB)
            assert (said["endpoints"], said["complete"], said["reset"]) == ([], True, False)
            provider = rig.Provider(one.serving)
            provider.provide("a", "192.0.2.1", attributes={"tier": "gold"}, weight=2)
            provider.provide("b", "192.0.2.2")
            provider.provide("c", "192.0.2.3", role="api")
            assert hosts(await one.get(WEB)) == ["192.0.2.1", "192.0.2.2"]
            (gold,) = listed(await one.get(WEB, filter='{"tier":"gold"}'), "endpoints")
            assert gold["weight"] == 2

    rig.run(test())


def test_with_the_index_of_the_answer_it_waits_for_another() -> None:
    async def test() -> None:
        async with front() as one:
            provider = rig.Provider(one.serving)
            provider.provide("a", "192.0.2.1")
            index = str((await one.get(WEB))["index"])
            waiting = asyncio.create_task(one.get(WEB, index=index, wait="600"))
            while not one.serving.core.status()["groups"]:
                await asyncio.sleep(0)
            provider.provide("other", "192.0.2.9", role="api")  # of no concern
            provider.provide("a", "192.0.2.1")  # the same again
            provider.provide("b", "192.0.2.2")
            said = await waiting
            assert hosts(said) == ["192.0.2.1", "192.0.2.2"]
            assert said["index"] != index
            # Who missed what came meanwhile is told at once.
            provider.drop("a")
            assert hosts(await one.get(WEB, index=str(said["index"]), wait="600")) == ["192.0.2.2"]

    rig.run(test())


def test_what_came_and_went_between_two_requests_wakes_nobody() -> None:
    async def test() -> None:
        async with front() as one:
            provider = rig.Provider(one.serving)
            provider.provide("a", "192.0.2.1")
            index = str((await one.get(WEB))["index"])
            provider.provide("b", "192.0.2.2")
            provider.drop("b")
            said = await one.get(WEB, index=index, wait="0.05")
            assert (said["reset"], hosts(said)) == (False, ["192.0.2.1"])
            assert str(said["index"]).rpartition(".")[2] == index.rpartition(".")[2]

    rig.run(test())


def test_after_the_wait_and_a_little_more_the_answer_is_the_same() -> None:
    async def test() -> None:
        async with front() as one:
            index = str((await one.get(WEB))["index"])
            began = time.monotonic()
            said = await one.get(WEB, index=index, wait="0.2")
            assert said["index"] == index
            assert time.monotonic() - began >= 0.2

    rig.run(test())


def test_the_index_of_another_history_is_answered_at_once_and_says_so() -> None:
    async def test() -> None:
        async with front() as one:
            rig.Provider(one.serving).provide("a", "192.0.2.1")
            index = str((await one.get(WEB))["index"])
            epoch, rev, digest = index.split(".")
            for other in (f"{'0' * 32}.{rev}.{digest}", f"{epoch}.{int(rev) + 5}.{'0' * 16}"):
                said = await one.get(WEB, index=other, wait="600")
                assert (said["reset"], said["index"]) == (True, index)

    rig.run(test())


def test_that_everything_is_known_now_is_an_answer_too() -> None:
    async def test() -> None:
        async with front(Settings(times=Times(grace=1))) as one:
            said = await one.get(WEB)
            assert (said["complete"], said["endpoints"]) == (False, [])
            waiting = one.get(WEB, index=str(said["index"]), wait="600")
            assert (await waiting)["complete"] is True

    rig.run(test())


def test_who_goes_away_leaves_nothing_behind() -> None:
    async def test() -> None:
        async with front() as one:
            index = str((await one.get(WEB))["index"])
            waiting = asyncio.create_task(one.get(WEB, index=index, wait="600"))
            while not one.serving.core.status()["groups"]:
                await asyncio.sleep(0)
            waiting.cancel()
            while one.serving.core.status()["groups"]:
                await asyncio.sleep(0.001)

    rig.run(test())


def test_who_waits_is_answered_when_the_server_ends() -> None:
    async def test() -> None:
        async with front() as one:
            index = str((await one.get(WEB))["index"])
            waiting = asyncio.create_task(one.get(WEB, index=index, wait="600"))
            while not one.serving.core.status()["groups"]:
                await asyncio.sleep(0)
            one.edge._watching.end()
            assert (await waiting)["index"] == index

    rig.run(test())


def test_nearness_orders_and_leaves_out() -> None:
    async def test() -> None:
        async with front() as one:
            provider = rig.Provider(one.serving)
            for zone in "abc":
                provider.provide(zone, f"host-{zone}", zone=zone)
            said = await one.get(WEB, prefer="zone,any", zone="b")
            assert [one["tier"] for one in listed(said, "endpoints")] == [0, 1, 1]
            assert hosts(await one.get(WEB, prefer="zone", zone="b")) == ["host-b"]

    rig.run(test())


def test_what_cannot_be_meant_is_refused_with_the_way_to_say_it() -> None:
    async def test() -> None:
        async with front() as one:
            for query, message in (
                ({"index": "x"}, "index is not one that this server gave: leave it out to begin anew"),
                ({"wait": "soon"}, "wait must be a number of seconds, as in ?wait=60"),
                ({"wait": "-1"}, "wait must be a number of seconds, as in ?wait=60"),
                ({"wait": "nan"}, "wait must be a number of seconds, as in ?wait=60"),
                ({"filter": "[1]"}, 'filter must be a JSON object, as in ?filter={"zone":"a"}'),
                ({"filter": "[" * 9000}, None),
                ({"since": "1"}, "There is no parameter since; there are filter, prefer, dc, zone, index, wait."),
                (
                    {"prefer": "near"},
                    'Argument "prefer" must be a list of "zone", "dc" and "any", each at most once.',
                ),
            ):
                if message is None:
                    async with one.session.get(one.base + WEB, params=query) as response:
                        assert response.status == 400
                else:
                    assert await one.refusal(WEB, 400, query=query) == message
            assert (await one.refusal("/v1/watch/Dev/blog/web/http", 400)).startswith('Argument "environment" must be')
            assert await one.refusal("/v1/watch/dev/blog", 404) == "There is nothing at /v1/watch/dev/blog."

    rig.run(test())
