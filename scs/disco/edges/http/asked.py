"""What a request asks for, from its path and its query string; raises Refused for what cannot be meant."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from scs.disco.core import reading
from scs.disco.core.reading import Want
from scs.disco.problems import Refused
from scs.disco.registry import filters
from scs.disco.sessions import tokens
from scs.disco.settings import Limits
from scs.disco.values import Json, Key

NAMES = ("environment", "service", "role", "endpoint")
WAIT, MOST_WAIT = 60.0, 600.0


def key(path: Mapping[str, str], scopes: tuple[str, ...]) -> Key:
    found = reading.key(dict(path))
    if not tokens.allows(scopes, "require", found):
        raise Refused(f"This token may not require {found}.", name="Forbidden")
    return found


def want(found: Key, said: Mapping[str, str], limits: Limits, *, dc: str) -> Want:
    """`filter` as JSON, `prefer` as a list with commas, `dc` and `zone` of who asks."""
    given: Json = dict(zip(NAMES, found.names, strict=True))
    given["filter"] = _json(said.get("filter", "{}"))
    given["prefer"] = [one for one in said.get("prefer", "").split(",") if one]
    return reading.want(given, limits, dc=said.get("dc", dc), zone=said.get("zone", ""))


def tests(said: Mapping[str, str], limits: Limits) -> filters.Filter:
    return filters.parse(_json(said.get("filter", "{}")), limits)


def _json(text: str) -> Json:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Refused('filter must be a JSON object, as in ?filter={"zone":"a"}', name="SyntaxError")
    return found


def wait(said: Mapping[str, str]) -> float:
    """Seconds. What is too much is cut to what is allowed: whoever waits asks again anyway."""
    text = said.get("wait", f"{WAIT}")
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not seconds >= 0:
        raise Refused("wait must be a number of seconds, as in ?wait=60", name="SyntaxError")
    return min(seconds, MOST_WAIT)


def known(said: Mapping[str, str], *names: str) -> None:
    """A misspelt parameter would be an answer to another question."""
    for name in said:
        if name not in names:
            raise Refused(f"There is no parameter {name[:64]}; there are {', '.join(names)}.", name="SyntaxError")
