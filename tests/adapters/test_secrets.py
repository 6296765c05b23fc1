"""Values from files, variables, commands and age; what stands for them; how failures are said."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from scs.adapters import secrets
from scs.adapters.secrets import HostSecrets
from scs.contract import errors
from scs.contract.context import Completed
from scs.model.container import Container, Job
from scs.model.desired import Desired
from scs.model.identity import Identity
from scs.model.image import ReferencedImage
from scs.model.secret import Encrypted, FromCommand, FromFile, FromVariable, Secret, SecretSource, SecretUse

BLOG = Identity(environment="dev", service="blog")
CANARY = "kanarien-vogel"


class Programs:
    """Commands that answer as they are told; `asked` counts."""

    def __init__(self) -> None:
        self.answer = Completed(code=0, stdout=f"{CANARY}\n", stderr="")
        self.asked = 0

    def run(self, argv: Sequence[str], *, timeout: float, stdin: bytes | None = None) -> Completed:
        self.asked += 1
        return self.answer


class Shop:
    """The adapter over a folder, with what tests turn."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self.programs = Programs()
        self.hidden: list[bytes] = []
        self.key = folder / "state" / "secrets.key"
        self.identity = folder / "age.key"
        self.environ = environ

    @property
    def secrets(self) -> HostSecrets:
        """As a new run has it."""
        return HostSecrets(
            key=self.key,
            identity=self.identity,
            environ=self.environ,
            commands=self.programs,
            hide=self.hidden.append,
        )


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path, {"DB_PASSWORD": CANARY})


def secret(source: SecretSource, name: str = "db_password") -> Secret:
    return Secret(name=name, source=source)


def refusal(shop: Shop, source: SecretSource) -> str:
    with pytest.raises(errors.EffectError) as raised:
        shop.secrets.value(secret(source))
    assert raised.value.detail == ""
    return raised.value.why


def encrypted(shop: Shop) -> str:
    age: Any = importlib.import_module("pyrage")
    key = age.x25519.Identity.generate()
    shop.identity.write_text(f"# created: today\n# public key: {key.to_public()}\n{key}\n")
    return bytes(age.encrypt(CANARY.encode(), [key.to_public()], armored=True)).decode()


def test_a_value_comes_from_each_kind_of_source_and_is_told_to_be_hidden(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_bytes(b"kanarien-vogel\n")
    assert shop.secrets.value(secret(FromFile(path=str(file)))) == b"kanarien-vogel\n"
    text = encrypted(shop)
    for source in (
        FromVariable(variable="DB_PASSWORD"),
        FromCommand(command=("pass",)),
        Encrypted(text=text),
        Encrypted(text=text, identity=str(shop.identity)),
    ):
        assert shop.secrets.value(secret(source)) == CANARY.encode()
    assert {one.strip() for one in shop.hidden} == {CANARY.encode()}


def test_a_value_is_asked_for_once_in_a_run_unless_it_cannot_be_had(shop: Shop) -> None:
    one, wish = shop.secrets, secret(FromCommand(command=("pass",)))
    shop.programs.answer = Completed(code=1, stdout="", stderr="")
    with pytest.raises(errors.Failure):
        one.value(wish)
    shop.programs.answer = Completed(code=0, stdout="first\n", stderr="")
    assert one.value(wish) == b"first"
    shop.programs.answer = Completed(code=0, stdout="second\n", stderr="")
    assert (one.value(wish), shop.programs.asked) == (b"first", 2)
    assert shop.secrets.value(wish) == b"second"


def test_what_cannot_be_had_is_said_with_the_secret_and_without_what_was_printed(shop: Shop, tmp_path: Path) -> None:
    assert refusal(shop, FromFile(path=f"{tmp_path}/file")) == f"secret db_password: {tmp_path}/file does not exist"
    assert (
        refusal(shop, FromFile(path=str(tmp_path))) == f"secret db_password: {tmp_path} cannot be read: Is a directory"
    )
    assert refusal(shop, FromVariable(variable="NO")) == "secret db_password: the environment variable NO is not set"
    shop.programs.answer = Completed(code=2, stdout=CANARY, stderr="warming up\ngpg: no key\n")
    assert refusal(shop, FromCommand(command=("pass", "show"))) == "secret db_password: pass exited with 2: gpg: no key"
    shop.programs.answer = Completed(code=0, stdout="\n", stderr="")
    assert refusal(shop, FromCommand(command=("pass",))) == "secret db_password: its value is empty"


def test_a_file_that_is_too_large_is_refused(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "dump"
    file.write_bytes(b"x" * (1024 * 1024 + 1))
    assert refusal(shop, FromFile(path=str(file))) == f"secret db_password: {file} is larger than 1 MiB"


def test_what_age_cannot_decrypt_is_said_with_the_key_that_was_tried(shop: Shop) -> None:
    key = shop.identity
    assert refusal(shop, Encrypted(text="x")) == f"secret db_password: {key} does not exist"
    text = encrypted(shop)
    encrypted(shop)
    assert refusal(shop, Encrypted(text=text)) == (
        f"secret db_password: the key in {key} does not decrypt it: encrypt it to this host's key"
    )
    key.write_text("# nothing\n")
    assert refusal(shop, Encrypted(text=text)) == (
        f"secret db_password: {key} holds no key of age: make one with 'age-keygen -o {key}'"
    )
    key.write_text("AGE-SECRET-KEY-1NO\n")
    assert refusal(shop, Encrypted(text=text)) == f"secret db_password: {key} holds no key that age can use"


def test_a_fingerprint_is_the_same_in_each_run_and_another_for_another_value_name_or_key(shop: Shop) -> None:
    wish = secret(FromVariable(variable="DB_PASSWORD"))
    first = shop.secrets.fingerprint(wish)
    assert shop.secrets.fingerprint(wish) == first
    assert len(first) == 16
    others = {first, shop.secrets.fingerprint(secret(wish.source, "other"))}
    shop.environ = {"DB_PASSWORD": "rotated"}
    others.add(shop.secrets.fingerprint(wish))
    shop.environ = {"DB_PASSWORD": CANARY}
    shop.key.unlink()
    others.add(shop.secrets.fingerprint(wish))
    assert len(others) == 4


def test_a_run_has_one_key_whatever_becomes_of_its_file_meanwhile(shop: Shop) -> None:
    wish = secret(FromVariable(variable="DB_PASSWORD"))
    run = shop.secrets
    first = run.fingerprint(wish)
    shop.key.unlink()
    assert run.fingerprint(wish) == first


def test_the_key_is_made_once_for_its_owner_alone(shop: Shop) -> None:
    shop.secrets.fingerprint(secret(FromVariable(variable="DB_PASSWORD")))
    assert shop.key.stat().st_mode & 0o777 == 0o600
    assert len(shop.key.read_bytes()) == 32
    assert [one.name for one in shop.key.parent.iterdir()] == ["secrets.key"]


def test_a_damaged_key_is_said(shop: Shop) -> None:
    shop.key.parent.mkdir()
    shop.key.write_bytes(b"")
    with pytest.raises(errors.Failure) as raised:
        shop.secrets.fingerprint(secret(FromVariable(variable="DB_PASSWORD")))
    assert raised.value.why == (
        f"secret db_password: the key of fingerprints {shop.key} is damaged: remove it, "
        f"and the containers that have secrets are made again"
    )


def test_a_used_file_that_everybody_may_read_is_warned_of(tmp_path: Path) -> None:
    opened = [one for one in tmp_path.parents if one.stat().st_mode & 0o077 == 0]
    for folder in (tmp_path, *opened):
        folder.chmod(0o711)
    file = tmp_path / "password"
    file.write_text(CANARY)
    file.chmod(0o644)

    def warnings(*uses: SecretUse, job: Job | None = None) -> list[str]:
        image = ReferencedImage(reference="bb:1")
        one = Container(identity=BLOG, role="web", number=1, image=image, secrets=uses, job=job)
        jobs, containers = ((), (one,)) if job is None else ((one,), ())
        wish = Desired(identity=BLOG, containers=containers, jobs=jobs, secrets=(secret(FromFile(path=str(file))),))
        return list(secrets.readable_by_others(wish))

    use = SecretUse(secret="db_password", path="db_password")
    said = [f"secret db_password: every user of this host may read {file}; run: chmod go-rwx {file}"]
    assert warnings(use) == said
    assert warnings(use, job=Job()) == said
    assert warnings() == []
    tmp_path.chmod(0o700)
    assert warnings(use) == []
    tmp_path.chmod(0o711)
    file.chmod(0o640)
    assert warnings(use) == []
    for folder in opened:
        folder.chmod(0o700)
