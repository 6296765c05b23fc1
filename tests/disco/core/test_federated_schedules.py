"""Many schedules of two data centres that follow each other: nobody goes by mistake, nobody stays by mistake."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from tests.disco.federated import KEYS, Side, Two, offer

SIDES = st.integers(0, 1)
UIDS = st.sampled_from(["a", "b", "c"])


class Schedules(RuleBasedStateMachine):
    """What has to hold all the while is checked by `Two.check`."""

    def __init__(self) -> None:
        super().__init__()
        self.two = Two()
        self.restarts = 0

    def side(self, number: int) -> Side:
        return self.two.sides[number]

    @rule(number=SIDES, uid=UIDS, key=st.sampled_from(KEYS), zone=st.sampled_from(["a", "b"]))
    def provide(self, number: int, uid: str, key: str, zone: str) -> None:
        host = f"192.0.2.{100 * number + ord(uid)}"
        self.side(number).provide(uid, offer(uid, key, host=host, zone=zone))
        self.two.flow()

    @rule(number=SIDES, uid=UIDS)
    def withdraw(self, number: int, uid: str) -> None:
        if uid in self.side(number).truth:
            self.side(number).withdraw(uid)
            self.two.flow()

    @rule(number=SIDES)
    def provider_goes(self, number: int) -> None:
        self.side(number).away()
        self.two.flow()

    @rule(number=SIDES)
    def provider_comes_back(self, number: int) -> None:
        if not self.side(number).joined:
            self.side(number).join()
            self.two.flow()

    @rule()
    def cut(self) -> None:
        self.two.cut()
        self.two.flow()

    @rule(on=st.booleans())
    def no_way(self, on: bool) -> None:
        self.two.open = not on
        if on:
            self.two.cut()
        self.two.flow()

    @rule(on=st.booleans())
    def silence(self, on: bool) -> None:
        self.two.silent = on

    @precondition(lambda self: self.restarts < 3)
    @rule(number=SIDES, saved=st.booleans())
    def server_restarts(self, number: int, saved: bool) -> None:
        self.restarts += 1
        self.two.restart(self.side(number), saved=saved)
        self.two.flow()

    @rule(seconds=st.sampled_from([0.25, 1, 4, 12, 20]))
    def time_passes(self, seconds: float) -> None:
        self.two.wait(seconds)

    def teardown(self) -> None:
        self.two.converge()


# SCS_SCHEDULES=5000 for the long form.
Schedules.TestCase.settings = settings(
    max_examples=int(os.environ.get("SCS_SCHEDULES", "25")),
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestSchedules = Schedules.TestCase
