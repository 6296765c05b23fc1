"""A Docker Engine that loads the SDK only when more than its lists is asked for, which most runs do not."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from scs.adapters.docker import address as addresses
from scs.adapters.docker import listing, lists
from scs.contract.engine import Engine
from scs.model.observed import Listing

if TYPE_CHECKING:
    from scs.adapters.docker.engine import DockerEngine

READ_SECONDS = 15.0


def engine(address: str) -> Engine:
    """The engine at an address. Connects only when asked something. Raises Failure for an address of another host."""
    return cast(Engine, _Listed(address))


class _Listed:
    """Everything but `list` is the engine's of the SDK."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._target = addresses.target(addresses.parse(address))

    def list(self) -> Listing:
        """All lists at once; with the SDK where that is not clear, which can tell what is wrong."""
        version = self._version
        try:
            return listing.whole(lists.ask(*self._target, version, READ_SECONDS), version)
        except lists.OverdueError as error:
            raise self._engine.overdue(READ_SECONDS) from error
        except (lists.UnclearError, ValueError, KeyError, TypeError, AttributeError):
            found = self._engine.list()
        # By now the engine has said which version of the API it wants.
        return found if self._version == version else self.list()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    @cached_property
    def _engine(self) -> DockerEngine:
        from scs.adapters.docker.engine import DockerEngine  # noqa: PLC0415 - see above

        return DockerEngine(self.address)

    @property
    def _version(self) -> str:
        return self._engine.api_version if "_engine" in self.__dict__ else lists.API_VERSION
