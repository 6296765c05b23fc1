"""Brings the values of secrets into a container that is about to start; which ones, the plan has decided."""

from __future__ import annotations

from collections.abc import Mapping

from scs.contract import errors
from scs.contract.delivery import SecretFile
from scs.contract.world import World
from scs.model.container import Container
from scs.model.desired import Desired
from scs.model.secret import Fingerprint
from scs.run import owners


def fingerprints(container: Container, desired: Desired, world: World) -> Mapping[str, Fingerprint]:
    """What stands for the values that the container is made with, by secret."""
    return {use.secret: world.secrets.fingerprint(desired.secret(use.secret)) for use in container.secrets}


def variables(container: Container, desired: Desired, world: World) -> Mapping[str, str]:
    """The values that the manifest wants as environment variables."""
    return {use.env: _text(use.secret, desired, world) for use in container.secrets if use.env}


def deliver(container: Container, name: str, folder: str, desired: Desired, world: World) -> None:
    """Files for the created container `name`, owned by the user that it runs as."""
    if not container.secrets:
        return
    live = world.engine.live(name)
    if live is None:
        raise errors.Retry(f"{name} is gone before it was started: somebody removed it")
    owner = owners.owner(live.user, name, world.engine)
    world.delivery.deliver_secrets(
        desired.identity,
        folder,
        [
            SecretFile(
                path=use.path,
                content=world.secrets.value(desired.secret(use.secret)),
                mode=use.mode,
                uid=owner.uid,
                gid=owner.gid,
            )
            for use in container.secrets
        ],
    )


def _text(name: str, desired: Desired, world: World) -> str:
    """Without the line end after it, which a file has and no variable wants."""
    value = world.secrets.value(desired.secret(name))
    try:
        text = value.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise errors.Failure(f"secret {name}: its value is not text, and cannot be in an environment variable")
    return text
