"""A run without changes ends before scs is loaded, and every change that it could hide is seen all the same."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.testbed.host import Done, Host

MANIFEST = """\
scs: 1
service: calm
vars: {answer: hello}
networks:
  net: {type: bridge, subnet: 10.11.17.0/24}
volumes:
  data: {type: local, path: FOLDER/calm/data}
  kept: {type: docker}
secrets:
  word: {file: word}
containers:
  db: {image: "bb:1", command: [sleep, "100000"], init: true, volumes: {/data: data, /kept: kept}, networks: {net: {}},
       secrets: {word: {}}}
  web:
    image: {manifest: image}
    init: true
    command: [httpd, -f, -p, "80", -h, /www]
    networks: {net: {}}
    env: {ANSWER: "{{ vars.answer }} {{ env.WHO }}"}
    files: {/www/more.html: {source: more.html}}
    provides: {http: {port: 80, publish: auto, check: {http: /, interval: 300ms}}}
"""
IMAGE = "scs: 1\nimage: calm\nbase: {image: 'bb:1'}\nbuild: [{copy: {www: /www}}]\n"
ONE = "calm.yaml"
NOTHING = "default/calm: nothing to do\n"
Disturbance = Callable[[Host, Path], object]


@pytest.fixture
def folder(host: Host) -> Path:
    folder = host.folder / "calm-manifest"
    (folder / "image/www").mkdir(parents=True)
    (folder / "calm.yaml").write_text(MANIFEST.replace("FOLDER", str(host.folder)))
    (folder / "word").write_text("hide-me\n")
    (folder / "word").chmod(0o600)
    (folder / "more.html").write_text("more\n")
    (folder / "image/image.yaml").write_text(IMAGE)
    (folder / "image/www/index.html").write_text("hello\n")
    return folder


def run(host: Host, folder: Path, *words: str, who: str = "you", **options: str) -> tuple[Done, bool]:
    """What a command came to, and whether it did without loading scs."""
    done = host.scs(*(words or ("apply", "calm.yaml")), cwd=folder, env={"WHO": who, "PYTHONPROFILEIMPORTTIME": "1"})
    return done, "scs.cli.main" not in done.stderr


def calm(host: Host, folder: Path) -> None:
    """Bring it up, and have it found at rest."""
    done, _ = run(host, folder)
    assert done.returncode == 0, done.stderr
    for _ in range(3):  # the first ones may meet files that were too new to be trusted, or make scs's own
        done, short = run(host, folder)
        assert (done.returncode, done.stdout) == (0, NOTHING)
        if short:
            return
    raise AssertionError("it never came to rest")


def docker(*words: str) -> Disturbance:
    return lambda host, _: host.docker(*words)


def write(name: str, text: str) -> Disturbance:
    return lambda _, folder: (folder / name).write_text(text)


def edit(host: Host, folder: Path) -> None:
    """The same size, and the same time of modification."""
    path = folder / "calm.yaml"
    before = path.stat()
    path.write_text(path.read_text().replace("answer: hello", "answer: world"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def no_folder(host: Host, folder: Path) -> None:
    (host.folder / "calm/data").rmdir()


def forgotten(host: Host, folder: Path) -> None:
    """As after a reboot."""
    for path in (host.folder / "run").glob("*/default/calm/default-calm-web-1/told/*"):
        path.unlink()
    for path in (host.folder / "run").glob("*/default/calm/default-calm-web-1/verified"):
        path.unlink()


@pytest.mark.parametrize(
    "disturb",
    [
        pytest.param(docker("stop", "-t", "0", "default-calm-db-1"), id="stopped"),
        pytest.param(docker("rm", "-f", "default-calm-db-1"), id="removed"),
        pytest.param(docker("pause", "default-calm-db-1"), id="paused"),
        pytest.param(docker("rename", "default-calm-db-1", "other"), id="renamed"),
        pytest.param(docker("network", "disconnect", "default-calm-net", "default-calm-db-1"), id="disconnected"),
        pytest.param(docker("tag", "bb:1", "calm:latest"), id="another image of a name"),
        pytest.param(docker("run", "-d", "--name", "stranger", "bb:1", "sleep", "100000"), id="a stranger"),
        pytest.param(edit, id="manifest"),
        pytest.param(write("image/www/index.html", "world\n"), id="source of an image"),
        pytest.param(write("image/www/new.html", "new\n"), id="another source"),
        pytest.param(write("more.html", "less\n"), id="a file's source"),
        pytest.param(write("word", "other\n"), id="secret"),
        pytest.param(no_folder, id="folder of a volume"),
        pytest.param(forgotten, id="notes"),
    ],
)
def test_whatever_may_matter_is_looked_at(host: Host, folder: Path, disturb: Disturbance) -> None:
    calm(host, folder)
    disturb(host, folder)
    assert not run(host, folder)[1]


def test_another_value_of_a_variable_that_a_template_uses_is_seen(host: Host, folder: Path) -> None:
    calm(host, folder)
    done, short = run(host, folder, "plan", "calm.yaml", "--detailed-exitcode", who="me")
    assert (done.returncode, short) == (2, False)
    done, short = run(host, folder, who="me")
    assert (done.returncode, done.stdout, short) == (0, "default/calm: done: 1 replaced\n", False)


def test_what_is_said_is_the_same(host: Host, folder: Path) -> None:
    (folder / "word").chmod(0o644)
    for words in (
        ["apply", "calm.yaml"],
        ["plan", "calm.yaml"],
        ["apply", "calm.yaml", "--json"],
        ["plan", "-q", "calm.yaml"],
    ):
        run(host, folder, *words)
        said = []
        for _ in range(4):
            done = host.scs(*words, cwd=folder, env={"WHO": "you"})
            said.append((done.returncode, done.stdout, done.stderr))
        assert len(set(said[1:])) == 1, words
    assert "every user of this host may read" in run(host, folder)[0].stderr


def test_a_deep_look_is_always_one(host: Host, folder: Path) -> None:
    calm(host, folder)
    for _ in range(2):
        done, short = run(host, folder, "apply", "calm.yaml", "--deep")
        assert (done.stdout, short) == (NOTHING, False)


@contextmanager
def another(host: Host) -> Iterator[None]:
    """Another run that holds the engine's lock."""
    lock = next((host.folder / "run").glob("*/lock"))
    with host.popen(["flock", lock, "sh", "-c", "echo; exec sleep 100"], stdout=-1) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield
        process.kill()


def test_it_waits_for_its_turn_like_any_apply(host: Host, folder: Path) -> None:
    calm(host, folder)
    with another(host):
        done, _ = run(host, folder)
        assert done.returncode == 1
        assert "another run changes this engine" in done.stderr
        planned = host.scs("plan", "calm.yaml", cwd=folder, env={"WHO": "you"})
        assert planned.stdout == NOTHING


def test_an_engine_that_is_away_is_said_to_be_away(host: Host, folder: Path) -> None:
    calm(host, folder)
    host.engine.freeze()
    try:
        done = host.scs("apply", "calm.yaml", cwd=folder, env={"WHO": "you"}, timeout=100)
    finally:
        host.engine.thaw()
    assert done.returncode == 1
    assert "did not answer within 15 s" in done.stderr


def test_a_container_that_was_changed_while_it_ran_comes_to_rest_and_is_still_looked_at(
    host: Host, folder: Path
) -> None:
    """Its labels say what it was made from, so that the lists do not show what holds now."""
    manifest = folder / "calm.yaml"
    calm(host, folder)
    manifest.write_text(
        manifest.read_text().replace("init: true, volumes", "resources: {memory: 64MiB}, init: true, volumes")
    )
    done, _ = run(host, folder)
    assert (done.returncode, done.stdout) == (0, "default/calm: done: 1 updated\n"), done.stderr
    calm(host, folder)
    host.docker("update", "--memory", "96m", "--memory-swap", "96m", "default-calm-db-1")
    done, short = run(host, folder)
    assert (done.returncode, done.stdout, short) == (0, "default/calm: done: 1 updated\n", False)
