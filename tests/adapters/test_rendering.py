"""Jinja2 in its child process: what templates come to, what is refused, and that nothing they hold runs away."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from scs.adapters import rendering
from scs.adapters.rendering import JinjaRenderer
from scs.contract import errors
from scs.manifest.syntax import tree
from scs.manifest.syntax.template import Failed, Rendered, Template

RENDERER = JinjaRenderer()
NAMES: dict[str, tree.JSON] = {
    "vars": {
        "n": 3,
        "half": 1.5,
        "domain": "example.org",
        "ports": [80, 443],
        "on": True,
        "nothing": None,
        "map": {"b": 1, "a": [2]},
        "items": "a key, not a method",
    },
    "env": {"HOME": "/root"},
    "broken": "\udc80",
}
MANY = "range(100000)"


def outcomes(*sources: str, typed: bool = True, renderer: JinjaRenderer = RENDERER) -> list[object]:
    """What each comes to: its value, or why there is none."""
    batch = [Template(source=source, limit=64 * 1024, typed=typed) for source in sources]
    found = renderer.render(batch, NAMES)
    return [each.value if isinstance(each, Rendered) else said(each) for each in found]


def test_a_template_knows_names_of_its_own_over_those_of_its_batch() -> None:
    owned: list[dict[str, tree.JSON]] = [{"vars": {"n": 4}}, {"own": 5}, {}]
    source = "{{ vars.n }} {{ own if own is defined else env.HOME }}"
    batch = [Template(source=source, limit=64 * 1024, typed=False, names=own) for own in owned]
    assert [one.value for one in RENDERER.render(batch, NAMES) if isinstance(one, Rendered)] == [
        "4 /root",
        "3 5",
        "3 /root",
    ]


def said(failed: Failed) -> str:
    at = f"line {failed.line}: " if failed.line > 1 else ""
    return f"{at}{failed.message} ({failed.hint})" if failed.hint else at + failed.message


def check(expected: dict[str, object], *, typed: bool = True) -> None:
    found = dict(zip(expected, outcomes(*expected, typed=typed), strict=True))
    # By their text, as 1 == True == 1.0.
    assert {source: repr(each) for source, each in found.items()} == {
        source: repr(each) for source, each in expected.items()
    }


def test_a_value_that_is_one_expression_keeps_its_type() -> None:
    check(
        {
            "{{ vars.n }}": 3,
            "{{- vars.n -}}": 3,
            "{# why #}{{ vars.n }}": 3,
            "{{ vars.half }}": 1.5,
            "{{ vars.on }}": True,
            "{{ vars.nothing }}": None,
            "{{ vars.ports }}": [80, 443],
            "{{ vars.map }}": {"b": 1, "a": [2]},
            "{{ '3' }}": "3",
            "{{ '{{' }}": "{{",
            "{{ vars.x | default(7) }}": 7,
            "{{ vars.ports | map('string') | list }}": ["80", "443"],
            "{{ vars.map | tojson }}": '{"a": [2], "b": 1}',
            "{{ (1, 2) }}": [1, 2],
            "{{ 'x' | escape }}": "x",
            "{{ 1 if false }}": "",
            "{{ broken }}": "\udc80",
        }
    )


def test_any_other_value_is_text_in_which_values_are_json() -> None:
    check(
        {
            "www.{{ vars.domain }}": "www.example.org",
            " {{ vars.n }}": " 3",
            "{{ vars.n }}\n": "3\n",
            "-{{ vars.on }} {{ vars.nothing }} {{ vars.half }}": "-true null 1.5",
            "-{{ vars.map }}": '-{"a": [2], "b": 1}',
            "{% raw %}{{ x }}{% endraw %}": "{{ x }}",
            "{# {{ x }} #}": "",
            "{% if vars.on %}{{ vars.n }}{% endif %}": "3",
            "{% for p in vars.ports %}{{ p }}{{ ',' if not loop.last }}{% endfor %}": "80,443",
            "{% for k, v in vars.map.items() | sort %}{{ k }}={{ v }};{% endfor %}": "a=[2];b=1;",
            "{% set x = vars.n + 1 %}{{ x }}": "4",
            "{% macro twice(x) %}{{ x }}{{ x }}{% endmacro %}{{ twice(vars.n) }}": "33",
            "<{{ '<&>' }}>": "<<&>>",
        }
    )


def test_a_whole_text_is_always_text_and_its_lines_end_in_lf() -> None:
    lines = "{% for p in vars.ports -%}\r\nlisten {{ p }};\n{% endfor %}"
    check({"{{ vars.n }}": "3", "{{ vars.on }}": "true", lines: "listen 80;\nlisten 443;\n"}, typed=False)


def test_a_key_of_a_map_goes_before_a_method_of_that_name() -> None:
    check({"{{ vars.items }}": "a key, not a method"})


def test_what_is_not_defined_is_an_error_that_says_what_there_is() -> None:
    check(
        {
            "{{ vrs.x }}": "'vrs' is not defined (did you mean 'vars'?)",
            "{{ xyz }}": "'xyz' is not defined (known: broken, env, vars)",
            "a\n\n{{ xyz }}": "line 3: 'xyz' is not defined (known: broken, env, vars)",
            "\n{{ [xyz] }}": "line 2: 'xyz' is not defined (known: broken, env, vars)",
            "{{ vars.domian }}": "'vars' has no 'domian' (did you mean 'domain'?)",
            "{{ env.x.y | default(1) }}": "'env' has no 'x' (known: HOME)",
            "{{ vars.map.x }}": "the map has no 'x' (known: a, b)",
            "{{ vars.n.x }}": "there is no 'x' in a value of type int",
            "{{ vars.ports[2] }}": "there is no 2 in a value of type list",
            "{{ [] | first }}": "No first item, sequence was empty.",
        }
    )


def test_what_cannot_be_read_or_rendered_is_said() -> None:
    deep = "the template is nested too deeply, or calls itself without end"
    check(
        {
            "{{ a b }}": "the template cannot be read: expected token 'end of print statement', got 'b'",
            "\n{{": "line 2: the template cannot be read: unexpected 'end of template'",
            "{{ 1 | uper }}": "the template cannot be read: No filter named 'uper'",
            "{% include 'x' ignore missing %}": "a template cannot include, import or extend another",
            "\n{% import 'x' as y %}": "line 2: a template cannot include, import or extend another",
            "{{ 1 / 0 }}": "this cannot be rendered: division by zero",
            "x\n{{ 1 / 0 }}": "line 2: this cannot be rendered: division by zero",
            "{{ vars.map.keys }}": "this comes to a builtin_function_or_method, which no value can be",
            "{{ vars.ports | map('string') }}":
                "this comes to a generator, which no value can be: put '| list' behind it",
            "{{ [vars.map.items()] }}": "this comes to a dict_items, which no value can be: put '| list' behind it",
            "{{ vars.half * 1e308 * 10 }}": "this cannot be rendered: Out of range float values are not JSON compliant",
            f"{{{{ {'[' * 65}{']' * 65} }}}}": "this comes to more than 64 levels of maps and lists",
            f"{{{{ {'[' * 5000}{']' * 5000} }}}}": deep,
            f"{{{{ {'(' * 5000}1{')' * 5000} }}}}": deep,
            "{% macro m() %}{{ m() }}{% endmacro %}-{{ m() }}": deep,
        }
    )  # fmt: skip


def test_a_template_cannot_get_out_of_its_sandbox() -> None:
    forbids = "the sandbox forbids this: access to attribute "
    check(
        {
            "{{ ''.__class__ }}": f"{forbids}'__class__' of 'str' object is unsafe",
            "{{ ''.__class__.__mro__[1].__subclasses__() }}": f"{forbids}'__class__' of 'str' object is unsafe",
            "{{ ''['__class__'] }}": f"{forbids}'__class__' of 'str' object is unsafe",
            "{{ '' | attr('__class__') }}": f"{forbids}'__class__' of 'str' object is unsafe",
            "{{ '{0.__class__}'.format(1) }}": f"{forbids}'__class__' of 'int' object is unsafe",
            "{{ cycler.__init__.__globals__ }}": f"{forbids}'__init__' of 'type' object is unsafe",
            "{{ vars.ports.append(1) }}": f"{forbids}'append' of 'list' object is unsafe",
            "{{ vars.ports }}": [80, 443],
        }
    )


def test_a_template_always_comes_to_the_same() -> None:
    check(
        {
            "{{ vars.ports | random }}": "the template cannot be read: No filter named 'random'",
            "{{ lipsum() }}": "'lipsum' is not defined (known: broken, env, vars)",
        }
    )


def test_memory_is_limited() -> None:
    doubling = "{% set s = namespace(x=[1]) %}{% for i in range(60) %}{% set s.x = s.x + s.x %}{% endfor %}"
    too_much = "this takes more than 512 MiB of memory to render"
    check({"{{ 'a' * 10**10 }}": too_much, doubling: too_much, "{{ 1 }}": 1})


def test_output_is_limited() -> None:
    too_much = "this comes to more than 65,536 bytes"
    check(
        {
            "{{ 'a' * 65536 }}": "a" * 65_536,
            "{{ 'é' * 32769 }}": too_much,
            "{{ [0] * 30000 }}": too_much,
            "-{{ 'a' * 65536 }}": too_much,
            f"{{% for i in {MANY} %}}{{{{ i }}}}{{% endfor %}}": too_much,
            "{% for i in range(10**9) %}{% endfor %}": "this cannot be rendered: Range too big. The sandbox blocks"
            " ranges larger than MAX_RANGE (100000)",
        }
    )


def test_time_is_limited_and_only_the_template_that_takes_too_long_is_blamed() -> None:
    loops = f"{{% for i in {MANY} %}}{{% for j in {MANY} %}}{{% endfor %}}{{% endfor %}}"
    assert outcomes("{{ 1 }}", loops, "{{ 2 }}", "{{ 10 ** (10 ** 9) % 7 }}", "{{ x }}") == [
        1,
        "this takes more than 2 seconds to render",
        2,
        "this takes more than 2 seconds to render",
        "'x' is not defined (known: broken, env, vars)",
    ]


def test_all_templates_together_are_limited_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "BATCH_SECONDS", 0)
    assert outcomes("{{ 1 }}", "{{ 2 }}") == ["the templates take more than 0 seconds together"]


def test_all_templates_together_are_limited_in_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "BATCH_BYTES", 100)
    assert outcomes("{{ 'a' * 50 }}", "{{ 'b' * 50 }}", "{{ 1 }}") == [
        "a" * 50,
        "the templates come to more than 100 bytes together",
    ]


def script(folder: Path, source: str) -> JinjaRenderer:
    path = folder / "child.py"
    path.write_text(f"import os, sys, time\n{source}\n")
    return JinjaRenderer(script=path, seconds=1)


def test_a_child_that_dies_is_said_of_the_template_it_was_at(tmp_path: Path) -> None:
    kills = script(tmp_path, "print('ready', flush=True)\nos.kill(os.getpid(), 11)")
    assert outcomes("{{ 1 }}", renderer=kills) == ["the process that renders died: SIGSEGV"]
    ends = script(tmp_path, "print('ready', flush=True)\nsys.exit('no more')")
    assert outcomes("{{ 1 }}", renderer=ends) == ["the process that renders died: exit code 1, no more"]


def test_a_child_that_does_nothing_is_killed(tmp_path: Path) -> None:
    begun = time.monotonic()
    waits = script(tmp_path, "print('ready', flush=True)\ntime.sleep(60)")
    assert outcomes("{{ 1 }}", renderer=waits) == ["this takes more than 1 seconds to render"]
    assert time.monotonic() - begun < 30


def test_a_child_that_cannot_begin_is_a_failure_and_not_the_manifest_s_mistake(tmp_path: Path) -> None:
    expected = "templates cannot be rendered: the process that renders died: exit code 1, no Jinja2"
    with pytest.raises(errors.Failure, match=f"^{re.escape(expected)}$"):
        outcomes("{{ 1 }}", renderer=script(tmp_path, "sys.exit('no Jinja2')"))
    with pytest.raises(errors.Failure, match=r"^templates cannot be rendered: /no/python: No such file or directory$"):
        outcomes("{{ 1 }}", renderer=JinjaRenderer(python="/no/python"))


def test_the_child_sees_no_environment_and_can_open_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SECRET", "x")
    tells = script(tmp_path, "print('ready')\nprint('{\"value\": %d}' % ('SECRET' in os.environ), flush=True)")
    assert outcomes("{{ 1 }}", renderer=tells) == [0]
    # The limits themselves: the script's own, set in a process that then tries.
    source = (
        "import runpy, io\nchild = runpy.run_path(sys.argv[0].replace('child.py', 'real.py'))\n"
        "def tried(error, memory):\n"
        "    try:\n        open('/etc/passwd')\n        return {'value': 'opened'}\n"
        "    except OSError as e:\n        return {'value': e.strerror}\n"
        "child['main'].__globals__['failure'] = tried\nchild['main']()"
    )
    (tmp_path / "real.py").write_text(rendering.CHILD.read_text())
    assert outcomes("{{ 1 / 0 }}", renderer=script(tmp_path, source)) == ["Too many open files"]
