"""Images as roles name them: references as they are, image manifests compiled with their config."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import schemas
from scs.manifest import paths, sources
from scs.manifest.compile import containers, recipe, services
from scs.manifest.given import Tools
from scs.manifest.reader import Ledger, Part
from scs.manifest.schema import validation
from scs.manifest.syntax import template, tree
from scs.model.image import (
    BuiltImage,
    ConnectionPoint,
    DebianBase,
    DockerfileBase,
    Image,
    Pull,
    ReferencedImage,
)
from scs.model.problem import Problem

FILE = "image.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Use:
    """One use of an image manifest: who names it and where, and the files whose bases led here, outermost first."""

    part: Part
    named: Part
    folder: str
    above: tuple[str, ...] = ()
    args: Mapping[str, str] = field(default_factory=dict)


class Images:
    """The images of one compilation, each compiled once. `problems` are those of their manifests."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._built: dict[str, BuiltImage | None] = {}
        self._read: dict[str, sources.Parsed | None] = {}
        self.problems: list[Problem] = []

    def image(self, part: Part, folder: str) -> Image | None:
        """What a role's `image:` means; relative paths count from the folder. None with a problem."""
        named = part.get("manifest")
        if named is None:
            return _referenced(part, "reference")
        return self._compiled(_Use(part=part, named=named, folder=folder, args=part.texts_of("args")))

    def _compiled(self, use: _Use) -> BuiltImage | None:
        path = paths.joined(use.folder, use.named.text)
        file = path if path.endswith((".yaml", ".yml")) else paths.joined(path, FILE)
        if file in use.above:
            cycle = (*use.above[use.above.index(file) :], file)
            message = f"the image stands on itself: {' -> '.join(cycle)}"
            use.named.problem(message, "give one of them another base")
            return None
        root = self._manifest(file, use.named)
        config = None if root is None else self._config(root, use.part)
        if root is None or config is None:
            return None
        key = json.dumps([file, config, dict(use.args)], sort_keys=True)
        if key not in self._built:
            self._built[key] = self._image(root, file, config, use)
        return self._built[key]

    def _manifest(self, file: str, named: Part) -> tree.Node | None:
        if file not in self._read:
            self._read[file] = _read(file, self._tools.sources)
        read = self._read[file]
        if read is None:
            named.problem(f"there is no image manifest {file}", "write the path of a folder that holds an image.yaml")
            return None
        root, problems = read
        self.problems.extend(problems)
        return None if problems else root

    def _config(self, root: tree.Node, part: Part) -> Mapping[str, Any] | None:
        """The image's options with their defaults, when what `part` says is right by the image's schema."""
        closed = _closed(root)
        said = part.enter("config")
        node = tree.Node(value={}, place=part.place) if said is None else said.node
        problems = validation.check(node, closed, path=(*part.path, "config"))
        part.ledger.problems.extend(problems)
        return None if problems else validation.defaults(closed, tree.plain(node))

    def _image(self, root: tree.Node, file: str, config: Mapping[str, Any], use: _Use) -> BuiltImage | None:
        ledger = Ledger()
        names = {"config": config, "image": tree.plain(tree.at(root, ("image",)))}
        manifest = _rendered(root, names, ledger, self._tools)
        kitchen = recipe.Kitchen(file=file, folder=paths.folder(file), names=names, tools=self._tools)
        image = self._put_together(manifest, kitchen, config, use)
        self.problems.extend(ledger.problems)
        return None if ledger.problems else image

    def _put_together(
        self, manifest: Part, kitchen: recipe.Kitchen, config: Mapping[str, Any], use: _Use
    ) -> BuiltImage | None:
        base = self._base(manifest.get("base"), kitchen, use)
        steps = recipe.steps(manifest, kitchen, config)
        files = recipe.files(manifest, kitchen)
        entries = manifest.entries_of("volumes")
        points = tuple(ConnectionPoint(name=name, path=part.text_of("path")) for name, part in entries)
        provides = services.provided_by_image(manifest)
        requires = services.required_by_image(manifest)
        if base is None:
            return None
        return BuiltImage(
            name=manifest.text_of("image"),
            base=base,
            steps=steps,
            sources=kitchen.all,
            files=files,
            command=containers.argv(manifest.get("command")),
            entrypoint=containers.argv(manifest.get("entrypoint")),
            user=manifest.text_of("user"),
            working_dir=manifest.text_of("working_dir"),
            stop_signal=manifest.text_of("stop_signal"),
            about=manifest.texts_of("about"),
            volumes=points,
            provides=provides,
            requires=requires,
        )

    def _base(
        self, part: Part | None, kitchen: recipe.Kitchen, use: _Use
    ) -> DebianBase | ReferencedImage | BuiltImage | DockerfileBase | None:
        if part is None:
            return None
        dockerfile = part.get("dockerfile")
        if dockerfile is None:
            if use.args:
                message = "the image takes no build arguments: its base is not a Dockerfile"
                use.part.problem(message, "take out args:")
            return self._plain_base(part, kitchen, use)
        kitchen.gather(replace(part.named("."), path=(*part.path, "dockerfile")), ignore=True)
        if kitchen.gather(dockerfile, link=True) is not None:
            kitchen.check_arguments(dockerfile, part.get("args"), use.part.get("args"))
        parent = part.get("from")
        below = None if parent is None else self._plain_base(parent, kitchen, use)
        return DockerfileBase(dockerfile=dockerfile.text, args={**part.texts_of("args"), **use.args}, parent=below)

    def _plain_base(
        self, part: Part, kitchen: recipe.Kitchen, use: _Use
    ) -> DebianBase | ReferencedImage | BuiltImage | None:
        debian = part.get("debian")
        if debian is not None:
            return DebianBase(suite=debian.text)
        named = part.get("manifest")
        if named is None:
            return _referenced(part, "image")
        return self._compiled(_Use(part=part, named=named, folder=kitchen.folder, above=(*use.above, kitchen.file)))


def _read(file: str, given: sources.Sources) -> sources.Parsed | None:
    """The manifest as it is written, its `config` held to what a schema is."""
    read = sources.parsed(file, given)
    if read is None or read[0] is None or read[1]:
        return read
    written = read[0].value.get("config") if isinstance(read[0].value, Mapping) else None
    return read[0], () if written is None else validation.check_schema(written, ("config",))


def _referenced(part: Part, key: str) -> ReferencedImage | None:
    if part.is_text:
        return ReferencedImage(reference=part.text)
    reference = part.get(key)
    if reference is None:
        return None
    return ReferencedImage(reference=reference.text, pull=Pull(part.text_of("pull", Pull.MISSING.value)))


def _closed(root: tree.Node) -> Mapping[str, Any]:
    """The schema of the image's options, which allows none that it does not name."""
    written = root.value.get("config") if isinstance(root.value, Mapping) else None
    options = None if written is None else tree.plain(written)
    closed = {"type": "object", "additionalProperties": False}
    return {**closed, **options} if isinstance(options, Mapping) else closed


def _rendered(root: tree.Node, names: Mapping[str, Any], ledger: Ledger, tools: Tools) -> Part:
    """The manifest with its values rendered and held to the schema; but for `config`, which is as written."""
    keys = set(root.value) - {"config"} if isinstance(root.value, Mapping) else set()
    root, problems = template.render(root, names, tools.renderer, keys)
    ledger.refuse(problems)
    ledger.refuse(validation.check(root, schemas.image()))
    return Part(node=root, ledger=ledger)
