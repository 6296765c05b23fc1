"""Why a command is refused: an error with the name and the words that go over the wire."""

from __future__ import annotations


class Refused(Exception):
    """Answered as `{"error":{"name":…,"message":…}}`. `extra` is added for peers that speak v1."""

    def __init__(self, message: str, *, name: str = "Error", extra: dict[str, object] | None = None) -> None:
        super().__init__(message)
        self.name = name
        self.message = message
        self.extra = extra or {}


def syntax(message: str) -> Refused:
    return Refused(message, name="SyntaxError")


def forbidden(message: str) -> Refused:
    return Refused(message, name="Forbidden")


def limit(message: str) -> Refused:
    return Refused(message, name="LimitExceeded")
