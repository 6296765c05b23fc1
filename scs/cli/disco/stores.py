"""Where `scs disco serve` keeps what it knows: `--store memory`, or `--store etcd=URL,…` with how to reach it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scs.cli.disco import fronts
from scs.contract import errors

if TYPE_CHECKING:  # it needs libraries of the extra
    from scs.disco.edges.serving import Edge
    from scs.disco.settings import Settings

MEMORY, ETCD = "memory", "etcd="
Store = Annotated[
    str,
    typer.Option(
        "--store", metavar="STORE", help="memory (with the snapshot), or etcd=URL,… for several servers as one."
    ),
]
Ca = Annotated[Path | None, typer.Option("--etcd-ca", metavar="FILE", help="Who signed etcd's certificates (PEM).")]
Cert = Annotated[Path | None, typer.Option("--etcd-cert", metavar="FILE", help="Our certificate for etcd (PEM).")]
Key = Annotated[Path | None, typer.Option("--etcd-key", metavar="FILE", help="Its key (PEM). Without: in --etcd-cert.")]
User = Annotated[str, typer.Option("--etcd-user", metavar="NAME", help="Who we are to etcd.")]
Password = Annotated[
    Path | None, typer.Option("--etcd-password-file", metavar="FILE", help="That user's password, in a file.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The options, as given."""

    store: str
    ca: Path | None
    certificate: Path | None
    key: Path | None
    user: str
    password: Path | None
    insecure: bool


def store(asked: Asked, settings: Settings) -> tuple[Settings, tuple[Edge, ...]]:
    """The settings for it, and the edge that keeps everything; none: in memory."""
    if asked.store == MEMORY:
        if any((asked.ca, asked.certificate, asked.key, asked.user, asked.password)):
            raise errors.Refusal("--etcd-… options are for etcd: give --store etcd=URL too")
        return settings, ()
    if not asked.store.startswith(ETCD):
        raise errors.Refusal(f"--store {asked.store}: there is memory, and etcd=URL,… as in etcd=http://127.0.0.1:2379")
    if bool(asked.user) != bool(asked.password):
        raise errors.Refusal("--etcd-user and --etcd-password-file go together")
    if asked.key is not None and asked.certificate is None:
        raise errors.Refusal("--etcd-key is the key of a certificate: give --etcd-cert too")
    # Each run is a server of its own: what the one before it left behind is taken over like that of any other.
    named = replace(settings, external=True, server=f"{settings.server}.{secrets.token_hex(4)}")
    return named, (_etcd(asked),)


def _etcd(asked: Asked) -> Edge:
    try:
        from scs.disco.edges.etcd import cluster  # noqa: PLC0415 - the extra may not be there
        from scs.disco.edges.etcd.store import EtcdStore  # noqa: PLC0415 - the same
    except ModuleNotFoundError as error:
        raise fronts.missing("--store etcd", error) from None
    try:
        urls = cluster.parse(asked.store.removeprefix(ETCD))
    except ValueError as error:
        raise errors.Refusal(str(error)) from None
    given = cluster.Cluster(
        urls=urls,
        ca=asked.ca,
        certificate=asked.certificate,
        key=asked.key,
        user=asked.user,
        password=asked.password,
    )
    return EtcdStore(given, insecure=asked.insecure)
