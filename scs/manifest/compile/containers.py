"""How a role's process runs: what needs neither its image nor any other part of the manifest."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import cast

from scs.manifest.compile import quantities
from scs.manifest.reader import Part
from scs.model.container import Logging, Naming, Process, Resources, Restart, RestartPolicy

RUN = "/run/scs"
"""Inside every container: what scs keeps current there."""


def argv(part: Part | None) -> tuple[str, ...] | None:
    """A list as it is; a text split as a shell splits words, without a shell."""
    if part is None:
        return None
    if part.is_list:
        return part.strings
    try:
        return tuple(shlex.split(part.text))
    except ValueError as error:
        part.problem(f"this cannot be split into words: {str(error).lower()}", "write it as a list")
        return None


def process(role: Part) -> Process:
    stop = role.get("stop")
    return Process(
        command=argv(role.get("command")),
        entrypoint=argv(role.get("entrypoint")),
        user=role.text_of("user"),
        working_dir=role.text_of("working_dir"),
        env=role.texts_of("env"),
        hostname=role.text_of("hostname"),
        init=role.flag_of("init"),
        stop_signal="" if stop is None else stop.text_of("signal"),
        stop_grace=quantities.duration(None if stop is None else stop.get("grace"), Process().stop_grace),
    )


def resources(role: Part) -> Resources:
    part = role.get("resources")
    if part is None:
        return Resources()
    cpus, pids, limits = part.get("cpus"), part.get("pids"), part.get("ulimits")
    value = None if cpus is None else cpus.node.value
    return Resources(
        memory=quantities.size(part.get("memory")),
        cpus=float(value) if isinstance(value, (int, float)) else None,
        pids=None if pids is None else pids.number,
        ulimits={} if limits is None else {name: _ulimit(each) for name, each in limits.entries()},
    )


def _ulimit(part: Part) -> tuple[int, int]:
    soft, hard = part.get("soft"), part.get("hard")
    if soft is None or hard is None:
        return part.number, part.number
    if -1 < hard.number < soft.number:
        part.problem(f"the soft limit {soft.number} is above the hard limit {hard.number}", "let soft be at most hard")
    return soft.number, hard.number


def restart(role: Part) -> Restart:
    part = role.get("restart")
    if part is None:
        return Restart()
    # The schema has seen to it that it is one of these words.
    policy = cast(RestartPolicy, part.text_of("policy", "on-failure") if part.is_map else part.text)
    attempts = part.get("attempts")
    return Restart(policy=policy, attempts=0 if attempts is None else attempts.number)


def logging(role: Part) -> Logging:
    """Other drivers than `json-file` get no options but those that the manifest names."""
    part = role.get("log")
    default = Logging()
    if part is None:
        return default
    driver = part.text_of("driver", default.driver)
    options = part.texts_of("options")
    given = default.options if driver == default.driver else {}
    return Logging(driver=driver, options={**given, **options})


def tmpfs(role: Part) -> Mapping[str, str]:
    """Options as the engine takes them, by path."""
    return {path: _tmpfs(each) for path, each in role.entries_of("tmpfs") if not is_reserved(path, each)}


def is_reserved(path: str | None, part: Part) -> bool:
    """Whether nothing may be mounted at the path, because scs mounts something there; takes down a problem."""
    reserved = path is not None and f"{path}/".startswith(f"{RUN}/")
    if reserved:
        part.named(str(path)).problem(f"{RUN} belongs to scs", "mount it elsewhere")
    return reserved


def _tmpfs(part: Part) -> str:
    limit, bits = quantities.size(part.get("size")), quantities.mode(part.get("mode"))
    options = {"size": limit, "mode": None if bits is None else f"{bits:04o}"}
    return ",".join(f"{key}={value}" for key, value in options.items() if value is not None)


def naming(role: Part) -> Naming:
    return Naming(
        dns=role.strings_of("dns"),
        dns_search=role.strings_of("dns_search"),
        extra_hosts=role.texts_of("extra_hosts"),
    )
