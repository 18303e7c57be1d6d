"""One way to say each thing: rewrites a contract so that neither parser nor views meet variants.

OpenAPI 3.0 and 3.1 spell null, exclusive limits and files differently, and several short forms are
legal that openapi-python-client reads as something weaker. After this there is one spelling of
each, and the values that are valid stay the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .document import Document, GenerationError, Node, Place, listing, result_statuses, walk
from .refusals import is_json, notes, plain_type, shape

NULL: Node = {"type": "null"}
BINARY: Node = {"type": "string", "format": "binary"}


def normalise(document: Document) -> None:
    """Rewrite the document in place."""
    for place in walk(document.root):
        if place.kind == "media" and "schema" not in place.node:
            place.node["schema"] = _without_schema(place.pointer)
        elif place.kind == "media":
            _file_body(place)
        elif place.kind == "schema" and "$ref" not in place.node:
            _schema(place)
    for _, _, operation in document.operations():
        # Many contracts list errors only. A success they don't describe is one without a result.
        if not result_statuses(document.responses(operation)):
            operation.setdefault("responses", {})["2XX"] = {"description": "Success."}
    _directions(document)
    # Only now are the parts of compositions themselves in order.
    for place in walk(document.root):
        if place.kind == "schema" and "allOf" in place.node:
            _composition(document, place)
    for place in walk(document.root):
        if place.kind == "schema":
            _requires_what_it_describes(document, place)
            _nullable(place.node)


def renamed(node: Node) -> str | None:
    """Return the reference of a schema that is no more than another one with texts of its own."""
    for key in ("allOf", "anyOf", "oneOf"):
        parts = listing(node, key)
        beside = set(node) - {key, "type", "nullable", "discriminator"} - set(notes(node))
        if len(parts) == 1 and "$ref" in parts[0] and not beside:
            reference: str = parts[0]["$ref"]
            return reference
    return None


def original(document: Document, pointer: str) -> tuple[str, Node]:
    """Return pointer and node of what a pointer leads to, references and new names followed."""
    seen: set[str] = set()
    found, node = document.target(pointer)
    while reference := renamed(node):
        if found in seen:
            raise GenerationError(f"{pointer} leads in a circle")
        seen.add(found)
        found, node = document.target(reference)
    return found, node


def _content_type(pointer: str) -> str:
    return pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")


def _without_schema(pointer: str) -> Node:
    """Return what a media type without a schema means."""
    content_type = _content_type(pointer)
    if is_json(content_type):
        return {}
    return {"type": "string"} if content_type.startswith("text/") else dict(BINARY)


def _file_body(place: Place) -> None:
    """Take a plain text as the schema of an octet stream for what it is: bytes."""
    schema: Node = place.node["schema"]
    octets = plain_type(_content_type(place.pointer)) == "application/octet-stream"
    if octets and "$ref" not in schema and schema.get("type", "string") == "string":
        schema.update(BINARY)


def _schema(place: Place) -> None:
    node = place.node
    _types(node)
    _enum(place)
    _const(node)
    _limits(node)
    if node.get("type") == "array":
        node.setdefault("items", {})
    binary = "application/octet-stream"
    if node.get("contentMediaType") == binary and "contentEncoding" not in node:
        node["format"] = "binary"


def _types(node: Node) -> None:
    """Say null with `nullable`, and infer a type that is left out but plain to see."""
    kinds: list[str] = node["type"] if isinstance(node.get("type"), list) else []
    if kinds:
        others = [kind for kind in dict.fromkeys(kinds) if kind != "null"]
        if "null" in kinds and others:
            node["nullable"] = True
        node["type"] = others[0] if len(others) == 1 else (others or "null")
    if {"type", "allOf", "anyOf", "oneOf", "enum", "const"} & set(node):
        return
    for key, kind in (("properties", "object"), ("additionalProperties", "object")):
        if key in node:
            node["type"] = kind
    if "items" in node:
        node["type"] = "array"


def _enum(place: Place) -> None:
    node = place.node
    values: list[Any] | None = node.get("enum")
    if values is None:
        return
    keep = [i for i, value in enumerate(values) if value is not None and not _seen(values, i)]
    if len(keep) < len(values):
        for key in ("x-enum-varnames", "x-enum-descriptions"):
            if key in node:
                node[key] = [node[key][i] for i in keep]
    if any(value is None for value in values):
        node["nullable"] = True
    listed = [values[i] for i in keep]
    if not listed:
        del node["enum"]
        node.update(NULL)
    elif all(isinstance(value, bool) for value in listed):
        del node["enum"]
        node.update({"type": "boolean"} if len(listed) > 1 else {"const": listed[0]})
    elif {type(value) for value in listed} not in ({str}, {int}):
        raise GenerationError(f"#{place.pointer}: an enum must be all text or all whole numbers")
    else:
        node["enum"] = listed
        node["type"] = "string" if isinstance(listed[0], str) else "integer"


def _seen(values: list[Any], index: int) -> bool:
    return any(
        value == values[index] and type(value) is type(values[index]) for value in values[:index]
    )


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


def _nullable(node: Node) -> None:
    """Turn `nullable` into a union with null."""
    if not node.pop("nullable", False) or node.get("type") == "null":
        return
    for union in ("anyOf", "oneOf"):
        if union in node:
            if NULL not in node[union]:
                node[union].append(dict(NULL))
            return
    about = notes(node)
    of_enum = {key: about.pop(key) for key in list(about) if key.startswith(("x-enum", "x-open"))}
    inner = {key: value for key, value in node.items() if key not in about}
    if not inner:
        return  # anything, null included
    if reference := renamed(inner):
        inner = {"$ref": reference}
    node.clear()
    node.update(about)
    node["anyOf"] = [{**inner, **of_enum}, dict(NULL)]


# --- allOf


def _composition(document: Document, place: Place) -> None:
    """Leave only compositions of objects that the parser joins without loss."""
    node = place.node
    kinds = shape(document, {"allOf": node["allOf"]}) | (
        {str(node["type"])} if "type" in node else set[str]()
    )
    if renamed(node):
        return
    if not kinds & {"object"}:
        _join_scalars(document, place)
        return
    if kinds - {"object", "any"}:
        raise GenerationError(f"#{place.pointer}: allOf of {', '.join(sorted(kinds))}")
    node["allOf"] = list(_flat(document, place, node["allOf"]))
    node["type"] = "object"
    _join_additional(document, place)
    _join_members(document, place)
    if len(node["allOf"]) == 1:
        # A single part would be taken for the whole, and what stands beside it dropped.
        node["allOf"].append({"type": "object"})


def _flat(document: Document, place: Place, parts: list[Node]) -> Iterator[Node]:
    """Yield the parts of a composition, those of unnamed compositions inside it instead of them."""
    for part in parts:
        resolved = document.resolve(part)
        if {"anyOf", "oneOf"} & set(resolved):
            raise GenerationError(f"#{place.pointer}: allOf of a union is not understood")
        if "$ref" not in part and "allOf" in part:
            own = {key: value for key, value in part.items() if key != "allOf"}
            yield from _flat(document, place, part["allOf"])
            if own:
                yield own
        else:
            yield part


def _parts(document: Document, node: Node) -> Iterator[Node]:
    """Yield everything that a composition consists of, references followed, itself last."""
    for part in node.get("allOf", []):
        yield from _parts(document, document.resolve(part))
    yield node


def _join_additional(document: Document, place: Place) -> None:
    found: list[object] = []
    for part in _parts(document, place.node):
        value: object = part.get("additionalProperties", True)
        if value not in (True, {}) and value not in found:
            found.append(value)
    if len(found) > 1:
        raise GenerationError(f"#{place.pointer}: its parts disagree on additionalProperties")
    if found:
        place.node["additionalProperties"] = found[0]
    for key, narrowest in (("minProperties", max), ("maxProperties", min)):
        limits = [part[key] for part in _parts(document, place.node) if key in part]
        if limits:
            place.node[key] = narrowest(limits)


def _join_members(document: Document, place: Place) -> None:
    """Add a part with the members that several parts describe, all their rules together."""
    found: dict[str, list[Node]] = {}
    for part in _parts(document, place.node):
        for name, schema in part.get("properties", {}).items():
            if schema not in found.setdefault(name, []):
                found[name].append(schema)
    joined = {
        name: _all_joined(document, f"{place.pointer}: {name}", schemas)
        for name, schemas in found.items()
        if len(schemas) > 1
    }
    if joined:
        place.node["allOf"].append({"type": "object", "properties": joined})


def _join_scalars(document: Document, place: Place) -> None:
    node = place.node
    parts = [document.resolve(part) for part in node.pop("allOf")]
    own = dict(node)
    node.clear()
    node.update(_all_joined(document, place.pointer, [*parts, own] if own else parts))


def _all_joined(document: Document, where: str, schemas: list[Node]) -> Node:
    first, *others = schemas
    result = dict(document.resolve(first))
    for other in others:
        result = _joined(document, where, result, other)
    return result


_NARROWEST = {
    **dict.fromkeys(("minLength", "minimum", "exclusiveMinimum", "minItems"), max),
    **dict.fromkeys(("maxLength", "maximum", "exclusiveMaximum", "maxItems"), min),
}


def _joined(document: Document, where: str, first: Node, second: Node) -> Node:
    """Return the schema of values that obey two schemas of scalars."""
    first, second = document.resolve(first), document.resolve(second)
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
            raise GenerationError(f"#{where}: its parts disagree on {key}")
    result.pop("nullable", None)
    if _allows_null(first) and _allows_null(second) and "type" in result:
        result["nullable"] = True
    if {"properties", "items", "allOf", "anyOf", "oneOf"} & set(result) and first != second:
        raise GenerationError(f"#{where}: lists, objects and unions can't be described twice")
    return result


def _allows_null(schema: Node) -> bool:
    return bool(schema.get("nullable")) or not {"type", "enum", "const"} & set(schema)


def _requires_what_it_describes(document: Document, place: Place) -> None:
    """Raise GenerationError if a required member has no description: it could not be asked for."""
    described: set[str] = set()
    required: set[str] = set()
    for part in _parts(document, place.node):
        described |= set(part.get("properties", {}))
        required |= set(part.get("required", []))
    is_part = place.pointer.rpartition("/")[0].endswith("/allOf")
    if required - described and not is_part:
        missing = ", ".join(sorted(required - described))
        raise GenerationError(f"#{place.pointer}: {missing} is required, but not described")


# --- readOnly, writeOnly


def _directions(document: Document) -> None:
    """Ask for members in the direction only in which they travel.

    A required member that is `readOnly` is missing from requests, one that is `writeOnly` from
    replies; a model serves both, so there it is optional.
    """
    for place in walk(document.root):
        if place.kind == "media":
            one_way = "writeOnly" if "/responses/" in place.pointer else "readOnly"
            for schema in document.schemas_below(place.node["schema"]):
                _relax(document, schema, one_way)


def _relax(document: Document, schema: Node, one_way: str) -> None:
    members: Node = {}
    for part in _parts(document, schema):
        members.update(part.get("properties", {}))
    for part in _parts(document, schema):
        if "required" in part:
            part["required"] = [
                name
                for name in part["required"]
                if not (name in members and document.resolve(members[name]).get(one_way))
            ]
