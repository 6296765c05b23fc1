"""Thousands of schedules: what clients do, what the network does to them, and what has to hold all the while."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from scs.disco.client.options import Want
from scs.disco.values import Json
from tests.disco.world import FILTERS, KEYS, Host, World

HOSTS = st.integers(0, 3)
BYTES = st.one_of(st.integers(0, 60), st.just(1 << 20))


class Schedules(RuleBasedStateMachine):
    """Each rule is one thing that happens; hypothesis looks for the order in which it goes wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.restarts = 0

    def host(self, number: int) -> Host:
        return self.world.hosts[number]

    @rule(
        number=HOSTS, uid=st.integers(0, 2), key=st.sampled_from(KEYS), tier=st.sampled_from([None, "gold", "silver"])
    )
    def provide(self, number: int, uid: int, key: str, tier: str | None) -> None:
        given: Json = {
            **{"environment": "dev", "service": "blog", "role": "db", "endpoint": key},
            "address": {"host": f"192.0.2.{number * 10 + uid}", "port": 80},
            "attributes": {} if tier is None else {"tier": tier},
        }
        self.host(number).client.provide(self.world.now, f"{number}/{uid}", given)

    @rule(number=HOSTS, key=st.sampled_from(KEYS), ending=st.booleans())
    def a_burst(self, number: int, key: str, ending: bool) -> None:
        """More changes at once than a group tells at once; `ending`: just before the grace ends."""
        if ending:
            self.world.to_the_end_of_grace()
        for turn in range(8):
            self.provide(number=number, uid=turn % 3, key=key, tier=["gold", "silver"][turn % 2])
        for _ in range(2):
            self.world.settle(0.01)

    @rule(number=HOSTS)
    def provide_wrongly(self, number: int) -> None:
        given: Json = {
            **{"environment": "dev", "service": "blog", "role": "db", "endpoint": "No Name"},
            "address": {"host": f"192.0.2.{number}", "port": 80},
        }
        self.host(number).client.provide(self.world.now, f"{number}/bad", given)

    @rule(number=HOSTS, uid=st.integers(0, 2))
    def withdraw(self, number: int, uid: int) -> None:
        client = self.host(number).client
        if f"{number}/{uid}" in client.state.offers:
            client.withdraw(self.world.now, f"{number}/{uid}")

    @rule(number=HOSTS, name=st.sampled_from("rs"), key=st.sampled_from(KEYS), tests=st.sampled_from(FILTERS))
    def require(self, number: int, name: str, key: str, tests: dict[str, object]) -> None:
        given: Json = {"environment": "dev", "service": "blog", "role": "db", "endpoint": key, "filter": tests}
        self.host(number).client.require(self.world.now, name, Want(arguments=given))

    @rule(number=HOSTS, name=st.sampled_from("rs"))
    def unrequire(self, number: int, name: str) -> None:
        self.host(number).client.unrequire(self.world.now, name)
        self.host(number).sets.pop(name, None)

    @rule(number=HOSTS, count=BYTES)
    def bytes_go_up(self, number: int, count: int) -> None:
        self.world.move_up(self.host(number), count)

    @rule(number=HOSTS, count=BYTES)
    def bytes_go_down(self, number: int, count: int) -> None:
        self.world.move_down(self.host(number), count)

    @rule(number=HOSTS, keep=BYTES)
    def cut(self, number: int, keep: int) -> None:
        self.world.cut(self.host(number), keep=keep)

    @rule(number=HOSTS, on=st.booleans())
    def partition(self, number: int, on: bool) -> None:
        self.world.partition(self.host(number), on)

    @rule(number=HOSTS, on=st.booleans())
    def block(self, number: int, on: bool) -> None:
        self.world.block(self.host(number), on)

    @rule(number=HOSTS)
    def client_restarts(self, number: int) -> None:
        self.world.reborn(self.host(number))

    @rule()
    def snapshot(self) -> None:
        self.world.keep_snapshot()

    @precondition(lambda self: self.restarts < 3)
    @rule(saved=st.booleans(), stale=st.booleans())
    def server_restarts(self, saved: bool, stale: bool) -> None:
        self.restarts += 1
        self.world.restart(saved=saved, stale=stale)

    @rule(seconds=st.sampled_from([0.5, 2, 12, 40]))
    def server_stands_still(self, seconds: float) -> None:
        self.world.pause(seconds)

    @rule(seconds=st.sampled_from([0.25, 1, 4, 11]))
    def time_passes(self, seconds: float) -> None:
        self.world.advance(seconds)

    @rule(seconds=st.sampled_from([0.5, 3, 8]))
    def all_is_well(self, seconds: float) -> None:
        self.world.settle(seconds)

    def teardown(self) -> None:
        self.world.check_converged()


# SCS_SCHEDULES=5000 for the long form.
Schedules.TestCase.settings = settings(
    max_examples=int(os.environ.get("SCS_SCHEDULES", "40")),
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestSchedules = Schedules.TestCase


def test_a_requirement_that_was_dropped_in_vain_and_asked_again_by_another_name_is_told_as_a_whole() -> None:
    one, tests = Schedules(), {"zone": {"in": ["a", "b"]}}
    one.provide(number=0, key="mysql", tier=None, uid=0)
    one.require(number=2, name="s", key="mysql", tests=dict(tests))
    one.all_is_well(8)
    one.unrequire(number=2, name="s")
    one.client_restarts(number=2)
    one.all_is_well(8)
    one.require(number=2, name="r", key="mysql", tests=dict(tests))
    one.teardown()


def test_what_a_burst_left_untold_when_the_grace_ends_is_told_then() -> None:
    one = Schedules()
    one.require(number=2, name="s", key="mysql", tests={})
    one.all_is_well(3)
    one.a_burst(number=0, key="mysql", ending=True)
    one.all_is_well(8)
    one.teardown()


def test_what_is_offered_wrongly_keeps_nothing_else_out_when_its_client_comes_back() -> None:
    one = Schedules()
    one.provide_wrongly(number=0)
    one.provide(number=0, uid=0, key="mysql", tier=None)
    one.all_is_well(3)
    one.host(0).failures.clear()
    one.world.restart(saved=False)
    one.all_is_well(3)
    assert [failed.what for failed in one.host(0).failures] == ["offer 0/bad"]
    one.teardown()
