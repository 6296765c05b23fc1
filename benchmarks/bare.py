"""The least that it takes: containers made and started in parallel, nothing asked and nothing compared."""

from __future__ import annotations

import http.client
import json
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.manifests import COMMAND, IMAGE

THREADS = 8
GOOD = 400


class _Line(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("engine")
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self._path)


def main(path: str, name: str, count: int, network: str) -> None:
    """`count` containers on the engine behind the socket; with `bridge`, on a network made for them."""
    if network == "bridge":
        _call(path, "networks/create", {"Name": name, "Driver": "bridge"})
    joined = name if network == "bridge" else "none"
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda number: _make(path, f"{name}-{number}", joined), range(count)))


def _make(path: str, name: str, network: str) -> None:
    host = {"NetworkMode": network, "Init": True}
    made = _call(path, f"containers/create?name={name}", {"Image": IMAGE, "Cmd": COMMAND, "HostConfig": host})
    _call(path, f"containers/{made['Id']}/start", None)


def _call(path: str, what: str, body: object) -> Any:
    line = _Line(path)
    line.request("POST", f"/v1.41/{what}", json.dumps(body) if body else None, {"Content-Type": "application/json"})
    answer = line.getresponse()
    said = answer.read()
    line.close()
    if answer.status >= GOOD:
        raise RuntimeError(f"{what}: {answer.status} {said.decode()}")
    return json.loads(said) if said else None


if __name__ == "__main__":
    began = time.perf_counter()
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
    print(time.perf_counter() - began)
