"""Builds that fail, are interrupted, or lose their engine: what is said, and what is left."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from scs.adapters.images import conversation, debian
from scs.adapters.images.builder import DockerImageBuilder
from scs.contract import errors
from scs.model.image import Copy, DebianBase, DockerfileBase, ImageFile, Run
from tests.adapters.images import making
from tests.adapters.images.driving import Builder, Packing, in_background, wait_for
from tests.adapters.images.making import Said
from tests.testbed import archives, images
from tests.testbed.host import Host


def test_a_failed_step_is_named_and_its_whole_output_kept(builder: Builder) -> None:
    steps = (
        Run(command=("true",)),
        Run(command="echo 'Step 4/4 : no'; echo one; echo two >&2; exit 3"),
        Run(command=("true",)),
    )
    failure = builder.failure(making.image(steps=steps))
    assert failure.why == (
        "step 2 of 3 of image x failed: run echo 'Step 4/4 : no'; echo one; echo two >&2; exit 3 (exit code 3)"
    )
    assert sorted(failure.detail.splitlines()) == ["Step 4/4 : no", "one", "two"]
    assert builder.said.lines[0] == "step 1/3: run true"
    assert builder.host.docker("ps", "--all", "--quiet") == ""


def test_an_owner_that_the_image_does_not_have_is_named(builder: Builder) -> None:
    failure = builder.failure(making.image(files=(ImageFile(path="/a", content="", owner="mysql:mysql"),)))
    assert failure.why == "step 1 of 1 of image x failed: files /a: the image has no user 'mysql'"


def test_a_parent_that_is_gone_is_a_failure_and_nothing_is_fetched(builder: Builder) -> None:
    failure = builder.failure(making.image(base=DebianBase(suite="nosuch"), steps=(Run(command=("true",)),)))
    assert failure.why.startswith("cannot build image x: image scs/debian:nosuch")
    assert "is not there" in failure.why


def test_a_source_that_changed_since_it_was_compiled_stops_the_build(builder: Builder, tmp_path: Path) -> None:
    source = making.source(tmp_path, "a", "one")
    image = making.image(steps=(Copy(source="a", target="/a"),), sources=(source,))
    Path(source.origin).write_text("two")
    assert builder.failure(image).why == (
        f"{source.origin}, a source of image x, changed after the manifest was read: run scs again"
    )
    assert not images.has(builder.host, image.tag)


def test_a_failed_dockerfile_names_its_instruction(builder: Builder, tmp_path: Path) -> None:
    source = making.source(tmp_path, "Dockerfile", "FROM bb:1\nRUN echo why; exit 5\n")
    failure = builder.failure(making.image(base=DockerfileBase(dockerfile="Dockerfile"), sources=(source,)))
    assert failure.why == ("step 2 of 2 of the Dockerfile of image x failed: RUN echo why; exit 5 (exit code 5)")
    assert failure.detail == "why"


def test_a_dockerfile_that_is_not_there_or_not_one_is_a_failure(builder: Builder, tmp_path: Path) -> None:
    source = making.source(tmp_path, "Dockerfile", "FROM bb:1\nRUNX y\n")
    assert builder.failure(making.image(base=DockerfileBase(dockerfile="other"), sources=(source,))).why == (
        "image x cannot be built: other is not in its folder, or .dockerignore leaves it out"
    )
    assert builder.failure(making.image(base=DockerfileBase(dockerfile="Dockerfile"), sources=(source,))).why == (
        "cannot build image x: the engine says: dockerfile parse error line 2: unknown instruction: RUNX"
    )


def test_a_refusal_too_long_for_one_piece_is_told_all_the_same(builder: Builder, tmp_path: Path) -> None:
    word = "X" * 5000
    source = making.source(tmp_path, "Dockerfile", f"FROM bb:1\n{word} y\n")
    failure = builder.failure(making.image(base=DockerfileBase(dockerfile="Dockerfile"), sources=(source,)))
    said = f"dockerfile parse error line 2: unknown instruction: {word}"
    assert failure.why == f"cannot build image x: the engine says: {said[:500]}…"
    assert failure.detail == said


def test_an_interrupt_ends_the_build_at_once_and_on_the_engine_too(builder: Builder) -> None:
    image = making.image(steps=(Run(command="echo begin; sleep 600"),))
    ended = in_background(lambda: builder.build(image))
    wait_for(lambda: builder.host.docker("ps", "--quiet"))
    began = time.monotonic()
    builder.stop.set()
    assert isinstance(ended(), errors.Interrupted)
    assert time.monotonic() - began < 5
    wait_for(lambda: not builder.host.docker("ps", "--all", "--quiet"))
    assert not images.has(builder.host, image.tag)


def test_an_engine_that_dies_while_building_leaves_it_uncertain(fresh_host: Host) -> None:
    builder = Builder(fresh_host)
    images.load(fresh_host, images.BUSYBOX, images.busybox())
    ended = in_background(lambda: builder.build(making.image(steps=(Run(command="sleep 600"),))))
    wait_for(lambda: fresh_host.docker("ps", "--quiet"))
    fresh_host.engine.kill()
    error = ended()
    assert isinstance(error, errors.Uncertain)
    assert error.why.endswith(" while it was to build image x: it may have happened or not")


def test_an_engine_that_falls_silent_leaves_it_uncertain(fresh_host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "SILENCE_SECONDS", 0.5)
    monkeypatch.setattr(conversation, "PING_SECONDS", 1.0)
    builder = Builder(fresh_host)
    images.load(fresh_host, images.BUSYBOX, images.busybox())
    ended = in_background(lambda: builder.build(making.image(steps=(Run(command="sleep 600"),))))
    wait_for(lambda: fresh_host.docker("ps", "--quiet"))
    fresh_host.engine.freeze()
    error = ended()
    fresh_host.engine.thaw()
    assert isinstance(error, errors.Uncertain)
    assert error.why.startswith(
        f"the engine at {fresh_host.socket} fell silent while it was to build image x: cannot ask whether it is there"
    )


def test_without_an_engine_nothing_is_bootstrapped(tmp_path: Path) -> None:
    address = f"unix://{tmp_path}/none.sock"
    built = DockerImageBuilder(address, commands=Packing(), cache=tmp_path / "cache", stop=threading.Event())
    with pytest.raises(errors.EngineUnavailable):
        built.build(DebianBase(suite="bookworm"), Said())
    assert not (tmp_path / "cache").exists()


def test_an_archive_that_is_none_is_refused_by_the_engine(
    builder: Builder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(debian, "KEYRINGS", (str(tmp_path),))
    monkeypatch.setattr(archives, "tree", lambda archive, **_: archive.write_bytes(b"x" * 4096))
    with pytest.raises(errors.Failure, match=r"^cannot import scs/debian:bookworm: "):
        builder.of(Packing()).build(DebianBase(suite="bookworm"), builder.said)
    assert not images.has(builder.host, "scs/debian:bookworm")
