"""What the server tells of groups, and what the application is told of its requirements: whole sets, each once."""

from __future__ import annotations

from scs.disco.client import held, old
from scs.disco.client.held import Held, Outcome
from scs.disco.client.options import Changed, Want
from scs.disco.client.state import State
from scs.disco.values import Json
from scs.disco.wire.lines import Command


def told(state: State, said: Command) -> None:
    """A command of the server. Raises ValueError, KeyError or TypeError for what cannot be understood."""
    match said.name, state.proto:
        case "requirement.changed", 1:
            _changed(state, said.arguments)
        case "requirement.changed", _:
            old.changed(state, said)
            publish(state)
        case "heartbeat", 1:
            _heartbeat(state, said.arguments)
        case _:
            pass  # a newer server may say more


def _changed(state: State, said: Json) -> None:
    group = str(said["id"])
    one = state.held.get(group)
    if one is None:
        return  # given up meanwhile
    if said.get("action") == "reset":
        state.resets.discard(group)
    elif group in state.resets:
        return  # the whole set is on its way
    outcome = one.take(said)
    if outcome is Outcome.GAP:
        ask_reset(state, group, "gap")
        return
    state.rev = max(state.rev, one.rev)
    if outcome is Outcome.APPLIED:
        publish(state)
    if said.get("ack") is True:
        acknowledge(state, asked=True)


def _heartbeat(state: State, said: Json) -> None:
    groups = said.get("groups", {})
    if not isinstance(groups, dict):
        raise ValueError("a heartbeat's groups are no object")  # noqa: TRY004
    for name, (_, digest) in groups.items():
        one = state.held.get(name)
        if one is not None and name not in state.resets and one.digest() != digest:
            ask_reset(state, name, "divergence")
    rev = said["rev"]
    if not isinstance(rev, int):
        raise ValueError("a heartbeat has no revision")  # noqa: TRY004
    for name, one in state.held.items():
        if name not in state.resets:
            one.rev = max(one.rev, rev)
    state.rev = max(state.rev, rev)


def ask_reset(state: State, group: str, why: str) -> None:
    if group not in state.resets:
        state.resets.add(group)
        state.divergences += why == "divergence"
        state.ask("sub.reset", {"group": group, "why": why}, f"group {group}")


def acknowledge(state: State, *, asked: bool = False) -> None:
    """Everything up to here is with the application: its effects are before this in the list.

    Who asks gets it again: two groups may be told of one revision, the second after the first was acknowledged.
    """
    if state.link is not None and state.ready and not state.resets and (asked or state.rev > state.acked):
        state.acked = state.rev
        state.link.notice(state.now, "sub.ack", {"rev": state.rev})


def publish(state: State) -> None:
    """Tells the application what is other than it was told."""
    for name, want in state.wants.items():
        one = state.held.get(state.groups.get(name, ""))
        if one is None or not (known(one) or name in state.told) or _seen(state, name, want, one):
            continue
        endpoints = held.effective(
            one.endpoints(),
            want.prefer,
            dc=state.options.dc,
            zone=state.options.zone,
            include_suspect=want.include_suspect,
        )
        changed = Changed(name, endpoints, one.complete)
        if state.told.get(name) != changed:
            state.told[name] = changed
            state.effects.append(changed)


def _seen(state: State, name: str, want: Want, one: Held) -> bool:
    """Whether it would come to what was told: where many are followed, most have not changed."""
    before = state.seen.get(name)
    if before is not None and before[0] is want and before[1] is one and before[2] == one.changes:
        return name in state.told
    state.seen[name] = want, one, one.changes
    return False


def known(one: Held) -> bool:
    """Nothing, from a server that does not know yet, is no answer."""
    return one.complete or bool(one.view or one.kept)
