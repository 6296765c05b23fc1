"""Three runs at once, of one manifest or of three, with or without waiting for the lock; one round."""

from __future__ import annotations

import random
import time

from tests.torture import bench as benches
from tests.torture.bench import Bench, Problem
from tests.torture.runs import Ended
from tests.torture.stories import STORIES, Story

LOCKED = "scs: another run changes this engine: "
WAITING = ("--lock-wait", "120")
FRESH = tuple(
    Story(name=one.name, before=None, after=one.after)
    for one in STORIES
    if one.name
    in ("hello", "blog", "site", "volume", "local", "external", "ports", "replicas", "changing", "checks-fresh")
)


def torture(bench: Bench, seed: str) -> list[Problem]:
    """Three manifests or one thrice, made from nothing at once; what is wrong afterwards."""
    chosen = random.Random(seed)
    same, waiting, killed = chosen.random() < 0.5, chosen.random() < 0.5, chosen.random() < 0.3
    stories = [chosen.choice(FRESH)] * 3 if same else chosen.sample(FRESH, 3)
    wanted = list({one.name: one for one in stories}.values())
    bench.clean()
    for story in wanted:
        bench.sound(bench.run(story))
    end = bench.settled(wanted[0])
    for story in wanted:
        bench.sound(bench.run(story.back))
    with bench.proxy.armed(None):
        running = [bench.begin(story, *(WAITING if waiting else ())) for story in stories]
        if killed:
            time.sleep(chosen.uniform(0, 2))  # a random moment is the point of it
            running[0].kill()
        ended = [one.wait() for one in running]
    problems = [problem for one in ended for problem in _judge(one, waiting=waiting)]
    if not any(one.code == 0 for one in ended[killed:]) and not killed:
        problems.append(("not converged", "\n".join(map(str, ended))))
    for story in wanted:
        problems += bench.converges(story, 1)
    for story in wanted:
        problems += bench.rests(story)
    return [*problems, *bench.differs(end), *bench.strangers(), *bench.canaries()]


def _judge(ended: Ended, *, waiting: bool) -> list[Problem]:
    """Each has succeeded, or has said who holds the lock."""
    problems = benches.said_wrong(ended)
    if ended.code > 0 and (waiting or not ended.err.startswith(LOCKED)):
        problems.append(("not converged", str(ended)))
    return problems
