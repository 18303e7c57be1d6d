"""Properties of openapi-python-client in Python words: annotations and codecs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

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

from .document import Document, GenerationError, Node
from .text import literal, raw_literal


class Expressions:
    """Writes the expressions that stand for properties of one document."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def annotation(self, item: PropertyProtocol) -> str:
        """Return the type of a value that is there."""
        match item:
            case StringProperty():
                return "str"
            case IntProperty():
                return "int"
            case FloatProperty():
                return "float"
            case BooleanProperty():
                return "bool"
            case NoneProperty():
                return "None"
            case DateTimeProperty():
                return "_dt.datetime"
            case DateProperty():
                return "_dt.date"
            case UuidProperty():
                return "_uuid.UUID"
            case FileProperty():
                return "_t.File"
            case ConstProperty():
                return f"Literal[{literal(self.raw(item)['const'])}]"
            case EnumProperty() | ModelProperty():
                return f"_m.{item.class_info.name}"
            case ListProperty():
                return f"Sequence[{self.annotation(item.inner_property)}]"
            case UnionProperty():
                return joined(self.annotation(inner) for inner in item.inner_properties)
            case AnyProperty():
                return "_t.Json"
            case _:
                raise GenerationError(f"{item.name}: no template for {type(item).__name__}")

    def codec(self, item: PropertyProtocol) -> str:
        """Return the expression that makes the codec of a value."""
        match item:
            case StringProperty():
                return f"_t.String({_limits(self.raw(item), _TEXT_LIMITS)})"
            case IntProperty():
                return f"_t.Integer({_limits(self.raw(item), _NUMBER_LIMITS)})"
            case FloatProperty():
                return f"_t.Number({_limits(self.raw(item), _NUMBER_LIMITS)})"
            case BooleanProperty():
                return "_t.Boolean()"
            case NoneProperty():
                return "_t.Null()"
            case DateTimeProperty():
                return "_t.DateTime"
            case DateProperty():
                return "_t.Date"
            case UuidProperty():
                return "_t.Uuid"
            case FileProperty():
                return "_t.Binary()"
            case ConstProperty():
                return f"_t.Const({literal(self.raw(item)['const'])})"
            case EnumProperty():
                kind = "TextOf" if item.value_type is str else "NumberOf"
                is_open = ", is_open=True" if self.raw(item).get("x-open-enum") else ""
                return f"_t.{kind}(lambda: _m.{item.class_info.name}{is_open})"
            case ModelProperty():
                return f"_t.Object(lambda: _m.{item.class_info.name})"
            case ListProperty():
                items = self.codec(item.inner_property)
                limits = _limits(self.raw(item), _LIST_LIMITS)
                return f"_t.Array({', '.join(filter(None, [items, limits]))})"
            case UnionProperty():
                options = ", ".join(self.codec(inner) for inner in item.inner_properties)
                return f'_t.Union["{self.annotation(item)}"](({options},))'
            case AnyProperty():
                return "_t.Anything()"
            case _:
                raise GenerationError(f"{item.name}: no template for {type(item).__name__}")

    def raw(self, item: PropertyProtocol) -> Node:
        """Return the schema that a property was made of; see the module `document`."""
        pointer = item.description.get_untrusted_value() if item.description else ""
        return self._document.at(pointer) if pointer.startswith("#/") else {}


_TEXT_LIMITS = {"minLength": "min_length", "maxLength": "max_length", "pattern": "pattern"}
_LIST_LIMITS = {"minItems": "min_items", "maxItems": "max_items", "uniqueItems": "unique"}
_NUMBER_LIMITS = {
    "minimum": "minimum",
    "maximum": "maximum",
    "exclusiveMinimum": "above",
    "exclusiveMaximum": "below",
    "multipleOf": "multiple_of",
}


def _limits(raw: Node, names: Mapping[str, str]) -> str:
    """Return limits as keyword arguments."""
    limits = {key: raw[key] for key in names if raw.get(key) not in (None, False)}
    for exclusive, inclusive in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if limits.get(exclusive) is True:  # OpenAPI 3.0: a flag beside the limit
            limits[exclusive] = limits.pop(inclusive)
    return ", ".join(
        f"{names[key]}={_pattern(value) if key == 'pattern' else literal(value)}"
        for key, value in limits.items()
    )


def _pattern(pattern: str) -> str:
    r"""Return a pattern for Python, where a final $ would let a newline pass."""
    if pattern.endswith("$") and not pattern.endswith(r"\$"):
        pattern = rf"{pattern[:-1]}\Z"
    try:
        re.compile(pattern)
    except re.error as error:
        raise GenerationError(f"the pattern {pattern} does not compile: {error}") from None
    return raw_literal(pattern)


def joined(annotations: Iterable[str]) -> str:
    """Join types to a union, each once, None last."""
    found = list(dict.fromkeys(annotations))
    return " | ".join(sorted(found, key=lambda name: name == "None"))


def optional(annotation: str) -> str:
    """Return the type of a value that may be absent."""
    return annotation if annotation.endswith("None") else f"{annotation} | None"
