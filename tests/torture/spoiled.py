"""The fake engine with a fault in front of it: calls that change something are counted, and one of them goes wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, get_args

from scs.contract import errors
from scs.contract.engine import Creation, Engine, ExecResult
from scs.model.observed import Listing
from scs.model.service import environment
from tests.fakes.engine import FakeEngine
from tests.torture.bench import Problem

How = Literal["die-before", "die-after", "lost", "drop", "retry", "refused", "gone", "stale"]
HOWS: tuple[How, ...] = get_args(How)
ENDLESS = 200
READS = {"version", "facts", "list", "containers", "restarts", "logs", "follow"}
CHANGES = frozenset(name for name, one in vars(Engine).items() if callable(one) and not name.startswith("_")) - READS


class Died(BaseException):
    """The process is no more: no handler of scs may see it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoil:
    """What goes wrong with the changing call number `at`: as in `faults`, with the contract's errors for replies."""

    how: How
    at: int

    def __str__(self) -> str:
        return f"{self.how}@{self.at}"


def parse(text: str) -> Spoil:
    """The inverse of str()."""
    name, _, at = text.partition("@")
    return Spoil(how=next(how for how in HOWS if how == name), at=int(at))


class Spoils:
    """Counts calls, whoever they go to, and spoils one. Once the process died, it makes no call any more."""

    def __init__(self) -> None:
        self.fired = False
        self._spoil: Spoil | None = None
        self._count = 0
        self._dead = False
        self._earlier: Listing | None = None
        self._lock = threading.Lock()

    @contextmanager
    def armed(self, spoil: Spoil, earlier: Listing) -> Iterator[Spoils]:
        """For the block. `earlier` is what a stale list shows."""
        self._spoil, self._count, self.fired, self._dead, self._earlier = spoil, 0, False, False, earlier
        try:
            yield self
        finally:
            self._spoil, self._dead = None, False

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """The call, which goes wrong when it is its turn."""

        def made(*arguments: Any, **named: Any) -> Any:
            spoil = self._due()
            if spoil is None:
                return call(*arguments, **named)
            return _gone_wrong(spoil.how, lambda: call(*arguments, **named), self._die)

        return made

    def stale(self) -> Listing | None:
        """The earlier list, once, after the call that it is armed for."""
        with self._lock:
            if self._dead:
                raise Died
            spoil = self._spoil
            if spoil is None or spoil.how != "stale" or self.fired or self._count <= spoil.at:
                return None
            self.fired = True
            return self._earlier

    def _due(self) -> Spoil | None:
        with self._lock:
            if self._dead:
                raise Died
            spoil = self._spoil
            if spoil is None:
                return None
            self._count += 1
            if spoil.how == "stale" or self._count - 1 != spoil.at:
                return None
            self.fired = True
            return spoil

    def _die(self) -> None:
        self._dead = True
        raise Died


def _gone_wrong(how: How, call: Callable[[], Any], die: Callable[[], None]) -> Any:
    match how:
        case "die-before":
            die()
        case "die-after":
            call()
            die()
        case "lost":
            raise errors.Uncertain("the request was lost on purpose")
        case "drop":
            call()
            raise errors.Uncertain("the reply was lost on purpose")
        case "retry":
            raise errors.Retry("not now, on purpose")
        case "gone":
            raise errors.EngineUnavailable("the engine is away on purpose")
        case _:
            raise errors.Failure("refused on purpose")


class Spoiled(FakeEngine):
    """A fake engine whose changing calls go through its spoils.

    `told` is what each container was last told of its requirements, by id: when it was made, or by a command. `looks`
    are counted, so that a run that would never end is a finding; whoever starts a run sets them back to 0.
    """

    def __init__(self) -> None:
        self.spoils = Spoils()
        self.looks = 0
        self.told: dict[str, Mapping[str, str]] = {}
        super().__init__()

    def create_container(self, creation: Creation) -> str:
        made = super().create_container(creation)
        at_first = [environment(name, endpoints) for name, endpoints in creation.endpoints.items()]
        self.told[made] = {name: value for one in at_first for name, value in one.items()}
        return made

    def exec(self, container: str, command: Sequence[str], *, timeout: float, env: Mapping[str, str]) -> ExecResult:
        result = super().exec(container, command, timeout=timeout, env=env)
        told = self._container(container).id
        self.told[told] = {**self.told.get(told, {}), **env}
        return result

    def list(self) -> Listing:
        self.looks += 1
        if self.looks > ENDLESS:
            raise AssertionError(f"a run looked {ENDLESS} times and did not end")
        return self.spoils.stale() or super().list()

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name not in CHANGES:
            return found
        spoils: Spoils = super().__getattribute__("spoils")
        return spoils.around(found)


def unforeseen(error: Exception) -> list[Problem]:
    """What the command line has no message for."""
    return [] if isinstance(error, errors.EffectError) else [("traceback", repr(error))]
