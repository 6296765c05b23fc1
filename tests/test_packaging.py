"""What is installed: the wheel has every file of the packages, and each entry point leads somewhere."""

from __future__ import annotations

import importlib
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("scs", "provisioners", "schemas")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
TARGETS = [
    *PROJECT["scripts"].values(),
    *(target for group in PROJECT["entry-points"].values() for target in group.values()),
]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files in a wheel built from this tree."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        return set(archive.namelist())


def test_the_wheel_has_every_file_of_the_packages(wheel: set[str]) -> None:
    paths = (path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_file())
    ours = {str(path.relative_to(ROOT)) for path in paths if path.suffix != ".pyc"}
    assert ours == {name for name in wheel if name.split("/")[0] in PACKAGES}


def test_the_wheel_has_the_schemas_and_the_marks_of_typed_packages(wheel: set[str]) -> None:
    assert "schemas/volumes/local.schema.json" in wheel
    assert {f"{package}/py.typed" for package in PACKAGES} <= wheel


def test_the_distribution_does_not_take_the_name_of_another_project() -> None:
    assert PROJECT["name"] == "scs-reconciler"


@pytest.mark.parametrize("target", TARGETS)
def test_each_entry_point_leads_to_what_it_names(target: str) -> None:
    module, _, name = target.partition(":")
    assert callable(getattr(importlib.import_module(module), name))
