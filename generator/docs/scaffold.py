"""Writes the contract of a page's operations, as far as the page states it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from .model import STANDARD_HEADERS, ErrorRow, Field, Operation, Page, Place, UnreadableError
from .schemas import Schemas, camel
from .writing import TEXT, TODO, Node, dump, mapping, on_one_line, quoted, reference, remark

_VERBS = {"GET": "query", "POST": "create", "PUT": "replace", "PATCH": "update", "DELETE": "delete"}
_PRIMARY = "https://api.mch.weixin.qq.com"
_HEAD = "Started from {source}; every TODO is for a person: see spec/README.md for our extensions."


def scaffold(page: Page) -> str:
    """Return an OpenAPI document with the operations of a page.

    Raises:
        UnreadableError: The page has no operation.
    """
    told = [f"line {note.line}: {note.text}" for note in page.notes]
    if not page.operations:
        raise UnreadableError("\n  ".join([f"{page.source}: no operation to start from", *told]))
    head = [_HEAD.format(source=page.source), *(f"{TODO}: not understood, {one}" for one in told)]
    placed = tuple(_placed(operation) for operation in page.operations)
    document = _Document(replace(page, operations=placed)).build()
    return dump(document, "\n".join(head))


class _Document:
    def __init__(self, page: Page) -> None:
        self._page = page
        self._schemas = Schemas()

    def build(self) -> Node:
        paths = mapping()
        for operation in self._page.operations:
            item = paths.setdefault(operation.path, mapping())
            item[operation.method.lower()] = self._operation(operation)
        hosts = dict.fromkeys(
            host for operation in self._page.operations for host in operation.hosts or ()
        )
        document = mapping(
            openapi="3.0.3",
            info=mapping(
                title=TODO,
                version="0.1.0",
                description=TEXT,
                license=mapping(name="MIT", url="https://opensource.org/license/mit"),
            ),
            servers=[mapping(url=host) for host in hosts or [_PRIMARY]],
            tags=[mapping(name="todo", description=TEXT)],
            security=[mapping(wechatpay=[])],
            paths=paths,
            components=mapping(
                responses=mapping(Error=_error_response()),
                schemas=self._schemas.components,
                securitySchemes=mapping(
                    wechatpay=mapping(type="http", scheme="WECHATPAY2-SHA256-RSA2048")
                ),
            ),
        )
        self._schemas.components["WechatPayError"] = _error_schema()
        if not hosts:
            remark(document, "servers", "the page does not state the hosts")
        return document

    def _operation(self, operation: Operation) -> Node:
        name = self._schemas.unique(_identifier(operation))
        stem = name[0].upper() + name[1:]
        node = mapping(
            operationId=name,
            tags=["todo"],
            summary=f"{TODO}: in English · {operation.title or '待补充'}",
            description=TEXT,
            externalDocs=mapping(description=TODO, url=_address(self._page.source)),
        )
        node["x-idempotent"] = mapping(reason=f"{TODO}: say why, or remove it")
        node["x-error-codes"] = [on_one_line(_row(row)) for row in _rows(operation)]
        remark(node, "operationId", "the platform's own name; this one is made from the path")
        if operation.errors is None:
            remark(node, "x-error-codes", "the page does not state error codes; one stands in")
        if parameters := [self._parameter(one, stem) for one in _parameters(operation)]:
            node["parameters"] = parameters
        if body := [one for one in operation.fields if one.place == "body"]:
            schema = self._schemas.object(body, f"{stem}Request", ())
            schema["additionalProperties"] = False
            self._schemas.components[f"{stem}Request"] = schema
            media = self._media(f"{stem}Request", operation.content)
            node["requestBody"] = mapping(required=True, description=TEXT, content=media)
        node["responses"] = self._responses(operation, stem)
        return node

    def _media(self, schema: str, media: str | None = None) -> Node:
        found = reference(schema)
        content = mapping(schema=found, example=self._schemas.example(found))
        return mapping({media or "application/json": content})

    def _parameter(self, one: Field, stem: str) -> Node:
        schema = self._schemas.schema(one, [], stem)
        required = one.place == "path" or bool(one.required)
        stated = {"name": one.name, "in": one.place, "required": required}
        return mapping({**stated, "description": TEXT, "schema": schema})

    def _responses(self, operation: Operation, stem: str) -> Node:
        responses = mapping()
        for reply in operation.replies:
            status = reply.status or ("204" if reply.empty else "200")
            if status in responses:
                continue
            response = mapping(description=TEXT)
            fields = [
                one
                for one in operation.fields
                if one.place == "reply" and one.status == reply.status
            ]
            if not reply.empty and fields:
                name = self._schemas.unique(f"{stem}Response")
                self._schemas.components[name] = self._schemas.object(fields, name, ())
                response["content"] = self._media(name)
            responses[quoted(status)] = response
        if not responses:
            responses[quoted("200")] = mapping(description=TEXT)
        for status in sorted({row.status or "400" for row in _rows(operation)}):
            responses[quoted(status)] = mapping({"$ref": "#/components/responses/Error"})
        responses.setdefault("4XX", mapping({"$ref": "#/components/responses/Error"}))
        responses["default"] = mapping({"$ref": "#/components/responses/Error"})
        return responses


def _placed(operation: Operation) -> Operation:
    """Put fields whose place is not stated where such methods have them."""
    place: Place = "query" if operation.method in {"GET", "DELETE"} else "body"
    fields = [
        replace(one, place=place) if one.place == "request" else one for one in operation.fields
    ]
    return replace(operation, fields=tuple(fields))


def _parameters(operation: Operation) -> Iterator[Field]:
    stated = {one.name for one in operation.fields if one.place == "path"}
    for name in re.findall(r"\{([^}]+)\}", operation.path):
        if name not in stated:
            yield Field(place="path", path=(name,), line=operation.line, required=True)
    for one in operation.fields:
        standard = one.place == "header" and one.name.lower() in STANDARD_HEADERS
        if one.place in {"path", "query", "header"} and not standard:
            yield one


def _rows(operation: Operation) -> list[ErrorRow]:
    """The error table of a contract has one row for each status, code and kind."""
    stated = operation.errors or (ErrorRow(status="500", code="SYSTEM_ERROR", line=0),)
    rows = {(row.status, row.code, row.kind): row for row in reversed(stated)}
    return list(reversed(rows.values()))


def _row(row: ErrorRow) -> Node:
    facts = {"status": int(row.status or 400), "code": row.code, "kind": row.kind or "common"}
    title = row.title if re.search("[\u4e00-\u9fff]", row.title) else f"待补充 {row.title}".strip()
    return mapping({**facts, "title": title, "meaning": TODO, "remedy": TODO})


def _address(source: str) -> str:
    """Return the address of an official page, whose number is in its address or file name."""
    number = re.search(r"\d{10}", source)
    return f"https://pay.weixin.qq.com/doc/v3/partner/{number[0] if number else '0000000000'}"


def _identifier(operation: Operation) -> str:
    """Make a name from the method and the last fixed parts of the path."""
    parts = [part for part in operation.path.split("/") if part and not part.startswith("{")]
    useful = [part for part in parts if not re.fullmatch(r"v\d+", part)]
    short = useful[-1:] if len("".join(useful[-1:])) > len("refunds") else useful[-2:]
    return _VERBS[operation.method] + "".join(map(camel, short))


def _error_response() -> Node:
    example = mapping(code="SYSTEM_ERROR", message="系统异常")
    content = mapping(schema=reference("WechatPayError"), example=example)
    return mapping(description=TEXT, content=mapping({"application/json": content}))


def _error_schema() -> Node:
    def text(title: str, example: str) -> Node:
        stated = {"type": "string", "title": title, "description": TEXT}
        return mapping({**stated, "x-no-limit": "no page gives one", "example": example})

    properties = mapping(
        code=text("错误码 · Error code", "SYSTEM_ERROR"),
        message=text("错误描述 · Message for people", "系统异常"),
    )
    return mapping(
        type="object",
        title="错误应答 · Error reply",
        description=TEXT,
        required=["code", "message"],
        properties=properties,
        example=mapping(code="SYSTEM_ERROR", message="系统异常"),
    )
