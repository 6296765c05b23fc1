"""What the rounds share: a story chosen by a seed, its end seen once undisturbed, and the look at it afterwards."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass

from tests.torture.bench import Bench, Problem
from tests.torture.stories import STORIES, Story


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """A story whose host is at its beginning; `end` is what it ends with, `seconds` how long that takes."""

    story: Story
    end: Counter[str]
    seconds: float


def rehearse(bench: Bench, chosen: random.Random, stories: tuple[Story, ...] = STORIES) -> Rehearsed:
    """A clean host at the beginning of a story or of its way back."""
    story = chosen.choice(stories)
    story = story.back if chosen.random() < 0.5 else story
    bench.clean()
    bench.prepare(story)
    began = time.monotonic()
    bench.sound(bench.run(story))
    seconds = time.monotonic() - began
    end = bench.settled(story)
    bench.sound(bench.run(story.back))
    bench.plant()
    return Rehearsed(story=story, end=end, seconds=seconds)


def judge(bench: Bench, rehearsed: Rehearsed, times: int) -> list[Problem]:
    """Whether so many runs bring the story to its end, and whether all else is as it was."""
    return [
        *bench.converges(rehearsed.story, times),
        *bench.rests(rehearsed.story),
        *bench.differs(rehearsed.end),
        *bench.strangers(),
        *bench.canaries(),
    ]
