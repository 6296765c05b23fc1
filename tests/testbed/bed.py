"""The test bed of one process: a lane with hosts, which it makes, keeps for the next test and takes away."""

from __future__ import annotations

import itertools
from types import TracebackType
from typing import Self

from tests.testbed import claims, commands, images, names, watch
from tests.testbed.host import Host


class Bed:
    """Makes hosts. A context manager: what it made is gone after it."""

    def __init__(self) -> None:
        self._claim = claims.claim()
        self._watcher = watch.start(self.lane)
        self._numbers = itertools.count(1)
        self._hosts: list[Host] = []
        self._idle: list[Host] = []

    @property
    def lane(self) -> names.Lane:
        return self._claim.lane

    @property
    def watcher(self) -> int:
        """The process that sweeps when this one is killed."""
        return self._watcher.pid

    def new(self) -> Host:
        """A host with a fresh engine, which has the image `bb:1` and nothing else."""
        number = next(self._numbers)
        if number > names.SEATS:
            raise commands.BedError(f"a test process may make {names.SEATS} hosts: close some")
        host = Host(names.Seat(lane=self.lane, number=number))
        self._hosts.append(host)
        host.start()
        images.load(host, images.BUSYBOX, images.busybox())
        return host

    def take(self) -> Host:
        """A host that an earlier test gave back, or a new one."""
        return self._idle.pop() if self._idle else self.new()

    def give_back(self, host: Host) -> None:
        """Clean a host for the next test; one that cannot be cleaned is closed."""
        try:
            host.clean()
        except commands.BedError:
            self.close_host(host)
            raise
        self._idle.append(host)

    def close_host(self, host: Host) -> None:
        """Take a host away."""
        self._hosts.remove(host)
        host.close()

    def close(self) -> None:
        """Take away all hosts and the lane."""
        claims.release(self._claim)
        for host in self._hosts:
            host.engine.reap()
        watch.stop(self._watcher)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
