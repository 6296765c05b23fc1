"""What the engine's builder says, taken apart: which instruction runs, its output, how it ended; pure."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KEPT_CHARACTERS = 4 * 1024 * 1024
"""Of an instruction that prints more than this, the end is kept."""
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
"""The engine colours what commands write to standard error."""
_STEP = re.compile(r"Step (\d+)/(\d+) : (.*)", re.DOTALL)
_OWN = re.compile(r" ---> (Running in [0-9a-f]+|Using cache|[0-9a-f]{12})|Removing intermediate container [0-9a-f]+")
"""What the builder says about itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """The build failed. `code` is the exit code of the command, 0 when it was not a command that failed."""

    message: str
    code: int


class Transcript:
    """Listens to the messages of one build. `number` and `total` count the instructions of the Dockerfile."""

    def __init__(self) -> None:
        self.number = 0
        self.total = 0
        self.instruction = ""
        self.image = ""
        self.broken: Broken | None = None
        self._output: deque[str] = deque()
        self._length = 0
        self._cut = False

    @property
    def output(self) -> str:
        """All that the instruction at work has printed so far."""
        text = _COLOUR.sub("", "".join(self._output)).strip("\n")
        return f"(the beginning is left out)\n{text}" if self._cut else text

    def hear(self, message: Mapping[str, Any]) -> bool:
        """Takes one message; whether a new instruction has begun with it."""
        if "error" in message or "errorDetail" in message:
            self.broken = _broken(message)
        elif isinstance(message.get("aux"), Mapping):
            self.image = str(message["aux"].get("ID") or self.image)
        elif isinstance(message.get("stream"), str):
            return self._say(message["stream"])
        elif isinstance(message.get("status"), str):
            self._keep(f"{message['status']}\n" if "progressDetail" not in message else "")
        elif isinstance(message.get("message"), str):  # a refusal of the whole request, too long for one piece
            self.broken = Broken(message=message["message"], code=0)
        return False

    def _say(self, text: str) -> bool:
        begun = _STEP.fullmatch(text.rstrip("\n"))
        # A command may print the same words: only the next number, out of the same total, is the builder's.
        if begun and int(begun[1]) == self.number + 1 and self.total in (0, int(begun[2])):
            self.number, self.total, self.instruction = int(begun[1]), int(begun[2]), begun[3]
            self._output.clear()
            self._length, self._cut = 0, False
            return True
        if not _OWN.fullmatch(text.rstrip("\n")):
            self._keep(text)
        return False

    def _keep(self, text: str) -> None:
        self._output.append(text)
        self._length += len(text)
        while self._length > KEPT_CHARACTERS and len(self._output) > 1:
            self._length -= len(self._output.popleft())
            self._cut = True


def _broken(message: Mapping[str, Any]) -> Broken:
    detail = message.get("errorDetail")
    detail = detail if isinstance(detail, Mapping) else {}
    code = detail.get("code")
    said = detail.get("message") or message.get("error") or "it gave no reason"
    return Broken(message=str(said), code=code if isinstance(code, int) else 0)
