"""Files, variables and settings to what is desired: the stages in order, all mistakes at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TypeGuard

import schemas
from scs.manifest import desired, paths, sources
from scs.manifest.compile.images import Images
from scs.manifest.given import Given, Tools
from scs.manifest.reader import Ledger, Part
from scs.manifest.schema import validation
from scs.manifest.sources import Trouble
from scs.manifest.syntax import overlay, template, tree
from scs.model.desired import Desired
from scs.model.identity import NAME, Identity
from scs.model.image import BuiltImage
from scs.model.problem import Invalid, Place, Problem

DEFAULT_ENVIRONMENT = "default"
_DEFAULTS: Mapping[str, tree.JSON] = {"vars": {}, "environment": DEFAULT_ENVIRONMENT, "service": ""}
_MISSING = Trouble(why="is not there", hint="look at its name and the working directory")


def load(
    files: Sequence[str],
    settings: Sequence[str],
    var_files: Sequence[str],
    environ: Mapping[str, str],
    tools: Tools,
) -> Desired:
    """What the files ask for, later ones laid over earlier ones; raises Invalid with every mistake.

    `settings` are those of `--set`, `var_files` hold variables that go over those of `vars:`. Files have in
    problems the names that they have here.
    """
    root = _merged(files, var_files, tools.sources)
    ledger = Ledger()
    declared = tuple(_variables(root))
    for setting in settings:
        root, problems = overlay.assign(root, setting)
        ledger.refuse(problems)
    ledger.refuse(_strangers(root, declared))
    root, names = _rendered(root, environ, ledger, tools.renderer)
    ledger.refuse(validation.check(root, schemas.manifest()))
    if not isinstance(root.value, Mapping):
        raise Invalid(ledger.problems)
    given = Given(identity=_identity(root), tools=tools, folder=paths.folder(files[0]), names=names)
    found, others = desired.compiled(Part(node=root, ledger=ledger), given)
    if ledger.problems or others:
        raise Invalid((*ledger.problems, *others))
    return found


def image(path: str, settings: Sequence[str], tools: Tools) -> BuiltImage:
    """One image by the path of its folder or manifest; `settings` are its options. Raises Invalid."""
    place = Place(file=path, line=1, column=1)
    config = tree.Node(value={}, place=place)
    ledger = Ledger()
    for setting in settings:
        config, problems = overlay.assign(config, setting)
        ledger.refuse(problems)
    named = tree.Node(value=path, place=place)
    images = Images(tools)
    use = tree.Node(value={"manifest": named, "config": config}, place=place)
    built = images.image(Part(node=use, ledger=ledger), ".")
    if ledger.problems or images.problems or not isinstance(built, BuiltImage):
        raise Invalid((*ledger.problems, *images.problems))
    return built


def _merged(files: Sequence[str], var_files: Sequence[str], given: sources.Sources) -> tree.Node:
    """The files as one tree; raises Invalid with what is wrong in any of them."""
    problems: list[Problem] = []
    nodes = [_parsed(file, given, problems) for file in files]
    variables = [_parsed(file, given, problems) for file in var_files]
    for node in variables:
        if node is not None and node.value is not None and not isinstance(node.value, Mapping):
            message = f"variables must be a map, not {tree.kind(node.value)}"
            problems.append(Problem(place=node.place, path="", message=message, hint="write name: value"))
    if nodes[0] is not None and nodes[0].value is None:
        hint = "a manifest begins with scs: 1"
        problems.append(Problem(place=nodes[0].place, path="", message="the file holds no manifest", hint=hint))
    problems.extend(_not_manifests(node for node in nodes if node is not None))
    if problems:
        raise Invalid(problems)
    whole: tree.Node | None = None
    filled = (node for node in variables if node is not None and node.value)
    over = (tree.Node(value={"vars": node}, place=node.place) for node in filled)
    for node in (*(node for node in nodes if node is not None), *over):
        whole = node if whole is None else overlay.merge(whole, node)
    assert whole is not None
    return whole


def _not_manifests(nodes: Iterable[tree.Node]) -> Iterator[Problem]:
    for node in nodes:
        image = node.value.get("image") if isinstance(node.value, Mapping) else None
        if image is not None and isinstance(node.value, Mapping) and "base" in node.value:
            hint = f"name the manifest whose container is made from it, as in image: {{manifest: {image.place.file}}}"
            yield Problem(
                place=image.key or image.place, path="", message="this is the manifest of an image", hint=hint
            )


def _parsed(file: str, given: sources.Sources, problems: list[Problem]) -> tree.Node | None:
    node, found = sources.parsed(file, given) or (None, (sources.refused(file, _MISSING),))
    problems.extend(found)
    return node


def _variables(root: tree.Node) -> Mapping[str, tree.Node]:
    found = tree.at(root, ("vars",))
    return found.value if found is not root and isinstance(found.value, Mapping) else {}


def _strangers(root: tree.Node, declared: Collection[str]) -> Iterator[Problem]:
    """A problem for each variable that only a setting knows of: no file declares it, no template uses it."""
    texts = (each for each in tree.scalars(tree.plain(root)) if isinstance(each, str) and "{" in each)
    used = {each for text in texts for each in template.uses(text, "vars")}
    for name, node in _variables(root).items():
        # Where a template uses all variables, or one by a name that it makes, nothing can be told.
        if name not in declared and not used & {name, ""}:
            message = f"no file declares the variable {tree.shown(name)}, and no template uses it"
            hint = tree.near(name, {*declared, *used}) or "declare it under vars:"
            where = tree.path_text(("vars", name))
            yield Problem(place=node.key or node.place, path=where, message=message, hint=hint)


def _rendered(
    root: tree.Node, environ: Mapping[str, str], ledger: Ledger, renderer: template.Renderer
) -> tuple[tree.Node, Mapping[str, tree.JSON]]:
    """The tree with its templates rendered: `vars` first, then the manifest's own names, then the rest.

    And the names that the last of them know.
    """
    names: dict[str, tree.JSON] = {"env": dict(environ)}
    rest = set(root.value) - {"vars", "environment", "service"} if isinstance(root.value, Mapping) else set()
    for keys in ({"vars"}, {"environment", "service"}, rest):
        root, problems = template.render(root, names, renderer, keys)
        ledger.refuse(problems)
        names |= {key: _value(root, key, default) for key, default in _DEFAULTS.items() if key in keys}
    return root, names


def _value(root: tree.Node, key: str, default: tree.JSON) -> tree.JSON:
    found = root.value.get(key) if isinstance(root.value, Mapping) else None
    return default if found is None or found.value is None else tree.plain(found)


def _identity(root: tree.Node) -> Identity:
    """The manifest's identity; where a half is wrong or missing, a stand-in, so that the rest can be checked."""
    environment, service = _value(root, "environment", DEFAULT_ENVIRONMENT), _value(root, "service", "")
    return Identity(
        environment=environment if _is_name(environment) else DEFAULT_ENVIRONMENT,
        service=service if _is_name(service) else "service",
    )


def _is_name(value: tree.JSON) -> TypeGuard[str]:
    return isinstance(value, str) and NAME.fullmatch(value) is not None
