"""Small manifests and worlds for the planner's tests, written as values."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from scs.model import labels
from scs.model.container import Attachment, Container
from scs.model.desired import Desired
from scs.model.identity import Digest, Identity, digest
from scs.model.image import ReferencedImage
from scs.model.observed import (
    Listing,
    Observed,
    ObservedAttachment,
    ObservedContainer,
    ObservedImage,
    ObservedNetwork,
    RunFolder,
    SeenNetwork,
    SeenVolume,
    State,
)
from scs.model.plan import Goals, Plan
from scs.model.service import Check, Endpoint, FromRole, HttpCheck, Provided, Publish, Required
from scs.model.steps import Absent, Do, Observation, Present, Step, Steps
from scs.model.storage import EngineNetwork, HostPath, Network, Volume
from scs.plan import endpoints, files, invariants, reconcile, situation

BLOG = Identity(environment="dev", service="blog")
IMAGE_ID = "sha256:1"
HTTP = Provided(name="http", port=80, publish=Publish(port=8080), check=Check(probe=HttpCheck(), port=80))
MYSQL = Provided(name="mysql", port=3306)
NEEDS_MYSQL = Required(name="mysql", source=FromRole(role="db", provided="mysql"))
NETWORK = Network(identity=BLOG, key="blog", name="dev-blog-blog", type="bridge", digest=digest("blog"))
VOLUME = Volume(identity=BLOG, key="data", name="dev-blog-data", type="local", digest=digest("data"))
ON_NETWORK = (Attachment(network=NETWORK.name, identity=NETWORK.digest),)
MADE = Present()
GONE = Absent()
APPLY = Goals()


def container(role: str, number: int = 1, **extra: Any) -> Container:
    """A container of the blog on its network."""
    settings = {"image": ReferencedImage(reference="bb:1"), "attachments": ON_NETWORK, **extra}
    return Container(identity=BLOG, role=role, number=number, **settings)


def desired(
    *containers: Container, volumes: tuple[Volume, ...] = (), networks: tuple[Network, ...] = (NETWORK,)
) -> Desired:
    return Desired(identity=BLOG, containers=containers, networks=networks, volumes=volumes)


def running(
    wish: Container, state: State = "running", *, told: tuple[Endpoint, ...] = (), **extra: Any
) -> ObservedContainer:
    """The wish as scs would have made it; `told` are the endpoints of each of its requirements."""
    settings: dict[str, Any] = {
        "id": f"id-{wish.name}",
        "name": wish.name,
        "image_id": IMAGE_ID,
        "state": state,
        "status": "Up 3 minutes" if state == "running" else f"{state.capitalize()} (1) 3 minutes ago",
        "attachments": tuple(
            ObservedAttachment(network=one.network, network_id="net-1", address="10.11.12.9")
            for one in wish.attachments
        ),
        "labels": {
            labels.ENVIRONMENT: wish.identity.environment,
            labels.SERVICE: wish.identity.service,
            labels.ROLE: wish.role,
            labels.NUMBER: str(wish.number),
            labels.DIGEST: wish.digest,
            labels.PARTS: json.dumps({part: files.short(full) for part, full in wish.parts.items()}),
            labels.REQUIRES: json.dumps({one.name: digest(told) for one in wish.requires}),
            labels.PROVIDES: json.dumps(
                {one.name: {"port": one.port, "protocol": one.protocol} for one in wish.provides}
            ),
        },
    }
    return ObservedContainer(**{**settings, **extra})


def world(
    *containers: ObservedContainer,
    images: tuple[ObservedImage, ...] = (ObservedImage(id=IMAGE_ID, tags=("bb:1",)),),
    networks: Iterable[SeenNetwork] | None = None,
    volumes: Iterable[SeenVolume] = (),
    **extra: Any,
) -> Observed:
    """A world where everything but the containers is as asked for, unless said otherwise."""
    verified = frozenset(one.id for one in containers)
    settings: dict[str, Any] = {"run_folder": RunFolder(verified=verified), "host_address": "198.18.0.2", **extra}
    return Observed(
        listing=Listing(
            containers=containers, images=images, networks=(ObservedNetwork(id="net-1", name=NETWORK.name),)
        ),
        networks={one.network.name: one for one in (seen(NETWORK),) if networks is None}
        | {one.network.name: one for one in networks or ()},
        volumes={one.volume.name: one for one in volumes},
        **settings,
    )


def seen(network: Network, observation: Observation = MADE, steps: Steps | None = None) -> SeenNetwork:
    made = Do() if isinstance(observation, Present) else Do(steps=(Step(operation="create", says="create it"),))
    attaching = EngineNetwork(name=network.name)
    return SeenNetwork(network=network, attaching=attaching, observation=observation, steps=steps or made)


def seen_volume(volume: Volume, observation: Observation = MADE, steps: Steps | None = None) -> SeenVolume:
    made = Do() if isinstance(observation, Present) else Do(steps=(Step(operation="create", says="make the folder"),))
    binding = HostPath(path="/srv/data") if isinstance(observation, Present) else None
    return SeenVolume(volume=volume, observation=observation, steps=steps or made, binding=binding)


def plan(wish: Desired, there: Observed, goals: Goals = APPLY) -> Plan:
    """The plan, which must keep every invariant and be the same when the engine answers in another order."""
    found = reconcile.plan(wish, there, goals)
    invariants.hold(found, wish, there, goals)
    turned = replace(there, listing=replace(there.listing, containers=there.listing.containers[::-1]))
    assert reconcile.plan(wish, turned, goals) == found
    return found


def endpoints_of(wish: Container, requirement: str, all_of_it: Desired, there: Observed) -> endpoints.Resolution:
    required = next(one for one in wish.requires if one.name == requirement)
    return endpoints.resolve(required, wish, all_of_it, there)


def old_digest(one: ObservedContainer, *parts: str) -> ObservedContainer:
    """The same container, made from another wish that differed in these parts."""
    before = json.loads(one.labels[labels.PARTS])
    changed = {**before, **dict.fromkeys(parts, "0" * 16)}
    other = {labels.DIGEST: Digest("v1:" + "0" * 64), labels.PARTS: json.dumps(changed)}
    return replace(one, labels={**one.labels, **other})


def survey(wish: Desired, there: Observed) -> situation.Situation:
    return situation.survey(wish, there, Goals())
