"""DNS and HTTP of `scs disco serve`: their options, and the edges made of them. Only what is asked for is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from scs.cli.disco import reaching
from scs.contract import errors
from scs.disco.edges.places import Place

if TYPE_CHECKING:  # they need libraries of the extra
    from scs.disco.edges.dns.records import Domain
    from scs.disco.edges.serving import Edge

HTTP_PORT, DNS_PORT = 9641, 53
Http = Annotated[
    list[str] | None,
    typer.Option("--http", metavar="PLACE", help=f"Answer HTTP there: HOST[:PORT], port {HTTP_PORT}; repeatable."),
]
HttpName = Annotated[
    list[str] | None,
    typer.Option("--http-name", metavar="HOST", help="A name by which browsers on this machine may ask; repeatable."),
]
Dns = Annotated[
    list[str] | None,
    typer.Option("--dns", metavar="PLACE", help=f"Answer DNS there: HOST[:PORT], port {DNS_PORT}; repeatable."),
]
DomainName = Annotated[str, typer.Option("--domain", metavar="NAME", help="The domain that DNS answers for.")]
Zone = Annotated[str, typer.Option("--zone", metavar="NAME", help="The zone that we are in, for what is near in DNS.")]
DOMAIN = "scs.internal"


def http(given: list[str] | None, names: list[str] | None) -> tuple[Edge, ...]:
    if not given:
        return ()
    try:
        from scs.disco.edges.http.listening import Http as Front  # noqa: PLC0415 - the extra may not be there
    except ModuleNotFoundError as error:
        raise missing("--http", error) from None
    return (Front([reaching.place(one, HTTP_PORT) for one in given], names or ()),)


def dns(given: list[str] | None, domain: str, *, dc: str, zone: str) -> tuple[Edge, ...]:
    if not given:
        return ()
    try:
        from scs.disco.edges.dns import records  # noqa: PLC0415 - only where DNS is wanted
        from scs.disco.edges.dns.listening import Dns as Front  # noqa: PLC0415 - the extra may not be there
    except ModuleNotFoundError as error:
        raise missing("--dns", error) from None
    try:
        ours: Domain = records.domain(domain, dc=dc, zone=zone)
    except ValueError as error:
        raise errors.Refusal(str(error)) from None
    return (Front([_inet(reaching.place(one, DNS_PORT)) for one in given], ours),)


def _inet(place: Place) -> Place:
    if place.path:
        raise errors.Refusal(f"--dns {place}: DNS has no unix sockets; write HOST:PORT")
    return place


def missing(option: str, error: ModuleNotFoundError) -> errors.Refusal:
    """For an option that needs the extra."""
    return errors.Refusal(f"{option} needs the Python package {error.name}: pip install 'scs-reconciler[disco]'")
