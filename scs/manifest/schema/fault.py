"""What a JSON Schema validator has against a value, as a value of ours; not yet in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scs.manifest.syntax import tree

if TYPE_CHECKING:
    from jsonschema import ValidationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A keyword that failed: `wanted` is what the schema says by it, `value` what it says that of.

    Where a keyword refuses keys that nothing else names, `wanted` are those keys.

    `path` leads to the value from the top. `inner` are the faults of all branches of a choice; in them, `branch`
    is the branch's number, and `below` leads to the value from where the choice stands.
    """

    keyword: str
    wanted: Any
    value: Any
    schema: Mapping[str, Any]
    path: tree.Path
    below: tree.Path = ()
    branch: int = 0
    inner: tuple[Fault, ...] = ()

    @property
    def says(self) -> str:
        """The schema's own sentence for what does not fit, else nothing."""
        return str(self.schema.get("x-says", ""))

    @property
    def missing(self) -> tuple[str, ...]:
        """The keys that a map lacks, for `required`."""
        return tuple(key for key in self.wanted if key not in self.value)

    @property
    def options(self) -> tuple[Any, ...]:
        """What the value may be, for `enum` and `const`."""
        return (self.wanted,) if self.keyword == "const" else tuple(self.wanted)


def of(error: ValidationError) -> Fault:
    """The same as the validator's error."""
    first = error.relative_schema_path[0] if error.parent is not None else 0
    return Fault(
        # A schema that is `false` fails without a keyword.
        keyword=str(error.validator or "false"),
        wanted=error.validator_value,
        value=error.instance,
        schema=error.schema if isinstance(error.schema, Mapping) else {},
        path=tuple(error.absolute_path),
        below=tuple(error.relative_path),
        branch=first if isinstance(first, int) else 0,
        inner=tuple(map(of, error.context or ())),
    )
