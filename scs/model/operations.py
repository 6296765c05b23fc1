"""What the actions of a plan do, each with all that it takes to do it; one class for each effect on the world."""

from __future__ import annotations

from dataclasses import dataclass

from scs.model.container import Attachment, Container, Resources, Restart
from scs.model.files import ContainerFile, OnChange
from scs.model.image import BuiltImage, DebianBase, ReferencedImage
from scs.model.observed import Told
from scs.model.service import Check
from scs.model.steps import Step
from scs.model.storage import Network, Volume


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


@dataclass(frozen=True, slots=True, kw_only=True)
class EndGhost:
    """Ends what lives of the container with this id. `name` is the replica's."""

    id: str
    name: str


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
