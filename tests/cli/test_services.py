"""Services that need one another, within a manifest and across manifests, on a real engine."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.cli import tiny
from tests.testbed.host import Host

SHOP = """\
scs: 1
environment: dev
service: shop
networks: {shop: {type: external, name: dev-tiny-net}}
containers:
  till:
    image: bb:1
    command: [sleep, "1000"]
    init: true
    networks: {shop: {}}
    requires: {mysql: {role: tiny/db}}
"""
ALONE = SHOP.replace("networks: {shop: {type: external, name: dev-tiny-net}}\n", "").replace(
    "    networks: {shop: {}}\n", ""
)


def endpoints(host: Host, container: str, requirement: str = "mysql") -> list[str]:
    told = json.loads(host.docker("exec", container, "cat", f"/run/scs/requires/{requirement}.json"))
    return [one["address"] for one in told["endpoints"]]


def test_a_service_of_another_manifest_is_reached_on_a_network_that_both_share(host: Host, tmp_path: Path) -> None:
    host.scs("apply", tiny.write(tmp_path))
    shop = tiny.write(tmp_path, SHOP, "shop.yaml")
    done = host.scs("apply", shop)
    assert done.returncode == 0, done.stderr
    assert endpoints(host, "dev-shop-till-1") == ["dev-tiny-db-1:3306"]
    host.docker("exec", "dev-shop-till-1", "sh", "-c", "nc $MYSQL_HOST $MYSQL_PORT </dev/null")
    assert host.scs("apply", shop).stdout == "dev/shop: nothing to do\n"
    # The external network is not the shop's: it stays when the shop goes, and blocks what it belongs to.
    host.scs("destroy", shop, "--yes")
    assert "dev-tiny-net" in host.docker("network", "ls", "--format", "{{.Name}}").split()


def test_without_a_shared_network_it_is_reached_at_the_host(host: Host, tmp_path: Path) -> None:
    published = tiny.TINY.replace("mysql: {port: 3306,", "mysql: {port: 3306, publish: 13306,")
    host.scs("apply", tiny.write(tmp_path, published))
    done = host.scs("apply", tiny.write(tmp_path, ALONE, "shop.yaml"))
    assert done.returncode == 0, done.stderr
    assert endpoints(host, "dev-shop-till-1") == [f"{host.address}:13306"]
    host.docker("exec", "dev-shop-till-1", "sh", "-c", "nc $MYSQL_HOST $MYSQL_PORT </dev/null")


def test_a_requirement_that_nobody_provides_blocks_that_container_and_nothing_else(host: Host, tmp_path: Path) -> None:
    other = "  other: {image: bb:1, command: [sleep, '1000'], init: true}\n"
    done = host.scs("apply", tiny.write(tmp_path, ALONE + other, "shop.yaml"))
    assert done.returncode == 1
    assert (
        "blocked  container dev-shop-till-1: requires mysql: dev/tiny has no container db on this engine: "
        "apply its manifest first" in done.stderr
    )
    assert host.docker("ps", "--format", "{{.Names}}") == "dev-shop-other-1"


def test_an_optional_requirement_lets_it_start_without(host: Host, tmp_path: Path) -> None:
    optional = ALONE.replace("{role: tiny/db}", "{role: tiny/db, optional: true}")
    assert host.scs("apply", tiny.write(tmp_path, optional, "shop.yaml")).returncode == 0
    assert endpoints(host, "dev-shop-till-1") == []


def test_endpoints_that_the_manifest_names_are_told_as_they_are(host: Host, tmp_path: Path) -> None:
    static = ALONE.replace("{role: tiny/db}", "{endpoints: ['10.0.0.5:3306', '[fd00::5]:3306']}")
    assert host.scs("apply", tiny.write(tmp_path, static, "shop.yaml")).returncode == 0
    assert endpoints(host, "dev-shop-till-1") == ["10.0.0.5:3306", "[fd00::5]:3306"]


def test_another_replica_is_told_to_the_one_that_listens_and_only_told(host: Host, tmp_path: Path) -> None:
    listening = tiny.TINY.replace(
        "requires: {mysql: {role: db}}",
        "requires: {mysql: {role: db, on_change: [sh, -c, 'echo $MYSQL_ENDPOINTS > /told']}}",
    ).replace("networks: {net: {address: 10.77.1.2}}", "networks: {net: {}}")
    manifest = tiny.write(tmp_path, listening)
    host.scs("apply", manifest)
    before = host.docker("inspect", "--format", "{{.Id}}", "dev-tiny-web-1")
    done = host.scs("apply", manifest, "--set", "containers.db.replicas=2")
    assert done.returncode == 0, done.stderr
    assert host.docker("inspect", "--format", "{{.Id}}", "dev-tiny-web-1") == before
    assert host.docker("exec", "dev-tiny-web-1", "cat", "/told") == "dev-tiny-db-1:3306,dev-tiny-db-2:3306"
    assert endpoints(host, "dev-tiny-web-1") == ["dev-tiny-db-1:3306", "dev-tiny-db-2:3306"]
    assert host.scs("apply", manifest, "--set", "containers.db.replicas=2").stdout == "dev/tiny: nothing to do\n"


def test_a_port_that_the_engine_picks_is_told_once_it_is_known(host: Host, tmp_path: Path) -> None:
    text = (
        "scs: 1\nenvironment: dev\nservice: pick\n"
        "networks: {one: {type: bridge}, two: {type: bridge}}\n"
        "containers:\n"
        "  db: {image: bb:1, command: [httpd, -f, -p, '80'], init: true, networks: {one: {}}, "
        "provides: {http: {port: 80, publish: auto}}}\n"
        "  web: {image: bb:1, command: [sleep, '1000'], init: true, networks: {two: {}}, "
        "requires: {http: {role: db}}}\n"
    )
    manifest = tiny.write(tmp_path, text)
    done = host.scs("apply", manifest)
    assert done.returncode == 0, done.stderr
    port = host.docker("port", "dev-pick-db-1", "80/tcp").splitlines()[0].rpartition(":")[2]
    assert endpoints(host, "dev-pick-web-1", "http") == [f"{host.address}:{port}"]
    assert host.scs("apply", manifest).stdout == "dev/pick: nothing to do\n"


def test_power_that_went_takes_the_run_folder_and_the_next_apply_brings_all_back(host: Host, tmp_path: Path) -> None:
    manifest = tiny.write(tmp_path)
    host.scs("apply", manifest)
    host.docker("kill", "dev-tiny-web-1", "dev-tiny-web-2", "dev-tiny-db-1")
    shutil.rmtree(host.folder / "run")
    done = host.scs("apply", manifest)
    assert done.returncode == 0, done.stderr
    assert endpoints(host, "dev-tiny-web-1") == ["dev-tiny-db-1:3306"]
