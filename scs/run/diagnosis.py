"""What this host lacks to run scs, and how to get it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scs.contract import errors
from scs.contract.engine import Engine
from scs.contract.host import Host


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`remedy` is empty where nothing is wrong; `needed_for` says what does not work without it."""

    subject: str
    state: str
    needed_for: str
    remedy: str = ""


PROGRAMS: Mapping[str, tuple[str, str]] = {
    "mmdebstrap": ("base images from a Debian suite", "apt-get install mmdebstrap"),
    "docker": ("consoles: scs exec, scs run", "apt-get install docker.io"),
    "iptables": ("bridge networks of the engine", "apt-get install iptables"),
}


def diagnose(engine: Engine, host: Host, folders: Mapping[str, str]) -> tuple[Finding, ...]:
    """Every finding, good ones too. `folders` maps what scs keeps to the folder where it keeps it."""
    return (
        _engine(engine),
        *(_program(name, purpose, remedy, host) for name, (purpose, remedy) in PROGRAMS.items()),
        *(_folder(purpose, path, host) for purpose, path in folders.items()),
    )


def _engine(engine: Engine) -> Finding:
    try:
        return Finding(
            subject=f"engine at {engine.address}", state=f"answers, {engine.version()}", needed_for="everything"
        )
    except errors.EffectError as error:
        subject = f"engine at {engine.address}"
        return Finding(subject=subject, state="does not answer", needed_for="everything", remedy=error.why)


def _program(name: str, purpose: str, remedy: str, host: Host) -> Finding:
    path = host.program(name)
    if path:
        return Finding(subject=name, state=path, needed_for=purpose)
    return Finding(subject=name, state="is not installed", needed_for=purpose, remedy=remedy)


def _folder(purpose: str, path: str, host: Host) -> Finding:
    if host.writable(path):
        return Finding(subject=path, state="can be written", needed_for=purpose)
    remedy = f"run scs as root, or name another folder ({'SCS_RUN_DIR' if 'run' in purpose else 'SCS_STATE_DIR'})"
    return Finding(subject=path, state="cannot be written", needed_for=purpose, remedy=remedy)
