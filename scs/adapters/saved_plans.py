"""Plans in files: what was asked for, and what was to be done about it, to be held to the plan of a later moment."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from scs.adapters import codec, replacing
from scs.contract import errors
from scs.contract.journal import Who
from scs.model.desired import Desired
from scs.model.plan import Goals, Plan

KIND = "saved plan"
MAX_BYTES = 64 * 1024**2
OTHERS = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedStep:
    """One line of the plan; `digest` stands for all that the step does, but not for its cause."""

    key: str
    line: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPlan:
    """`made` in seconds since the epoch; `engine` is the name of its folder."""

    made: float
    who: Who
    engine: str
    desired: Desired
    goals: Goals
    steps: tuple[SavedStep, ...]


def steps(plan: Plan) -> tuple[SavedStep, ...]:
    """The plan as it is compared. Causes are left out: the engine words them with the age of things."""
    actions = (SavedStep(key=one.id, line=str(one), digest=_digest(replace(one, cause=""))) for one in plan.actions)
    blocked = (
        SavedStep(key=f"blocked {one.target}", line=str(one), digest=_digest(replace(one, why="")))
        for one in plan.blocked
    )
    return (*actions, *blocked)


def approve(saved: SavedPlan, plan: Plan, *, name: str) -> None:
    """Raises Refusal with all that differs when the plan is not the saved one any more."""
    moved = "\n".join(_differences(saved.steps, steps(plan)))
    if moved:
        then = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(saved.made))
        raise errors.Refusal(
            f"the world has moved on since {then}, when {name} was made: plan again; nothing was changed", detail=moved
        )


def write(path: Path, saved: SavedPlan) -> None:
    """Puts the plan at the path whole or not at all, for its owner alone."""
    try:
        text = json.dumps({"scs": 1, "kind": KIND, "plan": codec.encode(saved)}, indent=1) + "\n"
        replacing.replace(path, text.encode("ascii"), durable=True)
    except (OSError, codec.Unwritable) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise errors.Failure(f"the plan cannot be written to {path} ({why})") from error


def read(path: Path) -> SavedPlan:
    """The plan at the path. Raises Failure for what is none, and Refusal for what others could have changed."""
    try:
        # A pipe without a writer would block for ever.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise errors.Failure(f"{path} is not a file")
            if found.st_uid not in (0, os.geteuid()) or found.st_mode & OTHERS:
                raise errors.Refusal(f"others may write {path}: plan again, and keep the file to yourself")
            text = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise errors.Failure(f"the plan {path} cannot be read ({error.strerror})") from error
    try:
        data = json.loads(text)
        if not isinstance(data, dict) or data.get("kind") != KIND:
            raise errors.Failure(f"{path} is no plan: 'scs plan MANIFEST -o FILE' makes one")
        return codec.decode(str(data.get("plan")), SavedPlan)
    except (ValueError, RecursionError) as error:
        raise errors.Failure(f"{path} is no plan: 'scs plan MANIFEST -o FILE' makes one") from error
    except codec.Unreadable as error:
        raise errors.Failure(f"the plan {path} cannot be read ({error}): plan again") from error


def _differences(before: tuple[SavedStep, ...], now: tuple[SavedStep, ...]) -> Iterator[str]:
    """Two lines for each step that is not the same, in the order of the saved plan, then of the new one."""
    old, new = {one.key: one for one in before}, {one.key: one for one in now}
    for key in dict.fromkeys((*old, *new)):
        then, here = old.get(key), new.get(key)
        if then and here and then.digest == here.digest:
            continue
        same = " (the same words, and not the same thing)" if then and here and then.line == here.line else ""
        yield f"then: {then.line if then else 'nothing'}"
        yield f"now:  {here.line if here else 'nothing'}{same}"


def _digest(value: object) -> str:
    return hashlib.sha256(codec.encode(value).encode()).hexdigest()
