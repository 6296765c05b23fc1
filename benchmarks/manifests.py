"""The same services for both: a manifest of scs and a Compose file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

IMAGE = "bb:1"
COMMAND = ["sleep", "1000000"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """`count` containers of a tiny image. `changed` is the number of those that are other than at first."""

    name: str
    count: int
    network: Literal["bridge", "none"] = "none"
    changed: int = 0

    def write(self, folder: Path) -> None:
        """`scs.yaml` and `compose.yaml`, each only where it is other than what is there."""
        for name, data in (("scs.yaml", self.scs()), ("compose.yaml", self.compose())):
            path, text = folder / name, yaml.safe_dump(data, sort_keys=False)
            if not path.exists() or path.read_text() != text:
                path.write_text(text)

    def scs(self) -> Mapping[str, Any]:
        networks: Mapping[str, Any] = {} if self.network == "bridge" else {"networks": {"alone": {"type": "none"}}}
        joined: Mapping[str, Any] = {} if self.network == "bridge" else {"networks": {"alone": {}}}
        return {
            "scs": 1,
            "service": self.name,
            **networks,
            "containers": {name: {**self._common(value), **joined} for name, value in self._values()},
        }

    def compose(self) -> Mapping[str, Any]:
        mode = {} if self.network == "bridge" else {"network_mode": "none"}
        services = {
            name: {**{key: one for key, one in self._common(value).items() if key != "env"}, **mode,
                   "environment": {"VALUE": value}, "restart": "unless-stopped"}
            for name, value in self._values()
        }  # fmt: skip
        return {"name": self.name, "services": services}

    def _values(self) -> list[tuple[str, str]]:
        return [(f"c{number}", "new" if number < self.changed else "old") for number in range(self.count)]

    @staticmethod
    def _common(value: str) -> Mapping[str, Any]:
        return {"image": IMAGE, "command": COMMAND, "init": True, "env": {"VALUE": value}}
