# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""Open enums: a value which the spec does not list is kept as it came."""

from __future__ import annotations

from typing import ClassVar, Self

from .base_errors import InvalidResponseError
from .types import must_be


class _Open:
    """Base of open enums; their values are upper-case class attributes."""

    __slots__ = ()

    VALUES: ClassVar[tuple[object, ...]] = ()
    """The values that the spec lists."""

    @property
    def is_known(self) -> bool:
        """Whether the spec lists this value; a response may have others."""
        return self in self.VALUES

    def __repr__(self) -> str:
        name = type(self).__name__
        for key, value in vars(type(self)).items():
            if isinstance(value, _Open) and value == self:
                return f"{name}.{key}"
        return f"{name}({self}, unknown)"


class OpenText(_Open, str):
    """A text of an open list. Compares, hashes and prints as its text."""

    __slots__ = ()

    @classmethod
    def read(cls, value: object) -> Self:
        """Return the text of a response, listed or not."""
        if not isinstance(value, str):
            raise InvalidResponseError("", must_be("text", value))
        return cls(value)


class OpenNumber(_Open, int):
    """A whole number of an open list. Compares, hashes and prints as its number."""

    __slots__ = ()

    __str__ = int.__repr__

    @classmethod
    def read(cls, value: object) -> Self:
        """Return the number of a response, listed or not."""
        if isinstance(value, bool) or not isinstance(value, int):
            raise InvalidResponseError("", must_be("a whole number", value))
        return cls(value)
