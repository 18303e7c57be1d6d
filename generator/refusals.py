"""What a contract may not contain, because the client would silently know less than it says.

openapi-python-client skips what it does not understand. Here each such construct is an error that
names its place, so a client is either complete or not made at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from .document import (
    Document,
    GenerationError,
    Kind,
    Node,
    Place,
    listing,
    mapping,
    result_statuses,
    walk,
)

_NOTES = {
    *("title", "summary", "description", "default", "example", "examples", "externalDocs"),
    *("deprecated", "readOnly", "writeOnly", "xml"),
}
_NOT_UNDERSTOOD = {
    *("not", "if", "then", "else", "dependentSchemas", "dependentRequired", "dependencies"),
    *("patternProperties", "propertyNames", "unevaluatedProperties", "unevaluatedItems"),
    *("contains", "minContains", "maxContains", "prefixItems", "$dynamicRef", "$recursiveRef"),
    *("$defs", "definitions"),
}
_BESIDE_A_UNION = {
    *("properties", "required", "additionalProperties", "allOf", "items", "enum", "const"),
    *("minLength", "maxLength", "pattern", "minimum", "maximum", "multipleOf", "format"),
    *("exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems", "uniqueItems"),
}
_FORMS = {"multipart/form-data", "application/x-www-form-urlencoded"}
_STYLES = {
    "query": {"form", "deepObject"},
    "path": {"simple"},
    "header": {"simple"},
    "cookie": {"form"},
}


def notes(node: Node) -> Node:
    """Return what a schema says without deciding which values are valid."""
    return {key: node[key] for key in node if key in _NOTES or key.startswith("x-")}


def shape(document: Document, schema: Node) -> set[str]:
    """Return the types of JSON value that a schema describes."""
    schema = document.resolve(schema)
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return set[str]().union(*(shape(document, option) for option in schema[union]))
    if "allOf" in schema and "type" not in schema:
        return set[str]().union(*(shape(document, part) for part in schema["allOf"]))
    kinds: object = schema.get("type", "object" if "properties" in schema else "any")
    return set(map(str, kinds)) if isinstance(kinds, list) else {str(kinds)}  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def refuse(document: Document) -> None:
    """Raise GenerationError for the first construct that the client could not honour."""
    for place in walk(document.root):
        check = _CHECKS.get(place.kind)
        if check is not None and "$ref" not in place.node:
            check(document, place)
        elif place.kind == "schema":
            _reference(place)
    seen: dict[str, str] = {}
    for path, method, operation in document.operations():
        where = f"{method.upper()} {path}"
        _operation(document, path, method, operation)
        name = operation.get("operationId")
        if name is not None and seen.setdefault(name, where) != where:
            raise GenerationError(f"{where} and {seen[name]} have the same operationId {name}")


def _reference(place: Place) -> None:
    beside = set(place.node) - {"$ref"} - set(notes(place.node))
    if beside:
        raise _refused(place, f"{_listed(beside)} beside $ref")


def _schema(_: Document, place: Place) -> None:
    node = place.node
    if found := _NOT_UNDERSTOOD & set(node):
        raise _refused(place, _listed(found))
    unions = [key for key in ("anyOf", "oneOf") if key in node]
    if unions:
        beside = (_BESIDE_A_UNION | {"anyOf", "oneOf"}) & (set(node) - {unions[0]})
        if beside:
            raise _refused(place, f"{unions[0]} beside {_listed(beside)}")
    for key in ("allOf", "anyOf", "oneOf"):
        if key in node and not node[key]:
            raise _refused(place, f"an empty {key}")
    for key in ("x-enum-varnames", "x-enum-descriptions"):
        if key in node and len(node[key]) != len(node.get("enum", [])):
            raise GenerationError(f"#{place.pointer}: {key} must have as many entries as enum")


def _parameter(document: Document, place: Place) -> None:
    node = place.node
    for key in ("name", "in"):
        if not isinstance(node.get(key), str):
            raise GenerationError(f"#{place.pointer}: a parameter needs {key}")
    name, location = node["name"], node["in"]
    if location not in _STYLES:
        raise _refused(place, f"a parameter in {location}")
    if "schema" not in node:
        raise _refused(place, f"parameter {name} with content instead of a schema")
    if "style" in node and node["style"] not in _STYLES[location]:
        raise _refused(place, f"parameter {name} in style {node['style']}")
    if node.get("allowReserved"):
        raise _refused(place, f"parameter {name} with allowReserved")
    if node.get("style") == "deepObject" and shape(document, node["schema"]) - {"null"} != {
        "object"
    }:
        raise _refused(place, f"parameter {name} in style deepObject that is no object")
    _parameter_shape(document, place, name, location)


def _parameter_shape(document: Document, place: Place, name: str, location: str) -> None:
    allowed = {
        "query": {"array", "object"},
        "path": {"array"},
        "header": set[str](),
        "cookie": set[str](),
    }[location]
    composed = shape(document, place.node["schema"]) & {"array", "object"}
    if composed - allowed:
        raise _refused(place, f"parameter {name}, an {_listed(composed - allowed)} in {location}")
    for schema in document.schemas_below(place.node["schema"]):
        inner = list(mapping(schema, "properties").values())
        inner += [schema[key] for key in ("items", "additionalProperties") if key in schema]
        for value in inner:
            if value not in (True, False) and shape(document, value) & {"array", "object"}:
                raise _refused(place, f"parameter {name}, a list or object inside another")


def _body(document: Document, place: Place) -> None:
    for content_type, media in place.node.get("content", {}).items():
        plain = content_type.partition(";")[0].strip().lower()
        where = f"#{place.pointer}: {content_type}"
        if "encoding" in media:
            raise GenerationError(f"{where}: encoding is not understood")
        if plain in _FORMS:
            schema: Node = media.get("schema", {})
            if shape(document, schema) != {"object"}:
                raise GenerationError(f"{where}: a form must be an object")
    if not place.node.get("content"):
        raise GenerationError(f"#{place.pointer}: a request body needs content")


def _path(_: Document, place: Place) -> None:
    for key in ("$ref", "servers"):
        if key in place.node:
            raise _refused(place, f"{key} of a path")


def _servers_of_operation(_: Document, place: Place) -> None:
    if "servers" in place.node:
        raise _refused(place, "servers of an operation")


_CHECKS: Mapping[Kind, Callable[[Document, Place], None]] = {
    "schema": _schema,
    "parameter": _parameter,
    "body": _body,
    "path": _path,
    "operation": _servers_of_operation,
}


def _operation(document: Document, path: str, method: str, operation: Node) -> None:
    where = f"{method.upper()} {path}"
    for holder in (operation, document.root["paths"][path]):
        keys = [
            (parameter["in"], parameter["name"])
            for parameter in map(document.resolve, listing(holder, "parameters"))
        ]
        for location, name in keys:
            if keys.count((location, name)) > 1:
                raise GenerationError(f"{where}: parameter {name} in {location} occurs twice")
    declared = {name for location, name in document.parameters(path, method) if location == "path"}
    in_path = re.findall(r"{([^}]*)}", path)
    for name in in_path:
        if name not in declared:
            raise GenerationError(f"{where}: {name} is not declared")
        if in_path.count(name) > 1:
            raise GenerationError(f"{where}: {name} occurs twice in the path")
    if unused := declared - set(in_path):
        raise GenerationError(f"{where}: the path has no place for {_listed(unused)}")
    if not result_statuses(document.responses(operation)):
        raise GenerationError(f"{where}: no response stands for success")


def _refused(place: Place, what: str) -> GenerationError:
    return GenerationError(f"#{place.pointer}: {what} is not understood")


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))
