"""Where servers listen and clients connect, as people write it. Opens no socket."""

from __future__ import annotations

import ipaddress
import os
import re
import ssl
from dataclasses import dataclass

PORT = 9640
NO_HOST = "no host can have that name"
_FORM = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.%]+)\]|(?P<host>[^\s:\[\]/]+))?(?::(?P<port>\d{1,5}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A host and a port, or (`path`) a unix socket."""

    host: str = ""
    port: int = 0
    path: str = ""

    def __str__(self) -> str:
        if self.path:
            return f"unix:{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def local(self) -> bool:
        """Whether only this machine reaches it."""
        return bool(self.path) or is_loopback(self.host)


def parse(text: str, *, port: int = PORT) -> Place:
    """`HOST`, `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`. Raises ValueError with words for people."""
    if text.startswith("unix:"):
        if not text.removeprefix("unix:").startswith("/"):
            raise ValueError(
                f"'{text}' is no place: the path of a unix socket begins with /, as in unix:/run/disco.sock"
            )
        return Place(path=text.removeprefix("unix:"))
    form = _FORM.fullmatch(text)
    number = int(form["port"]) if form is not None and form["port"] else port
    if form is None or not text or number > 65535:
        raise ValueError(f"'{text}' is no place: write HOST:PORT, [IPV6]:PORT or unix:/PATH, as in 127.0.0.1:{port}")
    return Place(host=form["six"] or form["host"] or "127.0.0.1", port=number)


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"


def said(error: Exception, seconds: float) -> str:
    """Why a connection did not come about, or ended, in words; `seconds` were given for it."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not accepted: {error.verify_message}"
        case TimeoutError() if getattr(error, "errno", None) is None:
            return f"no answer within {seconds:g} s"
        case OSError() if not isinstance(error, ssl.SSLError) and error.errno is not None and error.errno > 0:
            return os.strerror(error.errno)
        case OSError():
            return error.strerror or str(error)
        case UnicodeError():  # of `idna`, about labels
            return NO_HOST
        case _:
            return str(error)
