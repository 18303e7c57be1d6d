"""What pages stated when they were last read, so that each change of a page is told once.

The spec uses a part of a page only. This file has all of its facts, without its words: a changed
description shows by its digest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from .model import (
    STANDARD_HEADERS,
    ErrorRow,
    Field,
    Length,
    Operation,
    Page,
    Response,
    UnreadableError,
)

_VERSION = 2


def digest(text: str) -> str:
    """Return what tells a text from another one."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _digest_of(one: Operation) -> str:
    return digest("\n".join(one.remarks))


def read(path: Path) -> dict[str, Page]:
    """Read the facts of pages, by their address.

    Raises:
        UnreadableError: The file was not written by `write`.
    """
    try:
        root = json.loads(path.read_text(encoding="utf-8"))
        if root["version"] != _VERSION:
            raise UnreadableError(f"{path}: version {root['version']}, not {_VERSION}")
        return {address: _page(address, facts) for address, facts in root["pages"].items()}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnreadableError(f"{path} can't be read: {error!r}") from None


def write(path: Path, pages: Mapping[str, Page]) -> None:
    """Write the facts of pages, one field a line, so that a diff shows what changed."""
    facts = {address: _facts(page) for address, page in sorted(pages.items())}
    path.write_text(_rendered({"version": _VERSION, "pages": facts}, 0) + "\n", encoding="utf-8")


def _rendered(value: object, depth: int) -> str:
    """Return JSON in which a field or a row is one line."""
    below = "  " * (depth + 1)
    if isinstance(value, dict) and "name" not in value:
        pairs = cast("dict[str, object]", value).items()
        parts = [f"{below}{json.dumps(key)}: {_rendered(one, depth + 1)}" for key, one in pairs]
        return f"{{\n{_joined(parts)}\n{'  ' * depth}}}"
    if isinstance(value, list) and value:
        items = cast("list[object]", value)
        parts = [f"{below}{_rendered(one, depth + 1)}" for one in items]
        return f"[\n{_joined(parts)}\n{'  ' * depth}]"
    return json.dumps(value, ensure_ascii=False)


def _joined(parts: list[str]) -> str:
    return ",\n".join(parts)


def _facts(page: Page) -> dict[str, Any]:
    return {
        "kind": page.kind,
        "operations": [
            {
                "method": one.method,
                "path": one.path,
                "text": _digest_of(one),
                "fields": [
                    _field_facts(field)
                    for field in one.fields
                    if field.place != "header" or field.name.lower() not in STANDARD_HEADERS
                ],
                "results": [
                    {
                        "name": "result",
                        "status": response.status,
                        "empty": response.empty,
                        "binary": response.binary,
                    }
                    for response in one.responses
                ],
                "errors": None if one.errors is None else [_error_facts(row) for row in one.errors],
                "hosts": None if one.hosts is None else list(one.hosts),
                "content": one.content,
            }
            for one in page.operations
        ],
    }


def _field_facts(one: Field) -> dict[str, Any]:
    facts = {
        "place": one.place,
        "status": one.status,
        "name": one.name,
        "type": one.type,
        "required": one.required,
        "length": one.length,
        "values": one.values,
        "encoded": one.encoded or None,
        "title": one.title or None,
        "text": digest(one.description),
    }
    return {key: value for key, value in facts.items() if value is not None}


def _error_facts(row: ErrorRow) -> dict[str, Any]:
    return {"name": row.code, "status": row.status, "kind": row.kind}


def _page(address: str, facts: dict[str, Any]) -> Page:
    operations = tuple(_operation(one) for one in facts["operations"])
    return Page(source=address, kind=facts["kind"], operations=operations)


def _operation(facts: dict[str, Any]) -> Operation:
    rows = facts["errors"]
    hosts = facts["hosts"]
    return Operation(
        method=facts["method"],
        path=facts["path"],
        line=0,
        fields=tuple(_field(one) for one in facts["fields"]),
        responses=tuple(
            Response(line=0, status=one["status"], empty=one["empty"], binary=one["binary"])
            for one in facts["results"]
        ),
        errors=None
        if rows is None
        else tuple(
            ErrorRow(code=one["name"], line=0, status=one["status"], kind=one["kind"])
            for one in rows
        ),
        hosts=None if hosts is None else tuple(hosts),
        content=facts["content"],
        digest=facts.get("text", ""),
    )


def _field(facts: dict[str, Any]) -> Field:
    values = facts.get("values")
    length = facts.get("length")
    return Field(
        place=facts["place"],
        status=facts.get("status"),
        path=tuple(facts["name"].split(".")),
        line=0,
        type=facts.get("type"),
        required=facts.get("required"),
        length=None if length is None else Length(*length),
        values=None if values is None else tuple(values),
        encoded=facts.get("encoded", False),
        title=facts.get("title", ""),
        digest=facts["text"],
    )


def with_digests(page: Page) -> Page:
    """Return a page whose descriptions can be compared with remembered ones."""
    operations = [
        replace(
            one,
            digest=_digest_of(one),
            fields=tuple(replace(field, digest=digest(field.description)) for field in one.fields),
        )
        for one in page.operations
    ]
    return replace(page, operations=tuple(operations))
