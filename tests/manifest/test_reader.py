"""Parts of a manifest: which of them can be read."""

from __future__ import annotations

import pytest

from scs.manifest.reader import Ledger
from scs.manifest.syntax import tree
from scs.model.problem import Place, Problem

PLACE = Place(file="f", line=1, column=1)


@pytest.mark.parametrize(
    "path",
    [
        ("containers", "web", "command", 1),
        ("containers", "web", "files", "/etc/a.b[0].conf", "mode"),
        ("containers", "web", "labels", 'a"b\\', "x"),
        (),
    ],
)
def test_a_mistake_makes_all_above_it_unreadable_and_nothing_else(path: tree.Path) -> None:
    ledger = Ledger()
    ledger.refuse([Problem(place=PLACE, path=tree.path_text(path), message="no")])
    assert not ledger.sound(tree.path_text(path))
    for length in range(1, len(path)):
        assert not ledger.sound(tree.path_text(path[:length])), path[:length]
    others = ("containers.we", "containers.web.fil", 'containers.web.files."/etc/a"', "containers.web.command[0]")
    assert [one for one in (*others, tree.path_text((*path, "below"))) if not ledger.sound(one)] == []
