"""Flattens a spec into facts, so that two versions can be compared one by one.

References are followed: that a schema moved to another place of the file is no change, that a
shared one changed is a change wherever it is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias, cast

from ..spec import METHODS, Document
from ..tree import Node, node, nodes

Side: TypeAlias = Literal["request", "response", "both"]
Value: TypeAlias = str | int | float | bool | tuple[str, ...] | None


class Key(NamedTuple):
    """Where a fact stands: an operation, a part of it, and a keyword."""

    operation: str
    side: Side
    place: str
    keyword: str


_TEXTS = ("title", "description", "example")
_KEYWORDS = (
    *("type", "format", "nullable", "default", "pattern", "uniqueItems"),
    *("minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems"),
    *("exclusiveMinimum", "exclusiveMaximum", "multipleOf", "x-unit", "x-open-enum"),
    *_TEXTS,
)


def facts(root: Node, source: str) -> dict[Key, Value]:
    """Return all facts of a spec.

    Raises:
        UnreadableError: A reference leads nowhere.
    """
    return dict(_Reader(root, source).all())


class _Reader:
    def __init__(self, root: Node, source: str) -> None:
        self._root = root
        self._document = Document(root, source)

    def all(self) -> Iterator[tuple[Key, Value]]:
        info = node(self._root.get("info"))
        for keyword in ("title", "description"):
            yield Key("", "both", "spec", keyword), _plain(info.get(keyword))
        yield Key("", "both", "spec", "servers"), _urls(self._root)
        for path, item in node(self._root.get("paths")).items():
            for method in METHODS:
                if method in item:
                    yield from self._operation(f"{method.upper()} {path}", item, node(item[method]))

    def _operation(self, name: str, item: Node, stated: Node) -> Iterator[tuple[Key, Value]]:
        def key(keyword: str) -> Key:
            return Key(name, "both", "operation", keyword)

        yield key("operationId"), _plain(stated.get("operationId"))
        yield key("tags"), tuple(map(str, stated.get("tags") or []))
        yield key("security"), _plain(stated.get("security", self._root.get("security")))
        yield key("x-idempotent"), "x-idempotent" in stated
        for keyword in ("summary", "description"):
            yield key(keyword), _plain(stated.get(keyword))
        for row in nodes(stated.get("x-error-codes")):
            found = f"error {row.get('status')} {row.get('code')} {row.get('kind', '')}".strip()
            yield Key(name, "response", found, "listed"), True
        parameters = {
            (one["in"], one["name"]): one
            for holder in (item, stated)
            for entry in nodes(holder.get("parameters"))
            for one in [self._document.resolve(entry)]
        }
        for (where, called), one in parameters.items():
            place = f"{where} {called}"
            yield Key(name, "request", place, "required"), bool(one.get("required"))
            yield Key(name, "request", place, "description"), _plain(one.get("description"))
            yield from self._schema(name, "request", place, one.get("schema"))
        body = self._document.resolve(stated.get("requestBody"))
        if body:
            yield Key(name, "request", "body", "required"), bool(body.get("required"))
        yield from self._content(name, "request", "body", body)
        for status, entry in node(stated.get("responses")).items():
            response = self._document.resolve(entry)
            place = f"response {status}"
            yield Key(name, "response", place, "answered"), True
            yield Key(name, "response", place, "x-error-name"), _plain(response.get("x-error-name"))
            yield Key(name, "response", place, "description"), _plain(response.get("description"))
            yield Key(name, "response", place, "headers"), tuple(node(response.get("headers")))
            yield from self._content(name, "response", place, response)

    def _content(
        self, name: str, side: Side, place: str, holder: Node
    ) -> Iterator[tuple[Key, Value]]:
        for media, entry in node(holder.get("content")).items():
            yield Key(name, side, place, f"media type {media}"), True
            yield from self._schema(name, side, place, node(entry).get("schema"))

    def _schema(
        self,
        name: str,
        side: Side,
        root: str,
        schema: object,
        path: str = "",
        seen: tuple[int, ...] = (),
    ) -> Iterator[tuple[Key, Value]]:
        resolved = self._document.resolve(schema)
        if id(resolved) in seen:
            return
        seen = (*seen, id(resolved))
        stated = self._document.merged(schema)
        place = f"{root} {path}".strip()
        for keyword in _KEYWORDS:
            if keyword in stated:
                yield Key(name, side, place, keyword), _plain(stated[keyword])
        if "enum" in stated:
            yield Key(name, side, place, "enum"), tuple(map(str, stated["enum"]))
        more = stated.get("additionalProperties")
        if more is not None:
            yield Key(name, side, place, "additionalProperties"), more is not False
        if "items" in stated:
            yield from self._schema(name, side, root, stated["items"], f"{path}[]", seen)
        required = cast("list[str]", stated.get("required") or [])
        for called, member in node(stated.get("properties")).items():
            inner = f"{path}.{called}".removeprefix(".")
            yield Key(name, side, f"{root} {inner}", "required"), called in required
            yield from self._schema(name, side, root, member, inner, seen)


def _plain(value: object) -> Value:
    return value if isinstance(value, str | int | float | bool) or value is None else repr(value)


def _urls(holder: Node) -> tuple[str, ...]:
    return tuple(str(server.get("url")) for server in nodes(holder.get("servers")))
