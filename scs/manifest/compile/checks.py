"""How health is seen, as manifests write it."""

from __future__ import annotations

from scs.manifest.compile import units
from scs.manifest.reader import Part
from scs.manifest.syntax import tree
from scs.model.service import Check, ExecCheck, HttpCheck, TcpCheck

DURATION_HINT = "write it like 5s, 1m30s, 2h or 500ms"


def duration(part: Part | None, default: float) -> float:
    """Seconds; a problem and the default for what is not a duration."""
    if part is None:
        return default
    found = units.seconds(part.node.value)
    if found is None:
        part.problem(f"{tree.shown(part.text)} is not a duration", DURATION_HINT)
    return default if found is None else found


def health(part: Part | None) -> Check | None:
    """A container's own `health:`, which names its port itself."""
    if part is None:
        return None
    port = part.get("tcp") or part.get("port")
    return check(part, 0 if port is None else port.number)


def check(part: Part, port: int) -> Check:
    """A check, for which the schema has seen to it that it says one of `exec`, `http` and `tcp`."""
    command, http = part.get("exec"), part.get("http")
    probe: HttpCheck | TcpCheck | ExecCheck = TcpCheck()
    if command is not None:
        probe, port = ExecCheck(command=command.strings), 0
    elif http is not None:
        probe = HttpCheck(path=http.text)
    retries = part.get("retries")
    default = Check(probe=probe)
    return Check(
        probe=probe,
        port=port,
        interval=duration(part.get("interval"), default.interval),
        timeout=duration(part.get("timeout"), default.timeout),
        retries=default.retries if retries is None else retries.number,
        start_period=duration(part.get("start_period"), default.start_period),
    )
