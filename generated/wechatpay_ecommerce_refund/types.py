# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""The types of values in models and parameters, and their JSON form."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, cast

import attrs

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
"""Any JSON value."""


@attrs.frozen
class File:
    """A file to upload, or the bytes of a response."""

    payload: bytes
    file_name: str | None = None
    mime_type: str | None = None


def freeze(model: object, *fields: str) -> None:
    """Turn the lists in these fields into tuples: a model is immutable and can be hashed."""
    for field in fields:
        # The model is frozen, so only `object.__setattr__` can set a field.
        object.__setattr__(model, field, _frozen(getattr(model, field)))


def _frozen(value: object) -> object:
    if isinstance(value, list | tuple):
        return tuple(map(_frozen, cast("Sequence[object]", value)))
    return value


def with_others(fields: dict[str, Json], others: Mapping[str, object]) -> dict[str, Json]:
    """Add the additional properties; a field of the model wins over one with the same name."""
    for name, value in others.items():
        if name not in fields:
            fields[name] = to_json(value)
    return fields


def to_json(value: object) -> Json:
    """Return the JSON form of any value, for `json.dumps`."""
    match value:
        case None | bool():
            return value
        case str():
            return str(value)  # an enum becomes its text
        case int():
            return int(value)
        case float():
            return value
        case datetime.date():
            return value.isoformat()
        case uuid.UUID():
            return str(value)
        case Mapping():
            fields = cast("Mapping[str, object]", value)
            return {name: to_json(inner) for name, inner in fields.items()}
        case Sequence() if not isinstance(value, bytes):
            return [to_json(item) for item in cast("Sequence[object]", value)]
        case _:
            write: Callable[[], Json] | None = getattr(value, "to_dict", None)
            if write is None:
                raise TypeError(f"{type(value).__name__} has no JSON form")
            return write()


def is_list(value: object) -> bool:
    """Whether the value is a list in JSON."""
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def must_be(expected: str, value: object) -> str:
    """Return the rule for an error about a value of the wrong type."""
    # Models store lists as tuples; callers know both as lists.
    found = "list" if isinstance(value, tuple) else type(value).__name__
    return f"must be {expected}, not {found}"
