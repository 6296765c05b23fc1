"""The bytes of a manifest to characters that read as they are; not yet YAML."""

from __future__ import annotations

import re

from scs.model.problem import Place, Problem

MAX_BYTES = 1024 * 1024
_FORBIDDEN = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
_NEWLINE = re.compile(r"\r\n|\n|\r")


def read(data: bytes, file: str) -> str | Problem:
    """The bytes as text without byte order mark, or the first reason why they do not read as they are."""

    def problem(before: str, message: str, hint: str) -> Problem:
        return Problem(place=end(before, file), path="", message=message, hint=hint)

    if len(data) > MAX_BYTES:
        return problem("", "the file is larger than 1 MiB", "keep large content in files of its own")
    if data.startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")):
        return problem("", "the file is in UTF-16 or UTF-32", "save it as UTF-8")
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        source = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        return problem(before, f"the byte 0x{data[error.start]:02X} is not UTF-8", "write it in UTF-8")
    found = _FORBIDDEN.search(source)
    return source if found is None else problem(source[: found.start()], *_forbidden(found[0]))


def _forbidden(char: str) -> tuple[str, str]:
    code = f"U+{ord(char):04X}"
    hint = f'write it as "\\u{ord(char):04X}" inside double quotes'
    if char == "\0":
        return f"the control character {code} is not allowed", "is this a text file in UTF-8?"
    if char in "\x85\u2028\u2029":
        return f"the line separator {code} is not allowed: not every tool ends the line there", hint
    if char in "\ufeff\ufffe\uffff":
        return f"the character {code} is not allowed: it is not text", hint
    if char >= "\u2000":
        return f"the character {code} is not allowed: it makes text read other than it is", hint
    return f"the control character {code} is not allowed", hint


def end(before: str, file: str) -> Place:
    """The place just after a text with which the file begins."""
    lines = _NEWLINE.split(before)
    return Place(file=file, line=len(lines), column=len(lines[-1]) + 1)
