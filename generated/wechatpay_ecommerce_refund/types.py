# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""What generated models and parameters are made of: codecs, open enums and the model base.

A codec reads a JSON value (`decode`) and checks a value before it is sent (`check`). Reading is
lenient: it asks for the right type and for nothing else, so that a longer text or a new enum value
never costs a reply. Sending is strict: every rule of the contract is checked first.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
import math
import operator
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import (
    ClassVar,
    Final,
    Generic,
    Self,
    TypeAlias,
    TypeGuard,
    TypeVar,
    cast,
    dataclass_transform,
    overload,
)

import attrs

from .base_errors import InvalidInputError, InvalidResponseError

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
"""Any JSON value."""

T = TypeVar("T")
_OtherT = TypeVar("_OtherT")
T_co = TypeVar("T_co", covariant=True)
_ModelT = TypeVar("_ModelT", bound="Model")


# --- codecs ------------------------------------------------------------------------------------


class Codec(Generic[T_co]):
    """Reads one kind of JSON value and checks one kind of input."""

    __slots__ = ()

    is_scalar: ClassVar[bool] = False
    """Whether its values never hold others."""

    @property
    def lenient(self) -> bool:
        """Whether an optional member that can't be read is kept raw and does not fail the reply."""
        return False

    def __or__(self, other: Codec[_OtherT]) -> Union[T_co | _OtherT]:
        """Return the codec of values that are of this or of the other kind."""
        return Union((*_options(self), *_options(other)))

    def decode(self, value: object, where: str) -> T_co:
        """Return the value read from JSON, or raise InvalidResponseError that names `where`."""
        raise NotImplementedError

    def check(self, value: object, where: str) -> None:
        """Raise InvalidInputError that names `where` if the value breaks a rule."""
        raise NotImplementedError


def _wrong_type(expected: str, value: object) -> str:
    # Models keep lists as tuples; for the caller both are lists.
    return f"must be {expected}, not {'list' if isinstance(value, tuple) else type(value).__name__}"


def _typed(codec: Codec[T], value: object, where: str) -> T:
    """Return the value if it has the codec's type."""
    try:
        return codec.decode(value, where)
    except InvalidResponseError as error:
        raise InvalidInputError(error.where, error.problem, value) from None


def _check_sendable(value: str, where: str) -> None:
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise InvalidInputError(where, "must be text without lone surrogates", value)


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class String(Codec[str]):
    """A text and its limits, counted in characters."""

    is_scalar: ClassVar[bool] = True

    min_length: int = 0
    max_length: int | None = None
    pattern: str | None = None

    def decode(self, value: object, where: str) -> str:
        """Return the text as it came."""
        if not isinstance(value, str):
            raise InvalidResponseError(where, _wrong_type("text", value))
        return value

    def check(self, value: object, where: str) -> None:
        """Check type, length and pattern."""
        if not isinstance(value, str):
            raise InvalidInputError(where, _wrong_type("text", value), value)
        _check_sendable(value, where)
        if len(value) < self.min_length:
            rule = (
                "must not be empty"
                if not value
                else f"must have at least {self.min_length} characters"
            )
            raise InvalidInputError(where, rule, value)
        if self.max_length is not None and len(value) > self.max_length:
            raise InvalidInputError(
                where, f"must have at most {self.max_length} characters, has {len(value)}", value
            )
        # A JSON schema pattern may match anywhere in the text, and its \d and \w are ASCII.
        if self.pattern is not None and _compiled(self.pattern).search(value) is None:
            raise InvalidInputError(where, f"must match {self.pattern}", value)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class _Range:
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    below: float | None = None
    multiple_of: float | None = None

    def check_range(self, value: float, where: str) -> None:
        """Raise InvalidInputError if the number is out of range."""
        for limit, broken, rule in (
            (self.minimum, operator.lt, "must be at least"),
            (self.maximum, operator.gt, "must be at most"),
            (self.above, operator.le, "must be more than"),
            (self.below, operator.ge, "must be less than"),
            (self.multiple_of, _is_no_multiple, "must be a multiple of"),
        ):
            if limit is not None and broken(value, limit):
                raise InvalidInputError(where, f"{rule} {limit}", value)


def _is_no_multiple(value: float, unit: float) -> bool:
    # As written: 0.3 is a multiple of 0.1, though their binary forms are not.
    from fractions import Fraction  # rarely needed, and slow to import

    return Fraction(str(value)) % Fraction(str(unit)) != 0


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Integer(_Range, Codec[int]):
    """A whole number and its range."""

    is_scalar: ClassVar[bool] = True

    def decode(self, value: object, where: str) -> int:
        """Return the number; 888.0, a digit text and a boolean are none."""
        if isinstance(value, bool) or not isinstance(value, int):
            raise InvalidResponseError(where, _wrong_type("a whole number", value))
        return value

    def check(self, value: object, where: str) -> None:
        """Check type and range."""
        self.check_range(_typed(self, value, where), where)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Number(_Range, Codec[float]):
    """A number and its range."""

    is_scalar: ClassVar[bool] = True

    def decode(self, value: object, where: str) -> float:
        """Return the number as it came, whole or not."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InvalidResponseError(where, _wrong_type("a number", value))
        return value

    def check(self, value: object, where: str) -> None:
        """Check type and range; JSON has neither infinity nor NaN."""
        number = _typed(self, value, where)
        if not math.isfinite(number):
            raise InvalidInputError(where, "must be finite", value)
        self.check_range(number, where)


@attrs.frozen(eq=False, repr=False)
class Boolean(Codec[bool]):
    """True or false."""

    is_scalar: ClassVar[bool] = True

    def decode(self, value: object, where: str) -> bool:
        """Return the boolean."""
        if not isinstance(value, bool):
            raise InvalidResponseError(where, _wrong_type("true or false", value))
        return value

    def check(self, value: object, where: str) -> None:
        """Check the type."""
        _typed(self, value, where)


@attrs.frozen(eq=False, repr=False)
class Null(Codec[None]):
    """Nothing but null."""

    def decode(self, value: object, where: str) -> None:
        """Accept null."""
        if value is not None:
            raise InvalidResponseError(where, _wrong_type("null", value))

    def check(self, value: object, where: str) -> None:
        """Accept None."""
        _typed(self, value, where)


@attrs.frozen(eq=False, repr=False)
class Const(Codec[T]):
    """One fixed value."""

    value: T

    def decode(self, value: object, where: str) -> T:
        """Accept that value only."""
        if value != self.value or type(value) is not type(self.value):
            raise InvalidResponseError(where, f"must be {self.value!r}")
        return self.value

    def check(self, value: object, where: str) -> None:
        """Accept that value only."""
        _typed(self, value, where)


@attrs.frozen(eq=False, repr=False)
class Anything(Codec["Json"]):
    """Any JSON value, as it came."""

    def decode(self, value: object, where: str) -> Json:
        """Return the value as it came."""
        return value  # type: ignore[return-value]  # whatever json.loads gave is a JSON value

    def check(self, value: object, where: str) -> None:
        """Accept what JSON can say."""
        try:
            json.dumps(encode(value), allow_nan=False, ensure_ascii=False).encode()
        except (TypeError, ValueError) as error:
            raise InvalidInputError(where, f"must be a JSON value: {error}", value) from None


@attrs.frozen(eq=False, repr=False)
class _Parsed(Codec[T]):
    """A text in a format that Python has a type for."""

    is_scalar: ClassVar[bool] = True

    python_type: type[T]
    parse: Callable[[str], T]
    name: str

    @property
    def lenient(self) -> bool:
        """A time is never worth a reply."""
        return True

    def decode(self, value: object, where: str) -> T:
        """Return the parsed text."""
        if not isinstance(value, str):
            raise InvalidResponseError(where, _wrong_type(self.name, value))
        try:
            return self.parse(value)
        except ValueError:
            raise InvalidResponseError(where, f"must be {self.name}, not {value!r}") from None

    def check(self, value: object, where: str) -> None:
        """Check the Python type."""
        # A datetime is a date to isinstance, but not on the wire.
        if not isinstance(value, self.python_type) or (
            isinstance(value, dt.datetime) and self.python_type is dt.date
        ):
            raise InvalidInputError(
                where, _wrong_type(f"a {self.python_type.__name__}", value), value
            )
        if isinstance(value, dt.datetime) and value.tzinfo is None:
            raise InvalidInputError(where, "must be aware, it has no time zone", value)


def _aware(text: str) -> dt.datetime:
    value = dt.datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise ValueError(text)
    return value


DateTime: Final = _Parsed(dt.datetime, _aware, "a time in RFC 3339 with an offset")
Date: Final = _Parsed(dt.date, dt.date.fromisoformat, "a date (YYYY-MM-DD)")
Uuid: Final = _Parsed(uuid.UUID, uuid.UUID, "a UUID")


@attrs.frozen(eq=False, repr=False)
class Array(Codec[Sequence[T]]):
    """A list of one kind of value."""

    items: Codec[T]
    min_items: int = attrs.field(default=0, kw_only=True)
    max_items: int | None = attrs.field(default=None, kw_only=True)
    unique: bool = attrs.field(default=False, kw_only=True)

    @property
    def lenient(self) -> bool:
        """As its items are."""
        return self.items.lenient

    def decode(self, value: object, where: str) -> Sequence[T]:
        """Return a tuple, so that the model can be hashed."""
        if not _is_list(value):
            raise InvalidResponseError(where, _wrong_type("a list", value))
        return tuple(self.items.decode(item, f"{where}[{i}]") for i, item in enumerate(value))

    def check(self, value: object, where: str) -> None:
        """Check the size and each item."""
        if not _is_list(value):
            raise InvalidInputError(where, _wrong_type("a list", value), value)
        if len(value) < self.min_items:
            raise InvalidInputError(where, f"must have at least {self.min_items} items", value)
        if self.max_items is not None and len(value) > self.max_items:
            raise InvalidInputError(where, f"must have at most {self.max_items} items", value)
        if self.unique and any(item in value[:i] for i, item in enumerate(value)):
            raise InvalidInputError(where, "must not repeat an item", value)
        for i, item in enumerate(value):
            self.items.check(item, f"{where}[{i}]")


def _is_list(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


@attrs.frozen(eq=False, repr=False)
class Union(Codec[T_co]):
    """One of several kinds; made with `|`.

    The kind is the one that the contract's discriminator names, or else the first that fits and
    leaves nothing unexplained, or else the first that fits.
    """

    options: tuple[Codec[T_co], ...]
    member: str | None = None
    """The member that says of which kind an object is."""
    positions: Mapping[str, int] | None = attrs.field(default=None, kw_only=True)

    def by(self, member: str, positions: Mapping[str, int]) -> Union[T_co]:
        """Return the union whose objects say in a member of which kind they are."""
        return Union(self.options, member, positions=positions)

    @property
    def lenient(self) -> bool:
        """As one of its kinds is."""
        return any(option.lenient for option in self.options)

    def decode(self, value: object, where: str) -> T_co:
        """Return the value as the best fitting kind reads it."""
        named = self._named(value)
        if named is not None:
            return named.decode(value, where)
        found: list[T_co] = []
        problems: list[str] = []
        for option in self.options:
            try:
                result = option.decode(value, where)
            except InvalidResponseError as error:
                problems.append(str(error))
                continue
            if _is_explained(result):
                return result
            found.append(result)
        if found:
            return found[0]
        raise InvalidResponseError(where, f"fits none of its kinds ({'; '.join(problems)})")

    def _named(self, value: object) -> Codec[T_co] | None:
        if self.member is None or self.positions is None or not isinstance(value, Mapping):
            return None
        name = cast("Mapping[str, object]", value).get(self.member)
        position = self.positions.get(name) if isinstance(name, str) else None
        return None if position is None else self.options[position]

    def check(self, value: object, where: str) -> None:
        """Accept what any of the kinds accepts."""
        problems: list[InvalidInputError] = []
        for option in self.options:
            try:
                option.check(value, where)
            except InvalidInputError as error:
                problems.append(error)
            else:
                return
        inner = [problem for problem in problems if problem.where != where]
        if len(inner) == 1:  # the only kind that was meant
            raise inner[0]
        raise InvalidInputError(where, " or ".join(problem.rule for problem in problems), value)


def _options(codec: Codec[T]) -> tuple[Codec[T], ...]:
    if isinstance(codec, Union):
        union: Union[T] = codec
        if union.member is None:
            return union.options
    return (codec,)


def _is_explained(value: object) -> bool:
    """Whether the contract has a word for all of a value that was read."""
    match value:
        case _Open():
            return value.is_known
        case Model():
            return value._is_explained()  # pyright: ignore[reportPrivateUsage]
        case str() | bytes():
            return True
        case Sequence():
            return all(map(_is_explained, cast("Sequence[object]", value)))
        case _:
            return True


@attrs.frozen
class File:
    """A file to upload."""

    payload: bytes
    file_name: str | None = None
    mime_type: str | None = None


@attrs.frozen(eq=False, repr=False)
class Binary(Codec[File]):
    """A file in a request, or the bytes of a reply."""

    def decode(self, value: object, where: str) -> File:
        """Wrap the bytes of a reply."""
        if not isinstance(value, bytes):
            raise InvalidResponseError(where, _wrong_type("bytes", value))
        return File(value)

    def check(self, value: object, where: str) -> None:
        """Check the type."""
        if not isinstance(value, File):
            raise InvalidInputError(where, _wrong_type("a File", value), value)


# --- open enums --------------------------------------------------------------------------------


class _Open:
    """What open enums share; the values are declared as upper-case class attributes."""

    __slots__ = ()

    VALUES: ClassVar[tuple[object, ...]] = ()
    """The values that the contract lists."""

    @property
    def is_known(self) -> bool:
        """Whether the contract lists this value; a reply may bring others."""
        return self in self.VALUES

    def __repr__(self) -> str:
        name = type(self).__name__
        for key, value in vars(type(self)).items():
            if isinstance(value, _Open) and value == self:
                return f"{name}.{key}"
        return f"{name}({self}, unknown)"


class OpenText(_Open, str):
    """A text out of an open list. Compares, hashes and prints as its text."""

    __slots__ = ()


class OpenNumber(_Open, int):
    """A whole number out of an open list. Compares, hashes and prints as its number."""

    __slots__ = ()

    __str__ = int.__repr__


_TextT = TypeVar("_TextT", bound=OpenText)
_NumberT = TypeVar("_NumberT", bound=OpenNumber)


@attrs.frozen(eq=False, repr=False)
class TextOf(Codec[_TextT]):
    """A text of an enum: any text is read, only listed ones are sent unless the list is open."""

    is_scalar: ClassVar[bool] = True

    enum: Callable[[], type[_TextT]]
    is_open: bool = attrs.field(default=False, kw_only=True)

    def decode(self, value: object, where: str) -> _TextT:
        """Return the text, listed or not."""
        if not isinstance(value, str):
            raise InvalidResponseError(where, _wrong_type("text", value))
        return self.enum()(value)

    def check(self, value: object, where: str) -> None:
        """Check the type, and the list if it is closed."""
        text = _typed(self, value, where)
        _check_sendable(text, where)
        _check_listed(text, where, is_open=self.is_open)


@attrs.frozen(eq=False, repr=False)
class NumberOf(Codec[_NumberT]):
    """A number of an enum: any is read; only listed ones are sent, unless the list is open."""

    is_scalar: ClassVar[bool] = True

    enum: Callable[[], type[_NumberT]]
    is_open: bool = attrs.field(default=False, kw_only=True)

    def decode(self, value: object, where: str) -> _NumberT:
        """Return the number, listed or not."""
        if isinstance(value, bool) or not isinstance(value, int):
            raise InvalidResponseError(where, _wrong_type("a whole number", value))
        return self.enum()(value)

    def check(self, value: object, where: str) -> None:
        """Check the type, and the list if it is closed."""
        _check_listed(_typed(self, value, where), where, is_open=self.is_open)


def _check_listed(value: _Open, where: str, *, is_open: bool) -> None:
    if not is_open and not value.is_known:
        listed = ", ".join(map(str, value.VALUES))
        raise InvalidInputError(where, f"must be one of {listed}", value)


# --- models ------------------------------------------------------------------------------------


@attrs.frozen(eq=False, repr=False)
class _Member:
    attribute: str
    name: str
    codec: Codec[object]
    required: bool


@overload
def member(codec: Codec[T], name: str) -> T: ...
@overload
def member(codec: Codec[T], name: str, *, default: None) -> T | None: ...
def member(codec: Codec[T], name: str, *, default: object = attrs.NOTHING) -> object:
    """Declare a member of a model: how it is read and checked, and its name on the wire."""
    converter = None if codec.is_scalar else _frozen
    return attrs.field(default=default, converter=converter, metadata={"member": (codec, name)})


def _frozen(value: object) -> object:
    """Return lists as tuples, so that models can be hashed and compare by what they hold."""
    if isinstance(value, list | tuple):
        return tuple(map(_frozen, cast("Sequence[object]", value)))
    return value


@attrs.frozen(eq=False, repr=False)
class _Additional:
    codec: Codec[object] = Anything()
    closed: bool = False
    min_members: int = 0
    max_members: int | None = None


def additional(
    codec: Codec[T],
    *,
    factory: Callable[[], Mapping[str, T]],
    closed: bool = False,
    min_members: int = 0,
    max_members: int | None = None,
) -> Mapping[str, T]:
    """Declare where members that the contract does not list are kept, and rules for all members.

    Args:
        codec: The kind of a member that is not listed.
        factory: Makes the empty mapping.
        closed: Refuse to send any.
        min_members: How many members an object has at least, listed or not.
        max_members: How many members an object has at most.
    """
    rules = _Additional(codec, closed, min_members, max_members)
    # Left out of the hash because a dict has none; equality still sees them.
    declared: Mapping[str, T] = attrs.field(
        factory=factory, hash=False, metadata={"additional": rules}
    )
    return declared


class Model:
    """Base of all models: immutable, comparable, hashable, and nothing of a reply is dropped.

    An optional member that is None is not sent. To send null for it, put it into
    `additional_properties`; a reply that says null, or what can't be read, leaves it there too.
    """

    __slots__ = ()

    _members: ClassVar[Mapping[str, _Member]] = {}
    _additional: ClassVar[_Additional] = _Additional()

    @classmethod
    def from_dict(cls, data: object, where: str = "") -> Self:
        """Read the JSON object `data`; members that the contract does not list are kept.

        Raises:
            InvalidResponseError: A required member is missing, or one has the wrong type; names it.
        """
        if not isinstance(data, Mapping):
            raise InvalidResponseError(where or cls.__name__, _wrong_type("an object", data))
        members: Mapping[str, object] = cast("Mapping[str, object]", data)
        values: dict[str, object] = {}
        others: dict[str, object] = {}
        for name, raw in members.items():
            path = f"{where}.{name}" if where else name
            item = cls._members.get(name)
            if item is None:
                others[name] = cls._additional.codec.decode(raw, path)
                continue
            if not item.required and raw is None:
                others[name] = None
                continue
            try:
                values[item.attribute] = item.codec.decode(raw, path)
            except InvalidResponseError:
                if item.required or not item.codec.lenient:
                    raise
                # An empty text in place of a time says no more than its absence.
                if raw != "":
                    others[name] = raw
        for item in cls._members.values():
            if item.required and item.name not in members:
                raise InvalidResponseError(
                    f"{where}.{item.name}" if where else item.name, "is missing"
                )
        values["additional_properties"] = others
        return cls(**values)

    def to_dict(self) -> dict[str, Json]:
        """Return the JSON object, with the members that the contract does not list."""
        return {name: encode(value) for name, value in self.parts().items()}

    def parts(self) -> dict[str, object]:
        """Return the values by their names on the wire; absent members are left out."""
        result: dict[str, object] = {}
        for item in self._members.values():
            value = getattr(self, item.attribute)
            if value is not None or item.required:
                result[item.name] = value
        for name, value in self._unlisted().items():
            result.setdefault(name, value)
        return result

    def part(self, name: str) -> object:
        """Return the value of one name on the wire, None if it is absent."""
        item = self._members.get(name)
        return self._unlisted().get(name) if item is None else getattr(self, item.attribute)

    def _unlisted(self) -> Mapping[str, object]:
        found: Mapping[str, object] = getattr(self, "additional_properties", {})
        return found

    def _is_explained(self) -> bool:
        """Whether the contract lists every member and every enum's value."""
        listed = all(name in self._members for name in self._unlisted()) or (
            # A map says what it holds; anything may be in an object that says nothing.
            type(self._additional.codec) is not Anything
        )
        return listed and all(map(_is_explained, self.parts().values()))

    def check(self, where: str) -> None:
        """Check every rule of the contract.

        Raises:
            InvalidInputError: A rule is broken; names the member, the rule and the value.
        """
        parts = self.parts()
        for name, value in parts.items():
            item = self._members.get(name)
            if item is not None:
                item.codec.check(value, f"{where}.{name}")
            elif self._additional.closed:
                raise InvalidInputError(f"{where}.{name}", "is not a member of this request", value)
            else:
                self._additional.codec.check(value, f"{where}.{name}")
        rules = self._additional
        if len(parts) < rules.min_members:
            raise InvalidInputError(where, f"must have at least {rules.min_members} members", self)
        if rules.max_members is not None and len(parts) > rules.max_members:
            raise InvalidInputError(where, f"must have at most {rules.max_members} members", self)


@dataclass_transform(
    kw_only_default=True, frozen_default=True, field_specifiers=(member, additional)
)
def model(cls: type[_ModelT]) -> type[_ModelT]:
    """Turn a class of `member` declarations into an immutable model."""
    result = attrs.frozen(cls, kw_only=True)
    found: list[_Member] = []
    # Only attrs knows that the class is now one of its own.
    for field in attrs.fields(cast("type[attrs.AttrsInstance]", result)):
        if "member" in field.metadata:
            codec, name = field.metadata["member"]
            found.append(_Member(field.name, name, codec, field.default is attrs.NOTHING))
        else:
            result._additional = field.metadata["additional"]  # pyright: ignore[reportPrivateUsage]
    result._members = {item.name: item for item in found}  # pyright: ignore[reportPrivateUsage]
    return result


@attrs.frozen(eq=False, repr=False)
class Object(Codec[_ModelT]):
    """A nested model; named by a function because models may refer to each other in a circle."""

    model: Callable[[], type[_ModelT]]

    def decode(self, value: object, where: str) -> _ModelT:
        """Return the model that the JSON object describes."""
        return self.model().from_dict(value, where)

    def check(self, value: object, where: str) -> None:
        """Check the type and every rule of the model."""
        if not isinstance(value, self.model()):
            raise InvalidInputError(where, _wrong_type(f"a {self.model().__name__}", value), value)
        value.check(where)


def encode(value: object) -> Json:
    """Return the JSON form of a model, a member or a parameter."""
    if type(value) is str:  # most of them
        return value
    match value:
        case Model():
            return value.to_dict()
        case None | bool():
            return value
        case OpenText():
            return str(value)
        case OpenNumber():
            return int(value)
        case str() | int() | float():
            return value
        case dt.date():
            return value.isoformat()
        case uuid.UUID():
            return str(value)
        case Mapping():
            members = cast("Mapping[str, object]", value)
            return {name: encode(inner) for name, inner in members.items()}
        case Sequence() if not isinstance(value, bytes):
            return [encode(item) for item in cast("Sequence[object]", value)]
        case _:
            raise TypeError(f"{type(value).__name__} has no JSON form")
