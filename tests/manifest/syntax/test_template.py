"""Templates in a tree: which values are rendered, where the results go, and what is said of failures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from scs.manifest.syntax import template, text, tree
from scs.manifest.syntax.template import Failed, Rendered, Template
from scs.model.problem import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Fake:
    """Knows what each template comes to; `batches` are those that it was asked for."""

    known: Mapping[str, Rendered | Failed]
    batches: list[tuple[Template, ...]] = field(default_factory=list)

    def render(self, batch: Sequence[Template], names: Mapping[str, tree.JSON]) -> Sequence[Rendered | Failed]:
        assert names == {"vars": 1}
        self.batches.append(tuple(batch))
        return [self.known[each.source] for each in batch if each.source in self.known]


def fake(**known: tree.JSON | Failed) -> Fake:
    """Renders `{{ a }}` to what is given as `a`."""
    outcomes = {name: each if isinstance(each, Failed) else Rendered(value=each) for name, each in known.items()}
    return Fake(known={f"{{{{ {name} }}}}": outcome for name, outcome in outcomes.items()})


def parsed(source: str) -> tree.Node:
    node, problems = text.parse(source.encode(), "f")
    assert node is not None
    assert problems == ()
    return node


def rendered(source: str, renderer: Fake) -> tuple[tree.JSON, list[str]]:
    node, problems = template.render(parsed(source), {"vars": 1}, renderer)
    return tree.plain(node), [str(problem) for problem in problems]


def test_all_templates_of_a_tree_are_one_batch_and_nothing_else_is_in_it() -> None:
    renderer = fake(a=3, b="x")
    source = 'a: {"{{ k }}": "{{ a }}"}\nb: ["{{ b }}", 1.20, "{ {", "{# c #}"]\n'
    assert rendered(source, renderer) == ({"a": {"{{ k }}": 3}, "b": ["x", 1.2, "{ {", "{# c #}"]}, [])
    assert renderer.batches == [
        tuple(Template(source=each, limit=64 * 1024, typed=True) for each in ("{{ a }}", "{{ b }}"))
    ]


def test_a_tree_without_templates_asks_for_nothing() -> None:
    renderer = fake()
    before = parsed("a: [b, 1]")
    assert template.render(before, {"vars": 1}, renderer) == (before, ())
    assert renderer.batches == []


def test_what_a_template_comes_to_stands_at_its_place() -> None:
    node, _ = template.render(parsed('a:\n  b: "{{ a }}"'), {"vars": 1}, fake(a={"c": [1]}))
    value = tree.at(node, ["a", "b"])
    assert (value.place, value.key) == (Place(file="f", line=2, column=6), Place(file="f", line=2, column=3))
    assert tree.at(value, ["c", 0]).place == value.place


def test_what_a_template_comes_to_is_not_rendered_again() -> None:
    assert rendered('"{{ a }}"', fake(a="{{ b }}")) == ("{{ b }}", [])


def test_each_failure_is_a_problem_with_its_path_and_leaves_the_value_as_it_is() -> None:
    renderer = fake(a=Failed(message="no"), b=1, c=Failed(message="never", line=3))
    assert rendered('a: "{{ a }}"\nb: {c: ["{{ b }}", "{{ c }}"]}', renderer) == (
        {"a": "{{ a }}", "b": {"c": [1, "{{ c }}"]}},
        ["f:1:4: a: no", "f:2:20: b.c[1]: never, on line 3 of the value"],
    )


def test_the_last_outcome_may_stand_for_all_that_was_not_rendered() -> None:
    source = '["{{ a }}", "{{ b }}", "{{ c }}", "{{ c }}"]'
    assert rendered(source, fake(a=1, b=Failed(message="too long"))) == (
        [1, "{{ b }}", "{{ c }}", "{{ c }}"],
        ["f:1:13: [1]: too long"],
    )


@pytest.mark.parametrize(
    ("known", "hint"),
    [
        (("networks", "x"), " (did you mean 'networks'?)"),
        (("b", "c"), " (known: b, c)"),
        ((), ""),
        (("b" * 81,), ""),
        (("\x1b[2J",), ""),
    ],
)
def test_a_name_that_is_not_there_gets_a_hint_that_is_short_and_plain(known: tuple[str, ...], hint: str) -> None:
    renderer = fake(a=Failed(message="no", word="netwrks", known=known))
    assert rendered('"{{ a }}"', renderer)[1] == [f"f:1:1: no{hint}"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("\0", "the result holds U+0000, which is not text"),
        ([{"\ud800": 1}], "the result holds U+D800, which is not text"),
        (2**64, "the number is too large"),
        ([-(2**64)], "the number is too large"),
        ([0] * 100_000, "the templates come to more than 100,000 values together"),
    ],
)
def test_no_template_brings_in_what_a_manifest_may_not_hold(value: tree.JSON, message: str) -> None:
    assert rendered('"{{ a }}"', fake(a=value)) == ("{{ a }}", [f"f:1:1: {message}"])


def test_the_values_of_all_templates_are_counted_together() -> None:
    problems = rendered('["{{ a }}", "{{ a }}", "{{ a }}"]', fake(a=[0] * 49_999))[1]
    assert problems == ["f:1:24: [2]: the templates come to more than 100,000 values together"]


def test_a_whole_text_is_one_untyped_template() -> None:
    renderer = fake(a="b\n")
    assert template.render_text("{{ a }}", {"vars": 1}, renderer) == "b\n"
    assert renderer.batches == [(Template(source="{{ a }}", limit=1024 * 1024, typed=False),)]


def test_whole_texts_are_one_batch_each_with_names_of_its_own() -> None:
    renderer = fake(a="one", b="two")
    texts = [("{{ a }}", {"number": 1}), ("{{ a }}", {"number": 2}), ("{{ b }}", {})]
    assert template.render_texts(texts, {"vars": 1}, renderer) == ("one", "one", "two")
    (batch,) = renderer.batches
    assert [each.names for each in batch] == [{"number": 1}, {"number": 2}, {}]


def test_no_texts_ask_for_nothing() -> None:
    renderer = fake()
    assert template.render_texts((), {"vars": 1}, renderer) == ()
    assert renderer.batches == []


def test_texts_that_are_too_much_together_are_rendered_in_several_batches() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Small(Fake):
        """Has room for two, and says so of the third."""

        def render(self, batch: Sequence[Template], names: Mapping[str, tree.JSON]) -> Sequence[Rendered | Failed]:
            found = Fake.render(self, batch, names)
            return found if len(found) < 3 else [*found[:2], Failed(message="too much together")]

    renderer = Small(known={"a": Rendered(value="a"), "b": Failed(message="no")})
    texts: list[tuple[str, Mapping[str, tree.JSON]]] = [(each, {}) for each in "aaabaa"]
    found = template.render_texts(texts, {"vars": 1}, renderer)
    assert [str(one) for one in found] == ["a", "a", "a", "no", "a", "a"]
    assert [len(batch) for batch in renderer.batches] == [6, 4, 2]


def test_no_batch_holds_more_than_memory_should() -> None:
    large = "a" * (template.TEXTS_LENGTH // 2)
    huge = "a" * (template.TEXTS_LENGTH + 1)
    renderer = Fake(known={large: Rendered(value="a"), huge: Rendered(value="b")})
    texts: list[tuple[str, Mapping[str, tree.JSON]]] = [(each, {}) for each in (large, large, large, huge, large)]
    assert template.render_texts(texts, {"vars": 1}, renderer) == ("a", "a", "a", "b", "a")
    assert [len(batch) for batch in renderer.batches] == [2, 1, 1, 1]


def test_a_text_that_fails_alone_is_to_blame_and_the_others_are_rendered() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Last(Fake):
        """Says nothing of what stands behind a failure."""

        def render(self, batch: Sequence[Template], names: Mapping[str, tree.JSON]) -> Sequence[Rendered | Failed]:
            found = Fake.render(self, batch, names)
            ends = next((at for at, one in enumerate(found) if isinstance(one, Failed)), len(found))
            return found[: ends + 1]

    renderer = Last(known={"a": Rendered(value="a"), "b": Failed(message="too long")})
    found = template.render_texts([("a", {}), ("b", {}), ("a", {})], {"vars": 1}, renderer)
    assert [str(one) for one in found] == ["a", "too long", "a"]


def test_a_whole_text_that_cannot_be_rendered_names_its_line() -> None:
    renderer = fake(a=Failed(message="'vrs' is not defined", line=2, word="vrs", known=("vars",)), b="\0")
    with pytest.raises(template.TemplateError, match=r"^'vrs' is not defined$") as caught:
        template.render_text("{{ a }}", {"vars": 1}, renderer)
    assert (caught.value.line, caught.value.hint) == (2, "did you mean 'vars'?")
    with pytest.raises(template.TemplateError, match=r"^the result holds U\+0000, which is not text$"):
        template.render_text("{{ b }}", {"vars": 1}, renderer)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("{{ vars.a }} {{ vars['b'] }} {{ vars.a }}", {"a", "b"}),
        ("{{ vars }}", {""}),
        ("{{ vars.get('a') }} {{ vars.b }}", {"", "b"}),
        ("{{ vars[name] }}", {""}),
        ("{{ myvars.a }} {{ env.a }}", set()),
    ],
)
def test_what_a_template_speaks_of_is_seen_as_far_as_it_can_be(source: str, found: set[str]) -> None:
    assert template.uses(source, "vars") == found
