"""What runs in a service of a Compose file, and what it may use and do."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from typing import Any

from scs.manifest.imported import health, limits, logs, naming, quantities, tmpfs
from scs.manifest.imported.compose.values import Values, listed

_STOP_GRACE = 10.0
_WORD = re.compile(r"(?!(?:true|false|null)$)[A-Za-z][A-Za-z0-9_./-]*", re.IGNORECASE)


def process(service: Mapping[str, Any], at: str, values: Values) -> dict[str, Any]:
    hosts = service.get("extra_hosts")
    pairs = (
        hosts
        if isinstance(hosts, list)
        else [f"{name}={each}" for name, said in (hosts or {}).items() for each in listed(said)]
    )
    return {
        "image": _image(service, at, values),
        "command": _argv(service.get("command"), f"{at}.command", values) or None,
        "entrypoint": _argv(service.get("entrypoint"), f"{at}.entrypoint", values),
        "user": str(service["user"]) if service.get("user") is not None else None,
        "working_dir": service.get("working_dir"),
        "hostname": service.get("hostname"),
        "env": {
            name: values.variables.of_name(name) or None if value is None else value
            for name, value in values.pairs(service.get("environment")).items()
        },
        "init": values.flag(service.get("init"), f"{at}.init"),
        "labels": _labels(service, at, values),
        "stop": _stop(service, at, values),
        "dns": listed(service.get("dns")),
        "dns_search": listed(service.get("dns_search")),
        "extra_hosts": limits.extra_hosts(pairs, f"{at}.extra_hosts", values.notes),
    }


def _image(service: Mapping[str, Any], at: str, values: Values) -> Any:
    """What is built has no place in a manifest of containers, but an image manifest, which is to be written."""
    build = service.get("build")
    if not build:
        return service.get("image")
    said = {"context": build} if isinstance(build, str) else build
    folder = values.path(values.here(said.get("context") or ".", f"{at}.build.context"))
    file = values.here(said.get("dockerfile") or "Dockerfile", f"{at}.build.dockerfile")
    args = {name: values.here(value, at) for name, value in values.pairs(said.get("args")).items() if value is not None}
    shown = ", ".join(f"{name}: {_quoted(value)}" for name, value in args.items())
    name = naming.key(at.removeprefix("services."), otherwise="image")
    base = f"{{dockerfile: {_quoted(file)}{f', args: {{{shown}}}' if shown else ''}}}"
    values.notes.add(
        f"{at}.build",
        "a manifest builds no image itself",
        f"write {folder}/image.yaml: {{scs: 1, image: {name}, base: {base}}}",
    )
    for key in said:
        if key not in {"context", "dockerfile", "args"}:
            values.notes.add(f"{at}.build.{key}", "cannot be said")
    return service.get("image") or {"manifest": folder}


def _quoted(value: Any) -> str:
    text = str(value)
    return text if _WORD.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _argv(value: Any, at: str, values: Values) -> str | list[str] | None:
    if isinstance(value, list):
        return [str(each) for each in value]
    try:
        words = shlex.split(value) if isinstance(value, str) else None
    except ValueError:
        values.notes.add(at, "this cannot be split into words", "write it as a list")
        return None
    return value if words else words


def _labels(service: Mapping[str, Any], at: str, values: Values) -> dict[str, Any]:
    found = values.texts(service.get("labels"))
    for name in found:
        if name.startswith("scs."):
            values.notes.add(f"{at}.labels.{name}", "labels that begin with 'scs.' are scs's own")
    return {name: value for name, value in found.items() if not name.startswith("scs.")}


def _stop(service: Mapping[str, Any], at: str, values: Values) -> dict[str, Any]:
    signal = service.get("stop_signal")
    grace = values.seconds(service.get("stop_grace_period"), f"{at}.stop_grace_period")
    said = grace is not None and grace != _STOP_GRACE
    return {
        **({"signal": signal} if signal and signal != "SIGTERM" else {}),
        **({"grace": quantities.duration(grace or 0)} if said else {}),
    }


def rights(service: Mapping[str, Any], at: str, values: Values) -> dict[str, Any]:
    logging = service.get("logging") or {}
    options = {key: _text(each) for key, each in (logging.get("options") or {}).items() if each is not None}
    return {
        "restart": _restart(service, at, values),
        "capabilities": limits.capabilities(listed(service.get("cap_add")), listed(service.get("cap_drop"))),
        "devices": _devices(service, at, values),
        "read_only": values.flag(service.get("read_only"), f"{at}.read_only"),
        "tmpfs": _tmpfs(service, at, values),
        "sysctls": values.texts(service.get("sysctls")),
        "security": limits.security(_security(service, values), f"{at}.security_opt", values.notes),
        "privileged": values.flag(service.get("privileged"), f"{at}.privileged"),
        "log": logs.log(logging.get("driver") or "", options),
        "health": _health(service.get("healthcheck") or {}, f"{at}.healthcheck", values),
    }


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _restart(service: Mapping[str, Any], at: str, values: Values) -> Any:
    said = values.here(service.get("restart"), f"{at}.restart")
    if said is None:
        policy = (service.get("deploy") or {}).get("restart_policy") or {}
        word = {"none": "no", "on-failure": "on-failure", "any": "always"}.get(
            str(policy.get("condition", "any")), "no"
        )
        attempts = values.whole(policy.get("max_attempts"), f"{at}.deploy.restart_policy.max_attempts")
        return limits.restart(word if policy else "no", attempts or 0)
    word, _, attempts = said.partition(":")
    if word not in {"no", "always", "unless-stopped", "on-failure"}:
        values.notes.add(f"{at}.restart", f"{said!r} is no restart policy")
        return None
    return limits.restart(word, quantities.count(attempts) or 0)


def _security(service: Mapping[str, Any], values: Values) -> list[str]:
    """A profile is a file, which counts from the Compose file's folder."""
    found = []
    for each in listed(service.get("security_opt")):
        kind, _, rest = each.replace(":", "=", 1).partition("=")
        is_file = kind == "seccomp" and rest not in {"unconfined", "builtin"}
        found.append(f"seccomp={values.path(rest)}" if is_file else f"{kind}={rest}" if rest else each)
    return found


def _devices(service: Mapping[str, Any], at: str, values: Values) -> list[Any]:
    found = []
    for index, each in enumerate(service.get("devices") or ()):
        where = f"{at}.devices[{index}]"
        source, target, permissions = (*str(values.here(each, where)).split(":"), "", "")[:3]
        if isinstance(each, str) and source.startswith("/"):
            found.append(limits.device(source, target or source, permissions or "rwm"))
        else:
            values.notes.add(where, "only a device by its path on the host can be said")
    return found


def _tmpfs(service: Mapping[str, Any], at: str, values: Values) -> dict[str, Any]:
    found = {}
    for each in listed(service.get("tmpfs")):
        path, _, options = values.here(each, f"{at}.tmpfs").partition(":")
        found[path.rstrip("/") or "/"] = tmpfs.options(options, f"{at}.tmpfs", values.notes)
    return found


def _health(said: Mapping[str, Any], at: str, values: Values) -> dict[str, Any] | None:
    test = said.get("test")
    if values.flag(said.get("disable"), f"{at}.disable"):
        test = ["NONE"]
    if not test:
        if any(each is not None for each in said.values()):
            values.notes.add(at, "times alone, for the image's own check, cannot be said", "write the check too")
        return None
    words = ["CMD-SHELL", test] if isinstance(test, str) else [str(each) for each in test]
    keys = ("interval", "timeout", "start_period")
    times = {key: values.seconds(said.get(key), f"{at}.{key}") or 0.0 for key in keys}
    retries = values.whole(said.get("retries"), f"{at}.retries")
    for key in said:
        if key not in {"test", "disable", "retries", *keys}:
            values.notes.add(f"{at}.{key}", "cannot be said")
    return health.check(words, times, retries or 0, (at, values.notes))


def resources(service: Mapping[str, Any], at: str, values: Values) -> dict[str, Any]:
    said = ((service.get("deploy") or {}).get("resources") or {}).get("limits") or {}
    below = f"{at}.deploy.resources.limits"
    cpus, memory, pids = (said.get(key) for key in ("cpus", "memory", "pids"))
    number = quantities.number(values.here(cpus if cpus is not None else service.get("cpus"), f"{at}.cpus"))
    count = values.count(pids if pids is not None else service.get("pids_limit"), f"{at}.pids_limit")
    found = {
        "memory": values.size(memory, f"{below}.memory") or values.size(service.get("mem_limit"), f"{at}.mem_limit"),
        "cpus": None if not number or number < 0 else int(number) if number == int(number) else number,
        "pids": count if isinstance(count, str) or (count is not None and count > 0) else None,
        "ulimits": _ulimits(service.get("ulimits") or {}, f"{at}.ulimits", values),
    }
    return {key: value for key, value in found.items() if value}


def _ulimits(said: Mapping[str, Any], at: str, values: Values) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, each in said.items():
        pair = each if isinstance(each, dict) else {"soft": each, "hard": each}
        soft, hard = (quantities.count(values.here(pair.get(key), f"{at}.{name}")) for key in ("soft", "hard"))
        if soft is None or hard is None:
            values.notes.add(f"{at}.{name}", "is no limit with soft and hard")
        else:
            found[name] = limits.ulimit(soft, hard)
    return found
