"""How a role's process runs: what needs neither its image nor any other part of the manifest."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import cast

from scs.manifest import paths
from scs.manifest.compile import logs, quantities
from scs.manifest.reader import Part
from scs.model.container import (
    RUN_FOLDER,
    Logging,
    Naming,
    OnFailure,
    Order,
    Process,
    Resources,
    Restart,
    RestartPolicy,
    Update,
)

LEAST_MEMORY = 6 * 1024**2
"""What the engine gives a container at least."""
_ENGINES = {"/proc", "/dev", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf"}


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
        memory=_memory(part.get("memory")),
        cpus=float(value) if isinstance(value, (int, float)) else None,
        pids=None if pids is None else pids.number,
        ulimits={} if limits is None else {name: _ulimit(name, each) for name, each in limits.entries()},
    )


def _memory(part: Part | None) -> int | None:
    found = quantities.size(part)
    if part is not None and found is not None and found < LEAST_MEMORY:
        part.problem(f"{part.text} is less than the engine takes, which is 6 MiB", "write 6MiB or more")
    return found


def _ulimit(name: str, part: Part) -> tuple[int, int]:
    soft, hard = part.get("soft") or part, part.get("hard") or part
    if name == "nofile" and hard.number == -1:
        hard.problem("the kernel has no nofile without a limit", "write a number such as 1048576")
    elif hard.number not in {soft.number, -1} and (soft.number == -1 or soft.number > hard.number):
        told = "-1, which is none, is" if soft.number == -1 else f"{soft.number} is"
        part.problem(f"the soft limit {told} above the hard limit {hard.number}", "let soft be at most hard")
    return soft.number, hard.number


def restart(role: Part) -> Restart:
    part = role.get("restart")
    if part is None:
        return Restart()
    # The schema has seen to it that it is one of these words.
    policy = cast(RestartPolicy, part.text_of("policy", "on-failure") if part.is_map else part.text)
    attempts = part.get("attempts")
    return Restart(policy=policy, attempts=0 if attempts is None else attempts.number)


def update(role: Part) -> Update:
    part = role.get("update")
    default = Update()
    if part is None:
        return default
    parallel = part.get("parallel")
    # The schema has seen to it that these are its words.
    return Update(
        parallel=default.parallel if parallel is None else parallel.number,
        order=cast(Order, part.text_of("order")),
        monitor=quantities.duration(part.get("monitor"), default.monitor),
        on_failure=cast(OnFailure, part.text_of("on_failure", default.on_failure)),
    )


def logging(role: Part) -> Logging:
    """Other drivers than `json-file` get no options but those that the manifest names."""
    part = role.get("log")
    default = Logging()
    if part is None:
        return default
    driver = part.text_of("driver", default.driver)
    options = part.texts_of("options")
    logs.check(part, driver)
    given = default.options if driver == default.driver else {}
    return Logging(driver=driver, options={**given, **options})


def tmpfs(role: Part) -> Mapping[str, str]:
    """Options as the engine takes them, by path."""
    return {path: _tmpfs(path, each) for path, each in role.entries_of("tmpfs") if not is_reserved(path, each)}


def is_reserved(path: str | None, part: Part) -> bool:
    """Whether nothing may be mounted at the path, because scs mounts something there; takes down a problem."""
    reserved = path is not None and paths.within(path, RUN_FOLDER)
    if reserved:
        part.named(str(path)).problem(f"{RUN_FOLDER} belongs to scs", "mount it elsewhere")
    return reserved


def _tmpfs(path: str, part: Part) -> str:
    if path in _ENGINES:
        part.named(path).problem(f"{path} belongs to the engine, which starts no container without it", "take it out")
    limit, bits = quantities.size(part.get("size")), quantities.mode(part.get("mode"), None)
    options = {"size": limit, "mode": None if bits is None else f"{bits:04o}"}
    return ",".join(f"{key}={value}" for key, value in options.items() if value is not None)


def naming(role: Part) -> Naming:
    return Naming(
        dns=role.strings_of("dns"),
        dns_search=role.strings_of("dns_search"),
        extra_hosts=role.texts_of("extra_hosts"),
    )
