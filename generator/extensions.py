"""Our x- extensions and the spelling of keywords: what a spec says in vain is a problem."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from jsonschema import Draft202012Validator, ValidationError

from .problems import Problem
from .spec import CHILDREN, Document, Kind, Place, escaped, walk
from .tree import Node

SCHEMA = Path(__file__).parents[1] / "spec" / "extensions.schema.json"

_DEFINITIONS: Mapping[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))["$defs"]
_VALIDATORS = {
    kind: Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": _DEFINITIONS})
    for kind in _DEFINITIONS
}
_HOLDERS = {
    name: [kind for kind in _DEFINITIONS if name in _DEFINITIONS[kind]["properties"]]
    for kind in _DEFINITIONS
    for name in _DEFINITIONS[kind]["properties"]
    if name.startswith("x-")
}
"""Every extension, and the kinds of places where it belongs."""

_TEXTS = ("summary", "description", "externalDocs")
_VALUES = ("schema", "example", "examples", "content", "deprecated", "description", "required")
_KEYWORDS: Mapping[Kind, tuple[str, ...]] = {
    "document": ("openapi", "info", "servers", "security", "tags", *_TEXTS),
    "components": ("examples", "callbacks", "pathItems"),
    "path": ("$ref", "servers", *_TEXTS),
    "operation": (
        *("operationId", "tags", "callbacks", "deprecated", "security", "servers"),
        *_TEXTS,
    ),
    "parameter": ("name", "in", "style", "explode", "allowReserved", "allowEmptyValue", *_VALUES),
    "header": ("style", "explode", *_VALUES),
    "body": ("description", "required"),
    "response": ("description", "headers", "links"),
    "media": ("example", "examples", "encoding"),
    "schema": (
        *("type", "format", "title", "description", "default", "example", "examples", "enum"),
        *("const", "nullable", "deprecated", "readOnly", "writeOnly", "externalDocs", "xml"),
        *("discriminator", "required", "minLength", "maxLength", "pattern", "minimum", "maximum"),
        *("exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems", "maxItems"),
        *("uniqueItems", "minProperties", "maxProperties", "contentEncoding", "contentMediaType"),
        *("not", "if", "then", "else", "contains", "minContains", "maxContains", "prefixItems"),
        *("patternProperties", "propertyNames", "dependentSchemas", "dependentRequired"),
        *("unevaluatedItems", "unevaluatedProperties", "definitions", "contentSchema"),
    ),
}
"""What OpenAPI knows at each kind of place beside the nodes below it."""

_KNOWN = {kind: {*keywords, *CHILDREN[kind]} for kind, keywords in _KEYWORDS.items()}


def misspelt(document: Document) -> Iterator[Problem]:
    """Yield keywords that look like another one, and extensions that their schema refuses."""
    for place in walk(document.root):
        for key in place.node:
            hint = _extension_hint(place, key) if key.startswith("x-") else _hint(place, key)
            if hint:
                yield Problem(f"#{place.pointer}/{escaped(key)}", hint)
        if place.kind in _VALIDATORS and any(key.startswith("x-") for key in place.node):
            own = {key: value for key, value in place.node.items() if key.startswith("x-")}
            validator: Any = _VALIDATORS[place.kind]  # whose stubs leave a type open
            for error in validator.iter_errors(own):
                path = "".join(f"/{escaped(str(step))}" for step in error.absolute_path)
                yield Problem(f"#{place.pointer}{path}", _told(error))


def _hint(place: Place, key: str) -> str | None:
    known = _KNOWN.get(place.kind)
    if known is None or key in known or key.startswith("$"):
        return None
    close = difflib.get_close_matches(key, known, 1, cutoff=0.8)
    return f"no keyword of OpenAPI; did you mean {close[0]}?" if close else None


def _extension_hint(place: Place, key: str) -> str | None:
    holders = _HOLDERS.get(key)
    if holders is None:
        close = difflib.get_close_matches(key, _HOLDERS, 1, cutoff=0.8)
        return f"no extension of ours; did you mean {close[0]}?" if close else None
    if place.kind in holders:
        return None
    return f"has no effect here; it belongs to a {' or a '.join(holders)}"


def _told(error: ValidationError) -> str:
    """Say what an extension should be, in words."""
    match error.validator:
        case "required":
            required = cast("list[str]", error.validator_value)
            missing = [name for name in required if name not in cast("Node", error.instance)]
            return f"lacks {', '.join(missing)}; add it"
        case "type":
            return f"must be of type {error.validator_value}, not {error.instance!r:.60}"
        case "additionalProperties":
            known = cast("Mapping[str, Any]", error.schema)["properties"]
            extra = sorted(cast("Node", error.instance).keys() - set(known))
            return f"knows no {', '.join(extra)}; it has {', '.join(known)}"
        case "pattern":
            return f"{error.instance!r:.60} must match {error.validator_value}"
        case _:
            return error.message
