"""Every manifest in `manifests/`, valid, compiled and planned as the golden texts have it.

After a change that is meant, `SCS_UPDATE_GOLDEN=1 script/test tests/examples/test_golden.py` writes them again; the
diff shows what people would see change.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.examples.state import MANIFESTS
from tests.testbed.host import Host

GOLDEN = Path(__file__).parent / "golden"
DATA = "/srv/scs-golden"
"""A folder that nobody has, so that the plans make all volumes."""
COMBINATIONS = {
    "hello": ("hello/hello.yaml",),
    "blog": ("blog/blog.yaml", "--set", f"vars.data={DATA}"),
    "blog-vagrant": ("blog/blog.yaml", "blog/vagrant.yaml", "--set", f"vars.data={DATA}"),
    "blog-dev": ("blog/blog.yaml", "blog/dev.yaml", "--set", f"vars.data={DATA}"),
    "site": ("site/site.yaml", "--set", f"vars.data={DATA}", "--set", "vars.tls=images"),
    "site-dev": ("site/site.yaml", "site/dev.yaml", "--set", f"vars.data={DATA}", "--set", "vars.tls=images"),
}


def compare(name: str, text: str) -> None:
    path = GOLDEN / name
    shown = text.replace(str(MANIFESTS), "MANIFESTS")
    if shown != text:  # a path of this host is part of the wish, and so of the digests
        shown = re.sub(r"v1:[0-9a-f]{64}", "v1:...", shown)
    if os.environ.get("SCS_UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown)
    assert shown == path.read_text()


def test_every_manifest_is_among_them() -> None:
    manifests = {
        str(path.relative_to(MANIFESTS))
        for path in MANIFESTS.rglob("*.yaml")
        if path.name != "image.yaml" and "\ncontainers:" in path.read_text()
    }
    assert manifests == {part for parts in COMBINATIONS.values() for part in parts if part.endswith(".yaml")}


@pytest.mark.parametrize("name", COMBINATIONS)
def test_it_compiles_to_the_golden_text(name: str, host: Host) -> None:
    assert host.scs("validate", *COMBINATIONS[name], cwd=MANIFESTS).returncode == 0
    compiled = host.scs("compile", *COMBINATIONS[name], cwd=MANIFESTS)
    assert compiled.returncode == 0, compiled.stderr
    compare(f"{name}.compiled.yaml", compiled.stdout)


@pytest.mark.parametrize("name", COMBINATIONS)
def test_its_first_plan_is_the_golden_text(name: str, host: Host) -> None:
    planned = host.scs("plan", *COMBINATIONS[name], cwd=MANIFESTS)
    assert planned.returncode == 0, planned.stderr
    compare(f"{name}.plan.txt", planned.stdout)
