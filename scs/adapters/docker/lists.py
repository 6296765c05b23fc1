"""What an engine says, its four lists before all, asked for at once over bare sockets, in its own words.

A run without changes does nothing else with the engine, and would spend most of its time on importing an SDK: so this
module imports nothing of scs, and of the standard library what it needs.
"""

from __future__ import annotations

import json
import socket
import time
from operator import itemgetter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LISTS = {
    "containers": "containers/json?all=1",
    "networks": "networks",
    "volumes": "volumes",
    "images": "images/json",
}
CHUNK = 1 << 16
END_OF_HEAD = b"\r\n\r\n"
API_VERSION = "1.41"
"""What Docker 20.10 speaks. Engines that refuse it say what they want, so that asking costs no call."""


class OverdueError(Exception):
    """A call took longer than its limit."""


class UnclearError(Exception):
    """Anything but whole answers of status 200: whoever knows more of the protocol asks again."""


def ask(
    family: int, where: str | tuple[str, int], version: str, seconds: float, paths: Mapping[str, str]
) -> Mapping[str, bytes]:
    """What is found at each path, by its name, all within so many seconds. Raises OverdueError or UnclearError."""
    end = time.monotonic() + seconds
    lines: dict[str, socket.socket] = {}
    try:
        for name, path in paths.items():
            line = lines[name] = socket.socket(family, socket.SOCK_STREAM)
            line.settimeout(seconds)
            line.connect(where)
            # The engine answers HTTP/1.0 in one piece, and closes behind it.
            line.sendall(f"GET /v{version}/{path} HTTP/1.0\r\nHost: engine\r\nConnection: close\r\n\r\n".encode())
        return {name: _body(line, end) for name, line in lines.items()}
    except TimeoutError as error:
        raise OverdueError from error
    except OSError as error:
        raise UnclearError(str(error)) from error
    finally:
        for line in lines.values():
            line.close()


def lasting(answers: Mapping[str, bytes], version: str) -> bytes:
    """The answers without what changes by itself while nothing happens; the first line is the version of the API.

    That is how long a container is up or down (what stands in brackets there stays: health, exit code, paused), and
    the order of what the engine keeps without one. What is no list of an engine raises what Python raises then.
    """
    containers = json.loads(answers["containers"])
    for one in containers:
        one["Status"] = one["Status"].partition("(")[2].partition(")")[0]
        one["Ports"] = sorted(one["Ports"] or (), key=repr)
        one["Mounts"] = sorted(one["Mounts"] or (), key=repr)
    said = [
        sorted(containers, key=itemgetter("Id")),
        sorted(json.loads(answers["networks"]) or (), key=itemgetter("Id")),
        sorted(json.loads(answers["volumes"])["Volumes"] or (), key=itemgetter("Name")),
        sorted(json.loads(answers["images"]) or (), key=itemgetter("Id")),
    ]
    return f"{version}\n{json.dumps(said, separators=(',', ':'))}".encode()


def alone(containers: Iterable[str]) -> Mapping[str, str]:
    """Where the engine says all of each of these containers, by its id."""
    return {one: f"containers/{one}/json" for one in containers}


def adjustable(answer: bytes) -> str:
    """What can be changed on a container that is there, of all that the engine says of one alone."""
    seen = json.loads(answer)
    networks = seen["NetworkSettings"]["Networks"]
    return json.dumps([seen["Config"]["User"], seen["HostConfig"], networks], separators=(",", ":"))


def _body(line: socket.socket, end: float) -> bytes:
    """Up to the length that the engine has said, or to its end: a proxy in between may keep the connection open."""
    said, length = bytearray(), -1
    while length < 0 or len(said) < length:
        left = end - time.monotonic()
        if left <= 0:
            raise OverdueError
        line.settimeout(left)
        piece = line.recv(CHUNK)
        if not piece:
            break
        said += piece
        if length < 0:
            length = _length(said)
    head, _, body = bytes(said).partition(END_OF_HEAD)
    if head.split(b" ", 2)[1:2] != [b"200"] or len(said) < length:
        raise UnclearError("not a whole answer")
    return body


def _length(said: bytes | bytearray) -> int:
    """Of the whole answer, where its head is there and says it; it does not for long ones. Else -1."""
    head, end, _ = bytes(said).partition(END_OF_HEAD)
    for line in head.lower().split(b"\r\n") if end else ():
        name, _, value = line.partition(b":")
        if name == b"content-length" and value.strip().isdigit():
            return len(head) + len(end) + int(value)
    return -1
