"""The copy of the contract that openapi-python-client reads.

It drops much of a document (limits of parameters, extensions, servers, error tables), but it keeps
the description of every schema and the summary of every operation. So its copy carries, instead of
each text, the JSON pointer of the node: whatever it makes of a node leads back to all of it.
"""

from __future__ import annotations

import copy

from .document import (
    Document,
    GenerationError,
    Node,
    Place,
    listing,
    mapping,
    result_statuses,
    walk,
)
from .form import relevant
from .normal import NULL, original, renamed
from .refusals import is_json, shape

_IGNORED_HEADERS = {"accept", "authorization", "content-type"}
"""Headers that are no parameters, says OpenAPI: client, auth plugin and body set them."""

_SCHEMAS = "#/components/schemas/"


def for_parser(document: Document) -> Node:
    """Return the copy.

    Left out are error replies, which `errors.py` reads whatever their shape, schemas that only
    they use, and headers that are set elsewhere.
    """
    cut = Document(copy.deepcopy(document.root))
    in_use = cut.reachable()
    cut.root = relevant(cut.root)
    for path, method, operation in cut.operations():
        _cut_operation(cut, operation, f"{method.upper()} {path}")
    for item in mapping(cut.root, "paths").values():
        _cut_parameters(cut, item)
    _follow_names(cut)
    for pointer in in_use - cut.reachable():
        mapping(cut.root["components"], "schemas").pop(pointer.removeprefix(_SCHEMAS), None)
    for place in walk(cut.root):
        if place.kind == "operation":
            place.node["summary"] = f"#{place.pointer}"
        elif place.kind == "schema" and "$ref" not in place.node:
            _mark(place)
    return cut.root


def _follow_names(cut: Document) -> None:
    """Let every reference name a schema itself: the parser makes a class of each new name."""
    for place in walk(cut.root):
        reference = place.node.get("$ref") or renamed(place.node)
        if place.kind == "schema" and reference:
            target = original(cut, reference)[0]
            place.node.clear()
            place.node["$ref"] = f"#{target}"
    schemas = mapping(cut.root["components"], "schemas")
    for name in [name for name, schema in schemas.items() if "$ref" in schema]:
        del schemas[name]


def result_content(response: Node) -> str | None:
    """Return the content type that a client asks for, JSON if it can choose."""
    content = mapping(response, "content")
    ranks = [
        [content_type for content_type in content if is_json(content_type)],
        [content_type for content_type in content if content_type.startswith("text/")],
        list(content),
    ]
    return next((rank[0] for rank in ranks if rank), None)


def _cut_operation(cut: Document, operation: Node, where: str) -> None:
    responses = cut.responses(operation)
    results = result_statuses(responses)
    operation["responses"] = {
        status: response for status, response in operation["responses"].items() if status in results
    }
    for status in sorted(results):
        _cut_response(cut, responses[status], f"{where}, status {status}")
    for key in ("description", "callbacks", "security", "externalDocs"):
        operation.pop(key, None)
    _cut_parameters(cut, operation)


def _cut_response(cut: Document, response: Node, where: str) -> None:
    """Leave one content type, under a name that the parser knows."""
    for key in ("headers", "links"):
        response.pop(key, None)
    content_type = result_content(response)
    if content_type is None:
        response.pop("content", None)
        return
    media: Node = response["content"][content_type]
    if is_json(content_type):
        known = "application/json"
    elif "*" in content_type or shape(cut, media["schema"]) - {"string", "any", "null"}:
        raise GenerationError(f"{where}: the content type {content_type} is not understood")
    else:
        text = content_type.startswith("text/")
        known = "text/plain" if text else "application/octet-stream"
    response["content"] = {known: media}


def _cut_parameters(cut: Document, holder: Node) -> None:
    holder["parameters"] = [
        entry for entry in listing(holder, "parameters") if is_argument(cut.resolve(entry))
    ]


def is_argument(parameter: Node) -> bool:
    """Whether a parameter is one of the generated functions."""
    ignored = parameter["in"] == "header" and parameter["name"].lower() in _IGNORED_HEADERS
    return not ignored and "x-client-option" not in parameter


def _mark(place: Place) -> None:
    """Replace texts by the pointer, and take away what the views read from the contract.

    A title would become the name of the class; here titles are for people.
    """
    node = place.node
    node["description"] = f"#{place.pointer}"
    for key in ("default", "example", "examples"):
        node.pop(key, None)
    if not _names_itself(place):
        node.pop("title", None)
    if "enum" in node:
        # Names that the parser can't find twice; the views make those that people see.
        node["x-enum-varnames"] = [_spelled(value) for value in node["enum"]]
    for union in ("anyOf", "oneOf"):
        options = [option for option in node.get(union, []) if option.get("type") != "null"]
        if len(options) == 1 and NULL in [_bare(option) for option in node[union]]:
            _name(options[0], place.pointer)


def _spelled(value: object) -> str:
    return "v" + str(value).encode("utf-8", "surrogatepass").hex()


_NAMED = "x-generator-named"


def _names_itself(place: Place) -> bool:
    return bool(place.node.pop(_NAMED, False))


def _name(option: Node, pointer: str) -> None:
    """Let the only kind beside null be called what the union is called."""
    *_, holder, name = pointer.split("/")
    if "$ref" not in option and holder in {"properties", "schemas"}:
        option["title"] = name.replace("~1", "/").replace("~0", "~")
        option[_NAMED] = True


def _bare(option: Node) -> Node:
    return {"type": option["type"]} if "type" in option else {}
