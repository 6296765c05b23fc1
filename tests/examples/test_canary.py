"""A secret planted in every container of every example, by every source: no command shows it, nothing keeps it."""

from __future__ import annotations

import base64
import importlib
import json
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.examples.state import ENVIRONMENT, MANIFESTS
from tests.examples.test_golden import COMBINATIONS, DATA
from tests.testbed.host import Host
from tests.torture.runs import Launcher

SOURCES = ("file", "variable", "command", "age", "shown")
"""`shown` is the one that containers get as a variable too, where `docker inspect` shows it, as the docs say."""
TELLS = "cat /run/scs/secrets/* >&2"
FAILS = f"{TELLS}; sleep 0.2; exit 3"
SAMPLE_SECONDS = 0.05


def canary(source: str, turn: int = 1) -> str:
    """Nothing that is anything else by chance, with characters that every way of writing has another form for."""
    return f'kan"arie/{source}?é+vogel-{turn}-5d1f9c'


def forms(value: str) -> set[str]:
    """The value as other ways of writing have it; of base64, what is the same wherever in a text it begins."""
    data = value.encode()
    shifted = [base64.b64encode(b"\0" * by + data).decode()[4 if by else 0 :].rstrip("=")[:-2] for by in range(3)]
    found = {value, data.hex(), json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    found |= {urllib.parse.quote(value), urllib.parse.quote(value, safe=""), urllib.parse.quote_plus(value)}
    return {*found, *shifted, *(one.replace("+", "-").replace("/", "_") for one in shifted)}


@dataclass(kw_only=True)
class Stage:
    """A host, where the values of the secrets are had, and all that was seen of them."""

    host: Host
    folder: Path
    launcher: Launcher
    said: dict[str, str] = field(default_factory=dict)

    def plant(self, turn: int) -> None:
        (self.folder / "file").write_text(canary("file", turn) + "\n")
        (self.folder / "shown").write_text(canary("shown", turn))
        (self.folder / "command").write_text(f"#!/bin/sh\nprintf '%s\\n' '{canary('command', turn)}'\n")
        (self.folder / "command").chmod(0o700)

    def scs(self, *args: str | Path, code: int = 0) -> str:
        ended = self.launcher.begin(*map(str, args), cwd=MANIFESTS).wait()
        self.said[f"{len(self.said)} {ended.argv}"] = ended.out + ended.err
        assert ended.code == code, str(ended)
        return ended.out + ended.err

    def leaks(self, texts: dict[str, str], sources: tuple[str, ...] = SOURCES) -> list[str]:
        wanted = {form for source in sources for turn in (1, 2) for form in forms(canary(source, turn))}
        return [where for where, text in texts.items() if any(one in text for one in wanted)]


@pytest.fixture
def stage(host: Host, tmp_path: Path) -> Iterator[Stage]:
    age: Any = importlib.import_module("pyrage")
    key = age.x25519.Identity.generate()
    (tmp_path / "age.key").write_text(f"{key}\n")
    (tmp_path / "age").write_bytes(age.encrypt(canary("age").encode(), [key.to_public()], armored=True))
    environment = {**ENVIRONMENT, "SCS_STATE_DIR": str(host.folder / "state"), "CANARY": canary("variable")}
    with Launcher(host, environment, tmp_path) as launcher:
        made = Stage(host=host, folder=tmp_path, launcher=launcher)
        made.plant(1)
        yield made


def overlay(stage: Stage, example: str, name: str = "over.yaml", **changed: Any) -> Path:
    """Every container of the example with every secret; with `command`, a small one in its place that runs it.

    And a job that has them all and says them.
    """
    folder = stage.folder
    whole = yaml.safe_load((MANIFESTS / COMBINATIONS[example][0]).read_text())
    use: dict[str, Any] = {source: {"path": f"{source}.txt"} for source in SOURCES} | {"shown": {"env": "SHOWN"}}
    stand_in = dict.fromkeys(("volumes", "provides", "requires", "health")) | {"image": "bb:1", "init": True}
    each = {"secrets": use, **({**stand_in, **changed} if "command" in changed else {})}
    networks: dict[str, Any] = {key: {} for key in list(whole.get("networks", ()))[:1]}
    job = {"image": "bb:1", "command": ["sh", "-c", TELLS], "secrets": use}
    job |= {"networks": networks} if networks else {}
    made = {
        "secrets": {
            "file": {"file": str(folder / "file")},
            "variable": {"env": "CANARY"},
            "command": {"command": [str(folder / "command")]},
            "age": {"age": (folder / "age").read_text(), "identity": str(folder / "age.key")},
            "shown": {"file": str(folder / "shown")},
        },
        "containers": dict.fromkeys(whole["containers"], each),
        **({"jobs": {"told": job}} if "command" in changed else {}),
    }
    path = folder / name
    path.write_text(json.dumps(made))
    return path


def kept(host: Host) -> dict[str, str]:
    """What scs and the engine keep, but for the secrets' own files."""
    files = [one for one in host.folder.rglob("*") if one.is_file() and "secrets" not in one.parts]
    found = {str(one): one.read_bytes().decode(errors="replace") for one in files}
    images = host.docker("image", "inspect", *host.docker("image", "ls", "-q").split())
    networks = host.docker("network", "inspect", *host.docker("network", "ls", "-q").split())
    return {**found, "images": images, "networks": networks}


def inspected(host: Host) -> dict[str, str]:
    names = host.docker("ps", "-aq").split()
    return {name: host.docker("inspect", name) for name in names}


@contextmanager
def command_lines(seen: dict[str, str]) -> Iterator[None]:
    """Looks at the argument lists of all processes again and again."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(SAMPLE_SECONDS):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
                except OSError:
                    continue
                seen[f"command line: {line}"] = line

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize("example", COMBINATIONS)
def test_what_only_looks_at_an_example_shows_no_secret(stage: Stage, example: str) -> None:
    files = [one for one in COMBINATIONS[example] if one.endswith(".yaml")]
    settings = COMBINATIONS[example][len(files) :]
    named: list[str | Path] = [*files, overlay(stage, example), *settings]
    for command in ("validate", "compile", "plan"):
        assert "SHOWN" in stage.scs(command, *named)
    for command in ("compile --json", "graph", "plan --json", f"plan -o {stage.host.folder}/saved"):
        stage.scs(*command.split(), *named)
    assert stage.leaks({**stage.said, **kept(stage.host)}) == []


@pytest.mark.parametrize("example", ["hello", "blog", "site"])
def test_what_changes_an_example_shows_and_keeps_no_secret(stage: Stage, example: str) -> None:
    host = stage.host
    path, *settings = (one.replace(DATA, f"{host.folder}/data") for one in COMBINATIONS[example])
    runs = ["sh", "-c", f"{TELLS}; echo $SHOWN; sleep 600"]
    update = {"monitor": "500ms"}
    named: list[str | Path] = [path, overlay(stage, example, command=runs, update=update), *settings]
    role = next(iter(yaml.safe_load((MANIFESTS / path).read_text())["containers"]))
    lines: dict[str, str] = {}
    with command_lines(lines):
        stage.scs("plan", *named, "-o", host.folder / "saved")
        stage.scs("apply", "--plan", host.folder / "saved", "--json")
        for source in SOURCES:
            name = f"{source}.txt" if source != "shown" else source
            container = host.docker("ps", "-q", "--filter", f"label=scs.role={role}").split()[0]
            assert host.docker("exec", container, "cat", f"/run/scs/secrets/{name}").strip() == canary(source)
        stage.plant(2)
        assert "were rotated" in stage.scs("plan", *named)
        stage.scs("apply", *named)
        failing = overlay(stage, example, "failing.yaml", command=["sh", "-c", FAILS], update=update, restart="no")
        assert "***" in stage.scs("apply", path, failing, *settings, code=3)
        for command in ("plan", "status", "status --json", "drift", "drift --json", "graph"):
            stage.scs(*command.split(), *named)
        for command in (f"why {role}", f"why {role} --json", "history", "history --json", "image list"):
            stage.scs(*command.split())
        for command in ("show 3", "show 3 --json", "diff 1 3", "diff 1 3 --json"):
            stage.scs("history", *command.split())
        stage.scs("rollback", "1")
        container = host.docker("ps", "-q", "--filter", f"label=scs.role={role}").split()[0]
        stage.scs("import", container)
        engine = inspected(host)
        held = kept(host)
        stage.scs("destroy", *named, "--yes")
    assert stage.leaks(held) == []
    assert stage.leaks({**stage.said, **kept(host), **lines}) == []
    assert stage.leaks(engine, SOURCES[:-1]) == []
    assert stage.leaks(engine) == list(engine), "what is there is found"


@pytest.mark.parametrize(
    "written",
    [
        lambda text: text,
        json.dumps,
        lambda text: json.dumps(text, ensure_ascii=False),
        lambda text: text.encode().hex(),
        urllib.parse.quote,
        urllib.parse.quote_plus,
        *(lambda text, by=by: base64.b64encode(b"x" * by + text.encode()).decode() for by in range(6)),
        lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    ],
)
def test_the_canary_is_found_however_it_is_written(written: Callable[[str], str]) -> None:
    for source in SOURCES:
        assert any(form in written(f"{canary(source)} and more") for form in forms(canary(source)))
