"""The line to one engine: a limit for each call, the contract's errors for what goes wrong; knows no call."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from docker.api import APIClient

from scs.adapters.docker import faults, lists, reach, transport
from scs.adapters.docker.address import parse
from scs.adapters.docker.faults import Doing
from scs.contract import errors

CONNECTIONS = 8
BASE_URL = "unix:///engine"
"""Any socket: the SDK's own transport is replaced before it opens one."""

T = TypeVar("T")


class Session:
    """Calls may come from several threads."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._where = parse(address)
        self._lock = threading.Lock()
        self._client: APIClient | None = None
        self.version = lists.API_VERSION

    def call(self, doing: Doing, ask: Callable[[APIClient], T]) -> T:
        """The answer, within the time of `doing`. Raises the contract's errors only."""
        return self.begin(doing, transport.Limit(total=doing.seconds), ask)

    def begin(self, doing: Doing, limit: transport.Limit, ask: Callable[[APIClient], T]) -> T:
        """The same with a limit that the caller goes on to use, for an answer that is read bit by bit."""
        with self.translated(doing), transport.limited(limit):
            client = self._connected()
            try:
                return ask(client)
            except Exception as error:
                version = faults.oldest_version(error)
                if not version or version == client.api_version:
                    raise
                return ask(self._connected(version))

    @contextmanager
    def translated(self, doing: Doing) -> Iterator[None]:
        """Whatever is raised inside comes out as one of the contract's errors."""
        try:
            yield
        except transport.UnreachableError as error:
            raise reach.unavailable(error.error, self._where, self.address) from error
        except errors.EffectError:
            raise
        except Exception as error:
            raise faults.classify(error, doing, self.address) from error

    def _connected(self, version: str | None = None) -> APIClient:
        with self._lock:
            if self._client is None or version not in (None, self.version):
                self.version = version or self.version
                self._client = self._made()
            return self._client

    def _made(self) -> APIClient:
        client = APIClient(base_url=BASE_URL, version=self.version)
        client.trust_env = False
        client.mount(client.base_url, transport.Adapter(self._where, connections=CONNECTIONS))
        return client
