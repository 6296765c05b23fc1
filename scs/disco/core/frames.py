"""What a group's subscribers are sent: frames of v1, shared by all of them, and messages of v0. Sends nothing."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from scs.disco.registry import views
from scs.disco.registry.views import View
from scs.disco.values import GroupId, Json, Provision, RequirementId
from scs.disco.wire import lines, shapes

PAGE = 192 * 1024  # of a line that may be 256 KiB long
Show = Callable[[Provision], Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What a frame says besides the set. `ack`: somebody waits for an acknowledgement, send it now."""

    rev: int
    complete: bool
    prev: int = 0
    ack: bool = False


def diff(group: GroupId, old: View, new: View, stamp: Stamp, show: Show = shapes.v1) -> bytes:
    """One frame, or more where it would be too long; those but the last say `more`."""
    found = views.difference(old, new)
    items = [("add", lines.dumps(show(one))) for one in found.add]
    items += [("update", lines.dumps(show(one))) for one in found.update]
    items += [("drop", lines.dumps(one)) for one in found.drop]
    return _paged({"id": group, "rev": stamp.rev, "prev": stamp.prev, "action": "diff"}, items, stamp)


def reset(group: GroupId, view: View, stamp: Stamp, show: Show = shapes.v1) -> bytes:
    """The whole set."""
    head: Json = {"id": group, "rev": stamp.rev, "prev": 0, "action": "reset"}
    return _paged(head, [("add", lines.dumps(show(one))) for one in view.values()], stamp)


class Resets:
    """Whole sets as they were last written: who asks for one again costs no work. So many bytes of them are kept."""

    def __init__(self, most: int = 8 * 1024 * 1024) -> None:
        self._most, self._size = most, 0
        self._kept: OrderedDict[GroupId, tuple[View, Stamp, bytes]] = OrderedDict()

    def of(self, group: GroupId, view: View, stamp: Stamp, show: Show = shapes.v1) -> bytes:
        known = self._kept.get(group)
        if known is not None:
            if known[0] is view and known[1] == stamp:
                self._kept.move_to_end(group)
                return known[2]
            self._forget(group)
        data = reset(group, view, stamp, show)
        self._kept[group] = view, stamp, data
        self._size += len(data)
        while self._size > self._most:
            self._forget(next(iter(self._kept)))
        return data

    def _forget(self, group: GroupId) -> None:
        self._size -= len(self._kept.pop(group)[2])

    def __len__(self) -> int:
        return len(self._kept)


def _paged(head: Json, items: list[tuple[str, str]], stamp: Stamp) -> bytes:
    start = f"c:{stamp.rev} requirement.changed {lines.dumps(head)[:-1]}"
    tail = f',"complete":{"true" if stamp.complete else "false"}' + (',"ack":true' if stamp.ack else "")
    pages = list(_pages(items))
    more = [',"more":true'] * (len(pages) - 1) + [""]
    return "".join(f"{start}{page}{tail}{rest}}}\n" for page, rest in zip(pages, more, strict=True)).encode()


def _pages(items: Iterable[tuple[str, str]]) -> Iterator[str]:
    page: dict[str, list[str]] = {"add": [], "update": [], "drop": []}
    size = 0
    for word, one in items:
        if size + len(one) > PAGE and size:
            yield _page(page)
            page, size = {"add": [], "update": [], "drop": []}, 0
        page[word].append(one)
        size += len(one) + 1
    yield _page(page)


def _page(page: dict[str, list[str]]) -> str:
    return "".join(f',"{word}":[{",".join(ones)}]' for word, ones in page.items())


def v0_changes(old: View, new: View) -> list[tuple[str, str]]:
    """Action and endpoint as JSON, one endpoint each: what is new first, so that nobody is without for a moment."""
    before = {shapes.v0_id(one): one for one in old.values()}
    after = {shapes.v0_id(one): one for one in new.values()}
    added: list[tuple[str, str]] = []
    again: list[tuple[str, str]] = []
    for identifier, one in after.items():
        was = before.get(identifier)
        if was is None:
            added.append(("add", lines.dumps(shapes.v0(one))))
        elif shapes.v0(was) != shapes.v0(one):
            # The same id came back with another address: old peers drop by id, so the old one has to go first.
            again += [("drop", lines.dumps(shapes.v0(was))), ("add", lines.dumps(shapes.v0(one)))]
    dropped = [("drop", lines.dumps(shapes.v0(one))) for identifier, one in before.items() if identifier not in after]
    return [*added, *again, *dropped]


def v0_message(number: int, requirement: RequirementId, action: str, endpoint: str) -> bytes:
    return (
        f'c:{number} requirement.changed {{"id":"{requirement}","action":"{action}","endpoints":[{endpoint}]}}\n'
    ).encode()
