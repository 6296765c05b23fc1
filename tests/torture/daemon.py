"""The engine killed with -9 at a random moment of a run, and started again; one round."""

from __future__ import annotations

import random
import time

from tests.testbed import commands
from tests.torture import bench as benches
from tests.torture import rounds
from tests.torture.bench import Bench, Problem

RUNS = 3
LONGEST_OUTAGE = 3.0


class EngineLost(Exception):
    """The engine's own state did not survive: it ends as often as it is started (seen: libnetwork's reservePools)."""


def torture(bench: Bench, seed: str) -> list[Problem]:
    """A story whose engine dies in the middle; what is wrong when it is back and scs ran up to three times.

    Raises EngineLost, and leaves no engine, where it does not come back.
    """
    chosen = random.Random(seed)
    rehearsed = rounds.rehearse(bench, chosen)
    with bench.proxy.armed(None):
        running = bench.begin(rehearsed.story)
        time.sleep(chosen.uniform(0, rehearsed.seconds))  # the random moment is the point of it
        bench.host.engine.kill()
        time.sleep(chosen.uniform(0, LONGEST_OUTAGE))
        try:
            bench.host.engine.start()
        except commands.BedError as error:
            running.kill()
            running.wait()
            raise EngineLost(str(error)) from error
        bench.restarted = True
        done = running.wait()
    return [*benches.said_wrong(done), *rounds.judge(bench, rehearsed, RUNS)]
