"""What containers say: commands run inside them, and their logs; decides nothing about it."""

from __future__ import annotations

import os
import shlex
import signal
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import requests
from docker.api import APIClient
from docker.errors import create_api_error_from_http_exception

from scs.adapters.docker import foreign, frames
from scs.adapters.docker.faults import Doing
from scs.adapters.docker.lists import OverdueError
from scs.adapters.docker.session import Session
from scs.adapters.docker.transport import Limit
from scs.contract import errors
from scs.contract.engine import ExecResult

CALL_SECONDS = 15.0
IDLE_SECONDS = 60.0
"""How long a log that is not followed may pause."""
CHUNK = 64 * 1024
KEPT_OUTPUT = 64 * 1024
FIRST_PAUSE = 0.005
LONGEST_PAUSE = 0.2


def execute(
    session: Session, container: str, command: Sequence[str], *, timeout: float, env: Mapping[str, str]
) -> ExecResult:
    """Runs a command inside and waits. One that takes longer than `timeout` is killed, and is a Retry."""
    shown = foreign.line(shlex.join(command))
    creating = Doing(what=f"run {shown} in container {container}", reads=True, seconds=CALL_SECONDS)
    made = session.call(
        creating,
        lambda call: str(call.exec_create(container, list(command), environment=dict(env))["Id"]),
    )
    running = Doing(what=creating.what, seconds=timeout)
    limit = Limit(total=timeout)
    try:
        started = session.begin(running, limit, lambda call: _post(call, f"exec/{made}/start"))
        with started as response, session.translated(running):
            said = frames.last(frames.pieces(_chunks(response), terminal=False), KEPT_OUTPUT)
        code = _exit_code(session, made, limit, running)
    except errors.Uncertain as error:
        if not isinstance(error.__cause__, OverdueError):
            raise
        raise _overdue(session, made, running) from error
    return ExecResult(code=code, output=foreign.text(said))


def last_lines(session: Session, container: str, tail: int) -> tuple[str, ...]:
    found = deque(follow(session, container, follow=False, since=None, tail=tail), maxlen=tail)
    return tuple(foreign.text(line).rstrip("\n") for line in found)


def follow(session: Session, container: str, *, follow: bool, since: float | None, tail: int | None) -> Iterator[bytes]:
    """Without `follow`, it ends with what there is. Raises Retry when the engine goes away meanwhile."""
    doing = Doing(what=f"read the log of container {container}", reads=True, seconds=CALL_SECONDS)
    limit = Limit(total=CALL_SECONDS)
    asked = {
        "stdout": "1",
        "stderr": "1",
        "follow": "1" if follow else "0",
        "tail": "all" if tail is None else str(tail),
        **({} if since is None else {"since": f"{since:.9f}"}),
    }
    terminal = session.begin(doing, limit, lambda call: call.inspect_container(container)["Config"]["Tty"])
    path = f"containers/{container}/logs"
    with session.begin(doing, limit, lambda call: _get(call, path, asked)) as response:
        limit.lift(idle=None if follow else IDLE_SECONDS)
        with session.translated(doing):
            yield from frames.lines(frames.pieces(_chunks(response), terminal=terminal is True))


def _exit_code(session: Session, made: str, limit: Limit, doing: Doing) -> int:
    """The command may have closed its output long before its end."""
    pause = FIRST_PAUSE
    while True:
        code = session.begin(doing, limit, lambda call: _ended(call.exec_inspect(made)))
        if code is not None:
            return code
        with session.translated(doing):
            time.sleep(min(pause, limit.left() or pause))
        pause = min(2 * pause, LONGEST_PAUSE)


def _ended(seen: Mapping[str, Any]) -> int | None:
    return None if seen["Running"] else int(seen["ExitCode"])


def _overdue(session: Session, made: str, doing: Doing) -> errors.EffectError:
    why = f"cannot {doing.what}: it did not end within {doing.seconds:g} s"
    if _killed(session, made):
        return errors.Retry(f"{why} and was killed")
    return errors.Uncertain(f"{why}, and may still be running there")


def _killed(session: Session, made: str) -> bool:
    """The engine has no call for it. The process is killed only when it surely is one of the container's."""
    looking = Doing(what="look at a command", reads=True, seconds=CALL_SECONDS)
    try:
        seen = session.call(looking, lambda call: call.exec_inspect(made))
        if not seen["Running"]:
            return True
        handle = os.pidfd_open(seen["Pid"])
    except (errors.EffectError, OSError, LookupError, TypeError):
        return False
    try:
        if str(seen["ContainerID"]) not in Path(f"/proc/{seen['Pid']}/cgroup").read_text():
            return False
        signal.pidfd_send_signal(handle, signal.SIGKILL)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True


def _get(call: APIClient, path: str, asked: Mapping[str, str]) -> closing[requests.Response]:
    return _opened(call.get(_url(call, path), params=dict(asked), stream=True))


def _post(call: APIClient, path: str) -> closing[requests.Response]:
    return _opened(call.post(_url(call, path), json={"Detach": False, "Tty": False}, stream=True))


def _url(call: APIClient, path: str) -> str:
    """The SDK's own calls for streams wait without any limit for the next byte."""
    return f"{call.base_url}/v{call.api_version}/{path}"


def _opened(response: requests.Response) -> closing[requests.Response]:
    try:
        response.raise_for_status()
    except requests.HTTPError as error:
        create_api_error_from_http_exception(error)
    return closing(response)


def _chunks(response: requests.Response) -> Iterator[bytes]:
    raw: Any = response.raw
    found: Iterator[bytes] = raw.stream(CHUNK, decode_content=False)
    return found
