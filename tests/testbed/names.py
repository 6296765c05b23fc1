"""What everything of the test bed is called, as values; makes nothing.

A *lane* is what one test process owns: a bridge with a /24 of 198.18.0.0/16. A *seat* is the place of one
host in it. All that either makes on the machine (links, namespaces, rules, cgroups, folders) is found by its
number.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

RUN = Path("/run/scs-testbed")
DATA = Path(os.environ.get("SCS_TEST_DATA", "/var/tmp/scs-testbed"))
"""Where engines keep images and containers: never a tmpfs by default, as /tmp often is."""
CGROUP = "/scs-testbed"

LANES = 256
SEATS = 200
DEFAULT_BRIDGE = "198.19.0.1/24"
"""docker0 of every engine. Each has a namespace of its own, so all may use the same addresses."""
ADDRESS_POOL = "base=198.19.128.0/17,size=24"
"""Where engines take the subnets of networks that name none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """The share of one test process in the machine."""

    number: int

    @property
    def subnet(self) -> IPv4Network:
        return IPv4Network(f"198.18.{self.number}.0/24")

    @property
    def gateway(self) -> IPv4Address:
        return self.subnet[1]

    @property
    def bridge(self) -> str:
        return f"scsbed{self.number}"

    @property
    def mark(self) -> str:
        """The comment on each of the lane's firewall rules."""
        return f"scs-testbed-{self.number}"

    @property
    def run(self) -> Path:
        return RUN / str(self.number)

    @property
    def data(self) -> Path:
        return DATA / str(self.number)

    @property
    def owner(self) -> Path:
        """Locked by the process that owns the lane; the kernel frees the lock when that process ends."""
        return RUN / f"{self.number}.owner"

    @property
    def cgroup(self) -> str:
        return f"{CGROUP}/{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """The place of one host in a lane."""

    lane: Lane
    number: int

    @property
    def name(self) -> str:
        """The host's network namespace, and the lane's end of its cable."""
        return f"{self.lane.bridge}h{self.number}"

    @property
    def namespace(self) -> Path:
        return Path("/run/netns") / self.name

    @property
    def address(self) -> IPv4Address:
        return self.lane.subnet[self.number + 1]

    @property
    def run(self) -> Path:
        return self.lane.run / f"h{self.number}"

    @property
    def data(self) -> Path:
        return self.lane.data / f"h{self.number}"

    @property
    def folder(self) -> Path:
        """The host's scratch folder, emptied between tests."""
        return self.data / "scratch"

    @property
    def socket(self) -> Path:
        return self.run / "docker.sock"

    @property
    def cgroup(self) -> str:
        """Holds the containers, each in a group of its own."""
        return f"{self.lane.cgroup}/h{self.number}"

    @property
    def engine_cgroup(self) -> str:
        return f"{self.cgroup}/engine"

    @property
    def work_cgroup(self) -> str:
        """Holds what tests start on the host."""
        return f"{self.cgroup}/work"
