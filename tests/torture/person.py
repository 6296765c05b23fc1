"""A person at the keyboard, between runs and during them: stops, removes, renames, copies, re-tags; one round."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

from tests.torture import bench as benches
from tests.torture import foreign, rounds
from tests.torture.api import Refused
from tests.torture.bench import Bench, Problem

RUNS = 3
TAG, OTHER, FIRST = "bb:1", "bb:other", "bb:first"


class Person:
    """`theirs` are the containers that are the person's own now, by id.

    `free`: one that was renamed takes no port and no address from scs's, and no network is to be taken away under it.
    """

    def __init__(self, bench: Bench, chosen: random.Random, *, free: bool, but: tuple[str, ...] = ()) -> None:
        self.theirs: dict[str, str] = {}
        self.done: list[str] = []
        self._removed: set[str] = set()
        self._bench, self._chosen = bench, chosen
        deeds: list[Callable[[Any], None]] = [
            self.stop, self.kill, self.remove, self.pause, self.disconnect, self.copy, self.remove_volume, self.retag,
        ]  # fmt: skip
        deeds += [self.rename] if free else []
        self._deeds = [deed for deed in deeds if deed.__name__ not in but]

    def act(self) -> None:
        """One deed to one of scs's containers; what the engine refuses has not happened."""
        known = {*foreign.FOREIGN, *self.theirs.values()}
        mine = [
            one for one in self._bench.api.get("/containers/json?all=1") if one["Names"][0].lstrip("/") not in known
        ]
        if not mine:
            return
        deed, one = self._chosen.choice(self._deeds), self._chosen.choice(mine)
        try:
            deed(one)
        except Refused as refused:
            self.done.append(f"{deed.__name__} {one['Names'][0]}, refused: {refused}")
        else:
            self.done.append(f"{deed.__name__} {one['Names'][0]}")

    def leave(self) -> list[Problem]:
        """What of the person's own is gone or changed; the rest is taken away."""
        problems: list[Problem] = []
        for identifier, name in self.theirs.items():
            try:
                seen = self._bench.api.get(f"/containers/{identifier}/json")
                if seen["Name"] != f"/{name}":
                    problems.append(("foreign", f"{name}, which was the person's, became {seen['Name']}"))
                self._bench.api.call("DELETE", f"/containers/{identifier}?force=true")
            except Refused as refused:
                problems.append(("foreign", f"{name}, which was the person's: {refused}"))
        return problems

    def but_for_volumes(self, problems: list[Problem]) -> list[Problem]:
        """Without those that the person removed and nobody uses: scs makes again only what is asked for."""
        there = self._bench.api.get("/containers/json?all=1")
        used = {mount.get("Name") for one in there for mount in one["Mounts"]}
        own = tuple(f"volume {name} " for name in self._removed - used)
        return [(wrong, shown) for wrong, shown in problems if not (wrong == "lost" and shown.startswith(own))]

    def tidy(self) -> None:
        """The tag is what it was."""
        self._bench.api.call("POST", f"/images/{FIRST}/tag?repo=bb&tag=1")

    def stop(self, one: Any) -> None:
        self._call("POST", f"/containers/{one['Id']}/stop?t=1")

    def kill(self, one: Any) -> None:
        self._call("POST", f"/containers/{one['Id']}/kill")

    def remove(self, one: Any) -> None:
        self._call("DELETE", f"/containers/{one['Id']}?force=true")

    def pause(self, one: Any) -> None:
        self._call("POST", f"/containers/{one['Id']}/pause")

    def rename(self, one: Any) -> None:
        """Makes it the person's own: its name no longer says that it is scs's."""
        name = f"person-{len(self.done)}"
        self._call("POST", f"/containers/{one['Id']}/rename?name={name}")
        self.theirs[one["Id"]] = name

    def disconnect(self, one: Any) -> None:
        names = sorted(one["NetworkSettings"]["Networks"])
        if names:
            network = self._chosen.choice(names)
            self._call("POST", f"/networks/{network}/disconnect", {"Container": one["Id"], "Force": True})

    def copy(self, one: Any) -> None:
        """A copy that carries the labels of scs."""
        name = f"person-{len(self.done)}"
        image = self._call("POST", f"/commit?container={one['Id']}&repo=person&tag={len(self.done)}")["Id"]
        made = self._call("POST", f"/containers/create?name={name}", {"Image": image, "Cmd": ["sleep", "100000"]})["Id"]
        self.theirs[made] = name
        self._call("POST", f"/containers/{made}/start")

    def remove_volume(self, one: Any) -> None:
        names = [mount["Name"] for mount in one["Mounts"] if mount["Type"] == "volume"]
        if names:
            self._call("DELETE", f"/containers/{one['Id']}?force=true")
            self._call("DELETE", f"/volumes/{names[0]}")
            self._bench.forget(names[0])
            self._removed.add(names[0])

    def retag(self, one: Any) -> None:
        self._call("POST", f"/images/{self._chosen.choice((OTHER, FIRST))}/tag?repo=bb&tag=1")

    def _call(self, method: str, path: str, body: object = None) -> Any:
        return self._bench.api.call(method, path, body)


def prepare(bench: Bench) -> None:
    """A second image, to move the tag to."""
    bench.api.call("POST", f"/images/{TAG}/tag?repo=bb&tag=first")
    bench.api.call("POST", f"/commit?container={foreign.CONTAINER}&repo=bb&tag=other&comment=other")


def torture(bench: Bench, seed: str, *, but: tuple[str, ...] = ()) -> list[Problem]:
    """A story with somebody in between; what is wrong when they are gone and scs ran up to three times.

    `but` names deeds that are left out.
    """
    chosen = random.Random(seed)
    rehearsed = rounds.rehearse(bench, chosen)
    prepare(bench)
    person = Person(bench, chosen, free=rehearsed.story.free and rehearsed.story.after is not None, but=but)
    try:
        for _ in range(chosen.randrange(3)):
            person.act()
        running = bench.begin(rehearsed.story)
        for _ in range(chosen.randrange(3)):
            time.sleep(chosen.uniform(0, rehearsed.seconds / 2))  # random moments are the point of it
            person.act()
        problems = benches.said_wrong(running.wait())
        for _ in range(chosen.randrange(3)):
            person.act()
        problems += [*bench.converges(rehearsed.story, RUNS), *bench.rests(rehearsed.story), *person.leave()]
        problems += person.but_for_volumes(bench.differs(rehearsed.end))
        problems += [*bench.strangers(), *bench.canaries()]
    finally:
        person.tidy()
    return [(wrong, f"after {', '.join(person.done)}: {shown}") for wrong, shown in problems]
