"""Spoils plain values of manifests, and writes them down again; the text is YAML, whatever the values are."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from random import Random
from typing import Any

import yaml

from tests.fuzz import corpus, traps

_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_KEYS = ("type", "path", "image", "env", "secrets", "files", "role", "port", "publish", "volumes", "x-a", "replicas")

Holder = tuple[Any, Any]
"""A dict and a key, or a list and an index."""


@lru_cache(maxsize=256)
def read(text: bytes) -> Any:
    """The plain value of a text, not to be changed; None where it has none. PyYAML's rules are near enough."""
    try:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, ValueError):
        return None


def wrong(random: Random) -> Any:
    """Any value, or one that has its place elsewhere in a manifest."""
    return traps.value(random) if random.random() < 0.7 else copy.deepcopy(random.choice(corpus.fragments()))


def spoiled(root: Any, random: Random, made: Callable[[Random], Any] = wrong) -> Any:
    """The value with one to four things other than they were; `made` makes what comes in."""
    whole = {"": copy.deepcopy(root)}
    for _ in range(random.choice((1, 1, 1, 1, 2, 4))):
        places = list(_places(whole))
        if places:
            random.choice(_CHANGES)(random.choice(places), places, random, made)
    return whole.get("")


def with_templates(root: Any, random: Random) -> Any:
    """The value with some of its scalars templates, and the variables there that they name."""
    whole = spoiled({"": root}, random, traps.template)
    inner = whole.get("") if isinstance(whole, dict) else None
    if isinstance(inner, dict) and random.random() < 0.7:
        inner["vars"] = {"x": random.choice((1, "a", traps.value(random), traps.template(random))), "data": "/srv"}
    return inner


def written(root: Any, random: Random) -> bytes:
    if random.random() < 0.5:
        try:
            text: str = yaml.dump(
                root, Dumper=_DUMPER, allow_unicode=random.random() < 0.8, sort_keys=False, width=1000
            )
        except (yaml.YAMLError, UnicodeError):
            text = json.dumps(root, default=str)
        return text.encode(errors="surrogatepass")
    indent = random.choice((None, 1, 2))
    text = json.dumps(root, ensure_ascii=random.random() < 0.5, indent=indent, default=str)
    return text.encode(errors="surrogatepass")


def _places(node: Any) -> Iterator[Holder]:
    entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in list(entries):
        yield node, key
        yield from _places(child)


def _other(place: Holder, places: Sequence[Holder], random: Random, made: Callable[[Random], Any]) -> None:
    holder, key = place
    holder[key] = made(random)


def _beside(place: Holder, places: Sequence[Holder], random: Random, made: Callable[[Random], Any]) -> None:
    holder, key = place
    name = random.choice((*_KEYS, str(traps.scalar(random))))
    if isinstance(holder, dict):
        holder[name] = made(random)
    else:
        holder.insert(key, made(random))


def _misspelt(place: Holder, places: Sequence[Holder], random: Random, made: Callable[[Random], Any]) -> None:
    holder, key = place
    if isinstance(holder, dict) and isinstance(key, str) and key:
        at = random.randrange(len(key))
        name = random.choice(
            (key[:at] + key[at + 1 :], key[:at] + key[at] + key[at:], key.upper(), key + "s", key[::-1])
        )
        holder[name] = holder.pop(key)


def _removed(place: Holder, places: Sequence[Holder], random: Random, made: Callable[[Random], Any]) -> None:
    holder, key = place
    del holder[key]


def _copied(place: Holder, places: Sequence[Holder], random: Random, made: Callable[[Random], Any]) -> None:
    holder, key = place
    other, name = random.choice(places)
    try:
        holder[key] = copy.deepcopy(other[name])
    except (KeyError, IndexError):
        holder[key] = made(random)


def _wrapped(place: Holder, places: Sequence[Holder], random: Random, made: Callable[[Random], Any]) -> None:
    holder, key = place
    holder[key] = [holder[key]] if random.random() < 0.5 else {str(traps.scalar(random)): holder[key]}


def _deep(place: Holder, places: Sequence[Holder], random: Random, made: Callable[[Random], Any]) -> None:
    holder, key = place
    for _ in range(random.choice((5, 58, 70))):
        holder[key] = [holder[key]] if random.random() < 0.5 else {"a": holder[key]}


_CHANGES: Sequence[Callable[[Holder, Sequence[Holder], Random, Callable[[Random], Any]], None]] = (
    *[_other] * 5,
    *[_beside] * 2,
    *[_misspelt] * 2,
    _removed,
    *[_copied] * 2,
    _wrapped,
    _deep,
)
