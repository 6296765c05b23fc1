from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scs.adapters.docker import body
from scs.contract.engine import Creation, OneOff, Pool
from scs.model.container import (
    Attachment,
    Container,
    Device,
    Logging,
    Mount,
    Naming,
    Process,
    Resources,
    Restart,
    Security,
)
from scs.model.identity import Digest, Identity
from scs.model.image import ReferencedImage
from scs.model.service import (
    Check,
    Endpoint,
    ExecCheck,
    HttpCheck,
    Provided,
    Publish,
    Required,
    Static,
)
from scs.model.storage import Binding, EngineVolume, HostPath, Tmpfs

NONE = Digest("v1:0")
BLOG = Attachment(network="dev-blog-blog", identity=NONE, address="10.1.0.2", aliases=("sql",))
EXEC = Check(probe=ExecCheck(command=("ok", "now")), interval=1.5, timeout=2, retries=4, start_period=9)


def made(
    *,
    modes: Mapping[str, str] | None = None,
    bindings: Mapping[str, Binding] | None = None,
    endpoints: Mapping[str, tuple[Endpoint, ...]] | None = None,
    one_off: OneOff | None = None,
    run_folder: str = "",
    **wish: Any,
) -> dict[str, Any]:
    container = Container(
        identity=Identity(environment="dev", service="blog"),
        role="db",
        number=1,
        image=ReferencedImage(reference="bb:1"),
        **wish,
    )
    return body.container(
        Creation(
            container=container,
            name=container.name,
            labels={"scs.role": "db"},
            bindings=bindings or {},
            modes=modes or {},
            endpoints=endpoints or {},
            run_folder=run_folder,
            one_off=one_off,
        )
    )


def host(**wish: Any) -> dict[str, Any]:
    config: dict[str, Any] = made(**wish)["HostConfig"]
    return config


def test_the_smallest_container_says_only_what_scs_decides() -> None:
    assert made() == {
        "Image": "bb:1",
        "Env": [],
        "Labels": {"scs.role": "db"},
        "StopTimeout": 10,
        "HostConfig": {
            "NetworkMode": "none",
            "LogConfig": {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3"}},
            "RestartPolicy": {"Name": "unless-stopped"},
            "AutoRemove": False,
        },
    }


def test_the_process_is_sent_as_it_is_wished() -> None:
    config = made(
        process=Process(
            command=("a", "b c"),
            entrypoint=("/e",),
            user="1:2",
            working_dir="/w",
            hostname="h",
            init=True,
            stop_signal="SIGQUIT",
            stop_grace=2.5,
        )
    )
    assert config["HostConfig"]["Init"] is True
    assert {name: config[name] for name in ("Cmd", "Entrypoint", "User", "WorkingDir", "Hostname")} == {
        "Cmd": ["a", "b c"],
        "Entrypoint": ["/e"],
        "User": "1:2",
        "WorkingDir": "/w",
        "Hostname": "h",
    }
    assert (config["StopSignal"], config["StopTimeout"]) == ("SIGQUIT", 3)


def test_an_empty_entrypoint_takes_the_image_s_own_away() -> None:
    assert made(process=Process(entrypoint=()))["Entrypoint"] == []


def test_requirements_become_sorted_variables_below_what_the_manifest_says() -> None:
    source = Static(endpoints=())
    config = made(
        process=Process(env={"MYSQL_HOST": "mine", "A": ""}),
        requires=(Required(name="mysql", source=source), Required(name="http", source=source, optional=True)),
        endpoints={"mysql": (Endpoint(host="db", port=3306), Endpoint(host="::1", port=1))},
    )
    assert config["Env"] == [
        "A=",
        "MYSQL_ADDRESS=db:3306",
        "MYSQL_ENDPOINTS=db:3306,[::1]:1",
        "MYSQL_HOST=mine",
        "MYSQL_PORT=3306",
    ]


def test_a_label_of_the_manifest_never_replaces_one_of_scs() -> None:
    assert made(labels={"scs.role": "other", "mine": "1"})["Labels"] == {"scs.role": "db", "mine": "1"}


def test_limits_have_the_engine_s_units() -> None:
    limits = host(resources=Resources(memory=64, cpus=0.1, pids=5, ulimits={"nofile": (1, 2), "core": (0, 0)}))
    assert {name: limits[name] for name in ("Memory", "NanoCpus", "PidsLimit", "Ulimits")} == {
        "Memory": 64,
        "NanoCpus": 100_000_000,
        "PidsLimit": 5,
        "Ulimits": [{"Name": "core", "Soft": 0, "Hard": 0}, {"Name": "nofile", "Soft": 1, "Hard": 2}],
    }


def test_security_is_sent_whole() -> None:
    sent = host(
        security=Security(
            privileged=True,
            read_only=True,
            cap_add=("NET_ADMIN",),
            cap_drop=("ALL",),
            devices=(Device(source="/dev/a", target="/dev/b", permissions="r"),),
            options=("no-new-privileges",),
            sysctls={"net.core.somaxconn": "9"},
        )
    )
    expected = {
        "Privileged": True,
        "ReadonlyRootfs": True,
        "CapAdd": ["NET_ADMIN"],
        "CapDrop": ["ALL"],
        "Devices": [{"PathOnHost": "/dev/a", "PathInContainer": "/dev/b", "CgroupPermissions": "r"}],
        "SecurityOpt": ["no-new-privileges"],
        "Sysctls": {"net.core.somaxconn": "9"},
    }
    assert {name: sent[name] for name in expected} == expected


def test_naming_logging_tmpfs_and_restart_are_sent() -> None:
    sent = host(
        naming=Naming(dns=("1.1.1.1",), dns_search=("x.y",), extra_hosts={"b": "::1", "a": "9.9.9.9"}),
        logging=Logging(driver="syslog", options={}),
        tmpfs={"/run": "size=1m"},
        restart=Restart(policy="on-failure", attempts=3),
    )
    expected = {
        "Dns": ["1.1.1.1"],
        "DnsSearch": ["x.y"],
        "ExtraHosts": ["a:9.9.9.9", "b:::1"],
        "LogConfig": {"Type": "syslog", "Config": {}},
        "Tmpfs": {"/run": "size=1m"},
        "RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 3},
    }
    assert {name: sent[name] for name in expected} == expected


def test_volumes_become_mounts_and_never_binds() -> None:
    sent = host(
        mounts=(
            Mount(target="/a", volume="path", identity=NONE),
            Mount(target="/b", volume="named", identity=NONE, read_only=True),
            Mount(target="/c", volume="memory", identity=NONE),
        ),
        bindings={
            "path": HostPath(path="/srv/db"),
            "named": EngineVolume(name="dev-blog-v"),
            "memory": Tmpfs(size=5, mode=0o1777),
        },
        run_folder="/run/scs/x",
    )
    assert "Binds" not in sent
    assert sent["Mounts"] == [
        {"Type": "bind", "Source": "/srv/db", "Target": "/a", "ReadOnly": False},
        {"Type": "volume", "Source": "dev-blog-v", "Target": "/b", "ReadOnly": True},
        {
            "Type": "tmpfs",
            "Target": "/c",
            "ReadOnly": False,
            "TmpfsOptions": {"SizeBytes": 5, "Mode": 0o1777},
        },
        {"Type": "bind", "Source": "/run/scs/x", "Target": "/run/scs", "ReadOnly": True},
    ]


def test_only_what_is_published_gets_a_port_of_the_host() -> None:
    config = made(
        provides=(
            Provided(name="http", port=80, publish=Publish(port=8080, address="127.0.0.1")),
            Provided(name="dns", port=53, protocol="udp", publish=Publish()),
            Provided(name="mysql", port=3306),
        )
    )
    assert config["ExposedPorts"] == {"80/tcp": {}, "53/udp": {}, "3306/tcp": {}}
    assert config["HostConfig"]["PortBindings"] == {
        "80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}],
        "53/udp": [{"HostIp": "", "HostPort": ""}],
    }


def test_the_first_network_is_given_at_creation_with_address_and_names() -> None:
    config = made(attachments=(BLOG, Attachment(network="other", identity=NONE)))
    assert config["HostConfig"]["NetworkMode"] == "dev-blog-blog"
    assert config["NetworkingConfig"] == {
        "EndpointsConfig": {
            "dev-blog-blog": {"IPAMConfig": {"IPv4Address": "10.1.0.2"}, "Aliases": ["sql", "db"]},
        }
    }


def test_a_network_that_is_a_mode_has_no_endpoint() -> None:
    config = made(attachments=(Attachment(network="dev-blog-h", identity=NONE),), modes={"dev-blog-h": "host"})
    assert config["HostConfig"]["NetworkMode"] == "host"
    assert "NetworkingConfig" not in config


def test_an_alias_that_is_the_role_stands_once() -> None:
    wish = Attachment(network="n", identity=NONE, address6="fd00::2", aliases=("db", "db"))
    assert body.attachment(wish, "db") == {"IPAMConfig": {"IPv6Address": "fd00::2"}, "Aliases": ["db"]}


def test_the_engine_s_own_bridge_gets_no_alias_which_it_would_refuse() -> None:
    assert body.attachment(Attachment(network="bridge", identity=NONE), "db") == {}


def test_a_check_by_command_is_the_engine_s_to_run() -> None:
    expected = {
        "Test": ["CMD", "ok", "now"],
        "Interval": 1_500_000_000,
        "Timeout": 2_000_000_000,
        "StartPeriod": 9_000_000_000,
        "Retries": 4,
    }
    assert made(health=EXEC)["Healthcheck"] == expected
    assert made(provides=(Provided(name="a", port=1, check=EXEC),))["Healthcheck"] == expected


def test_other_checks_leave_the_image_s_own_as_it_is() -> None:
    assert "Healthcheck" not in made(health=Check(probe=HttpCheck(), port=80))


def test_a_one_off_takes_no_port_address_name_restart_or_check() -> None:
    config = made(
        process=Process(command=("serve",), entrypoint=("/e",)),
        attachments=(BLOG,),
        provides=(Provided(name="http", port=80, publish=Publish(port=8080)),),
        health=EXEC,
        one_off=OneOff(command=("sh",), terminal=True, stdin=True),
    )
    host_config = config.pop("HostConfig")
    assert config == {
        "Image": "bb:1",
        "Env": [],
        "Labels": {"scs.role": "db"},
        "Cmd": ["sh"],
        "Entrypoint": ["/e"],
        "StopTimeout": 10,
        "Tty": True,
        "OpenStdin": True,
        "StdinOnce": True,
        "AttachStdin": True,
        "AttachStdout": True,
        "AttachStderr": True,
        "Healthcheck": {"Test": ["NONE"]},
    }
    assert host_config["RestartPolicy"] == {"Name": "no"}
    assert host_config["NetworkMode"] == "dev-blog-blog"
    assert "PortBindings" not in host_config


def test_a_one_off_without_a_command_runs_the_role_s_own() -> None:
    one_off = OneOff(command=(), terminal=False, stdin=False)
    assert made(process=Process(command=("serve",)), one_off=one_off)["Cmd"] == ["serve"]


def test_the_ranges_of_a_network_are_pools() -> None:
    assert body.ipam(()) is None
    assert body.ipam((Pool(subnet="10.0.0.0/24", gateway="10.0.0.1", dynamic="10.0.0.128/25"), Pool())) == {
        "Driver": "default",
        "Config": [
            {
                "Subnet": "10.0.0.0/24",
                "IPRange": "10.0.0.128/25",
                "Gateway": "10.0.0.1",
                "AuxiliaryAddresses": None,
            },
            {"Subnet": None, "IPRange": None, "Gateway": None, "AuxiliaryAddresses": None},
        ],
    }
