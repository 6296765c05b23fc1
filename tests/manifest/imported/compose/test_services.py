"""Compose files: what comes of each key, and what is said of the others."""

from __future__ import annotations

from typing import Any

import pytest

from scs.model.problem import Invalid
from tests.manifest.imported import importing
from tests.manifest.imported.importing import compiled, from_compose, read_back, role, service, told, written

WHOLE = """\
name: Blog.Site
services:
  db:
    image: mariadb:11
    restart: unless-stopped
    environment: {MYSQL_DATABASE: blog, MYSQL_PASSWORD: "${DB_PASSWORD:-secret}"}
    volumes: ["data:/var/lib/mysql", "./conf:/etc/mysql/conf.d:ro"]
    healthcheck: {test: [CMD, healthcheck.sh, --connect], interval: 10s, retries: 5}
    networks: {back: {aliases: [database]}}
  web:
    image: wordpress:6
    restart: always
    depends_on: {db: {condition: service_healthy}}
    environment: [WORDPRESS_DB_HOST=db, DEBUG=1]
    ports: ["8080:80"]
    networks: [front, back]
    deploy: {replicas: 1, resources: {limits: {cpus: "0.5", memory: 512m}}}
networks:
  front:
  back: {internal: true, ipam: {config: [{subnet: 10.9.8.0/24, gateway: 10.9.8.1}]}}
volumes:
  data:
"""


def test_a_whole_file_comes_to_a_manifest_that_compiles() -> None:
    found = from_compose(WHOLE)
    assert written(found) == """\
# yaml-language-server: $schema=manifest.schema.json
scs: 1
service: blog-site

networks:
  back: {type: bridge, subnet: 10.9.8.0/24, gateway: 10.9.8.1, internal: true}
  front: {type: bridge}

volumes:
  data: {type: docker}

containers:
  db:
    image: mariadb:11
    env: {MYSQL_DATABASE: blog, MYSQL_PASSWORD: "{{ env.DB_PASSWORD | default('secret', true) }}"}
    networks: {back: {aliases: [database]}}
    volumes:
      /var/lib/mysql: data
      /etc/mysql/conf.d: {type: bind, source: ./conf, read_only: true}
    health:
      exec: [healthcheck.sh, --connect]
      interval: 10s
      timeout: 30s
      retries: 5
      start_period: 0s

  web:
    image: wordpress:6
    env: {WORDPRESS_DB_HOST: db, DEBUG: 1}
    resources: {memory: 512MiB, cpus: 0.5}
    restart: always
    networks: {front: {}, back: {}}
    provides: {http: {port: 80, publish: 8080}}
    after: [{role: db, condition: healthy}]
"""  # fmt: skip
    assert told(found) == [
        "volumes.data: scs makes a volume of its own, and does not take over blog-site_data, if Compose has made that "
        "(copy its data over after the first apply)",
    ]
    assert [one.name for one in compiled(found).containers] == ["default-blog-site-db-1", "default-blog-site-web-1"]
    assert read_back(found) == found.manifest


SAID: list[tuple[str, dict[str, Any]]] = [
    ("command: run --fast 'a b'", {"command": "run --fast 'a b'"}),
    ("command: [run, 1]", {"command": ["run", "1"]}),
    ("entrypoint: []", {"entrypoint": []}),
    ("entrypoint: ''", {"entrypoint": []}),
    ("user: 1000", {"user": "1000"}),
    ("working_dir: /srv", {"working_dir": "/srv"}),
    ("hostname: a.example", {"hostname": "a.example"}),
    ("environment: {A: 1, B: true, C: '010', D: 1.5, E: 2.0, F: ''}",
     {"env": {"A": 1, "B": True, "C": "010", "D": 1.5, "E": 2, "F": ""}}),
    ("environment: [A=1, B=x=y, C=]", {"env": {"A": 1, "B": "x=y", "C": ""}}),
    ("labels: [a.b=c, d]", {"labels": {"a.b": "c", "d": ""}}),
    ("init: true", {"init": True}),
    ("init: false", {}),
    ("restart: on-failure:3", {"restart": {"policy": "on-failure", "attempts": 3}}),
    ("restart: unless-stopped", {}),
    ("deploy: {restart_policy: {condition: on-failure, max_attempts: 2}}",
     {"restart": {"policy": "on-failure", "attempts": 2}}),
    ("stop_signal: SIGINT\nstop_grace_period: 1m30s", {"stop": {"signal": "SIGINT", "grace": "1m30s"}}),
    ("stop_signal: SIGTERM\nstop_grace_period: 10s", {}),
    ("mem_limit: 1g\ncpus: 2\npids_limit: 100", {"resources": {"memory": "1GiB", "cpus": 2, "pids": 100}}),
    ("deploy: {resources: {limits: {cpus: '1.5', memory: 100M, pids: 9}}}",
     {"resources": {"memory": "100MiB", "cpus": 1.5, "pids": 9}}),
    ("ulimits: {nofile: {soft: 1, hard: 2}, nproc: 3}",
     {"resources": {"ulimits": {"nofile": {"soft": 1, "hard": 2}, "nproc": 3}}}),
    ("cap_add: [CAP_NET_ADMIN]\ncap_drop: [all]", {"capabilities": {"add": ["NET_ADMIN"], "drop": ["ALL"]}}),
    ("devices: ['/dev/a', '/dev/b:/dev/c', '/dev/d:/dev/d:r']",
     {"devices": ["/dev/a", {"source": "/dev/b", "target": "/dev/c"}, {"source": "/dev/d", "permissions": "r"}]}),
    ("dns: 10.0.0.2\ndns_search: [a.example]", {"dns": ["10.0.0.2"], "dns_search": ["a.example"]}),
    ("extra_hosts: ['a:10.0.0.1', 'b=::1', 'c:host-gateway']",
     {"extra_hosts": {"a": "10.0.0.1", "b": "::1", "c": "host-gateway"}}),
    ("extra_hosts: {a: 10.0.0.1}", {"extra_hosts": {"a": "10.0.0.1"}}),
    ("sysctls: {net.core.somaxconn: 1024}", {"sysctls": {"net.core.somaxconn": 1024}}),
    ("sysctls: [net.core.somaxconn=1024]", {"sysctls": {"net.core.somaxconn": 1024}}),
    ("tmpfs: [/run, '/tmp:size=1m,mode=1777']", {"tmpfs": {"/run": {}, "/tmp": {"size": "1MiB", "mode": "1777"}}}),
    ("read_only: true\nprivileged: true", {"read_only": True, "privileged": True}),
    ("security_opt: [no-new-privileges:true, seccomp:unconfined, 'seccomp=./p.json']",
     {"security": ["no-new-privileges=true", "seccomp=unconfined", "seccomp=./p.json"]}),
    ("logging: {driver: syslog, options: {tag: x}}", {"log": {"driver": "syslog", "options": {"tag": "x"}}}),
    ("logging: {driver: json-file, options: {max-size: 5m}}", {"log": {"options": {"max-file": 1, "max-size": "5m"}}}),
    ("logging: {options: {max-size: 10m, max-file: '3'}}", {}),
    ("healthcheck: {test: curl localhost}",
     {"health": {"exec": ["/bin/sh", "-c", "curl localhost"], "interval": "30s", "timeout": "30s",
                 "start_period": "0s"}}),
    ("deploy: {replicas: 3}", {"replicas": 3}),
    ("scale: 0", {"replicas": 0}),
    ("network_mode: host", {"networks": {"host": {}}}),
    ("network_mode: none", {"networks": {"none": {}}}),
    ("network_mode: bridge", {"networks": {"bridge": {}}}),
    ("ports: ['80']", {"provides": {"http": {"port": 80, "publish": "auto"}}}),
    ("ports: [22:22]", {"provides": {"ssh": {"port": 22, "publish": 22}}}),
    ("ports: ['127.0.0.1:53:53/udp']",
     {"provides": {"dns": {"port": 53, "protocol": "udp", "publish": {"port": 53, "address": "127.0.0.1"}}}}),
    ("ports: ['[::1]:9000:9000', '127.0.0.1::9001']",
     {"provides": {"port-9000": {"port": 9000, "publish": {"port": 9000, "address": "::1"}},
                   "port-9001": {"port": 9001, "publish": {"port": "auto", "address": "127.0.0.1"}}}}),
    ("ports: [{target: 80, published: '8080', host_ip: 10.0.0.1, protocol: tcp, mode: host}]",
     {"provides": {"http": {"port": 80, "publish": {"port": 8080, "address": "10.0.0.1"}}}}),
    ("expose: ['3306', '53/udp']", {"provides": {"mysql": {"port": 3306}, "dns": {"port": 53, "protocol": "udp"}}}),
    ("ports: ['80:80']\nexpose: ['80']", {"provides": {"http": {"port": 80, "publish": 80}}}),
    ("volumes: ['/data']", {"volumes": {"/data": {"type": "docker"}}}),
    ("volumes: ['/srv/x:/data/']", {"volumes": {"/data": {"type": "bind", "source": "/srv/x"}}}),
    ("volumes: ['../x:/data:ro,cached']",
     {"volumes": {"/data": {"type": "bind", "source": "../x", "read_only": True}}}),
    ("volumes: ['/etc/localtime:/etc/localtime:ro']",
     {"volumes": {"/etc/localtime": {"type": "bind", "source": "/etc/localtime", "allow_system_path": True,
                                     "read_only": True}}}),
    ("volumes: [{type: tmpfs, target: /t, tmpfs: {size: 1048576, mode: 0700}}]",
     {"volumes": {"/t": {"type": "tmpfs", "size": "1MiB", "mode": "0700"}}}),
    ("volumes: [{type: bind, source: ., target: /t, bind: {create_host_path: true}}]",
     {"volumes": {"/t": {"type": "bind", "source": "."}}}),
    ("volumes: [{type: volume, target: /t}]", {"volumes": {"/t": {"type": "docker"}}}),
    ("depends_on: []", {}),
    ("attach: false\nexpose: null\nports:", {}),
]  # fmt: skip


@pytest.mark.parametrize(("body", "said"), SAID)
def test_each_key_of_a_service_comes_to_its_own(body: str, said: dict[str, Any]) -> None:
    found = service(body)
    assert (role(found), told(found)) == (said, [])
    assert read_back(found) == found.manifest


@pytest.mark.parametrize(("body", "said"), [one for one in SAID if "seccomp=" not in one[0]])
def test_what_comes_of_a_key_compiles(body: str, said: dict[str, Any]) -> None:
    assert len(compiled(service(body)).containers) == said.get("replicas", 1)


UNSAID = [
    ("env_file: .env", "services.app.env_file: cannot be said (copy its lines to env:)"),
    ("profiles: [debug]", "services.app.profiles: the role runs no container, as Compose has it without its profile "
     "(set replicas in an overlay)"),
    ("secrets: [key]", "services.app.secrets: cannot be said (mount the file as {type: bind, source: …, "
     "read_only: true})"),
    ("configs: [key]", "services.app.configs: cannot be said (put the file into the image, or mount it as "
     "{type: bind, source: …})"),
    ("links: [db]", "services.app.links: cannot be said (roles on one network find each other by name)"),
    ("x-note: yes", "services.app.x-note: is left out"),
    ("shm_size: 1g", "services.app.shm_size: cannot be said (mount {type: tmpfs, size: …} at /dev/shm)"),
    ("ports: ['8000-8001:80-81']", "services.app.ports[0]: a range of ports, 80-81, cannot be said "
     "(name each by itself)"),
    ("ports: ['8000-8001:80']", "services.app.ports[0]: a range of ports of the host, 8000-8001, cannot be said "
     "(the engine picks one)"),
    ("ports: ['80:80', '81:80']", "services.app.ports[1]: port 80 is published a second time, and a manifest "
     "publishes it once"),
    ("ports: [x]", "services.app.ports[0]: x/tcp is no port"),
    ("healthcheck: {disable: true}", "services.app.healthcheck: the image's health check is taken out, which a "
     "manifest cannot say (build the image without it)"),
    ("healthcheck: {interval: 5s}", "services.app.healthcheck: times alone, for the image's own check, cannot be said "
     "(write the check too)"),
    ("network_mode: 'service:x'", "services.app.network_mode: 'service:x' is no network that a role can be on "
     "(put both on one network; it is on none for now)"),
    ("container_name: db", "services.app.container_name: scs names containers after environment, service, role and "
     "number (others find it by this name as well, as an alias on its networks)"),
    ("mem_limit: much", "services.app.mem_limit: 'much' is no size"),
    ("stop_grace_period: long", "services.app.stop_grace_period: 'long' is no duration"),
    ("restart: sometimes", "services.app.restart: 'sometimes' is no restart policy"),
    ("command: \"run 'a\"", "services.app.command: this cannot be split into words (write it as a list)"),
    ("volumes: ['/x:/y:z']", "services.app.volumes[0]: the mode 'z' cannot be said"),
    ("volumes: ['/x:/run/scs/x']", "services.app.volumes[0]: /run/scs belongs to scs in every container "
     "(mount it elsewhere)"),
    ("volumes: ['/x:y']", "services.app.volumes[0]: 'y' is no path at which a manifest can mount "
     "(mount it elsewhere)"),
    ("depends_on: [db]", "services.app.depends_on.db: there is no such role"),
    ("labels: {scs.role: x}", "services.app.labels.scs.role: labels that begin with 'scs.' are scs's own"),
    ("devices: ['vendor.com/gpu=all']", "services.app.devices[0]: only a device by its path on the host can be said"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "note"), UNSAID)
def test_what_cannot_be_said_is_told_with_its_place(body: str, note: str) -> None:
    found = service(body)
    assert told(found) == [note]
    compiled(found)


def test_a_build_is_told_with_the_image_manifest_to_write() -> None:
    found = from_compose("""\
        services:
          web: {build: {context: ./web, dockerfile: prod.Dockerfile, args: {V: 1, W: "a b"}, target: x}}
          tool: {image: "tool:1", build: .}
        """)
    assert found.manifest["containers"]["web"]["image"] == {"manifest": "./web"}
    assert found.manifest["containers"]["tool"]["image"] == "tool:1"
    assert told(found) == [
        "services.web.build: a manifest builds no image itself (write ./web/image.yaml: {scs: 1, image: web, base: "
        '{dockerfile: prod.Dockerfile, args: {V: "1", W: "a b"}}})',
        "services.web.build.target: cannot be said",
        "services.tool.build: a manifest builds no image itself (write ./image.yaml: {scs: 1, image: tool, base: "
        "{dockerfile: Dockerfile}})",
    ]


def test_volumes_that_somebody_else_has_made_are_named_and_not_claimed() -> None:
    found = from_compose("""\
        services: {app: {image: a, volumes: ["data:/a", "media:/b", "cache:/c"]}}
        volumes:
          data: {external: true}
          media: {external: true, name: shop_media}
          cache: {driver: nfs, driver_opts: {o: rw}}
        """)
    assert found.manifest["volumes"] == {
        "data": {"type": "docker", "name": "data"},
        "media": {"type": "docker", "name": "shop_media"},
        "cache": {"type": "docker", "driver": "nfs", "driver_options": {"o": "rw"}},
    }
    assert [note.partition(": ")[0] for note in told(found)] == [
        "volumes.data", "volumes.media", "volumes.cache",
    ]  # fmt: skip


def test_networks_that_exist_are_referred_to_and_unused_ones_left_out() -> None:
    found = from_compose("""\
        services: {app: {image: a, networks: {office: {ipv4_address: 10.0.0.9}, own: null}}}
        networks:
          office: {external: true, name: Office.Net}
          own: {ipam: {config: [{subnet: "fd00:1::/64"}, {subnet: 10.1.0.0/16, ip_range: 10.1.1.0/24}]}}
          unused: {}
        """)
    assert found.manifest["networks"] == {
        "office": {"type": "external", "name": "Office.Net"},
        "own": {"type": "bridge", "ipv6": {"subnet": "fd00:1::/64"}, "subnet": "10.1.0.0/16", "dynamic": "10.1.1.0/24"},
    }
    assert role(found)["networks"] == {"office": {"address": "10.0.0.9"}, "own": {}}
    compiled(found)


def test_a_name_that_no_role_can_have_is_an_alias() -> None:
    found = from_compose("services: {My.DB: {image: a}, my-db: {image: a, depends_on: [My.DB]}}")
    assert found.manifest["networks"] == {"default": {"type": "bridge"}}
    assert found.manifest["containers"] == {
        "my-db": {"image": "a", "restart": "no", "networks": {"default": {"aliases": ["My.DB"]}}},
        "my-db-2": {"image": "a", "restart": "no", "networks": {"default": {"aliases": ["my-db"]}}, "after": ["my-db"]},
    }
    compiled(found)


def test_a_condition_without_a_check_to_wait_for_is_told() -> None:
    found = from_compose("""\
        services:
          a: {image: a}
          b: {image: b, depends_on: {a: {condition: service_healthy}}}
          c: {image: c, depends_on: {a: {condition: service_completed_successfully, required: false}}}
        """)
    assert told(found) == [
        "services.b.depends_on.a: a has no check here to wait for (give it one, and say healthy)",
        "services.c.depends_on.a: service_completed_successfully cannot be said (run it first, with scs run)",
    ]
    compiled(found)


def test_later_files_are_merged_over_earlier_ones_as_compose_does() -> None:
    found = from_compose(
        "services: {app: {image: 'a:1', ports: ['80:80'], environment: {A: 1, B: 2}, command: [x]}}",
        "services: {app: {image: 'a:2', ports: ['81:81'], environment: {B: 3}, command: [y]}}",
    )
    assert found.manifest["containers"]["app"] == {
        "image": "a:2",
        "command": ["y"],
        "env": {"A": 1, "B": 3},
        "restart": "no",
        "provides": {"http": {"port": 80, "publish": 80}, "port-81": {"port": 81, "publish": 81}},
    }


def test_anchors_are_followed_and_what_holds_them_is_left_out() -> None:
    found = from_compose("x-env: &env {A: 1}\nservices: {app: {image: a, environment: *env}}")
    assert role(found) == {"env": {"A": 1}}
    assert told(found) == ["x-env: is left out (what its anchors stand for is written out where it is used)"]


def test_a_service_that_extends_another_is_told_and_left_out_where_it_has_no_image() -> None:
    found = from_compose("services: {app: {image: a}, b: {extends: {service: app}}}")
    assert list(found.manifest["containers"]) == ["app"]
    assert told(found) == [
        "services.b.extends: cannot be said (write out in the Compose file what it extends, and import again)"
    ]


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("", ["compose.yaml:1:1: must be a map, and it is empty"]),
        ("services: [a]", ["compose.yaml:1:11: services: must be a map, not a list"]),
        ("services: {a: {image: b, ports: 80}}",
         ["compose.yaml:1:33: services.a.ports: must be a list or null, not the number 80"]),
        ("services: {a: {image: 1.5, user: [x]}}",
         ["compose.yaml:1:23: services.a.image: must be text or null, not the number 1.5 (put it in quotes: \"1.5\")",
          "compose.yaml:1:34: services.a.user: must be text, a whole number or null, not a list"]),
        ("services: {a: {}}",
         ["compose.yaml:1:12: services.a: the service has neither an image nor a build (give it one)"]),
        ("services: {a: {image: 'x${'}}",
         ["compose.yaml:1:23: services.a.image: a '$' stands before what is no name of a variable "
          "(write '$$' for a '$' that is text)"]),
        ("a: &a {image: x}\nservices: {a: {<<: *a}}",
         ["compose.yaml:2:16: services.a: the merge key '<<' is not part of YAML 1.2 "
          "(use an overlay file, or an alias of an x- key)"]),
        ("services: {a: {image: x, image: y}}",
         ["compose.yaml:1:26: services.a.image: the key 'image' is repeated; it is first on line 1"]),
    ],
)  # fmt: skip
def test_a_mistake_in_the_file_has_its_place(text: str, problems: list[str]) -> None:
    with pytest.raises(Invalid) as caught:
        importing.from_compose(text)
    assert list(map(str, caught.value.problems)) == problems


def test_one_key_written_in_two_ways_is_a_mistake_of_the_later_file() -> None:
    with pytest.raises(Invalid) as caught:
        from_compose("services: {a: {image: b, environment: {A: 1}}}", "services: {a: {environment: [A=1]}}")
    assert list(map(str, caught.value.problems)) == [
        "more.yaml:1:29: services.a.environment: this is a list here and a map in compose.yaml "
        "(write both in the same way)"
    ]
