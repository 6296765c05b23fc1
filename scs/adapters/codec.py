"""Values of the model as JSON text, and back exactly as they were; knows no file and no database.

Places in the manifest's text are left out. Of alternatives the class is kept under `is`; fields that hold their
default are left out, so that a release may add fields and still read what an earlier one wrote.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import cattrs
from cattrs import gen

FORMAT = 1
"""To be raised when a value that was written before can no longer be read."""
IS = "is"
MISFITS = (cattrs.ForbiddenExtraKeysError, cattrs.StructureHandlerNotFoundError)
"""What the library raises, besides Python's own, for data of another shape."""
_Value = TypeVar("_Value")


class Unwritable(Exception):
    """Something in the value, such as an option that a plug-in prepared, is no JSON data."""


class Unreadable(Exception):
    """The text was written by another release, or by somebody else."""


def encode(value: object) -> str:
    """The value as JSON text, with the number of this format in front. Raises Unwritable."""
    try:
        form = {"format": FORMAT, "value": _converter().unstructure(value)}
        return json.dumps(form, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise Unwritable(str(error)) from error


def decode(text: str, kind: type[_Value]) -> _Value:
    """The value that `encode` was given. Raises Unreadable."""
    try:
        data = json.loads(text)
        written = data["format"]
        if written == FORMAT:
            return _converter().structure(data["value"], kind)
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError, *MISFITS) as error:
        raise Unreadable(f"it is no {kind.__name__} as this release has it") from error
    raise Unreadable(f"it was written in format {written}, and this release reads format {FORMAT}")


@cache
def _converter() -> cattrs.Converter:
    converter = cattrs.Converter(forbid_extra_keys=True, detailed_validation=False)
    for scalar in (str, int, float, bool):
        # The library would turn 10 into 10.0 where a field says float, and digests tell them apart.
        converter.register_structure_hook(scalar, _scalar)
    converter.register_structure_hook_func(lambda kind: kind is object, lambda value, _: value)
    converter.register_unstructure_hook_factory(_is_plain, lambda kind: _writer(kind, converter))
    converter.register_structure_hook_factory(_is_plain, lambda kind: _reader(kind, converter))
    converter.register_unstructure_hook_factory(_is_choice, lambda kind: _choice_writer(kind, converter))
    converter.register_structure_hook_factory(_is_choice, lambda kind: _choice_reader(kind, converter))
    converter.register_unstructure_hook_func(_is_set, lambda value: sorted(map(converter.unstructure, value)))
    return converter


def _scalar(value: Any, kind: Any) -> Any:
    if not isinstance(value, (int, float) if kind is float else kind):
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value


def _is_plain(kind: Any) -> bool:
    return isinstance(kind, type) and is_dataclass(kind)


def _is_set(kind: Any) -> bool:
    return (get_origin(kind) or kind) in (set, frozenset)


def _is_choice(kind: Any) -> bool:
    """A union of more than one value and None, which the library reads itself."""
    return get_origin(kind) in (Union, types.UnionType) and len(set(get_args(kind)) - {types.NoneType}) > 1


def _writer(kind: Any, converter: cattrs.Converter) -> Callable[[Any], Any]:
    return gen.make_dict_unstructure_fn(kind, converter, _cattrs_omit_if_default=True, **_places(kind))


def _reader(kind: Any, converter: cattrs.Converter) -> Callable[[Any, Any], Any]:
    return gen.make_dict_structure_fn(
        kind, converter, _cattrs_forbid_extra_keys=True, _cattrs_detailed_validation=False, **_places(kind)
    )


def _places(kind: Any) -> Mapping[str, Any]:
    """What does not count when two values are compared is not kept."""
    return {field.name: gen.override(omit=True) for field in fields(kind) if not field.compare}


def _choice_writer(_kind: Any, converter: cattrs.Converter) -> Callable[[Any], Any]:
    def write(value: Any) -> Any:
        shown = converter.unstructure(value)
        return {IS: type(value).__name__, **shown} if is_dataclass(value) else shown

    return write


def _choice_reader(kind: Any, converter: cattrs.Converter) -> Callable[[Any, Any], Any]:
    classes = {one.__name__: one for one in get_args(kind) if _is_plain(one)}
    others = [one for one in get_args(kind) if not _is_plain(one)]

    def read(value: Any, _: Any) -> Any:
        if isinstance(value, Mapping) and IS in value:
            return converter.structure({key: one for key, one in value.items() if key != IS}, classes[value[IS]])
        for one in others:
            if isinstance(value, _JSON.get(get_origin(one) or one, one)):
                return converter.structure(value, one)
        raise TypeError(f"{value!r} is none of {kind}")

    return read


_JSON: Mapping[Any, Any] = {tuple: list, frozenset: list, set: list, Literal: str}
"""What a type of Python is in JSON, where it is another."""
