"""Where the values of secrets come from, and what stands for them."""

from __future__ import annotations

from typing import Protocol

from scs.model.secret import Fingerprint, Secret


class Secrets(Protocol):
    """A value that was had once stays the same for the life of this object, so that a run sees one world.

    What is raised is an errors.EffectError that begins with `secret NAME: ` and holds nothing of a value.
    """

    def value(self, secret: Secret) -> bytes: ...

    def fingerprint(self, secret: Secret) -> Fingerprint:
        """The same for the same name and value as long as the key of this machine is the same."""
        ...
