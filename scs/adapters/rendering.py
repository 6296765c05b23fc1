"""Has templates rendered by Jinja2 in child processes under the kernel's limits; what they say is others' business."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scs.contract import errors
from scs.manifest.syntax.template import Failed, Rendered, Template

MEMORY = 512 * 1024 * 1024
CPU_SECONDS = 2
BATCH_SECONDS = 60.0
BATCH_BYTES = 16 * 1024 * 1024
CHILD = Path(__file__).with_name("rendering_child.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class JinjaRenderer:
    """`seconds` is how long one child may live: long enough for its processor time on a host with much else to do.

    Raises errors.Failure where no child can do its work.
    """

    python: str = sys.executable
    script: Path = CHILD
    seconds: float = 20.0

    def render(self, batch: Sequence[Template], names: Mapping[str, Any]) -> Sequence[Rendered | Failed]:
        """See manifest.syntax.template.Renderer. A child that dies is followed by one that renders the rest.

        Blamed is the template at which a fresh child dies: those before it may just have worn its child out.
        """
        outcomes: list[Rendered | Failed] = []
        ends, room = time.monotonic() + BATCH_SECONDS, BATCH_BYTES
        while len(outcomes) < len(batch):
            if time.monotonic() > ends:
                message = f"the templates take more than {BATCH_SECONDS:g} seconds together"
                return (*outcomes, Failed(message=message))
            said, death = self._child(batch[len(outcomes) :], names, room)
            # What stands after the last line's end was cut off.
            first, *lines = said.split(b"\n")[:-1] or [said]
            if first != b"ready":
                raise errors.Failure(f"templates cannot be rendered: {death}")
            done = [_outcome(json.loads(line)) for line in lines if line.startswith(b"{")]
            outcomes += done
            room -= len(said)
            if room < 0:
                message = f"the templates come to more than {BATCH_BYTES:,} bytes together"
                return (*outcomes, Failed(message=message))
            if not done:
                outcomes.append(Failed(message=death))
        return outcomes

    def _child(self, batch: Sequence[Template], names: Mapping[str, Any], room: int) -> tuple[bytes, str]:
        """What a child wrote, cut off a byte past the room, and what it died of if it died."""
        templates = [(each.source, each.limit, each.typed, dict(each.names)) for each in batch]
        request = {"names": dict(names), "templates": templates, "memory": MEMORY, "seconds": CPU_SECONDS}
        # No file, as names may hold secrets; no pipe, which would have to be fed while the other is read.
        with os.fdopen(os.memfd_create("templates"), "w+b") as stdin:
            stdin.write(json.dumps(request).encode())
            stdin.seek(0)
            process = self._started(stdin.fileno())
        too_late = threading.Timer(self.seconds, _kill, [process])
        begun = time.monotonic()
        with process:
            try:
                too_late.start()
                said: bytes = process.stdout.read(room + 1) if process.stdout else b""
                if len(said) <= room:
                    process.wait()
            finally:
                too_late.cancel()
                _kill(process)
        if process.returncode == -signal.SIGKILL and time.monotonic() - begun >= self.seconds:
            return said, f"this takes more than {self.seconds:g} seconds to render"
        return said, _death(said, process.returncode)

    def _started(self, stdin: int) -> subprocess.Popen[bytes]:
        argv = [self.python, "-I", "-Wignore", str(self.script)]
        pipe, both = subprocess.PIPE, subprocess.STDOUT
        try:
            return subprocess.Popen(argv, stdin=stdin, stdout=pipe, stderr=both, env={}, process_group=0)
        except OSError as error:
            raise errors.Failure(f"templates cannot be rendered: {self.python}: {error.strerror}") from error


def _kill(process: subprocess.Popen[bytes]) -> None:
    # A process that was not waited for keeps its number.
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


def _death(said: bytes, code: int) -> str:
    if code == -signal.SIGXCPU:
        return f"this takes more than {CPU_SECONDS} seconds to render"
    last = next((line.decode(errors="replace") for line in reversed(said.split(b"\n")) if line), "nothing was said")
    how = signal.Signals(-code).name if code < 0 else f"exit code {code}, {last}"
    return f"the process that renders died: {how}"


def _outcome(told: Mapping[str, Any]) -> Rendered | Failed:
    if "value" in told:
        return Rendered(value=told["value"])
    return Failed(message=told["message"], line=told["line"], word=told["word"], known=tuple(told["known"]))
