"""The run folder: what containers see, and scs's own notes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scs.adapters.delivery import TmpfsDelivery
from scs.contract import errors
from scs.contract.delivery import SecretFile
from scs.model.identity import Identity, digest
from scs.model.observed import RunFolder, Told
from scs.model.service import Endpoint

BLOG = Identity(environment="dev", service="blog")
WEB = "dev-blog-web-1"
TOLD = Told(requirement="mysql", endpoints=(Endpoint(host="db", port=3306),))


@pytest.fixture
def delivery(tmp_path: Path) -> TmpfsDelivery:
    return TmpfsDelivery(tmp_path)


def test_nothing_was_told_where_nothing_is(delivery: TmpfsDelivery) -> None:
    assert delivery.read(BLOG) == RunFolder()


def test_endpoints_are_replaced_whole_and_readable_by_every_user(delivery: TmpfsDelivery) -> None:
    delivery.deliver(BLOG, WEB, [TOLD])
    delivery.deliver(BLOG, WEB, [TOLD])
    folder = Path(delivery.folder(BLOG, WEB)) / "requires"
    assert [one.name for one in folder.iterdir()] == ["mysql.json"]
    assert (folder / "mysql.json").stat().st_mode & 0o777 == 0o644
    assert json.loads((folder / "mysql.json").read_text())["endpoints"][0]["address"] == "db:3306"


def test_notes_are_read_back(delivery: TmpfsDelivery) -> None:
    delivery.remember_told(BLOG, WEB, "mysql", digest(TOLD.endpoints))
    delivery.remember_verified(BLOG, WEB, "abc")
    assert delivery.read(BLOG) == RunFolder(told={(WEB, "mysql"): digest(TOLD.endpoints)}, verified=frozenset({"abc"}))


def test_a_start_forgets_that_the_checks_passed(delivery: TmpfsDelivery) -> None:
    delivery.remember_verified(BLOG, WEB, "abc")
    delivery.forget_verified(BLOG, WEB)
    delivery.forget_verified(BLOG, WEB)
    assert delivery.read(BLOG).verified == frozenset()


def test_a_removed_container_leaves_nothing(delivery: TmpfsDelivery, tmp_path: Path) -> None:
    delivery.deliver(BLOG, WEB, [TOLD])
    delivery.forget(BLOG, WEB)
    delivery.forget(BLOG, WEB)
    assert not (tmp_path / "dev/blog" / WEB).exists()


def test_a_folder_that_cannot_be_made_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(errors.Failure) as failed:
        TmpfsDelivery(tmp_path / "file").folder(BLOG, WEB)
    assert failed.value.why == (
        f"{tmp_path}/file/dev/blog/{WEB}/inside cannot be made (Not a directory): scs keeps there what "
        f"containers see as /run/scs; run scs as root, or set SCS_RUN_DIR to a folder that you may write"
    )


def secret(content: bytes, path: str = "mysql/password") -> SecretFile:
    return SecretFile(path=path, content=content, mode=0o400, uid=1000, gid=1001)


def test_secrets_belong_to_the_container_and_nobody_else_gets_at_them(delivery: TmpfsDelivery, tmp_path: Path) -> None:
    delivery.deliver_secrets(BLOG, WEB, [secret(b"old"), secret(b"key", "key")])
    delivery.deliver_secrets(BLOG, WEB, [secret(b"new")])
    delivery.deliver(BLOG, WEB, [TOLD])
    delivery.remember_told(BLOG, WEB, "mysql", digest(TOLD.endpoints))
    delivery.remember_verified(BLOG, WEB, "abc")
    folder = tmp_path / "dev/blog" / WEB
    file = folder / "inside/secrets/mysql/password"
    assert file.read_bytes() == b"new"
    found = file.stat()
    assert (found.st_mode & 0o777, found.st_uid, found.st_gid) == (0o400, 1000, 1001)
    assert [one.name for one in file.parent.iterdir()] == ["password"]
    assert folder.stat().st_mode & 0o777 == 0o700
    inside = (folder / "inside", file.parent.parent, file.parent)
    assert [one.stat().st_mode & 0o777 for one in inside] == [0o755, 0o755, 0o755]


def test_whether_there_are_secrets_is_known(delivery: TmpfsDelivery) -> None:
    delivery.folder(BLOG, WEB)
    assert not delivery.has_secrets(BLOG, WEB)
    delivery.deliver_secrets(BLOG, WEB, [secret(b"x")])
    assert delivery.has_secrets(BLOG, WEB)


def test_a_secret_that_cannot_be_given_away_is_said_and_left_nowhere(
    delivery: TmpfsDelivery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_handle: int, _uid: int, _gid: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.fchown", refuse)
    with pytest.raises(errors.Failure) as raised:
        delivery.deliver_secrets(BLOG, WEB, [secret(b"canary", "key")])
    path = tmp_path / "dev/blog" / WEB / "inside/secrets/key"
    assert raised.value.why == (
        f"{path} cannot be given to user 1000 of the container (Operation not permitted): run scs as root"
    )
    assert list(path.parent.iterdir()) == []


def test_what_was_put_into_a_container_is_read_back_by_its_path(delivery: TmpfsDelivery) -> None:
    long = "/etc/" + "a" * 300
    for path in ("/etc/app.conf", long):
        delivery.remember_file(BLOG, WEB, path, digest(path))
    assert delivery.read(BLOG).files == {
        (WEB, "/etc/app.conf"): digest("/etc/app.conf"),
        (WEB, long): digest(long),
    }
