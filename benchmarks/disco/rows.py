"""All rows, in the order of the table. A name is what `--only` takes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from benchmarks.disco import (
    cluster,
    filtering,
    flapping,
    hostile,
    lookups,
    noise,
    restarts,
    silence,
    stuck,
    telling,
    vanishing,
    weight,
)
from benchmarks.disco.bench import Bench
from benchmarks.disco.figures import Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`what` stands in the table."""

    what: str
    measure: Callable[[Bench], Awaitable[list[Figure]]]


ROWS: dict[str, Row] = {
    "noise": Row(what="what the machine itself adds", measure=noise.row),
    "L1": Row(what="a drop told to 1 subscriber", measure=partial(telling.row, "L1")),
    "L2": Row(what="to 100", measure=partial(telling.row, "L2")),
    "L3": Row(what="to 1,000", measure=partial(telling.row, "L3")),
    "L4": Row(what="to 10,000", measure=partial(telling.row, "L4")),
    "L5": Row(what="a provider killed", measure=vanishing.row),
    "F1": Row(what="1,000 filters, 200 registrations", measure=filtering.row),
    "M1": Row(what="memory of registrations", measure=weight.registrations),
    "M2": Row(what="memory of sessions", measure=weight.idle),
    "M3": Row(what="memory with subscribers", measure=weight.subscribers),
    "T1": Row(what="1,000 sessions register", measure=weight.throughput),
    "R1": Row(what="server killed under 10,000 sessions", measure=restarts.killed),
    "R2": Row(what="server stopped for 30 s", measure=restarts.stopped),
    "R3": Row(what="server killed, snapshot lost", measure=restarts.lost),
    "P1": Row(what="400 of 1,000 sessions fall silent", measure=silence.row),
    "P2": Row(what="an endpoint flaps for 5 minutes", measure=flapping.row),
    "B1": Row(what="10 of 1,000 do not read", measure=stuck.row),
    "H1": Row(what="hostile peers", measure=hostile.row),
    "A1": Row(what="3 etcd, 2 servers, 5,000 sessions", measure=cluster.losses),
    "A2": Row(what="a drop told at the other server", measure=cluster.across),
    "D1": Row(what="DNS", measure=lookups.row),
}
