"""The plan as a value: the actions that take observed to desired, each with its cause, and what is blocked and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NewType

from scs.model.container import Attachment, Container, Resources, Restart
from scs.model.fields import Field
from scs.model.files import ContainerFile, OnChange
from scs.model.ghosts import EndGhost
from scs.model.image import BuiltImage, DebianBase, ReferencedImage
from scs.model.observed import Told
from scs.model.service import Check
from scs.model.steps import Change, Step
from scs.model.storage import Network, Volume

ActionId = NewType("ActionId", str)
"""`OPERATION TARGET`, such as `start dev-blog-web-1`; the same wish gives the same id in every pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildImage:
    """`fresh` uses nothing of earlier builds."""

    image: BuiltImage | DebianBase
    fresh: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PullImage:
    image: ReferencedImage


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformVolumeStep:
    volume: Volume
    step: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformNetworkStep:
    network: Network
    step: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateContainer:
    """Creates it under that name, not yet running, with the first of its networks, the endpoints told, and its files.

    `folder` is the name of its run folder, in this and all that follow.
    """

    container: Container
    name: str
    folder: str
    told: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectContainer:
    """Attaches a created container to a further network."""

    name: str
    attachment: Attachment


@dataclass(frozen=True, slots=True, kw_only=True)
class DisconnectContainer:
    id: str
    name: str
    network: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateContainer:
    """Changes its limits and restart policy as it is."""

    id: str
    name: str
    limits: Resources
    restart: Restart


@dataclass(frozen=True, slots=True, kw_only=True)
class StartContainer:
    """Delivers what belongs into its run folder, puts these files into it, then starts it."""

    container: Container
    name: str
    folder: str
    told: tuple[Told, ...] = ()
    files: tuple[ContainerFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpauseContainer:
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameContainer:
    """`container` is an id, or the name of one that is still to be created."""

    container: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeContainer:
    """Starts an old container again as it was."""

    id: str
    name: str
    folder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitHealthy:
    """Waits until every check has passed once, no longer than the checks themselves allow.

    Then it has to go on so for `monitor` seconds, without a restart.
    """

    name: str
    folder: str
    checks: tuple[Check, ...]
    monitor: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitEnd:
    """Waits until a job has ended, and notes it down when it ended well; stops it after `timeout` seconds.

    `earlier` is a run of what is no longer asked for, of which only matters that it is over.
    """

    name: str
    timeout: float
    grace: float = 10.0
    earlier: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetJob:
    """Takes away the note that a job ended well."""

    job: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TellContainer:
    """Writes changed endpoints into the running container's folder, then runs the requirement's `on_change` in it."""

    name: str
    folder: str
    told: Told
    on_change: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PutFiles:
    """Puts files into the running container, then does what they say is to be done about it."""

    container: Container
    id: str
    name: str
    folder: str
    files: tuple[ContainerFile, ...]
    on_change: OnChange
    told: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StopContainer:
    """`id` because the name may be another's by the time of the call; `grace` in seconds."""

    id: str
    name: str
    grace: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveContainer:
    """With its run folder; `folder` is empty where another container uses that by now."""

    id: str
    name: str
    folder: str = ""


Adjustment = ConnectContainer | DisconnectContainer | UpdateContainer | UnpauseContainer | RenameContainer
ContainerOperation = (
    CreateContainer | StartContainer | ResumeContainer | StopContainer | RemoveContainer | EndGhost | Adjustment
)
Operation = (
    BuildImage
    | PullImage
    | PerformVolumeStep
    | PerformNetworkStep
    | AwaitHealthy
    | AwaitEnd
    | ForgetJob
    | TellContainer
    | PutFiles
    | ContainerOperation
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What an action is about: `kind` is image, volume, network, container or job."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One effect. `cause` says why it is needed, `downtime` why the target is away meanwhile (empty: it is not).

    `after` names actions without which this one is not tried. Of the actions in one `lane` only one runs at a time, in
    no order. What is `routine` is done in every run, and is no change by itself. `fields` show what is other
    than before.
    """

    id: ActionId
    target: Target
    operation: Operation
    says: str
    change: Change
    cause: str
    downtime: str = ""
    data_at_risk: bool = False
    after: tuple[ActionId, ...] = ()
    lane: str = ""
    routine: bool = False
    fields: tuple[Field, ...] = ()

    def __str__(self) -> str:
        extra = f"; down: {self.downtime}" if self.downtime else ""
        risk = "; data at risk" if self.data_at_risk else ""
        return f"{self.change.value:<8} {self.target}: {self.says} (because {self.cause}{extra}{risk})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """What is asked for and cannot be done now. `waiting` says that time alone may help: look again.

    `stands` says that a change of it is held because a job failed, and that it runs as before.
    """

    target: Target
    why: str
    waiting: bool = False
    stands: bool = False

    def __str__(self) -> str:
        return f"{'waiting' if self.waiting else 'blocked':<8} {self.target}: {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Actions in an order that respects `after`. `str` is one stable line each, blocked last."""

    actions: tuple[Action, ...] = ()
    blocked: tuple[Blocked, ...] = ()
    kept: tuple[str, ...] = ()
    """Sentences on what left the manifest and stays: data, and with `--no-prune` everything else."""

    @property
    def empty(self) -> bool:
        return not self.actions and not self.blocked

    @property
    def pending(self) -> bool:
        """Whether the world is other than asked for, as far as can be seen."""
        return bool(self.blocked) or any(not action.routine for action in self.actions)

    @property
    def counts(self) -> Mapping[Change, int]:
        found: dict[Change, set[Target]] = {}
        for action in self.actions:
            found.setdefault(action.change, set()).add(action.target)
        return {change: len(targets) for change, targets in found.items()}

    def __str__(self) -> str:
        return "\n".join(map(str, (*self.actions, *self.blocked)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Goals:
    """What a run is for. `only` empty means every role; `delete_data` names volumes by their key in the manifest.

    `allow_empty` lets a manifest without containers remove those that run; `pulled` are the references that this run
    has pulled already, so that `pull: always` ends. `failed` are replicas whose replacement failed in this run, with
    the reason: what ran before is put back, and not tried again. `failed_jobs` are containers of jobs that failed in
    this run, with the reason. `undo` asks for nothing but that all replacements that are not finished are taken back.
    `deep` looks at each container as well, besides what lists show.
    """

    destroy: bool = False
    prune: bool = True
    allow_empty: bool = False
    only: frozenset[str] = frozenset()
    delete_data: frozenset[str] = frozenset()
    pulled: frozenset[str] = frozenset()
    failed: Mapping[str, str] = field(default_factory=dict)
    failed_jobs: Mapping[str, str] = field(default_factory=dict)
    undo: bool = False
    deep: bool = False
