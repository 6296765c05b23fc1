"""Short ways to import and to see that what comes of it is a manifest; no engine, no disk."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from scs import wiring
from scs.adapters.rendering import JinjaRenderer
from scs.manifest import load
from scs.manifest.given import Tools
from scs.manifest.imported import running, writing
from scs.manifest.imported.compose import services
from scs.manifest.imported.compose.source import Source
from scs.manifest.imported.inspection import Seen
from scs.manifest.imported.notes import Imported
from scs.manifest.syntax import text, tree
from scs.model.desired import Desired
from tests.manifest.world import Folder

ID = "c0ffee" + "0" * 58


def from_compose(*sources: str, environ: Mapping[str, str] | None = None) -> Imported:
    names = ("compose.yaml", "more.yaml")
    files = tuple((name, textwrap.dedent(each).encode()) for name, each in zip(names, sources, strict=False))
    source = Source(files=files, project="blog", prefix=".", environ=environ or {})
    return services.manifest(source, ("default", None), wiring.types())


def service(body: str, environ: Mapping[str, str] | None = None) -> Imported:
    """A file with one service `app`, of which the body is given."""
    below = textwrap.indent(textwrap.dedent(body), "    ")
    return from_compose(f"services:\n  app:\n    image: app:1\n{below}", environ=environ)


def role(found: Imported) -> dict[str, Any]:
    """What is said of `app` besides what every service without a word says."""
    said = dict(found.manifest["containers"]["app"])
    del said["image"]
    if said.get("restart") == "no":
        del said["restart"]
    return said


def told(found: Imported) -> list[str]:
    return list(map(str, found.notes))


def seen(config: Mapping[str, Any] | None = None, host: Mapping[str, Any] | None = None, **more: Any) -> Seen:
    """A container `app` of image `app:1`, which says nothing itself; `own` is the image's configuration."""
    own = more.pop("own", {})
    container = {
        "Id": ID,
        "Name": "/app",
        "Image": "sha256:1",
        "Config": {"Image": "app:1", "Hostname": ID[:12], **(config or {})},
        "HostConfig": {"NetworkMode": "default", "RestartPolicy": {"Name": "no"}, **(host or {})},
        **more,
    }
    return Seen(container=container, image={"RepoTags": ["app:1"], "Config": own})


def from_running(*containers: Seen) -> Imported:
    return running.manifest(containers, ("default", "blog"), wiring.types())


def written(found: Imported) -> str:
    return writing.text(found.manifest, "manifest.schema.json")


def compiled(found: Imported, environ: Mapping[str, str] | None = None) -> Desired:
    """The imported manifest through all of scs's stages, from its text on."""
    tools = Tools(sources=Folder(files={"blog.yaml": written(found)}), renderer=JinjaRenderer(), types=wiring.types())
    return load.load(files=("blog.yaml",), settings=(), var_files=(), environ=environ or {}, tools=tools)


def read_back(found: Imported) -> tree.JSON:
    node, problems = text.parse(written(found).encode(), "blog.yaml")
    assert node is not None
    assert not problems
    return tree.plain(node)
