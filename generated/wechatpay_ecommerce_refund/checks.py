# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""Checks of arguments before anything is sent; a broken rule raises InvalidInputError.

Each check takes a value and its place for the error, for example `body.sub_mchid`. The type of a
value is `object`, because callers may pass a wrong type.
"""

from __future__ import annotations

import datetime
import functools
import json
import math
import operator
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Protocol, cast

from .base_errors import InvalidInputError
from .enums import OpenNumber, OpenText
from .types import File, is_list, must_be, to_json


def text(
    value: object,
    where: str,
    *,
    min_length: int = 0,
    max_length: int | None = None,
    pattern: str | None = None,
) -> None:
    """Check a text and its limits, counted in characters."""
    if not isinstance(value, str):
        raise InvalidInputError(where, must_be("text", value), value)
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise InvalidInputError(where, "must be text without lone surrogates", value)
    if len(value) < min_length:
        rule = f"must have at least {min_length} characters" if value else "must not be empty"
        raise InvalidInputError(where, rule, value)
    if max_length is not None and len(value) > max_length:
        rule = f"must have at most {max_length} characters, has {len(value)}"
        raise InvalidInputError(where, rule, value)
    # A pattern of JSON Schema may match anywhere in the text, and its \d and \w are ASCII.
    if pattern is not None and _compiled(pattern).search(value) is None:
        raise InvalidInputError(where, f"must match {pattern}", value)


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


def segment(value: str, where: str) -> None:
    """Check a segment of a path: an empty or dot segment would change the URL."""
    if value in {"", ".", ".."}:
        raise InvalidInputError(where, "must not be empty or a dot segment", value)


def whole_number(value: object, where: str, **limits: float) -> None:
    """Check a whole number and its range."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidInputError(where, must_be("a whole number", value), value)
    _check_range(value, where, limits)


def number(value: object, where: str, **limits: float) -> None:
    """Check a number and its range; JSON has neither infinity nor NaN."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidInputError(where, must_be("a number", value), value)
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidInputError(where, "must be finite", value)
    _check_range(value, where, limits)


def _is_no_multiple(value: float, unit: float) -> bool:
    # Compare the decimal texts: 0.3 is a multiple of 0.1, but their binary forms are not.
    from fractions import Fraction  # rarely needed, and slow to import

    return Fraction(str(value)) % Fraction(str(unit)) != 0


_LIMITS: Final = {
    "minimum": (operator.lt, "must be at least"),
    "maximum": (operator.gt, "must be at most"),
    "above": (operator.le, "must be more than"),
    "below": (operator.ge, "must be less than"),
    "multiple_of": (_is_no_multiple, "must be a multiple of"),
}


def _check_range(value: float, where: str, limits: Mapping[str, float]) -> None:
    for name, limit in limits.items():
        breaks, rule = _LIMITS[name]
        if breaks(value, limit):
            raise InvalidInputError(where, f"{rule} {limit}", value)


def boolean(value: object, where: str) -> None:
    """Check that a value is True or False."""
    if not isinstance(value, bool):
        raise InvalidInputError(where, must_be("true or false", value), value)


def time(value: object, where: str) -> None:
    """Check a time and its time zone."""
    if not isinstance(value, datetime.datetime):
        raise InvalidInputError(where, must_be("a datetime", value), value)
    if value.tzinfo is None:
        raise InvalidInputError(where, "must be aware, it has no time zone", value)


def date(value: object, where: str) -> None:
    """Check a date."""
    # For isinstance a datetime is a date, but it is written differently.
    if not isinstance(value, datetime.date) or isinstance(value, datetime.datetime):
        raise InvalidInputError(where, must_be("a date", value), value)


def uuid_(value: object, where: str) -> None:
    """Check a UUID."""
    if not isinstance(value, uuid.UUID):
        raise InvalidInputError(where, must_be("a UUID", value), value)


def file(value: object, where: str) -> None:
    """Check a file to upload."""
    if not isinstance(value, File):
        raise InvalidInputError(where, must_be("a File", value), value)


def anything(value: object, where: str) -> None:
    """Check that a value has a JSON form."""
    try:
        json.dumps(to_json(value), allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError) as error:
        raise InvalidInputError(where, f"must be a JSON value: {error}", value) from None


def exactly(value: object, where: str, expected: object) -> None:
    """Check that a value is the only one allowed by the spec."""
    if value != expected or type(value) is not type(expected):
        raise InvalidInputError(where, f"must be {expected!r}", value)


def listed(value: object, where: str, enum: type[OpenText | OpenNumber]) -> None:
    """Check that the spec lists a value of an enum."""
    if issubclass(enum, str):
        text(value, where)
    else:
        whole_number(value, where)
    if value not in enum.VALUES:
        raise InvalidInputError(where, f"must be one of {', '.join(map(str, enum.VALUES))}", value)


class Checked(Protocol):
    """A model, which checks its own rules."""

    def check(self, where: str) -> None:
        """Check every rule of the spec."""


def model(value: object, where: str, kind: type[Checked]) -> None:
    """Check the type of a model, then all its rules."""
    if not isinstance(value, kind):
        raise InvalidInputError(where, must_be(f"a {kind.__name__}", value), value)
    value.check(where)


def items(
    value: object,
    where: str,
    *,
    min_items: int = 0,
    max_items: int | None = None,
    unique: bool = False,
) -> Iterator[tuple[object, str]]:
    """Check a list and its limits, then yield each item and its place."""
    if not is_list(value):
        raise InvalidInputError(where, must_be("a list", value), value)
    found = cast("Sequence[object]", value)
    if len(found) < min_items:
        raise InvalidInputError(where, f"must have at least {min_items} items", value)
    if max_items is not None and len(found) > max_items:
        raise InvalidInputError(where, f"must have at most {max_items} items", value)
    if unique and any(item in found[:index] for index, item in enumerate(found)):
        raise InvalidInputError(where, "must not contain an item twice", value)
    for index, item in enumerate(found):
        yield item, f"{where}[{index}]"


def others(
    additional_properties: Mapping[str, object],
    where: str,
    *,
    fields: Sequence[str] = (),
    nullable: Sequence[str] = (),
) -> Iterator[tuple[object, str]]:
    """Check the names of additional properties, then yield each value and its place.

    Args:
        additional_properties: The properties.
        where: The place of their model.
        fields: Optional fields of the model; their values must be given as fields.
        nullable: Fields among them which may be null; null is given here.
    """
    for name, value in additional_properties.items():
        place = f"{where}.{name}"
        if value is None and name in nullable:
            continue
        if name in fields:
            raise InvalidInputError(place, "must be given as a field, not as an addition", value)
        yield value, place


def no_others(
    additional_properties: Mapping[str, object],
    where: str,
    *,
    fields: Sequence[str] = (),
    nullable: Sequence[str] = (),
) -> None:
    """Check that there are no additional properties, because the spec allows none."""
    for value, place in others(additional_properties, where, fields=fields, nullable=nullable):
        raise InvalidInputError(place, "is not a field of this request", value)


def size(fields: Mapping[str, object], where: str, least: int = 0, most: int | None = None) -> None:
    """Check how many fields an object has, listed or not."""
    if len(fields) < least:
        raise InvalidInputError(where, f"must have at least {least} fields", fields)
    if most is not None and len(fields) > most:
        raise InvalidInputError(where, f"must have at most {most} fields", fields)
