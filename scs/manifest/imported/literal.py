"""Text of others as a manifest says it: what would be taken for a template is written so that it stays what it is."""

from __future__ import annotations

import re
from typing import Any

_OPENING = re.compile(r"\{(?=[{%#])")
_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,14}")
_BRACE = "{{ '{' }}"


def escaped(text: str) -> str:
    """The text as a template that comes to it; most text is that already."""
    return _OPENING.sub(_BRACE, text) if "{{" in text or "{%" in text else text


def before_template(text: str) -> str:
    """The same for text that a template follows."""
    return re.sub(r"\{(?=[{%#]|$)", _BRACE, text)


def scalar(text: str) -> str | int | bool:
    """A number or flag where the manifest passes on the same text for it, which reads better than in quotes."""
    if _NUMBER.fullmatch(text):
        return int(text)
    return text == "true" if text in {"true", "false"} else text


def throughout(value: Any) -> Any:
    """The data with every text in it escaped, keys excepted: they are never templates."""
    if isinstance(value, dict):
        return {name: throughout(each) for name, each in value.items()}
    if isinstance(value, list):
        return [throughout(each) for each in value]
    return escaped(value) if isinstance(value, str) else value
