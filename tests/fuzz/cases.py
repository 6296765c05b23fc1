"""One fuzzed manifest by its name (`tree-1-4711`): files, overlays, settings; the same each time, run by others."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, get_args

import schemas
from tests.fuzz import corpus, grammar, texts, traps, trees
from tests.fuzz.corpus import Base

Kind = Literal["bytes", "lines", "tree", "grammar", "overlay", "set", "template", "image", "child"]
KINDS: tuple[Kind, ...] = get_args(Kind)
SHARES: Mapping[Kind, int] = {
    "bytes": 60, "lines": 50, "tree": 22, "grammar": 22, "overlay": 14, "set": 14, "template": 10, "image": 7,
    "child": 1,
}  # fmt: skip
"""Of 200 cases. What a child process renders takes as long as fifty of the others."""
ENVIRON = {"HOME": "/root", "X": "1", "TOKEN": "t"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`files` holds texts by path, `named` those on the command line, `made` those that are no example's."""

    name: str
    files: Mapping[str, bytes]
    named: tuple[str, ...]
    settings: tuple[str, ...] = ()
    var_files: tuple[str, ...] = ()
    made: tuple[str, ...] = field(default=())

    @property
    def kind(self) -> str:
        return kind_of(self.name)

    def __str__(self) -> str:
        shown = [f"--- {path}\n{self.files[path].decode(errors='backslashreplace')}" for path in self.made]
        return "\n".join((f"{' '.join(self.named)} --set {self.settings!r} --vars {self.var_files!r}", *shown))


def kind_of(name: str) -> str:
    return name.split("-", maxsplit=1)[0]


def case(name: str) -> Case:
    """The case of this name: its kind, a seed and a number."""
    return _MAKERS[kind_of(name)](name, random.Random(name))


def names(seed: int, count: int) -> list[str]:
    """So many cases, each kind by its share, and none of a kind only where it would have less than half a case."""
    whole = sum(SHARES.values())
    counts = {kind: round(count * share / whole) for kind, share in SHARES.items()}
    counts["bytes"] += count - sum(counts.values())
    return [f"{kind}-{seed}-{number}" for kind in KINDS for number in range(counts[kind])]


def _alone(name: str, base: Base, text: bytes) -> Case:
    files = {**corpus.files(), base.path: text}
    return Case(name=name, files=files, named=(base.path,), made=(base.path,))


def _bytes(name: str, chance: random.Random) -> Case:
    base = chance.choice(corpus.bases())
    return _alone(name, base, texts.spoiled_bytes(base.text, chance))


def _lines(name: str, chance: random.Random) -> Case:
    base = chance.choice(corpus.bases())
    return _alone(name, base, texts.spoiled_lines(base.text, chance))


def _tree(name: str, chance: random.Random) -> Case:
    base = chance.choice(corpus.bases())
    return _alone(name, base, trees.written(trees.spoiled(trees.read(base.text), chance), chance))


def _template(name: str, chance: random.Random) -> Case:
    base = chance.choice(corpus.bases())
    return _alone(name, base, trees.written(trees.with_templates(trees.read(base.text), chance), chance))


def _grammar(name: str, chance: random.Random) -> Case:
    path = chance.choice(("hello/made.yaml", "blog/made.yaml"))
    return _alone(name, Base(path=path, text=b""), trees.written(_whole(chance), chance))


def _whole(chance: random.Random) -> Any:
    made = _grammar_of("manifest").made(chance)
    return trees.spoiled(made, chance) if chance.random() < 0.4 else made


@cache
def _grammar_of(what: str) -> grammar.Grammar:
    return grammar.Grammar(schemas.manifest() if what == "manifest" else schemas.image())


def _overlay(name: str, chance: random.Random) -> Case:
    base = chance.choice(corpus.bases())
    folder = base.path.split("/")[0]
    over = tuple(f"{folder}/over-{number}.yaml" for number in range(chance.choice((1, 1, 2))))
    files = {**corpus.files(), base.path: base.text, **{path: _over(chance) for path in over}}
    var_files = (f"{folder}/vars.yaml",) if chance.random() < 0.3 else ()
    files |= {path: trees.written(_variables(chance), chance) for path in var_files}
    return Case(
        name=name, files=files, named=(base.path, *over), var_files=var_files, made=(base.path, *over, *var_files)
    )


def _over(chance: random.Random) -> bytes:
    text = chance.choice((*corpus.overlays(), *corpus.snippets()))
    kind = chance.random()
    if kind < 0.25:
        return texts.spoiled_bytes(text, chance)
    if kind < 0.5:
        return texts.spoiled_lines(text, chance)
    return trees.written(trees.spoiled(trees.read(text), chance) if kind < 0.75 else _whole(chance), chance)


def _variables(chance: random.Random) -> Any:
    if chance.random() < 0.3:
        return traps.value(chance)
    return {chance.choice(("data", "port", "network", "x", "y")): traps.value(chance) for _ in range(3)}


def _set(name: str, chance: random.Random) -> Case:
    base = chance.choice(corpus.bases())
    settings = tuple(_setting(base, chance) for _ in range(chance.choice((1, 1, 2, 4))))
    files = {**corpus.files(), base.path: base.text}
    return Case(name=name, files=files, named=(base.path,), settings=settings, made=(base.path,))


def _setting(base: Base, chance: random.Random) -> str:
    steps: list[str] = []
    node = trees.read(base.text)
    while isinstance(node, (dict, list)) and node and chance.random() < 0.85:
        key = chance.choice(list(node) if isinstance(node, dict) else range(len(node)))
        node = node[key]
        steps.append(f"[{key}]" if isinstance(key, int) else "." * bool(steps) + str(key))
    if chance.random() < 0.4:
        steps.append(
            chance.choice(("[0]", "[99]", "[-1]", ".a", ".a.b.c", ".x-a", "\\.a", "..", "[", "]", ".é", ".\ud800"))
        )
    said = chance.choice((traps.template, traps.nested, traps.scalar, traps.scalar, traps.scalar, traps.value))(chance)
    text = "".join(steps) + chance.choice(("=", "=", "=", "=", "=", "", ":", "==")) + str(said)
    if chance.random() < 0.2:
        return texts.spoiled_bytes(text.encode(errors="surrogatepass"), chance).decode(errors="surrogateescape")
    return text


def _image(name: str, chance: random.Random) -> Case:
    base = chance.choice(corpus.images())
    kind = chance.random()
    if kind < 0.2:
        text = texts.spoiled_bytes(base.text, chance)
    elif kind < 0.45:
        text = texts.spoiled_lines(base.text, chance)
    elif kind < 0.6:
        text = trees.written(trees.with_templates(trees.read(base.text), chance), chance)
    elif kind < 0.85:
        text = trees.written(trees.spoiled(trees.read(base.text), chance), chance)
    else:
        text = trees.written(_grammar_of("image").made(chance), chance)
    image, _, _ = base.path.rpartition("/")
    manifest = {"scs": 1, "service": "a", "containers": {"web": {"image": {"manifest": f"../{image}"}}}}
    files = {**corpus.files(), base.path: text, "doc/doc.yaml": trees.written(manifest, chance)}
    return Case(name=name, files=files, named=("doc/doc.yaml",), made=("doc/doc.yaml", base.path))


def _child(name: str, chance: random.Random) -> Case:
    return chance.choice((_template, _template, _image, _overlay, _bytes))(name, chance)


_MAKERS: Mapping[str, Callable[[str, random.Random], Case]] = {
    "bytes": _bytes,
    "lines": _lines,
    "tree": _tree,
    "grammar": _grammar,
    "overlay": _overlay,
    "set": _set,
    "template": _template,
    "image": _image,
    "child": _child,
}
