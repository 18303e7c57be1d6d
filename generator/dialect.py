"""Our dialect of OpenAPI: what a client can honour, and what to do about the rest.

openapi-python-client skips what it does not understand. Here each such construct is a problem with
a place, so a client is either complete or not made at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from .patterns import python_pattern
from .problems import GenerationError, Problem
from .spec import (
    FORMS,
    OCTETS,
    Document,
    Kind,
    Place,
    is_body_type,
    is_json,
    listing,
    mapping,
    notes,
    plain_type,
    walk,
)
from .tree import Node

_ANY_JSON = "leave the type out and read any JSON, or leave the rule out"
_OUTSIDE: Mapping[str, str] = {
    **dict.fromkeys(("not", "if", "then", "else"), _ANY_JSON),
    **dict.fromkeys(("dependentSchemas", "dependentRequired", "dependencies"), _ANY_JSON),
    **dict.fromkeys(("contains", "minContains", "maxContains"), _ANY_JSON),
    **dict.fromkeys(("unevaluatedProperties", "unevaluatedItems"), "use additionalProperties"),
    **dict.fromkeys(("patternProperties", "propertyNames"), "use additionalProperties"),
    "prefixItems": "describe an object, or a list of any JSON",
    "discriminator": "give each kind of value an operation or a field of its own",
    **dict.fromkeys(("$defs", "definitions"), "put the schemas into components/schemas"),
    **dict.fromkeys(("$dynamicRef", "$recursiveRef"), "use $ref"),
}
_RULES = {
    *("properties", "required", "additionalProperties", "allOf", "items", "enum", "const"),
    *("minLength", "maxLength", "pattern", "minimum", "maximum", "multipleOf", "format"),
    *("exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems", "uniqueItems"),
}
_STYLES = {"query": "form", "path": "simple", "header": "simple"}
_COMPONENTS = {"schema": "schemas", "parameter": "parameters", "body": "requestBodies"}


def broken(document: Document) -> Iterator[Problem]:
    """Yield references that lead nowhere, and schemas that consist of themselves."""
    for place in walk(document.root):
        found: Iterator[str] = iter(())
        if "$ref" in place.node and place.kind != "path":
            found = _reference(document, place)
        elif place.kind == "schema":
            found = _circle(document, place)
        for message in found:
            yield Problem(f"#{place.pointer}", message)


def outside(document: Document) -> Iterator[Problem]:
    """Yield a problem for each construct that the client could not honour."""
    for place in walk(document.root):
        check = _CHECKS.get(place.kind)
        if check is not None and ("$ref" not in place.node or place.kind == "path"):
            for message in check(document, place):
                yield Problem(f"#{place.pointer}", message)


def shape(document: Document, schema: Node) -> set[str]:
    """Return the types of JSON value that a schema describes."""
    schema = document.resolve(schema)
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema and not (key == "allOf" and "type" in schema):
            return set[str]().union(*(shape(document, one) for one in listing(schema, key)))
    default = "object" if {"properties", "additionalProperties"} & set(schema) else "any"
    kinds: object = schema.get("type", default)
    return set(map(str, kinds)) if isinstance(kinds, list) else {str(kinds)}  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def _reference(document: Document, place: Place) -> Iterator[str]:
    reference = str(place.node["$ref"])
    folder = f"#/components/{_COMPONENTS.get(place.kind, 'responses')}/"
    if not reference.startswith(folder) or "/" in reference.removeprefix(folder):
        yield f"a reference to {reference}; refer to something in {folder}"
        return
    try:
        document.at(reference)
    except GenerationError as error:
        yield f"{error}; refer to something in {folder}"
    beside = set(place.node) - {"$ref"} - set(notes(place.node))
    if place.kind == "schema" and beside:
        yield f"{_listed(beside)} beside $ref; put them beside an allOf with the reference"


def _circle(document: Document, place: Place) -> Iterator[str]:
    if {"allOf", "anyOf", "oneOf"} & set(place.node):
        try:
            document.merged(place.node)
        except GenerationError as error:
            yield str(error)


def _schema(document: Document, place: Place) -> Iterator[str]:
    node = place.node
    for keyword in sorted(_OUTSIDE.keys() & set(node)):
        yield f"{keyword} is outside of our dialect; {_OUTSIDE[keyword]}"
    for key in ("allOf", "anyOf", "oneOf"):
        if node.get(key) == []:
            yield f"an empty {key}; leave it out"
    yield from _union(document, place)
    for key in ("x-enum-varnames", "x-enum-descriptions"):
        if key in node and len(node[key]) != len(node.get("enum", [])):
            yield f"{key} must have as many entries as enum"
    if "pattern" in node:
        try:
            python_pattern(str(node["pattern"]), "")
        except GenerationError as error:
            yield f"{error.problems[0].message.removeprefix(': ')}; write it for Python's re"
    for key in sorted((_NUMBERS | _COUNTS) & set(node)):
        value: object = node[key]
        is_flag = isinstance(value, bool)
        if key in _COUNTS and (is_flag or not isinstance(value, int) or value < 0):
            yield f"{key} must be a whole number, not {value!r:.60}"
        elif key in _NUMBERS and (
            not isinstance(value, int | float) or (is_flag and "exclusive" not in key)
        ):
            yield f"{key} must be a number, not {value!r:.60}"


_NUMBERS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
_COUNTS = {
    *("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
}


def _union(document: Document, place: Place) -> Iterator[str]:
    """Yield what is wrong with a union: only null may stand beside one schema."""
    node = place.node
    keys = [key for key in ("anyOf", "oneOf") if key in node]
    if keys and (beside := (_RULES | {"anyOf", "oneOf"}) & (set(node) - {keys[0]})):
        yield f"{keys[0]} beside {_listed(beside)}; put the rules into its options"
    for key in keys:
        options = [one for one in listing(node, key) if one.get("type") != "null"]
        if len(options) > 1:
            yield f"{key} with {len(options)} kinds of values; choose one, or {_ANY_JSON}"
    types: object = node.get("type")
    if isinstance(types, list):
        kinds = [str(kind) for kind in types if kind != "null"]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        if len(set(kinds)) > 1:
            yield f"type of {_listed(set(kinds))}; choose one, or {_ANY_JSON}"
    for part in listing(node, "allOf"):
        if {"anyOf", "oneOf"} & set(document.resolve(part)):
            yield f"allOf of a union; {_ANY_JSON}"


def _parameter(document: Document, place: Place) -> Iterator[str]:
    node = place.node
    name, location = node["name"], node["in"]
    if location == "cookie":
        yield f"parameter {name} in a cookie; send it through the auth object"
        return
    if "schema" not in node:
        yield f"parameter {name} with content instead of a schema; give it a schema"
        return
    if node.get("style", _STYLES[location]) != _STYLES[location]:
        yield f"parameter {name} in style {node['style']}; the dialect has {_STYLES[location]}"
    if node.get("allowReserved"):
        yield f"parameter {name} with allowReserved; leave it out"
    kinds = shape(document, node["schema"]) & {"array", "object"}
    if wrong := kinds - ({"array"} if location == "query" else set[str]()):
        yield f"parameter {name}, an {_listed(wrong)} in {location}; give each value its parameter"
    elif kinds:
        for schema in document.schemas_below(node["schema"]):
            if shape(document, mapping(schema, "items")) & {"array", "object"}:
                yield f"parameter {name}, a list or object inside another; send it in a body"


def _body(document: Document, place: Place) -> Iterator[str]:
    content = mapping(place.node, "content")
    if not content:
        yield "a request body needs content; add it, or leave the body out"
    if len(content) > 1:
        yield f"the content types {_listed(set(content))}; keep one, or offer JSON"
    for content_type, media in content.items():
        kinds = shape(document, mapping(media, "schema"))
        if not is_body_type(content_type):
            yield f"the content type {content_type}; offer JSON, a form, text or {OCTETS}"
        if "encoding" in media:
            yield f"{content_type}: encoding is outside of our dialect; leave it out"
        if plain_type(content_type) in FORMS and kinds != {"object"}:
            yield f"{content_type}: a form must be an object"
        if plain_type(content_type) == OCTETS and kinds - {"string", "any"}:
            yield f"{content_type}: bytes can't be an {_listed(kinds)}; use a string"
        yield from _file_in_json(document, content_type, media)


def _response(document: Document, place: Place) -> Iterator[str]:
    for content_type, media in mapping(place.node, "content").items():
        if is_json(content_type):
            yield from _file_in_json(document, content_type, media)
            continue
        kinds = shape(document, mapping(media, "schema"))
        if "*" in content_type or kinds - {"string", "any", "null"}:
            yield f"the content type {content_type}; offer JSON, or a string for text and bytes"


def _file_in_json(document: Document, content_type: str, media: Node) -> Iterator[str]:
    if is_json(content_type):
        for schema in document.schemas_below(mapping(media, "schema")):
            if schema.get("format") == "binary" or schema.get("contentMediaType") == OCTETS:
                yield f"{content_type}: a file can't be part of JSON; send a form, or format byte"


def _path(document: Document, place: Place) -> Iterator[str]:
    if "$ref" in place.node:
        yield "$ref of a path; put the path here"
    yield from _servers(document, place)
    path = place.pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
    for name in re.findall(r"{([^}]*)}", path):
        if not re.fullmatch("[a-zA-Z_-][a-zA-Z0-9_-]*", name):
            yield f"the parameter {name} of the path; write it in ASCII letters, digits, - and _"


def _servers(document: Document, place: Place) -> Iterator[str]:
    servers: object = place.node.get("servers")
    if servers is not None and servers != document.root.get("servers"):
        yield f"servers of its own for this {place.kind}; give these hosts a spec of their own"


_CHECKS: Mapping[Kind, Callable[[Document, Place], Iterator[str]]] = {
    "schema": _schema,
    "parameter": _parameter,
    "body": _body,
    "response": _response,
    "path": _path,
    "operation": _servers,
}


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))
