"""What a changed, a new or an unreadable secret means for containers."""

from __future__ import annotations

import json
from dataclasses import replace

from scs.model import labels
from scs.model.observed import ObservedContainer
from scs.model.secret import Fingerprint, SecretUse
from scs.model.steps import Unknown
from tests.plan import worlds as w

USES = tuple(SecretUse(secret=name, path=name) for name in ("api", "db"))
WEB = w.container("web", secrets=USES)
LOST = Unknown(why="secret db: /etc/db does not exist")


def running(**secrets: str) -> ObservedContainer:
    made = w.running(WEB)
    return replace(made, labels={**made.labels, labels.SECRETS: json.dumps(secrets)})


def causes(there: ObservedContainer, **now: Fingerprint | Unknown) -> set[str]:
    plan = w.plan(w.desired(WEB), w.world(there, secrets=now))
    return {one.cause for one in plan.actions} | {str(one) for one in plan.blocked}


def test_the_same_fingerprints_are_no_reason() -> None:
    assert causes(running(api="1", db="2"), api=Fingerprint("1"), db=Fingerprint("2")) == set()


def test_other_fingerprints_replace_and_are_named() -> None:
    one = causes(running(api="1", db="2"), api=Fingerprint("1"), db=Fingerprint("3"))
    assert one == {"its secret db was rotated"}
    both = causes(running(api="1", db="2"), api=Fingerprint("4"), db=Fingerprint("3"))
    assert both == {"its secrets api and db were rotated"}


def test_what_cannot_be_read_is_no_reason_and_blocks_only_what_is_to_be_made_or_started() -> None:
    assert causes(running(api="1", db="2"), api=Fingerprint("1"), db=LOST) == set()
    held = {"blocked  container dev-blog-web-1: secret db: /etc/db does not exist"}
    assert causes(running(api="1", db="2"), api=Fingerprint("9"), db=LOST) == held
    assert causes(replace(running(api="1", db="2"), state="exited"), api=Fingerprint("1"), db=LOST) == held
    plan = w.plan(w.desired(WEB), w.world(secrets={"api": Fingerprint("1"), "db": LOST}))
    assert {str(one) for one in plan.blocked} == held


def test_a_secret_more_or_less_is_a_change_of_its_secrets() -> None:
    bare = w.container("web")
    known = {"api": Fingerprint("1"), "db": Fingerprint("2")}
    plan = w.plan(w.desired(WEB), w.world(w.running(bare), secrets=known))
    assert {one.cause for one in plan.actions} == {"its secrets changed"}
    plan = w.plan(w.desired(bare), w.world(running(api="1", db="2")))
    assert {one.cause for one in plan.actions} == {"its secrets changed"}


def test_a_container_without_secrets_has_the_digest_that_it_always_had() -> None:
    assert "secrets" not in w.container("web").parts
