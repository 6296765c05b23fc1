"""Volumes and networks of a manifest: each prepared by its type, parents first."""

from __future__ import annotations

from scs.model.problem import Place
from tests.manifest import world

HEAD = "scs: 1\nservice: blog\nenvironment: dev\n"
NONE = "containers: {}\n"


def test_a_volume_is_prepared_by_its_type_under_a_name_of_the_manifest() -> None:
    desired = world.compiled(HEAD + "volumes:\n  db: {type: local, path: /srv/db, x-why: data}\n" + NONE)
    (volume,) = desired.volumes
    assert (volume.key, volume.name, volume.type) == ("db", "dev-blog-db", "local")
    assert volume.options == {"path": "/srv/db"}
    assert volume.place == Place(file="blog.yaml", line=5, column=3)


def test_volumes_stand_after_the_ones_they_lie_in() -> None:
    source = HEAD + "volumes:\n  a: {type: sub, of: b}\n  b: {type: sub, of: c}\n  c: {type: docker}\n" + NONE
    desired = world.compiled(source)
    assert [(one.key, one.parent) for one in desired.volumes] == [
        ("c", None),
        ("b", "dev-blog-c"),
        ("a", "dev-blog-b"),
    ]


def test_volumes_that_lie_in_each_other_are_named_in_full() -> None:
    source = HEAD + "volumes:\n  a: {type: sub, of: b}\n  b: {type: sub, of: c}\n  c: {type: sub, of: a}\n" + NONE
    assert world.mistakes(source) == [
        "blog.yaml:5:22: volumes.a.of: these volumes lie in each other: a -> b -> c -> a "
        "(give one of them another type)"
    ]


def test_a_volume_in_one_that_is_not_there_is_refused_with_the_nearest_name() -> None:
    source = HEAD + "volumes:\n  media: {type: docker}\n  a: {type: sub, of: medai}\n" + NONE
    assert world.mistakes(source) == [
        "blog.yaml:6:22: volumes.a.of: there is no volume 'medai' in this manifest (did you mean 'media'?)"
    ]


def test_an_unknown_type_is_refused_with_those_that_are_known() -> None:
    source = HEAD + "volumes:\n  a: {type: ebs}\nnetworks:\n  b: {type: brigde}\n" + NONE
    assert world.mistakes(source) == [
        "blog.yaml:5:13: volumes.a.type: there is no volume type 'ebs' (known: bind, disk, docker, local, sub, tmpfs)",
        "blog.yaml:7:13: networks.b.type: there is no network type 'brigde' "
        "(did you mean 'bridge'? known: bridge, external, host, none)",
    ]


def test_a_type_that_others_bring_is_held_to_its_own_schema() -> None:
    assert world.compiled(HEAD + "volumes:\n  a: {type: disk, size: 5}\n" + NONE).volumes[0].options == {"size": 5}
    (problem,) = world.mistakes(HEAD + "volumes:\n  a: {type: disk, size: many}\n" + NONE)
    assert problem.startswith("blog.yaml:5:25: volumes.a.size: ")


def test_what_only_the_type_can_refuse_stands_at_its_option() -> None:
    assert world.mistakes(HEAD + "volumes:\n  a: {type: local, path: /etc}\n" + NONE) == [
        "blog.yaml:5:26: volumes.a.path: /etc belongs to the system (choose another)"
    ]


def test_a_volume_may_be_described_where_it_is_used() -> None:
    source = """
        scs: 1
        service: blog
        volumes: {db: {type: docker}}
        containers:
          web:
            image: nginx
            volumes:
              /var/lib/My.App: {type: bind, source: ./theme, read_only: true}
              /log: {type: sub, of: db}
    """
    desired = world.compiled(source)
    assert [(one.key, one.name, dict(one.options)) for one in desired.volumes] == [
        ("db", "default-blog-db", {}),
        ("web-var-lib-my-app", "default-blog-web-var-lib-my-app", {"source": "/work/theme"}),
        ("web-log", "default-blog-web-log", {"of": "db"}),
    ]
    mounts = world.only(desired).mounts
    assert [(one.target, one.volume, one.read_only) for one in mounts] == [
        ("/log", "default-blog-web-log", False),
        ("/var/lib/My.App", "default-blog-web-var-lib-my-app", True),
    ]


def test_a_volume_in_place_cannot_take_the_key_of_another() -> None:
    source = """
        scs: 1
        service: blog
        volumes:
          web-log: {type: docker}
        containers:
          web: {image: nginx, volumes: {/log: {type: docker}}}
    """
    assert world.mistakes(source) == [
        "blog.yaml:6:33: containers.web.volumes.\"/log\": this volume's key would be 'web-log', "
        "which volumes.web-log (blog.yaml:4:3) has already (describe it under volumes: and name it here)"
    ]


def test_a_relative_source_counts_from_the_file_that_says_it() -> None:
    source = HEAD + "volumes:\n  code: {type: bind, source: ./base}\n" + NONE
    overlay = {"dev/dev.yaml": "volumes: {code: {source: ../theirs}}"}
    desired = world.compiled(source, files=overlay, overlays=["dev/dev.yaml"])
    assert desired.volumes[0].options == {"source": "/work/theirs"}
    desired = world.compiled(source, settings=["volumes.code.source=./set"])
    assert desired.volumes[0].options == {"source": "/work/set"}


def test_without_networks_there_is_a_bridge_of_the_manifest() -> None:
    desired = world.compiled(HEAD + "containers: {web: {image: nginx}}\n")
    (network,) = desired.networks
    assert (network.key, network.name, network.type) == ("default", "dev-blog-default", "bridge")
    (attachment,) = world.only(desired).attachments
    assert (attachment.network, attachment.identity) == (network.name, network.digest)


def test_networks_are_sorted_by_key() -> None:
    source = HEAD + "networks:\n  b: {type: bridge}\n  a: {type: external, name: theirs}\n" + NONE
    assert [one.name for one in world.compiled(source).networks] == ["theirs", "dev-blog-b"]
