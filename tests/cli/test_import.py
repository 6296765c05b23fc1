"""`scs import` on a real engine: what comes back is what was there; and what the command does with its words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from scs.cli import main
from tests.testbed.host import Host

IMAGE = """\
FROM bb:1
ENV FROM_IMAGE=1 CHANGED=image
LABEL org.example.image=yes
EXPOSE 81
WORKDIR /srv
ENTRYPOINT ["/bin/sh", "-c"]
CMD ["exec sleep 1000"]
HEALTHCHECK --interval=7s CMD ["true"]
"""
COMPOSE = """\
services:
  web:
    image: bb:1
    command: ["httpd", "-f", "-p", "80", "-h", "/page"]
    init: true
    restart: always
    mem_limit: 64m
    ports: ["127.0.0.1:${PORT:-18080}:80"]
    volumes: ["./page:/page:ro", "cache:/cache"]
    networks: {back: {aliases: [www]}}
    healthcheck: {test: wget -q -O /dev/null http://localhost/, interval: 1s, start_period: 5s}
  client:
    image: bb:1
    command: sleep 1000
    init: true
    environment: ["SAID=${GREETING}"]
    networks: [back]
    depends_on: {web: {condition: service_healthy}}
networks: {back: {}}
volumes: {cache: {}}
"""
OPTIONS = (
    "--name", "web", "--network", "net", "--ip", "10.77.9.5", "--network-alias", "www",
    "--env", "CHANGED=mine", "--env", "EMPTY=", "--env", "TEMPLATE=a {{ b }} {% c %}", "--env", "NUMBER=010",
    "--env", "LINES=one\ntwo\n", "--env", "FLOAT=1e5", "--env", "OCTAL=0o17", "--env", "NO=no",
    "--entrypoint", "sh", "--user", "33:33", "--workdir", "/tmp", "--hostname", "web.example",
    "--stop-signal", "SIGQUIT", "--stop-timeout", "3", "--init", "--read-only",
    "--label", "org.example.team=web", "--label", "org.example.n=7",
    "--memory", "64m", "--cpus", "0.5", "--pids-limit", "50", "--ulimit", "nofile=1024:2048", "--ulimit", "core=0",
    "--restart", "on-failure:4", "--cap-add", "NET_ADMIN", "--cap-drop", "MKNOD", "--cap-drop", "CHOWN",
    "--security-opt", "no-new-privileges", "--device", "/dev/null:/dev/zilch:rw", "--sysctl", "net.core.somaxconn=512",
    "--dns", "10.0.0.2", "--dns-search", "example.org", "--add-host", "printer:10.0.0.9",
    "--add-host", "here:host-gateway", "--tmpfs", "/scratch:size=1m,mode=1770", "--tmpfs", "/plain",
    "--mount", "type=tmpfs,target=/memory,tmpfs-size=2m,tmpfs-mode=0700",
    "--log-driver", "json-file", "--log-opt", "max-size=5m", "--log-opt", "max-file=2",
    "--health-cmd", "test -d /tmp", "--health-interval", "3s", "--health-timeout", "2s", "--health-retries", "4",
    "--health-start-period", "1s",
    "--publish", "127.0.0.1:18080:80", "--publish", "18081:81", "--publish", "5353:53/udp", "--expose", "9000",
)  # fmt: skip


def inspected(host: Host, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(host.docker("inspect", name))[0]
    return found


def image(host: Host, tmp_path: Path) -> str:
    folder = tmp_path / "image"
    folder.mkdir()
    (folder / "Dockerfile").write_text(IMAGE)
    host.docker("build", "--quiet", "--tag", "told:1", str(folder))
    return "told:1"


def shape(found: Mapping[str, Any]) -> dict[str, Any]:
    """Everything about a container that a manifest can say, however the engine was told."""
    config, limits = found["Config"], found["HostConfig"]
    networks = found["NetworkSettings"]["Networks"]
    return {
        "env": sorted(config["Env"]),
        **{
            key: config.get(key) or None
            for key in ("Image", "Cmd", "Entrypoint", "User", "WorkingDir", "Hostname", "StopSignal")
        },
        "stop": config.get("StopTimeout") or 10,
        "labels": {key: value for key, value in config["Labels"].items() if not key.startswith("scs.")},
        "ports": sorted(config["ExposedPorts"]),
        "published": limits["PortBindings"],
        "health": {**config["Healthcheck"], "Test": config["Healthcheck"]["Test"][-1]},
        **{key: limits.get(key) or None for key in SAME},
        "hosts": sorted(limits["ExtraHosts"] or ()),
        "restart": limits["RestartPolicy"],
        "ulimits": sorted(map(str, limits["Ulimits"] or ())),
        "capabilities": [
            sorted(one.removeprefix("CAP_") for one in limits[key] or ()) for key in ("CapAdd", "CapDrop")
        ],
        "tmpfs": {path: megabytes(said) for path, said in (limits.get("Tmpfs") or {}).items()},
        "mounts": sorted(
            (one["Type"], one["Destination"], one["RW"], one["Source"])
            for one in found["Mounts"]
            if one["Destination"] != "/run/scs"
        ),
        "memory": [one.get("TmpfsOptions") for one in limits.get("Mounts") or () if one["Type"] == "tmpfs"],
        "networks": {
            name: (one["IPAMConfig"] or {}, {*(one["Aliases"] or ())} - {found["Id"][:12], "web"})
            for name, one in networks.items()
        },
    }


SAME = (
    "Memory", "NanoCpus", "PidsLimit", "Devices", "SecurityOpt", "Sysctls", "Dns", "DnsSearch", "Init",
    "ReadonlyRootfs", "Privileged", "LogConfig",
)  # fmt: skip


def megabytes(said: str) -> set[str]:
    return {one.replace("size=1048576", "size=1m").replace("mode=01770", "mode=1770") for one in said.split(",")}


def test_what_is_imported_and_applied_equals_what_was_there(host: Host, tmp_path: Path) -> None:
    tag = image(host, tmp_path)
    data = host.folder / "data"
    data.mkdir()
    host.docker("network", "create", "--subnet", "10.77.9.0/24", "net")
    host.docker("network", "create", "other")
    mounts = ("--volume", f"{data}:/data:ro", "--volume", "kept:/kept", "--volume", "/etc/hostname:/etc/told")
    host.docker("create", *OPTIONS, *mounts, tag, "-c", "exec sleep 1000")
    host.docker("network", "connect", "other", "web")
    host.docker("start", "web")
    before = shape(inspected(host, "web"))
    manifest = host.folder / "web.yaml"
    done = host.scs("import", "web", "-o", manifest)
    assert (done.returncode, done.stdout) == (0, "")
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == [
        "web.Mounts./kept",
        "1 thing could not be expressed; the rest is in the manifest",
    ]
    assert host.scs("validate", manifest).stdout == "default/web: valid (1 container)\n"
    host.docker("rm", "--force", "web")
    host.docker("volume", "rm", "kept")
    applied = host.scs("apply", manifest)
    assert applied.returncode == 0, applied.stdout + applied.stderr + manifest.read_text()
    assert shape(inspected(host, "default-web-web-1")) == before
    again = host.scs("apply", manifest, "--detailed-exitcode")
    assert (again.returncode, again.stdout) == (0, "default/web: nothing to do\n")


@pytest.mark.parametrize(
    "options",
    [
        ("--network", "host", "--cap-add", "SYS_PTRACE", "told:1"),
        ("--network", "none", "--restart", "always", "--entrypoint", "", "told:1", "sleep", "1000"),
        ("--network", "net", "--publish-all", "--no-healthcheck", "--dns-search", "x.example", "told:1"),
    ],
)
def test_what_the_image_says_is_as_it_was_under_other_options(
    host: Host, tmp_path: Path, options: tuple[str, ...]
) -> None:
    image(host, tmp_path)
    host.docker("network", "create", "net")
    host.docker("run", "--detach", "--name", "web", *options)
    before = inspected(host, "web")
    (tmp_path / "web.yaml").write_text(host.scs("import", "web").stdout)
    host.docker("rm", "--force", "web")
    applied = host.scs("apply", tmp_path / "web.yaml")
    assert applied.returncode == 0, applied.stdout + applied.stderr
    after = inspected(host, "default-web-web-1")
    # A check that was taken out, ports at random, a name from the id, and a log without a limit, which scs limits.
    unlike = {"health", "published", "Hostname", "LogConfig"}
    assert {key: value for key, value in shape(after).items() if key not in unlike} == {
        key: value for key, value in shape(before).items() if key not in unlike
    }
    said = before["NetworkSettings"]["Ports"]
    assert {*after["NetworkSettings"]["Ports"]} == {*said}
    assert all(after["NetworkSettings"]["Ports"][port] for port in said)


def test_a_plain_container_comes_to_a_manifest_of_a_few_lines_and_an_image_says_its_own(host: Host) -> None:
    host.docker("run", "--detach", "--name", "hello", "--publish", "8080:80", "bb:1", "sleep", "1000")
    done = host.scs("import", "hello", "--service", "greeting", "--environment", "dev", "--strict")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1:] == [
        "scs: 1",
        "environment: dev",
        "service: greeting",
        "",
        "containers:",
        "  hello:",
        "    image: bb:1",
        '    command: [sleep, "1000"]',
        '    restart: "no"',
        "    provides: {http: {port: 80, publish: 8080}}",
    ]


def test_several_containers_are_roles_and_alike_ones_replicas(host: Host) -> None:
    host.docker("network", "create", "blog_net")
    for number in (1, 2):
        compose = {"project": "blog", "service": "web", "container-number": str(number)}
        labels = [part for key, value in compose.items() for part in ("--label", f"com.docker.compose.{key}={value}")]
        alias = ("--network-alias", "web")
        host.docker("run", "--detach", "--name", f"blog-web-{number}", *labels, "--network", "blog_net", *alias,
                    "--restart", "unless-stopped", "bb:1", "sleep", "1000")  # fmt: skip
    host.docker("run", "--detach", "--name", "Some.DB", "--network", "host", "bb:1", "sleep", "1000")
    refused = host.scs("import", "blog-web-1", "Some.DB")
    assert (refused.returncode, refused.stderr) == (
        1,
        "scs: these containers are of no one Compose project: say --service NAME\n",
    )
    found = host.scs("import", "blog-web-1", "blog-web-2", "Some.DB", "--service", "blog", "--strict")
    assert (found.returncode, found.stderr.splitlines()) == (1, [
        "containers: which of them needs which is nothing that the engine knows "
        "(write requires: or after: where one needs another)",
        "1 thing could not be expressed",
    ])  # fmt: skip
    assert found.stdout.partition("networks:")[2].splitlines() == [
        "",
        "  blog_net: {type: external, name: blog_net}",
        "  host: {type: host}",
        "",
        "containers:",
        "  web:",
        "    image: bb:1",
        "    replicas: 2",
        '    command: [sleep, "1000"]',
        "    networks: {blog_net: {}}",
        "",
        "  some-db:",
        "    image: bb:1",
        '    command: [sleep, "1000"]',
        '    restart: "no"',
        "    networks: {host: {}}",
    ]
    both = host.scs("import", "blog-web-1", "blog-web-2")
    assert "service: blog\n" in both.stdout
    assert both.stderr == ""


def test_a_compose_file_comes_up_as_it_is_imported(host: Host) -> None:
    folder = host.folder / "stack"
    folder.mkdir()
    (folder / "page").mkdir()
    (folder / "page" / "index.html").write_text("hello\n")
    (folder / "compose.yaml").write_text(COMPOSE)
    env = {"GREETING": "a {{ b }} $c"}
    done = host.scs("import", "--compose", "compose.yaml", "-o", "stack.yaml", cwd=folder, env=env)
    assert (done.returncode, len(done.stderr.splitlines())) == (0, 2), done.stderr
    applied = host.scs("apply", "stack.yaml", cwd=folder, env=env)
    assert applied.returncode == 0, applied.stdout + applied.stderr
    asked = (
        "exec",
        "default-stack-client-1",
        "sh",
        "-c",
        "wget -q -O - http://web/; wget -q -O - http://www/; echo $SAID",
    )
    assert host.docker(*asked) == "hello\nhello\na {{ b }} $c"
    web = inspected(host, "default-stack-web-1")
    assert web["HostConfig"]["PortBindings"] == {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "18080"}]}
    assert (web["HostConfig"]["Memory"], web["HostConfig"]["RestartPolicy"]["Name"]) == (64 * 1024**2, "always")


def test_a_volume_of_somebody_else_stops_apply_and_keeps_its_data(host: Host) -> None:
    host.docker("run", "--detach", "--name", "db", "--volume", "data:/data", "--volume", "/nameless", "bb:1",
                "sh", "-c", "echo canary > /data/canary; exec sleep 1000")  # fmt: skip
    manifest = host.folder / "db.yaml"
    done = host.scs("import", "db", "-o", manifest)
    nameless = host.docker("inspect", "--format", "{{range .Mounts}}{{.Name}} {{end}}", "db").split()
    name = next(one for one in nameless if one != "data")
    assert done.stderr.splitlines()[:2] == [
        "db.Mounts./data: the engine's volume data is not this manifest's, so that scs does not touch it, and apply "
        "stops there (give the volume another name, apply, and copy its data over)",
        f"db.Mounts./nameless: the volume has no name, and the new container gets one of its own; its data is in "
        f"{name[:12]}… (copy it over before the old container goes, and with it the way to its data)",
    ]
    host.docker("rm", "--force", "db")
    applied = host.scs("apply", manifest)
    assert applied.returncode == 1
    assert "the engine has a volume data already, made by" in applied.stderr + applied.stdout
    assert host.docker("run", "--rm", "--volume", "data:/data", "bb:1", "cat", "/data/canary") == "canary"


def test_what_a_manifest_cannot_say_is_told_with_its_place(host: Host) -> None:
    host.docker("run", "--detach", "--name", "odd", "--tty", "--shm-size", "128m", "--group-add", "27", "--pid", "host",
                "--publish", "8081:80", "--publish", "8082:80", "--cpu-shares", "512", "--tmpfs", "/x:exec", "bb:1",
                "sleep", "1000")  # fmt: skip
    told = host.scs("import", "odd").stderr.splitlines()
    assert told == [
        "odd.HostConfig.CpuShares: 512 cannot be said",
        'odd.HostConfig.GroupAdd: ["27"] cannot be said (say user: USER:GROUP)',
        "odd.HostConfig.PidMode: host cannot be said",
        "odd.HostConfig.ShmSize: 134217728 cannot be said (mount {type: tmpfs, size: …} at /dev/shm)",
        "odd.Config.Tty: true cannot be said",
        "odd.HostConfig.Tmpfs./x: the option 'exec' cannot be said",
        "odd.HostConfig.PortBindings.80/tcp: the port is published a second time, at *:8082, and a manifest publishes "
        "it once",
        "7 things could not be expressed; the rest is in the manifest",
    ]


def test_a_container_of_scs_comes_without_what_is_its_own(host: Host, tmp_path: Path) -> None:
    manifest = tmp_path / "own.yaml"
    manifest.write_text("scs: 1\nservice: own\ncontainers: {app: {image: 'bb:1', command: [sleep, '1000']}}\n")
    host.scs("apply", manifest)
    found = host.scs("import", "default-own-app-1", "--service", "own")
    assert found.stdout.splitlines()[1:] == [
        "scs: 1",
        "service: own",
        "",
        "networks:",
        "  default-own-default: {type: external, name: default-own-default}",
        "",
        "containers:",
        "  app:",
        "    image: bb:1",
        '    command: [sleep, "1000"]',
        "    networks: {default-own-default: {}}",
    ]
    assert "default-own-app-1: scs made this container for default/own" in found.stderr


def test_a_container_that_is_not_there_is_an_error_in_one_line(host: Host) -> None:
    host.docker("create", "--name", "somebody", "bb:1")
    for name, hint in (("nobody", "did you mean 'somebody'?"), ("x", "see 'docker ps --all'")):
        done = host.scs("import", name)
        said = f"scs: there is no container '{name}': {hint}\n"
        assert (done.returncode, done.stdout, done.stderr) == (1, "", said)


def scs(*arguments: str | Path) -> int:
    return main.main(list(map(str, arguments)))


def test_a_compose_file_goes_to_a_file_and_its_notes_to_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compose, target = tmp_path / "stack" / "compose.yaml", tmp_path / "deploy" / "blog.yaml"
    for file in (compose, target):
        file.parent.mkdir()
    compose.write_text("services: {web: {image: a, volumes: ['./x:/x'], env_file: .env}}\n")
    assert scs("import", "--compose", compose, "-o", target, "--environment", "dev") == 0
    seen = capsys.readouterr()
    assert (seen.out, seen.err) == ("", (
        "services.web.env_file: cannot be said (copy its lines to env:)\n"
        "1 thing could not be expressed; the rest is in the manifest\n"
    ))  # fmt: skip
    schema = target.read_text().splitlines()[0].partition("$schema=")[2]
    assert json.loads(Path(schema).read_text())["$id"] == "manifest.schema.json"
    assert target.read_text().splitlines()[1:] == [
        "scs: 1",
        "environment: dev",
        "service: stack",
        "",
        "containers:",
        "  web:",
        "    image: a",
        '    restart: "no"',
        "    volumes:",
        "      /x: {type: bind, source: ../stack/x}",
    ]
    assert scs("validate", target) == 0


def test_a_file_that_is_there_is_never_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compose, target = tmp_path / "compose.yaml", tmp_path / "blog.yaml"
    compose.write_text("services: {web: {image: a}}\n")
    target.write_text("mine")
    assert scs("import", "--compose", compose, "-o", target) == 1
    assert capsys.readouterr().err == f"scs: {target} is there already: name another file, or move that one away\n"
    assert target.read_text() == "mine"


def test_strict_is_an_error_only_where_something_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compose = tmp_path / "compose.yaml"
    compose.write_text("services: {web: {image: a}}\n")
    assert scs("import", "--compose", compose, "--strict") == 0
    assert capsys.readouterr().err == ""
    compose.write_text("services: {web: {image: a, env_file: x}}\n")
    assert scs("import", "--compose", compose, "--strict") == 1
    seen = capsys.readouterr()
    assert "image: a\n" in seen.out
    assert seen.err.endswith("1 thing could not be expressed\n")


def test_mistakes_in_a_compose_file_are_told_with_their_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("compose.yaml").write_text("services: {web: {image: a, ports: x}}\n")
    assert scs("import", "--compose", "compose.yaml") == 1
    assert capsys.readouterr().err == (
        "compose.yaml:1:35: services.web.ports: must be a list or null, not the text 'x'\n"
        "1 mistake; nothing was changed\n"
    )
    assert scs("import", "--compose", "none.yaml") == 1
    assert capsys.readouterr().err == "scs: cannot read none.yaml: no such file or directory\n"
    Path("good.yaml").write_text("services: {web: {image: a}}\n")
    assert scs("import", "--compose", "good.yaml", "-o", "none/x.yaml") == 1
    assert capsys.readouterr().err == "scs: cannot write none/x.yaml: no such file or directory\n"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ((), "name containers, or Compose files, each after --compose, and not both"),
        (("web", "--compose", "x.yaml"), "name containers, or Compose files, each after --compose, and not both"),
        (
            ("web", "--service", "My App"),
            "--service must be small letters, digits, '-' and '_', 63 at most, not 'My App'",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], why: str
) -> None:
    assert scs("import", *arguments) == 1
    assert capsys.readouterr().err == f"scs: {why}\n"
