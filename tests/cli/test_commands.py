"""Every command once, on a real engine."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest

from scs.model import labels
from tests.cli import tiny
from tests.testbed.host import Host

UP = {"dev-tiny-db-1", "dev-tiny-web-1", "dev-tiny-web-2"}


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    return tiny.write(tmp_path)


def names(host: Host) -> set[str]:
    return set(host.docker("ps", "--format", "{{.Names}}").split())


def changes(host: Host) -> str:
    """Everything by which one would see that a container, network or volume was touched."""
    containers = host.docker("ps", "-aq").split()
    return host.docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}} {{.RestartCount}}", *sorted(containers))


def test_apply_brings_it_up_and_the_second_apply_changes_nothing(host: Host, manifest: Path) -> None:
    first = host.scs("apply", manifest)
    assert (first.returncode, first.stdout) == (0, "dev/tiny: done: 5 created\n"), first.stderr
    assert names(host) == UP
    before = changes(host)
    second = host.scs("apply", manifest, "--detailed-exitcode")
    assert (second.returncode, second.stdout, second.stderr) == (0, "dev/tiny: nothing to do\n", "")
    assert changes(host) == before
    quiet = host.scs("apply", manifest, "--quiet")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")


def test_published_services_answer_and_requirements_are_told(host: Host, manifest: Path) -> None:
    host.scs("apply", manifest)
    for number in (1, 2):
        port = host.docker("port", f"dev-tiny-web-{number}", "80/tcp").splitlines()[0].rpartition(":")[2]
        with urllib.request.urlopen(f"http://{host.address}:{port}/", timeout=10) as answer:
            assert answer.read() == b"hello\n"
    told = host.scs("exec", "web-1", "--", "sh", "-c", "cat /run/scs/requires/mysql.json; echo $MYSQL_ADDRESS")
    endpoints, _, address = told.stdout.rpartition("}\n")
    assert json.loads(endpoints + "}")["endpoints"] == [
        {"host": "dev-tiny-db-1", "port": 3306, "address": "dev-tiny-db-1:3306"}
    ]
    assert address == "dev-tiny-db-1:3306\n"


def test_plan_says_what_would_be_done_and_does_nothing(host: Host, manifest: Path) -> None:
    pending = host.scs("plan", manifest, "--detailed-exitcode")
    assert pending.returncode == 2
    assert pending.stdout.splitlines()[-1] == "dev/tiny: 5 to create"
    assert names(host) == set()
    host.scs("apply", manifest)
    settled = host.scs("plan", manifest, "--detailed-exitcode")
    assert (settled.returncode, settled.stdout) == (0, "dev/tiny: nothing to do\n")


def test_plan_as_json_names_every_action_with_its_cause(host: Host, manifest: Path) -> None:
    plan = json.loads(host.scs("plan", manifest, "--json").stdout)
    assert (plan["scs"], plan["kind"], plan["manifest"]) == (1, "plan", "dev/tiny")
    assert plan["changes"] == {"create": 5, "update": 0, "restart": 0, "replace": 0, "remove": 0, "restore": 0}
    assert {action["cause"] for action in plan["actions"]} == {"it does not exist"}


def test_a_change_replaces_only_what_it_is_about(host: Host, manifest: Path) -> None:
    host.scs("apply", manifest)
    before = {name: host.docker("inspect", "--format", "{{.Id}}", name) for name in UP}
    done = host.scs("apply", manifest, "--set", "containers.db.env.NEW=1", "--detailed-exitcode")
    assert (done.returncode, done.stdout) == (2, "dev/tiny: done: 1 replaced\n"), done.stderr
    after = {name: host.docker("inspect", "--format", "{{.Id}}", name) for name in UP}
    assert {name for name in UP if before[name] != after[name]} == {"dev-tiny-db-1"}


def test_what_left_the_manifest_goes_and_its_data_stays(host: Host, manifest: Path, tmp_path: Path) -> None:
    host.scs("apply", manifest)
    host.docker("exec", "dev-tiny-db-1", "sh", "-c", "echo canary > /data/canary")
    smaller = tiny.write(tmp_path, "scs: 1\nenvironment: dev\nservice: tiny\ncontainers: {solo: {image: bb:1, "
                         "command: [sleep, '1000'], init: true}}\n", "smaller.yaml")  # fmt: skip
    done = host.scs("apply", smaller)
    assert done.returncode == 0, done.stderr
    assert names(host) == {"dev-tiny-solo-1"}
    assert "kept     volume dev-tiny-data is no longer in the manifest; its data is kept" in done.stdout
    host.scs("apply", manifest)
    assert host.docker("exec", "dev-tiny-db-1", "cat", "/data/canary") == "canary"


def test_destroy_takes_all_but_data_and_asks_first(host: Host, manifest: Path) -> None:
    host.scs("apply", manifest)
    refused = host.scs("destroy", manifest)
    assert (refused.returncode, refused.stderr) == (
        1,
        "scs: destroy asks before it removes anything, and nobody can answer here: use --yes\n",
    )
    assert names(host) == UP
    done = host.scs("destroy", manifest, "--yes")
    assert done.stdout.splitlines() == [
        "dev/tiny: done: 4 removed",
        "kept     volume data is kept with its data (--delete-data data deletes it)",
    ]
    assert host.docker("volume", "ls", "-q") == "dev-tiny-data"
    host.scs("destroy", manifest, "--yes", "--delete-data", "data")
    assert host.docker("volume", "ls", "-q") == ""


def test_status_shows_state_health_and_ports(host: Host, manifest: Path) -> None:
    host.scs("apply", manifest)
    shown = host.scs("status", manifest)
    assert shown.stdout.splitlines()[0].split() == ["MANIFEST", "CONTAINER", "STATE", "HEALTH", "PORTS", "IMAGE"]
    assert shown.stdout.splitlines()[-1] == "dev/tiny: nothing to do"
    rows = json.loads(host.scs("status", manifest, "--json").stdout)["containers"]
    assert {(row["container"], row["state"], row["health"]) for row in rows} == {
        (name, "running", "healthy") for name in UP
    }
    host.docker("stop", "-t", "0", "dev-tiny-web-1")
    rows = json.loads(host.scs("status", manifest, "--json").stdout)["containers"]
    assert {row["state"] for row in rows if row["container"] == "dev-tiny-web-1"} == {"exited"}


def test_logs_of_several_containers_are_told_apart(host: Host, manifest: Path) -> None:
    host.scs("apply", manifest)
    shown = host.scs("logs", "tiny/web")
    assert sorted(shown.stdout.splitlines()) == ["dev-tiny-web-1 | web is up", "dev-tiny-web-2 | web is up"]
    assert host.scs("logs", "web-1", "--tail", "1").stdout == "web is up\n"
    unknown = host.scs("logs", "nobody")
    assert (unknown.returncode, unknown.stderr) == (
        1,
        "scs: no container of any manifest is meant by 'nobody'; there are: "
        "dev-tiny-db-1, dev-tiny-web-1, dev-tiny-web-2\n",
    )


def test_run_has_the_roles_requirements_and_its_exit_code(host: Host, manifest: Path) -> None:
    host.scs("apply", manifest)
    done = host.scs("run", "-f", manifest, "web", "--", "sh", "-c", "echo $MYSQL_HOST; exit 7")
    assert (done.returncode, done.stdout) == (7, "dev-tiny-db-1\n"), done.stderr
    assert set(host.docker("ps", "-a", "--format", "{{.Names}}").split()) == UP


def test_graph_shows_who_needs_what(host: Host, manifest: Path) -> None:
    assert host.scs("graph", manifest).stdout == (
        "dev/tiny\n"
        "  db (bb:1)\n"
        "    provides mysql on 3306/tcp\n"
        "    volume dev-tiny-data at /data\n"
        "    network dev-tiny-net as 10.77.1.2\n"
        "  web x2 (bb:1)\n"
        "    provides http on 80/tcp, published on a port that the engine picks\n"
        "    requires mysql of db\n"
        "    network dev-tiny-net\n"
    )
    assert '"web" -> "db" [label="mysql"];' in host.scs("graph", manifest, "--dot").stdout


def test_doctor_finds_nothing_wrong_on_a_host_that_is_set_up(host: Host) -> None:
    done = host.scs("doctor")
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[0].startswith(f"good     engine at {host.socket}: answers, ")


def test_only_one_role(host: Host, manifest: Path) -> None:
    done = host.scs("apply", manifest, "--only", "db")
    assert (done.returncode, done.stdout) == (0, "dev/tiny: done: 3 created\n"), done.stderr
    assert names(host) == {"dev-tiny-db-1"}
    unknown = host.scs("apply", manifest, "--only", "wbe")
    assert (unknown.returncode, unknown.stderr) == (1, "scs: dev/tiny has no role 'wbe'; it has: db, web\n")


def test_every_command_has_help_with_an_example(host: Host) -> None:
    commands = ("validate", "compile", "plan", "apply", "destroy", "status", "logs", "exec", "run", "graph", "doctor")
    for command in (*((one,) for one in commands), ("image", "build"), ("image", "list")):
        shown = host.scs(*command, "--help")
        assert shown.returncode == 0, shown.stderr
        assert "Example:  scs " in shown.stdout, command


def test_usage_mistakes_exit_with_1(host: Host, manifest: Path) -> None:
    unknown = host.scs("apply", "--colour", manifest)
    assert unknown.returncode == 1
    assert unknown.stderr.startswith("scs: No such option: --colour")
    assert host.scs("aply", manifest).returncode == 1


def keys(data: object) -> set[str]:
    """Every key at any depth, but for those of the compiled manifest, which the manifest's own reference describes."""
    if isinstance(data, dict):
        return set(data) | {key for value in data.values() for key in keys(value)}
    return {key for item in data for key in keys(item)} if isinstance(data, list) else set()


@pytest.mark.parametrize(
    ("kind", "command"),
    [("plan", ("plan",)), ("report", ("apply",)), ("status", ("status",)), ("report", ("destroy", "--yes"))],
)
def test_json_has_no_key_that_is_not_documented(
    host: Host, manifest: Path, kind: str, command: tuple[str, ...]
) -> None:
    if command[0] == "destroy":
        host.scs("apply", manifest)
    data = json.loads(host.scs(command[0], manifest, "--json", *command[1:]).stdout)
    assert (data["scs"], data["kind"]) == (1, kind)
    docs = Path(__file__).parents[2] / "docs"
    documented = "".join((docs / name).read_text() for name in ("commands.md", "plan.md"))
    assert {key for key in keys(data) if f"`{key}`" not in documented} == set()


def test_a_replacement_that_could_not_be_made_is_not_counted_as_one(host: Host, tmp_path: Path) -> None:
    lone = tiny.write(tmp_path, tiny.LONE)
    host.scs("apply", lone)
    failed = host.scs("apply", lone, "--set", "containers.web.command=[/missing]")
    assert (failed.returncode, failed.stdout) == (3, "dev/lone: 1 put back, 1 failed\n")


def test_a_container_that_ends_again_and_again_without_a_check_is_not_done(host: Host, tmp_path: Path) -> None:
    restless = tiny.write(tmp_path, tiny.LONE.replace("sleep 600", "echo no database; sleep 0.3"))
    failed = host.scs("apply", restless)
    assert failed.returncode == 1
    assert "no database" in failed.stderr or "it ends again and again" in failed.stderr


def test_exec_says_like_a_shell_why_a_program_cannot_be_run(host: Host, tmp_path: Path) -> None:
    host.scs("apply", tiny.write(tmp_path, tiny.LONE))
    for program, code, why in (
        ("missing", 127, "has no program 'missing'"),
        ("/missing", 127, "has no program '/missing'"),
        ("/etc/passwd", 126, "cannot execute '/etc/passwd'"),
        ("/etc", 126, "cannot execute '/etc'"),
    ):
        done = host.scs("exec", "web", "--", program, "-x")
        assert (done.returncode, done.stdout, done.stderr) == (code, "", f"scs: dev-lone-web-1 {why}\n")
    assert host.scs("exec", "web", "--", "sh", "-c", "exit 127").stderr == ""
    host.docker("exec", "dev-lone-web-1", "rm", "/bin/sh")
    shell = host.scs("exec", "web")
    assert (shell.returncode, shell.stderr) == (127, "scs: dev-lone-web-1 has no program '/bin/sh'\n")
    assert host.scs("exec", "web", "--", "echo", "hi").stdout == "hi\n"


def test_status_says_at_which_address_a_port_is_published(host: Host, tmp_path: Path) -> None:
    published = tiny.LONE.replace(
        "init:", "provides: {http: {port: 80, publish: {port: 18080, address: 127.0.0.1}}}, init:"
    )
    manifest = tiny.write(tmp_path, published)
    host.scs("apply", manifest)
    (row,) = json.loads(host.scs("status", manifest, "--json").stdout)["containers"]
    assert row["ports"] == ["127.0.0.1:18080->80/tcp"]


def test_images_without_a_tag_are_listed_only_while_they_are_used(host: Host) -> None:
    for number in range(3):
        recipe = f"FROM bb:1\nLABEL {labels.IMAGE_NAME}=app\nENV N={number}\n"
        host.docker("build", "-q", "-t", "scs/untagged:1", "-", input=recipe)
        if number == 1:
            host.docker("run", "-d", "--name", "old", "scs/untagged:1", "sleep", "1000")
    listed = json.loads(host.scs("image", "list", "--json").stdout)["images"]
    assert [(one["tags"], one["used_by"]) for one in listed if one["name"] == "app"] == [
        ([], ["old"]),
        (["scs/untagged:1"], []),
    ]
