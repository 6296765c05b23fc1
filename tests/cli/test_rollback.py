"""`scs rollback`: an earlier release again, as one apply, on a real engine."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli import tiny
from tests.testbed.host import Host

BUILT = """\
scs: 1
environment: dev
service: lone
containers:
  web: {image: {manifest: app}, init: true, command: [sh, -c, "sleep 600"]}
"""
IMAGE = "scs: 1\nimage: app\nbase: {image: bb:1}\nbuild: [{copy: {page: /page}}]\n"


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    return tiny.write(tmp_path, tiny.LONE, "lone.yaml")


@pytest.fixture
def built(host: Host, tmp_path: Path) -> Iterator[Path]:
    """A manifest whose image is built here; its page is the release's number."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "image.yaml").write_text(IMAGE)
    page(tmp_path, 1)
    yield tiny.write(tmp_path, BUILT, "built.yaml")
    containers = host.docker("ps", "-aq").split()
    if containers:
        host.docker("rm", "--force", *containers)
    for tag in tags(host):
        host.docker("rmi", tag)


def page(folder: Path, number: int) -> None:
    (folder / "app" / "page").write_text(f"release {number}\n")


def tags(host: Host) -> list[str]:
    return host.docker("images", "--format", "{{.Repository}}:{{.Tag}}", "scs/app").split()


def title(host: Host) -> str:
    return host.docker("inspect", "--format", "{{json .Config.Env}}", "dev-lone-web-1").partition("TITLE=")[2][:1]


def release(host: Host, manifest: Path, name: str) -> int:
    return host.scs("apply", manifest, "--set", f"containers.web.env.TITLE={name}").returncode


def notes(host: Host) -> list[str]:
    return [one["note"] for one in json.loads(host.scs("history", "--json").stdout)["runs"]]


def test_without_a_number_it_goes_back_to_the_last_other_release_that_converged(host: Host, manifest: Path) -> None:
    assert [release(host, manifest, name) for name in "ab"] == [0, 0]
    assert host.scs("apply", manifest, "--set", "containers.web.image=nowhere:1").returncode == 3
    done = host.scs("rollback", "--detailed-exitcode")
    assert (done.returncode, done.stdout) == (0, "dev/lone: nothing to do\n"), done.stderr
    assert title(host) == "b"
    assert release(host, manifest, "c") == 0
    done = host.scs("rollback", "--detailed-exitcode")
    assert re.fullmatch(r"dev/lone: back to run 2 of \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", done.stderr.splitlines()[0])
    assert (done.returncode, done.stdout) == (2, "dev/lone: done: 1 replaced\n"), done.stderr
    assert title(host) == "b"
    assert notes(host)[0] == "rollback to 2"


def test_a_number_goes_back_to_that_run_without_its_manifest(host: Host, manifest: Path) -> None:
    assert [release(host, manifest, name) for name in "abc"] == [0, 0, 0]
    manifest.unlink()
    before = host.scs("rollback", "1", "--dry-run", "--detailed-exitcode")
    assert (before.returncode, before.stdout.splitlines()[-1]) == (2, "dev/lone: 1 to replace")
    assert title(host) == "c"
    report = json.loads(host.scs("rollback", "1", "--json").stdout)
    assert (report["kind"], report["converged"]) == ("report", True)
    assert title(host) == "a"
    assert host.scs("rollback", "1").stdout == "dev/lone: nothing to do\n"


def test_after_a_destroy_it_brings_back_what_stood(host: Host, manifest: Path) -> None:
    assert release(host, manifest, "a") == 0
    host.scs("destroy", manifest, "--yes")
    assert host.scs("rollback").stdout == "dev/lone: done: 2 created\n"
    assert title(host) == "a"
    refused = host.scs("rollback", "2")
    assert (refused.returncode, refused.stderr) == (
        1,
        "scs: run 2 destroyed dev/lone: name the run before it that brought it up\n",
    )


def test_of_several_manifests_one_has_to_be_named(host: Host, manifest: Path, tmp_path: Path) -> None:
    nothing = host.scs("rollback")
    assert nothing.stderr == "scs: nothing is in the history of this engine, so there is nothing to roll back to\n"
    assert [release(host, manifest, name) for name in "ab"] == [0, 0]
    other = tiny.write(tmp_path, tiny.LONE.replace("service: lone", "service: other"), "other.yaml")
    assert host.scs("apply", other).returncode == 0
    says = {
        (): "the history has several manifests: say which with --of: dev/lone, dev/other",
        ("--of", "dev/no"): "nothing of dev/no is in the history of this engine, so there is nothing to roll back to",
        ("--of", "dev/other"): "the history has no release of dev/other that converged, other than the one applied "
        "last: name a run of 'scs history dev/other'",
        ("1", "--of", "dev/other"): "run 1 is of dev/lone, not of dev/other",
        ("9",): "there is no run 9 in the history of this engine: see 'scs history'",
    }
    for words, why in says.items():
        refused = host.scs("rollback", *words)
        assert (refused.returncode, refused.stderr) == (1, f"scs: {why}\n")
    assert host.scs("rollback", "--of", "dev/lone").stdout == "dev/lone: done: 1 replaced\n"
    assert title(host) == "a"


def test_what_left_the_manifest_since_comes_back_and_what_came_goes(host: Host, manifest: Path, tmp_path: Path) -> None:
    host.scs("apply", manifest)
    host.scs("apply", tiny.write(tmp_path, tiny.LONE.replace("  web:", "  other:")))
    assert host.scs("rollback").returncode == 0
    assert host.docker("ps", "--format", "{{.Names}}") == "dev-lone-web-1"


def test_a_built_image_of_an_earlier_release_stays_and_is_used_without_its_sources(host: Host, built: Path) -> None:
    for number in (1, 2, 3):
        page(built.parent, number)
        assert host.scs("apply", built).returncode == 0
    assert len(tags(host)) == 3
    shutil.rmtree(built.parent / "app")
    for number in (1, 2):
        assert host.scs("rollback", str(number)).returncode == 0
        assert host.docker("exec", "dev-lone-web-1", "cat", "/page") == f"release {number}"
    assert len(tags(host)) == 3


@pytest.mark.parametrize("change", ["gone", "other"])
def test_an_image_that_is_gone_with_its_sources_is_named_before_anything_is_changed(
    host: Host, built: Path, change: str
) -> None:
    assert host.scs("apply", built).returncode == 0
    (tag,) = tags(host)
    page(built.parent, 2)
    assert host.scs("apply", built).returncode == 0
    host.docker("rmi", tag)
    if change == "gone":
        shutil.rmtree(built.parent / "app")
    before = host.docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", "dev-lone-web-1")
    for words in (("1",), ("1", "--dry-run")):
        refused = host.scs("rollback", *words)
        assert (refused.returncode, refused.stdout, refused.stderr) == (
            1,
            "",
            f"scs: run 1 needs image {tag}, which this engine no longer has, and {built.parent}/app/page, which it was "
            "made from, is gone or has changed: nothing was changed; put it back as it was, or go back to another run "
            "(see 'scs history dev/lone')\n",
        )
    assert host.docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", "dev-lone-web-1") == before


def test_an_image_that_is_gone_is_built_again_from_the_same_sources(host: Host, built: Path) -> None:
    assert host.scs("apply", built).returncode == 0
    (tag,) = tags(host)
    page(built.parent, 2)
    assert host.scs("apply", built).returncode == 0
    host.docker("rmi", tag)
    page(built.parent, 1)
    assert host.scs("rollback").returncode == 0
    assert host.docker("exec", "dev-lone-web-1", "cat", "/page") == "release 1"


def test_a_type_that_is_no_longer_installed_is_named(host: Host, manifest: Path) -> None:
    assert [release(host, manifest, name) for name in "ab"] == [0, 0]
    (file,) = (host.folder / "state").glob("*/history.db")
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("""UPDATE wish SET body = replace(body, '"type":"bridge"', '"type":"vxlan"')""")
    refused = host.scs("rollback", "1")
    assert (refused.returncode, refused.stderr) == (
        1,
        "scs: run 1 has the network default of type vxlan, which is not installed here: install its provisioner; "
        "nothing was changed\n",
    )
    assert host.scs("why", "web").stdout.splitlines()[-1].startswith("  now    not known")


def test_a_record_of_another_release_of_scs_is_said_so(host: Host, manifest: Path) -> None:
    assert [release(host, manifest, name) for name in "ab"] == [0, 0]
    (file,) = (host.folder / "state").glob("*/history.db")
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("""UPDATE wish SET body = '{"format": 0}'""")
    refused = host.scs("rollback")
    assert (refused.returncode, refused.stderr) == (
        1,
        "scs: what run 1 asked for cannot be read back: it was written in format 0, and this release reads format 1\n",
    )
    assert title(host) == "b"
