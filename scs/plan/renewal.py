"""The actions that renew files in a container that runs; which files, and whether, is decided elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from scs.model.container import Container
from scs.model.files import Command, ContainerFile, OnChange, Signal
from scs.model.observed import Told
from scs.model.operations import PutFiles
from scs.model.plan import Action, ActionId
from scs.model.steps import Change
from scs.plan import lifecycle, wording
from scs.plan.situation import action_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """Files to be renewed in a container that runs, and the endpoints that they may be made from.

    `edited` are the paths of those that were changed by hand.
    """

    id: str
    files: tuple[ContainerFile, ...]
    told: tuple[Told, ...]
    edited: frozenset[str] = frozenset()


def put(
    container: Container, folder: str, files: Renewal, after: Iterable[ActionId], earlier: Iterable[str]
) -> tuple[Action, ...]:
    """Renews files in the running container; those that have the same done about it together, one after the other.

    `earlier` are the replicas that have to be up again before this one is started again.
    """
    groups: dict[OnChange, list[ContainerFile]] = {}
    for file in files.files:
        groups.setdefault(file.on_change, []).append(file)
    made: list[Action] = []
    for reaction, group in groups.items():
        operation = PutFiles(
            container=container,
            id=files.id,
            name=container.name,
            folder=folder,
            files=tuple(group),
            on_change=reaction,
            told=files.told,
        )
        before = (*after, *(one.id for one in made))
        by_hand = files.edited.issuperset(one.path for one in group)
        made.append(_put(operation, _cause(group, by_hand=by_hand), before, earlier))
    return tuple(made)


def _cause(files: Sequence[ContainerFile], *, by_hand: bool) -> str:
    paths = tuple(one.path for one in files)
    return f"{wording.listed(paths)} {f'{wording.was(paths)} edited by hand' if by_hand else 'changed'}"


def _put(operation: PutFiles, cause: str, before: tuple[ActionId, ...], earlier: Iterable[str]) -> Action:
    paths = tuple(one.path for one in operation.files)
    said, word = wording.listed(paths), f"put {' '.join(paths)}"
    name, says = operation.name, f"put {said} into it{_then(operation.on_change)}"
    if operation.on_change != "restart":
        why = lifecycle.Why(change=Change.UPDATE, cause=cause)
        return lifecycle.action(action_id(word, name), operation, says, why, after=before)
    turn = (action_id(each, other) for other in earlier for each in (word, "await"))
    why = lifecycle.Why(change=Change.RESTART, cause=cause)
    made = lifecycle.action(action_id(word, name), operation, says, why, after=(*before, *turn))
    return replace(made, downtime="it is started again")


def _then(reaction: OnChange) -> str:
    match reaction:
        case Signal(name=name):
            return f", then send it {name}"
        case Command(words=words):
            return f", then run {' '.join(words)}"
        case "restart":
            return ", then start it again"
        case "recreate" | "ignore":
            return ""
