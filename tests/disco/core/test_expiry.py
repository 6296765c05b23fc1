"""What time does: calm keeps sessions from being given up, and silence from nothing."""

from __future__ import annotations

from dataclasses import replace

from tests.disco.table import SETTINGS, Table, offer


def test_silence_is_noticed_though_nobody_is_given_up_for_now() -> None:
    table = Table(replace(SETTINGS, times=replace(SETTINGS.times, grace=3600)))
    one = table.v1()
    one.ask("provision.set", offer())
    table.wait(9.75)
    assert one.closed is None
    table.wait(0.5)
    assert one.closed == "it was silent for too long"
    assert [found.suspect for found in table.disco.hub.registry] == [True]


def test_after_a_pause_of_our_own_peers_have_a_moment_to_be_heard() -> None:
    table = Table()
    one = table.v1()
    table.wait(9.75)
    table.now += 30
    table.disco.tick(table.now)
    table.wait(0.75)
    assert one.closed is None
    table.wait(0.5)
    assert one.closed == "it was silent for too long"
