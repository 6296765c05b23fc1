"""Tokens: who may provide and require what. Parsed from text, compared in constant time. Reads no file."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Literal

from scs.disco.values import FEDERATED, Key

Verb = Literal["provide", "require"]


class Invalid(Exception):
    """A tokens file that cannot be used; the message says where and why, and never holds a secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """`id` owns what is registered with it: two tokens of one id are valid at once while secrets are rotated."""

    id: str
    sha256: str
    scopes: tuple[str, ...]
    expires: float | None = None  # Unix time


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    tokens: tuple[Token, ...] = ()

    def find(self, secret: str, wall: float) -> Token | None:
        """The token of this secret. Looks at all of them, so that time tells nothing."""
        given = hashlib.sha256(secret.encode(errors="replace")).hexdigest()
        found = None
        for token in self.tokens:
            if hmac.compare_digest(token.sha256, given):
                found = token
        if found is None or (found.expires is not None and found.expires <= wall):
            return None
        return found

    def still(self, identifier: str, sha256: str, wall: float) -> Token | None:
        """The token that somebody came with, as it is now; None if it is not valid any more."""
        for one in self.tokens:
            if (one.id, one.sha256) == (identifier, sha256) and (one.expires is None or one.expires > wall):
                return one
        return None


def parse(text: str) -> Tokens:
    """`{"tokens":[{"id":…,"sha256":…,"scopes":[…],"expires":<Unix time>}]}`."""
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        raise Invalid("the tokens file is no JSON") from None
    listed = given.get("tokens") if isinstance(given, dict) else None
    if not isinstance(listed, list):
        raise Invalid('the tokens file needs a list under "tokens"')
    return Tokens(tokens=tuple(_token(number, one) for number, one in enumerate(listed, 1)))


def _token(number: int, given: object) -> Token:
    match given:
        case {"id": str(identifier), "sha256": str(digest), "scopes": [*scopes], **rest} if identifier:
            pass
        case _:
            raise Invalid(f'token {number} needs "id", "sha256" and a list of "scopes"')
    if identifier == FEDERATED:
        raise Invalid(f'token {number}: "{FEDERATED}" owns what comes from other data centres: call it otherwise')
    unknown = sorted(str(name) for name in rest if name != "expires")
    if unknown:
        raise Invalid(f'token {number} ({identifier}) has an unknown "{unknown[0]}"')
    if len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise Invalid(f"token {number} ({identifier}): sha256 must be 64 lower-case hexadecimal digits of the secret")
    expires = rest.get("expires")
    if isinstance(expires, bool) or not (expires is None or isinstance(expires, int | float)):
        raise Invalid(f"token {number} ({identifier}): expires must be a Unix time")
    for scope in scopes:
        _check(number, identifier, scope)
    return Token(id=identifier, sha256=digest, scopes=tuple(scopes), expires=expires)


def _check(number: int, identifier: str, scope: object) -> None:
    if scope == "admin":
        return
    verb, colon, path = scope.partition(":") if isinstance(scope, str) else ("", "", "")
    names = path.split("/")
    wild = "*" in "".join(names[:-1]) or ("*" in names[-1] and names[-1] != "*")
    if verb not in ("provide", "require") or not colon or not all(names) or len(names) > 4 or wild:
        raise Invalid(
            f"token {number} ({identifier}): a scope is admin, or provide: or require: with names "
            "environment/service/role/endpoint, of which the last given may be *"
        )


def allows(scopes: tuple[str, ...], verb: Verb, key: Key) -> bool:
    """`provide:prod/*` allows everything under prod; without `*`, all names given have to be equal."""
    return "admin" in scopes or any(_covers(scope, verb, key) for scope in scopes)


def _covers(scope: str, verb: Verb, key: Key) -> bool:
    asked, _, path = scope.partition(":")
    names = tuple(path.split("/"))
    if asked != verb:
        return False
    if names[-1] == "*":
        names = names[:-1]
    return key.names[: len(names)] == names
