"""A builder on a test host, and ways to run it beside a test; expects nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from scs.adapters.commands import SystemCommands
from scs.adapters.images.builder import DockerImageBuilder
from scs.contract import errors
from scs.contract.context import Completed
from scs.model.image import BuiltImage
from tests.adapters.images.making import Said
from tests.testbed import archives, commands
from tests.testbed.host import Host


class Builder:
    """A builder for one host, and what it said."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.said = Said()
        self.stop = threading.Event()

    def build(self, image: BuiltImage, *, fresh: bool = False) -> str:
        """Builds it; its tag."""
        self.of(SystemCommands(self.stop)).build(image, self.said, fresh=fresh)
        return image.tag

    def of(self, runner: Any) -> DockerImageBuilder:
        cache = self.host.folder / "cache"
        return DockerImageBuilder(self.host.socket, commands=runner, cache=cache, stop=self.stop)

    def failure(self, image: BuiltImage) -> errors.Failure:
        with pytest.raises(errors.Failure) as caught:
            self.build(image)
        return caught.value

    def config(self, tag: str) -> dict[str, Any]:
        shown: dict[str, Any] = json.loads(self.host.docker("inspect", tag))[0]["Config"]
        return shown

    def inside(self, tag: str, line: str) -> str:
        run = ("run", "--rm", "--network=none", "--user=0", "--entrypoint=/bin/sh")
        return self.host.docker(*run, tag, "-c", line)


class Packing:
    """Commands that bootstrap a very small Debian."""

    def run(self, argv: Sequence[str], *, timeout: float, stdin: bytes | None = None) -> Completed:
        part = [Path(word) for word in argv if word.endswith(".part")]
        for archive in part:
            archives.tree(archive, files={"etc/issue": b"small\n"}, links={}, folders="etc tmp:1777")
        return Completed(code=0, stdout="", stderr="")


def in_background(work: Callable[[], object]) -> Callable[[], BaseException | None]:
    """Starts it; what is returned waits for its end and gives what it raised."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except errors.EffectError as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()

    def ended() -> BaseException | None:
        thread.join(60)
        assert not thread.is_alive()
        return raised[0] if raised else None

    return ended


def wait_for(holds: Callable[[], object]) -> None:
    assert commands.wait_until(lambda: bool(holds()), timeout=30)
