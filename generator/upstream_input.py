"""What openapi-python-client gets to read: a copy of the spec that leads back to it.

It drops much of a spec (limits of parameters, extensions, servers, error tables), but it keeps the
description of every schema and the summary of every operation. So its copy carries the JSON pointer
of each node instead of a text: whatever it makes of a node leads back to all of it.
"""

from __future__ import annotations

from .checks import relevant
from .names import short
from .normalise import NULL
from .spec import (
    Document,
    Place,
    copied,
    is_argument,
    is_json,
    listing,
    mapping,
    renamed,
    result_statuses,
    unescaped,
)
from .tree import Node

_SAID_BY_VIEWS = {"default", "example", "examples", "title", "externalDocs"}
_NAMED = "x-generator-named"


def upstream_input(document: Document) -> Node:
    """Return the copy.

    Left out are error responses, which `errors.py` reads whatever their shape, and headers that
    are set elsewhere.
    """
    root = Place("document", "", relevant(document.root))
    copy = copied(root, lambda place: _own(document, place), [])
    schemas = mapping(copy["components"], "schemas")
    # References name the schema itself, so that the parser makes no class of a new name.
    for name in [name for name, schema in schemas.items() if "$ref" in schema]:
        del schemas[name]
    return copy


def _own(document: Document, place: Place) -> Node:
    node = place.node
    match place.kind:
        case "path":
            return {
                **{key: value for key, value in node.items() if key != "parameters"},
                **_arguments(document, node),
            }
        case "operation":
            return _operation(document, place)
        case "response" if "$ref" not in node:
            return {"description": "", "content": _content(node)}
        case "schema":
            return _schema(document, place)
        case _:
            return dict(node)


def _operation(document: Document, place: Place) -> Node:
    node = place.node
    responses = document.responses(node)
    results = result_statuses(responses)
    found: Node = {
        "summary": f"#{place.pointer}",
        "tags": [short(str(tag)) for tag in node.get("tags") or ()],
        **_arguments(document, node),
        "responses": {
            status: node["responses"][status] for status in node["responses"] if status in results
        },
    }
    if "operationId" in node:
        found["operationId"] = short(node["operationId"])
    if "requestBody" in node:
        found["requestBody"] = node["requestBody"]
    return found


def _arguments(document: Document, holder: Node) -> Node:
    """Return the parameters; none at all is no list, for which the parser copies an operation."""
    found = [one for one in listing(holder, "parameters") if is_argument(document.resolve(one))]
    return {"parameters": found} if found else {}


def _content(response: Node) -> Node:
    """Return the content of a response, under a name that the parser knows."""
    for content_type, media in mapping(response, "content").items():
        if is_json(content_type):
            return {"application/json": media}
        text = content_type.startswith("text/")
        return {"text/plain" if text else "application/octet-stream": media}
    return {}


def _schema(document: Document, place: Place) -> Node:
    """Say the pointer instead of texts, and leave out what the views read from the spec.

    A title would become the name of the class; here titles are for people.
    """
    node = place.node
    if reference := node.get("$ref") or renamed(node):
        return {"$ref": f"#{document.original(str(reference))[0]}"}
    found = {key: value for key, value in node.items() if key not in _SAID_BY_VIEWS}
    found["description"] = f"#{place.pointer}"
    if name := found.pop(_NAMED, None):
        found["title"] = name
    if "enum" in found:
        # Names that the parser can't find twice; the views make those that people see.
        found["x-enum-varnames"] = [_spelled(value) for value in found["enum"]]
    *_, holder, name = ("", "", *place.pointer.split("/"))
    for key in ("anyOf", "oneOf"):
        if key in found and holder in {"properties", "schemas"}:
            # The only kind beside null is called what the union is called.
            found[key] = [
                one if "$ref" in one or one == NULL else {**one, _NAMED: unescaped(name)}
                for one in listing(found, key)
            ]
    return found


def _spelled(value: object) -> str:
    return "v" + str(value).encode("utf-8").hex()
