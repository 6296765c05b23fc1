"""The engine's own API on its socket, for looking and for meddling; not through the proxy, and nothing of scs."""

from __future__ import annotations

import http.client
import json
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

SECONDS = 60.0


class Refused(Exception):
    """The engine answered with an error."""


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(SECONDS)
        self.sock.connect(str(self._path))


@dataclass(frozen=True, slots=True)
class Api:
    """One connection a call."""

    path: Path

    def call(self, method: str, path: str, body: object = None) -> Any:
        """What was answered. Raises Refused, or OSError when nobody is there."""
        connection = _Connection(self.path)
        try:
            headers = {} if body is None else {"Content-Type": "application/json"}
            connection.request(method, quote(path, safe="/?&=%:"), None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        if answer.status >= 400:
            raise Refused(f"{method} {path}: {answer.status} {text.decode(errors='replace').strip()}")
        return json.loads(text) if text else None

    def get(self, path: str) -> Any:
        return self.call("GET", path)

    def containers(self) -> list[Any]:
        """Every container, inspected; one that goes away meanwhile is left out."""
        found = []
        for one in self.get("/containers/json?all=1"):
            try:
                found.append(self.get(f"/containers/{one['Id']}/json"))
            except Refused as gone:
                if "No such container" not in str(gone):
                    raise
        return found

    def networks(self) -> list[Any]:
        """Those that are not the engine's own."""
        return [one for one in self.get("/networks") if one["Name"] not in ("bridge", "host", "none")]

    def volumes(self) -> list[Any]:
        return list(self.get("/volumes")["Volumes"] or [])
