"""A Docker Engine that loads the SDK only when more is asked of it than what a plan rests on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from scs.adapters.docker import address as addresses
from scs.adapters.docker import details, listing, lists
from scs.contract.engine import Engine
from scs.model.observed import EngineFacts, Listing, Live

if TYPE_CHECKING:
    from scs.adapters.docker.engine import DockerEngine

READ_SECONDS = 15.0


def engine(address: str) -> Engine:
    """The engine at an address. Connects only when asked something. Raises Failure for an address of another host."""
    return cast(Engine, _Listed(address))


class _Listed:
    """Everything but `list`, `live` and `facts` is the engine's of the SDK."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._target = addresses.target(addresses.parse(address))

    def list(self) -> Listing:
        """All lists at once; with the SDK where that is not clear, which can tell what is wrong."""
        version = self._version
        try:
            return listing.whole(lists.ask(*self._target, version, READ_SECONDS, lists.LISTS), version)
        except lists.OverdueError as error:
            raise self._engine.overdue("list containers", READ_SECONDS) from error
        except (lists.UnclearError, ValueError, KeyError, TypeError, AttributeError):
            found = self._engine.list()
        # By now the engine has said which version of the API it wants.
        return found if self._version == version else self.list()

    def live(self, container: str) -> Live | None:
        said = self._said(f"look at container {container}", lists.alone([container])[container])
        return self._engine.live(container) if said is None else details.live(said)

    def facts(self) -> EngineFacts:
        said = self._said("ask the engine what it has", "info")
        return self._engine.facts() if said is None else listing.facts(said)

    def _said(self, what: str, path: str) -> Mapping[str, Any] | None:
        """What the engine says there; None where that is not clear, which the SDK can tell more of."""
        if "_engine" in self.__dict__:
            return None
        try:
            said = json.loads(lists.ask(*self._target, self._version, READ_SECONDS, {path: path})[path])
        except lists.OverdueError as error:
            raise self._engine.overdue(what, READ_SECONDS) from error
        except (lists.UnclearError, ValueError):
            return None
        return said if isinstance(said, dict) else None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    @cached_property
    def _engine(self) -> DockerEngine:
        from scs.adapters.docker.engine import DockerEngine  # noqa: PLC0415 - see above

        return DockerEngine(self.address)

    @property
    def _version(self) -> str:
        return self._engine.api_version if "_engine" in self.__dict__ else lists.API_VERSION
