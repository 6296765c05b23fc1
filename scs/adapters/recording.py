"""A reporter that also writes the history; that it cannot be written stops no run, unless the run requires it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from scs.contract import errors
from scs.contract.journal import Ending, Intent, Journal, RunNumber, StepNumber, Terms, Trouble
from scs.contract.reporter import Reporter
from scs.model.outcome import Outcome, Report, Skipped
from scs.model.plan import Action, ActionId, Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How the history is kept: `open` finds it when it is needed, `tell` is told of trouble in one line."""

    open: Callable[[], Journal]
    tell: Callable[[str], None]


class Recording:
    """Implements contract.reporter.Reporter. The run is begun when the first change is planned."""

    def __init__(self, shown: Reporter, intent: Intent, terms: Terms, keeping: Keeping) -> None:
        self._shown = shown
        self._intent = intent
        self._terms = terms
        self._keeping = keeping
        self._guard = threading.RLock()
        self._journal: Journal | None = None
        self._run = RunNumber(0)
        self._steps: dict[ActionId, StepNumber] = {}
        self._approved = self._given_up = False

    def planned(self, plan: Plan) -> None:
        if not self._approved:
            self._terms.approve(plan)
            self._approved = True
        if any(not action.routine for action in plan.actions):
            with self._guard:
                self._open()
        self._shown.planned(plan)

    def started(self, action: Action) -> None:
        with self._guard:
            # What is done in every run is no change: it begins none.
            journal = self._journal if action.routine else self._open()
            if journal is not None:
                try:
                    self._steps[action.id] = journal.started(self._run, action)
                except Trouble as trouble:
                    self._give_up(trouble, required=self._terms.required)
        self._shown.started(action)

    def says(self, action: Action, line: str) -> None:
        self._shown.says(action, line)

    def ended(self, outcome: Outcome) -> None:
        if not isinstance(outcome, Skipped):  # a later pass may try it after all
            self._write_end(outcome)
        self._shown.ended(outcome)

    def finish(self, report: Report, summary: str) -> None:
        """The last word on a run that came to its end."""
        for outcome in report.skipped:
            self._write_end(outcome)
        ended_well = Ending.CONVERGED if report.converged else Ending.FAILED
        self._close(Ending.STOPPED if report.interrupted else ended_well, summary)

    def break_off(self, why: str) -> None:
        """The last word on a run that could not come to its end."""
        self._close(Ending.FAILED, why)

    def _open(self) -> Journal | None:
        if self._journal is None and not self._given_up:
            try:
                journal = self._keeping.open()
                for number, command in journal.unfinished():
                    says = f"scs: run {number} ('{command}') did not come to its end: see 'scs history show {number}'"
                    self._keeping.tell(says)
                self._run = journal.begin(self._intent)
                self._journal = journal
            except Trouble as trouble:
                self._give_up(trouble, required=self._terms.required)
        return self._journal

    def _write_end(self, outcome: Outcome) -> None:
        with self._guard:
            if self._journal is not None:
                try:
                    self._journal.ended(self._run, self._steps.pop(outcome.action.id, None), outcome)
                except Trouble as trouble:
                    self._give_up(trouble, required=False)

    def _close(self, ending: Ending, summary: str) -> None:
        with self._guard:
            if self._journal is not None:
                try:
                    self._journal.finish(self._run, ending, summary)
                    self._journal.close()
                except Trouble as trouble:
                    self._give_up(trouble, required=False)

    def _give_up(self, trouble: Trouble, *, required: bool) -> None:
        """Before an effect the run may be refused; after it, it has happened, and there is only to say so."""
        if required:
            raise errors.Failure(f"{trouble}; nothing more is changed without it, because of --require-history")
        begun = self._journal is not None
        self._given_up, self._journal = True, None
        unrecorded = "the rest of this run is not recorded" if begun else "this run is not recorded"
        self._keeping.tell(f"scs: {trouble}; {unrecorded}")
