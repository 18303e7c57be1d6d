"""Values that fit a schema, and the encrypted fields in them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import cast

from ._errors import Json
from ._spec import Document, Node

_TEXTS = {
    "date-time": "2018-06-08T10:34:56+08:00",
    "date": "2018-06-08",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "uri": "https://www.example.com/",
}
_DEPTH = 8
"""Objects within objects; a deeper optional field is left out."""


def make(document: Document, schema: object, place: str, depth: int = 0) -> Json:
    """Make a value that fits a schema, from its examples wherever it has some."""
    found = document.schema(schema, place)
    for keyword in ("example", "default", "const"):
        if keyword in found:
            return cast("Json", found[keyword])
    for keyword in ("examples", "enum"):
        if found.get(keyword):
            return cast("Json", found[keyword][0])
    for keyword in ("oneOf", "anyOf"):
        if found.get(keyword):
            return make(document, found[keyword][0], place, depth)
    kind = found.get("type", "object")
    if kind == "object":
        return _object(document, found, place, depth)
    if kind == "array":
        items = found.get("items", {})
        count = max(found.get("minItems", 0), int(depth < _DEPTH))
        return [make(document, items, f"{place}/items", depth + 1) for _ in range(count)]
    if kind == "string":
        return _text(document, found, place)
    if kind == "boolean":
        return False
    least = found.get("minimum", found.get("exclusiveMinimum", 0))
    return cast("Json", least if not isinstance(least, bool) else 0)


def _object(document: Document, schema: Node, place: str, depth: int) -> Json:
    required: list[str] = schema.get("required", [])
    return {
        name: make(document, inner, f"{place}/{name}", depth + 1)
        for name, inner in schema.get("properties", {}).items()
        if depth < _DEPTH or name in required
    }


def _text(document: Document, schema: Node, place: str) -> str:
    if "format" in schema and schema["format"] in _TEXTS:
        return _TEXTS[schema["format"]]
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    pattern = str(schema.get("pattern", ""))
    text: str
    for letter in ("1", "A", "a", "example "):
        text = (letter * (least // len(letter) + 1))[: max(least, len(letter.strip()))][:most]
        if re.search(pattern, text):
            return text
    raise document.error(place, f"no text could be made that fits {pattern}; add an example")


def walk(document: Document, schema: object, value: Json, change: Callable[[str], str]) -> Json:
    """Return a value with its encrypted texts changed, where the schema says `x-encrypted`."""
    found = document.schema(schema, "")
    if isinstance(value, dict):
        properties = found.get("properties", {})
        return {
            name: walk(document, properties[name], inner, change) if name in properties else inner
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [walk(document, found.get("items"), inner, change) for inner in value]
    # Both official SDKs leave an empty text as it is.
    sealed = found.get("x-encrypted") is True and isinstance(value, str) and value != ""
    return change(cast("str", value)) if sealed else value
