"""The contract as it was written, and the copy of it that openapi-python-client reads.

openapi-python-client drops much of a document (limits of parameters, extensions, servers, error
tables), but it keeps the description of every schema. So the copy it gets carries, instead of each
description, the JSON pointer of the node: whatever it makes of a node leads back to all of it.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias, cast

from ruamel.yaml import YAML

Node: TypeAlias = dict[str, Any]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class GenerationError(Exception):
    """The contract can't be turned into a client; the message says where and why."""


class Document:
    """An OpenAPI document and look-ups in it."""

    def __init__(self, root: Node) -> None:
        self.root = root

    @classmethod
    def load(cls, path: Path) -> Document:
        """Read a YAML or JSON file."""
        root: object = YAML(typ="safe").load(path)  # pyright: ignore[reportUnknownMemberType]
        if not isinstance(root, dict):
            raise GenerationError(f"{path} is not an OpenAPI document")
        return cls(cast("Node", root))

    def at(self, pointer: str) -> Node:
        """Return the node at a JSON pointer, references on the way resolved."""
        node: Any = self.root
        for part in pointer.lstrip("#").split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            try:
                is_object = isinstance(node, dict)
                node = self.resolve(node)[key] if is_object else node[int(key)]
            except (KeyError, IndexError, ValueError):
                raise GenerationError(f"{pointer} leads nowhere") from None
        return self.resolve(node)

    def resolve(self, node: Node) -> Node:
        """Return what a reference stands for; any other node is returned as it is."""
        seen: set[str] = set()
        while isinstance(node.get("$ref"), str) and node["$ref"] not in seen:
            seen.add(node["$ref"])
            node = self.at(node["$ref"])
        return node

    def operations(self) -> Iterator[tuple[str, str, Node]]:
        """Yield path, method and operation."""
        for path, item in self.root.get("paths", {}).items():
            for method in item:
                if method in METHODS:
                    yield path, method, item[method]

    def parameters(self, path: str, method: str) -> dict[tuple[str, str], Node]:
        """Return an operation's parameters by location and name, those of its path included."""
        item: Node = self.root["paths"][path]
        found: dict[tuple[str, str], Node] = {}
        for holder in (item, item[method]):
            for entry in holder.get("parameters", []):
                parameter = self.resolve(entry)
                found[parameter["in"], parameter["name"]] = parameter
        return found

    def responses(self, operation: Node) -> dict[str, Node]:
        """Return an operation's responses by status."""
        return {
            str(status): self.resolve(response)
            for status, response in operation.get("responses", {}).items()
        }

    def for_parser(self) -> Node:
        """Return the copy that openapi-python-client reads.

        Left out are error replies, which `errors.py` reads whatever their shape, schemas that only
        they use, and headers that are set once on the client.
        """
        document = Document(copy.deepcopy(self.root))
        in_use = document._reachable()
        for path, method, operation in document.operations():
            results = result_statuses(document.responses(operation))
            operation["responses"] = {
                status: response
                for status, response in operation["responses"].items()
                if str(status) in results
            }
            for holder in (operation, document.root["paths"][path]):
                holder["parameters"] = [
                    entry
                    for entry in holder.get("parameters", [])
                    if "x-client-option" not in document.resolve(entry)
                ]
            _refuse_what_the_parser_skips(path, method, document.parameters(path, method))
        for pointer in in_use - document._reachable():
            if pointer.startswith(_SCHEMAS):
                del document.root["components"]["schemas"][pointer.removeprefix(_SCHEMAS)]
        _mark(document.root, "")
        return document.root

    def _reachable(self) -> set[str]:
        """Return the references that operations make, directly or not."""
        found: set[str] = set()
        todo = set(_references(self.root.get("paths", {})))
        while todo:
            reference = todo.pop()
            found.add(reference)
            todo |= set(_references(self.at(reference))) - found
        return found


def result_statuses(responses: Node) -> set[str]:
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


def _refuse_what_the_parser_skips(
    path: str, method: str, parameters: dict[tuple[str, str], Node]
) -> None:
    for location, name in parameters:
        if "schema" not in parameters[location, name]:
            raise GenerationError(
                f"{method.upper()} {path}: parameter {name} has no schema; content is not supported"
            )
    declared = {name for location, name in parameters if location == "path"}
    if missing := set(re.findall(r"{([^}]+)}", path)) - declared:
        raise GenerationError(f"{method.upper()} {path}: {', '.join(missing)} is not declared")


_SCHEMAS = "#/components/schemas/"
_HOLDERS_OF_ONE = {"schema", "items", "not", "additionalProperties"}
_HOLDERS_OF_LISTS = {"allOf", "anyOf", "oneOf", "prefixItems"}
_HOLDERS_OF_MAPS = {"properties", "schemas"}


def _mark(node: object, pointer: str, *, is_schema: bool = False) -> None:
    """Replace the description of every schema by its pointer, and take titles away.

    A title would become the name of the class; here titles are for people.
    """
    if isinstance(node, list):
        for index, value in enumerate(cast("list[object]", node)):
            _mark(value, f"{pointer}/{index}", is_schema=is_schema)
        return
    if not isinstance(node, dict):
        return
    members = cast("Node", node)
    if is_schema and "$ref" not in members:
        members.pop("title", None)
        members["description"] = f"#{pointer}"
    for key, value in members.items():
        if key in {"example", "examples", "default", "enum", "const"} or key.startswith("x-"):
            continue
        below = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
        if key in _HOLDERS_OF_MAPS and isinstance(value, dict):
            for name, schema in cast("Node", value).items():
                escaped = str(name).replace("~", "~0").replace("/", "~1")
                _mark(schema, f"{below}/{escaped}", is_schema=True)
        else:
            _mark(value, below, is_schema=key in _HOLDERS_OF_ONE or key in _HOLDERS_OF_LISTS)
