"""What is mounted on the way to a path, from recorded tables."""

from __future__ import annotations

from provisioners import mounts

MOUNTINFO = """\
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda1 rw,discard
61 27 0:52 / /srv/media rw,relatime shared:29 master:1 - nfs4 10.0.0.5:/media rw,vers=4.2,hard
62 27 0:53 / /srv/with\\040blank rw - fuse.sshfs me@host:/x rw
63 27 8:1 / /data rw,relatime - xfs /dev/sdb1 rw
"""
FSTAB = """\
# /etc/fstab: static file system information.
UUID=1234 /               ext4    errors=remount-ro 0       1
/dev/sdb1 /data           xfs     defaults,nofail   0       2
/dev/sdc1 /srv/db/        ext4    defaults          0       2
/swapfile none            swap    sw                0       0
10.0.0.5:/x /mnt/with\\040blank nfs ro 0 0
"""
TABLE = mounts.Table(mounted=mounts.mounted(MOUNTINFO), expected=mounts.expected(FSTAB))


def test_a_path_on_a_disk_is_answered_at_once() -> None:
    assert TABLE.remote("/data/blog") is None
    assert TABLE.remote("/srv/mediation") is None


def test_a_path_on_or_below_a_network_filesystem_may_never_be() -> None:
    found = mounts.Mount(at="/srv/media", kind="nfs4", source="10.0.0.5:/media")
    assert TABLE.remote("/srv/media") == found
    assert TABLE.remote("/srv/media/a/b") == found


def test_a_filesystem_in_user_space_may_hang_too() -> None:
    found = TABLE.remote("/srv/with blank/x")
    assert found is not None
    assert found.kind == "fuse.sshfs"


def test_a_mount_that_should_be_there_and_is_not_is_found() -> None:
    assert TABLE.missing("/srv/db/mysql") == "/srv/db"
    assert TABLE.missing("/mnt/with blank/x") == "/mnt/with blank"


def test_what_is_mounted_is_not_missing() -> None:
    assert TABLE.missing("/data/x") == ""
    assert TABLE.missing("/srv/other") == ""
    assert TABLE.missing("/home") == ""


def test_the_tables_of_this_machine_can_be_read() -> None:
    assert any(one.at == "/" for one in mounts.read().mounted)
