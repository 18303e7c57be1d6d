"""Turns a response into a model: `from_dict` takes one field after the other from a `Reader`.

Reading is lenient: it checks only the type. So we never lose a response because of a longer text or
a new enum value. Each function here reads one kind of value.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, TypeVar, cast

from .base_errors import InvalidResponseError
from .types import File, Json, is_list, must_be

T = TypeVar("T")
Read: TypeAlias = Callable[[object], T]
"""Returns the value of a JSON value, or raises InvalidResponseError."""


class Reader:
    """Takes the fields out of a JSON object; `rest` returns the remaining ones.

    Raises:
        InvalidResponseError: A required field is missing, or a field has the wrong type. The error
            names the field.
    """

    __slots__ = ("_kept", "_left")

    def __init__(self, data: object) -> None:
        if not isinstance(data, (dict, Mapping)):  # `dict` first, because its check is faster
            raise InvalidResponseError("", must_be("an object", data))
        self._left: dict[str, object] = {**data}
        self._kept: list[str] = []

    def text(self, name: str) -> str:
        """Return a required text."""
        value = self._left.get(name)
        if isinstance(value, str):
            del self._left[name]
            return value
        return self.required(name, text)

    def required(self, name: str, read: Read[T]) -> T:
        """Return a required field."""
        if name not in self._left:
            raise InvalidResponseError(name, "is missing")
        try:
            return read(self._left.pop(name))
        except InvalidResponseError as error:
            raise _inside(name, error) from None

    def optional(self, name: str, read: Read[T]) -> T | None:
        """Return an optional field, or None. A null stays among the additional properties."""
        if self._left.get(name) is None:
            self._kept.append(name)
            return None
        return self.required(name, read)

    def if_readable(self, name: str, read: Read[T]) -> T | None:
        """Return an optional field, or None if its value cannot be read.

        An unparsable optional time must not make us reject the whole response, so its value stays
        among the additional properties. An empty text means the same as an absent field.
        """
        raw = self._left.pop(name, "")
        if raw == "":
            return None
        try:
            return read(raw)
        except InvalidResponseError:
            self._left[name] = raw
            self._kept.append(name)
            return None

    def rest(self) -> Mapping[str, Json]:
        """Return the other fields as they came."""
        rest: Mapping[str, Json] = self._left  # type: ignore[assignment]
        return rest

    def rest_of(self, read: Read[T]) -> Mapping[str, T]:
        """Return the other fields; the spec gives one kind for all of them."""
        kept = {name: self._left.pop(name) for name in self._kept if name in self._left}
        others = {name: self.required(name, read) for name in tuple(self._left)}
        return {**others, **cast("dict[str, T]", kept)}


def _inside(step: str, error: InvalidResponseError) -> InvalidResponseError:
    """Return the error with a field or an item put before its place."""
    dot = "." if error.where and not error.where.startswith("[") else ""
    return InvalidResponseError(f"{step}{dot}{error.where}", error.problem)


def text(value: object) -> str:
    """Read a text."""
    if not isinstance(value, str):
        raise InvalidResponseError("", must_be("text", value))
    return value


def whole_number(value: object) -> int:
    """Read a whole number; 888.0, a text of digits and a boolean are none."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidResponseError("", must_be("a whole number", value))
    return value


def number(value: object) -> float:
    """Read a number, whole or not."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidResponseError("", must_be("a number", value))
    return value


def boolean(value: object) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise InvalidResponseError("", must_be("true or false", value))
    return value


def time(value: object) -> datetime.datetime:
    """Read a time with its offset."""
    found = _parsed(value, datetime.datetime.fromisoformat, "a time in RFC 3339 with an offset")
    if found.tzinfo is None:
        raise InvalidResponseError("", f"must be a time in RFC 3339 with an offset, not {value!r}")
    return found


def date(value: object) -> datetime.date:
    """Read a date."""
    return _parsed(value, datetime.date.fromisoformat, "a date (YYYY-MM-DD)")


def uuid_(value: object) -> uuid.UUID:
    """Read a UUID."""
    return _parsed(value, uuid.UUID, "a UUID")


def _parsed(value: object, parse: Callable[[str], T], expected: str) -> T:
    if not isinstance(value, str):
        raise InvalidResponseError("", must_be(expected, value))
    try:
        return parse(value)
    except ValueError:
        raise InvalidResponseError("", f"must be {expected}, not {value!r}") from None


def anything(value: object) -> Json:
    """Read any JSON value."""
    return cast("Json", value)


def file(value: object) -> File:
    """Read bytes."""
    if not isinstance(value, bytes):
        raise InvalidResponseError("", must_be("bytes", value))
    return File(value)


def null(value: object) -> None:
    """Read null."""
    if value is not None:
        raise InvalidResponseError("", must_be("null", value))


def exactly(expected: T) -> Read[T]:
    """Return a function which reads one fixed value."""

    def read(value: object) -> T:
        if value != expected or type(value) is not type(expected):
            raise InvalidResponseError("", f"must be {expected!r}")
        return expected

    return read


def or_null(read: Read[T]) -> Read[T | None]:
    """Return a function which reads null as None, and any other value with `read`."""
    return lambda value: None if value is None else read(value)


def list_of(read: Read[T]) -> Read[Sequence[T]]:
    """Return a function which reads a list of one kind of value as a tuple."""

    def read_all(value: object) -> Sequence[T]:
        if not is_list(value):
            raise InvalidResponseError("", must_be("a list", value))
        found: list[T] = []
        for index, item in enumerate(cast("Sequence[object]", value)):
            try:
                found.append(read(item))
            except InvalidResponseError as error:
                raise _inside(f"[{index}]", error) from None
        return tuple(found)

    return read_all
