"""What the engine's refusals mean and what to do about them, a row each; looks at words, nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scs.contract import errors

Kind = type[errors.Failure] | type[errors.Retry]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`says` may use the groups of the pattern. It continues a sentence that says what was to be done."""

    pattern: re.Pattern[str]
    says: str
    kind: Kind


def _failure(pattern: str, says: str) -> Row:
    return Row(pattern=re.compile(pattern, re.IGNORECASE | re.DOTALL), says=says, kind=errors.Failure)


def _retry(pattern: str, says: str) -> Row:
    return Row(pattern=re.compile(pattern, re.IGNORECASE | re.DOTALL), says=says, kind=errors.Retry)


def _lost(pattern: str, says: str) -> Row:
    return Row(pattern=re.compile(pattern, re.IGNORECASE | re.DOTALL), says=says, kind=errors.LostTask)


ROWS = (
    _failure(
        r"bind for (?P<host>\S+):(?P<port>\d+) failed: port is already allocated",
        "port {port} of the host leads to another container: find it with 'docker ps --filter publish={port}'",
    ),
    _failure(
        r"listen (?P<protocol>tcp|udp|sctp)\d? (?P<host>\S+):(?P<port>\d+): bind: address already in use"
        r"|failed to bind host port (for )?([\d.]+|\[\S*\]):(?P<port2>\d+)\S*: address already in use",
        "port {port}{port2} of the host is held by another process: find it with 'ss -lntup | grep :{port}{port2}'",
    ),
    _failure(
        r"listen (tcp|udp|sctp)\d? (?P<host>\S+):(?P<port>\d+): bind: cannot assign requested address",
        "{host} is no address of this host, so that port {port} cannot be published there: see 'ip addr'",
    ),
    _failure(
        r"no space left on device",
        "there is no space left on the engine's disk: see 'docker system df' and 'df', and make room",
    ),
    _failure(
        r'container name "?/?(?P<name>[^"\s]+)"? is already in use by container "?(?P<id>[0-9a-f]{12})',
        "the name {name} is held by container {id}: rename or remove that one",
    ),
    _failure(r"no such image: (?P<image>\S+)", "image {image} is not there: pull, load or build it"),
    _failure(r"bind source path does not exist: (?P<path>.*)", "{path} of the host is not there: make it"),
    _failure(
        r"invalid address (?P<address>\S+): it does not belong",
        "address {address} is in none of its network's subnets",
    ),
    # With `bind` before it, it is the address of something else.
    _failure(r"(?<!bind: )address already in use", "another container has its address on the network already"),
    _failure(
        r"pool overlaps with other one|overlaps with (existing )?(routes|network)",
        "its subnet overlaps one that is there: see 'docker network inspect' and 'ip route', and choose another",
    ),
    _failure(
        r"non-overlapping ipv[46] address pool",
        "the engine has no range of addresses left: give the network a subnet, or remove networks that nobody uses",
    ),
    _failure(
        r"has active endpoints",
        "containers are on it: see them with 'docker network inspect', and disconnect or remove them",
    ),
    _failure(r"is a pre-defined network", "it belongs to the engine itself"),
    _failure(r"volume is in use - \[(?P<id>[0-9a-f]{12})", "container {id} has it: remove that container first"),
    _failure(r"\bnetwork (?P<network>\S+) not found", "its network {network} is gone"),
    _failure(r"no such container", "there is no such container: somebody removed it"),
    _failure(r"cannot remove a running container", "it runs: stop it first"),
    _failure(r"cannot start a paused container", "it is paused: let it run on with 'docker unpause'"),
    _failure(r"is paused, unpause the container", "it is paused: let it run on with 'docker unpause'"),
    _failure(r"container \S+ is not running", "it does not run"),
    _failure(
        r'exec: "(?P<program>[^"]*)": (executable file not found|stat .*no such file|permission denied)',
        "the image has no program {program!r} that can be run: check the command and the entrypoint",
    ),
    _failure(r"unable to find user (?P<user>[^:]+): ", "the image has no user {user!r}"),
    _failure(
        r'plugin "(?P<plugin>[^"]*)" not found',
        "the engine has no driver {plugin!r}: install it, or use another",
    ),
    _failure(r"custom device \"(?P<device>[^\"]*)\": no such file", "device {device} of the host is not there"),
    _failure(
        r"logging driver does not support reading",
        "the engine cannot read back what its log driver sends away: look where that sends it",
    ),
    _lost(
        r"task \S+ already exists|id already in use|container with given id already exists",
        "the engine has lost track of an earlier run of it: have it made anew ('docker rm', then apply again)",
    ),
    _failure(
        r"pull access denied|requested access to the resource is denied|unauthorized",
        "there is no such image in the registry, or it needs 'docker login': check its name",
    ),
    _failure(r"manifest (for \S+ |unknown)|manifest unknown", "the registry has no such tag of it: check its name"),
    _failure(
        r"(get|head) \"?(https?://(?P<registry>[^/\"]+)\S*)\"?: .*"
        r"(no such host|connection refused|timeout|unreachable|deadline|no route|misbehaving)",
        "registry {registry} does not answer: check this host's network and name resolution, "
        "or bring the image another way ('docker load') and use it with pull: never",
    ),
    _retry(r"removal of container \S+ is already in progress", "it is being removed already"),
    _retry(r"is restarting, wait until", "it is just restarting"),
    _retry(
        r"context deadline exceeded|transport is closing|containerd.*connection refused|shutting down|"
        r"context canceled|error while dialing",
        "the engine is not ready: it may be starting or stopping",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    kind: Kind
    says: str


def meaning(said: str) -> Meaning | None:
    """None when no row knows the words."""
    for row in ROWS:
        found = row.pattern.search(said)
        if found:
            groups = {name: value or "" for name, value in found.groupdict().items()}
            return Meaning(kind=row.kind, says=row.says.format(**groups))
    return None
