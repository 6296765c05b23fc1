"""Roles and jobs that name others: those and their services must be there, and nobody may wait for himself."""

from __future__ import annotations

from collections.abc import Mapping

from scs.manifest.compile import names, order
from scs.manifest.compile.roles import Role
from scs.manifest.reader import Part
from scs.manifest.syntax import tree
from scs.model.service import FromRole


def check(roles: Mapping[str, Role], jobs: Mapping[str, Role]) -> None:
    """Roles, jobs and services that are named must be there, and nobody may wait for himself."""
    everything = {**jobs, **roles}
    for name in sorted(jobs.keys() & roles.keys()):
        jobs[name].part.problem(f"{roles[name].part.where} is called so too", "give the job another name")
    for role in (*roles.values(), *jobs.values()):
        for required in role.container.requires:
            if isinstance(required.source, FromRole) and required.source.service is None:
                _check_requirement(role, required.name, required.source, roles)
        for part in role.part.items_of("after"):
            _check_after(part, everything)
    _check_cycles(everything)


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


def _check_after(part: Part, everything: Mapping[str, Role]) -> None:
    named = part.nearest("role")
    condition = part.text_of("condition", "started") if part.is_map else "started"
    if not names.known(named, "job" if condition == "completed" else "role", everything):
        return
    other = everything[named.text]
    is_job = other.container.job is not None
    if is_job != (condition == "completed"):
        what, instead = ("is a job", "completed") if is_job else ("is a role, which does not end", "started")
        part.nearest("condition").problem(
            f"{tree.shown(named.text)} {what}", f"write {{role: {named.text}, condition: {instead}}}"
        )
    elif condition == "healthy" and not other.container.checks and other.services_known:
        _check_health(part, other)


def _check_health(part: Part, other: Role) -> None:
    if _may_lack_health(other.part):
        part.nearest("condition").problem(
            f"role {tree.shown(other.name)} has no check that could say it is healthy",
            "give it health:, or a check: to a service that it provides; or wait for condition: started",
        )


def _may_lack_health(part: Part) -> bool:
    said = part.enter("health")
    return said is None or said.sound


def _check_cycles(roles: Mapping[str, Role]) -> None:
    edges = {name: _needed(role, roles) for name, role in roles.items()}
    for cycle in order.cycles(edges):
        jobs = any(roles[name].container.job is not None for name in cycle)
        roles[cycle[0]].part.problem(
            f"these roles{' and jobs' if jobs else ''} wait for each other: {' -> '.join(cycle)}",
            "let one go on without the other: optional: true at its requirement, or take it out of after:",
        )


def _needed(role: Role, roles: Mapping[str, Role]) -> tuple[str, ...]:
    """The roles that have to be there before this one starts; an optional requirement waits for nobody."""
    own = (one.source for one in role.container.requires if not one.optional)
    required = {one.role for one in own if isinstance(one, FromRole) and one.service is None}
    return tuple(sorted((required | {one.role for one in role.container.after}) & roles.keys()))
