"""What of a container can be changed while it is there, and is other than asked for, by the manifest or by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from scs.model import fields
from scs.model.container import Attachment, Container
from scs.model.fields import NOTHING, Field
from scs.model.observed import Live, ObservedAttachment, ObservedContainer, Record
from scs.model.storage import PREDEFINED_BRIDGE, NetworkMode
from scs.plan import parts, wording
from scs.plan.situation import Situation

BY_HAND = "it was changed by hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjust:
    """`update` changes limits and restart policy; networks are left, then joined."""

    cause: str
    fields: tuple[Field, ...]
    update: bool
    leave: tuple[str, ...]
    join: tuple[Attachment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beyond:
    """It takes a new container. `by_hand` says that nobody would, had a person not changed it."""

    cause: str
    fields: tuple[Field, ...] = ()
    by_hand: bool = False


def adjust(container: Container, old: ObservedContainer, situation: Situation) -> Adjust | Beyond | None:
    """What to change on it; None when all is as asked for, as far as was looked."""
    changed, by_mode = parts.changed(container, old), _by_mode(container, old, situation)
    if by_mode and "networks" in changed:
        left = "the host's own network is left or joined only by a new one"
        return Beyond(cause=f"its {wording.listed(changed)} changed, and {left}")
    live = situation.observed.live.get(old.id)
    limits = () if live is None else tuple(_limits(container, live))
    moves = () if by_mode or old.state == "created" else tuple(_moves(container, old, live))
    found = (*limits, *(move.field for move in moves))
    if not found:
        return None
    anew = parts.asked_anew(container, old, situation.observed.records.get(old.id))
    cause = f"its {wording.listed(anew)} changed" if anew else BY_HAND
    taken = next((one.path for one in limits if one.new == NOTHING), "")
    if taken and anew:
        return Beyond(cause=f"{cause}, and {taken} can be taken away only from a new one", fields=found)
    if taken:
        return Beyond(cause=by_hand(found), fields=found, by_hand=True)
    return Adjust(
        cause=cause,
        fields=found,
        update=bool(limits),
        leave=tuple(move.network for move in moves if move.leaves),
        join=tuple(move.join for move in moves if move.join is not None),
    )


def by_hand(found: Iterable[Field]) -> str:
    """A cause that says what somebody changed."""
    return f"{BY_HAND}: {'; '.join(map(str, found))}"


def settings(old: ObservedContainer, observed: Mapping[str, Live], records: Mapping[str, Record]) -> tuple[Field, ...]:
    """What somebody changed that a manifest cannot say, compared with what it was right after the start."""
    live, record = observed.get(old.id), records.get(old.id)
    return (
        () if live is None or record is None or not record.settings else fields.changes(record.settings, live.settings)
    )


def misplaced(container: Container, live: Live) -> str:
    """What is wrong with its addresses and names on a network, now that it runs; empty when all is as asked for."""
    for one in container.attachments:
        have = live.addresses.get(one.network)
        if not have:
            continue
        missing = sorted({one.address, one.address6} - {"", *have})
        if missing:
            return f"it has {_set(have)} on network {one.network}, not {missing[0]} as asked for"
        unknown = sorted(container.known_as[one.network] - live.aliases.get(one.network, frozenset()))
        if unknown and one.network != PREDEFINED_BRIDGE:
            return f"on network {one.network} it is not known as {unknown[0]}"
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Move:
    network: str
    leaves: bool
    join: Attachment | None
    field: Field


def _limits(container: Container, live: Live) -> Iterator[Field]:
    wish = container.resources
    for name, old, new in (
        ("memory", live.memory, wish.memory),
        ("cpus", live.cpus, wish.cpus),
        ("pids", live.pids, wish.pids),
    ):
        if old != new:
            yield Field(path=f"resources.{name}", old=_shown(old), new=_shown(new))
    if live.restart != container.restart:
        yield Field(
            path="restart",
            old=_policy(live.restart.policy, live.restart.attempts),
            new=_policy(container.restart.policy, container.restart.attempts),
        )


def _moves(container: Container, old: ObservedContainer, live: Live | None) -> Iterator[_Move]:
    have = {one.network: one for one in old.attachments}
    wanted = {one.network: one for one in container.attachments}
    for name, wish in wanted.items():
        there = have.get(name)
        if there is None:
            yield _Move(network=name, leaves=False, join=wish, field=_field(name, "", NOTHING, "attached"))
        elif (field := _differs(container, wish, there, live)) is not None:
            yield _Move(network=name, leaves=True, join=wish, field=field)
    for name in have:
        if name not in wanted:
            yield _Move(network=name, leaves=True, join=None, field=_field(name, "", "attached", NOTHING))


def _differs(container: Container, wish: Attachment, there: ObservedAttachment, live: Live | None) -> Field | None:
    fixed = frozenset(filter(None, (wish.address, wish.address6)))
    if fixed != there.fixed:
        return _field(wish.network, ".address", _set(there.fixed), _set(fixed))
    if live is None or wish.network == PREDEFINED_BRIDGE:
        return None
    known, asked = live.aliases.get(wish.network, frozenset()), container.known_as[wish.network]
    return None if known == asked else _field(wish.network, ".aliases", _set(known), _set(asked))


def _by_mode(container: Container, old: ObservedContainer, situation: Situation) -> bool:
    """Whether its network is or was none of the engine's, but `host` or `none`."""
    modes = {name for name, seen in situation.observed.networks.items() if isinstance(seen.attaching, NetworkMode)}
    return old.network_mode in ("host", "none") or any(one.network in modes for one in container.attachments)


def _field(network: str, what: str, old: str, new: str) -> Field:
    return Field(path=f"networks.{network}{what}", old=old, new=new)


def _set(values: frozenset[str]) -> str:
    return ", ".join(sorted(values)) or NOTHING


def _shown(value: float | None) -> str:
    return NOTHING if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _policy(policy: str, attempts: int) -> str:
    return f"{policy} ({attempts} attempts)" if attempts else policy
