"""Penalties of endpoints that come and go (after RFC 2439). Counts; what follows is decided elsewhere."""

from __future__ import annotations

import math
from collections import OrderedDict

from scs.disco.settings import Damping
from scs.disco.values import Provision


class Flaps:
    """Per endpoint a penalty that halves with time; `suppressed` from one threshold on until it is below another."""

    def __init__(self, settings: Damping) -> None:
        self._settings = settings
        self._penalties: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._suppressed: set[str] = set()
        self._returned: dict[str, float] = {}

    def penalize(self, one: Provision, now: float) -> None:
        name = identity(one)
        penalty = min(self.penalty(name, now) + self._settings.penalty, self._settings.ceiling)
        self._penalties[name] = (penalty, now)
        self._penalties.move_to_end(name)
        if penalty >= self._settings.suppress:
            self._suppressed.add(name)
        if len(self._penalties) > self._settings.remembered:
            forgotten, _ = self._penalties.popitem(last=False)
            self._suppressed.discard(forgotten)
            self._returned.pop(forgotten, None)

    def penalty(self, name: str, now: float) -> float:
        penalty, at = self._penalties.get(name, (0.0, now))
        return penalty * math.pow(0.5, (now - at) / self._settings.half_life)

    def suppressed(self, one: Provision, now: float) -> bool:
        name = identity(one)
        if name in self._suppressed and self.penalty(name, now) <= self._settings.reuse:
            self._suppressed.discard(name)
            del self._penalties[name]
            self._returned.pop(name, None)
        return name in self._suppressed

    def returned(self, one: Provision, now: float) -> None:
        """It is up again, though suppressed."""
        self._returned[identity(one)] = now

    def settled_at(self, one: Provision) -> float:
        """When it will have stayed up for long enough to be shown as a last resort."""
        return self._returned.get(identity(one), 0.0) + self._settings.settle

    def reusable_in(self, one: Provision, now: float) -> float:
        """Seconds until it is no longer suppressed, if it stays."""
        penalty = self.penalty(identity(one), now)
        if penalty <= self._settings.reuse:
            return 0
        return self._settings.half_life * math.log2(penalty / self._settings.reuse)


def identity(one: Provision) -> str:
    """The same for an endpoint that comes back; old peers register it anew under another id each time."""
    return one.id if one.uid else f"{one.key} {one.address.given or (one.address.host, one.address.port)}"
