"""Other data centres of `scs disco serve`: `--federate DC=HOST:PORT[,…]`, and how their servers are reached."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scs.cli.disco import reaching
from scs.contract import errors

if TYPE_CHECKING:  # they need the loop
    from scs.disco.edges.federating import Remote, Trust
    from scs.disco.edges.serving import Edge
    from scs.disco.settings import Settings

Federate = Annotated[
    list[str] | None,
    typer.Option(
        "--federate", metavar="DC=PLACE,…", help="Serve what that data centre's servers export too; repeatable."
    ),
]
Tls = Annotated[
    bool, typer.Option("--federate-tls", help="TLS to them, with the certificates that this machine trusts.")
]
Ca = Annotated[
    Path | None, typer.Option("--federate-ca", metavar="FILE", help="TLS to them: who signed their certificates (PEM).")
]
Cert = Annotated[Path | None, typer.Option("--federate-cert", metavar="FILE", help="Our certificate for them (PEM).")]
Key = Annotated[
    Path | None, typer.Option("--federate-key", metavar="FILE", help="Its key (PEM). Without: in --federate-cert.")
]
Token = Annotated[
    list[str] | None,
    typer.Option("--federate-token", metavar="[DC=]FILE", help="A file that holds our token for them; repeatable."),
]
_FORM = "write DC=HOST[:PORT], several servers with commas between them, as in fra=10.1.0.1,10.1.0.2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The options, as given."""

    federate: list[str]
    tls: bool
    ca: Path | None
    certificate: Path | None
    key: Path | None
    tokens: list[str]


def edges(asked: Asked, settings: Settings, *, insecure: bool) -> tuple[Settings, tuple[Edge, ...]]:
    """The settings for it, and the edge that follows them. Raises CannotServe where that is not safe."""
    if not asked.federate:
        if any((asked.tls, asked.ca, asked.certificate, asked.key, asked.tokens)):
            raise errors.Refusal("--federate-… options are for other data centres: give --federate DC=HOST[:PORT] too")
        return settings, ()
    from scs.disco.edges.federating import Federation  # noqa: PLC0415 - the loop, which most commands need not

    remotes = _remotes(asked, settings.dc)
    followed = replace(settings, federated=tuple(one.dc for one in remotes))
    return followed, (Federation(remotes, insecure=insecure),)


def _remotes(asked: Asked, ours: str) -> list[Remote]:
    from scs.disco.edges.federating import Remote  # noqa: PLC0415 - the same

    if not ours:
        raise errors.Refusal(
            "--federate needs --dc NAME: by it, what is near is told from what is in another data centre"
        )
    named = [_split(text) for text in asked.federate]
    names = [name for name, _ in named]
    for name in names:
        if name == ours:
            raise errors.Refusal(f"--federate {name}=…: that is our own data centre (--dc)")
        if names.count(name) > 1:
            raise errors.Refusal(f"--federate {name}=…: it is named twice; write its servers with commas between them")
    tokens, trust = _tokens(asked.tokens, names), _trust(asked)
    return [
        Remote(
            dc=name,
            places=tuple(map(reaching.place, places)),
            trust=trust,
            token=tokens.get(name, tokens.get("")),
        )
        for name, places in named
    ]


def _split(text: str) -> tuple[str, list[str]]:
    name, equals, rest = text.partition("=")
    places = [one for one in rest.split(",") if one]
    if not equals or not places or not 0 < len(name) <= 63 or not name.isprintable():
        raise errors.Refusal(f"'{text}' is no data centre with its servers: {_FORM}")
    return name, places


def _tokens(given: list[str], names: list[str]) -> dict[str, Path]:
    """By data centre; without a name for all others."""
    found: dict[str, Path] = {}
    for text in given:
        name, equals, file = text.partition("=")
        dc, path = (name, file) if equals and name in names else ("", text)
        if dc in found:
            raise errors.Refusal(f"--federate-token is given twice for {dc or 'all data centres'}")
        found[dc] = Path(path)
    return found


def _trust(asked: Asked) -> Trust | None:
    from scs.disco.edges.federating import Trust  # noqa: PLC0415 - the same

    if asked.key is not None and asked.certificate is None:
        raise errors.Refusal("--federate-key is the key of a certificate: give --federate-cert too")
    if asked.certificate is not None and not asked.tls and asked.ca is None:
        raise errors.Refusal("--federate-cert is for TLS: give --federate-ca FILE or --federate-tls too")
    if not asked.tls and asked.ca is None:
        return None
    return Trust(ca=asked.ca, certificate=asked.certificate, key=asked.key)
