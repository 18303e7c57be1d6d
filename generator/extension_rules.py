"""What our extensions for uploads, encryption, downloads and notices ask of the rest of a spec."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping

from .encrypted import is_encrypted, paths
from .problems import GenerationError, Problem
from .spec import (
    SCHEMAS,
    Document,
    Place,
    escaped,
    is_json,
    mapping,
    plain_type,
    renamed,
    result_statuses,
    unescaped,
    walk,
)
from .tree import Node

MULTIPART = "multipart/form-data"
DOWNLOAD_FIELDS = ("url", "hash-type", "hash-value")
"""The parts of `x-download` which name fields of the result."""
_BESIDE_PLAIN_TEXT = {"format", "enum", "const", "$ref", "allOf", "anyOf", "oneOf"}


def broken_extensions(document: Document) -> Iterator[Problem]:
    """Yield the extensions which the client could not honour."""
    for place in walk(document.root):
        if place.kind == "media" and "x-signed-part" in place.node:
            yield from _at(f"{place.pointer}/x-signed-part", _signed_part(document, place))
        elif place.kind == "schema" and is_encrypted(place.node):
            yield from _at(f"{place.pointer}/x-encrypted", _encrypted(place.node))
    yield from _misplaced(document)
    announced: dict[int, Node] = {}
    for path, method, operation in document.operations():
        where = f"/paths/{escaped(path)}/{method}/responses"
        responses = document.responses(operation)
        yield from _at(where, _unsigned(responses))
        for status, response in responses.items():
            if "x-download" in response:
                here = f"{where}/{escaped(status)}/x-download"
                yield from _at(here, _download(document, status, response, announced))
    yield from _notices(document)


def _at(pointer: str, messages: Iterator[str]) -> Iterator[Problem]:
    return (Problem(f"#{pointer}", message) for message in messages)


def _signed_part(document: Document, place: Place) -> Iterator[str]:
    content_type = unescaped(place.pointer.rpartition("/")[2])
    if plain_type(content_type) != MULTIPART or "/responses/" in place.pointer:
        yield f"has no effect here; it belongs to {MULTIPART} of a request"
        return
    name = str(place.node["x-signed-part"])
    parts = mapping(document.merged(mapping(place.node, "schema")), "properties")
    if name not in parts:
        yield f"the form has no part {name}{_hint(name, parts)}"
    elif document.merged(parts[name]).get("type", "object") not in ("object", "string"):
        yield f"the part {name} must be an object or a text"


def _encrypted(node: Node) -> Iterator[str]:
    kinds: object = node.get("type")
    if kinds not in ("string", ["string"], ["string", "null"], ["null", "string"]):
        yield f"belongs to a schema of type string, not {kinds or 'without a type'}"
    elif beside := sorted(_BESIDE_PLAIN_TEXT & set(node)):
        yield f"belongs to plain text; leave out {', '.join(beside)}"


def _misplaced(document: Document) -> Iterator[Problem]:
    """Yield encrypted fields at places where nothing would encrypt or decrypt them."""
    for place in walk(document.root):
        schema = mapping(place.node, "schema")
        in_json = place.kind == "media" and is_json(unescaped(place.pointer.rpartition("/")[2]))
        if place.kind not in {"parameter", "header", "media"}:
            continue
        below = list(document.schemas_below(schema))
        maps = [
            mapping(one, "additionalProperties") for one in below if "additionalProperties" in one
        ]
        if any(is_encrypted(one) for held in maps for one in document.schemas_below(held)):
            message = "x-encrypted has no effect below additionalProperties; name the fields"
            yield Problem(f"#{place.pointer}", message)
        elif in_json:
            try:
                paths(document, schema)
            except GenerationError as error:
                yield Problem(f"#{place.pointer}", error.problems[0].message)
        elif any(map(is_encrypted, below)):
            message = "x-encrypted has no effect here; it belongs to bodies in JSON"
            yield Problem(f"#{place.pointer}", message)


def _unsigned(responses: Mapping[str, Node]) -> Iterator[str]:
    results = result_statuses(responses)
    marked = {status for status, response in responses.items() if "x-unsigned" in response}
    for status in sorted(marked - results):
        yield f"x-unsigned has no effect at {status}; only a result can be unsigned by design"
    if marked & results and results - marked:
        yield f"x-unsigned stands at {', '.join(sorted(marked & results))} only; mark all results"


def _download(
    document: Document, status: str, response: Node, announced: dict[int, Node]
) -> Iterator[str]:
    rule = mapping(response, "x-download")
    schemas = [
        model_of(document, mapping(media, "schema"))
        for content_type, media in mapping(response, "content").items()
        if is_json(content_type)
    ]
    if status != "200" or not schemas:
        yield "belongs to a response 200 with JSON"
        return
    fields = mapping(document.merged(schemas[0]), "properties")
    for key in DOWNLOAD_FIELDS:
        name = str(rule[key])
        if name not in fields:
            yield f"{key}: the result has no field {name}{_hint(name, fields)}"
        elif document.merged(fields[name]).get("type") != "string":
            yield f"{key}: the field {name} must be a text"
    if announced.setdefault(id(schemas[0]), rule) != rule:
        yield "another operation has the same schema with another x-download; copy the schema"


def model_of(document: Document, schema: Node) -> Node:
    """Return the schema which becomes the model of a value, references and new names followed."""
    found = document.resolve(schema)
    while reference := renamed(found):
        found = document.at(reference)
    return found


def _notices(document: Document) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for name, notice in notices(document).items():
        where = f"#/x-webhooks/{escaped(name)}/post/x-notice"
        for event in notice["events"]:
            if seen.setdefault(event, name) != name:
                yield Problem(f"{where}/events", f"{event} is an event of {seen[event]}, too")
        reference = str(notice["resource"]["$ref"])
        schema = mapping(
            mapping(mapping(document.root, "components"), "schemas"),
            unescaped(reference.removeprefix(SCHEMAS)),
        )
        if not schema:
            yield Problem(f"{where}/resource", f"{reference} leads nowhere")
        elif document.merged(schema).get("type", "object") != "object":
            yield Problem(f"{where}/resource", f"{reference} must be an object")
        elif any(map(is_encrypted, document.schemas_below(schema))):
            message = "x-encrypted has no effect in a notice; decrypt it with the auth object"
            yield Problem(f"{where}/resource", message)


def notices(document: Document) -> dict[str, Node]:
    """Return each `x-notice` by the name of its webhook."""
    found: dict[str, Node] = {}
    for name, webhook in mapping(document.root, "x-webhooks").items():
        if isinstance(webhook, dict) and (stated := mapping(mapping(webhook, "post"), "x-notice")):  # pyright: ignore[reportUnknownArgumentType]
            found[name] = stated
    return found


def _hint(name: str, known: Mapping[str, object]) -> str:
    close = difflib.get_close_matches(name, known, 1)
    return f"; did you mean {close[0]}?" if close else ""
