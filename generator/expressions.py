"""Properties of openapi-python-client in Python words: types, and how values travel."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set

from openapi_python_client.parser.properties.any import AnyProperty
from openapi_python_client.parser.properties.boolean import BooleanProperty
from openapi_python_client.parser.properties.const import ConstProperty
from openapi_python_client.parser.properties.date import DateProperty
from openapi_python_client.parser.properties.datetime import DateTimeProperty
from openapi_python_client.parser.properties.enum_property import EnumProperty
from openapi_python_client.parser.properties.file import FileProperty
from openapi_python_client.parser.properties.float import FloatProperty
from openapi_python_client.parser.properties.int import IntProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.model_property import ModelProperty
from openapi_python_client.parser.properties.none import NoneProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.parser.properties.string import StringProperty
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.parser.properties.uuid import UuidProperty

from .encrypted import is_encrypted
from .patterns import python_pattern
from .problems import GenerationError
from .spec import Document
from .text import literal, raw_literal
from .tree import Node

_SIMPLE: Mapping[type, tuple[str, str]] = {
    StringProperty: ("str", "text"),
    IntProperty: ("int", "whole_number"),
    FloatProperty: ("float", "number"),
    BooleanProperty: ("bool", "boolean"),
    DateTimeProperty: ("datetime.datetime", "time"),
    DateProperty: ("datetime.date", "date"),
    UuidProperty: ("UUID", "uuid_"),
    FileProperty: ("File", "file"),
    AnyProperty: ("Json", "anything"),
}
"""Type of a kind of value, and what reads and checks it in `reading` and in `checks`."""

_LENIENT = (DateTimeProperty, DateProperty, UuidProperty)


class Expressions:
    """Writes the expressions that stand for properties of one document.

    Args:
        document: The document.
        taken: Names that the generated modules have for something else.
    """

    def __init__(self, document: Document, taken: Set[str] = frozenset()) -> None:
        self._document = document
        self._taken = taken

    # --- types

    def annotation(self, item: PropertyProtocol) -> str:
        """Return the type of a value that is there."""
        inner, nullable = self.without_null(item)
        return optional(self._kind(inner)) if nullable else self._kind(inner)

    def _kind(self, item: PropertyProtocol) -> str:
        match item:
            case NoneProperty():
                return "None"
            case ConstProperty():
                const = self.raw(item)["const"]
                return "float" if isinstance(const, float) else f"Literal[{literal(const)}]"
            case EnumProperty() | ModelProperty():
                return self.local(str(item.class_info.name))
            case ListProperty():
                return f"Sequence[{self.annotation(item.inner_property)}]"
            case _:
                return self._simple(item)[0]

    def _simple(self, item: PropertyProtocol) -> tuple[str, str]:
        found = _SIMPLE.get(type(item))
        if found is None:
            raise GenerationError(f"{self.where(item)}: nothing stands for {type(item).__name__}")
        return found

    def local(self, name: str) -> str:
        """Return what a class is called where it is imported."""
        return f"{name}_" if name in self._taken else name

    def classes(self, item: PropertyProtocol) -> Iterator[ModelProperty | EnumProperty]:
        """Yield the classes that the type of a value names."""
        inner, _ = self.without_null(item)
        if isinstance(inner, ListProperty):
            yield from self.classes(inner.inner_property)
        elif isinstance(inner, ModelProperty | EnumProperty):
            yield inner

    def without_null(self, item: PropertyProtocol) -> tuple[PropertyProtocol, bool]:
        """Return the only kind beside null, and whether null is allowed as well."""
        if not isinstance(item, UnionProperty):
            return item, False
        kinds = [inner for inner in item.inner_properties if not isinstance(inner, NoneProperty)]
        return kinds[0], len(kinds) < len(item.inner_properties)

    # --- reading and writing

    def reader(self, item: PropertyProtocol) -> str:
        """Return what reads a value, as an expression."""
        inner, nullable = self.without_null(item)
        return f"reading.or_null({self._reader(inner)})" if nullable else self._reader(inner)

    def _reader(self, item: PropertyProtocol) -> str:
        match item:
            case NoneProperty():
                return "reading.null"
            case ConstProperty():
                return f"reading.exactly({literal(self.raw(item)['const'])})"
            case EnumProperty():
                return f"{self._kind(item)}.read"
            case ModelProperty():
                return f"{self._kind(item)}.from_dict"
            case ListProperty():
                return f"reading.list_of({self.reader(item.inner_property)})"
            case _:
                return f"reading.{self._simple(item)[1]}"

    def is_lenient(self, item: PropertyProtocol) -> bool:
        """Whether a value that can't be read is kept raw, and does not fail the response."""
        inner, _ = self.without_null(item)
        if isinstance(inner, ListProperty):
            return self.is_lenient(inner.inner_property)
        return isinstance(inner, _LENIENT)

    def written(self, item: PropertyProtocol, value: str, depth: int = 0) -> str:
        """Return the JSON form of a value, as an expression."""
        inner, nullable = self.without_null(item)
        text = self._written(inner, value, depth)
        return f"None if {value} is None else {text}" if nullable and text != value else text

    def _written(self, item: PropertyProtocol, value: str, depth: int) -> str:
        match item:
            case EnumProperty():
                return f"{'str' if item.value_type is str else 'int'}({value})"
            case UuidProperty():
                return f"str({value})"
            case DateProperty() | DateTimeProperty():
                return f"{value}.isoformat()"
            case ModelProperty():
                return f"{value}.to_dict()"
            case AnyProperty():
                return f"to_json({value})"
            case ListProperty():
                each = _numbered("each", depth)
                inner = self.written(item.inner_property, each, depth + 1)
                return f"list({value})" if inner == each else f"[{inner} for {each} in {value}]"
            case _:
                return value

    def holds_lists(self, item: PropertyProtocol) -> bool:
        """Whether a value may be a list or have one inside."""
        inner, _ = self.without_null(item)
        return isinstance(inner, ListProperty | AnyProperty)

    def holds_secrets(self, item: PropertyProtocol) -> bool:
        """Whether a value is an encrypted text or a list of such."""
        inner, _ = self.without_null(item)
        if isinstance(inner, ListProperty):
            return self.holds_secrets(inner.inner_property)
        return isinstance(inner, StringProperty) and is_encrypted(self.raw(inner))

    def holds_files(self, item: PropertyProtocol) -> bool:
        """Whether a value is a file or a list of files."""
        inner, _ = self.without_null(item)
        if isinstance(inner, ListProperty):
            return self.holds_files(inner.inner_property)
        return isinstance(inner, FileProperty)

    # --- checks

    def checks(
        self, item: PropertyProtocol, value: str, where: str, *, optional: bool = False
    ) -> list[str]:
        """Return the lines that check a value before it is sent.

        Args:
            item: The kind of value.
            value: The value, as an expression.
            where: The place that an error names, as an expression.
            optional: Whether None stands for its absence.
        """
        return self._checks(item, value, where, 0, optional=optional)

    def _checks(
        self, item: PropertyProtocol, value: str, where: str, depth: int, *, optional: bool = False
    ) -> list[str]:
        inner, nullable = self.without_null(item)
        if (nullable or optional) and not isinstance(inner, NoneProperty):
            lines = self._checks(inner, value, where, depth)
            return [f"if {value} is not None:", *(f"    {line}" for line in lines)]
        at = f"{value}, {where}"
        match inner:
            case NoneProperty():
                return [f"checks.exactly({at}, None)"]
            case ConstProperty():
                return [f"checks.exactly({at}, {literal(self.raw(inner)['const'])})"]
            case EnumProperty():
                return [self._enum_check(inner, at)]
            case ModelProperty():
                return [f"checks.model({at}, {self._kind(inner)})"]
            case ListProperty():
                each, place = _numbered("each", depth), _numbered("place", depth)
                limits = self._limits(inner, _LIST_LIMITS)
                lines = self._checks(inner.inner_property, each, place, depth + 1)
                head = f"for {each}, {place} in checks.items({at}{limits}):"
                return [head, *(f"    {line}" for line in lines)]
            case StringProperty() if is_encrypted(self.raw(inner)):
                # Pages do not say whether a length is the one of the plain or of the cipher text.
                limits = self._limits(inner, _SECRET_LIMITS)
                return [f"sensitive.text({at}{limits})"]
            case _:
                check = self._simple(inner)[1]
                return [f"checks.{check}({at}{self._limits(inner, _LIMITS.get(check, {}))})"]

    def _enum_check(self, item: EnumProperty, at: str) -> str:
        if self.raw(item).get("x-open-enum"):
            return f"checks.{'text' if item.value_type is str else 'whole_number'}({at})"
        return f"checks.listed({at}, {self._kind(item)})"

    def _limits(self, item: PropertyProtocol, names: Mapping[str, str]) -> str:
        """Return limits as further arguments."""
        raw = self.raw(item)
        return "".join(
            f", {names[key]}={_limit(key, raw[key], self.where(item))}"
            for key in names
            if raw.get(key) is not None and raw[key] is not False
        )

    def may_lead_elsewhere(self, item: PropertyProtocol) -> bool:
        """Whether a path parameter may be empty or a dot segment as far as its own rules go."""
        if isinstance(item, EnumProperty):
            raw = self.raw(item)
            return bool(raw.get("x-open-enum")) or not _ELSEWHERE.isdisjoint(raw["enum"])
        if isinstance(item, ConstProperty):
            return self.raw(item)["const"] in _ELSEWHERE
        if not isinstance(item, StringProperty):
            return False
        raw = self.raw(item)
        pattern = re.compile(python_pattern(raw.get("pattern", ""), self.where(item)), re.ASCII)
        return any(
            raw.get("minLength", 0) <= len(text) <= raw.get("maxLength", len(text))
            and pattern.search(text)
            for text in _ELSEWHERE
        )

    # --- the way back to the spec

    def raw(self, item: PropertyProtocol) -> Node:
        """Return the schema that a property was made of; see `upstream_input`."""
        pointer = self.where(item)
        return self._document.at(pointer) if pointer else {}

    def where(self, item: PropertyProtocol) -> str:
        """Return the pointer of the schema that a property was made of."""
        pointer = item.description.get_untrusted_value() if item.description else ""
        if not pointer and not isinstance(item, AnyProperty):
            raise GenerationError(f"{item.name.get_untrusted_value()}: the parser lost its place")
        return pointer


_ELSEWHERE = frozenset({"", ".", ".."})
"""Segments of a path that make a call go to another URL."""

_SECRET_LIMITS = {"minLength": "min_length", "pattern": "pattern"}
_LIST_LIMITS = {"minItems": "min_items", "maxItems": "max_items", "uniqueItems": "unique"}
_NUMBER_LIMITS = {
    "minimum": "minimum",
    "maximum": "maximum",
    "exclusiveMinimum": "above",
    "exclusiveMaximum": "below",
    "multipleOf": "multiple_of",
}
_LIMITS: Mapping[str, Mapping[str, str]] = {
    "text": {"minLength": "min_length", "maxLength": "max_length", "pattern": "pattern"},
    "whole_number": _NUMBER_LIMITS,
    "number": _NUMBER_LIMITS,
}
"""Limits of the spec, and what they are called as arguments of a check."""


def _limit(key: str, value: object, where: str) -> str:
    if key == "pattern":
        return raw_literal(python_pattern(str(value), where))
    return literal(int(value) if isinstance(value, float) and value.is_integer() else value)


def _numbered(name: str, depth: int) -> str:
    return f"{name}{depth + 1}" if depth else name


def joined(annotations: Iterable[str]) -> str:
    """Join types to a union, each once, None last."""
    found = list(dict.fromkeys(annotations))
    return " | ".join(sorted(found, key=lambda name: name == "None"))


def optional(annotation: str) -> str:
    """Return the type of a value that may be absent."""
    has_none = annotation == "None" or annotation.endswith(" | None")
    return annotation if has_none else f"{annotation} | None"
