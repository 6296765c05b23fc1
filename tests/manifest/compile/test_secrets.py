"""Secrets by reference and how roles use them."""

from __future__ import annotations

from scs.manifest import static
from scs.model import exposure
from scs.model.secret import Encrypted, FromCommand, FromFile, FromVariable, Secret, SecretUse
from tests.manifest import world

AGE = "-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n-----END AGE ENCRYPTED FILE-----\n"


def manifest(uses: str) -> str:
    return world.text(f"""
        scs: 1
        service: blog
        secrets:
          api: {{command: [pass, show, api]}}
          db: {{file: secrets/db}}
          tls: {{env: TLS_KEY}}
          vault:
            age: |
              -----BEGIN AGE ENCRYPTED FILE-----
              YWdl
              -----END AGE ENCRYPTED FILE-----
            identity: /etc/key
        containers:
          web:
            image: nginx
            env: {{TOKEN: x}}
            secrets: {uses}
    """)


def test_each_kind_of_source_is_a_reference() -> None:
    found = world.compiled(manifest("{}"))
    assert found.secrets == (
        Secret(name="api", source=FromCommand(command=("pass", "show", "api"))),
        Secret(name="db", source=FromFile(path="/work/secrets/db")),
        Secret(name="tls", source=FromVariable(variable="TLS_KEY")),
        Secret(name="vault", source=Encrypted(text=AGE, identity="/etc/key")),
    )
    assert world.only(found).secrets == ()


def test_a_role_says_where_it_wants_them() -> None:
    found = world.only(world.compiled(manifest("{db: {path: mysql/pw, mode: '0440', env: PW}, api: {}}")))
    assert found.secrets == (
        SecretUse(secret="api", path="api", mode=0o400),
        SecretUse(secret="db", path="mysql/pw", mode=0o440, env="PW"),
    )


def test_the_static_form_holds_references_only() -> None:
    found = world.compiled(manifest("{db: {env: PW}}"), environ={"TLS_KEY": "kanarien-vogel"})
    shown = static.static(found)
    assert shown["secrets"]["api"] == {"command": ["pass", "show", "api"]}
    assert shown["secrets"]["db"] == {"file": "/work/secrets/db"}
    assert shown["secrets"]["tls"] == {"env": "TLS_KEY"}
    assert shown["secrets"]["vault"]["age"].startswith("v1:")
    assert shown["containers"][0]["secrets"] == [{"secret": "db", "path": "db", "mode": "0400", "env": "PW"}]
    assert "kanarien" not in static.text(found)


def test_an_unknown_secret_is_refused_where_it_is_named() -> None:
    assert world.mistakes(manifest("{dbb: {}}")) == [
        "blog.yaml:17:15: containers.web.secrets.dbb: there is no secret 'dbb' in this manifest (did you mean 'db'?)"
    ]


def test_two_secrets_are_not_one_file() -> None:
    where = "blog.yaml:17"
    assert world.mistakes(manifest("{db: {path: pw}, api: {path: pw}, tls: {path: pw/key}}")) == [
        f"{where}:26: containers.web.secrets.db.path: /run/scs/secrets/pw is the file of the secret 'api' already "
        f"(give one of them another path)",
        f"{where}:60: containers.web.secrets.tls.path: /run/scs/secrets/pw/key and /run/scs/secrets/pw "
        f"cannot both be files (give one of them another path)",
    ]


def test_two_values_are_not_one_variable() -> None:
    assert world.mistakes(manifest("{db: {env: TOKEN}, api: {env: PW}, tls: {env: PW}}")) == [
        "blog.yaml:17:25: containers.web.secrets.db.env: 'TOKEN' has a value from env already (take one of them out)",
        "blog.yaml:17:60: containers.web.secrets.tls.env: 'PW' has a value from the secret api already "
        "(take one of them out)",
    ]


def test_what_is_no_secret_is_refused() -> None:
    said = world.mistakes("""
        scs: 1
        service: blog
        secrets:
          a: {file: x, env: Y}
          b: {}
          c: {age: plain}
          d: {file: x, identity: y}
        containers:
          web: {image: x, secrets: {d: {path: ../x}}}
    """)
    assert said == [
        "blog.yaml:4:3: secrets.a: 'file' and 'env' cannot stand together",
        "blog.yaml:5:3: secrets.b: one of the keys 'file', 'env', 'command' and 'age' is missing",
        "blog.yaml:6:12: secrets.c.age: must be text that 'age --armor' has written, beginning with "
        "-----BEGIN AGE ENCRYPTED FILE-----, not the text 'plain'",
        "blog.yaml:7:16: secrets.d: 'identity' goes only with 'age', which is not there",
        "blog.yaml:9:39: containers.web.secrets.d.path: must be a path below /run/scs/secrets such as db_password, "
        "without '..', '//' or a '/' at its beginning or end, not the text '../x'",
    ]


def test_a_value_in_the_environment_is_told_of() -> None:
    assert list(exposure.visible(world.compiled(manifest("{db: {env: PW}, api: {}}")))) == [
        "secret db: 'docker inspect' shows the variable PW of web, which holds it; /run/scs/secrets/db is not shown"
    ]
