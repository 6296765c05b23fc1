"""`scs disco serve`: a discovery server."""

from __future__ import annotations

import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from scs.cli import output
from scs.cli.disco import federating, fronts, reaching, stores
from scs.contract import errors
from scs.disco.settings import Limits, Settings

if TYPE_CHECKING:  # they need the loop and libraries of the extra
    from scs.disco.edges.rereading import TlsFiles

Listen = Annotated[
    list[str],
    typer.Option("--listen", metavar="PLACE", help="HOST[:PORT] or unix:/PATH; repeatable."),
]
Insecure = Annotated[
    bool, typer.Option("--insecure", help="Let other machines in without TLS and tokens: only where all are trusted.")
]
Tokens = Annotated[
    Path | None, typer.Option("--tokens", metavar="FILE", help="Who may do what (JSON); read again when it changes.")
]
Cert = Annotated[
    Path | None, typer.Option("--cert", metavar="FILE", help="TLS: our certificate (PEM); read again when it changes.")
]
Key = Annotated[Path | None, typer.Option("--key", metavar="FILE", help="TLS: its key (PEM). Without: in --cert.")]
ClientCa = Annotated[
    Path | None,
    typer.Option("--client-ca", metavar="FILE", help="TLS: only who shows a certificate of these may come."),
]
Snapshot = Annotated[
    Path | None, typer.Option("--snapshot", metavar="FILE", help="What outlives a restart.", show_default="of scs")
]
NoSnapshot = Annotated[bool, typer.Option("--no-snapshot", help="Keep nothing: after a restart all is learned anew.")]
Server = Annotated[
    str, typer.Option("--name", help="Of this server, in status and metrics.", show_default="of this host")
]
PerHost = Annotated[int, typer.Option("--per-host", min=1, help="How many connections one address may have.")]
Connections = Annotated[int, typer.Option("--connections", min=1, help="How many connections there may be.")]
LIMITS = Limits()


def serve(
    *,
    listen: Listen = reaching.DEFAULT_SERVERS,
    insecure: Insecure = False,
    tokens: Tokens = None,
    cert: Cert = None,
    key: Key = None,
    client_ca: ClientCa = None,
    snapshot: Snapshot = None,
    no_snapshot: NoSnapshot = False,
    name: Server = "",
    dc: reaching.Dc = "",
    zone: fronts.Zone = "",
    http: fronts.Http = None,
    http_name: fronts.HttpName = None,
    dns: fronts.Dns = None,
    domain: fronts.DomainName = fronts.DOMAIN,
    per_host: PerHost = LIMITS.connections_per_host,
    connections: Connections = LIMITS.connections,
    store: stores.Store = stores.MEMORY,
    etcd_ca: stores.Ca = None,
    etcd_cert: stores.Cert = None,
    etcd_key: stores.Key = None,
    etcd_user: stores.User = "",
    etcd_password_file: stores.Password = None,
    federate: federating.Federate = None,
    federate_tls: federating.Tls = False,
    federate_ca: federating.Ca = None,
    federate_cert: federating.Cert = None,
    federate_key: federating.Key = None,
    federate_token: federating.Token = None,
) -> None:
    """Serve discovery until SIGTERM. On this machine only, unless TLS and tokens protect it."""
    from scs.disco.edges import server  # noqa: PLC0415 - the loop, which most commands need not
    from scs.disco.edges.serving import CannotServe  # noqa: PLC0415 - the same

    name = name or socket.gethostname()  # several that share a store are told apart
    settings = Settings(server=name, dc=dc, limits=Limits(connections=connections, connections_per_host=per_host))
    asked = stores.Asked(
        store=store,
        ca=etcd_ca,
        certificate=etcd_cert,
        key=etcd_key,
        user=etcd_user,
        password=etcd_password_file,
        insecure=insecure,
    )
    if store != stores.MEMORY and snapshot is not None:
        raise errors.Refusal("--snapshot is for --store memory: etcd keeps what outlives a restart")
    no_snapshot = no_snapshot or store != stores.MEMORY
    kept = None if no_snapshot else snapshot or _state() / "disco" / "snapshot.json"
    others = federating.Asked(
        federate=federate or [],
        tls=federate_tls,
        ca=federate_ca,
        certificate=federate_cert,
        key=federate_key,
        tokens=federate_token or [],
    )
    edges = (*fronts.http(http, http_name), *fronts.dns(dns, domain, dc=dc, zone=zone))
    try:
        settings, links = federating.edges(others, settings, insecure=insecure)
        settings, kept_in = stores.store(asked, settings)
        options = server.Options(
            listen=tuple(reaching.place(one) for one in listen),
            settings=settings,
            insecure=insecure,
            tokens=tokens,
            tls=_tls(cert, key, client_ca),
            snapshot=kept,
            edges=(*kept_in, *edges, *links),  # those after the store are to find what is there
        )
        server.run(options, log)
    except CannotServe as error:
        raise errors.Failure(str(error)) from None


def _state() -> Path:
    from scs import wiring  # noqa: PLC0415 - half of all that disco's commands would load

    return wiring.state_folder()


def _tls(cert: Path | None, key: Path | None, client_ca: Path | None) -> TlsFiles | None:
    from scs.disco.edges.rereading import TlsFiles  # noqa: PLC0415 - as above

    if cert is None:
        if key is not None or client_ca is not None:
            raise errors.Refusal("--key and --client-ca are for TLS: give --cert too")
        return None
    return TlsFiles(certificate=cert, key=key or cert, client_ca=client_ca)


def log(level: Literal["info", "warning"], text: str) -> None:
    """For a journal that has its own idea of time, or for people."""
    output.tell(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {level} {text}")
    sys.stderr.flush()
