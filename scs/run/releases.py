"""Which earlier run is meant: by its number, or as the last good one before what stands now. Reads the history only."""

from __future__ import annotations

from collections.abc import Sequence

from scs.contract import errors
from scs.contract.history import History, Run
from scs.model.identity import Identity


def numbered(history: History, number: int) -> Run:
    """The run of this number. Raises Refusal."""
    found = history.run(number)
    if found is None:
        raise errors.Refusal(f"there is no run {number} in the history of this engine: see 'scs history'")
    return found


def release(history: History, number: int, identity: Identity | None) -> Run:
    """The run of this number, which must have asked for something of this manifest. Raises Refusal."""
    found = numbered(history, number)
    if identity not in (None, found.identity):
        raise errors.Refusal(f"run {number} is of {found.identity}, not of {identity}")
    if found.destroy:
        raise errors.Refusal(f"run {number} destroyed {found.identity}: name the run before it that brought it up")
    return found


def before(history: History, identity: Identity | None) -> Run:
    """The last good release of the manifest other than the one applied last. Raises Refusal."""
    runs = history.runs(identity)
    known = sorted({str(run.identity) for run in runs})
    if not runs:
        of = f" of {identity}" if identity else ""
        raise errors.Refusal(f"nothing{of} is in the history of this engine, so there is nothing to roll back to")
    if len(known) > 1:
        raise errors.Refusal(f"the history has several manifests: say which with --of: {', '.join(known)}")
    found = _other_than_last(runs)
    if found is None:
        raise errors.Refusal(
            f"the history has no release of {known[0]} that converged, other than the one applied last: "
            f"name a run of 'scs history {known[0]}'"
        )
    return found


def last(history: History, identity: Identity) -> Run | None:
    """The run that asked for it last; None when that destroyed all, or nothing asked."""
    newest = next(iter(history.runs(identity, limit=1)), None)
    return None if newest is None or newest.destroy else newest


def _other_than_last(runs: Sequence[Run]) -> Run | None:
    """Runs come newest first. After a destroy, what stood before it is another."""
    stands = "" if runs[0].destroy else runs[0].digest
    return next((run for run in runs if run.is_release and run.digest != stands), None)
