"""The shape of what is read of a Compose file, as a JSON Schema: enough that nothing else has to doubt a type."""

from __future__ import annotations

from typing import Any

Shape = dict[str, Any]

_SCALAR: Shape = {"type": ["string", "number", "boolean", "null"]}
_TEXT: Shape = {"type": ["string", "null"]}
_NUMBER: Shape = {"type": ["number", "string", "null"]}
_FLAG: Shape = {"type": ["boolean", "string", "null"]}
_TEXTS: Shape = {"type": ["array", "null"], "items": {"type": ["string", "number"]}}
_WORDS: Shape = {"type": ["array", "string", "null"], "items": {"type": ["string", "number"]}}
_PAIRS: Shape = {"type": ["object", "array", "null"], "items": {"type": "string"}, "additionalProperties": _SCALAR}
_ANY_MAP: Shape = {"type": ["object", "null"]}


def _map(required: tuple[str, ...] = (), **properties: Shape) -> Shape:
    return {"type": ["object", "null"], "properties": properties, "required": list(required)}


def _all(one: Shape) -> Shape:
    return {"type": ["object", "null"], "patternProperties": {"^x-": True}, "additionalProperties": one}


def _each(one: Shape, *more: str) -> Shape:
    """A list, or what else is named."""
    return {"type": ["array", "null", *more], "items": one}


_PORT: Shape = {**_map(("target",), target=_NUMBER, published=_NUMBER, host_ip=_TEXT, protocol=_TEXT),
                "type": ["object", "string", "number"]}  # fmt: skip
_VOLUME: Shape = {
    **_map(
        ("target",), type=_TEXT, source=_TEXT, target=_TEXT, read_only=_FLAG, bind=_ANY_MAP,
        volume=_map(nocopy=_FLAG, subpath=_TEXT), tmpfs=_map(size=_NUMBER, mode=_NUMBER),
    ),
    "type": ["object", "string"],
}  # fmt: skip
_ATTACHMENT = _map(aliases=_TEXTS, ipv4_address=_TEXT, ipv6_address=_TEXT)
_LIMITS = _map(cpus=_NUMBER, memory=_NUMBER, pids=_NUMBER)
_DEPLOY = _map(
    replicas=_NUMBER,
    resources=_map(limits=_LIMITS),
    restart_policy=_map(condition=_TEXT, max_attempts=_NUMBER),
)
_SERVICE = _map(
    image=_TEXT,
    build={**_map(context=_TEXT, dockerfile=_TEXT, args=_PAIRS), "type": ["object", "string", "null"]},
    command=_WORDS, entrypoint=_WORDS, environment=_PAIRS, labels=_PAIRS, sysctls=_PAIRS, extra_hosts={
        **_PAIRS, "additionalProperties": {"type": ["string", "array"], "items": {"type": "string"}}},
    ports=_each(_PORT), expose=_TEXTS, volumes=_each(_VOLUME),
    networks={**_all(_ATTACHMENT), "type": ["object", "array", "null"], "items": {"type": "string"}},
    depends_on={**_all(_map(condition=_TEXT)), "type": ["object", "array", "null"], "items": {"type": "string"}},
    healthcheck=_map(test=_WORDS, interval=_TEXT, timeout=_TEXT, start_period=_TEXT, retries=_NUMBER, disable=_FLAG),
    deploy=_DEPLOY, mem_limit=_NUMBER, cpus=_NUMBER, pids_limit=_NUMBER, scale=_NUMBER,
    restart=_TEXT, user={"type": ["string", "integer", "null"]}, working_dir=_TEXT, hostname=_TEXT,
    cap_add=_TEXTS, cap_drop=_TEXTS, devices=_each({"type": ["string", "object"]}), dns=_WORDS, dns_search=_WORDS,
    ulimits=_all({**_map(soft=_NUMBER, hard=_NUMBER), "type": ["object", "number", "string"]}),
    tmpfs=_WORDS, read_only=_FLAG, init=_FLAG, privileged=_FLAG, stop_signal=_TEXT, stop_grace_period=_TEXT,
    logging=_map(driver=_TEXT, options=_all(_SCALAR)), security_opt=_TEXTS, network_mode=_TEXT, container_name=_TEXT,
    profiles=_TEXTS,
)  # fmt: skip
_POOL = _map(subnet=_TEXT, gateway=_TEXT, ip_range=_TEXT)
_EXTERNAL: Shape = {"type": ["boolean", "object", "null"], "properties": {"name": _TEXT}}
_NETWORK = _map(
    driver=_TEXT, driver_opts=_all(_SCALAR), external=_EXTERNAL, name=_TEXT, internal=_FLAG, enable_ipv6=_FLAG,
    ipam=_map(config=_each({**_POOL, "type": "object"})),
)  # fmt: skip

FILE: Shape = {
    "type": "object",
    "required": ["services"],
    "properties": {
        "name": {"type": "string"},
        "services": {
            "type": "object", "patternProperties": {"^x-": True},
            "additionalProperties": {**_SERVICE, "type": "object"},
        },
        "networks": _all(_NETWORK),
        "volumes": _all(_map(driver=_TEXT, driver_opts=_all(_SCALAR), external=_EXTERNAL, name=_TEXT)),
    },
}  # fmt: skip
