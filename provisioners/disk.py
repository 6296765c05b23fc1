"""The way to the host's folders: directly, or through a child process where a look may never return."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from provisioners import folders, mounts
from scs.contract import errors
from scs.contract.context import Context

PATIENCE = 5.0
"""Seconds for one request to a filesystem that may not answer."""


def look(path: str, context: Context) -> folders.Found:
    """What is at the path. Raises Failure or Retry when that cannot be seen."""
    return folders.Found(**_ask({"look": path}, path, context)["found"])


def make(wish: folders.Wish, context: Context) -> None:
    """Makes the folder, as `folders.make` does."""
    _ask({"make": asdict(wish)}, wish.path, context)


def remove(path: str, context: Context) -> bool:
    """Removes the folder if it is empty, as `folders.remove` does."""
    return bool(_ask({"remove": path}, path, context)["removed"])


def _ask(request: Mapping[str, Any], path: str, context: Context) -> Mapping[str, Any]:
    table = mounts.read()
    missing = table.missing(path)
    if missing:
        raise errors.Failure(
            f"{missing} is in /etc/fstab and nothing is mounted there, so that {path} would be on the disk "
            f"below it: mount it first ('mount {missing}')"
        )
    text = json.dumps(request)
    remote = table.remote(path)
    answer = json.loads(folders.answer(text) if remote is None else _through_child(text, path, remote, context))
    if "blocked" in answer:
        raise errors.Failure(answer["blocked"])
    return dict(answer)


def _through_child(request: str, path: str, remote: mounts.Mount, context: Context) -> str:
    patience = max(0.1, min(PATIENCE, context.deadline - context.clock.monotonic()))
    try:
        # -I: only the standard library, whatever the caller's folder and environment are.
        done = context.commands.run([sys.executable, "-I", folders.__file__, request], timeout=patience)
    except errors.Retry as error:
        raise errors.Retry(
            f"{path}: {remote.at} ({remote.kind} from {remote.source}) did not answer within {patience:g} s: "
            "see whether the server of that filesystem runs"
        ) from error
    if done.code != 0:
        raise errors.Failure(f"{path}: could not be looked at: exit {done.code}", detail=done.stderr)
    return done.stdout
