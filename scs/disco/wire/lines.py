"""One line <-> one message of the protocol. The same form in v0 and v1. Knows no command by name."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import NoReturn

from scs.disco.values import Json

ID = 128  # characters of an id or a command's name
DEEP = 64  # objects and lists within each other
# What JavaScript's dot and \S leave out: the first peers were written with it.
_TOKEN = rf"[^\s\ufeff]{{1,{ID}}}"
_FORM = re.compile(
    rf"(?:c:({_TOKEN}) ({_TOKEN})(?: ([^\r\n\u2028\u2029]+))?|(?:r:({_TOKEN})|e) ([^\r\n\u2028\u2029]+))"
)
_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), allow_nan=False).encode

HEARTBEAT = b"\n"


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """An empty line: the peer lives."""


@dataclass(frozen=True, slots=True)
class Command:
    id: str
    name: str
    arguments: Json


@dataclass(frozen=True, slots=True)
class Result:
    """What a command of ours came to: `value`, or an error with name and message."""

    id: str
    value: object = None
    error: Json | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """The peer complains of something that it could not put to a command."""

    name: str
    message: str


@dataclass(frozen=True, slots=True)
class Bad:
    """A line that says nothing; `id` where it is a command whose id can be read, so that it can be answered."""

    name: str
    message: str
    id: str | None = None


Message = Heartbeat | Command | Result | Fault | Bad
UNRECOGNIZED = Bad("Error", "Unrecognized message format.")


def parse(line: bytes) -> Message:
    """What the line says; never raises."""
    if not line:
        return Heartbeat()
    try:
        form = _FORM.fullmatch(line.decode())
    except UnicodeDecodeError:
        return UNRECOGNIZED
    if form is None:
        return UNRECOGNIZED
    asked, name, arguments, answered, body = form.groups()
    try:
        if asked is not None:
            return _command(asked, name, loads(arguments) if arguments is not None else None)
        given = loads(body)
    except ValueError as error:
        return Bad("SyntaxError", str(error), asked)
    return _fault(given) if answered is None else _result(answered, given)


def _command(identifier: str, name: str, given: object) -> Command | Bad:
    if given is None:
        return Command(identifier, name, {})
    if not isinstance(given, dict):
        return Bad("SyntaxError", "Arguments must be a JSON object.", identifier)
    return Command(identifier, name, given)


def _result(identifier: str, given: object) -> Result | Bad:
    if isinstance(given, dict):
        error = given.get("error")
        if isinstance(error, dict):
            return Result(identifier, error=error)
        if "result" in given:
            return Result(identifier, value=given["result"])
    return UNRECOGNIZED


def _fault(given: object) -> Fault | Bad:
    if isinstance(given, dict):
        return Fault(str(given.get("name", "Error"))[:ID], str(given.get("message", ""))[:1024])
    return UNRECOGNIZED


def loads(text: str) -> object:
    """JSON without what Python adds to it. Raises ValueError with words for the peer, for anything else."""
    try:
        value: object = _decode(text)
        if text.count("[") + text.count("{") > DEEP and _deeper(value):
            raise ValueError("The JSON is nested too deeply.")
        if "\\ud" in text or "\\uD" in text:
            _encode_strictly(value)
    except json.JSONDecodeError as error:
        raise ValueError(f"The JSON is not valid at column {error.colno}: {error.msg}.") from None
    except RecursionError:
        raise ValueError("The JSON is nested too deeply.") from None
    except UnicodeEncodeError:
        raise ValueError("The JSON holds half of a surrogate pair.") from None
    return value


def _deeper(value: object) -> bool:
    """Level by level: what only just could be read cannot be written by who is called from somewhere deeper."""
    level = [value]
    for _ in range(DEEP):
        inner: list[object] = []
        for one in level:
            if isinstance(one, dict):
                inner += one.values()
            elif isinstance(one, list):
                inner += one
        level = [one for one in inner if isinstance(one, dict | list)]
        if not level:
            return False
    return True


def _constant(name: str) -> NoReturn:
    raise ValueError(f"The JSON holds {name}, which is no JSON.")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("The JSON holds a number that is too large.")
    return number


_decode = json.JSONDecoder(parse_constant=_constant, parse_float=_finite).decode


def _encode_strictly(value: object) -> None:
    json.dumps(value, ensure_ascii=False).encode()


def dumps(value: object) -> str:
    """Compact, ASCII only, keys as they come: old peers match them in order."""
    return _encode(value)


def command(identifier: str | int, name: str, arguments: object) -> bytes:
    return f"c:{identifier} {name} {_encode(arguments)}\n".encode()


def result(identifier: str, value: object) -> bytes:
    return f'r:{identifier} {{"result":{_encode(value)}}}\n'.encode()


def failure(identifier: str, error: Json) -> bytes:
    return f'r:{identifier} {{"error":{_encode(error)}}}\n'.encode()


def fault(name: str, message: str) -> bytes:
    return f"e {_encode({'name': name, 'message': message})}\n".encode()
