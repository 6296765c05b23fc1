"""A group: everybody who asks the same question, and the view that they were last told. Sends nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scs.disco.registry import views
from scs.disco.registry.views import View
from scs.disco.sessions.budget import Bucket
from scs.disco.sessions.exports import Question
from scs.disco.sessions.session import Subscription, Wait
from scs.disco.values import GroupId, Provision, ProvisionId, SessionId
from scs.disco.wire import shapes


@dataclass(slots=True, eq=False)
class Group:
    id: GroupId
    query: Question
    rev: int
    bucket: Bucket
    view: View = field(default_factory=dict)
    digest: int = 0
    complete: bool = True
    members: dict[SessionId, Subscription] = field(default_factory=dict)
    watchers: int = 0  # edges that look on without a session
    holders: int = 0  # requirements that would rather keep suspects than have nothing
    touched: set[ProvisionId] = field(default_factory=set)
    pending: int | None = None  # the first revision that is not told yet
    scheduled: bool = False  # a timer will tell what is pending
    waits: list[Wait] = field(default_factory=list)  # providers that want to know when all were told
    told_v0: tuple[View, View, list[tuple[str, str]]] | None = None  # from, to, and what old peers are told of it
    effective: View | None = None  # what of the view is to be used; made when an old peer needs it

    def touch(self, one: ProvisionId, rev: int) -> None:
        self.touched.add(one)
        if self.pending is None:
            self.pending = rev

    def next_view(self, provisions: Mapping[ProvisionId, Provision]) -> View:
        """The view with what was touched as it is now; the very same object if nothing that is shown changed."""
        changed: dict[ProvisionId, Provision | None] = {}
        for identifier in self.touched:
            one = provisions.get(identifier)
            now = one if one is not None and self.query.matches(one) else None
            was = self.view.get(identifier)
            if now is None and was is None:
                continue
            if now is None or was is None or not shapes.alike(was, now):
                changed[identifier] = now
        return views.replaced(self.view, changed) if changed else self.view

    @property
    def idle(self) -> bool:
        return not self.members and not self.watchers
