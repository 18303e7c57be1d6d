"""What only the whole of an operation tells about its fields."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from .facts import PLAIN
from .model import Field, Note

_ARRAYS = re.compile(r"^(?:array of )*")
_NUMBER = re.compile(r"^-?\d+(?:\.\d+)?$")
_PLACEHOLDER = re.compile(r"\{([^}]+)\}")


def settled(fields: Sequence[Field], path: str, line: int, notes: list[Note]) -> tuple[Field, ...]:
    """Return the fields of an operation with what the page states elsewhere."""
    return (*(_typed(one, fields, notes) for one in fields), *_of_path(fields, path, line))


def _typed(one: Field, fields: Sequence[Field], notes: list[Note]) -> Field:
    """A type that is the name of a class is an object, if its fields stand below it."""
    if one.place == "path" and one.required is False:
        one = replace(one, required=True)  # There is no request without it.
    if one.type is None:
        return one
    if one.values and one.type in {"integer", "number"} and not all(map(_NUMBER.match, one.values)):
        told = f"{one.name} is a number, its values are none: {', '.join(one.values)}"
        notes.append(Note(one.line, told))
        return replace(one, values=None)
    arrays = _ARRAYS.match(one.type)
    prefix = arrays[0] if arrays else ""
    name = one.type.removeprefix(prefix)
    if name in PLAIN:
        return one
    if any(_below(other, one) for other in fields):
        return replace(one, type=f"{prefix}object")
    if one.values:
        return replace(one, type=f"{prefix}string")
    notes.append(Note(one.line, f"{one.name}: not a type, and no field stands below it: {name}"))
    return replace(one, type="array" if prefix else None)


def _below(other: Field, one: Field) -> bool:
    return (
        (other.place, other.status) == (one.place, one.status)
        and len(other.path) > len(one.path)
        and other.path[: len(one.path)] == one.path
    )


def _of_path(fields: Sequence[Field], path: str, line: int) -> list[Field]:
    """Return the parameters that only the path names; a table may name one otherwise."""
    names: list[str] = _PLACEHOLDER.findall(path)
    stated = [one.name for one in fields if one.place in {"path", "request"}]
    if any(one.place == "path" and one.name not in names for one in fields):
        return []
    return [
        Field(place="path", path=(name,), line=line)
        for name in dict.fromkeys(names)
        if name not in stated
    ]
