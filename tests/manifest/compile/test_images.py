"""Image manifests: compiled with their config into everything that decides the image."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from scs.adapters.rendering import JinjaRenderer
from scs.adapters.sources import DiskSources
from scs.manifest import load
from scs.manifest.compile import recipe
from scs.manifest.given import Tools
from scs.manifest.sources import Trouble
from scs.model.image import (
    BuiltImage,
    ConnectionPoint,
    Copy,
    DebianBase,
    DockerfileBase,
    Image,
    ImageFile,
    Packages,
    Pull,
    Puppet,
    ReferencedImage,
    Run,
    SetEnv,
)
from scs.model.problem import Invalid
from tests.manifest import world

HEAD = "scs: 1\nimage: app\n"
DEBIAN = HEAD + "base: {debian: bookworm}\n"


def manifest(image: str) -> str:
    return f"scs: 1\nservice: blog\ncontainers:\n  web:\n    image: {image}\n"


def image(written: str = "{manifest: app}", **files: str) -> Image:
    return world.only(world.compiled(manifest(written), files=beside(files))).image


def built(*args: str, **files: str) -> BuiltImage:
    found = image(*args, **files)
    assert isinstance(found, BuiltImage)
    return found


def mistakes(written: str = "{manifest: app}", **files: str) -> list[str]:
    return world.mistakes(manifest(written), files=beside(files))


def beside(files: Mapping[str, str]) -> dict[str, str | Trouble]:
    """`app=…` is `app/image.yaml`, `app_start=…` is `app/start`."""
    return {f"{name}/image.yaml" if "_" not in name else name.replace("_", "/"): text for name, text in files.items()}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("nginx:1.27", ReferencedImage(reference="nginx:1.27")),
        ("{reference: nginx}", ReferencedImage(reference="nginx", pull=Pull.MISSING)),
        ("{reference: nginx, pull: never}", ReferencedImage(reference="nginx", pull=Pull.NEVER)),
    ],
)
def test_a_reference_is_used_as_it_is(written: str, expected: ReferencedImage) -> None:
    assert image(written) == expected


def test_an_image_manifest_is_compiled_in_full() -> None:
    found = built(
        app=DEBIAN
        + world.text("""
            about: {title: App, maintainer: Web team}
            build:
              - packages: [nginx-light, php-fpm]
              - copy: {start: /usr/local/bin/start}
              - run: [chmod, +x, /usr/local/bin/start]
              - run: a2enmod rewrite
              - env: {LANG: C.UTF-8, LEVEL: 1.20}
            volumes: {data: {path: /srv/data, description: all of it}}
            command: start --now
            user: www-data
            working_dir: /srv
            stop_signal: SIGQUIT
        """),
        app_start="#!/bin/sh\n",
    )
    assert found.base == DebianBase(suite="bookworm")
    assert found.steps == (
        Packages(names=("nginx-light", "php-fpm")),
        Copy(source="start", target="/usr/local/bin/start"),
        Run(command=("chmod", "+x", "/usr/local/bin/start")),
        Run(command="a2enmod rewrite"),
        SetEnv(env={"LANG": "C.UTF-8", "LEVEL": "1.20"}),
    )
    (source,) = found.sources
    assert (source.path, source.origin) == ("start", "/work/app/start")
    assert source.sha256 == hashlib.sha256(b"#!/bin/sh\n").hexdigest()
    assert found.volumes == (ConnectionPoint(name="data", path="/srv/data"),)
    assert found.command == ("start", "--now")
    assert (found.name, found.user, found.working_dir, found.stop_signal) == ("app", "www-data", "/srv", "SIGQUIT")
    assert found.about == {"title": "App", "maintainer": "Web team"}


def test_options_get_their_defaults_and_fill_templates() -> None:
    app = DEBIAN + world.text("""
        config:
          required: [id]
          properties: {id: {type: integer}, title: {type: string, default: "{{ not a template }}"}}
        files:
          /etc/app.conf: {content: "{{ image }} {{ config.id }} {{ config.title }}", mode: "0600", owner: "www:www"}
          /etc/app.ini: {template: app.ini}
          /etc/motd: {source: motd}
        provides: {http: {port: "{{ config.id }}"}}
    """)
    found = built(
        "{manifest: app, config: {id: 64}}",
        app=app,
        **{"app_app.ini": "id={{ config.id }}\n", "app_motd": "{{ hi }}\n"},
    )
    assert found.files == (
        ImageFile(path="/etc/app.conf", content="app 64 {{ not a template }}", mode=0o600, owner="www:www"),
        ImageFile(path="/etc/app.ini", content="id=64\n"),
        ImageFile(path="/etc/motd", content="{{ hi }}\n"),
    )
    assert found.provides[0].port == 64
    assert found.sources == ()


def test_a_puppet_class_gets_the_options_as_parameters() -> None:
    found = built(
        "{manifest: app, config: {site: Mine}}",
        app=DEBIAN
        + "build: [{puppet: {modules: puppet, class: scs}}]\n"
        + "config: {properties: {site: {type: string}, size: {type: integer, default: 3}}}\n",
        **{"app_puppet_scs_init.pp": "class scs {}\n"},
    )
    assert found.steps == (Puppet(modules="puppet", class_name="scs", parameters={"site": "Mine", "size": 3}),)
    assert [source.path for source in found.sources] == ["puppet/scs/init.pp"]


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("title", "Puppet keeps that name for itself (give the option another one, such as site_title)"),
        ("tag", "Puppet keeps that name for itself (give the option another one, such as site_tag)"),
        ("server-id", "it is no name in Puppet (give it one of lower case letters, digits and _)"),
    ],
)
def test_an_option_that_puppet_cannot_have_is_refused_at_its_place(option: str, says: str) -> None:
    options = f"config: {{properties: {{{option}: {{type: string}}}}}}\n"
    found = mistakes(app=DEBIAN + options + "build: [{puppet: {modules: m, class: x}}]\n", app_m_x="class x {}\n")
    assert found == [
        f"app/image.yaml:4:23: config.properties.{option}: the option '{option}' cannot be a parameter "
        f"of the Puppet class x: {says}"
    ]


def test_options_that_only_the_config_names_are_held_to_puppet_too() -> None:
    found = mistakes(
        "{manifest: app, config: {noop: true}}",
        app=DEBIAN + "config: {additionalProperties: true}\nbuild: [{puppet: {modules: m, class: x}}]\n",
        app_m_x="class x {}\n",
    )
    assert found == [
        "app/image.yaml:4:1: config: the option 'noop' cannot be a parameter of the Puppet class x: "
        "Puppet keeps that name for itself (give the option another one, such as site_noop)"
    ]


def test_copies_do_not_depend_on_the_order_of_keys_and_take_folders_whole() -> None:
    files = {"app_files_a": "a", "app_files_b": "b", "app_z": "z"}
    first = built(app=DEBIAN + "build: [{copy: {z: /a, files: /b}}]\n", **files)
    other = built(app=DEBIAN + "build: [{copy: {files/: /b, ./z: /a}}]\n", **files)
    assert first == other
    assert first.steps == (Copy(source="z", target="/a"), Copy(source="files", target="/b"))
    assert [source.path for source in first.sources] == ["files/a", "files/b", "z"]


def test_the_manifest_itself_is_no_source_of_its_image() -> None:
    found = built(app=DEBIAN + "build: [{copy: {.: /srv}}]\n", app_x="x")
    assert [source.path for source in found.sources] == ["x"]


def test_a_dockerfile_takes_the_whole_folder_and_its_arguments() -> None:
    app = HEAD + "base: {dockerfile: Dockerfile, args: {A: 1, B: old}, from: {image: php, pull: always}}\n"
    files = {"app_Dockerfile": "ARG A B C\nFROM x\n", "app_src_main": "main", "app_x.ignored": "left out"}
    found = built("{manifest: app, args: {B: new, C: true}}", app=app, **files)
    assert found.base == DockerfileBase(
        dockerfile="Dockerfile",
        args={"A": "1", "B": "new", "C": "true"},
        parent=ReferencedImage(reference="php", pull=Pull.ALWAYS),
    )
    assert [source.path for source in found.sources] == ["Dockerfile", "src/main"]


def test_an_image_may_stand_on_another_manifest_with_options_of_its_own() -> None:
    app = HEAD + "base: {manifest: ../base, config: {level: '{{ config.level }}'}}\n"
    options = "config: {properties: {level: {type: integer, default: 1}}}\n"
    base = "scs: 1\nimage: base\nbase: {debian: trixie}\nbuild: [{run: 'echo {{ config.level }}'}]\n" + options
    found = built("{manifest: app, config: {level: 7}}", app=app + options, base=base)
    assert isinstance(found.base, BuiltImage)
    assert found.base.steps == (Run(command="echo 7"),)
    assert found.base.base == DebianBase(suite="trixie")


def test_one_image_with_one_config_is_compiled_once() -> None:
    source = manifest("{manifest: app}") + "  api:\n    image: {manifest: ./app/image.yaml, config: {}}\n"
    desired = world.compiled(source, files={"app/image.yaml": DEBIAN})
    first, second = desired.containers
    assert first.image is second.image


def test_the_digest_follows_what_decides_the_image_and_nothing_else() -> None:
    plain = built(app=DEBIAN + "build: [{copy: {x: /x}}]\n", app_x="x")
    commented = DEBIAN + "# why\nprovides: {http: {port: 80}}\nbuild: [{copy: {x: /x}}]\n"
    assert built(app=commented, app_x="x").digest == plain.digest
    assert built(app=DEBIAN + "build: [{copy: {x: /x}}]\n", app_x="y").digest != plain.digest


def test_bases_that_lead_back_are_named_in_full() -> None:
    a, b = (f"scs: 1\nimage: x\nbase: {{manifest: ../{other}}}\n" for other in "ba")
    assert mistakes("{manifest: a}", a=a, b=b) == [
        "b/image.yaml:3:18: base.manifest: the image stands on itself: "
        "a/image.yaml -> b/image.yaml -> a/image.yaml (give one of them another base)"
    ]


def test_a_manifest_that_is_not_there_is_refused_wherever_it_is_named() -> None:
    source = manifest("{manifest: gone}") + "  api: {image: {manifest: ./gone}}\n"
    hint = "(write the path of a folder that holds an image.yaml)"
    assert world.mistakes(source) == [
        f"blog.yaml:5:23: containers.web.image.manifest: there is no image manifest gone/image.yaml {hint}",
        f"blog.yaml:6:27: containers.api.image.manifest: there is no image manifest gone/image.yaml {hint}",
    ]


def test_a_manifest_that_cannot_be_read_says_why() -> None:
    files = {"app/image.yaml": Trouble(why="everybody may write", hint="run: chmod o-w app/image.yaml")}
    assert world.mistakes(manifest("{manifest: app}"), files=files) == [
        "app/image.yaml:1:1: the file everybody may write (run: chmod o-w app/image.yaml)"
    ]


def test_mistakes_of_an_image_stand_at_its_own_places_once() -> None:
    source = manifest("{manifest: app}") + "  api: {image: {manifest: app}}\n"
    app = DEBIAN + "build:\n  - copy: {gone: /x}\n  - run: '{{ config.nothing }}'\nfiles: {/etc/a: {source: a}}\n"
    found = world.mistakes(source, files={"app/image.yaml": app})
    assert [problem.split(": ")[:2] for problem in found] == [
        ["app/image.yaml:5:12", "build[0].copy.gone"],
        ["app/image.yaml:6:10", "build[1].run"],
        ["app/image.yaml:7:26", 'files."/etc/a".source'],
    ]


def test_a_source_that_is_not_there_is_refused() -> None:
    hint = "(write a path that counts from the image manifest's folder)"
    assert mistakes(app=DEBIAN + "build: [{copy: {gone: /x}}]\n") == [
        f"app/image.yaml:4:17: build[0].copy.gone: there is no app/gone {hint}"
    ]
    assert mistakes(app=HEAD + "base: {dockerfile: Dockerfile}\n") == [
        f"app/image.yaml:3:20: base.dockerfile: there is no app/Dockerfile {hint}"
    ]


DISK = Tools(sources=DiskSources(), renderer=JinjaRenderer(), types=world.TYPES)


@pytest.mark.parametrize(
    ("step", "at"),
    [
        ("copy: {ln: /x}", "4:17: build[0].copy.ln"),
        ("puppet: {modules: ln, class: x}", "4:28: build[0].puppet.modules"),
    ],
)
def test_a_source_that_is_a_link_is_refused(tmp_path: Path, step: str, at: str) -> None:
    (tmp_path / "image.yaml").write_text(DEBIAN + f"build: [{{{step}}}]\n")
    (tmp_path / "ln").symlink_to("files")
    with pytest.raises(Invalid) as caught:
        load.image(str(tmp_path), (), DISK)
    assert [str(problem) for problem in caught.value.problems] == [
        f"{tmp_path}/image.yaml:{at}: {tmp_path}/ln is a symbolic link to files "
        "(name the file or folder that it leads to)"
    ]


@pytest.mark.parametrize(
    ("rest", "paths"),
    [
        ("base: {debian: bookworm}\nbuild: [{copy: {.: /srv}}]\n", ["Dockerfile", "x"]),
        ("base: {dockerfile: Dockerfile}\n", ["Dockerfile", "x"]),
    ],
)
def test_an_image_folder_and_its_dockerfile_may_be_links(tmp_path: Path, rest: str, paths: list[str]) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "image.yaml").write_text(HEAD + rest)
    (tmp_path / "app" / "x").write_text("FROM x\n")
    (tmp_path / "app" / "Dockerfile").symlink_to("x")
    (tmp_path / "ln").symlink_to("app")
    assert [source.path for source in load.image(str(tmp_path / "ln"), (), DISK).sources] == paths


def test_a_file_that_is_not_text_belongs_into_a_copy_step() -> None:
    files = {"app/image.yaml": DEBIAN + "files: {/a: {template: broken}}\n", "app/broken": "{{ config.none }}\nx\n"}
    (problem,) = world.mistakes(manifest("{manifest: app}"), files=files)
    assert problem.startswith('app/image.yaml:4:24: files."/a".template: app/broken:1: ')


def test_options_are_checked_where_they_are_given() -> None:
    app = DEBIAN + "config: {required: [id], properties: {id: {type: integer}, title: {type: string}}}\n"
    assert mistakes("{manifest: app, config: {titel: x}}", app=app) == [
        "blog.yaml:5:28: containers.web.image.config: the key 'id' is missing",
        "blog.yaml:5:37: containers.web.image.config: unknown key 'titel' (did you mean 'title'?)",
    ]
    assert mistakes(app=app) == ["blog.yaml:5:5: containers.web.image.config: the key 'id' is missing"]


def test_arguments_are_for_dockerfiles() -> None:
    assert mistakes("{manifest: app, args: {A: 1}}", app=DEBIAN) == [
        "blog.yaml:5:5: containers.web.image: the image takes no build arguments: its base is not a Dockerfile "
        "(take out args:)"
    ]


def test_an_argument_that_the_dockerfile_does_not_declare_is_refused_where_it_is_given() -> None:
    app = HEAD + "base: {dockerfile: docker/file, args: {Mode: 1, MODE: 2}}\n"
    files = {"app_docker_file": "ARG MODE=production\nFROM x\n"}
    assert mistakes("{manifest: app, args: {MODUS: 1, DEBUG: 1}}", app=app, **files) == [
        "app/image.yaml:3:40: base.args.Mode: app/docker/file has no ARG 'Mode' (did you mean 'MODE'?)",
        "blog.yaml:5:35: containers.web.image.args.MODUS: app/docker/file has no ARG 'MODUS' (did you mean 'MODE'?)",
        "blog.yaml:5:45: containers.web.image.args.DEBUG: app/docker/file has no ARG 'DEBUG' "
        "(write ARG DEBUG there, or take it out here)",
    ]


def test_arguments_for_proxies_need_no_declaration() -> None:
    app = HEAD + "base: {dockerfile: Dockerfile, args: {HTTP_PROXY: a, no_proxy: b}}\n"
    assert mistakes("{manifest: app, args: {https_proxy: c}}", app=app, app_Dockerfile="FROM x\n") == []


@pytest.mark.parametrize(
    ("dockerfile", "names"),
    [
        ("FROM x\n", set()),
        ("ARG A\nFROM x\n  arg B=1\r\nFROM y\nARG C\t", {"A", "B", "C"}),
        ("ARG A=1 B=\"x y\" 'C=2'\n", {"A", "B", "C"}),
        ("ARG \\\n# why\n\n  A \\ \r\n B=\\\n1\n", {"A", "B"}),
        ("# syntax=x\n# Escape = `\nARG `\nA=\\\nARG B\n", {"A", "B"}),
        ("# ARG A\nRUN x \\\n ARG B\nONBUILD ARG C\nENV D=1\nARGH E\n", set()),
    ],
)
def test_arguments_are_declared_as_the_builder_reads_a_dockerfile(dockerfile: str, names: set[str]) -> None:
    assert recipe.declared_arguments(dockerfile) == names


def test_one_image_can_be_compiled_by_itself() -> None:
    options = "config: {required: [id], properties: {id: {type: integer}}}\nbuild: [{run: 'id {{ config.id }}'}]\n"
    folder = world.Folder(files={"images/app/image.yaml": DEBIAN + options})
    assert load.image("images/app", ("id=5",), world.tools(folder)).steps == (Run(command="id 5"),)
    with pytest.raises(Invalid, match=r"^images/app:1:1: config: "):
        load.image("images/app", (), world.tools(folder))


def test_a_signal_and_a_user_are_those_that_the_engine_takes() -> None:
    assert built(app=DEBIAN + "stop_signal: term\nuser: '1000:1000'\n").stop_signal == "term"
    assert mistakes(app=DEBIAN + "stop_signal: SIGTREM\nuser: www data\n") == [
        "app/image.yaml:4:14: stop_signal: must be the name of a signal such as SIGTERM, not the text 'SIGTREM' "
        "(did you mean 'SIGTERM'?)",
        "app/image.yaml:5:7: user: must be a user, or user:group, without spaces, such as www-data or 1000:1000, "
        "not the text 'www data' (did you mean 'www-data'?)",
    ]
