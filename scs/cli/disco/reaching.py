"""How disco's commands reach servers: the options that they share, and what is said where that fails."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import ssl
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from scs.cli import output
from scs.contract import errors
from scs.disco.client.options import Options
from scs.disco.edges import names, places
from scs.disco.edges.asking import Line
from scs.disco.edges.places import Place
from scs.disco.edges.wishes import Unreachable
from scs.disco.problems import Refused
from scs.disco.values import Json, Key, Nearness

TOKEN = "SCS_DISCO_TOKEN"
Name = Annotated[str, typer.Argument(metavar="NAME", help=f"{names.FORM}; what is left out is 'default'.")]
Servers = Annotated[
    list[str],
    typer.Option(
        "--server",
        envvar="SCS_DISCO",
        metavar="PLACE",
        help="HOST[:PORT] or unix:/PATH; several are equals, the first that answers is asked.",
    ),
]
DEFAULT_SERVERS = [f"127.0.0.1:{places.PORT}"]
Ca = Annotated[
    Path | None,
    typer.Option("--ca", envvar="SCS_DISCO_CA", metavar="FILE", help="TLS: whose certificates are trusted (PEM)."),
]
Tls = Annotated[bool, typer.Option("--tls", help="TLS, with the certificates that this machine trusts.")]
TokenFile = Annotated[
    Path | None,
    typer.Option("--token", metavar="FILE", help=f"A file that holds our token; or the variable {TOKEN} does."),
]
Where = Annotated[
    list[str] | None,
    typer.Option(
        "--where", metavar="TEST", help="Of an attribute: tier=gold, tier!=gold, ver^=1. (begins with) or ver~=REGEX."
    ),
]
Prefer = Annotated[
    str, typer.Option("--prefer", metavar="LIST", help="Nearest first: zone,dc,any; without 'any' nothing further.")
]
Dc = Annotated[str, typer.Option("--dc", metavar="NAME", help="The data centre that we are in.")]
Zone = Annotated[str, typer.Option("--zone", metavar="NAME", help="The zone that we are in.")]
_TESTS = {"!=": "ne", "^=": "prefix", "~=": "re"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Which servers, and how they are talked to."""

    places: tuple[Place, ...]
    tls: ssl.SSLContext | None
    token: str | None

    def options(self, client: str, *, dc: str = "", zone: str = "") -> Options:
        return Options(client=client, token=self.token, dc=dc, zone=zone)

    def ask(self, command: str, arguments: Json) -> Json:
        """One question; `token` is added."""
        with said_plainly(), Line(self.places, self.tls) as line:
            return line.ask(command, {**arguments, "token": self.token})


def reach(servers: list[str], ca: Path | None, tls: bool, token: Path | None) -> Reach:
    given = os.environ.get(TOKEN)
    if token is not None:
        try:
            given = token.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise errors.Refusal(f"cannot read the token in {token}: {_strerror(error)}") from None
    found = tuple(place(one) for one in servers)
    if not found:
        raise errors.Refusal("no server is named: give --server HOST[:PORT]")
    return Reach(places=found, tls=_context(ca) if tls or ca is not None else None, token=given or None)


def place(text: str, port: int = places.PORT) -> Place:
    try:
        return places.parse(text, port=port)
    except ValueError as error:
        raise errors.Refusal(str(error)) from None


def key(text: str) -> Key:
    try:
        return names.key(text)
    except ValueError as error:
        raise errors.Refusal(str(error)) from None


def _context(ca: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca)
    except OSError as error:
        raise errors.Refusal(f"cannot use the certificates in {ca}: {_strerror(error)}") from None


def tests(where: list[str] | None) -> Json:
    """`tier=gold` and its like as a filter of the protocol."""
    found: Json = {}
    for text in where or ():
        name, sign, value = _split(text)
        if not name or not sign:
            raise errors.Refusal(f"'{text}' is no test: write NAME=VALUE, NAME!=VALUE, NAME^=PREFIX or NAME~=REGEX")
        if name in found:
            raise errors.Refusal(f"'{name}' is tested twice: one test for each attribute")
        found[name] = {_TESTS[sign]: value} if sign in _TESTS else value
    return found


def _split(text: str) -> tuple[str, str, str]:
    name, equals, value = text.partition("=")
    if equals and name[-1:] + equals in _TESTS:
        return name[:-1], name[-1:] + equals, value
    return name, equals, value


def nearness(text: str) -> tuple[Nearness, ...]:
    found: list[Nearness] = []
    for one in filter(None, text.split(",")):
        match one:
            case "zone" | "dc" | "any":
                found.append(one)
            case _:
                raise errors.Refusal(f"'{one}' is no nearness: --prefer lists zone, dc and any, nearest first")
    return tuple(found)


def pairs(given: list[str] | None) -> dict[str, str]:
    found = {}
    for text in given or ():
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise errors.Refusal(f"'{text}' is no attribute: write NAME=VALUE")
        found[name] = value
    return found


@contextlib.contextmanager
def said_plainly() -> Iterator[None]:
    """What a server refuses, or that there is none, as scs says such things."""
    try:
        yield
    except Refused as error:
        raise errors.Refusal(f"the server refuses: {error.message}") from None
    except Unreachable as error:
        raise errors.Failure(f"{error}; does a server run there? (scs disco serve)") from None


class Troubles:
    """What becomes of a server while a command goes on: said until it is other."""

    def __init__(self) -> None:
        self._said = ""
        self.told = False  # that there is a server, or none: until then whoever waits for that says it

    def failed(self, _what: str, why: str) -> None:
        self._say(f"scs: the server refuses: {why}")

    def lost(self, why: str) -> None:
        self._said = ""
        self._say(f"scs: the server is lost, trying on: {why}")

    def _say(self, text: str) -> None:
        if self.told and text != self._said:
            self._said = text
            output.tell(text)


def run(work: Callable[[], Coroutine[object, object, None]]) -> None:
    """On a loop, until it ends or somebody ends it: Ctrl-C, SIGTERM and the end of its terminal cancel it."""

    async def main() -> None:
        task = asyncio.current_task()
        assert task is not None
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # as under nohup
                asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await work()

    with said_plainly(), asyncio.Runner() as runner:
        runner.run(main())


def _strerror(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
