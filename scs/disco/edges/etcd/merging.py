"""A change that was meant for what a provision was, made for what it is by now. Pure."""

from __future__ import annotations

from dataclasses import fields, replace

from scs.disco.values import Cause, Change, Provision

WHOLE: tuple[Cause, ...] = ("set", "sync", "federate")  # these say all of it, not what became other
_COUNTED = ("created", "version")
_NAMES = tuple(one.name for one in fields(Provision) if one.name not in _COUNTED)


def merged(change: Change, current: Provision | None, cause: Cause) -> Provision | None:
    """What is to be there; what equals `current` needs no writing."""
    after = change.after
    if after is None:
        return None
    if current is None:
        return replace(after, created=0, version=0) if change.before is None or cause in WHOLE else None
    if change.before is None or cause in WHOLE:
        wanted = replace(after, created=current.created, version=current.version)
    else:
        said = {one: getattr(after, one) for one in _NAMES if getattr(after, one) != getattr(change.before, one)}
        wanted = replace(current, **said)
    same = (current.address, current.attributes) == (wanted.address, wanted.attributes)
    return wanted if same else replace(wanted, version=current.version + 1)
