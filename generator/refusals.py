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
_OCTETS = "application/octet-stream"
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


def plain_type(content_type: str) -> str:
    """Return a content type without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def is_json(content_type: str) -> bool:
    """Whether a content type is JSON."""
    plain = plain_type(content_type)
    return plain == "application/json" or plain.endswith("+json")


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
        if check is not None and ("$ref" not in place.node or place.kind == "path"):
            check(document, place)
        elif check is not None:
            _reference(document, place)
    seen: dict[str, str] = {}
    for path, method, operation in document.operations():
        where = f"{method.upper()} {path}"
        _operation(document, path, method, operation)
        name = operation.get("operationId")
        if name is not None and seen.setdefault(name, where) != where:
            raise GenerationError(f"{where} and {seen[name]} have the same operationId {name}")


_COMPONENTS = {"schema": "schemas", "parameter": "parameters", "body": "requestBodies"}


def _reference(document: Document, place: Place) -> None:
    reference: str = place.node["$ref"]
    folder = f"#/components/{_COMPONENTS.get(place.kind, 'responses')}/"
    if not reference.startswith(folder) or "/" in reference.removeprefix(folder):
        raise _refused(place, f"a reference to {reference}, which is not in {folder}")
    try:
        document.at(reference)
    except GenerationError as error:
        raise GenerationError(f"#{place.pointer}: {error}") from None
    if place.kind != "schema":
        return
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
        if node.get(key) == []:
            raise _refused(place, f"an empty {key}")
    for key in ("x-enum-varnames", "x-enum-descriptions"):
        if key in node and len(node[key]) != len(node.get("enum", [])):
            raise GenerationError(f"#{place.pointer}: {key} must have as many entries as enum")


def _parameter(document: Document, place: Place) -> None:
    node = place.node
    name, location = node["name"], node["in"]
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
    if not mapping(place.node, "content"):
        raise GenerationError(f"#{place.pointer}: a request body needs content")
    for content_type, media in mapping(place.node, "content").items():
        where = f"#{place.pointer}: {content_type}"
        kinds = shape(document, mapping(media, "schema"))
        if "encoding" in media:
            raise GenerationError(f"{where}: encoding is not understood")
        if plain_type(content_type) in _FORMS and kinds != {"object"}:
            raise GenerationError(f"{where}: a form must be an object")
        if plain_type(content_type) == _OCTETS and kinds - {"string", "any"}:
            raise GenerationError(f"{where}: bytes can't be an {_listed(kinds)}")
        _no_file_in_json(document, content_type, media, where)


def _response(document: Document, place: Place) -> None:
    for content_type, media in mapping(place.node, "content").items():
        _no_file_in_json(document, content_type, media, f"#{place.pointer}: {content_type}")


def _no_file_in_json(document: Document, content_type: str, media: Node, where: str) -> None:
    if is_json(content_type):
        for schema in document.schemas_below(mapping(media, "schema")):
            if schema.get("format") == "binary" or schema.get("contentMediaType") == _OCTETS:
                raise GenerationError(f"{where}: a file can't be part of JSON")


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
    "response": _response,
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
    for status in document.responses(operation):
        if not re.fullmatch(r"default|[1-5](XX|\d\d)", status):
            raise GenerationError(f"{where}: {status} is no status")


def _refused(place: Place, what: str) -> GenerationError:
    return GenerationError(f"#{place.pointer}: {what} is not understood")


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))
