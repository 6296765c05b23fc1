"""Makes runs in memory quick and exactly repeatable: one action after the other, each digest computed once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Self
from unittest import mock

from scs.model.container import Container
from scs.model.identity import Digest
from scs.run import executor


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """Unlike the true one's set, `done` has an order, and so the same run comes out each time."""

    done: tuple[Future[Any], ...]


class Inline:
    """Stands in for a pool of threads: what is submitted has run when `submit` returns."""

    def __init__(self, **_: object) -> None:
        pass

    def submit(self, call: Callable[..., Any], *arguments: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(call(*arguments))
        except BaseException as error:  # as a pool has it: whoever asks for the result gets it
            future.set_exception(error)
        return future

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def finished(futures: Iterable[Future[Any]], **_: object) -> Finished:
    """Stands in for the wait for a pool: all have run, and come in the order in which they did."""
    return Finished(done=tuple(futures))


@contextmanager
def quick() -> Iterator[None]:
    """For the block. Containers of manifests are kept alive by it, so that each is known by its place in memory."""
    compute = vars(Container)["parts"].fget
    known: dict[int, tuple[Container, Mapping[str, Digest]]] = {}

    def parts(one: Container) -> Mapping[str, Digest]:
        found = known.get(id(one))
        if found is None:
            found = known[id(one)] = (one, compute(one))
        return found[1]

    with ExitStack() as patches:
        patches.enter_context(mock.patch.object(Container, "parts", property(parts)))
        patches.enter_context(mock.patch.object(executor, "ThreadPoolExecutor", Inline))
        patches.enter_context(mock.patch.object(executor, "wait", finished))
        yield
