"""Everything that a run may touch, in one frozen value; made by `wiring`, by tests with fakes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scs.contract.clock import Clock
from scs.contract.context import Commands
from scs.contract.delivery import Delivery
from scs.contract.engine import Engine
from scs.contract.host import Host
from scs.contract.images import ImageBuilder
from scs.contract.jobs import JobNotes
from scs.contract.provisioner import NetworkProvisioner, VolumeProvisioner
from scs.contract.records import Records
from scs.contract.secrets import Secrets
from scs.manifest.syntax.template import Renderer
from scs.model.space import Use


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """`volumes` and `networks` hold the provisioners by type; `folders` those of this host that it writes to."""

    engine: Engine
    images: ImageBuilder
    delivery: Delivery
    jobs: JobNotes
    host: Host
    records: Records
    clock: Clock
    commands: Commands
    secrets: Secrets
    renderer: Renderer
    volumes: Mapping[str, VolumeProvisioner]
    networks: Mapping[str, NetworkProvisioner]
    folders: Mapping[Use, tuple[str, ...]] = field(default_factory=dict)
