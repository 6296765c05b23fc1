"""One manifest of a size against an engine in memory, measured in the process that runs this."""

from __future__ import annotations

import resource
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import yaml

from benchmarks.growth import Point
from benchmarks.manifests import Services
from scs import wiring
from scs.contract.reporter import Silent
from scs.model.desired import Desired
from scs.model.observed import ObservedContainer
from scs.model.operations import CreateContainer
from scs.model.plan import Goals, Plan
from scs.run import effects, executor, loop
from tests.fakes.surroundings import Surroundings


def point(count: int) -> Point:
    """Compiled, planned from nothing, and planned where everything is as asked for."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "scs.yaml"
        file.write_text(yaml.safe_dump(Services(name="grown", count=count, network="bridge").scs(), sort_keys=False))
        surroundings = Surroundings(folder / "host")
        began = time.perf_counter()
        desired = wiring.load([file], None, None)
        loaded = time.perf_counter()
        _, plan = loop.look(desired, Goals(), surroundings.world)
        planned = time.perf_counter()
        assert len(plan.actions) >= 2 * count
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        _bring_up(desired, plan, surroundings)
        ready = time.perf_counter()
        _, plan = loop.look(desired, Goals(), surroundings.world)
        still = time.perf_counter()
        assert plan.empty
        return Point(count=count, load=loaded - began, fresh=planned - loaded, still=still - ready, peak=peak)


def _bring_up(desired: Desired, plan: Plan, surroundings: Surroundings) -> None:
    """As if the plan had been executed. Each container is made alone, as the engine in memory is slow with many."""
    world, engine = surroundings.world, surroundings.engine
    networks = replace(plan, actions=tuple(one for one in plan.actions if one.target.kind == "network"))
    executor.execute(networks, desired, world, Silent(), {})
    empty, made = engine.listing, list[ObservedContainer]()
    for container in desired.containers:
        creation = CreateContainer(container=container, name=container.name, folder=container.name)
        engine.create_container(effects.creation(creation, desired, world))
        engine.start(container.name)
        made += engine.listing.containers
        engine.listing = empty
    engine.listing = replace(empty, containers=tuple(made))
