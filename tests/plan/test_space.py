"""Room on disks: what is made is held where too little is left, and what runs is left alone."""

from __future__ import annotations

from typing import Any

from scs.model.container import Container, Job, Process
from scs.model.image import BuiltImage, DebianBase, ReferencedImage
from scs.model.observed import Observed, ObservedContainer, ObservedImage
from scs.model.space import Left, Room, Use
from tests.plan import worlds as w

MIB = 1024 * 1024
WEB = w.container("web")
BUILT = BuiltImage(name="site", base=DebianBase(suite="bookworm"))
NAMED: dict[Use, str] = {"engine": "/var/lib/docker", "build": "/tmp", "own": "/run/scs"}
DF = "free some, 'docker system df' shows what takes it"


def room(use: Use, mebibytes: int, files: int | None = None) -> Room:
    return Room(use=use, folder=NAMED[use], left=Left(bytes=mebibytes * MIB, files=files))


def said(wish: Container, *rooms: Room, there: tuple[ObservedContainer, ...] = (), **extra: Any) -> list[str]:
    world: Observed = w.world(*there, room=rooms, **extra)
    return str(w.plan(w.desired(wish), world)).splitlines()


def test_a_container_is_not_made_on_a_disk_that_is_nearly_full() -> None:
    assert said(WEB, room("engine", 34)) == [
        "blocked  container dev-blog-web-1: the engine's folder /var/lib/docker has 34 MiB left, and 200 MiB are "
        f"needed to make a container: {DF}"
    ]
    assert said(WEB, room("engine", 200))[0].startswith("create   container dev-blog-web-1: create it")


def test_a_container_is_not_made_where_inodes_run_out() -> None:
    assert said(WEB, room("engine", 5_000, files=12)) == [
        "blocked  container dev-blog-web-1: the engine's folder /var/lib/docker has room for 12 more files (inodes), "
        f"and 1000 are needed to make a container: {DF}"
    ]
    assert said(WEB, room("engine", 5_000, files=1_000))[0].startswith("create ")


def test_what_runs_is_not_replaced_and_not_stopped() -> None:
    old = w.old_digest(w.running(WEB), "process")
    (line,) = said(WEB, room("engine", 34), there=(old,))
    assert line.startswith("blocked  container dev-blog-web-1: the engine's folder /var/lib/docker has 34 MiB left")


def test_what_is_there_is_started_and_left_alone_whatever_is_left() -> None:
    stopped = w.running(WEB, "exited")
    assert said(WEB, room("engine", 0), there=(stopped,))[0].startswith("restart  container dev-blog-web-1: start it")
    assert said(WEB, room("engine", 0), there=(w.running(WEB),)) == []


def test_a_replacement_that_is_half_done_comes_to_its_end() -> None:
    old = w.old_digest(w.running(WEB), "process")
    new = w.running(WEB, "created", id="id-next", name=f"{WEB.name}.next")
    lines = said(WEB, room("engine", 0), there=(old, new))
    assert [one.split()[0] for one in lines[:2]] == ["replace", "replace"]


def test_pulling_and_building_take_more() -> None:
    pulled = w.container("web", image=ReferencedImage(reference="nginx:1"))
    assert said(pulled, room("engine", 300)) == [
        "blocked  container dev-blog-web-1: the engine's folder /var/lib/docker has 300 MiB left, and 500 MiB are "
        f"needed to pull an image: {DF}"
    ]
    assert said(w.container("web", image=BUILT), room("engine", 700)) == [
        "blocked  container dev-blog-web-1: the engine's folder /var/lib/docker has 700 MiB left, and 1024 MiB are "
        f"needed to build an image: {DF}"
    ]


def test_debian_is_bootstrapped_only_where_there_is_room_for_it() -> None:
    wish = w.container("web", image=BUILT)
    rooms = (room("engine", 5_000), room("build", 100))
    assert said(wish, *rooms) == [
        "blocked  container dev-blog-web-1: the folder /tmp has 100 MiB left, and 300 MiB are needed to bootstrap "
        "Debian: free some, or set TMPDIR and SCS_STATE_DIR to folders on a larger disk"
    ]
    base = ObservedImage(id="sha256:2", tags=("scs/debian:bookworm",))
    assert said(wish, *rooms, images=(base,))[0].startswith("create   image scs/site:")


def test_scs_notes_need_room_too() -> None:
    assert said(WEB, room("engine", 5_000), room("own", 1)) == [
        "blocked  container dev-blog-web-1: scs's own folder /run/scs has 1 MiB left, and 4 MiB are needed to note "
        "what is done: free some, or set SCS_RUN_DIR to a folder on a larger disk"
    ]


def test_a_job_is_not_made_either_and_its_release_stands() -> None:
    job = w.container("migrate", job=Job(), process=Process(command=("true",)))
    (line,) = said(job, room("engine", 34))
    assert line.startswith("blocked  job dev-blog-migrate-1: the engine's folder /var/lib/docker has 34 MiB left")
