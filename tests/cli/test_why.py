"""`scs why`: which run made a container and because of what, and what an apply would do now, on a real engine."""

from __future__ import annotations

import json
import platform
import re
from pathlib import Path

import pytest

from tests.cli import tiny
from tests.testbed.host import Host

ROOT = f"root on {platform.node()}"
MOMENT = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    return tiny.write(tmp_path, tiny.LONE, "lone.yaml")


def said(host: Host, *words: str | Path) -> list[str]:
    done = host.scs("why", *words)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return re.sub(MOMENT, "MOMENT", done.stdout).splitlines()


def test_it_names_the_run_that_made_it_and_its_cause(host: Host, manifest: Path) -> None:
    host.scs("apply", manifest)
    made = f"  made   MOMENT UTC by run 1 ({ROOT})"
    now = "  now    nothing: it is as asked for"
    first = ["dev-lone-web-1", made, "  why    create: it does not exist", now]
    assert said(host, "web") == first
    host.scs("apply", manifest, "--set", "containers.web.env.A=1")
    assert said(host, "lone/web") == [
        "dev-lone-web-1",
        f"  made   MOMENT UTC by run 2 ({ROOT})",
        "  why    replace: its process changed",
        now,
    ]
    host.scs("rollback")
    assert said(host, "web")[1] == f"  made   MOMENT UTC by run 3, rollback to 1 ({ROOT})"


def test_with_a_manifest_it_says_what_an_apply_would_do(host: Host, manifest: Path) -> None:
    host.scs("apply", manifest)
    lines = said(host, "web", "-f", manifest, "--set", "containers.web.env.A=1")[3:]
    assert lines
    assert all(re.fullmatch(r"  now    replace  container .*\(because its process changed.*\)", one) for one in lines)


def test_a_container_that_is_gone_is_known_by_what_was_asked_for_last(host: Host, manifest: Path) -> None:
    host.scs("apply", manifest)
    host.docker("rm", "--force", "dev-lone-web-1")
    assert said(host, "web")[:3] == [
        "dev-lone-web-1",
        "  made   it does not exist",
        "  now    create   container dev-lone-web-1: create it from bb:1 (because it does not exist)",
    ]


def test_a_container_that_no_run_in_the_history_made_is_said_so(host: Host, manifest: Path) -> None:
    host.scs("apply", manifest)
    (file,) = (host.folder / "state").glob("*/history.db")
    file.unlink()
    assert said(host, "web") == [
        "dev-lone-web-1",
        "  made   MOMENT UTC, by none of the runs in the history",
        "  now    not known, because nobody says what is asked for: name the manifest with -f",
    ]
    assert said(host, "web", "-f", manifest)[2] == "  now    nothing: it is as asked for"


def test_replicas_are_told_one_by_one_and_as_json(host: Host, manifest: Path) -> None:
    host.scs("apply", manifest, "--set", "containers.web.replicas=2")
    assert said(host, "web")[::4] == ["dev-lone-web-1", "dev-lone-web-2"]
    assert said(host, "web-2")[0] == "dev-lone-web-2"
    found = json.loads(host.scs("why", "web-2", "--json").stdout)
    (one,) = found["containers"]
    assert (found["kind"], one.pop("created") is not None) == ("why", True)
    assert one == {
        "container": "dev-lone-web-2",
        "run": 1,
        "change": "create",
        "cause": "it does not exist",
        "who": {"login": "root", "user": "root", "host": platform.node()},
        "pending": [],
    }


def test_an_unknown_role_is_refused_with_those_that_there_are(host: Host, manifest: Path) -> None:
    host.scs("apply", manifest)
    refused = host.scs("why", "nobody")
    assert (refused.returncode, refused.stderr) == (
        1,
        "scs: no container of any manifest is meant by 'nobody'; there are: dev-lone-web-1\n",
    )
