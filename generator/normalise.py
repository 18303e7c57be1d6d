"""Rewrites equivalent OpenAPI spellings into one canonical form.

OpenAPI 3.0 and 3.1 spell null, exclusive limits and files differently, and openapi-python-client
reads several legal short forms as something weaker. Afterwards there is one spelling of each, and
the values that are valid stay the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .dialect import shape
from .encrypted import SERIAL, in_request
from .forms import DIGEST, digest_field, signed_part
from .problems import GenerationError, Problem
from .spec import (
    OCTETS,
    Document,
    Place,
    is_json,
    listing,
    mapping,
    notes,
    plain_type,
    renamed,
    result_statuses,
    unescaped,
    walk,
)
from .tree import Node

NULL: Node = {"type": "null"}
BINARY: Node = {"type": "string", "format": "binary"}


def normalise(document: Document) -> None:
    """Rewrite the document in place.

    Raises:
        GenerationError: Parts of a schema contradict each other; all such places are named.
    """
    problems: list[Problem] = []
    # Each group of steps finds all schemas as the one before left them.
    for steps in ((_spelling,), (_single, _composition), (_direction, _required, _nullable)):
        problems += _after(steps, document)
        if problems:
            raise GenerationError(*problems)
    for path, _, operation in document.operations():
        if in_request(document, operation):
            _without_serial(document, document.root["paths"][path], operation)
        # Many specs list errors only. A success they don't describe is one without a result.
        if not result_statuses(document.responses(operation)):
            operation["responses"] = {
                **mapping(operation, "responses"),
                "2XX": {"description": "Success."},
            }


def _without_serial(document: Document, *holders: Node) -> None:
    """Leave out the header which the client sets, because it encrypts the fields."""
    for holder in holders:
        if "parameters" in holder:
            holder["parameters"] = [
                one
                for one in listing(holder, "parameters")
                if (stated := document.resolve(one))["in"] != "header"
                or stated["name"].lower() != SERIAL.lower()
            ]


def _after(
    steps: Sequence[Callable[[Document, Place], None]], document: Document
) -> Iterator[Problem]:
    for place in walk(document.root):
        try:
            for step in steps:
                step(document, place)
        except GenerationError as error:
            yield from (Problem(f"#{place.pointer}", one.message) for one in error.problems)


# --- spelling


def _spelling(_: Document, place: Place) -> None:
    node = place.node
    if place.kind == "media":
        _media(place)
    elif place.kind == "schema" and "$ref" not in node:
        _types(node)
        _enum(node)
        _const(node)
        _limits(node)
        if node.get("type") == "array":
            node.setdefault("items", {})
        if node.get("contentMediaType") == OCTETS and "contentEncoding" not in node:
            node["format"] = "binary"


def _media(place: Place) -> None:
    """Say what a content type without a schema means, and take a text of octets for bytes."""
    content_type = unescaped(place.pointer.rpartition("/")[2])
    schema = place.node.get("schema")
    if schema is None:
        text: Node = {"type": "string"}
        plain = text if content_type.startswith("text/") else dict(BINARY)
        place.node["schema"] = {} if is_json(content_type) else plain
    elif (
        plain_type(content_type) == OCTETS
        and "$ref" not in schema
        and schema.get("type", "string") == "string"
    ):
        schema.update(BINARY)


def _types(node: Node) -> None:
    """Say null with `nullable`, and infer a type that is left out but plain to see."""
    kinds: list[str] = node["type"] if isinstance(node.get("type"), list) else []
    if kinds:
        others = [kind for kind in kinds if kind != "null"]
        if "null" in kinds and others:
            node["nullable"] = True
        node["type"] = others[0] if others else "null"
    if {"type", "allOf", "anyOf", "oneOf", "enum", "const"} & set(node):
        return
    if {"properties", "additionalProperties"} & set(node):
        node["type"] = "object"
    if "items" in node:
        node["type"] = "array"


def _enum(node: Node) -> None:
    values: list[Any] | None = node.get("enum")
    if values is None:
        return
    first: dict[tuple[bool, str], int] = {}  # 1 equals true, but is another value
    for index, value in enumerate(values):
        first.setdefault((isinstance(value, bool), repr(value)), index)
    keep = [index for index in first.values() if values[index] is not None]
    for key in ("x-enum-varnames", "x-enum-descriptions"):
        if key in node:
            node[key] = [node[key][index] for index in keep]
    if None in values:
        node["nullable"] = True
    listed = [values[index] for index in keep]
    if not listed:
        del node["enum"]
        node.update(NULL)
    elif all(isinstance(value, bool) for value in listed):
        del node["enum"]
        node.update({"type": "boolean"} if len(listed) > 1 else {"const": listed[0]})
    elif {type(value) for value in listed} not in ({str}, {int}):
        raise GenerationError("an enum must be all text or all whole numbers; leave it out")
    else:
        node["enum"] = listed
        node["type"] = "string" if isinstance(listed[0], str) else "integer"


def _const(node: Node) -> None:
    if "const" not in node:
        return
    if node["const"] is None:
        del node["const"]
        node.update(NULL)
    else:
        node.pop("type", None)
        node.pop("enum", None)


def _limits(node: Node) -> None:
    """Spell exclusive limits as OpenAPI 3.1 does: a number instead of a flag beside one."""
    for exclusive, inclusive in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        flag: object = node.get(exclusive)
        if isinstance(flag, bool):
            del node[exclusive]
            if flag and inclusive in node:
                node[exclusive] = node.pop(inclusive)


# --- allOf, anyOf, oneOf


def _single(_: Document, place: Place) -> None:
    """Write a union of one kind of value as this kind."""
    for key in ("anyOf", "oneOf"):
        options = listing(place.node, key) if place.kind == "schema" else []
        if len(options) == 1 and "$ref" not in options[0]:
            del place.node[key]
            place.node.update({**options[0], **place.node})


def _composition(document: Document, place: Place) -> None:
    """Write the parts of an allOf into one schema."""
    node = place.node
    if place.kind != "schema" or "allOf" not in node or renamed(node):
        return
    parts = list(_parts(document, node))
    kinds = set[str]().union(*(shape(document, part) for part in parts))
    own = notes(node)
    if "object" not in kinds:
        joined = _all_joined(document, parts)
    elif kinds - {"object", "any"}:
        raise GenerationError(f"allOf of {', '.join(sorted(kinds))}; describe one kind of value")
    else:
        joined = _joined_objects(document, parts)
    node.clear()
    node.update({**joined, **own})


def _parts(document: Document, node: Node) -> Iterator[Node]:
    """Yield everything that a composition consists of, references followed, itself last."""
    for part in listing(node, "allOf"):
        yield from _parts(document, document.resolve(part))
    if own := {key: value for key, value in node.items() if key != "allOf"}:
        yield own


def _joined_objects(document: Document, parts: list[Node]) -> Node:
    found: Node = {"type": "object"}
    fields: dict[str, list[Node]] = {}
    for part in parts:
        for name, schema in mapping(part, "properties").items():
            if schema not in fields.setdefault(name, []):
                fields[name].append(schema)
    found["properties"] = {
        name: schemas[0] if len(schemas) == 1 else _field(document, name, schemas)
        for name, schemas in fields.items()
    }
    if required := dict.fromkeys(name for part in parts for name in part.get("required", [])):
        found["required"] = list(required)
    additional: list[object] = []
    for part in parts:
        value: object = part.get("additionalProperties", True)
        if value not in (True, {}) and value not in additional:
            additional.append(value)
    if len(additional) > 1:
        raise GenerationError("its parts disagree on additionalProperties; keep one of them")
    if additional:
        found["additionalProperties"] = additional[0]
    for key, narrowest in (("minProperties", max), ("maxProperties", min)):
        if limits := [part[key] for part in parts if key in part]:
            found[key] = narrowest(limits)
    if parts and all(part.get("nullable") for part in parts):
        found["nullable"] = True
    return found


def _field(document: Document, name: str, schemas: list[Node]) -> Node:
    try:
        return _all_joined(document, schemas)
    except GenerationError as error:
        raise GenerationError(f"{name}: {error}") from None


def _all_joined(document: Document, schemas: list[Node]) -> Node:
    first, *others = schemas
    result = dict(document.resolve(first))
    for other in others:
        result = _joined(result, document.resolve(other))
    return result


_NARROWEST = {
    **dict.fromkeys(("minLength", "minimum", "exclusiveMinimum", "minItems"), max),
    **dict.fromkeys(("maxLength", "maximum", "exclusiveMaximum", "maxItems"), min),
}


def _joined(first: Node, second: Node) -> Node:
    """Return the schema of values that obey two schemas of scalars."""
    result = {**first, **notes(second)}
    for key, value in second.items():
        if key in notes(second) or first.get(key, value) == value or key == "nullable":
            result[key] = value
        elif key in _NARROWEST:
            result[key] = _NARROWEST[key](first[key], value)
        elif key == "enum" and set(value) <= set(first[key]):
            result[key] = value
        elif key == "type" and {first[key], value} == {"integer", "number"}:
            result[key] = "integer"
        else:
            raise GenerationError(f"its parts disagree on {key}; keep one of them")
    result.pop("nullable", None)
    if _allows_null(first) and _allows_null(second) and "type" in result:
        result["nullable"] = True
    if {"properties", "items", "allOf", "anyOf", "oneOf"} & set(result) and first != second:
        raise GenerationError("lists, objects and unions can't be described twice; keep one")
    return result


def _allows_null(schema: Node) -> bool:
    return bool(schema.get("nullable")) or not {"type", "enum", "const"} & set(schema)


# --- fields


def _direction(document: Document, place: Place) -> None:
    """Ask for fields in the direction only in which they travel.

    A required field that is `readOnly` is missing from requests, one that is `writeOnly` from
    responses; a model serves both, so there it is optional.
    """
    if place.kind != "media":
        return
    _digest(document, place)
    one_way = "writeOnly" if "/responses/" in place.pointer else "readOnly"
    for schema in document.schemas_below(place.node["schema"]):
        fields = mapping(schema, "properties")
        if "required" in schema:
            schema["required"] = [
                name
                for name in schema["required"]
                if not document.resolve(fields.get(name)).get(one_way)
            ]


def _digest(document: Document, place: Place) -> None:
    """Let callers leave out the digest of a file, because the client computes it."""
    if digest_field(document, place.node):
        part = signed_part(document, place.node)
        part["required"] = [name for name in part.get("required", ()) if name != DIGEST]


def _required(_: Document, place: Place) -> None:
    """Refuse a required field without a description: nobody could ask for it."""
    missing = set(place.node.get("required") or ()) if place.kind == "schema" else set[str]()
    missing -= set(mapping(place.node, "properties"))
    if missing and "allOf" not in place.node:
        names = ", ".join(sorted(missing))
        raise GenerationError(f"{names} is required, but not described; add it to properties")


def _nullable(_: Document, place: Place) -> None:
    """Turn `nullable` into a union with null."""
    node = place.node
    if place.kind != "schema" or not node.pop("nullable", False) or node.get("type") == "null":
        return
    for key in ("anyOf", "oneOf"):
        if key in node:
            if NULL not in node[key]:
                node[key].append(dict(NULL))
            return
    about = notes(node)
    of_value = ("x-enum", "x-open", "x-encrypted")
    of_enum = {key: about.pop(key) for key in list(about) if key.startswith(of_value)}
    inner = {key: value for key, value in node.items() if key not in about}
    if not inner:
        return  # anything, null included
    if reference := renamed(inner):
        inner = {"$ref": reference}
    node.clear()
    node.update(about)
    node["anyOf"] = [{**inner, **of_enum}, dict(NULL)]
