"""Properties of openapi-python-client in Python words: annotations and codecs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

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

from .patterns import python_pattern
from .problems import GenerationError
from .spec import Document
from .text import literal, raw_literal
from .tree import Node

_SIMPLE: Mapping[type, tuple[str, str]] = {
    BooleanProperty: ("bool", "_t.Boolean()"),
    NoneProperty: ("None", "_t.Null()"),
    DateTimeProperty: ("_dt.datetime", "_t.DateTime"),
    DateProperty: ("_dt.date", "_t.Date"),
    UuidProperty: ("_uuid.UUID", "_t.Uuid"),
    FileProperty: ("_t.File", "_t.Binary()"),
    AnyProperty: ("_t.Json", "_t.Anything()"),
}
"""Annotation and codec of kinds that have no rules of their own."""


class Expressions:
    """Writes the expressions that stand for properties of one document."""

    def __init__(self, document: Document) -> None:
        self._document = document

    # --- annotations

    def annotation(self, item: PropertyProtocol) -> str:
        """Return the type of a value that is there."""
        return joined(self.kinds(item))

    def kinds(self, item: PropertyProtocol) -> list[str]:
        """Return the types of a value, more than one for a union."""
        if isinstance(item, UnionProperty):
            return [kind for inner in item.inner_properties for kind in self.kinds(inner)]
        return [self._kind(item)]

    def _kind(self, item: PropertyProtocol) -> str:
        match item:
            case StringProperty():
                return "str"
            case IntProperty():
                return "int"
            case FloatProperty():
                return "float"
            case ConstProperty():
                const = self.raw(item)["const"]
                return "float" if isinstance(const, float) else f"Literal[{literal(const)}]"
            case EnumProperty() | ModelProperty():
                return f"_m.{item.class_info.name}"
            case ListProperty():
                return f"Sequence[{self.annotation(item.inner_property)}]"
            case _:
                return self._simple(item)[0]

    def _simple(self, item: PropertyProtocol) -> tuple[str, str]:
        found = _SIMPLE.get(type(item))
        if found is None:
            raise GenerationError(f"{self._where(item)}: nothing stands for {type(item).__name__}")
        return found

    # --- codecs

    def codec(self, item: PropertyProtocol, *, without_null: bool = False) -> str:
        """Return the expression that makes the codec of a value.

        Args:
            item: The value.
            without_null: Leave null out of a union: where it can't be said, as in a URL.
        """
        match item:
            case StringProperty() | IntProperty() | FloatProperty():
                return self._scalar(self.raw(item), _RULES[type(item)], self._where(item))
            case ConstProperty():
                return f"_t.Const[{self._kind(item)}]({literal(self.raw(item)['const'])})"
            case EnumProperty():
                kind = "TextOf" if item.value_type is str else "NumberOf"
                is_open = ", is_open=True" if self.raw(item).get("x-open-enum") else ""
                return f"_t.{kind}(lambda: _m.{item.class_info.name}{is_open})"
            case ModelProperty():
                return f"_t.Object(lambda: _m.{item.class_info.name})"
            case ListProperty():
                items = self.codec(item.inner_property)
                limits = _limits(self.raw(item), _LIST_LIMITS, self._where(item))
                return f"_t.Array({', '.join(filter(None, [items, limits]))})"
            case UnionProperty():
                return self._union(item, without_null=without_null)
            case _:
                return self._simple(item)[1]

    def _scalar(self, raw: Node, rules: tuple[str, Mapping[str, str]], where: str) -> str:
        name, limits = rules
        return f"_t.{name}({_limits(raw, limits, where)})"

    def _union(self, item: UnionProperty, *, without_null: bool) -> str:
        options = list(self._options(item))
        if without_null:
            options = [(pointer, codec) for pointer, codec in options if codec != "_t.Null()"]
        codecs = list(dict.fromkeys(codec for _, codec in options))
        if len(codecs) == 1:
            return codecs[0]
        return f"({' | '.join(codecs)}){self._tag(item, options, codecs)}"

    def _options(self, item: UnionProperty) -> Iterator[tuple[str, str]]:
        """Yield pointer and codec of each option.

        The parser keeps one of several options of the same Python type, whatever their rules, so
        the others come from the contract.
        """
        kept = {self._pointer(inner): inner for inner in item.inner_properties}
        declared = dict(self._declared(self._pointer(item)))
        if not set(declared) <= set(kept):
            for pointer, node in declared.items():
                if pointer in kept:
                    yield pointer, self.codec(kept[pointer])
                else:
                    yield pointer, self._dropped(pointer, node, kept)
            return
        for inner in item.inner_properties:
            yield self._pointer(inner), self.codec(inner)

    def _declared(self, pointer: str) -> Iterator[tuple[str, Node]]:
        """Yield the options of a union, those of unions inside it instead of them."""
        pointer, node = self._document.original(pointer)
        if unions := [key for key in ("anyOf", "oneOf") if key in node]:
            for index in range(len(node[unions[0]])):
                yield from self._declared(f"#{pointer}/{unions[0]}/{index}")
        else:
            yield f"#{pointer}", node

    def _dropped(self, pointer: str, node: Node, kept: Mapping[str, PropertyProtocol]) -> str:
        for other, item in kept.items():
            if self._document.at(other) == node:
                return self.codec(item)
        kind: object = node.get("type")
        if isinstance(kind, str) and kind in _SCALARS and not {"enum", "const"} & set(node):
            return self._scalar(node, _SCALARS[kind], pointer)
        raise GenerationError(f"{pointer}: the union has another option of the same type")

    def _tag(self, item: UnionProperty, options: list[tuple[str, str]], codecs: list[str]) -> str:
        """Return the call that lets the contract's discriminator choose, if there is one."""
        discriminator: Node | None = self.raw(item).get("discriminator")
        if not discriminator:
            return ""
        named = {pointer: [pointer.rpartition("/")[2]] for pointer, _ in options}
        chosen: dict[str, list[str]] = {}
        for value, target in discriminator.get("mapping", {}).items():
            reference = target if target.startswith("#") else f"#/components/schemas/{target}"
            pointer = f"#{self._document.original(reference)[0]}"
            if pointer not in named:
                raise GenerationError(
                    f"{self._where(item)}: the discriminator names {target}, which is no option"
                )
            chosen.setdefault(pointer, []).append(value)
        values = {**named, **chosen}
        positions = ", ".join(
            f"{literal(value)}: {codecs.index(codec)}"
            for pointer, codec in options
            for value in values[pointer]
        )
        return f".by({literal(discriminator['propertyName'])}, {{{positions}}})"

    # --- the way back to the contract

    def raw(self, item: PropertyProtocol) -> Node:
        """Return the schema that a property was made of; see the module `parser_copy`."""
        pointer = self._pointer(item)
        return self._document.at(pointer) if pointer else {}

    def _pointer(self, item: PropertyProtocol) -> str:
        pointer = item.description.get_untrusted_value() if item.description else ""
        if not pointer and not isinstance(item, AnyProperty):
            raise GenerationError(f"{item.name.get_untrusted_value()}: the parser lost its place")
        return pointer

    def _where(self, item: PropertyProtocol) -> str:
        return self._pointer(item)


_TEXT_LIMITS = {"minLength": "min_length", "maxLength": "max_length", "pattern": "pattern"}
_LIST_LIMITS = {"minItems": "min_items", "maxItems": "max_items", "uniqueItems": "unique"}
_NUMBER_LIMITS = {
    "minimum": "minimum",
    "maximum": "maximum",
    "exclusiveMinimum": "above",
    "exclusiveMaximum": "below",
    "multipleOf": "multiple_of",
}
_RULES: Mapping[type, tuple[str, Mapping[str, str]]] = {
    StringProperty: ("String", _TEXT_LIMITS),
    IntProperty: ("Integer", _NUMBER_LIMITS),
    FloatProperty: ("Number", _NUMBER_LIMITS),
}
_SCALARS = {
    "string": _RULES[StringProperty],
    "integer": _RULES[IntProperty],
    "number": _RULES[FloatProperty],
}


def _limits(raw: Node, names: Mapping[str, str], where: str) -> str:
    """Return limits as keyword arguments."""
    return ", ".join(
        f"{names[key]}={_limit(key, raw[key], where)}"
        for key in names
        if raw.get(key) is not None and raw[key] is not False
    )


def _limit(key: str, value: object, where: str) -> str:
    if key == "pattern":
        return raw_literal(python_pattern(str(value), where))
    whole = isinstance(value, float) and value.is_integer()
    if isinstance(value, str) or not isinstance(value, bool | int | float):
        raise GenerationError(f"{where}: {key} must be a number, not {value!r}")
    return literal(int(value) if whole else value)


def joined(annotations: Iterable[str]) -> str:
    """Join types to a union, each once, None last."""
    found = list(dict.fromkeys(annotations))
    return " | ".join(sorted(found, key=lambda name: name == "None"))


def optional(annotation: str) -> str:
    """Return the type of a value that may be absent."""
    has_none = annotation == "None" or annotation.endswith(" | None")
    return annotation if has_none else f"{annotation} | None"
