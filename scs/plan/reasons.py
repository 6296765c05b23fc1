"""Why a container that is there will not do, and another has to take its place; decides nothing about how."""

from __future__ import annotations

from collections.abc import Iterator

from scs.model import labels
from scs.model.container import Container
from scs.model.identity import digest
from scs.model.observed import ObservedContainer, Told
from scs.plan import adjusting, files, parts, wording
from scs.plan.adjusting import Adjust, Beyond
from scs.plan.situation import Situation


def to_replace(
    container: Container,
    old: ObservedContainer,
    adjusted: Adjust | Beyond | None,
    told: tuple[Told, ...],
    situation: Situation,
) -> Iterator[str]:
    """Everything that only a new container can mend: what the manifest asks for first, what was done by hand last."""
    yield from _asked_beyond(container, old, adjusted)
    rotated = _rotated(container, old, situation)
    if rotated:
        yield f"its secret{'s' if len(rotated) > 1 else ''} {wording.listed(rotated)} {wording.was(rotated)} rotated"
    image = situation.observed.listing.image(container.image.tag)
    if image is not None and image.id != old.image_id:
        yield f"{container.image.tag} is another image now"
    for one in container.attachments:
        if one.network in situation.remade_networks:
            yield f"network {one.network} is made again"
    if old.state == "dead":
        yield "the engine could not remove it completely (dead)"
    if old.id in situation.observed.lost.tasks and old.state in ("created", "exited"):
        yield "the engine lost track of an earlier run of it, and never starts it again"
    for had in old.attachments:
        now = situation.network_ids.get(had.network)
        if now is None or (had.network_id and now != had.network_id):
            yield f"it is attached to an earlier network {had.network}"
    yield from _unheard(container, old, told, situation)
    yield from _by_hand(container, old, adjusted, told, situation)


def _unheard(
    container: Container, old: ObservedContainer, told: tuple[Told, ...], situation: Situation
) -> Iterator[str]:
    """Endpoints that are others, where neither a command nor a file can tell the container of it."""
    if any(file.on_change == "recreate" and file.requires for file in container.files):
        for file in files.changed(container, old, told, situation):
            if file.on_change == "recreate":
                yield f"the endpoints in its file {file.path} changed"
    heard = {name for file in container.files if file.on_change != "recreate" for name in file.requires}
    silent = {one.name for one in container.requires if one.on_change is None and one.name not in heard}
    for one in news(old, told, situation):
        if one.requirement in silent:
            yield f"the endpoints of {one.requirement} changed, and it has no on_change for that"


def _asked_beyond(container: Container, old: ObservedContainer, adjusted: Adjust | Beyond | None) -> Iterator[str]:
    """What the manifest asks for, and cannot be changed on the container that is there."""
    changed = parts.changed(container, old)
    if not parts.LIVE.issuperset(changed):
        yield f"its {wording.listed(changed)} changed"
    elif isinstance(adjusted, Beyond) and not adjusted.by_hand:
        yield adjusted.cause


def _by_hand(
    container: Container,
    old: ObservedContainer,
    adjusted: Adjust | Beyond | None,
    told: tuple[Told, ...],
    situation: Situation,
) -> Iterator[str]:
    """What a person changed, and what cannot be changed back on the container that is there."""
    if isinstance(adjusted, Beyond) and adjusted.by_hand:
        yield adjusted.cause
    seen = situation.observed
    for field in adjusting.settings(old, seen.live, seen.records) if situation.goals.deep else ():
        yield adjusting.by_hand([field])
    for edit in files.edited(container, old, told, situation):
        if edit.file.on_change == "recreate":
            yield adjusting.by_hand(edit.fields)


def _rotated(container: Container, old: ObservedContainer, situation: Situation) -> tuple[str, ...]:
    """The secrets with another value than the container was made with; of what cannot be read, nothing is known."""
    before = labels.data(old.labels, labels.SECRETS)
    now = {use.secret: situation.observed.secrets.get(use.secret) for use in container.secrets}
    return tuple(sorted(name for name, one in now.items() if isinstance(one, str) and before.get(name) != one))


def news(old: ObservedContainer, told: tuple[Told, ...], situation: Situation) -> tuple[Told, ...]:
    """The requirements whose endpoints are others than those that the container was last told."""
    known = situation.observed.run_folder.told
    at_creation = labels.data(old.labels, labels.REQUIRES)
    return tuple(
        one
        for one in told
        if digest(one.endpoints)
        != (known.get((old.folder, one.requirement)) or at_creation.get(one.requirement, digest(())))
    )
