"""The static form: the same bytes wherever and however a manifest is compiled."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from scs.manifest import static
from tests.manifest import world

ROOT = Path(__file__).parent.parent.parent
IMAGE = """
    scs: 1
    image: wordpress
    about: {title: WordPress}
    base: {debian: bookworm}
    build:
      - packages: [nginx-light]
      - copy: {files: /opt, start: /start}
      - run: [chmod, +x, /start]
      - env: {B: 2, A: 1}
    files: {/etc/b: {content: "b\\n"}, /etc/a: {content: "für {{ config.title }}"}}
    config: {properties: {title: {type: string, default: a blog}}}
    provides: {http: {port: 80, check: {http: /}}}
    requires: {mysql: {on_change: [/update]}}
    volumes: {uploads: {path: /srv/uploads}}
    command: [/start]
"""
MANIFEST = """
    scs: 1
    environment: dev
    service: blog
    networks: {blog: {type: bridge, subnet: 10.1.0.0/24}}
    volumes: {media: {type: sub, of: disk}, disk: {type: docker}}
    containers:
      web:
        image: {manifest: images/wordpress}
        replicas: 2
        stop: {grace: 0s}
        env: {ZONE: b, AREA: a}
        labels: {b: x, a: y}
        tmpfs: {/tmp: {}, /run: {size: 1MiB}}
        volumes: {uploads: media}
        provides: {http: {publish: auto}}
        requires: {mysql: {role: db}}
      db:
        image: {reference: mariadb:11, pull: never}
        networks: {blog: {address: 10.1.0.2}}
        provides: {mysql: {port: 3306, check: {exec: [ping]}}}
"""
FILES = {
    "images/wordpress/image.yaml": IMAGE,
    "images/wordpress/start": "run\n",
    "images/wordpress/files/b": "b",
    "images/wordpress/files/a": "a",
}
COMPILE = """
import sys
from scs.adapters.rendering import JinjaRenderer
from scs.adapters.sources import DiskSources
from scs.manifest import load, static
from scs.manifest.given import Tools
from tests.manifest.world import TYPES
tools = Tools(sources=DiskSources(), renderer=JinjaRenderer(), types=TYPES)
desired = load.load((sys.argv[1],), (), (), {}, tools)
sys.stdout.buffer.write(static.text(desired).encode())
"""


def test_the_static_form_says_everything_that_was_asked_for() -> None:
    desired = world.compiled(MANIFEST, files=FILES)
    shown = static.static(desired)
    assert {key: shown[key] for key in ("scs", "kind", "environment", "service")} == {
        "scs": 1,
        "kind": "manifest",
        "environment": "dev",
        "service": "blog",
    }
    assert [one["name"] for one in shown["volumes"]] == ["dev-blog-disk", "dev-blog-media"]
    assert shown["volumes"][1]["parent"] == "dev-blog-disk"
    assert [(one["tag"], one["kind"]) for one in shown["images"]] == [
        ("mariadb:11", "reference"),
        ("scs/debian:bookworm", "debian"),
        (desired.containers[1].image.tag, "built"),
    ]
    assert [one["name"] for one in shown["containers"]] == ["dev-blog-db-1", "dev-blog-web-1", "dev-blog-web-2"]
    db, web, _ = shown["containers"]
    assert db["attachments"][0]["address"] == "10.1.0.2"
    assert db["provides"]["mysql"]["check"]["exec"] == ["ping"]
    assert web["process"] == {"env": {"AREA": "a", "ZONE": "b"}, "stop_grace": 0.0}
    assert web["provides"]["http"]["publish"] == {"port": "auto"}
    assert web["requires"]["mysql"] == {"role": "db", "provided": "mysql", "on_change": ["/update"]}
    assert web["digest"] == desired.containers[1].digest
    assert web["parts"] == desired.containers[1].parts


def test_an_image_shows_all_that_decides_it() -> None:
    shown = static.static(world.compiled(MANIFEST, files=FILES))["images"][2]
    assert shown["base"] == "scs/debian:bookworm"
    assert shown["steps"] == [
        {"packages": ["nginx-light"]},
        {"copy": {"files": "/opt"}},
        {"copy": {"start": "/start"}},
        {"run": ["chmod", "+x", "/start"]},
        {"env": {"A": "1", "B": "2"}},
    ]
    assert [(one["path"], one["mode"], len(one["sha256"])) for one in shown["sources"]] == [
        ("files/a", "0644", 64),
        ("files/b", "0644", 64),
        ("start", "0644", 64),
    ]
    assert shown["files"][0] == {"path": "/etc/a", "mode": "0644", "owner": "root:root", "content": "für a blog"}


def test_a_dockerfile_is_shown_with_its_arguments_and_parent() -> None:
    app = "scs: 1\nimage: app\nbase: {dockerfile: Dockerfile, args: {A: 1}, from: {debian: bookworm}}\n"
    source = "scs: 1\nservice: s\ncontainers: {web: {image: {manifest: app}}}\n"
    files = {"app/image.yaml": app, "app/Dockerfile": "ARG BASE\nFROM $BASE\nARG A\n"}
    images = static.static(world.compiled(source, files=files))["images"]
    assert images[1]["base"] == {"dockerfile": "Dockerfile", "args": {"A": "1"}, "from": "scs/debian:bookworm"}


def test_yaml_and_json_say_the_same() -> None:
    desired = world.compiled(MANIFEST, files=FILES)
    assert json.loads(static.text(desired, as_json=True)) == yaml.safe_load(static.text(desired))
    assert json.loads(static.text(desired, as_json=True)) == static.static(desired)


def test_places_on_this_disk_are_not_shown() -> None:
    assert world.ROOT not in static.text(world.compiled(MANIFEST, files=FILES))


def written(folder: Path) -> None:
    reversed_keys = json.dumps(backwards(yaml.safe_load(world.text(MANIFEST))))
    image = json.dumps(backwards(yaml.safe_load(world.text(IMAGE))))
    other = {"other/blog.yaml": reversed_keys, **{f"other/{name}": text for name, text in FILES.items()}}
    for name, text in {"blog.yaml": MANIFEST, **FILES, **other, "other/images/wordpress/image.yaml": image}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(world.text(text), encoding="utf-8")
        path.chmod(0o644)


def backwards(value: object) -> object:
    if isinstance(value, dict):
        return {key: backwards(item) for key, item in reversed(value.items())}
    return [backwards(item) for item in value] if isinstance(value, list) else value


def run(file: str, folder: Path, **environ: str) -> bytes:
    clean = {key: value for key, value in os.environ.items() if key not in {"PYTHONHASHSEED", "LC_ALL", "LANG"}}
    done = subprocess.run(
        [sys.executable, "-c", COMPILE, file],
        cwd=folder,
        env={**clean, "PYTHONPATH": str(ROOT), **environ},
        capture_output=True,
        check=True,
        timeout=60,
    )
    return done.stdout


@pytest.mark.parametrize("file", ["blog.yaml", "other/blog.yaml"])
def test_the_bytes_depend_on_no_seed_locale_folder_or_order_of_keys(tmp_path: Path, file: str) -> None:
    written(tmp_path)
    expected = run("blog.yaml", tmp_path, PYTHONHASHSEED="0", LC_ALL="C.UTF-8")
    assert expected.startswith(b"scs: 1\nkind: manifest\n")
    assert run(file, tmp_path, PYTHONHASHSEED="1", LC_ALL="C") == expected
    assert run(str(tmp_path / file), Path("/"), PYTHONHASHSEED="2", LC_ALL="POSIX", PYTHONUTF8="0") == expected
