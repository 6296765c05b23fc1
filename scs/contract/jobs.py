"""The notes on jobs that ended well, so that none runs again only because its container was cleared away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from scs.model.identity import Digest, Identity
from scs.model.observed import JobNote


class JobNotes(Protocol):
    """One note a job, the last. They survive a reboot; a note that is lost lets its job run again."""

    def read(self, identity: Identity) -> Mapping[str, JobNote]:
        """Those of a manifest, by the job's name. What cannot be understood counts as lost."""
        ...

    def remember(self, identity: Identity, job: str, digest: Digest, image_id: str) -> None:
        """Replaces the job's note by one of this content, now; it is on the disk when this returns."""
        ...

    def forget(self, identity: Identity, job: str) -> None:
        """One that is gone is forgotten."""
        ...
