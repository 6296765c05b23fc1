"""Files of a role: what they hold, where they come from, and which of them no container could keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from scs.adapters.rendering import JinjaRenderer
from scs.manifest import load, static
from scs.manifest.given import Tools
from scs.manifest.syntax.template import Failed, Rendered, Template
from scs.model import files as model
from scs.model.files import Command, ContainerFile, Fixed, Later, Signal
from tests.manifest import world


def manifest(entry: str, extra: str = "") -> str:
    return world.text(f"""
        scs: 1
        service: blog
        vars: {{workers: 4}}
        volumes: {{data: {{type: local, path: /srv/d}}, memory: {{type: tmpfs}}}}
        networks: {{net: {{type: bridge}}}}
        containers:
          db: {{image: mariadb, provides: {{mysql: {{port: 3306}}}}}}
          web:
            image: nginx
            requires: {{mysql: {{role: db}}, my-cache: {{endpoints: ["10.0.0.1:11211"]}}}}
            {extra or "init: true"}
            files: {{{entry}}}
    """)


def files(entry: str, extra: str = "") -> tuple[ContainerFile, ...]:
    found = world.compiled(manifest(entry, extra))
    return found.called("web")[0].files


def test_content_and_sources_are_fixed() -> None:
    entry = "/b: {source: ../files/b, owner: 'www-data:33', mode: '0600'}, /a: {content: 'n={{ vars.workers }}'}"
    found = world.compiled(manifest(entry), files={"../files/b": "raw {{ x }}\n"}).called("web")[0].files
    assert found == (
        ContainerFile(path="/a", content=Fixed(text="n=4")),
        ContainerFile(path="/b", content=Fixed(text="raw {{ x }}\n"), owner="www-data:33", mode=0o600),
    )


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("recreate", "recreate"),
        ("restart", "restart"),
        ("ignore", "ignore"),
        ("{signal: HUP}", Signal(name="HUP")),
        ("[nginx, -s, reload]", Command(words=("nginx", "-s", "reload"))),
    ],
)
def test_what_is_done_about_a_change_is_kept(said: str, means: object) -> None:
    (found,) = files(f"/a: {{content: x, on_change: {said}}}")
    assert found.on_change == means


def test_each_replica_has_its_own_facts() -> None:
    facts = "{{ container.name }} {{ container.role }} {{ container.number }} {{ vars.workers }} {{ env.HOME }}"
    wish = manifest("/a: {template: a.j2}", "replicas: 2")
    found = world.compiled(wish, files={"a.j2": facts}, environ={"HOME": "/root"})
    assert [one.files[0].content for one in found.called("web")] == [
        Fixed(text="default-blog-web-1 web 1 4 /root"),
        Fixed(text="default-blog-web-2 web 2 4 /root"),
    ]


@dataclass
class Counting:
    """A renderer that notes how many templates it gets at a time."""

    counts: list[int] = field(default_factory=list)

    def render(self, batch: Sequence[Template], names: Mapping[str, Any]) -> Sequence[Rendered | Failed]:
        self.counts.append(len(batch))
        return JinjaRenderer().render(batch, names)


def test_the_templates_of_all_roles_and_replicas_are_one_batch() -> None:
    source = world.text("""
        scs: 1
        service: blog
        containers:
          a: {image: nginx, replicas: 3, files: {/own: {template: own}, /all: {template: all}}}
          b: {image: nginx, files: {/own: {template: own}, /said: {content: x}}}
        jobs:
          c: {image: nginx, files: {/own: {template: own}}}
    """)
    renderer = Counting()
    folder = world.Folder(files={"blog.yaml": source, "own": "{{ container.name }}", "all": "{{ service }}"})
    tools = Tools(sources=folder, renderer=renderer, types=world.TYPES)
    found = load.load(("blog.yaml",), (), (), {}, tools)
    assert renderer.counts == [6]
    assert {one.name: [file.content for file in one.files] for one in found.everything} == {
        "default-blog-a-1": [Fixed(text="blog"), Fixed(text="default-blog-a-1")],
        "default-blog-a-2": [Fixed(text="blog"), Fixed(text="default-blog-a-2")],
        "default-blog-a-3": [Fixed(text="blog"), Fixed(text="default-blog-a-3")],
        "default-blog-b-1": [Fixed(text="default-blog-b-1"), Fixed(text="x")],
        "default-blog-c-1": [Fixed(text="default-blog-c-1")],
    }


def test_a_template_that_fails_in_each_replica_is_told_of_once() -> None:
    wish = manifest("/a: {template: a.j2}", "replicas: 3")
    assert world.mistakes(wish, files={"a.j2": "{{ container.nme }}"}) == [
        "blog.yaml:12:28: containers.web.files.\"/a\".template: a.j2:1: 'container' has no 'nme' (did you mean 'name'?)"
    ]


def test_a_template_of_a_role_without_replicas_is_not_rendered() -> None:
    assert world.mistakes(manifest("/a: {template: a.j2}", "replicas: 0"), files={"a.j2": "{{ nothing }}"}) == []


def test_a_fixed_address_is_a_fact() -> None:
    wish = manifest("/a: {template: a.j2}", "networks: {net: {address: 10.0.0.7}}")
    wish = wish.replace("{type: bridge}", "{type: bridge, subnet: 10.0.0.0/24, dynamic: 10.0.0.128/25}")
    found = world.compiled(wish, files={"a.j2": "{{ container.address }}"})
    assert found.called("web")[0].files[0].content == Fixed(text="10.0.0.7")


def test_what_speaks_of_requirements_waits_for_them_and_takes_no_more_along_than_it_names() -> None:
    source = "{{ requires.mysql.address }} {{ env.HOME }} {{ container.number }}"
    wish = manifest("/a: {template: a.j2}")
    found = world.compiled(wish, files={"a.j2": source}, environ={"HOME": "/root", "CANARY": "kanarien-vogel"})
    content = found.called("web")[0].files[0].content
    assert isinstance(content, Later)
    assert (content.source, content.stand_in, content.requires) == (source, "mysql.invalid:1 /root 1", ("mysql",))
    assert content.names["env"] == {"HOME": "/root"}
    assert "kanarien" not in static.text(found)


def test_a_requirement_may_be_named_in_brackets_and_all_of_them_listed() -> None:
    for source, names in (
        ('{{ requires["my-cache"].port }}', ("my-cache",)),
        ("{% for name, one in requires | dictsort %}{{ name }}{% endfor %}", ("my-cache", "mysql")),
    ):
        wish = manifest("/a: {template: a.j2}")
        content = world.compiled(wish, files={"a.j2": source}).called("web")[0].files[0].content
        assert isinstance(content, Later)
        assert content.requires == names


def test_the_static_digest_counts_what_decides_the_content() -> None:
    def digest(source: str, home: str = "/root") -> str:
        found = world.compiled(manifest("/a: {template: a.j2}"), files={"a.j2": source}, environ={"HOME": home})
        return str(found.called("web")[0].files[0].digest({"mysql": ()}))

    source = "{{ requires.mysql.host }} {{ env.HOME }}"
    assert digest(source) == digest(source)
    assert len({digest(source), digest(source, "/home"), digest(f"{source} ")}) == 3


def test_a_template_that_fails_is_refused_where_it_is_named() -> None:
    said = world.mistakes(manifest("/a: {template: a.j2}"), files={"a.j2": "one\n{{ requires.mysq.host }}"})
    assert said == [
        "blog.yaml:12:28: containers.web.files.\"/a\".template: a.j2:2: 'requires' has no 'mysq' "
        "(did you mean 'mysql'?)"
    ]


def test_a_source_that_is_not_there_is_refused() -> None:
    assert world.mistakes(manifest("/a: {source: a}")) == [
        'blog.yaml:12:26: containers.web.files."/a".source: there is no a '
        "(write a path that counts from the manifest's folder)"
    ]


@pytest.mark.parametrize(
    ("path", "extra", "why"),
    [
        ("/run/scs/a", "", "/run/scs belongs to scs (put it elsewhere)"),
        ("/etc/hosts", "", "/etc/hosts belongs to the engine, which makes it at each start (take it out)"),
        ("/proc/a", "", "/proc belongs to the engine, which makes it at each start (take it out)"),
        ("/tmp/a", "tmpfs: {/tmp: {}}", "it lies in /tmp, which is empty after each start (put it elsewhere)"),
        ("/m/a", "volumes: {/m: memory}", "it lies in /m, which is empty after each start (put it elsewhere)"),
        ("/d", "volumes: {/d: data}", "a volume is mounted at /d (put the file elsewhere, or take out the volume)"),
        (
            "/d/a",
            "volumes: {/d: {volume: data, read_only: true}}",
            "it lies in /d, which is mounted for reading only (put it elsewhere)",
        ),
        (
            "/a",
            "read_only: true",
            "the container is read_only, and this lies in none of its volumes (put it into a volume)",
        ),
    ],
)
def test_what_no_container_could_keep_is_refused(path: str, extra: str, why: str) -> None:
    assert world.mistakes(manifest(f"{path}: {{content: x}}", extra)) == [
        f'blog.yaml:12:13: containers.web.files."{path}": {why}'
    ]


def test_a_file_in_a_volume_of_a_read_only_container_is_right() -> None:
    wish = manifest("/d/a: {content: x}", "read_only: true").replace("init: true", "")
    wish = wish.replace("read_only: true", "read_only: true\n    volumes: {/d: data}")
    (found,) = world.compiled(wish).called("web")[0].files
    assert found.folder == "/d"


def test_only_files_that_need_another_container_are_part_of_it() -> None:
    def parts(content: str, on_change: str) -> object:
        wish = manifest(f"/a: {{content: {content}, on_change: {on_change}}}")
        return world.compiled(wish).called("web")[0].parts.get("files")

    assert parts("x", "recreate") != parts("y", "recreate")
    assert parts("x", "restart") is None


def test_the_static_form_says_how_each_file_is_made() -> None:
    wish = manifest("/a: {content: x, on_change: {signal: HUP}}, /b: {template: b.j2, on_change: [reload]}")
    found = static.static(world.compiled(wish, files={"b.j2": "{{ requires.mysql.host }}"}))
    common = {"mode": "0644", "owner": "root:root"}
    assert found["containers"][1]["files"] == [
        {"path": "/a", **common, "on_change": {"signal": "HUP"}, "content": "x"},
        {
            "path": "/b",
            **common,
            "on_change": ["reload"],
            "template": "{{ requires.mysql.host }}",
            "requires": ["mysql"],
        },
    ]


def test_a_requirement_that_is_not_met_is_empty() -> None:
    assert model.shown(()) == {"host": "", "port": 0, "address": "", "endpoints": []}
