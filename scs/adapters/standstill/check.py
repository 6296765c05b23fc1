"""Whether everything is as it was when a command last found nothing to do; changes nothing."""

from __future__ import annotations

import json
import os

from scs.adapters import flock
from scs.adapters.docker import lists
from scs.adapters.standstill import facts

TYPE_CHECKING = False  # see facts
if TYPE_CHECKING:
    from collections.abc import Sequence

SECONDS = 2.0
"""How long the engine may take for its lists; a slower one is asked again by what can say what is wrong."""


def answer(arguments: Sequence[str]) -> tuple[str, str] | None:
    """What the command says on standard output and on standard error; None where that is not known.

    A command that takes the engine's lock takes it here as well.
    """
    try:
        with open(facts.file_of(arguments), "rb") as file:  # noqa: PTH123 - pathlib is slow to import
            known: facts.Known = json.loads(file.readline())
            words = file.read()
        if known["format"] != facts.FORMAT or not _same(known, arguments):
            return None
        if not known["lock"]:
            return _unless_changed(known, words)
        handle = flock.taken(known["lock"])
        if handle is None:
            return None
        try:
            flock.sign(handle)
            return _unless_changed(known, words)
        finally:
            os.close(handle)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, lists.OverdueError, lists.UnclearError):
        return None


def _unless_changed(known: facts.Known, words: bytes) -> tuple[str, str] | None:
    family, where = known["engine"]
    target = where if isinstance(where, str) else (str(where[0]), int(where[1]))
    version = words.partition(b"\n")[0].decode()
    answers = lists.ask(family, target, version, SECONDS, {**lists.LISTS, **lists.alone(known["alone"])})
    same = lists.lasting(answers, version) == words
    same = same and all(lists.adjustable(answers[one]) == text for one, text in known["alone"].items())
    return (known["out"], known["err"]) if same else None


def _same(known: facts.Known, arguments: Sequence[str]) -> bool:
    return (
        json.loads(json.dumps(facts.command(arguments))) == known["command"]
        and facts.prints(known["paths"]) == known["paths"]
        and facts.shapes(known["shapes"]) == known["shapes"]
        and (not known["variables"] or facts.values(known["variables"], known["salt"]) == known["values"])
        and known["address"] in ("", facts.address())
    )
