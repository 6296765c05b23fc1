"""A group as a client holds it: the set, how far it got, and what it keeps until a starting server knows everything."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from scs.disco.values import Json, State
from scs.disco.wire import shapes
from scs.disco.wire.shapes import Endpoint


class Outcome(Enum):
    APPLIED = auto()
    NOTHING = auto()  # known already, or the first of several parts
    GAP = auto()  # something before it is missing


@dataclass(slots=True)
class Held:
    """`view` is exactly what the server told; `kept` is what was there before an answer that is not complete yet."""

    rev: int = 0
    complete: bool = False
    view: dict[str, Json] = field(default_factory=dict)
    kept: dict[str, Json] = field(default_factory=dict)
    parts: list[Json] = field(default_factory=list)
    changes: int = 0  # moves whenever `endpoints` or `complete` may be other

    def take(self, said: Json) -> Outcome:
        """One frame. Raises ValueError, KeyError or TypeError for what is none."""
        self.parts.append(said)
        if said.get("more") is True:
            return Outcome.NOTHING
        parts, self.parts = self.parts, []
        self.changes += 1
        rev, prev = _whole(said["rev"]), _whole(said["prev"])
        complete = said.get("complete") is True
        if said["action"] == "reset":
            self._reset(parts, complete)
        elif rev <= self.rev:
            return self._completed() if complete else Outcome.NOTHING
        elif prev > self.rev:
            return Outcome.GAP
        else:
            self._diff(parts)
        self.rev, self.complete = rev, complete
        if complete:
            self.kept.clear()
        return Outcome.APPLIED

    def _completed(self) -> Outcome:
        changed = not self.complete or bool(self.kept)
        self.complete = True
        self.kept.clear()
        return Outcome.APPLIED if changed else Outcome.NOTHING

    def _reset(self, parts: list[Json], complete: bool) -> None:
        before = {**self.kept, **self.view}
        self.view = dict(_listed(parts, "add"))
        if not complete:
            self.kept = {one: said for one, said in before.items() if one not in self.view}

    def _diff(self, parts: list[Json]) -> None:
        for word in ("add", "update"):
            for identifier, one in _listed(parts, word):
                self.view[identifier] = one
                self.kept.pop(identifier, None)
        for part in parts:
            for gone in _list(part, "drop"):
                self.view.pop(str(gone), None)
                self.kept.pop(str(gone), None)

    def digest(self) -> str:
        return f"{shapes.digest_of(self.view.values()):016x}"

    def endpoints(self) -> list[Endpoint]:
        return [shapes.endpoint(one) for one in {**self.kept, **self.view}.values()]


def effective(
    ones: list[Endpoint], prefer: tuple[str, ...], *, dc: str, zone: str, include_suspect: bool
) -> tuple[Endpoint, ...]:
    """What is ready, or as a last resort suspect; nearest first, then by weight, then by id."""
    ready = [one for one in ones if one.state is State.READY]
    used = ones if include_suspect or not ready else ready

    def order(one: Endpoint) -> tuple[object, ...]:
        return (_tier(one, prefer, dc, zone), one.state is not State.READY, -one.weight, one.id)

    return tuple(sorted(used, key=order))


def _tier(one: Endpoint, prefer: tuple[str, ...], dc: str, zone: str) -> int:
    for number, wanted in enumerate(prefer):
        near = {"any": True, "dc": one.dc == dc, "zone": (one.dc, one.zone) == (dc, zone)}
        if near.get(wanted, False):
            return number
    return len(prefer)


def _listed(parts: list[Json], word: str) -> list[tuple[str, Json]]:
    found = []
    for part in parts:
        for one in _list(part, word):
            if not isinstance(one, dict):
                raise ValueError("an endpoint is no object")  # noqa: TRY004
            shapes.endpoint(one)  # refuses what could not be used later
            found.append((str(one["id"]), one))
    return found


def _list(part: Json, word: str) -> list[object]:
    said = part.get(word, [])
    if not isinstance(said, list):
        raise ValueError(f'"{word}" is no list')  # noqa: TRY004
    return said


def _whole(value: object) -> int:
    if isinstance(value, int):
        return value
    raise ValueError("a revision is no number")
