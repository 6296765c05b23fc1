"""The networks and volumes of a role."""

from __future__ import annotations

from scs.model.container import Attachment, Container, Mount
from tests.manifest import world

IMAGE = {
    "image/image.yaml": """
        scs: 1
        image: db
        base: {debian: bookworm}
        volumes: {data: {path: /var/lib/mysql}, binlog: {path: /var/log/mysql}}
    """
}


def manifest(keys: str, image: str = "{manifest: image}") -> str:
    return (
        "scs: 1\nservice: blog\n"
        "networks:\n  back: {type: bridge, subnet: 10.1.0.0/24}\n  front: {type: bridge}\n"
        "volumes:\n  data: {type: docker}\n  media: {type: docker}\n"
        f"containers:\n  db:\n    image: {image}\n    {keys}\n"
    )


def container(keys: str) -> Container:
    return world.only(world.compiled(manifest(keys), files=IMAGE))


def mistakes(keys: str, image: str = "{manifest: image}") -> list[str]:
    return world.mistakes(manifest(keys, image), files=IMAGE)


def test_a_role_is_on_the_networks_that_it_names_sorted_by_key() -> None:
    desired = world.compiled(
        manifest("networks: {front: null, back: {address: 10.1.0.2, aliases: [sql, mysql]}}"), files=IMAGE
    )
    back, front = desired.networks
    assert world.only(desired).attachments == (
        Attachment(network=back.name, identity=back.digest, address="10.1.0.2", aliases=("mysql", "sql")),
        Attachment(network=front.name, identity=front.digest),
    )


def test_a_role_must_say_on_which_of_several_networks_it_is() -> None:
    assert mistakes("user: root") == [
        "blog.yaml:10:3: containers.db: this role does not say on which network it is: back, front "
        "(add networks: with one of them)"
    ]


def test_a_network_that_is_not_there_is_refused_with_the_nearest_name() -> None:
    assert mistakes("networks: {frnt: {}}") == [
        "blog.yaml:12:16: containers.db.networks.frnt: there is no network 'frnt' in this manifest "
        "(did you mean 'front'?)"
    ]


def test_a_network_that_is_like_no_other_is_refused_with_all_of_them() -> None:
    assert mistakes("networks: {internet: {}}") == [
        "blog.yaml:12:16: containers.db.networks.internet: there is no network 'internet' in this manifest "
        "(known: back, front)"
    ]


def test_volumes_are_mounted_at_connection_points_and_paths_sorted_by_path() -> None:
    desired = world.compiled(
        manifest("networks: {back: {}}\n    volumes: {data: data, /srv/a: {volume: media, read_only: true}}"),
        files=IMAGE,
    )
    data, media = desired.volumes
    assert world.only(desired).mounts == (
        Mount(target="/srv/a", volume=media.name, identity=media.digest, read_only=True),
        Mount(target="/var/lib/mysql", volume=data.name, identity=data.digest),
    )


def test_a_connection_point_that_the_image_does_not_have_is_refused() -> None:
    assert mistakes("networks: {back: {}}\n    volumes: {dta: data, other: data}") == [
        "blog.yaml:13:15: containers.db.volumes.dta: the image has no connection point 'dta' (did you mean 'data'?)",
        "blog.yaml:13:26: containers.db.volumes.other: the image has no connection point 'other' (it has binlog, data)",
    ]


def test_a_plain_image_has_no_connection_points() -> None:
    assert mistakes("networks: {back: {}}\n    volumes: {data: data}", image="mariadb") == [
        "blog.yaml:13:15: containers.db.volumes.data: the image has no connection point 'data' "
        "(it has none: write an absolute path)"
    ]


def test_a_volume_that_is_not_there_is_refused() -> None:
    assert mistakes("networks: {back: {}}\n    volumes: {data: dta, binlog: {volume: meda}}") == [
        "blog.yaml:13:21: containers.db.volumes.data: there is no volume 'dta' in this manifest (did you mean 'data'?)",
        "blog.yaml:13:43: containers.db.volumes.binlog.volume: there is no volume 'meda' in this manifest "
        "(did you mean 'media'?)",
    ]


def test_the_folder_that_scs_keeps_current_cannot_be_mounted_over() -> None:
    assert mistakes(
        "networks: {back: {}}\n    volumes: {/run/scs/requires: data}\n    tmpfs: {/run/scs: {}, /run/scsi: {}}"
    ) == [
        'blog.yaml:13:15: containers.db.volumes."/run/scs/requires": /run/scs belongs to scs (mount it elsewhere)',
        'blog.yaml:14:13: containers.db.tmpfs."/run/scs": /run/scs belongs to scs (mount it elsewhere)',
    ]
