"""Finds the command, runs it, and turns whatever happens into an exit code and a message; never into a traceback."""

from __future__ import annotations

import importlib
import keyword
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

import typer
from typer.exceptions import TyperException

from scs.cli import output
from scs.contract import errors
from scs.model.problem import Invalid
from scs.plan.invariants import BrokenPlan

COMMANDS = (
    "validate", "compile", "plan", "apply", "destroy", "status", "drift", "logs", "exec", "run", "why", "history",
    "rollback", "graph", "image", "import", "disco", "forward", "doctor",
)  # fmt: skip
"""In the order of the help. Each is a module of this package, imported only when it is used: start-up time counts."""
EPILOG = "Example:  scs apply manifests/hello/hello.yaml"


class Stopped(BaseException):
    """Ctrl-C was pressed, or SIGTERM sent. Not a KeyboardInterrupt: the parser would make an exit code of it."""


def run() -> None:
    """Runs the command that was given, and ends the process with its exit code."""
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)
    sys.exit(main(sys.argv[1:]))


def main(arguments: Sequence[str]) -> int:
    """Runs one command; its exit code: 0 done, 1 error, 2 changes are pending or were made (--detailed-exitcode)."""
    try:
        code = _invoke(arguments)
        sys.stdout.flush()
    except Invalid as invalid:
        for problem in invalid.problems:
            output.tell(str(problem))
        count = len(invalid.problems)
        output.tell(f"{count} mistake{'s' if count > 1 else ''}; nothing was changed")
    except TyperException as error:
        output.tell(f"scs: {error.format_message()} (try 'scs --help', or 'scs COMMAND --help')")
    except errors.EffectError as error:
        output.tell(f"scs: {error.why}")
        output.tell_detail(error.detail)
    except BrokenPlan as error:
        output.tell(f"scs: this plan contradicts itself, which is a bug of scs; nothing was changed: {error}")
    except (Stopped, KeyboardInterrupt, typer.Abort):
        output.tell("scs: stopped")
    except OSError as error:
        _give_up_output(error)
    else:
        return code
    return 1


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


def _give_up_output(error: OSError) -> None:
    """Standard output cannot be written. Python would complain once more when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if not isinstance(error, BrokenPipeError):
        output.tell(f"scs: {error.strerror or error}{f': {error.filename}' if error.filename else ''}")


def _invoke(arguments: Sequence[str]) -> int:
    app = typer.Typer(
        name="scs",
        help="Brings up what manifests ask for: images, volumes, networks, containers.",
        epilog=EPILOG,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    named = next((word for word in arguments if not word.startswith("-")), "")
    for name in [named] if named in COMMANDS else COMMANDS:
        importlib.import_module(f"scs.cli.{name}{'_' * keyword.iskeyword(name)}").register(app)
    code = app(args=list(arguments) or ["--help"], prog_name="scs", standalone_mode=False)
    return code if isinstance(code, int) else 0


def _version(wanted: bool) -> None:
    if wanted:
        from importlib import metadata  # noqa: PLC0415 - slow, and only this asks for it

        output.say(f"scs {metadata.version('scs-reconciler')}")
        raise typer.Exit


def _options(
    version: bool = typer.Option(False, "--version", help="Print the version.", callback=_version, is_eager=True),
) -> None:
    """What stands before the command."""
