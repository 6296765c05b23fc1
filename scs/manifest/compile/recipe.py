"""What an image manifest puts into its image: steps, files and their sources; not what it stands on."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from scs.manifest import paths
from scs.manifest.compile import quantities
from scs.manifest.given import Tools
from scs.manifest.reader import Part
from scs.manifest.sources import Trouble
from scs.manifest.syntax import template, tree
from scs.model.image import BuildStep, Copy, ImageFile, Packages, Puppet, Run, SetEnv, Source

_COUNTS_FROM = "the image manifest's folder"
_TAKEN = {
    *("alias", "audit", "before", "consume", "export", "loglevel", "name", "noop", "notify", "require"),
    *("schedule", "stage", "subscribe", "tag", "title"),
}
"""What every class of Puppet has without being asked: its metaparameters, and its name."""
_PARAMETER = re.compile(r"[a-z_][a-zA-Z0-9_]*")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY")
_PREDEFINED = frozenset({*_PROXIES, *map(str.lower, _PROXIES)})
"""Build arguments that every Dockerfile takes without an ARG."""
_BACKTICK = re.compile(r"(?:[ \t]*#.*\n)*?[ \t]*#[ \t]*escape[ \t]*=[ \t]*`", re.IGNORECASE)
_COMMENT = re.compile(r"^[ \t]*(?:#.*)?\r?\n", re.MULTILINE)
_ARG = re.compile(r"^[ \t]*ARG[ \t]+(.*)", re.IGNORECASE | re.MULTILINE)
_NAME = re.compile(r"""["']?([^\s="']+)(?:=(?:"[^"]*"|'[^']*'|[^\s"'])*)?["']?""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kitchen:
    """The folder of one image manifest while it is compiled; `found` are its sources by path."""

    file: str
    folder: str
    names: Mapping[str, Any]
    tools: Tools
    found: dict[str, Source] = field(default_factory=dict)

    @property
    def all(self) -> tuple[Source, ...]:
        return tuple(self.found[path] for path in sorted(self.found))

    def gather(self, part: Part, *, ignore: bool = False, link: bool = False) -> str | None:
        """Takes in what stands at the part's path; the path within the folder, or None with a problem.

        `link` allows a symbolic link there, which the engine follows within the folder.
        """
        path = self._inside(part)
        if path is None:
            return None
        at = paths.joined(self.folder, path)
        # The folder itself may be a link: the slash leads to what it stands for.
        entries = self.tools.sources.tree(f"{at}/" if path == "." else at, ignore=ignore)
        if entries is None:
            part.problem(f"there is no {at}", f"write a path that counts from {_COUNTS_FROM}")
        elif isinstance(entries, Trouble):
            part.problem(f"{at} {entries.why}", entries.hint)
        elif not entries:
            part.problem(f"the folder {at} holds no files")
        elif not link and not entries[0].path and entries[0].link is not None:
            part.problem(f"{at} is a symbolic link to {entries[0].link}", "name the file or folder that it leads to")
        else:
            self.found.update((source.path, source) for source in self._placed(path, entries))
            return path
        return None

    def read(self, part: Part) -> str | None:
        """The text of the file at the part's path, or None with a problem."""
        path = self._inside(part)
        if path is None:
            return None
        at = paths.joined(self.folder, path)
        return self.tools.text(at, part, _COUNTS_FROM, "take it into the image with a copy step")

    def check_arguments(self, dockerfile: Part, *said: Part | None) -> None:
        """Every name in these maps of build arguments has to be one that the Dockerfile declares."""
        at = paths.joined(self.folder, posixpath.normpath(dockerfile.text))
        content = self.tools.sources.read(at)
        if not isinstance(content, bytes):
            return
        declared = declared_arguments(content.decode(errors="replace"))
        for part in filter(None, said):
            for name, each in part.entries():
                if name not in declared | _PREDEFINED:
                    hint = tree.near(name, declared) or f"write ARG {name} there, or take it out here"
                    each.named(name).problem(f"{at} has no ARG {tree.shown(name)}", hint)

    def _inside(self, part: Part) -> str | None:
        path = posixpath.normpath(part.text)
        if path == ".." or path.startswith(("/", "../")):
            message = f"{tree.shown(part.text)} lies outside the image's folder"
            part.problem(message, "copy it into the folder")
            return None
        return path

    def _placed(self, path: str, entries: tuple[Source, ...]) -> Iterator[Source]:
        own = posixpath.relpath(self.file, self.folder)
        for source in entries:
            inside = posixpath.normpath(posixpath.join(path, source.path)) if source.path else path
            # The manifest decides by what it says, not by its bytes: a comment must not build anything.
            if inside != own or not source.path:
                yield replace(source, path=inside)


def declared_arguments(dockerfile: str) -> frozenset[str]:
    """The names of the build arguments that a Dockerfile declares, in any of its stages."""
    escape = "`" if _BACKTICK.match(dockerfile) else r"\\"
    joined = re.sub(rf"{escape}[ \t]*\r?\n", "", _COMMENT.sub("", f"{dockerfile}\n"))
    return frozenset(name for words in _ARG.findall(joined) for name in _NAME.findall(words))


def steps(manifest: Part, kitchen: Kitchen, config: Mapping[str, Any]) -> tuple[BuildStep, ...]:
    for item in manifest.items_of("build"):
        declared = item.get("puppet")
        if declared is not None:
            _check_parameters(manifest, declared.text_of("class"), config)
    return tuple(step for item in manifest.items_of("build") for step in _step(item, kitchen, config))


def _check_parameters(manifest: Part, class_name: str, config: Mapping[str, Any]) -> None:
    """Every option becomes a parameter of the class, also one that has no value yet."""
    options = manifest.enter("config", "properties")
    declared = {} if options is None else dict(options.entries())
    for name in sorted({*declared, *config}):
        if name in _TAKEN:
            why, hint = "Puppet keeps that name for itself", f"give the option another one, such as site_{name}"
        elif not _PARAMETER.fullmatch(name):
            why, hint = "it is no name in Puppet", "give it one of lower case letters, digits and _"
        else:
            continue
        at = declared[name].named(name) if name in declared else manifest.nearest("config")
        what = f"the option {tree.shown(name)} cannot be a parameter of the Puppet class {class_name}"
        at.problem(f"{what}: {why}", hint)


def _step(item: Part, kitchen: Kitchen, config: Mapping[str, Any]) -> Iterator[BuildStep]:
    for word, part in item.entries():
        if word == "packages":
            yield Packages(names=part.strings)
        elif word == "copy":
            yield from _copies(part, kitchen)
        elif word == "run":
            yield Run(command=part.text if part.is_text else part.strings)
        elif word == "env":
            yield SetEnv(env=item.texts_of("env"))
        elif word == "puppet":
            yield from _puppet(part, kitchen, config)


def _copies(part: Part, kitchen: Kitchen) -> Iterator[Copy]:
    targets = sorted(((each.text, source, each) for source, each in part.entries()), key=lambda one: one[:2])
    for target, source, each in targets:
        path = kitchen.gather(each.named(source))
        if path is not None:
            yield Copy(source=path, target=target)


def _puppet(part: Part, kitchen: Kitchen, config: Mapping[str, Any]) -> Iterator[Puppet]:
    modules = part.get("modules")
    path = None if modules is None else kitchen.gather(modules)
    if path is not None:
        yield Puppet(modules=path, class_name=part.text_of("class"), parameters=config)


def files(manifest: Part, kitchen: Kitchen) -> tuple[ImageFile, ...]:
    """The files that are written when everything is known, sorted by path; their templates are rendered together."""
    said = [(path, part, _said(part, kitchen)) for path, part in manifest.entries_of("files")]
    named = [text for _, part, text in said if text is not None and part.get("template") is not None]
    texts: list[tuple[str, Mapping[str, Any]]] = [(text, {}) for text in named]
    made = iter(template.render_texts(texts, kitchen.names, kitchen.tools.renderer))
    found = (
        _file(path, part, text if part.get("template") is None else next(made), kitchen)
        for path, part, text in said
        if text is not None
    )
    return tuple(one for one in found if one is not None)


def _said(part: Part, kitchen: Kitchen) -> str | None:
    """The content as it is written, or the template of it; None with a problem."""
    content, named = part.get("content"), part.get("source") or part.get("template")
    if content is not None:
        return content.text
    return None if named is None else kitchen.read(named)


def _file(path: str, part: Part, content: str | template.TemplateError, kitchen: Kitchen) -> ImageFile | None:
    if isinstance(content, template.TemplateError):
        named = part.nearest("template")
        named.problem(f"{paths.joined(kitchen.folder, named.text)}:{content.line}: {content}", content.hint)
        return None
    mode = quantities.mode(part.get("mode"), 0o644)
    return ImageFile(path=path, content=content, mode=mode, owner=part.text_of("owner", "root:root"))
