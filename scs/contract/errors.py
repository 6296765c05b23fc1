"""The ways in which an effect fails. Everything that a contract raises is one of these."""

from __future__ import annotations

STOPPED = "the run was asked to stop"


class EffectError(Exception):
    """An effect failed. `why` is one line: what, where, why, what to do next; `detail` is output that shows it."""

    def __init__(self, why: str, *, detail: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.detail = detail


class Retry(EffectError):
    """It did not happen, and may succeed later without anybody's help."""


class LostTask(Retry):
    """The engine holds on to an earlier run of a container that it knows nothing of, and never starts it again."""


class Uncertain(EffectError):
    """It may or may not have happened (a lost request and a lost reply look alike): observe before anything else."""


class Refusal(EffectError):
    """It was not tried, because it would harm something or needs a decision of a person."""


class Failure(EffectError):
    """It did not happen, and will not until something else is changed."""


class Interrupted(EffectError):
    """The run was asked to stop before the effect began or while it waited."""

    def __init__(self) -> None:
        super().__init__(STOPPED)


class EngineUnavailable(EffectError):
    """The engine does not answer, or this user may not talk to it. The text says how to change that."""
