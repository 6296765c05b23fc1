"""Text from outside made harmless to a terminal: what containers, registries and the engine say; pure."""

from __future__ import annotations

KEPT = frozenset("\n\t")


def text(raw: bytes) -> str:
    """Decoded as UTF-8, what cannot be decoded or shown as escapes. Line ends and tabs stay."""
    return printable(raw.decode(errors="backslashreplace").replace("\r\n", "\n"))


def printable(said: str) -> str:
    """Every character that a terminal would act on as an escape. Line ends and tabs stay."""
    if said.isprintable():
        return said
    return "".join(one if one.isprintable() or one in KEPT else _escape(one) for one in said)


def line(said: str) -> str:
    """The same in one line."""
    return " ".join(printable(said).split())


def _escape(character: str) -> str:
    return character.encode("unicode_escape", errors="surrogatepass").decode()
