"""The stages from files to what is desired, and their mistakes together."""

from __future__ import annotations

import json

import pytest

from scs.manifest.sources import Trouble
from scs.model.desired import Desired
from tests.manifest import world

SMALL = "scs: 1\nservice: blog\ncontainers: {web: {image: nginx}}\n"


def env(desired: Desired) -> dict[str, str]:
    return dict(world.only(desired).process.env)


def test_later_files_are_laid_over_earlier_ones() -> None:
    overlay = {"dev.yaml": "environment: dev\ncontainers: {web: {image: nginx:dev, user: root}}\n"}
    desired = world.compiled(SMALL, files=overlay, overlays=["dev.yaml"])
    container = world.only(desired)
    assert (container.name, container.image.tag, container.process.user) == ("dev-blog-web-1", "nginx:dev", "root")


def test_settings_go_over_the_files() -> None:
    desired = world.compiled(SMALL, settings=["containers.web.replicas=3", "service=shop"])
    assert [one.name for one in desired.containers] == [f"default-shop-web-{number}" for number in (1, 2, 3)]


def test_variables_come_from_the_manifest_then_their_files_then_settings() -> None:
    source = SMALL.replace(
        "image: nginx", "image: nginx, env: {A: '{{ vars.a }}', B: '{{ vars.b }}', C: '{{ vars.c }}'}"
    )
    desired = world.compiled(
        source + "vars: {a: 1, b: 1, c: 1}\n",
        files={"one.yaml": "b: 2\nc: 2\n", "two.yaml": ""},
        var_files=["one.yaml", "two.yaml"],
        settings=["vars.c=3"],
    )
    assert env(desired) == {"A": "1", "B": "2", "C": "3"}


def test_a_variable_that_only_a_setting_knows_of_is_refused() -> None:
    source = SMALL + "vars: {domain: x, site: {title: A}}\n"
    assert world.mistakes(source, settings=["vars.doman=y", "vars.site.new=1", "vars.other.a=1"]) == [
        "--set:1:6: vars.doman: no file declares the variable 'doman', and no template uses it "
        "(did you mean 'domain'?)",
        "--set:1:6: vars.other: no file declares the variable 'other', and no template uses it "
        "(declare it under vars:)",
    ]


@pytest.mark.parametrize(
    "template",
    [
        "vars.title ~ vars['blog']",
        'vars["title"] ~ vars.blog',
        "vars.get('title') ~ vars.blog",
        "vars | string",
        "vars[service]",
    ],
)
def test_a_variable_that_a_template_uses_need_not_be_declared(template: str) -> None:
    source = SMALL.replace("nginx", "nginx, labels: {a: " + json.dumps(f"{{{{ {template} }}}}") + "}")
    assert world.mistakes(source, settings=["vars.title=x", "vars.blog=y"]) == []


def test_an_unknown_key_of_a_setting_has_the_hint_that_it_has_in_a_file() -> None:
    assert world.mistakes(SMALL, settings=["containers.web.relpicas=2", "volume.a.type=local"]) == [
        "--set:1:1: unknown key 'volume' (did you mean 'volumes'?)",
        "--set:1:16: containers.web: unknown key 'relpicas' (did you mean 'replicas'?)",
    ]


def test_variables_may_use_the_environment_and_names_may_use_variables() -> None:
    source = world.text("""
        scs: 1
        service: "{{ vars.name }}-{{ env.USER }}"
        environment: "{{ vars.stage }}"
        vars: {name: blog, stage: "{{ env.STAGE }}"}
        containers:
          web: {image: nginx, env: {WHO: "{{ environment }}/{{ service }}"}}
    """)
    desired = world.compiled(source, environ={"USER": "ann", "STAGE": "dev"})
    assert str(desired.identity) == "dev/blog-ann"
    assert env(desired) == {"WHO": "dev/blog-ann"}


def test_what_a_template_comes_to_is_no_template() -> None:
    source = SMALL.replace("nginx", "nginx, env: {A: '{{ vars.a }}'}")
    desired = world.compiled(source + "vars: {a: '{{ env.X }}'}\n", environ={"X": "{{ env.X }}"})
    assert env(desired) == {"A": "{{ env.X }}"}


def test_a_value_that_is_one_expression_keeps_its_type() -> None:
    source = SMALL.replace("nginx", "nginx, replicas: '{{ vars.many }}'") + "vars: {many: 2}\n"
    assert len(world.compiled(source).containers) == 2


def test_keys_for_people_are_left_alone() -> None:
    source = SMALL.replace("{web:", "{x-why: because, web:") + "x-team: {any: thing}\n"
    assert [one.role for one in world.compiled(source).containers] == ["web"]


def test_a_file_that_is_not_there_is_refused_with_all_others() -> None:
    found = world.mistakes("a: [\n", files={"vars.yaml": "[1]"}, overlays=["dev.yaml"], var_files=["vars.yaml"])
    assert found[0].startswith("blog.yaml:")
    assert found[1:] == [
        "dev.yaml:1:1: the file is not there (look at its name and the working directory)",
        "vars.yaml:1:1: variables must be a map, not a list (write name: value)",
    ]


def test_a_file_that_may_not_be_used_says_why() -> None:
    trouble = Trouble(why="lies in a folder that everybody may write", hint="run: chmod o-w .")
    assert world.mistakes(SMALL, files={"dev.yaml": trouble}, overlays=["dev.yaml"]) == [
        "dev.yaml:1:1: the file lies in a folder that everybody may write (run: chmod o-w .)"
    ]


@pytest.mark.parametrize("source", ["", "# nothing\n", "---\n"])
def test_an_empty_file_is_no_manifest(source: str) -> None:
    (problem,) = world.mistakes(source)
    assert problem.endswith("the file holds no manifest (a manifest begins with scs: 1)")


def test_what_is_no_map_is_no_manifest() -> None:
    (problem,) = world.mistakes("- scs\n")
    assert problem.startswith("blog.yaml:1:1: ")


def test_mistakes_of_every_stage_are_told_together() -> None:
    source = """
        scs: 1
        service: blog
        volumes: {a: {type: sub, of: gone}}
        containers:
          web: {image: nginx, user: "{{ vars.nobody }}", relpicas: 2}
          api: {image: {manifest: gone}, requires: {db: {role: nodb}}}
    """
    assert world.mistakes(source, settings=["containers.web.replicas"]) == [
        "--set:1:24: containers.web.replicas: there is no '=' (write key=value)",
        "blog.yaml:3:30: volumes.a.of: there is no volume 'gone' in this manifest (known: a)",
        "blog.yaml:5:29: containers.web.user: 'vars' has no 'nobody'",
        "blog.yaml:5:50: containers.web: unknown key 'relpicas' (did you mean 'replicas'?)",
        "blog.yaml:6:27: containers.api.image.manifest: there is no image manifest gone/image.yaml "
        "(write the path of a folder that holds an image.yaml)",
        "blog.yaml:6:56: containers.api.requires.db.role: there is no role 'nodb' in this manifest (known: api, web)",
    ]


def test_one_mistake_is_told_once() -> None:
    source = "scs: 1\nservice: blog\nvolumes: {a: {type: local, pth: /srv}}\ncontainers: {}\n"
    assert world.mistakes(source) == ["blog.yaml:3:28: volumes.a: unknown key 'pth' (did you mean 'path'?)"]


def test_a_manifest_may_hold_no_containers() -> None:
    assert world.compiled("scs: 1\nservice: blog\ncontainers: {}\n").containers == ()


def test_a_problem_is_one_line_whatever_it_names() -> None:
    assert world.mistakes(SMALL.replace("nginx", '{manifest: "a\\nblog.yaml:9:9: b"}')) == [
        "blog.yaml:3:38: containers.web.image.manifest: there is no image manifest a\\nblog.yaml:9:9: b/image.yaml "
        "(write the path of a folder that holds an image.yaml)",
    ]
