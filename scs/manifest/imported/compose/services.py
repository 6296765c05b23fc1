"""From a Compose file to a manifest: a role for each service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scs.manifest.imported import naming, whole
from scs.manifest.imported.compose import ports, process, source, unsaid
from scs.manifest.imported.compose.networks import Networks
from scs.manifest.imported.compose.source import Source
from scs.manifest.imported.compose.values import Ready, Values
from scs.manifest.imported.compose.variables import Variables
from scs.manifest.imported.compose.volumes import Mounts, Place
from scs.manifest.imported.notes import Imported, Notes
from scs.manifest.imported.volumes import Volumes
from scs.manifest.types import Types


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """One file while it is read; `roles` are the names of its services in the manifest."""

    services: Mapping[str, Mapping[str, Any]]
    roles: Mapping[str, str]
    values: Values
    networks: Networks
    mounts: Mounts


def manifest(asked: Source, identity: tuple[str, str | None], types: Types) -> Imported:
    """`identity` is environment and service; without one, what Compose calls the project. Raises Invalid."""
    variables, notes = Variables(asked.environ), Notes()
    found = source.read(asked, variables)
    project = naming.key(variables.resolved(found.get("name") or asked.project), otherwise="service")
    values = Values(variables=variables, notes=notes, prefix=asked.prefix)
    volumes = Volumes(notes, types.volumes)
    unsaid.top(found, notes)
    known = {name: each for name, each in found["services"].items() if not name.startswith("x-")}
    file = _File(
        services=known,
        roles=_roles(known, (identity[0], identity[1] or project)),
        values=values,
        networks=Networks(found, values),
        mounts=Mounts(found, project, volumes, values),
    )
    roles = {role: _role(name, file) for name, role in file.roles.items() if _has_image(name, file)}
    parts = {"networks": file.networks.entries, "volumes": volumes.entries, "containers": roles}
    written = _written(parts, variables, notes)
    return Imported(manifest=whole.manifest((identity[0], identity[1] or project), written), notes=notes.all)


def _roles(services: Mapping[str, Any], identity: tuple[str, str]) -> dict[str, str]:
    longest = max(naming.LONGEST - len("-".join(identity)) - len("--1000"), 1)
    roles: dict[str, str] = {}
    for name in services:
        roles[name] = naming.unused(naming.key(name, otherwise="role", longest=longest), set(roles.values()))
    return roles


def _has_image(name: str, file: _File) -> bool:
    """Without one it is no role; the note on `extends` says why it has none."""
    service = file.services[name]
    has = bool(service.get("image") or service.get("build"))
    if not has:
        unsaid.service(service, f"services.{name}", file.values.notes)
    return has


def _role(name: str, file: _File) -> dict[str, Any]:
    service, role, at = file.services[name], file.roles[name], f"services.{name}"
    values = file.values
    unsaid.service(service, at, values.notes)
    called = [each for each in (name, service.get("container_name")) if each and each != role]
    if service.get("container_name"):
        values.notes.add(
            f"{at}.container_name", "scs names containers after environment, service, role and number",
            "others find it by this name as well, as an alias on its networks",
        )  # fmt: skip
    return whole.role(
        {
            **process.process(service, at, values),
            **process.rights(service, at, values),
            "resources": process.resources(service, at, values),
            "replicas": _replicas(service, at, values),
            "networks": file.networks.of(service, at, called),
            "volumes": file.mounts.of(service, Place(role=role, at=at)),
            "provides": ports.provides(service, at, values),
            "after": _after(service, at, file),
        }
    )


def _replicas(service: Mapping[str, Any], at: str, values: Values) -> int | str | None:
    if service.get("profiles"):
        what = "the role runs no container, as Compose has it without its profile"
        values.notes.add(f"{at}.profiles", what, "set replicas in an overlay")
        return 0
    said = (service.get("deploy") or {}).get("replicas")
    found = values.count(service.get("scale") if said is None else said, f"{at}.deploy.replicas")
    return None if found == 1 else found


def _after(service: Mapping[str, Any], at: str, file: _File) -> list[Any]:
    said = service.get("depends_on") or {}
    conditions = said if isinstance(said, Mapping) else dict.fromkeys(said)
    found: list[str | dict[str, str]] = []
    for name, each in conditions.items():
        where = f"{at}.depends_on.{name}"
        condition = (each or {}).get("condition") or "service_started"
        unsaid.keys(each or {}, ("condition",), where, file.values.notes)
        role = file.roles.get(name)
        if role is None or not _has_image(name, file):
            file.values.notes.add(where, "there is no such role")
        elif condition == "service_healthy" and _is_checked(file.services[name]):
            found.append({"role": role, "condition": "healthy"})
        else:
            if condition == "service_healthy":
                file.values.notes.add(where, f"{name} has no check here to wait for", "give it one, and say healthy")
            elif condition != "service_started":
                file.values.notes.add(where, f"{condition} cannot be said", "run it first, with scs run")
            found.append(role)
    return found


def _is_checked(service: Mapping[str, Any]) -> bool:
    said = service.get("healthcheck") or {}
    return bool(said.get("test")) and said.get("test") != ["NONE"] and not said.get("disable")


def _written(value: Any, variables: Variables, notes: Notes) -> Any:
    """The data with templates for variables, text that looks like one escaped."""
    if isinstance(value, Mapping):
        return {name: _written(each, variables, notes) for name, each in value.items()}
    if isinstance(value, list):
        return [_written(each, variables, notes) for each in value]
    if not isinstance(value, str):
        return value
    for name in variables.unset(value):
        what = f"{name} has no value here, which Compose takes for empty text and scs refuses"
        notes.add(f"${{{name}}}", what, f"set it, or write ${{{name}:-}}")
    return str(value) if isinstance(value, Ready) else variables.template(value)
