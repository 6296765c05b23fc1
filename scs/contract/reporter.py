"""Who is told how a run goes, while it goes."""

from __future__ import annotations

from typing import Protocol

from scs.model.outcome import Outcome
from scs.model.plan import Action, Plan


class Reporter(Protocol):
    """Called from several threads at once."""

    def planned(self, plan: Plan) -> None: ...

    def started(self, action: Action) -> None: ...

    def says(self, action: Action, line: str) -> None: ...

    def ended(self, outcome: Outcome) -> None: ...


class Silent:
    """Tells nobody."""

    def planned(self, plan: Plan) -> None:
        pass

    def started(self, action: Action) -> None:
        pass

    def says(self, action: Action, line: str) -> None:
        pass

    def ended(self, outcome: Outcome) -> None:
        pass
