"""`scs disco`: discovery. One module a command; what needs the loop or a server is imported when it is used."""

from __future__ import annotations

import typer

from scs.cli.disco import drain, lookup, provide, serve, standing, watch


def register(app: typer.Typer) -> None:
    disco = typer.Typer(
        help="Discovery: who provides what, where, told to whoever requires it.",
        epilog="Example:  scs disco lookup mysql:db:blog:prod",
        rich_markup_mode=None,
    )
    disco.command(epilog="Example:  scs disco serve --listen 127.0.0.1:9640 --dns 127.0.0.1:5353")(serve.serve)
    disco.command(epilog="Example:  scs disco lookup mysql:db:blog:prod --where tier=gold")(lookup.lookup)
    disco.command(epilog="Example:  scs disco watch mysql:db:blog:prod --json")(watch.watch)
    disco.command(epilog="Example:  scs disco status --server 192.0.2.1:9640 --ca ca.pem")(standing.status)
    disco.command(epilog="Example:  scs disco sessions --json")(standing.sessions)
    disco.command(epilog="Example:  scs disco provide http:web:blog:prod 192.0.2.7:80 --attribute tier=gold")(
        provide.provide
    )
    disco.command(epilog="Example:  scs disco drain 192.0.2.7")(drain.drain)
    app.add_typer(disco, name="disco")
