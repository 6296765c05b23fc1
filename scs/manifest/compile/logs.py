"""Options of the engine's own log drivers, which it reads when a container starts; not those of other drivers."""

from __future__ import annotations

import re

from scs.manifest.reader import Part
from scs.manifest.syntax import tree

_SIZE = (re.compile(r"(?=.*[1-9])[0-9]+(\.[0-9]+)? ?[kKmMgGtTpP]?[iI]?[bB]?"), "a size such as 10m")
_COUNT = (re.compile(r"\+?0*[1-9][0-9]{0,8}"), "a whole number, 1 or more")
_FLAG = (re.compile(r"1|t|T|TRUE|true|True|0|f|F|FALSE|false|False"), "true or false")
_MODE = (re.compile(r"(non-)?blocking|"), "blocking or non-blocking")
_ANY = (re.compile(r".*", re.DOTALL), "text")
_Form = tuple[re.Pattern[str], str]

_ALL: dict[str, _Form] = {
    "mode": _MODE,
    "max-buffer-size": _SIZE,
    "cache-disabled": _FLAG,
    "cache-max-size": _ANY,
    "cache-max-file": _ANY,
    "cache-compress": _ANY,
}
_FILES: dict[str, _Form] = {**_ALL, "max-size": _SIZE, "max-file": _COUNT, "compress": _FLAG}
_KNOWN: dict[str, dict[str, _Form]] = {
    "json-file": {**_FILES, **dict.fromkeys(("labels", "labels-regex", "env", "env-regex", "tag"), _ANY)},
    "local": _FILES,
}


def check(log: Part, driver: str) -> None:
    """Takes down the options that the driver would refuse."""
    known = _KNOWN.get(driver)
    if known is None:
        return
    for name, part in log.entries_of("options"):
        if name not in known:
            part.named(name).problem(
                f"the log driver {driver} has no option {tree.shown(name)}", tree.near(name, known)
            )
        elif not known[name][0].fullmatch(part.text):
            part.problem(f"must be {known[name][1]}, not {tree.shown(part.text)}")
    _check_together(log, driver)


def _check_together(log: Part, driver: str) -> None:
    """Options that fit alone and not beside others."""
    given = dict(log.entries_of("options"))
    files, compress, buffer = given.get("max-file"), given.get("compress"), given.get("max-buffer-size")
    squeezed = driver == "local" if compress is None else compress.text[:1] in {"1", "t", "T"}
    if files is not None and squeezed and files.text.lstrip("+0") == "1":
        hint = "write max-file: 2 or more, or compress: false"
        files.problem(f"the log driver {driver} compresses full files, and one file is never full", hint)
    if buffer is not None and ("mode" not in given or given["mode"].text != "non-blocking"):
        buffer.problem("max-buffer-size goes only with mode: non-blocking", "add mode: non-blocking, or take it out")
