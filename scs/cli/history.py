"""`scs history`: what was changed, when, by whom and why."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from scs import wiring
from scs.cli import differences, moments, options, output
from scs.contract.history import Run, Step
from scs.manifest import static
from scs.model.identity import NAME, Identity
from scs.run import releases

IDENTITY = re.compile(f"{NAME.pattern}/{NAME.pattern}")
Of = Annotated[
    list[str] | None,
    typer.Argument(metavar="[MANIFEST|ENV/SERVICE]...", help="Only what changed this manifest.", show_default=False),
]
Count = Annotated[int | None, typer.Option("-n", metavar="NUMBER", min=1, help="No more than so many, the newest.")]
Number = Annotated[int, typer.Argument(metavar="RUN", help="The number of a run.", show_default=False)]


class _ListUnlessNamed(TyperGroup):
    """A group whose first command needs no name."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        named = args[:1] and (args[0] in self.commands or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if named else ["list", *args])


def register(app: typer.Typer) -> None:
    history = typer.Typer(
        cls=_ListUnlessNamed,
        help="Show what was changed, when, by whom and why. Without a command: the list, newest first.",
        epilog="Example:  scs history blog.yaml -n 5",
        rich_markup_mode=None,
    )
    history.command(name="list", epilog="Example:  scs history dev/blog --json")(list_)
    history.command(epilog="Example:  scs history show 12")(show)
    history.command(epilog="Example:  scs history diff 11 12")(diff)
    app.add_typer(history, name="history")


def list_(
    of: Of = None,
    settings: options.Settings = None,
    var_files: options.VarFiles = None,
    count: Count = None,
    engine: options.Engine = options.DEFAULT_ENGINE,
    json: options.Json = False,
) -> None:
    """List the runs that changed something, newest first."""
    identity = identified(of, settings, var_files)
    with wiring.history(engine) as history:
        runs = history.runs(identity, count)
    if json:
        output.say_json("history", {"runs": [as_json(run) for run in runs]})
    elif not runs:
        output.tell(f"scs: nothing{f' of {identity}' if identity else ''} is recorded of this engine yet")
    else:
        output.say_table(("RUN", "WHEN (UTC)", "MANIFEST", "OUTCOME", "RELEASE", "WHO", "WHAT"), map(_row, runs))


def show(number: Number, engine: options.Engine = options.DEFAULT_ENGINE, json: options.Json = False) -> None:
    """Show one run: who, when, and each action with its reason and how it ended."""
    with wiring.history(engine) as history:
        run = releases.numbered(history, number)
        steps = history.steps(run.number)
    if json:
        output.say_json("run", {**as_json(run), "actions": [_step_json(step) for step in steps]})
        return
    ended = f" to {moments.text(run.ended)}" if run.ended else ""
    output.say(f"run {run.number} of {run.identity}")
    output.say(f"  when     {moments.text(run.began)}{ended} UTC")
    output.say(f"  who      {run.who}")
    output.say(f"  command  {run.command}")
    if run.note:
        output.say(f"  what     {run.note}")
    output.say(f"  release  {run.digest}")
    output.say(f"  outcome  {run.ending.value}{f': {run.summary}' if run.summary else ''}")
    for step in steps:
        output.say(_step_line(step))


def diff(
    old: Annotated[int, typer.Argument(metavar="A", help="The number of a run.", show_default=False)],
    new: Annotated[int, typer.Argument(metavar="B", help="The number of another.", show_default=False)],
    engine: options.Engine = options.DEFAULT_ENGINE,
    json: options.Json = False,
) -> None:
    """Show what differs between what two runs asked for, field by field, old -> new."""
    with wiring.history(engine) as history:
        forms = [static.static(history.desired(releases.numbered(history, one).number)) for one in (old, new)]
    found = list(differences.between(*forms))
    if json:
        changes = [{"path": one.path, "old": one.old, "new": one.new} for one in found]
        output.say_json("diff", {"from": old, "to": new, "changes": changes})
        return
    for one in found:
        output.say(str(one))
    if not found:
        output.say(f"runs {old} and {new} asked for the same")


def identified(
    of: Sequence[str] | None, settings: list[str] | None = None, var_files: list[Path] | None = None
) -> Identity | None:
    """The manifest that is meant by its identity or its files; None when none is."""
    if not of:
        return None
    if len(of) == 1 and IDENTITY.fullmatch(of[0]) and not Path(of[0]).exists():
        environment, _, service = of[0].partition("/")
        return Identity(environment=environment, service=service)
    return wiring.load([Path(file) for file in of], settings, var_files).identity


def as_json(run: Run) -> Mapping[str, object]:
    return {
        "run": run.number,
        "began": moments.iso(run.began),
        "ended": moments.iso(run.ended),
        "manifest": str(run.identity),
        "outcome": run.ending.value,
        "summary": run.summary,
        "release": run.digest,
        "destroy": run.destroy,
        "only": list(run.only),
        "who": {"login": run.who.login, "user": run.who.user, "host": run.who.host},
        "command": run.command,
        "note": run.note,
    }


def _row(run: Run) -> tuple[str, ...]:
    what = ": ".join(filter(None, (run.note or ("destroy" if run.destroy else ""), run.summary)))
    short = run.digest.partition(":")[2][:12]
    when = moments.text(run.began)
    return str(run.number), when, str(run.identity), run.ending.value, short, str(run.who), what


def _step_line(step: Step) -> str:
    match step.outcome:
        case "done":
            return f"done     {step} ({step.seconds:.1f} s)"
        case None:
            return f"begun    {step}: the run ended before it"
        case _:
            return f"{step.outcome:<8} {step}: {step.why}"


def _step_json(step: Step) -> Mapping[str, object]:
    return {
        "id": step.action,
        "target": {"kind": step.target.kind, "name": step.target.name},
        "change": step.change.value,
        "says": step.says,
        "cause": step.cause,
        "downtime": step.downtime,
        "data_at_risk": step.data_at_risk,
        "began": moments.iso(step.began),
        "ended": moments.iso(step.ended),
        "outcome": step.outcome or "unfinished",
        "seconds": round(step.seconds, 3),
        "why": step.why,
    }
