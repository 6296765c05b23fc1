"""The static form of a compiled manifest: JSON data and its text; not read back by anything.

    scs: 1              version of this form
    kind: manifest
    environment, service
    networks            key, name, type, digest, options
    volumes             the same, and parent and scope; each after the one that it lies in
    images              tag and kind (debian, reference, built), each after those it stands on; of a built one
                        all that decides its digest: base, steps, sources (mode, SHA-256), files, process
    secrets             name, and where the value is to be had; of an encrypted one the digest of the encrypted text
    containers          name, role, number, image's tag, digest, digest of each part, and the wish itself
    jobs                the same, and timeout and inputs; left out where there are none

What is empty or false is left out. Nothing depends on the machine, but host paths that are the wish itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, assert_never

from scs.manifest.syntax import block
from scs.model.container import Container, Update
from scs.model.desired import Desired
from scs.model.files import Command, ContainerFile, Fixed, Signal
from scs.model.identity import digest
from scs.model.image import (
    BuildStep,
    BuiltImage,
    Copy,
    DebianBase,
    DockerfileBase,
    Image,
    ImageFile,
    Packages,
    Puppet,
    ReferencedImage,
    Run,
    SetEnv,
    Source,
)
from scs.model.secret import Encrypted, FromCommand, FromFile, FromVariable, Secret
from scs.model.service import Check, ExecCheck, FromRole, HttpCheck, Provided, Required, Static, TcpCheck
from scs.model.storage import Network, Volume

VERSION = 1

_WISH = (
    "process", "resources", "security", "logging", "restart",
    "mounts", "tmpfs", "attachments", "naming", "labels", "after",
)  # fmt: skip
_EMPTY: tuple[Any, ...] = ("", [], {})


def static(desired: Desired) -> dict[str, Any]:
    """The static form as JSON data."""
    return {
        "scs": VERSION,
        "kind": "manifest",
        "environment": desired.identity.environment,
        "service": desired.identity.service,
        "networks": [_stored(network) for network in desired.networks],
        "volumes": [_stored(volume) for volume in desired.volumes],
        "images": [_image(one) for one in desired.images],
        **_filled({"secrets": {one.name: _secret(one) for one in desired.secrets}}),
        "containers": [_container(container) for container in desired.containers],
        **_filled({"jobs": [_container(job) for job in desired.jobs]}),
    }


def text(desired: Desired, *, as_json: bool = False) -> str:
    """The static form as YAML, or as JSON; to be written in UTF-8, whatever the locale."""
    data = static(desired)
    return json.dumps(data, sort_keys=False, indent=2) + "\n" if as_json else block.text(data)


def _image(value: Image | DebianBase) -> dict[str, Any]:
    """One image in the form that it has in `images`."""
    match value:
        case DebianBase(suite=suite):
            return {"tag": value.tag, "kind": "debian", "suite": suite}
        case ReferencedImage(pull=pull):
            return {"tag": value.tag, "kind": "reference", "pull": pull.value}
        case BuiltImage():
            return {"tag": value.tag, "kind": "built", **_built(value)}
        case _:
            assert_never(value)


def _built(value: BuiltImage) -> dict[str, Any]:
    shown = {
        "base": _base(value.base),
        "steps": [_step(step) for step in value.steps],
        "sources": [_source(source) for source in value.sources],
        "files": [_file(file) for file in value.files],
        "volumes": {point.name: point.path for point in value.volumes},
        "provides": {one.name: _provided(one) for one in value.provides},
        "requires": {one.name: _required(one) for one in value.requires},
    }
    plain = ("command", "entrypoint", "user", "working_dir", "stop_signal", "about")
    own = {key: _shown(getattr(value, key)) for key in plain}
    return {"name": value.name, "digest": value.digest, **_filled({**shown, **own})}


def _base(base: DebianBase | ReferencedImage | BuiltImage | DockerfileBase) -> str | dict[str, Any]:
    if not isinstance(base, DockerfileBase):
        return base.tag
    parent = "" if base.parent is None else base.parent.tag
    return _filled({"dockerfile": base.dockerfile, "args": _shown(base.args), "from": parent})


def _step(step: BuildStep) -> dict[str, Any]:
    match step:
        case Packages(names=names):
            return {"packages": list(names)}
        case Copy(source=source, target=target):
            return {"copy": {source: target}}
        case Run(command=command):
            return {"run": command if isinstance(command, str) else list(command)}
        case SetEnv(env=env):
            return {"env": _shown(env)}
        case Puppet(modules=modules, class_name=name, parameters=parameters):
            return {"puppet": {"modules": modules, "class": name, "parameters": _shown(parameters)}}
        case _:
            assert_never(step)


def _source(source: Source) -> dict[str, Any]:
    link = {} if source.link is None else {"link": source.link}
    return {"path": source.path, "mode": f"{source.mode:04o}", "sha256": source.sha256, **link}


def _file(file: ImageFile) -> dict[str, Any]:
    return {"path": file.path, "mode": f"{file.mode:04o}", "owner": file.owner, "content": file.content}


def _container_file(file: ContainerFile) -> dict[str, Any]:
    content = file.content
    said = (
        {"content": content.text}
        if isinstance(content, Fixed)
        else {"template": content.source, "requires": list(content.requires)}
    )
    match file.on_change:
        case Signal(name=name):
            on_change: Any = {"signal": name}
        case Command(words=words):
            on_change = list(words)
        case word:
            on_change = word
    return {"path": file.path, "mode": f"{file.mode:04o}", "owner": file.owner, "on_change": on_change, **said}


def _stored(value: Volume | Network) -> dict[str, Any]:
    shown = {"key": value.key, "name": value.name, "type": value.type, "digest": value.digest}
    if isinstance(value, Volume):
        shown |= {"scope": value.scope, "parent": value.parent or ""}
    return _filled({**shown, "options": _shown(value.options)})


def _secret(secret: Secret) -> dict[str, Any]:
    source = secret.source
    match source:
        case FromFile(path=path):
            return {"file": path}
        case FromVariable(variable=variable):
            return {"env": variable}
        case FromCommand(command=command):
            return {"command": list(command)}
        case Encrypted(text=encrypted, identity=identity):
            return _filled({"age": digest(encrypted), "identity": identity})
        case _:
            assert_never(source)


def _container(value: Container) -> dict[str, Any]:
    special = {
        "health": None if value.health is None else _check(value.health),
        "provides": {one.name: _provided(one) for one in value.provides},
        "requires": {one.name: _required(one) for one in value.requires},
    }
    wish = {key: _shown(getattr(value, key)) for key in _WISH}
    wish["secrets"] = [{**_shown(one), "mode": f"{one.mode:04o}"} for one in value.secrets]
    wish["files"] = [_container_file(one) for one in value.files]
    wish["update"] = {} if value.update == Update() else _shown(value.update)
    return {
        "name": value.name,
        "role": value.role,
        "number": value.number,
        "image": value.image.tag,
        "digest": value.digest,
        "parts": dict(value.parts),
        **_filled({**wish, **special, **({} if value.job is None else _shown(value.job))}),
    }


def _provided(value: Provided) -> dict[str, Any]:
    publish = None
    if value.publish is not None:
        publish = _filled({"port": value.publish.port or "auto", "address": value.publish.address})
    check = None if value.check is None else _check(value.check)
    return _filled({"port": value.port, "protocol": value.protocol, "publish": publish, "check": check})


def _required(value: Required) -> dict[str, Any]:
    source: dict[str, Any] = {}
    match value.source:
        case None:
            pass
        case FromRole(role=role, provided=provided, service=service):
            source = {"role": role if service is None else f"{service}/{role}", "provided": provided}
        case Static(endpoints=endpoints):
            source = {"endpoints": [endpoint.address for endpoint in endpoints]}
        case _:
            assert_never(value.source)
    return _filled({**source, "optional": value.optional, "on_change": _shown(value.on_change)})


def _check(value: Check) -> dict[str, Any]:
    probe: dict[str, Any]
    match value.probe:
        case HttpCheck(path=path):
            probe = {"http": path, "port": value.port}
        case TcpCheck():
            probe = {"tcp": value.port}
        case ExecCheck(command=command):
            probe = {"exec": list(command)}
        case _:
            assert_never(value.probe)
    times = ("interval", "timeout", "retries", "start_period")
    return {**probe, **{key: getattr(value, key) for key in times}}


def _shown(value: Any) -> Any:
    """A value as JSON data: maps sorted by key, nothing empty or false in a dataclass."""
    if is_dataclass(value) and not isinstance(value, type):
        return _filled({field.name: _shown(getattr(value, field.name)) for field in fields(value)})
    if isinstance(value, Mapping):
        return {key: _shown(value[key]) for key in sorted(value)}
    if isinstance(value, (tuple, list)):
        return [_shown(one) for one in value]
    return value


def _filled(shown: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in shown.items() if not _is_empty(value)}


def _is_empty(value: Any) -> bool:
    # 0 equals False, and is not nothing.
    return value is None or value is False or value in _EMPTY
