"""The adapter on a real engine: each call does what the contract says, also the second time."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from scs.adapters.docker.engine import DockerEngine
from scs.contract import errors
from scs.contract.engine import Creation, NewNetwork, OneOff, Pool
from scs.model import labels
from scs.model.container import (
    Attachment,
    Container,
    Device,
    Mount,
    Naming,
    Process,
    Resources,
    Restart,
    Security,
)
from scs.model.files import Print
from scs.model.identity import Digest, Identity
from scs.model.image import ReferencedImage
from scs.model.observed import ObservedContainer
from scs.model.service import Check, ExecCheck, Provided, Publish
from scs.model.storage import Binding, EngineVolume, HostPath
from tests.testbed import commands
from tests.testbed.host import Host

pytestmark = pytest.mark.engine

NONE = Digest("v1:0")
BLOG = Identity(environment="dev", service="blog")
NET = "dev-blog-net"
SERVE = Process(
    command=("sh", "-c", 'trap "exit 0" TERM; echo out; echo err >&2; while :; do sleep 0.1; done'),
    stop_grace=5,
)
PATIENCE = 30.0


@pytest.fixture
def engine(host: Host) -> DockerEngine:
    return DockerEngine(host.socket)


def network(name: str = NET, subnet: str = "10.77.0.0/24", **marks: str) -> NewNetwork:
    pools = (Pool(subnet=subnet, gateway="", dynamic=subnet.replace("0/24", "128/25")),) if subnet else ()
    return NewNetwork(name=name, driver="bridge", labels={"a": "b", **marks}, pools=pools, options={})


def on(name: str = NET, address: str = "") -> Attachment:
    return Attachment(network=name, identity=NONE, address=address)


def creation(
    role: str = "db",
    *,
    bindings: dict[str, Binding] | None = None,
    run_folder: str = "",
    one_off: OneOff | None = None,
    **wish: Any,
) -> Creation:
    container = Container(
        identity=BLOG,
        role=role,
        number=1,
        **{"image": ReferencedImage(reference="bb:1"), "process": SERVE, **wish},
    )
    return Creation(
        container=container,
        name=container.name,
        labels={labels.ROLE: role},
        bindings=bindings or {},
        modes={},
        endpoints={},
        run_folder=run_folder,
        one_off=one_off,
    )


def run(engine: DockerEngine, wish: Creation) -> str:
    made = engine.create_container(wish)
    engine.start(wish.name)
    return made


def seen(engine: DockerEngine, name: str) -> ObservedContainer:
    found = engine.list().container(name)
    assert found is not None
    return found


def until(condition: Callable[[], bool]) -> None:
    assert commands.wait_until(condition, timeout=PATIENCE)


def test_an_engine_tells_its_version(engine: DockerEngine, host: Host) -> None:
    assert engine.version() == host.docker("version", "--format", "{{.Server.Version}}")


def test_a_list_has_every_kind(engine: DockerEngine) -> None:
    engine.create_network(network())
    engine.create_volume("dev-blog-v", "local", {}, {"a": "b"})
    made = engine.create_container(creation(attachments=(on(),)))
    listing = engine.list()
    assert [(one.id, one.name, one.state) for one in listing.containers] == [(made, "dev-blog-db-1", "created")]
    assert [one.subnets for one in listing.networks if one.name == NET] == [("10.77.0.0/24",)]
    assert [(one.name, one.labels) for one in listing.volumes] == [("dev-blog-v", {"a": "b"})]
    assert listing.image("bb:1") is not None


def test_everything_asked_for_arrives(engine: DockerEngine, host: Host) -> None:
    engine.create_network(network())
    engine.create_volume("dev-blog-v", "local", {}, {})
    (host.folder / "run").mkdir()
    (host.folder / "run" / "note").write_text("hello\n")
    wish = creation(
        attachments=(on(address="10.77.0.2"),),
        mounts=(
            Mount(target="/data", volume="v", identity=NONE),
            Mount(target="/srv", volume="p", identity=NONE, read_only=True),
        ),
        bindings={"v": EngineVolume(name="dev-blog-v"), "p": HostPath(path=str(host.folder))},
        run_folder=str(host.folder / "run"),
        provides=(Provided(name="http", port=80, publish=Publish(port=8088)),),
        resources=Resources(memory=64 * 1024**2, cpus=0.5, pids=50, ulimits={"nofile": (200, 200)}),
        security=Security(
            read_only=True,
            cap_drop=("ALL",),
            devices=(Device(source="/dev/null", target="/dev/nix"),),
            options=("no-new-privileges",),
        ),
        tmpfs={"/run": "size=1m"},
        naming=Naming(extra_hosts={"far": "9.9.9.9"}),
    )
    run(engine, wish)
    shown = seen(engine, wish.name)
    assert [one.address for one in shown.attachments] == ["10.77.0.2"]
    assert {(one.port, one.container_port) for one in shown.ports} == {(8088, 80)}
    assert shown.volumes == ("dev-blog-v",)
    script = (
        "exec 2>&1; cat /run/scs/note; touch /run/scs/x /srv/x /x; touch /data/x && ulimit -n; grep -c far /etc/hosts"
    )
    result = engine.exec(wish.name, ["sh", "-c", script], timeout=PATIENCE, env={})
    assert result.output == (
        "hello\n"
        "touch: /run/scs/x: Read-only file system\n"
        "touch: /srv/x: Read-only file system\n"
        "touch: /x: Read-only file system\n"
        "200\n"
        "1\n"
    )
    held = json.loads(host.docker("inspect", wish.name))[0]["HostConfig"]
    assert (held["Memory"], held["NanoCpus"], held["PidsLimit"]) == (64 * 1024**2, 500_000_000, 50)


def test_containers_find_one_another_by_role_on_every_network(engine: DockerEngine) -> None:
    engine.create_network(network())
    engine.create_network(network("dev-blog-two", ""))
    one = creation("db", attachments=(on(),))
    engine.create_container(one)
    engine.connect(one.name, on("dev-blog-two"))
    engine.connect(one.name, on("dev-blog-two"))
    engine.start(one.name)
    engine.connect(one.name, on("dev-blog-two"))
    other = creation("web", attachments=(on("dev-blog-two"),))
    run(engine, other)
    assert engine.exec(other.name, ["ping", "-c", "1", "-W", "5", "db"], timeout=PATIENCE, env={}).code == 0


def test_what_is_so_already_is_success(engine: DockerEngine) -> None:
    engine.create_network(network())
    engine.create_network(network())
    engine.create_volume("dev-blog-v", "local", {}, {"a": "b"})
    engine.create_volume("dev-blog-v", "local", {}, {"a": "b"})
    wish = creation()
    run(engine, wish)
    engine.start(wish.name)
    engine.unpause(wish.name)
    for _ in range(2):
        engine.stop(wish.name, 5)
    for _ in range(2):
        engine.remove_container(wish.name)
        engine.remove_network(NET)
        engine.remove_volume("dev-blog-v")
    assert engine.list().container(wish.name) is None


def test_a_stop_asks_and_after_the_grace_kills(engine: DockerEngine) -> None:
    polite, deaf = creation("polite"), creation("deaf", process=Process(command=("sleep", "600")))
    run(engine, polite)
    run(engine, deaf)
    engine.stop(polite.name, 30)
    engine.stop(deaf.name, 0.5)
    assert seen(engine, polite.name).status.startswith("Exited (0)")
    assert seen(engine, deaf.name).status.startswith("Exited (137)")


def failure(ask: Callable[[], object]) -> str:
    with pytest.raises(errors.Failure) as raised:
        ask()
    return raised.value.why


def test_a_taken_name_names_its_holder(engine: DockerEngine) -> None:
    made = engine.create_container(creation())
    assert failure(lambda: engine.create_container(creation())) == (
        f"cannot create container dev-blog-db-1: the name dev-blog-db-1 is held by container {made[:12]}: "
        f"rename or remove that one"
    )


def test_a_network_of_another_is_never_taken_for_ours(engine: DockerEngine) -> None:
    engine.create_network(network(owner="other"))
    holder = next(one.id for one in engine.list().networks if one.name == NET)
    assert failure(lambda: engine.create_network(network())) == (
        f"cannot create network {NET}: the name is taken by {holder[:12]}: "
        "rename the one in the manifest, or remove that one"
    )


def test_a_volume_whose_name_is_taken_stays_what_it_is(engine: DockerEngine) -> None:
    engine.create_volume("dev-blog-v", "local", {}, {"owner": "other"})
    engine.create_volume("dev-blog-v", "local", {}, {"owner": "me"})
    assert [one.labels for one in engine.list().volumes] == [{"owner": "other"}]


def test_a_running_container_is_not_removed(engine: DockerEngine) -> None:
    wish = creation()
    made = run(engine, wish)
    assert failure(lambda: engine.remove_container(made)) == (f"cannot remove container {made}: it runs: stop it first")


def test_a_taken_port_is_named(engine: DockerEngine) -> None:
    engine.create_network(network())
    http = (Provided(name="http", port=80, publish=Publish(port=8088)),)
    run(engine, creation(provides=http, attachments=(on(),)))
    assert failure(lambda: run(engine, creation("web", provides=http, attachments=(on(),)))) == (
        "cannot start container dev-blog-web-1: port 8088 of the host leads to another container: "
        "find it with 'docker ps --filter publish=8088'"
    )


def test_a_picked_port_is_listed(engine: DockerEngine) -> None:
    engine.create_network(network())
    wish = creation(provides=(Provided(name="http", port=80, publish=Publish()),), attachments=(on(),))
    run(engine, wish)
    assert all(one.port > 0 for one in seen(engine, wish.name).ports)
    assert seen(engine, wish.name).ports


def test_a_network_that_is_gone_fails_the_start(engine: DockerEngine) -> None:
    engine.create_network(network())
    wish = creation(attachments=(on(),))
    engine.create_container(wish)
    engine.remove_network(NET)
    assert "cannot start container dev-blog-db-1: its network " in failure(lambda: engine.start(wish.name))


def test_a_missing_folder_of_the_host_is_not_made(engine: DockerEngine, host: Host) -> None:
    path = host.folder / "none"
    mount = Mount(target="/a", volume="p", identity=NONE)
    wish = creation(mounts=(mount,), bindings={"p": HostPath(path=str(path))})
    assert failure(lambda: engine.create_container(wish)) == (
        f"cannot create container dev-blog-db-1: {path} of the host is not there: make it"
    )
    assert not path.exists()


def test_a_file_is_looked_at_without_its_content(engine: DockerEngine, host: Host) -> None:
    name = run(engine, creation())
    made = "umask 077; mkdir /d; seq 500000 > /d/big; chown 33:34 /d/big; chmod 4750 /d/big; ln -s big /d/link"
    assert engine.exec(name, ["sh", "-c", made], timeout=PATIENCE, env={}).code == 0
    big = hashlib.sha256("".join(f"{number}\n" for number in range(1, 500001)).encode()).hexdigest()
    expected = Print(content=big, mode=0o4750, uid=33, gid=34)
    assert engine.file_print(name, "/d/big") == expected
    assert (engine.file_print(name, "/d"), engine.file_print(name, "/d/link")) == (Print(content=""), Print(content=""))
    assert (engine.file_print(name, "/d/none"), engine.file_print(name, "/none/none")) == (None, None)
    host.docker("stop", "-t", "0", name)
    assert engine.file_print(name, "/d/big") == expected


def test_a_check_by_command_is_run_by_the_engine(engine: DockerEngine) -> None:
    wish = creation(health=Check(probe=ExecCheck(command=("true",)), interval=0.2))
    run(engine, wish)
    until(lambda: seen(engine, wish.name).health == "healthy")


def test_a_command_inside_gives_code_output_and_sees_its_variables(engine: DockerEngine) -> None:
    wish = creation()
    run(engine, wish)
    script = 'exec 2>&1; echo "$GREETING"; printf "\\033[2J"; exit 3'
    result = engine.exec(wish.name, ["sh", "-c", script], timeout=PATIENCE, env={"GREETING": "a b"})
    assert (result.code, result.output) == (3, "a b\n\\x1b[2J")
    assert engine.exec(wish.name, ["sh", "-c", "echo err >&2"], timeout=PATIENCE, env={}).output == "err\n"


def test_the_output_of_a_command_is_the_last_64_kib(engine: DockerEngine) -> None:
    wish = creation()
    run(engine, wish)
    script = "yes | head -c 300000; echo end"
    result = engine.exec(wish.name, ["sh", "-c", script], timeout=PATIENCE, env={})
    assert len(result.output) == 64 * 1024
    assert result.output.endswith("y\nend\n")


def test_a_command_that_closes_its_output_is_waited_for(engine: DockerEngine) -> None:
    wish = creation()
    run(engine, wish)
    script = "exec >&- 2>&-; sleep 0.3; exit 4"
    assert engine.exec(wish.name, ["sh", "-c", script], timeout=PATIENCE, env={}).code == 4


def test_a_command_that_takes_too_long_is_killed(engine: DockerEngine) -> None:
    wish = creation()
    run(engine, wish)
    with pytest.raises(errors.Retry) as raised:
        engine.exec(wish.name, ["sleep", "600"], timeout=1, env={})
    assert raised.value.why == (
        "cannot run sleep 600 in container dev-blog-db-1: it did not end within 1 s and was killed"
    )
    processes = engine.exec(wish.name, ["ps", "-o", "args"], timeout=PATIENCE, env={}).output
    assert "sleep 600" not in processes


def test_a_command_in_a_container_that_does_not_run_is_a_failure(engine: DockerEngine) -> None:
    wish = creation()
    engine.create_container(wish)
    assert failure(lambda: engine.exec(wish.name, ["true"], timeout=PATIENCE, env={})) == (
        "cannot run true in container dev-blog-db-1: it does not run"
    )


def test_logs_are_the_last_lines_of_both_streams(engine: DockerEngine) -> None:
    process = Process(command=("sh", "-c", "seq 9; printf '\\033[0m' >&2"))
    wish = creation(process=process, restart=Restart(policy="no"))
    run(engine, wish)
    until(lambda: seen(engine, wish.name).state == "exited")
    assert sorted(engine.logs(wish.name, tail=50)) == [*"123456789", "\\x1b[0m"]
    assert len(engine.logs(wish.name, tail=3)) == 3


def test_a_container_with_a_terminal_has_logs_too(engine: DockerEngine) -> None:
    one_off = OneOff(command=("echo", "hello"), terminal=True, stdin=False)
    wish = creation(one_off=one_off)
    run(engine, wish)
    until(lambda: seen(engine, wish.name).state == "exited")
    assert engine.logs(wish.name, tail=5) == ("hello",)


def test_a_followed_log_goes_on_until_the_container_ends(engine: DockerEngine) -> None:
    wish = creation()
    run(engine, wish)
    lines = engine.follow(wish.name, follow=True, since=None, tail=None)
    assert {next(lines), next(lines)} == {b"out\n", b"err\n"}
    stopper = threading.Thread(target=engine.stop, args=(wish.name, 5))
    stopper.start()
    assert list(lines) == []
    stopper.join()


def test_a_log_can_begin_later(engine: DockerEngine) -> None:
    wish = creation()
    run(engine, wish)
    until(lambda: len(engine.logs(wish.name, tail=5)) == 2)
    soon = time.time() + 60
    assert list(engine.follow(wish.name, follow=False, since=soon, tail=None)) == []


def test_a_pull_that_no_registry_answers_says_what_to_do(engine: DockerEngine) -> None:
    assert failure(lambda: list(engine.pull("127.0.0.1:5/x:1"))) == (
        "cannot pull image 127.0.0.1:5/x:1: registry 127.0.0.1:5 does not answer: check this host's network and "
        "name resolution, or bring the image another way ('docker load') and use it with pull: never"
    )


@pytest.fixture
def frozen(fresh_host: Host) -> Iterator[Host]:
    """A host whose engine hangs in the middle of everything."""
    fresh_host.engine.freeze()
    yield fresh_host
    fresh_host.engine.thaw()


def test_an_engine_that_hangs_is_told_within_seconds(frozen: Host) -> None:
    started = time.monotonic()
    with pytest.raises(errors.EngineUnavailable, match="did not answer within 5 s"):
        DockerEngine(frozen.socket).version()
    assert time.monotonic() - started < PATIENCE


def test_an_engine_that_was_restarted_answers_on_a_new_connection(fresh_host: Host) -> None:
    engine = DockerEngine(fresh_host.socket)
    engine.list()
    fresh_host.engine.stop()
    with pytest.raises(errors.EngineUnavailable, match="no engine answers at"):
        engine.list()
    fresh_host.engine.start()
    assert engine.list().image("bb:1") is not None
