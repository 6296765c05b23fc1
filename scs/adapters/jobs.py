"""The notes on jobs that ended well, one file a job in the state folder; what they mean is decided elsewhere.

ROOT/ENVIRONMENT/SERVICE/JOB.json   digest, image and when (seconds since the epoch)
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path

from scs.adapters import replacing
from scs.contract import errors
from scs.model.identity import Digest, Identity, well_formed
from scs.model.observed import JobNote

SUFFIX = ".json"
REMEDY = "scs notes there which jobs are done; run scs as root, or set SCS_STATE_DIR to a folder that you may write"


class StateJobNotes:
    """Implements contract.jobs.JobNotes below a folder of the host."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self, identity: Identity) -> Mapping[str, JobNote]:
        folder = self._of(identity)
        try:
            files = sorted(file for file in folder.iterdir() if file.suffix == SUFFIX)
            notes = {file.stem: _note(file.read_bytes()) for file in files}
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise errors.Failure(f"{folder} cannot be read ({error.strerror}): {REMEDY}") from error
        return {job: note for job, note in notes.items() if note is not None}

    def remember(self, identity: Identity, job: str, digest: Digest, image_id: str) -> None:
        file = self._of(identity) / f"{job}{SUFFIX}"
        said = {"digest": digest, "image": image_id, "when": round(time.time(), 3)}
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            replacing.replace(file, f"{json.dumps(said)}\n".encode(), durable=True)
        except OSError as error:
            raise errors.Failure(
                f"{file} cannot be written ({error.strerror}): {replacing.advice(error, REMEDY)}"
            ) from error

    def forget(self, identity: Identity, job: str) -> None:
        file = self._of(identity) / f"{job}{SUFFIX}"
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            raise errors.Failure(f"{file} cannot be removed ({error.strerror}): {REMEDY}") from error

    def _of(self, identity: Identity) -> Path:
        return self._root / identity.environment / identity.service


def _note(content: bytes) -> JobNote | None:
    try:
        said = json.loads(content)
        digest, image, when = str(said["digest"]), str(said["image"]), float(said["when"])
    except (ValueError, KeyError, TypeError):
        return None
    return JobNote(digest=Digest(digest), image_id=image, when=when) if well_formed(digest) else None
