"""A question and its answer at one moment: queries, views, and what leads from one view to another. Sends nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from scs.disco.registry import filters
from scs.disco.values import GroupId, Json, Key, Nearness, Provision, ProvisionId
from scs.disco.wire import shapes

View = Mapping[ProvisionId, Provision]
EMPTY: View = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is asked for. Equal queries are one group.

    `within` keeps to one data centre, or (`DC/ZONE`) zone; `loose` is v0, where an address may be anything.
    """

    key: Key
    tests: filters.Filter = ()
    within: tuple[Nearness, str] = ("any", "")
    coalesce: bool = True
    loose: bool = False

    def matches(self, one: Provision) -> bool:
        if not one.served or not (self.loose or one.address.usable) or one.key != self.key:
            return False
        where, name = self.within
        if (where == "zone" and f"{one.dc}/{one.zone}" != name) or (where == "dc" and one.dc != name):
            return False
        return filters.holds(self.tests, one)

    def shown(self, one: Provision) -> Json:
        return shapes.v1(one)


def identify(query: Query) -> GroupId:
    """The same at every server and after every restart."""
    said = [query.key.names, [filters.said(test) for test in query.tests], query.within, query.coalesce, query.loose]
    return GroupId(hashlib.blake2b(json.dumps(said).encode(), digest_size=12).hexdigest())


@dataclass(slots=True)
class Diff:
    add: list[Provision] = field(default_factory=list)
    update: list[Provision] = field(default_factory=list)
    drop: list[ProvisionId] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.add or self.update or self.drop)


def replaced(view: View, changed: Mapping[ProvisionId, Provision | None]) -> View:
    new = dict(view)
    for identifier, one in changed.items():
        if one is None:
            new.pop(identifier, None)
        else:
            new[identifier] = one
    return new


def difference(old: View, new: View) -> Diff:
    """What leads from one view to the other, in the order of ids, so that it can be compared."""
    found = Diff()
    for identifier, one in new.items():
        was = old.get(identifier)
        if was is None:
            found.add.append(one)
        elif not shapes.alike(was, one):
            found.update.append(one)
    found.drop = [identifier for identifier in old if identifier not in new]
    return found


def effective(view: View) -> View:
    """What is to be used: what is ready, or if nothing is, what is suspect."""
    ready = {identifier: one for identifier, one in view.items() if one.up and not one.damped}
    if not ready or len(ready) == len(view):
        return view
    return ready


def rewound(view: View, matches: Callable[[Provision], bool], were: Mapping[ProvisionId, Provision | None]) -> View:
    """The view as it was when these provisions were what they were."""
    back = {one: was if was is not None and matches(was) else None for one, was in were.items()}
    return replaced(view, back) if back else view
