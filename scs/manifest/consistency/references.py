"""Roles that name other roles: those and their services must be there, and nobody may wait for himself."""

from __future__ import annotations

from collections.abc import Mapping

from scs.manifest.compile import names, order
from scs.manifest.compile.roles import Role
from scs.manifest.reader import Part
from scs.manifest.syntax import tree
from scs.model.service import FromRole


def check(roles: Mapping[str, Role]) -> None:
    """Roles and services that are named must be there, and nobody may wait for himself."""
    for role in roles.values():
        for required in role.container.requires:
            if isinstance(required.source, FromRole) and required.source.service is None:
                _check_requirement(role, required.name, required.source, roles)
        for part in role.part.items_of("after"):
            _check_after(part, roles)
    _check_cycles(roles)


def _check_requirement(role: Role, name: str, source: FromRole, roles: Mapping[str, Role]) -> None:
    part = role.part.nearest("requires", name)
    named = part.nearest("role")
    if source.role not in roles:
        named.problem(
            f"there is no role {tree.shown(source.role)} in this manifest", names.hint(source.role, "role", roles)
        )
        return
    provider = roles[source.role]
    offered = [one.name for one in provider.container.provides]
    if source.provided in offered or not provider.services_known:
        return
    near = tree.near(source.provided, offered)
    listed = f"it provides {', '.join(offered)}" if offered else "it provides nothing"
    message = f"role {tree.shown(source.role)} does not provide {tree.shown(source.provided)}"
    (part.enter("provided") or named).problem(message, near or listed)


def _check_after(part: Part, roles: Mapping[str, Role]) -> None:
    named = part.nearest("role")
    if not names.known(named, "role", roles) or not part.is_map or part.text_of("condition") != "healthy":
        return
    other = roles[named.text]
    if not other.container.checks and other.services_known and _may_lack_health(other.part):
        part.nearest("condition").problem(
            f"role {tree.shown(named.text)} has no check that could say it is healthy",
            "give it health:, or a check: to a service that it provides; or wait for condition: started",
        )


def _may_lack_health(part: Part) -> bool:
    said = part.enter("health")
    return said is None or said.sound


def _check_cycles(roles: Mapping[str, Role]) -> None:
    edges = {name: _needed(role, roles) for name, role in roles.items()}
    for cycle in order.cycles(edges):
        roles[cycle[0]].part.problem(
            f"these roles wait for each other: {' -> '.join(cycle)}",
            "let one go on without the other: optional: true at its requirement, or take it out of after:",
        )


def _needed(role: Role, roles: Mapping[str, Role]) -> tuple[str, ...]:
    """The roles that have to be there before this one starts; an optional requirement waits for nobody."""
    own = (one.source for one in role.container.requires if not one.optional)
    required = {one.role for one in own if isinstance(one, FromRole) and one.service is None}
    return tuple(sorted((required | {one.role for one in role.container.after}) & set(roles)))
