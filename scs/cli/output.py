"""Where words go: results to standard output, all else to standard error, foreign text escaped, secrets hidden."""

from __future__ import annotations

import contextlib
import io
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from scs.contract import masking

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Text of others without what could move a cursor or reorder a line, and without the values of secrets."""
    return CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", masking.MASK.masked(text))


def _masked(data: object) -> object:
    """JSON data without the values of secrets."""
    match data:
        case str():
            return masking.MASK.masked(data)
        case Mapping():
            return {_masked(key): _masked(value) for key, value in data.items()}
        case list() | tuple():
            return [_masked(one) for one in data]
        case _:
            return data


@contextlib.contextmanager
def heard() -> Iterator[Callable[[], tuple[str, str]]]:
    """Shows nobody what is said inside; gives what it was, to standard output and to standard error."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        yield lambda: (out.getvalue(), err.getvalue())


def say(text: str) -> None:
    """A result."""
    sys.stdout.write(printable(text) + "\n")


def tell(text: str) -> None:
    """Anything that is not the result: problems, progress, questions. Nobody has to listen."""
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    with contextlib.suppress(OSError):
        sys.stderr.write(printable(text) + "\n")
        sys.stderr.flush()


def warn(lines: Iterable[str], *, quiet: bool) -> None:
    """What is right and may still be a mistake."""
    for line in () if quiet else lines:
        tell(f"warning: {line}")


def tell_detail(detail: str) -> None:
    """Output of others that shows a reason, indented so that it cannot be taken for scs's own."""
    for line in detail.splitlines():
        tell(f"  | {line}")


def say_json(kind: str, data: Mapping[str, object]) -> None:
    """A documented, versioned shape: `scs` is its version, `kind` its name."""
    whole = {"scs": 1, "kind": kind, **{key: _masked(value) for key, value in data.items()}}
    sys.stdout.write(json.dumps(whole, indent=2, ensure_ascii=False) + "\n")


def say_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns as wide as their widest cell, two spaces apart."""
    table = [tuple(head), *(tuple(printable(cell) for cell in row) for row in rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(head))]
    for row in table:
        sys.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n")


def count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
