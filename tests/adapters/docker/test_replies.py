from __future__ import annotations

import pytest

from scs.adapters.docker import replies
from scs.contract import errors

ID = "8db01cd19ca2735513ffd609c88815b3931b535349d4f64bbd981f0df612abb8"
ENDPOINT = "driver failed programming external connectivity on endpoint web (a7b35fdd73a98c0c): "
RUNC = "failed to create shim task: OCI runtime create failed: runc create failed: "

RECORDED = [
    (
        f"{ENDPOINT}Bind for 0.0.0.0:8081 failed: port is already allocated",
        "port 8081 of the host leads to another container: find it with 'docker ps --filter publish=8081'",
    ),
    (
        f"{ENDPOINT}Error starting userland proxy: listen tcp4 0.0.0.0:9000: bind: address already in use",
        "port 9000 of the host is held by another process: find it with 'ss -lntup | grep :9000'",
    ),
    (
        "failed to set up container networking: failed to bind host port for 0.0.0.0:8081:172.17.0.2:80/tcp: "
        "address already in use",
        "port 8081 of the host is held by another process: find it with 'ss -lntup | grep :8081'",
    ),
    (
        f"{ENDPOINT}Error starting userland proxy: listen tcp4 9.9.9.9:82: bind: cannot assign requested address",
        "9.9.9.9 is no address of this host, so that port 82 cannot be published there: see 'ip addr'",
    ),
    (
        "mkdir /var/lib/docker/overlay2/x: no space left on device",
        "there is no space left on the engine's disk: see 'docker system df' and 'df', and make room",
    ),
    (
        f'Conflict. The container name "/dev-blog-db-1" is already in use by container "{ID}". '
        "You have to remove (or rename) that container to be able to reuse that name.",
        "the name dev-blog-db-1 is held by container 8db01cd19ca2: rename or remove that one",
    ),
    ("No such image: nope:1", "image nope:1 is not there: pull, load or build it"),
    (
        'invalid mount config for type "bind": bind source path does not exist: /srv/my blog',
        "/srv/my blog of the host is not there: make it",
    ),
    (
        "Invalid address 10.0.0.9: It does not belong to any of this network's subnets",
        "address 10.0.0.9 is in none of its network's subnets",
    ),
    (
        "failed to set up container networking: invalid address 10.0.0.9: it does not belong to any of this "
        "network's subnets",
        "address 10.0.0.9 is in none of its network's subnets",
    ),
    ("listen unix /run/x.sock: bind: address already in use", None),
    (
        "failed to set up container networking: Address already in use",
        "another container has its address on the network already",
    ),
    ("Address already in use", "another container has its address on the network already"),
    (
        "Pool overlaps with other one on this address space",
        "its subnet overlaps one that is there: see 'docker network inspect' and 'ip route', and choose another",
    ),
    (
        "could not find an available, non-overlapping IPv4 address pool among the defaults to assign",
        "the engine has no range of addresses left: give the network a subnet, or remove networks that nobody uses",
    ),
    (
        f"error while removing network: network n1 id {ID} has active endpoints",
        "containers are on it: see them with 'docker network inspect', and disconnect or remove them",
    ),
    ("bridge is a pre-defined network and cannot be removed", "it belongs to the engine itself"),
    (
        f"remove v1: volume is in use - [{ID}]",
        "container 8db01cd19ca2 has it: remove that container first",
    ),
    ("network nonet not found", "its network nonet is gone"),
    ("failed to set up container networking: network nonet not found", "its network nonet is gone"),
    ("could not find a network matching: network nonet not found", "its network nonet is gone"),
    ("No such container: web", "there is no such container: somebody removed it"),
    (
        f"You cannot remove a running container {ID}. Stop the container before attempting removal or force remove",
        "it runs: stop it first",
    ),
    (
        "cannot start a paused container, try unpause instead",
        "it is paused: let it run on with 'docker unpause'",
    ),
    (
        "Container web is paused, unpause the container before exec",
        "it is paused: let it run on with 'docker unpause'",
    ),
    (f"Container {ID} is not running", "it does not run"),
    (
        f'{RUNC}unable to start container process: exec: "nosuch": executable file not found in $PATH: unknown',
        "the image has no program 'nosuch' that can be run: check the command and the entrypoint",
    ),
    ("unable to find user nosuch: no matching entries in passwd file", "the image has no user 'nosuch'"),
    ('plugin "nodrv" not found', "the engine has no driver 'nodrv': install it, or use another"),
    (
        'error gathering device information while adding custom device "/dev/nope": no such file or directory',
        "device /dev/nope of the host is not there",
    ),
    (
        "configured logging driver does not support reading",
        "the engine cannot read back what its log driver sends away: look where that sends it",
    ),
    (
        "pull access denied for nosuch, repository does not exist or may require 'docker login'",
        "there is no such image in the registry, or it needs 'docker login': check its name",
    ),
    (
        "manifest for nginx:nosuch not found: manifest unknown: manifest unknown",
        "the registry has no such tag of it: check its name",
    ),
    (
        'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 10.0.0.1:53: no such host',
        "registry registry-1.docker.io does not answer: check this host's network and name resolution, "
        "or bring the image another way ('docker load') and use it with pull: never",
    ),
    ("Minimum memory limit allowed is 6MB", None),
]


@pytest.mark.parametrize(
    "said",
    [
        f"failed to create shim task: task {ID} already exists",
        f"failed to create shim: OCI runtime create failed: container with id exists: {ID}: id already in use: unknown",
        "failed to create shim task: OCI runtime create failed: runc create failed: container with given ID already "
        "exists: unknown",
    ],
)
def test_an_earlier_run_that_the_engine_holds_on_to_is_told_apart(said: str) -> None:
    assert replies.meaning(said) == replies.Meaning(
        kind=errors.LostTask,
        says="the engine has lost track of an earlier run of it: have it made anew ('docker rm', then apply again)",
    )


@pytest.mark.parametrize(("said", "expected"), RECORDED)
def test_a_recorded_refusal_is_told_with_its_next_step(said: str, expected: str | None) -> None:
    found = replies.meaning(said)
    assert (found and found.says) == expected
    assert found is None or found.kind is errors.Failure


@pytest.mark.parametrize(
    "said",
    [
        f"removal of container {ID} is already in progress",
        f"Container {ID} is restarting, wait until the container is running",
        'connection error: desc = "transport: error while dialing: dial unix containerd.sock: connection refused"',
    ],
)
def test_what_passes_by_itself_is_tried_again(said: str) -> None:
    found = replies.meaning(said)
    assert found is not None
    assert found.kind is errors.Retry
