"""The fake engine held to the real one: the same random calls of the contract on both, and what each says and lists.

What the fake leaves out is left out here as well:
- the engine's own networks; ports of what does not run, or is on an internal network or on none
- a container made with a volume that is not there, or without a network: scs makes neither
- a network that goes from under a container that stands
- addresses of containers that were connected while they ran
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from scs.adapters.docker.engine import DockerEngine
from scs.contract import errors
from scs.contract.engine import Creation, Engine, NewNetwork, Pool
from scs.model.container import Attachment, Container, Process
from scs.model.observed import Listing, ObservedContainer, ObservedNetwork
from scs.model.service import Provided, Publish
from scs.model.storage import EngineVolume
from tests.fakes.engine import FakeEngine
from tests.run import manifests
from tests.torture.bench import Bench
from tests.torture.verdict import Finding

NAMES = ("one", "two", "three")
INTERNAL = "net-b"
NETWORKS = ("net-a", INTERNAL)
VOLUMES = ("vol-a", "vol-b")
SUBNETS = ("10.20.1.0/24", "10.20.2.0/24")
POOLS: tuple[tuple[Pool, ...], ...] = (*((Pool(subnet=one),) for one in SUBNETS), ())
OWN = ("bridge", "host", "none")
FIXED = 9100
"""A port that two containers cannot have at once; all others are picked."""
EVERY = 50
"""So many steps between two empty hosts."""

Step = tuple[str, Callable[[Engine], object]]


def batch(bench: Bench, seed: str, count: int) -> Iterator[tuple[int, list[Finding]]]:
    """So many steps, in sequences that begin with nothing. A sequence ends where the two disagree."""
    for number in range(-(-count // EVERY)):
        yield _sequence(bench, f"{seed}.{number}", min(EVERY, count - number * EVERY))


def _sequence(bench: Bench, seed: str, count: int) -> tuple[int, list[Finding]]:
    chosen = random.Random(seed)
    bench.clear()
    (bench.host.folder / "run").mkdir()
    real, fake = DockerEngine(bench.host.socket), FakeEngine()
    fake.add_image("bb:1")
    said: list[str] = []
    for step in range(1, count + 1):
        shown, call = _step(chosen, fake.listing, str(bench.host.folder / "run"))
        results = [_result(call, engine) for engine in (real, fake)]
        said.append(f"{shown}: {results[0]}")
        lists = [_lines(engine.list()) for engine in (real, fake)]
        if results[0] != results[1] or lists[0] != lists[1]:
            differ = [f"real {sorted(lists[0] - lists[1])}", f"fake {sorted(lists[1] - lists[0])}"]
            text = f"after {'; '.join(said[-6:])}: real says {results[0]}, fake says {results[1]}; {'; '.join(differ)}"
            replay = f"--replay 'agreement {seed.rpartition('.')[0]}'"
            return step, [Finding(wrong="not converged", kind="agreement", replay=replay, shown=text)]
    return count, []


def _result(call: Callable[[Engine], object], engine: Engine) -> str:
    """The kind of what came out; words and ids are each engine's own."""
    try:
        value = call(engine)
    except errors.EffectError as error:
        return type(error).__name__
    except Exception as error:  # the contract forbids it to either: it is what is looked for here
        return f"{error!r}, which no engine may raise"
    return value if isinstance(value, str) and len(value) < 32 else "done"


def _step(chosen: random.Random, listing: Listing, run_folder: str) -> Step:
    name, network, volume = chosen.choice(NAMES), chosen.choice(NETWORKS), chosen.choice(VOLUMES)
    other = chosen.choice(NAMES)
    creation = _creation(name, chosen, [one.name for one in listing.volumes], run_folder)
    attachment = Attachment(network=network, identity=manifests.network().digest)
    made = NewNetwork(
        name=network,
        driver="bridge",
        labels={"scs.key": chosen.choice("xy")},
        pools=chosen.choice(POOLS),
        internal=network == INTERNAL,
        options={},
    )
    there = {one.name for one in listing.networks}
    used = {have.network for one in listing.containers for have in one.attachments}
    steps: Mapping[str, tuple[int, Callable[[Engine], object]]] = {
        f"create_container {name} {creation.container.attachments} {sorted(creation.bindings)}": (
            4, lambda engine: engine.create_container(creation)
        ),
        f"connect {name} {network}": (2 if network in there else 0, lambda engine: engine.connect(name, attachment)),
        f"start {name}": (4, lambda engine: engine.start(name)),
        f"stop {name}": (2, lambda engine: engine.stop(name, 1)),
        f"unpause {name}": (1, lambda engine: engine.unpause(name)),
        f"rename {name} {other}": (1, lambda engine: engine.rename(name, other)),
        f"disconnect {name} {network}": (
            1 if network in there else 0, lambda engine: engine.disconnect(name, network)
        ),
        f"remove_container {name}": (2, lambda engine: engine.remove_container(name)),
        f"exec {name}": (1, lambda engine: str(engine.exec(name, ["true"], timeout=5, env={}).code)),
        f"create_network {network} {[pool.subnet for pool in made.pools]}": (
            1 if network in there else 4, lambda engine: engine.create_network(made)
        ),
        f"remove_network {network}": (0 if network in used else 2, lambda engine: engine.remove_network(network)),
        f"create_volume {volume}": (2, lambda engine: engine.create_volume(volume, "local", {}, {"scs.key": volume})),
        f"remove_volume {volume}": (1, lambda engine: engine.remove_volume(volume)),
        f"restarts {name}": (1, lambda engine: str(engine.restarts(name))),
    }  # fmt: skip
    shown = chosen.choices(list(steps), [weight for weight, _ in steps.values()])[0]
    return shown, steps[shown][1]


def _creation(name: str, chosen: random.Random, there: list[str], run_folder: str) -> Creation:
    nets = tuple(Attachment(network=one, identity=manifests.network().digest) for one in chosen.sample(NETWORKS, 1))
    volumes = chosen.sample(there, min(len(there), chosen.choice((0, 0, 1))))
    published = (
        Publish(port=chosen.choice((0, FIXED))) if chosen.random() < 0.3 and nets[0].network != INTERNAL else None
    )
    container: Container = manifests.container(
        name,
        process=Process(command=("sleep", "100000"), init=True),
        provides=(Provided(name="http", port=80, publish=published),),
    )
    mounts = tuple(
        replace(manifests.container("x", volumes=(manifests.volume(one),)).mounts[0], volume=one) for one in volumes
    )
    return Creation(
        container=replace(container, attachments=nets, mounts=mounts),
        name=name,
        labels={"scs.role": name},
        bindings={one: EngineVolume(name=one) for one in volumes},
        modes={},
        endpoints={},
        run_folder=run_folder,
    )


def _lines(listing: Listing) -> set[str]:
    """What both must list alike."""
    internal = {one.name for one in listing.networks if one.internal}
    rows: list[tuple[str, str, Any]] = [
        *(("container", one.name, _container(one, internal)) for one in listing.containers),
        *(("network", one.name, _network(one)) for one in listing.networks if one.name not in OWN),
        *(("volume", one.name, [one.driver, dict(one.labels)]) for one in listing.volumes),
    ]
    return {f"{kind} {name} {json.dumps(value, sort_keys=True)}" for kind, name, value in rows}


def _container(one: ObservedContainer, internal: set[str]) -> list[Any]:
    attached = sorted(have.network for have in one.attachments if have.network not in OWN)
    ports = {(port.container_port, port.port if port.port == FIXED else bool(port.port)) for port in one.ports}
    reachable = one.state == "running" and attached and not any(have.network in internal for have in one.attachments)
    shown = sorted(ports) if reachable else []
    return [one.state, dict(one.labels), one.image, attached, sorted(one.volumes), shown]


def _network(one: ObservedNetwork) -> list[Any]:
    subnets = [subnet for subnet in one.subnets if subnet in SUBNETS]
    return [one.driver, dict(one.labels), subnets, one.internal]
