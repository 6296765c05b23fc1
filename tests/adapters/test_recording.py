"""What a run leaves in the history, and that the history's own troubles stop nothing that does not require it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from scs.adapters import history_file
from scs.adapters.recording import Keeping, Recording
from scs.contract import errors
from scs.contract.history import Run, Step
from scs.contract.journal import Ending, Intent, Journal, RunNumber, StepNumber, Terms, Trouble, Who
from scs.model.container import Process
from scs.model.desired import Desired
from scs.model.image import Pull, ReferencedImage
from scs.model.outcome import Outcome, Report
from scs.model.plan import Action, Goals, Plan
from scs.run import loop
from tests.fakes.surroundings import Surroundings
from tests.run import manifests

FULL = "the history /x/history.db cannot be used (database or disk is full)"


class Fixture:
    """Runs over the engine in memory, recorded in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "state"
        self.around = Surroundings(folder)
        self.told: list[str] = []
        self.opened = 0

    def journal(self) -> Journal:
        self.opened += 1
        return history_file.to_write(self.folder, set_aside=self.told.append)

    def recording(self, desired: Desired, terms: Terms | None = None, journal: Journal | None = None) -> Recording:
        who = Who(login="root", user="root", host="h1")
        intent = Intent(desired=desired, goals=Goals(), command="scs apply x.yaml", who=who)
        keeping = Keeping(open=self.journal if journal is None else lambda: journal, tell=self.told.append)
        return Recording(self.around.reporter, intent, terms or Terms(), keeping)

    def run(self, desired: Desired, terms: Terms | None = None, journal: Journal | None = None) -> Report:
        recording = self.recording(desired, terms, journal)
        report = loop.reconcile_all(desired, Goals(), self.around.world, recording)
        recording.finish(report, "a summary")
        return report

    def runs(self) -> Sequence[Run]:
        with closing(history_file.to_read(self.folder)) as history:
            return history.runs()

    def steps(self, number: int) -> Sequence[Step]:
        with closing(history_file.to_read(self.folder)) as history:
            return history.steps(RunNumber(number))


@pytest.fixture
def here(tmp_path: Path) -> Fixture:
    return Fixture(tmp_path)


def test_a_run_is_recorded_with_each_action_and_how_it_ended(here: Fixture) -> None:
    report = here.run(manifests.blog())
    (run,) = here.runs()
    assert (run.ending, run.summary) == (Ending.CONVERGED, "a summary")
    steps = here.steps(run.number)
    assert sorted(step.action for step in steps) == sorted(outcome.action.id for outcome in report.done)
    assert {step.outcome for step in steps} == {"done"}
    assert here.told == []


def test_a_run_that_changes_nothing_opens_no_history(here: Fixture) -> None:
    here.run(manifests.blog())
    here.run(manifests.blog())
    assert here.opened == 1
    assert len(here.runs()) == 1


def test_a_pull_in_every_run_is_no_change(here: Fixture, monkeypatch: pytest.MonkeyPatch) -> None:
    always = manifests.blog(image=ReferencedImage(reference="bb:1", pull=Pull.ALWAYS))
    here.run(always)
    monkeypatch.setattr(here.around.engine, "pull", lambda _reference: iter(["it is up to date"]))
    assert [one.action.routine for one in here.run(always).done] == [True]
    assert len(here.runs()) == 1


def test_the_intent_is_written_before_the_effect(here: Fixture, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []

    def create(name: str, *_: object) -> None:
        seen.extend((step.target.name, step.outcome) for step in here.steps(1) if step.target.kind == "volume")
        raise errors.Failure("no")

    monkeypatch.setattr(here.around.engine, "create_volume", create)
    here.run(manifests.blog())
    assert seen == [("dev-blog-data", None)]


def test_what_fails_is_recorded_with_its_reason_and_what_was_not_tried_too(
    here: Fixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def create(*_: object) -> None:
        raise errors.Failure("the disk is full")

    monkeypatch.setattr(here.around.engine, "create_volume", create)
    report = here.run(manifests.blog())
    (run,) = here.runs()
    assert run.ending is Ending.FAILED
    outcomes = {step.action: (step.outcome, step.why) for step in here.steps(run.number)}
    (failed,) = report.failed
    assert outcomes[failed.action.id] == ("failed", "the disk is full")
    assert {(one.action.id, one.why) for one in report.skipped} <= {
        (action, why) for action, (outcome, why) in outcomes.items() if outcome == "skipped"
    }
    assert report.skipped


class Broken:
    """A journal whose disk is full from a call on."""

    def __init__(self, *fails: str) -> None:
        self.fails = fails

    def _call(self, name: str) -> None:
        if name in self.fails:
            raise Trouble(FULL)

    def begin(self, intent: Intent) -> RunNumber:
        self._call("begin")
        return RunNumber(1)

    def started(self, run: RunNumber, action: Action) -> StepNumber:
        self._call("started")
        return StepNumber(1)

    def ended(self, run: RunNumber, step: StepNumber | None, outcome: Outcome) -> None:
        self._call("ended")

    def finish(self, run: RunNumber, ending: Ending, summary: str) -> None:
        self._call("finish")

    def unfinished(self) -> Sequence[tuple[RunNumber, str]]:
        return ()

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("fails", "what"),
    [
        ("begin", "this run is not recorded"),
        ("started", "the rest of this run is not recorded"),
        ("ended", "the rest of this run is not recorded"),
        ("finish", "the rest of this run is not recorded"),
    ],
)
def test_a_history_that_cannot_be_written_is_one_loud_line_and_stops_nothing(
    here: Fixture, fails: str, what: str
) -> None:
    assert here.run(manifests.blog(), journal=Broken(fails)).converged
    assert here.told == [f"scs: {FULL}; {what}"]


def test_where_it_is_required_nothing_is_changed_without_it(here: Fixture) -> None:
    with pytest.raises(errors.Failure) as failure:
        here.run(manifests.blog(), Terms(required=True), Broken("begin"))
    assert failure.value.why == f"{FULL}; nothing more is changed without it, because of --require-history"
    assert here.around.engine.calls == []


def test_where_it_is_required_and_fails_in_the_middle_no_further_action_is_begun(here: Fixture) -> None:
    report = here.run(manifests.blog(), Terms(required=True), Broken("started"))
    assert not report.converged
    assert {one.why for one in report.failed} == {
        f"{FULL}; nothing more is changed without it, because of --require-history"
    }
    assert here.around.engine.calls == []


def test_the_next_run_says_which_did_not_come_to_its_end(here: Fixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scs.adapters.processes.mark", lambda: "died")
    recording = here.recording(manifests.blog())
    recording.planned(loop.look(manifests.blog(), Goals(), here.around.world)[1])
    here.run(manifests.blog())
    assert here.told == ["scs: run 1 ('scs apply x.yaml') did not come to its end: see 'scs history show 1'"]
    assert [run.ending for run in here.runs()] == [Ending.CONVERGED, Ending.UNFINISHED]
    here.run(manifests.blog(process=Process(env={"A": "1"})))
    assert len(here.told) == 1


def test_a_run_that_breaks_off_has_failed(here: Fixture) -> None:
    recording = here.recording(manifests.blog())
    recording.planned(loop.look(manifests.blog(), Goals(), here.around.world)[1])
    recording.break_off("the engine is gone")
    assert [(run.ending, run.summary) for run in here.runs()] == [(Ending.FAILED, "the engine is gone")]


def test_only_the_first_plan_is_to_be_approved(here: Fixture) -> None:
    seen: list[Plan] = []
    recording = here.recording(manifests.blog(), Terms(approve=seen.append))
    for plan in (Plan(), Plan(kept=("x",))):
        recording.planned(plan)
    assert seen == [Plan()]
