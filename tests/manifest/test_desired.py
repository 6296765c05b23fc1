"""A whole manifest, as the design shows it, to what is desired."""

from __future__ import annotations

from scs.model.container import Attachment, Mount
from scs.model.identity import Identity
from scs.model.service import FromRole
from tests.manifest import world

BLOG = """
    scs: 1
    environment: dev
    service: blog
    networks:
      blog: {type: bridge, subnet: 10.11.12.0/24, dynamic: 10.11.12.128/25}
    volumes:
      db: {type: local, path: /srv/blog/db}
    containers:
      db:
        image: {manifest: ../images/mariadb, config: {server_id: 64}}
        networks: {blog: {address: 10.11.12.2}}
        volumes: {data: db, binlog: {type: sub, of: db}}
        provides: {mysql: {}}
      web:
        image: {manifest: ../images/wordpress, config: {title: My blog}}
        replicas: 2
        networks: {blog: {}}
        requires: {mysql: {role: db}}
        provides: {http: {publish: auto}}
"""
FILES = {
    "../images/mariadb/image.yaml": """
        scs: 1
        image: mariadb
        base: {debian: bookworm}
        build: [{packages: [mariadb-server]}]
        files: {/etc/mysql/conf.d/id.cnf: {content: "server_id={{ config.server_id }}"}}
        config: {required: [server_id], properties: {server_id: {type: integer}}}
        volumes: {data: {path: /var/lib/mysql}, binlog: {path: /var/log/mysql}}
        provides: {mysql: {port: 3306, check: {tcp: true}}}
        command: [mariadbd]
    """,
    "../images/wordpress/image.yaml": """
        scs: 1
        image: wordpress
        base: {debian: bookworm}
        config: {properties: {title: {type: string, default: A blog}}}
        provides: {http: {port: 80, check: {http: /}}}
        requires: {mysql: {on_change: [/usr/local/bin/update-mysql]}}
    """,
}


def test_the_blog_is_compiled_as_a_whole() -> None:
    desired = world.compiled(BLOG, files=FILES)
    assert desired.identity == Identity(environment="dev", service="blog")
    assert [container.name for container in desired.containers] == ["dev-blog-db-1", "dev-blog-web-1", "dev-blog-web-2"]
    assert [volume.name for volume in desired.volumes] == ["dev-blog-db", "dev-blog-db-binlog"]
    assert [image.tag.partition(":")[0] for image in desired.images] == ["scs/debian", "scs/mariadb", "scs/wordpress"]
    (network,) = desired.networks
    data, binlog = desired.volumes
    db, web, second = desired.containers
    assert db.attachments == (Attachment(network=network.name, identity=network.digest, address="10.11.12.2"),)
    assert db.mounts == (
        Mount(target="/var/lib/mysql", volume=data.name, identity=data.digest),
        Mount(target="/var/log/mysql", volume=binlog.name, identity=binlog.digest),
    )
    assert web.requires[0].source == FromRole(role="db", provided="mysql")
    assert web.requires[0].on_change == ("/usr/local/bin/update-mysql",)
    assert web.parts == second.parts


def test_containers_are_sorted_by_role_and_number() -> None:
    source = """
        scs: 1
        service: s
        containers: {b: {image: x, replicas: 11}, a: {image: x}, none: {image: x, replicas: 0}}
    """
    names = [(one.role, one.number) for one in world.compiled(source).containers]
    assert names == [("a", 1), *(("b", number) for number in range(1, 12))]


def test_a_manifest_is_read_by_names_that_its_own_folder_gives() -> None:
    source = "scs: 1\nservice: s\ncontainers: {a: {image: {manifest: img}}}\n"
    overlay = "containers: {a: {image: {manifest: ../over/img}}}\n"
    image = "scs: 1\nimage: x\nbase: {debian: bookworm}\n"
    files = {"deep/er.yaml": overlay, "over/img/image.yaml": image}
    assert len(world.compiled(source, files=files, overlays=["deep/er.yaml"]).images) == 2


def test_more_replicas_than_a_host_carries_are_refused() -> None:
    source = "scs: 1\nservice: s\ncontainers: {a: {image: x, replicas: 1000000000000}}\n"
    assert world.mistakes(source) == [
        "blog.yaml:3:38: containers.a.replicas: 1000000000000 replicas are more than 1000 "
        "(one host does not carry that many)"
    ]


def test_a_wrong_identity_is_told_once() -> None:
    source = "scs: 1\nservice: {a: b}\nvolumes: {v: {type: docker}}\ncontainers: {a: {image: x}}\n"
    (problem,) = world.mistakes(source)
    assert problem.startswith("blog.yaml:2:1")
