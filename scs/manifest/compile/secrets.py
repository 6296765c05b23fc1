"""Secrets of a manifest, where their values are to be had, and how roles use them; reads no value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scs.manifest import paths
from scs.manifest.compile import names, nesting, quantities
from scs.manifest.given import Given
from scs.manifest.reader import Part
from scs.manifest.syntax import tree
from scs.model.container import SECRETS_FOLDER
from scs.model.secret import Encrypted, FromCommand, FromFile, FromVariable, Secret, SecretSource, SecretUse

Secrets = Mapping[str, Secret | None]
"""By name; None for one that is there with mistakes."""


def declared(manifest: Part, given: Given) -> Secrets:
    return {name: _secret(name, part, given) if part.sound else None for name, part in manifest.below("secrets")}


def _secret(name: str, part: Part, given: Given) -> Secret | None:
    source = _source(part, given)
    return None if source is None else Secret(name=name, source=source, place=part.place)


def _source(part: Part, given: Given) -> SecretSource | None:
    file, variable, age = part.get("file"), part.get("env"), part.get("age")
    if file is not None:
        return FromFile(path=_absolute(file, given))
    if variable is not None:
        return FromVariable(variable=variable.text)
    if age is not None:
        identity = part.get("identity")
        return Encrypted(text=age.text, identity="" if identity is None else _absolute(identity, given))
    command = part.strings_of("command")
    return FromCommand(command=command) if command else None


def _absolute(part: Part, given: Given) -> str:
    return given.tools.sources.absolute(paths.joined(given.folder_of(part), part.text))


def uses(role: Part, secrets: Secrets) -> tuple[SecretUse, ...]:
    """The secrets of a role, sorted by name."""
    found = [(part, _use(name, part)) for name, part in role.entries_of("secrets") if _known(name, part, secrets)]
    _check_paths(found)
    _check_variables(role, found)
    return tuple(use for _, use in found)


def _known(name: str, part: Part, secrets: Secrets) -> bool:
    return names.known(part.named(name), "secret", secrets)


def _use(name: str, part: Part) -> SecretUse:
    mode = quantities.mode(part.get("mode"), 0o400)
    return SecretUse(secret=name, path=part.text_of("path", name), mode=mode, env=part.text_of("env"))


def _check_paths(found: Sequence[tuple[Part, SecretUse]]) -> None:
    met = nesting.first_met([use.path for _, use in found], lambda path: path.split("/"), paths.within)
    for index, (first, (part, use)) in enumerate(zip(met, found, strict=True)):
        other = found[first][1]
        if first == index:
            continue
        message = f"{SECRETS_FOLDER}/{use.path} and {SECRETS_FOLDER}/{other.path} cannot both be files"
        if other.path == use.path:
            message = f"{SECRETS_FOLDER}/{use.path} is the file of the secret {tree.shown(other.secret)} already"
        part.nearest("path").problem(message, "give one of them another path")


def _check_variables(role: Part, found: Sequence[tuple[Part, SecretUse]]) -> None:
    taken = dict.fromkeys(role.texts_of("env"), "env")
    for part, use in found:
        if use.env and use.env in taken:
            message = f"{tree.shown(use.env)} has a value from {taken[use.env]} already"
            part.nearest("env").problem(message, "take one of them out")
        elif use.env:
            taken[use.env] = f"the secret {use.secret}"
