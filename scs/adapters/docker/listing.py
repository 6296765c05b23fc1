"""From the engine's lists, as JSON, to observed values; asks nothing itself."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from scs.adapters.docker import lists
from scs.model.observed import (
    EngineFacts,
    Health,
    Listing,
    ObservedAttachment,
    ObservedContainer,
    ObservedImage,
    ObservedNetwork,
    ObservedVolume,
    PublishedPort,
    State,
)

STATES: Mapping[str, State] = {state: state for state in get_args(State)}
HEALTH: Mapping[str, Health] = {
    "healthy": "healthy",
    "unhealthy": "unhealthy",
    "health: starting": "starting",
}
IN_STATUS = re.compile(rf"\(({'|'.join(HEALTH)})\)$")
UNTAGGED = "<none>"


class GarbledError(ValueError):
    """The answer is not what an engine says."""


def whole(answers: Mapping[str, bytes], version: str) -> Listing:
    """All four lists. Raises ValueError where one of them is not what an engine says."""
    said = {name: json.loads(answer) for name, answer in answers.items()}
    return Listing(
        containers=containers(said["containers"]),
        networks=networks(said["networks"]),
        volumes=volumes(said["volumes"]),
        images=images(said["images"]),
        words=lists.lasting(answers, version),
    )


def containers(answer: object) -> tuple[ObservedContainer, ...]:
    return tuple(_container(one) for one in _listed(answer))


def networks(answer: object) -> tuple[ObservedNetwork, ...]:
    return tuple(_network(one) for one in _listed(answer))


def volumes(answer: object) -> tuple[ObservedVolume, ...]:
    if answer is None or "Volumes" not in _object(answer):
        raise GarbledError("the list of volumes is missing")
    return tuple(_volume(one) for one in _objects(_object(answer)["Volumes"]))


def images(answer: object) -> tuple[ObservedImage, ...]:
    return tuple(_image(one) for one in _listed(answer))


def facts(answer: object) -> EngineFacts:
    """From `GET /info`. Plug-ins are listed with a tag that nobody writes in a manifest."""
    info = _object(answer)
    drivers = _object(info.get("Plugins")).get("Log") or ()
    return EngineFacts(
        cpus=int(info.get("NCPU") or 0),
        log_drivers=frozenset(name for one in drivers for name in (str(one), str(one).removesuffix(":latest"))),
        folder=_text(info, "DockerRootDir"),
    )


def _container(one: Mapping[str, Any]) -> ObservedContainer:
    status = _text(one, "Status")
    attached = _object(_object(one.get("NetworkSettings")).get("Networks"))
    return ObservedContainer(
        id=_needed(one, "Id"),
        name=_name(one.get("Names")),
        labels=_texts(one.get("Labels")),
        image=_text(one, "Image"),
        image_id=_text(one, "ImageID"),
        command=_text(one, "Command"),
        state=_state(_needed(one, "State")),
        status=status,
        health=_health(status),
        created=_number(one, "Created"),
        network_mode=_text(_object(one.get("HostConfig")), "NetworkMode"),
        ports=tuple(_port(port) for port in _objects(one.get("Ports")) if port.get("PublicPort")),
        attachments=tuple(_attachment(name, _object(seen)) for name, seen in attached.items()),
        volumes=tuple(_text(mount, "Name") for mount in _objects(one.get("Mounts")) if mount.get("Type") == "volume"),
    )


def _name(names: object) -> str:
    """Without the slash. Links of old give further names, with two."""
    own = [name for name in _sequence(names) if isinstance(name, str) and name.count("/") == 1]
    return own[0].removeprefix("/") if own else ""


def _state(word: str) -> State:
    """An unknown word is no reason to read nothing of the engine: the container may be anybody's.

    It counts as being removed, since nothing is done to such a container, and that is said.
    """
    return STATES.get(word, "removing")


def _health(status: str) -> Health:
    found = IN_STATUS.search(status)
    return HEALTH[found[1]] if found else ""


def _port(one: Mapping[str, Any]) -> PublishedPort:
    return PublishedPort(
        address=_text(one, "IP") or "0.0.0.0",
        port=_number(one, "PublicPort"),
        container_port=_number(one, "PrivatePort"),
        protocol=_text(one, "Type"),
    )


def _attachment(network: str, one: Mapping[str, Any]) -> ObservedAttachment:
    """The engine knows the network's id only once the container has been started."""
    address = _text(one, "IPAddress") or _text(one, "GlobalIPv6Address")
    asked = _object(one.get("IPAMConfig"))
    fixed = frozenset(filter(None, (_text(asked, "IPv4Address"), _text(asked, "IPv6Address"))))
    return ObservedAttachment(network=network, network_id=_text(one, "NetworkID"), address=address, fixed=fixed)


def _network(one: Mapping[str, Any]) -> ObservedNetwork:
    pools = _objects(_object(one.get("IPAM")).get("Config"))
    return ObservedNetwork(
        id=_needed(one, "Id"),
        name=_needed(one, "Name"),
        driver=_text(one, "Driver"),
        labels=_texts(one.get("Labels")),
        subnets=tuple(subnet for pool in pools if (subnet := _text(pool, "Subnet"))),
        options=_texts(one.get("Options")),
        internal=one.get("Internal") is True,
    )


def _volume(one: Mapping[str, Any]) -> ObservedVolume:
    return ObservedVolume(
        name=_needed(one, "Name"),
        driver=_text(one, "Driver"),
        labels=_texts(one.get("Labels")),
        options=_texts(one.get("Options")),
        mountpoint=_text(one, "Mountpoint"),
    )


def _image(one: Mapping[str, Any]) -> ObservedImage:
    """A digest (`nginx@sha256:…`) is a name as good as a tag."""
    names = (*_sequence(one.get("RepoTags")), *_sequence(one.get("RepoDigests")))
    return ObservedImage(
        id=_needed(one, "Id"),
        tags=tuple(name for name in names if isinstance(name, str) and UNTAGGED not in name),
        labels=_texts(one.get("Labels")),
        size=_number(one, "Size"),
        created=_number(one, "Created"),
    )


def _listed(answer: object) -> Sequence[Mapping[str, Any]]:
    """Nothing at all is no list: what it stood for would count as gone."""
    if answer is None:
        raise GarbledError("the list is missing")
    return _objects(answer)


def _sequence(value: object) -> Sequence[object]:
    """The engine says null for an empty list."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise GarbledError("a list is expected")
    return value


def _objects(value: object) -> Sequence[Mapping[str, Any]]:
    return [_object(one) for one in _sequence(value)]


def _object(value: object) -> Mapping[str, Any]:
    """The engine says null for an empty map."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise GarbledError("a map is expected")
    return value


def _texts(value: object) -> Mapping[str, str]:
    return {key: item for key, item in _object(value).items() if isinstance(item, str)}


def _text(one: Mapping[str, Any], key: str) -> str:
    value = one.get(key)
    return value if isinstance(value, str) else ""


def _needed(one: Mapping[str, Any], key: str) -> str:
    value = _text(one, key)
    if not value:
        raise GarbledError(f"{key} is missing")
    return value


def _number(one: Mapping[str, Any], key: str) -> int:
    value = one.get(key)
    return value if isinstance(value, int) else 0
