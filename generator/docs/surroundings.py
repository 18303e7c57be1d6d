"""What a scaffold takes from the spec that it goes into."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..spec import Document
from ..tree import Node, node, nodes
from .failures import error_response, error_schema, no_result
from .matching import template
from .model import METHODS, Field, Operation
from .writing import reference


class Surroundings:
    """The tag, parameters, responses and names of a spec; a new one has hardly any."""

    def __init__(self, root: Node | None = None, source: str = "") -> None:
        self._root: Node = root or {}
        self._references = Document(self._root, source)
        self._items = node(self._root.get("paths"))
        self._operations = [
            (item, item[method.lower()])
            for item in self._items.values()
            for method in METHODS
            if method.lower() in item
        ]
        self._components = node(self._root.get("components"))
        self._shared = self._shared_responses()
        self._own: Node = {}
        self.schemas = node(self._components.get("schemas"))

    def has(self, operation: Operation) -> bool:
        """Return whether the spec has an operation."""
        return any(
            template(path) == template(operation.path) and operation.method.lower() in item
            for path, item in self._items.items()
        )

    def webhook(self, name: str) -> str:
        """Return a name that no webhook of the spec has."""
        found, number = name, 2
        while found in node(self._root.get("x-webhooks")):
            found, number = f"{name}{number}", number + 1
        return found

    def path(self, operation: Operation) -> str:
        """Return the path of an operation with the names that the spec gives its parameters."""
        same = (path for path in self._items if template(path) == template(operation.path))
        return next(same, operation.path)

    def named(self, operation: Operation) -> Operation:
        """Return an operation whose path parameters have the names that the spec gives them."""
        ours = self.path(operation)
        before, after = (re.findall(r"\{([^}]+)\}", path) for path in (operation.path, ours))
        names = dict(zip(before, after, strict=True))
        fields = [
            replace(one, path=(names.get(one.name, one.name),)) if one.place == "path" else one
            for one in operation.fields
        ]
        return replace(operation, path=ours, fields=tuple(fields))

    @property
    def names(self) -> set[str]:
        """All names that are taken."""
        found = {name for kind in self._components.values() for name in node(kind)}
        return found | {str(one.get("operationId")) for _, one in self._operations}

    def tags(self, operation: Operation) -> list[str]:
        """Return the tag of most operations, or one made from the path."""
        counted = Counter(tag for _, one in self._operations for tag in one.get("tags", ()))
        if counted:
            return [counted.most_common(1)[0][0]]
        parts = re.findall(r"[a-z][a-z0-9-]*(?=/|$)", re.sub(r"^/v\d+", "", operation.path.lower()))
        return parts[:1] or ["operations"]

    @property
    def headers(self) -> Node:
        """The headers that every result of the spec has."""
        found = [
            self._references.resolve(response).get("headers")
            for _, one in self._operations
            for status, response in node(one.get("responses")).items()
            if self._is_result(str(status), response)
        ]
        same = bool(found) and bool(found[0]) and all(one == found[0] for one in found)
        return {"headers": _plain(found[0])} if same else {}

    def _is_result(self, status: str, response: object) -> bool:
        return status.startswith("2") and "x-error-name" not in self._references.resolve(response)

    def common_parameters(self, operation: Operation) -> Iterator[Node]:
        """Yield references to the parameters, other than of a path, that all operations have."""
        path = self._items.get(operation.path)
        counted: Counter[str] = Counter()
        for item, one in self._operations:
            counted.update(
                _references([*nodes(item.get("parameters")), *nodes(one.get("parameters"))])
            )
        beside = _references(nodes(node(path).get("parameters")))
        stated = {(one.place, one.name) for one in operation.fields}
        for name, count in counted.items():
            parameter = self._references.resolve({"$ref": name})
            everywhere = count == len(self._operations) and parameter["in"] != "path"
            key = (parameter["in"], parameter["name"])
            if everywhere and name not in beside and key not in stated:
                yield {"$ref": name}

    def parameter(self, one: Field) -> Node | None:
        """Return a reference to the parameter of the spec that is this field, or nothing."""
        for name, stated in node(self._components.get("parameters")).items():
            schema = self._references.merged(stated.get("schema"))
            same = (
                (stated["in"], stated["name"]) == (one.place, one.name)
                and schema.get("type") == one.type
                and (not one.length or schema.get("maxLength") == one.length.maximum)
                and bool(stated.get("required")) == (one.place == "path" or bool(one.required))
                and [str(value) for value in schema.get("enum", ())] == list(one.values or ())
            )
            if same:
                return reference(name, "parameters")
        return None

    def stands_beside(self, one: Field, operation: Operation) -> bool:
        """Return whether all operations of the path have a parameter."""
        item = node(self._items.get(operation.path))
        stated = map(self._references.resolve, nodes(item.get("parameters")))
        return any((other["in"], other["name"]) == (one.place, one.name) for other in stated)

    def _shared_responses(self) -> dict[str, tuple[str, bool]]:
        """Return for each status the reference used most, and whether all operations have it."""
        counted: dict[str, Counter[str]] = {}
        for _, one in self._operations:
            for status, response in node(one.get("responses")).items():
                if "$ref" in response and not self._is_result(str(status), response):
                    counted.setdefault(str(status), Counter())[response["$ref"]] += 1
        every = len(self._operations)
        return {
            status: (found.most_common(1)[0][0], found.total() == every)
            for status, found in counted.items()
        }

    def statuses(self, rows: Sequence[Node]) -> list[str]:
        """Return the statuses of an error table and those that every operation has."""
        found = {str(row["status"]) for row in rows}
        found |= {status for status, (_, everywhere) in self._shared.items() if everywhere}
        if not any(status.startswith("4") for status in found):
            found.add("4XX")
        return sorted(found - {"default"})

    def response(self, status: str, operation: Operation) -> Node:
        """Return the response of an error."""
        if status in self._shared:
            return {"$ref": self._shared[status][0]}
        if status.startswith("2"):
            return no_result(status, operation)
        if "default" in self._shared:
            return {"$ref": self._shared["default"][0]}
        self._own = {"responses": {"Error": error_response()}}
        if "WechatPayError" not in self.schemas:
            self._own["schemas"] = {"WechatPayError": error_schema()}
        return reference("Error", "responses")

    def needed(self, kind: str) -> Node:
        """Return the components of errors that the spec lacks."""
        return node(self._own.get(kind))


def _references(entries: Sequence[Node]) -> list[str]:
    return [str(entry["$ref"]) for entry in entries if "$ref" in entry]


def _plain(value: object) -> object:
    """Return what was read as plain objects, without its place in the file."""
    return {str(key): _plain(inner) for key, inner in node(value).items()} or value
