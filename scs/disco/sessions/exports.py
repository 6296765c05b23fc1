"""What another data centre is told, and to whom: the question of its servers. Asks no registry."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from scs.disco.registry import views
from scs.disco.registry.views import Query
from scs.disco.sessions import tokens
from scs.disco.values import GroupId, Json, Key, Provision
from scs.disco.wire import shapes


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One part of all that a token may require and that is provided here: never what others told us.

    So nothing comes back to where it is from, and nothing is passed on.
    """

    scopes: tuple[str, ...]
    part: int
    coalesce: bool = True

    def matches(self, one: Provision) -> bool:
        return one.served and one.address.usable and not one.federated and self.covers(one.key)

    def covers(self, key: Key) -> bool:
        return key.part == self.part and tokens.allows(self.scopes, "require", key)

    def shown(self, one: Provision) -> Json:
        return shapes.exported(one)


Question = Query | Export


def scoped(scopes: tuple[str, ...]) -> tuple[str, ...]:
    """Of what a session may do, what says what it is told."""
    return tuple(sorted(one for one in scopes if not one.startswith("provide:")))


def identify(question: Question) -> GroupId:
    """The same at every server and after every restart."""
    if isinstance(question, Query):
        return views.identify(question)
    said = ["export", question.scopes, question.part]
    return GroupId(hashlib.blake2b(json.dumps(said).encode(), digest_size=12).hexdigest())


def named(question: Question) -> str:
    """As people know it."""
    return str(question.key) if isinstance(question, Query) else f"part {question.part} of what is exported"


def may(scopes: tuple[str, ...], question: Question) -> bool:
    """Whether who has these scopes may ask it. What is exported is made for scopes: with others it is another."""
    if isinstance(question, Query):
        return tokens.allows(scopes, "require", question.key)
    return scoped(scopes) == question.scopes
