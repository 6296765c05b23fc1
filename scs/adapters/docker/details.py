"""From what the engine says of one container to what of it can change; asks nothing itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, get_args

from scs.model.container import Restart, RestartPolicy
from scs.model.observed import Live

NANO = 1_000_000_000
"""The engine counts parts of a processor and of a second so."""
SHORT_ID = 12
"""As long as the alias that the engine itself gives each container."""
SETTINGS = (
    "BlkioWeight", "CpuShares", "CpuPeriod", "CpuQuota", "CpuRealtimePeriod", "CpuRealtimeRuntime", "CpusetCpus",
    "CpusetMems", "KernelMemory", "MemoryReservation", "MemorySwap", "OomKillDisable",
)  # fmt: skip
"""What `docker update` changes besides, and manifests do not say."""
POLICIES: Mapping[str, RestartPolicy] = {policy: policy for policy in get_args(RestartPolicy)}


def live(seen: Mapping[str, Any]) -> Live:
    """The engine says 0 for no limit, and null or -1 for no limit of processes."""
    host = _map(seen.get("HostConfig"))
    policy = _map(host.get("RestartPolicy"))
    pids = host.get("PidsLimit") or 0
    networks = _map(_map(seen.get("NetworkSettings")).get("Networks"))
    own = {str(seen.get("Id", ""))[:SHORT_ID], str(seen.get("Name", "")).removeprefix("/")}
    return Live(
        id=str(seen.get("Id", "")),
        user=str(_map(seen.get("Config")).get("User") or ""),
        memory=host.get("Memory") or None,
        cpus=host["NanoCpus"] / NANO if host.get("NanoCpus") else None,
        pids=pids if pids > 0 else None,
        restart=Restart(
            policy=POLICIES.get(policy.get("Name") or "no", "no"), attempts=int(policy.get("MaximumRetryCount") or 0)
        ),
        aliases={name: frozenset(_map(one).get("Aliases") or ()) - own for name, one in networks.items()},
        addresses={
            name: frozenset(filter(None, (_map(one).get("IPAddress"), _map(one).get("GlobalIPv6Address"))))
            for name, one in networks.items()
        },
        settings={name: json.dumps(host.get(name)) for name in SETTINGS if name in host},
    )


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
