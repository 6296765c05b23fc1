"""Figures as they stand in the documentation."""

from __future__ import annotations

from tests.torture.verdict import Figures, Finding


def test_a_point_counts_once_in_a_column_and_kinds_that_did_not_run_have_no_row() -> None:
    figures = Figures()
    figures.points["crash"] = 1234
    figures.seconds["crash"] = 61.4
    wrong = Finding(wrong="leaked", kind="crash", replay="--replay 'blog kill-after@3'", shown="network x")
    figures.findings = [wrong, Finding(wrong="leaked", kind="crash", replay=wrong.replay, shown="volume y")]
    assert figures.table().splitlines() == [
        "|  | points | lost | leaked | foreign | not converged | traceback | exit code | seconds |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        "| crash points, real engine | 1,234 | 0 | 1 | 0 | 0 | 0 | 0 | 61 |",
    ]


def test_a_finding_ends_with_the_line_that_replays_it() -> None:
    finding = Finding(wrong="lost", kind="fake", replay="--replay 'fake 1.2.3 drop@4'", shown="volume data")
    assert str(finding) == "lost: volume data\n  script/torture --replay 'fake 1.2.3 drop@4'"
