"""The texts that fuzzing begins with: every example manifest and every snippet of the documentation; changes none."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

import schemas

ROOT = Path(__file__).parents[2]
MANIFESTS = ROOT / "manifests"
EVERYTHING = Path(__file__).with_name("everything.yaml")
_SNIPPET = re.compile(r"^```yaml\n(.*?)^```", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """A manifest and the path at which it stands among the files."""

    path: str
    text: bytes


@cache
def files() -> Mapping[str, bytes]:
    """Everything below manifests/ by its path there."""
    found = sorted(path for path in MANIFESTS.rglob("*") if path.is_file())
    return {str(path.relative_to(MANIFESTS)): path.read_bytes() for path in found}


@cache
def bases() -> tuple[Base, ...]:
    """The manifests of containers; small ones more than once, as what becomes of them is soon told."""
    everything = Base(path="hello/doc.yaml", text=EVERYTHING.read_bytes())
    small, *large = (
        Base(path=path, text=files()[path]) for path in ("hello/hello.yaml", "blog/blog.yaml", "site/site.yaml")
    )
    whole = [Base(path="hello/doc.yaml", text=text) for text in map(_completed, snippets()) if b"containers:" in text]
    return (*large, *[everything] * 5, *[small] * 8, *whole)


@cache
def fragments() -> tuple[Any, ...]:
    """What stands somewhere in a manifest: the values of the snippets, and those below the keys of everything."""
    values = [yaml.safe_load(text) for text in snippets()]
    whole = yaml.safe_load(EVERYTHING.read_bytes())
    below = [part for one in (whole, *whole["containers"].values()) for part in one.values()]
    return (*values, *below)


def _completed(text: bytes) -> bytes:
    """A snippet as part of a whole manifest, where it is one; else it stays as it is."""
    found = yaml.safe_load(text)
    keys = set(found) if isinstance(found, dict) else set()
    schema = schemas.manifest()
    if keys and not text.startswith(b"{") and keys <= set(schema["$defs"]["container"]["properties"]):
        text = b"containers:\n  web:\n" + textwrap.indent(text.decode(), "    ").encode()
        text += b"" if keys & {"image"} else b"    image: nginx\n"
        keys = {"containers"}
    if keys and keys <= set(schema["properties"]):
        head = {"scs": "scs: 1", "service": "service: blog", "containers": "containers: {web: {image: nginx}}"}
        text = "".join(f"{line}\n" for key, line in head.items() if key not in keys).encode() + text
    return text


@cache
def images() -> tuple[Base, ...]:
    """The manifests of images that a container of an example is made from."""
    found = [Base(path=path, text=text) for path, text in files().items() if path.endswith("image.yaml")]
    return (*found, *[one for one in found if one.path.startswith("hello/")] * 3)


@cache
def overlays() -> tuple[bytes, ...]:
    return tuple(text for path, text in files().items() if path.endswith(("dev.yaml", "vagrant.yaml")))


@cache
def snippets() -> tuple[bytes, ...]:
    """Each YAML document of the documentation, once."""
    pages = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md", MANIFESTS / "README.md"])
    blocks = (block for page in pages for block in _SNIPPET.findall(page.read_text(encoding="utf-8")))
    documents = (one for block in blocks for one in re.split(r"^---\n", block, flags=re.MULTILINE))
    return tuple(dict.fromkeys(one.encode() for one in documents if one.strip()))
