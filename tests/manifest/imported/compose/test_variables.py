"""Variables of Compose files: the template comes to what Compose would have put there."""

from __future__ import annotations

from collections.abc import Mapping

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scs.manifest.imported import literal
from scs.manifest.imported.compose.variables import MalformedError, Variables
from tests.manifest.imported.importing import compiled, service, told, written

SET = {"SET": "v", "EMPTY": "", "items": "dict", "_low": "l"}
TEXT = st.text(alphabet="a{}%#'\"\\$ \n:-?+\ue000\ue001", max_size=12)
PIECES = st.sampled_from(
    ["$SET", "${SET}", "${EMPTY:-d}", "${EMPTY-d}", "${NO:-d}", "${NO-d}", "${SET:+p}", "${EMPTY:+p}", "${EMPTY+p}",
     "${NO+p}", "${SET?why}", "$items", "${_low}", "$$", "${NO:-a${SET}b}", "${NO:-${ALSO-{{ x }}}}", "{", "{{", "}}",
     "{%", "{#", "'", "\\"]
)  # fmt: skip


def rendered(template: str, environ: Mapping[str, str]) -> str:
    """As scs renders: text without braces is no template."""
    if "{{" not in template and "{%" not in template:
        return template
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    return environment.from_string(template).render(env=dict(environ))


@pytest.mark.parametrize(
    ("text", "template", "value"),
    [
        ("plain", "plain", "plain"),
        ("$SET", "{{ env.SET }}", "v"),
        ("a${SET}b", "a{{ env.SET }}b", "avb"),
        ("${NO:-d}", "{{ env.NO | default('d', true) }}", "d"),
        ("${EMPTY:-d}", "{{ env.EMPTY | default('d', true) }}", "d"),
        ("${EMPTY-d}", "{{ env.EMPTY | default('d') }}", ""),
        ("${NO:-}", "{{ env.NO | default('', true) }}", ""),
        ("${SET:?is needed}", "{{ env.SET }}", "v"),
        ("${SET:+yes}", "{{ ('yes' if env.SET | default('') else '') }}", "yes"),
        ("${NO+yes}", "{{ ('yes' if env.NO is defined else '') }}", ""),
        ("${NO:-${SET}/x}", "{{ env.NO | default((env.SET) ~ '/x', true) }}", "v/x"),
        ("$$SET", "$SET", "$SET"),
        ("${items}", "{{ env['items'] }}", "dict"),
        ("${_low}", "{{ env['_low'] }}", "l"),
        ("{{ x }}", "{{ '{' }}{ x }}", "{{ x }}"),
        ("{${SET}", "{{ '{' }}{{ env.SET }}", "{v"),
    ],
)
def test_each_form_has_its_template(text: str, template: str, value: str) -> None:
    variables = Variables(SET)
    marked = variables.marked(text)
    assert (variables.template(marked), variables.resolved(marked)) == (template, value)
    assert rendered(template, SET) == value


@given(st.lists(PIECES | TEXT.filter(lambda text: "$" not in text), max_size=6).map("".join))
def test_the_template_comes_to_what_compose_would_have_put_there(text: str) -> None:
    variables = Variables(SET)
    try:
        marked = variables.marked(text)
    except MalformedError:
        return
    if not variables.unset(marked):  # which Compose takes for empty, and scs refuses
        assert rendered(variables.template(marked), SET) == variables.resolved(marked)


@given(TEXT)
def test_any_text_is_read_or_refused(text: str) -> None:
    variables = Variables({})
    try:
        marked = variables.marked(text)
    except MalformedError:
        return
    variables.template(marked)
    variables.number(marked)


@given(TEXT)
def test_text_that_looks_like_a_template_comes_to_itself(text: str) -> None:
    assert rendered(literal.escaped(text), {}) == text


def test_a_variable_stays_one_through_every_stage() -> None:
    found = service(
        """\
        environment: {URL: "http://${HOST:-localhost}:${PORT:-80}/", KEY: }
        ports: ["${PORT:-8080}:80"]
        volumes: ["${DATA:-./data}:/data", "~/x:/x"]
        """,
        {"KEY": "k", "HOME": "/root"},
    )
    assert told(found) == []
    (container,) = compiled(found, {"KEY": "k", "HOME": "/root", "HOST": "h", "DATA": "/srv/data"}).containers
    assert container.process.env == {"URL": "http://h:80/", "KEY": "k"}
    assert [one.publish and one.publish.port for one in container.provides] == [8080]
    assert '  /x: {type: bind, source: "{{ env.HOME }}/x"}' in written(found)


def test_a_variable_where_no_template_can_stand_is_resolved_and_told() -> None:
    found = service("mem_limit: ${MEMORY:-512m}", {})
    assert told(found) == [
        "services.app.mem_limit: its variables are resolved as they are here, to '512m' (write it as you need it)"
    ]
    assert compiled(found).containers[0].resources.memory == 512 * 1024**2


def test_a_variable_number_of_retries_is_the_one_of_now() -> None:
    found = service("healthcheck: {test: [CMD, x], retries: '${RETRIES:-7}'}")
    assert found.manifest["containers"]["app"]["health"]["retries"] == 7
    assert told(found) == [
        "services.app.healthcheck.retries: its variables are resolved as they are here, to '7' "
        "(write it as you need it)"
    ]


def test_a_variable_without_a_value_is_told_once() -> None:
    found = service("command: [$NO, '${NO}', '${NO:-d}']")
    assert told(found) == [
        "${NO}: NO has no value here, which Compose takes for empty text and scs refuses (set it, or write ${NO:-})"
    ]
