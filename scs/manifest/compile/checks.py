"""How health is seen, as manifests write it."""

from __future__ import annotations

from scs.manifest.compile import quantities
from scs.manifest.reader import Part
from scs.model.service import Check, ExecCheck, HttpCheck, TcpCheck


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
        interval=quantities.duration(part.get("interval"), default.interval),
        timeout=quantities.duration(part.get("timeout"), default.timeout),
        retries=default.retries if retries is None else retries.number,
        start_period=quantities.duration(part.get("start_period"), default.start_period),
    )
