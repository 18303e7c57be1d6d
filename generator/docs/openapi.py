"""Reads the spec into the same model as a page, with the lines of its YAML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

from ..spec import Document, content
from ..tree import Node, line, line_of, load, node, nodes
from .model import (
    METHODS,
    ErrorRow,
    Field,
    Kind,
    Length,
    Operation,
    Page,
    Place,
    Response,
    UnreadableError,
)


def read(path: Path) -> Page:
    """Read an OpenAPI file.

    Raises:
        UnreadableError: It can't be read, or a reference leads nowhere.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableError(f"{path}: {error}") from None
    return read_text(text, str(path))


def read_text(text: str, source: str) -> Page:
    """Read the text of an OpenAPI file; see `read`."""
    root = load(text, source)
    if not node(root.get("paths")):
        raise UnreadableError(f"{source}: no OpenAPI file with paths")
    operations = tuple(_Reader(root, source).operations())
    return Page(source=source, kind="spec", operations=operations)


class _Reader:
    def __init__(self, root: Node, source: str) -> None:
        self._root = root
        self._document = Document(root, source)

    def operations(self) -> Iterator[Operation]:
        for path, item in node(self._root["paths"]).items():
            for method in METHODS:
                if not path.startswith("x-") and method.lower() in item:
                    yield self._operation(path, method, item)

    def _operation(self, path: str, method: str, item: Node) -> Operation:
        stated = node(item[method.lower()])
        entries: dict[tuple[str, str], Node] = {}
        for holder in (item, stated):
            for entry in nodes(holder.get("parameters")):
                parameter = self._document.resolve(entry)
                entries[parameter["in"], parameter["name"]] = parameter
        media, body = content(self._document.resolve(stated.get("requestBody")))
        fields = [*self._parameters(entries.values())]
        fields += self._below(body, "body", (), None)
        found: list[Response] = []
        responses = node(stated.get("responses"))
        for status, entry in responses.items():
            response = self._document.resolve(entry)
            if not str(status).startswith("2") or "x-error-name" in response:
                continue
            _, schema = content(response)
            start = line_of(responses, status)
            binary = self._type(self._document.merged(schema)) == "file"
            found.append(
                Response(line=start, status=str(status), empty=schema is None, binary=binary)
            )
            fields += self._below(schema, "response", (), str(status))
        servers = stated.get("servers") or item.get("servers") or self._root.get("servers")
        rows = nodes(stated.get("x-error-codes"))
        url: object = node(stated.get("externalDocs")).get("url")
        return Operation(
            method=method,
            path=path,
            line=line_of(item, method.lower()),
            title=str(stated.get("summary", "")),
            fields=tuple(fields),
            responses=tuple(found),
            errors=tuple(_error(row) for row in rows),
            hosts=tuple(str(server["url"]).rstrip("/") for server in nodes(servers)),
            content=media,
            links=(str(url),) if url else (),
        )

    def _parameters(self, parameters: Iterable[Node]) -> Iterator[Field]:
        """Yield parameters, and the objects that dotted ones stand in."""
        stood: set[tuple[Place, tuple[str, ...]]] = set()
        for parameter in parameters:
            one = self._parameter(parameter)
            for depth in range(1, len(one.path)):
                if (one.place, one.path[:depth]) not in stood:
                    stood.add((one.place, one.path[:depth]))
                    yield Field(place=one.place, path=one.path[:depth], line=one.line)
            yield one

    def _parameter(self, parameter: Node) -> Field:
        return self._field(
            parameter.get("schema"),
            cast("Place", parameter["in"]),
            tuple(str(parameter["name"]).split(".")),
            None,
            required=bool(parameter.get("required")),
            line=line(parameter),
            optional_on_pages="x-client-option" in parameter,
        )

    def _below(
        self,
        schema: object,
        place: Place,
        parents: tuple[str, ...],
        status: str | None,
        seen: tuple[int, ...] = (),
    ) -> Iterator[Field]:
        """Yield the fields of an object, or of the objects in an array, parents first."""
        found = self._document.resolve(schema)
        if id(found) in seen:
            return
        seen = (*seen, id(found))
        parts = [found.get("items"), found.get("x-encoded-schema"), *nodes(found.get("allOf"))]
        for part in parts:
            if part is not None:
                yield from self._below(part, place, parents, status, seen)
        required = cast("list[str]", found.get("required") or [])
        properties = node(found.get("properties"))
        for name, held in properties.items():
            path = (*parents, str(name))
            yield self._field(
                held,
                place,
                path,
                status,
                required=name in required,
                line=line_of(properties, name),
            )
            yield from self._below(held, place, path, status, seen)

    def _field(
        self,
        schema: object,
        place: Place,
        path: tuple[str, ...],
        status: str | None,
        *,
        required: bool,
        line: int,
        optional_on_pages: bool = False,
    ) -> Field:
        stated = self._document.merged(schema)
        item = self._document.merged(stated.get("items"))
        listed = stated.get("enum") or item.get("enum") or stated.get("x-known-values")
        values = cast("list[object] | None", listed or item.get("x-known-values"))
        length = Length(stated.get("minLength"), stated.get("maxLength"))
        return Field(
            place=place,
            status=status,
            path=path,
            line=line,
            type=self._type(stated),
            required=required,
            length=None if length == (None, None) else length,
            values=None if values is None else tuple(str(value) for value in values),
            encoded="x-encoded-schema" in stated,
            optional_on_pages=optional_on_pages,
            title=str(stated.get("title", "")).partition(" · ")[0],
        )

    def _type(self, schema: Node) -> str | None:
        kind = schema.get("type") or ("object" if "properties" in schema else None)
        if kind == "array":
            item = self._type(self._document.merged(schema.get("items")))
            return f"array of {item}" if item else "array"
        if kind == "string" and schema.get("format") in {"binary", "byte"}:
            return "file"
        return None if kind is None else str(kind)


def _error(row: Node) -> ErrorRow:
    kind = row.get("kind")
    return ErrorRow(
        code=str(row["code"]),
        status=str(row["status"]),
        kind=cast("Kind", kind) if kind in {"common", "business"} else None,
        line=line(row),
        title=str(row.get("title", "")),
    )
