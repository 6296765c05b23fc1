"""What a container runs as: every key of a role that stands for itself."""

from __future__ import annotations

import pytest

from scs.model.container import Container, Device, Logging, Process, Resources, Restart, Security, Update
from tests.manifest import world

HEAD = "scs: 1\nservice: blog\ncontainers:\n  web:\n    image: nginx:1.27\n"


def web(keys: str) -> Container:
    return world.only(world.compiled(HEAD + indented(keys)))


def indented(keys: str) -> str:
    return "".join(f"    {line}\n" for line in world.text(keys).splitlines())


def test_a_container_that_says_nothing_has_the_defaults() -> None:
    container = web("")
    assert container.name == "default-blog-web-1"
    assert container.process == Process()
    assert container.resources == Resources()
    assert container.security == Security()
    assert container.logging == Logging(driver="json-file", options={"max-size": "10m", "max-file": "3"})
    assert container.restart == Restart(policy="unless-stopped", attempts=0)


def test_a_list_is_taken_as_it_is_and_a_line_split_as_a_shell_would() -> None:
    container = web("""
        command: ["a b", c]
        entrypoint: sh -c 'echo "$HOME"'
    """)
    assert container.process.command == ("a b", "c")
    assert container.process.entrypoint == ("sh", "-c", 'echo "$HOME"')


def test_an_empty_entrypoint_is_not_the_same_as_none() -> None:
    assert web("entrypoint: []").process.entrypoint == ()


def test_a_line_that_cannot_be_split_is_refused() -> None:
    assert world.mistakes(HEAD + indented("command: echo 'a")) == [
        "blog.yaml:6:14: containers.web.command: this cannot be split into words: no closing quotation "
        "(write it as a list)"
    ]


def test_variables_are_passed_on_as_they_are_written_and_null_takes_one_out() -> None:
    container = web("""
        env: {VERSION: 1.20, YES: yes, ON: True, TIME: 22:22, OCTAL: 0755, GONE: null, EMPTY: "", x-kept: a}
    """)
    assert container.process.env == {
        "VERSION": "1.20",
        "YES": "yes",
        "ON": "True",
        "TIME": "22:22",
        "OCTAL": "0755",
        "EMPTY": "",
        "x-kept": "a",
    }


def test_the_process_is_read_in_full() -> None:
    container = web("""
        user: "1000:1000"
        working_dir: /srv
        hostname: web.example
        init: true
        stop: {signal: SIGQUIT, grace: 1m30s}
    """)
    assert container.process == Process(
        user="1000:1000",
        working_dir="/srv",
        hostname="web.example",
        init=True,
        stop_signal="SIGQUIT",
        stop_grace=90.0,
    )


def test_limits_are_read_in_bytes_and_counts() -> None:
    container = web("""
        resources:
          memory: 512MiB
          cpus: 2
          pids: 200
          ulimits: {nofile: 65536, core: {soft: 0, hard: -1}}
    """)
    ulimits = {"nofile": (65536, 65536), "core": (0, -1)}
    assert container.resources == Resources(memory=512 * 1024**2, cpus=2.0, pids=200, ulimits=ulimits)


def test_a_soft_limit_above_the_hard_one_is_refused() -> None:
    keys = "resources: {ulimits: {nofile: {soft: 2, hard: 1}}}"
    assert world.mistakes(HEAD + indented(keys)) == [
        "blog.yaml:6:27: containers.web.resources.ulimits.nofile: the soft limit 2 is above the hard limit 1 "
        "(let soft be at most hard)"
    ]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            "stop: {signal: SIGTREM}",
            "20: stop.signal: must be the name of a signal such as SIGTERM, not the text 'SIGTREM' "
            "(did you mean 'SIGTERM'?)",
        ),
        (
            "stop: {signal: SIGRTMIN+16}",
            "20: stop.signal: must be the name of a signal such as SIGTERM, not the text 'SIGRTMIN+16' "
            "(did you mean 'SIGRTMIN'?)",
        ),
        (
            "stop: {signal: 15}",
            '20: stop.signal: must be the name of a signal such as SIGTERM, not the number 15 (put it in quotes: "15")',
        ),
        (
            'stop: {signal: "65"}',
            "20: stop.signal: must be the name of a signal such as SIGTERM, not the text '65'",
        ),
        (
            "stop: {grace: 1.0e+30}",
            "19: stop.grace: must be a duration such as 5s or 1m30s, or a number of seconds, not the number 1e+30",
        ),
        (
            "health: {tcp: 80, interval: 0.0001}",
            "33: health.interval: must be a duration above zero such as 5s or 1m30s, or a number of seconds from "
            "0.001, not the number 0.0001",
        ),
        (
            "resources: {memory: 6291455}",
            "25: resources.memory: 6291455 is less than the engine takes, which is 6 MiB (write 6MiB or more)",
        ),
        (
            "resources: {memory: 6MB}",
            "25: resources.memory: 6MB is less than the engine takes, which is 6 MiB (write 6MiB or more)",
        ),
        ("resources: {cpus: 0.009}", "23: resources.cpus: must be at least 0.01, not the number 0.009"),
        ("resources: {pids: 4194305}", "23: resources.pids: must be at most 4194304, not the number 4194305"),
        (
            "resources: {ulimits: {nofiles: 5}}",
            "27: resources.ulimits: the key 'nofiles' must be the name of a limit in small letters, such as nofile "
            "(did you mean 'nofile'?)",
        ),
        (
            "resources: {ulimits: {core: 18446744073709551615}}",
            "33: resources.ulimits.core: must be at most 9223372036854775807, not the number 18446744073709551615",
        ),
        (
            "resources: {ulimits: {core: {soft: -1, hard: 5}}}",
            "27: resources.ulimits.core: the soft limit -1, which is none, is above the hard limit 5 "
            "(let soft be at most hard)",
        ),
        (
            "resources: {ulimits: {nofile: -1}}",
            "35: resources.ulimits.nofile: the kernel has no nofile without a limit (write a number such as 1048576)",
        ),
        (
            "resources: {ulimits: {nofile: {soft: 5, hard: -1}}}",
            "51: resources.ulimits.nofile.hard: the kernel has no nofile without a limit "
            "(write a number such as 1048576)",
        ),
        (
            "user: www data",
            "11: user: must be a user, or user:group, without spaces, such as www-data or 1000:1000, "
            "not the text 'www data' (did you mean 'www-data'?)",
        ),
        (
            "tmpfs: {/proc: {}}",
            '13: tmpfs."/proc": /proc belongs to the engine, which starts no container without it (take it out)',
        ),
        (
            "extra_hosts: {a: ':::'}",
            "22: extra_hosts.a: must be an IP address such as 10.0.0.9, or host-gateway, not the text ':::'",
        ),
        ("extra_hosts: {'a:b': 10.0.0.9}", "19: extra_hosts: the key 'a:b' must be a host name, without ':'"),
    ],
)
def test_what_the_engine_would_refuse_is_a_mistake_with_its_place(keys: str, message: str) -> None:
    column, _, said = message.partition(": ")
    assert world.mistakes(HEAD + indented(keys)) == [f"blog.yaml:6:{column}: containers.web.{said}"]


@pytest.mark.parametrize("signal", ["SIGTERM", "TERM", "term", "sigusr1", "'1'", "'64'", "SIGRTMIN+15", "RTMAX-14"])
def test_a_signal_is_written_as_the_engine_takes_it(signal: str) -> None:
    assert web(f"stop: {{signal: {signal}}}").process.stop_signal == signal.strip("'")


@pytest.mark.parametrize(
    "keys",
    [
        "resources: {memory: 6MiB, cpus: 0.01, pids: 4194304}",
        "resources: {ulimits: {as: 5, core: -1, stack: {soft: 5, hard: -1}, cpu: {soft: -1, hard: -1}, x-why: 1}}",
        "user: ':1000'",
        "user: 'nobody:nogroup'",
        "extra_hosts: {a: '::1', b: '::ffff:10.0.0.9', c: 'fd00::5'}",
        "tmpfs: {/dev/shm: {}, /sys: {}}",
        "user: '{{ \"www-data\" }}'",
        "stop: {signal: '{{ \"SIGTERM\" }}'}",
    ],
)
def test_what_the_engine_takes_is_no_mistake(keys: str) -> None:
    assert world.mistakes(HEAD + indented(keys)) == []


@pytest.mark.parametrize("keys", ["user: '{{ vars.x }}'", "security: ['{{ vars.x }}']"])
def test_a_template_that_cannot_be_rendered_is_one_mistake(keys: str) -> None:
    (found,) = world.mistakes(HEAD + indented(keys))
    assert found.endswith("'vars' has no 'x'")


@pytest.mark.parametrize(
    ("written", "restart"),
    [
        ("no", Restart(policy="no")),
        ("always", Restart(policy="always")),
        ("{policy: on-failure, attempts: 5}", Restart(policy="on-failure", attempts=5)),
    ],
)
def test_a_restart_policy_is_a_word_or_a_map(written: str, restart: Restart) -> None:
    assert web(f"restart: {written}").restart == restart


def test_security_is_read_and_put_in_order() -> None:
    container = web("""
        privileged: true
        read_only: true
        capabilities: {add: [SYS_TIME, NET_ADMIN], drop: [ALL]}
        devices: [/dev/snd, {source: /dev/ttyUSB0, target: /dev/modem, permissions: wr}]
        security: [no-new-privileges]
        sysctls: {net.core.somaxconn: 1024}
    """)
    assert container.security == Security(
        privileged=True,
        read_only=True,
        cap_add=("NET_ADMIN", "SYS_TIME"),
        cap_drop=("ALL",),
        devices=(
            Device(source="/dev/ttyUSB0", target="/dev/modem", permissions="rw"),
            Device(source="/dev/snd", target="/dev/snd", permissions="rwm"),
        ),
        options=("no-new-privileges",),
        sysctls={"net.core.somaxconn": "1024"},
    )


@pytest.mark.parametrize(
    ("written", "logging"),
    [
        ("{options: {max-size: 50m}}", Logging(options={"max-size": "50m", "max-file": "3"})),
        ("{driver: journald}", Logging(driver="journald", options={})),
        ("{driver: syslog, options: {tag: web}}", Logging(driver="syslog", options={"tag": "web"})),
    ],
)
def test_only_json_files_are_limited_in_size_by_default(written: str, logging: Logging) -> None:
    assert web(f"log: {written}").logging == logging


def test_memory_folders_are_options_as_the_engine_takes_them() -> None:
    assert web('tmpfs: {/run: {size: 16MiB, mode: "1777"}, /tmp: {}}').tmpfs == {
        "/run": "size=16777216,mode=1777",
        "/tmp": "",
    }


def test_names_and_labels_are_taken_over() -> None:
    container = web("""
        dns: [10.0.0.2]
        dns_search: [blog.example]
        extra_hosts: {printer: 10.0.0.9, host: host-gateway}
        labels: {org.example.team: web, answer: 42}
    """)
    assert container.naming.dns == ("10.0.0.2",)
    assert container.naming.dns_search == ("blog.example",)
    assert container.naming.extra_hosts == {"printer": "10.0.0.9", "host": "host-gateway"}
    assert container.labels == {"org.example.team": "web", "answer": "42"}


def test_how_replicas_are_replaced() -> None:
    update = "update: {parallel: 2, order: stop-first, monitor: 1m, on_failure: continue}"
    source = f"scs: 1\nservice: blog\ncontainers: {{web: {{image: web, {update}}}}}\n"
    assert world.only(world.compiled(source)).update == Update(
        parallel=2, order="stop-first", monitor=60.0, on_failure="continue"
    )
