"""What others have on the host, planted before scs comes, and whether it is still exactly that."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.testbed.host import Host
from tests.torture.api import Api

CONTAINER, NETWORK, VOLUME = "stranger", "strange-net", "strange-vol"
COPY = "strange-copy"
"""A container whose image and labels say that it is scs's: somebody committed one and ran it."""
FOREIGN = frozenset({CONTAINER, NETWORK, VOLUME, COPY})
COPIED = {
    "scs.environment": "dev",
    "scs.service": "hello",
    "scs.role": "web",
    "scs.number": "1",
    "scs.digest": f"v1:{'0' * 64}",
}
CANARY = "canary"


def plant(host: Host) -> None:
    """Make them."""
    host.docker("network", "create", "--label", "scs.key=net", NETWORK)
    host.docker("volume", "create", VOLUME)
    copied = [part for name, value in COPIED.items() for part in ("--label", f"{name}={value}")]
    run = ["run", "--detach", "--init", "--restart", "always", "--network", NETWORK]
    host.docker(*run, "--name", CONTAINER, "--volume", f"{VOLUME}:/data", "bb:1", "sleep", "100000")
    host.docker(*run, "--name", COPY, *copied, "bb:1", "sleep", "100000")
    (_folder(host) / CANARY).write_text("not yours\n")


def seen(host: Host, *, restarted: bool = False) -> Mapping[str, Any]:
    """All that the engine says of them; `restarted`: without what a restart of the engine changes."""
    api = Api(host.seat.socket)
    whole = {
        name: api.get(path)
        for name, path in (
            (CONTAINER, f"/containers/{CONTAINER}/json"),
            (COPY, f"/containers/{COPY}/json"),
            (NETWORK, f"/networks/{NETWORK}"),
            (VOLUME, f"/volumes/{VOLUME}"),
        )
    }
    whole[NETWORK].pop("Containers")
    for one in (whole[CONTAINER], whole[COPY]) if restarted else ():
        for key in ("State", "NetworkSettings", "RestartCount", "GraphDriver", "ResolvConfPath", "ExecIDs"):
            one.pop(key, None)
    return {**whole, CANARY: (_folder(host) / CANARY).read_text()}


def _folder(host: Host) -> Path:
    return Path(Api(host.seat.socket).get(f"/volumes/{VOLUME}")["Mountpoint"])
