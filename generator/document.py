"""The contract as a tree: reading it, following references, walking it by its structure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

Node: TypeAlias = dict[str, Any]
Kind: TypeAlias = Literal[
    "document",
    "components",
    "path",
    "operation",
    "parameter",
    "body",
    "response",
    "media",
    "schema",
]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class GenerationError(Exception):
    """The contract can't be turned into a client; the message says where and why."""


class Place(NamedTuple):
    """A node of the contract and where it stands."""

    kind: Kind
    pointer: str
    node: Node


_ONE, _LIST, _MAP = "one", "list", "map"
_CHILDREN: Mapping[Kind, Mapping[str, tuple[str, Kind]]] = {
    "document": {"paths": (_MAP, "path"), "components": (_ONE, "components")},
    "components": {
        "schemas": (_MAP, "schema"),
        "parameters": (_MAP, "parameter"),
        "requestBodies": (_MAP, "body"),
        "responses": (_MAP, "response"),
    },
    "path": {
        "parameters": (_LIST, "parameter"),
        **dict.fromkeys(METHODS, (_ONE, "operation")),
    },
    "operation": {
        "parameters": (_LIST, "parameter"),
        "requestBody": (_ONE, "body"),
        "responses": (_MAP, "response"),
    },
    "parameter": {"schema": (_ONE, "schema")},
    "body": {"content": (_MAP, "media")},
    "response": {"content": (_MAP, "media")},
    "media": {"schema": (_ONE, "schema")},
    "schema": {
        "properties": (_MAP, "schema"),
        "items": (_ONE, "schema"),
        "additionalProperties": (_ONE, "schema"),
        "allOf": (_LIST, "schema"),
        "anyOf": (_LIST, "schema"),
        "oneOf": (_LIST, "schema"),
    },
}
"""What may stand below a node of each kind, and how: alone, in a list, or by name."""


def walk(node: object, pointer: str = "", kind: Kind = "document") -> Iterator[Place]:
    """Yield a node and all nodes below it, parents first; references are not followed.

    A parent may be changed before its children are asked for.
    """
    if not isinstance(node, dict):
        raise GenerationError(f"#{pointer} must be an object, not {_named(node)}")
    place = Place(kind, pointer, cast("Node", node))
    yield place
    if "$ref" in place.node and kind != "path":
        return
    for key, (holder, inner) in _CHILDREN[kind].items():
        value: object = place.node.get(key)
        absent = key not in place.node or (value is None and holder != _ONE)
        if absent or (key == "additionalProperties" and isinstance(value, bool)):
            continue
        for below, child in _children(value, holder, f"{pointer}/{key}"):
            yield from walk(child, below, inner)


_MAY_BE_NULL = {"const", "default", "example", "examples"}


def drop_empty(root: Node) -> None:
    """Take away keys without a value, which YAML reads as null, where null says nothing."""
    for place in walk(root):
        single = {key for key, (holder, _) in _CHILDREN[place.kind].items() if holder == _ONE}
        for key in set(place.node) - single - _MAY_BE_NULL:
            if place.node[key] is None and not key.startswith("x-"):
                del place.node[key]


def _children(value: object, holder: str, pointer: str) -> Iterator[tuple[str, object]]:
    if holder == _ONE:
        yield pointer, value
    elif holder == _LIST:
        if not isinstance(value, list):
            raise GenerationError(f"#{pointer} must be a list, not {_named(value)}")
        for index, item in enumerate(cast("list[object]", value)):
            yield f"{pointer}/{index}", item
    else:
        if not isinstance(value, dict):
            raise GenerationError(f"#{pointer} must be an object, not {_named(value)}")
        for name, item in cast("Node", value).items():
            if not (name.startswith("x-") and pointer == "/paths"):
                yield f"{pointer}/{escaped(name)}", item


def _named(value: object) -> str:
    return "nothing" if value is None else type(value).__name__


def mapping(node: Node, key: str) -> Node:
    """Return what stands at a key, nothing if there is none."""
    found: Node | None = node.get(key)
    return found or {}


def listing(node: Node, key: str) -> list[Node]:
    """Return the list at a key, an empty one if there is none."""
    found: list[Node] | None = node.get(key)
    return found or []


def escaped(name: str) -> str:
    """Return a name as a part of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")


class Document:
    """An OpenAPI document and look-ups in it."""

    def __init__(self, root: Node) -> None:
        self.root = root

    @classmethod
    def load(cls, path: Path) -> Document:
        """Read a YAML or JSON file."""
        try:
            root = _read(path)
        except (OSError, RecursionError, ValueError, YAMLError) as error:
            raise GenerationError(f"{path} can't be read: {error}") from None
        if not isinstance(root, dict):
            raise GenerationError(f"{path} is not an OpenAPI document")
        return cls(_with_text_keys(cast("Node", root)))

    def at(self, pointer: str) -> Node:
        """Return the node at a JSON pointer, references on the way and at its end resolved."""
        return self.target(pointer)[1]

    def target(self, pointer: str) -> tuple[str, Node]:
        """Return the node that a JSON pointer leads to and its own pointer, without references."""
        found = pointer.removeprefix("#")
        seen: set[str] = set()
        while True:
            node = self._exact(found, pointer)
            reference: object = node.get("$ref")
            if not isinstance(reference, str):
                return found, node
            if reference in seen:
                raise GenerationError(f"{pointer} leads in a circle")
            seen.add(reference)
            if not reference.startswith("#/"):
                raise GenerationError(f"#{found}: {reference} is outside of this document")
            found = reference.removeprefix("#")

    def _exact(self, found: str, asked: str) -> Node:
        node: Any = self.root
        for part in found.split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            try:
                is_object = isinstance(node, dict)
                node = self.resolve(node)[key] if is_object else node[int(key)]
            except (KeyError, IndexError, ValueError, TypeError):
                raise GenerationError(f"{asked} leads nowhere") from None
        if not isinstance(node, dict):
            raise GenerationError(f"{asked} is not an object")
        return cast("Node", node)

    def resolve(self, node: Node) -> Node:
        """Return what a reference stands for; any other node is returned as it is."""
        reference: object = node.get("$ref")
        return self.at(reference) if isinstance(reference, str) else node

    def operations(self) -> Iterator[tuple[str, str, Node]]:
        """Yield path, method and operation."""
        for path, item in mapping(self.root, "paths").items():
            for method in item:
                if not path.startswith("x-") and method in METHODS:
                    yield path, method, item[method]

    def parameters(self, path: str, method: str) -> dict[tuple[str, str], Node]:
        """Return an operation's parameters by location and name, those of its path included."""
        item: Node = self.root["paths"][path]
        found: dict[tuple[str, str], Node] = {}
        for holder in (item, item[method]):
            for entry in listing(holder, "parameters"):
                parameter = self.resolve(entry)
                found[parameter["in"], parameter["name"]] = parameter
        return found

    def responses(self, operation: Node) -> dict[str, Node]:
        """Return an operation's responses by status."""
        responses = mapping(operation, "responses")
        return {status: self.resolve(response) for status, response in responses.items()}

    def schemas_below(self, node: Node) -> Iterator[Node]:
        """Yield a schema and all that it is made of, references followed, each once."""
        seen: set[int] = set()
        todo = [node]
        while todo:
            schema = self.resolve(todo.pop())
            if id(schema) in seen:
                continue
            seen.add(id(schema))
            yield schema
            todo += [place.node for place in walk(schema, kind="schema")][1:]

    def reachable(self) -> set[str]:
        """Return the references that operations make, directly or not."""
        found: set[str] = set()
        todo = set(_references(self.root.get("paths", {})))
        while todo:
            reference = todo.pop()
            found.add(reference)
            todo |= set(_references(self.at(reference))) - found
        return found


def _read(path: Path) -> object:
    # JSON is YAML but for one thing: a character that JSON escapes as two halves.
    if path.suffix == ".json":
        return json.loads(path.read_text(encoding="utf-8"))
    found: object = YAML(typ="safe").load(path)  # pyright: ignore[reportUnknownMemberType]
    return found


def result_statuses(responses: Mapping[str, Node]) -> set[str]:
    """Return the statuses whose reply is a result; the others stand for errors."""
    found = {
        status
        for status, response in responses.items()
        if status.startswith("2") and "x-error-name" not in response
    }
    # A default covers success only where no success is spelled out.
    return found or ({"default"} & set(responses))


def _references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        members = cast("Node", node)
        if isinstance(members.get("$ref"), str):
            yield members["$ref"]
        for value in members.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in cast("list[object]", node):
            yield from _references(value)


def _with_text_keys(node: Node) -> Node:
    """Return a copy whose keys are text: YAML reads an unquoted 200 as a number.

    Anchors become copies, so that a change of one place stays there.
    """

    def copied(value: object) -> object:
        if isinstance(value, dict):
            return {str(key): copied(inner) for key, inner in cast("Node", value).items()}
        if isinstance(value, list):
            return [copied(inner) for inner in cast("list[object]", value)]
        return value

    return cast("Node", copied(node))
