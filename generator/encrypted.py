"""Finds the fields of bodies which are encrypted on their own: `x-encrypted`."""

from __future__ import annotations

from collections.abc import Iterator

from .problems import GenerationError
from .spec import Document, is_json, listing, mapping, result_statuses
from .tree import Node

SERIAL = "Wechatpay-Serial"
"""The header which names the key that encrypted a request's fields; the client sets it."""


def is_encrypted(schema: Node) -> bool:
    """Whether a schema itself is the one of an encrypted text."""
    return schema.get("x-encrypted") is True


def in_request(document: Document, operation: Node) -> list[str]:
    """Return the encrypted fields of a request body in JSON."""
    body = document.resolve(operation.get("requestBody", {}))
    return [path for media in _json(body) for path in paths(document, mapping(media, "schema"))]


def in_response(document: Document, response: Node) -> list[str]:
    """Return the encrypted fields of a response in JSON."""
    return [path for media in _json(response) for path in paths(document, mapping(media, "schema"))]


def has_any(document: Document) -> bool:
    """Whether a model has encrypted fields; a component has a model, used or not."""
    components = mapping(mapping(document.root, "components"), "schemas").values()
    if any(is_encrypted(one) for schema in components for one in document.schemas_below(schema)):
        return True
    for _, _, operation in document.operations():
        responses = document.responses(operation)
        results = [responses[status] for status in result_statuses(responses)]
        if in_request(document, operation) or any(in_response(document, one) for one in results):
            return True
    return False


def paths(document: Document, schema: Node) -> list[str]:
    """Return where a JSON value has encrypted texts, for example `owners[].name`.

    Raises:
        GenerationError: They stand in an object which holds objects of its own kind, or a name has
            a dot or a bracket.
    """
    return list(dict.fromkeys(_paths(document, schema, "", ())))


def _paths(document: Document, schema: Node, path: str, above: tuple[int, ...]) -> Iterator[str]:
    found = document.resolve(schema)
    if id(found) in above:
        if any(map(is_encrypted, document.schemas_below(found))):
            raise GenerationError(
                "x-encrypted stands in an object which holds objects of its own kind, so its place "
                "is not known; describe the inner object on its own"
            )
        return
    above = (*above, id(found))
    if is_encrypted(found):
        yield path.removeprefix(".")
    for key in ("allOf", "anyOf", "oneOf"):
        for part in listing(found, key):
            yield from _paths(document, part, path, above)
    for name, inner in mapping(found, "properties").items():
        for place in _paths(document, inner, f"{path}.{name}", above):
            if set(name) & set(".[]"):
                raise GenerationError(f"x-encrypted: the name {name} must have no dot or bracket")
            yield place
    if items := mapping(found, "items"):
        yield from _paths(document, items, f"{path}[]", above)


def _json(holder: Node) -> Iterator[Node]:
    for content_type, media in mapping(holder, "content").items():
        if is_json(content_type):
            yield media
