"""Whatever is imported ends in a manifest that reads back as it is, or in placed mistakes; never in a traceback."""

from __future__ import annotations

import json
import string
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from scs.manifest.imported import writing
from scs.manifest.syntax import text, tree
from scs.model.problem import Invalid
from tests.manifest.imported import importing
from tests.manifest.imported.compose.test_services import SAID, UNSAID

ODD = [
    "", "no", "null", "0x10", "0o7", "1e5", "1.0", "010", "22:22", "~", "a: b", "# x", "- a", "{{ x }}", "*a", "&a",
    "!x", "|", "a\nb\n", " a", "a ", "\t", "\x1b[1m", "\u202e", "é", "\U0001f600", "'", '"', "\\", "a" * 130, "=", "<<",
    "$", "2026-01-01", ".inf", "${A}", "${", "8080:80", "/a:/b:ro", "./x:/y", "1-2:3-4", "[::1]:1:1", "512m", "1m30s",
]  # fmt: skip
# The engine cannot tell of others, and a Compose file with one is a mistake.
TEXTS = st.sampled_from(ODD) | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6)
SCALARS = (
    TEXTS
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.booleans()
    | st.none()
)
KEYS = sorted({body.partition(":")[0] for body, _ in (*SAID, *UNSAID)})
INNER = sorted({
    "condition", "target", "published", "type", "source", "size", "mode", "tmpfs", "limits", "cpus", "memory", "test",
    "interval", "retries", "replicas", "resources", "aliases", "ipv4_address", "driver", "options", "external", "name",
    "context", "args", "app", "soft", "hard", "volume", "subpath", "bind", "ipam", "config", "subnet",
})  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(INNER) | TEXTS, below, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["app", "My.DB", "x-y", "db", "", "---", "a" * 80]) | TEXTS
SERVICES = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4)
FILES = st.fixed_dictionaries(
    {"services": st.dictionaries(NAMES, SERVICES.map(lambda one: {"image": "a", **one}), max_size=3) | VALUES},
    optional={"networks": VALUES, "volumes": VALUES, "name": VALUES, "x-a": VALUES},
)
INSPECTED = sorted({
    "Env", "Cmd", "Entrypoint", "Labels", "ExposedPorts", "Healthcheck", "User", "Hostname", "StopTimeout", "Tty",
    "Memory", "NanoCpus", "CpuQuota", "PidsLimit", "Ulimits", "CapAdd", "Devices", "Dns", "ExtraHosts", "SecurityOpt",
    "Sysctls", "Tmpfs", "Mounts", "LogConfig", "RestartPolicy", "PortBindings", "NetworkMode", "PublishAllPorts",
    "Privileged", "Init", "MemorySwap", "Test", "Interval", "Retries", "Type", "Config", "Name", "HostPort", "HostIp",
    "Destination", "Source", "Networks", "Aliases", "IPAMConfig", "IPv4Address", "Soft", "Hard", "80/tcp", "53/udp",
})  # fmt: skip
SEEN = st.recursive(
    SCALARS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(INSPECTED) | TEXTS, below, max_size=4),
    max_leaves=12,
)
PARTS = st.dictionaries(st.sampled_from(INSPECTED), SEEN, max_size=6)


@given(FILES, st.dictionaries(st.sampled_from("AB"), TEXTS))
def test_any_compose_file_is_a_manifest_or_placed_mistakes(file: dict[str, Any], environ: dict[str, str]) -> None:
    try:
        found = importing.from_compose(json.dumps(file), environ=environ)
    except Invalid:
        return
    assert importing.read_back(found) == found.manifest


@given(PARTS, PARTS, PARTS, PARTS)
def test_any_inspection_is_a_manifest(
    config: dict[str, Any], host: dict[str, Any], own: dict[str, Any], more: dict[str, Any]
) -> None:
    more = {"Mounts": more.get("Mounts"), "NetworkSettings": more}
    one = importing.seen(config, host, own=own, **more)
    found = importing.from_running(one, one)
    assert importing.read_back(found) == found.manifest


@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_what_is_written_reads_back_as_it_is(data: dict[str, Any]) -> None:
    written = writing.text({"scs": 1, "containers": data}, "x")
    node, problems = text.parse(written.encode(), "x")
    assert node is not None
    assert not problems
    assert tree.plain(node) == {"scs": 1, "containers": data}
    assert set(written) <= {*string.printable} | {each for each in written if each.isprintable()}


@given(st.permutations([body for body, _ in SAID if not body.startswith(("network_mode", "security_opt"))]))
@settings(max_examples=20)
def test_what_compose_takes_together_comes_to_a_manifest_that_compiles(bodies: list[str]) -> None:
    chosen: dict[str, Any] = {}
    for body in bodies:
        node, _ = text.parse(body.encode(), "x")
        said: Any = tree.plain(node) if node else {}
        # Replicas cannot share a port of the host, in Compose neither.
        if not {*said} & {*chosen, "deploy", "scale"}:
            chosen |= said
    importing.compiled(importing.from_compose(json.dumps({"services": {"app": {"image": "a", **chosen}}})))
