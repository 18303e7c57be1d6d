"""Writes the part of a spec that a page states."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from ..tree import read
from . import marks
from .enums import Enums
from .failures import rows
from .matching import with_its_path
from .model import (
    STANDARD_HEADERS,
    Field,
    Notice,
    Operation,
    Page,
    Place,
    Response,
    UnreadableError,
)
from .samples import fitting
from .schemas import Schemas, camel
from .surroundings import Surroundings
from .texts import Texts
from .writing import TODO, Node, OneLine, dump, reference

_VERBS = {"GET": "query", "POST": "create", "PUT": "replace", "PATCH": "update", "DELETE": "delete"}
_PRIMARY = "https://api.mch.weixin.qq.com"
_HEAD = "Started from {source}; every TODO is for a person: see spec/README.md for our extensions."
_FILE = {
    "application/octet-stream": {
        "schema": {"type": "string", "format": "binary"},
        "example": "(bytes)",
    }
}
_REPEATED = "decide whether a call may be retried; if it may, add x-idempotent with the reason"
_OURS = Path(__file__).parents[2] / "spec" / "openapi.yaml"
_ADDRESS = "https://pay.weixin.qq.com/doc/v3/partner/{}"


def scaffold(page: Page, *, texts: bool = True) -> str:
    """Return a spec with the operations of a page.

    Raises:
        UnreadableError: The page has no operation.
    """
    surroundings = Surroundings()
    parts = Parts(page, surroundings, Texts(kept=texts))
    return dump(_document(page, parts, surroundings), _HEAD.format(source=page.source))


def _document(page: Page, parts: Parts, surroundings: Surroundings) -> Node:
    hosts = list(dict.fromkeys(host for one in page.operations for host in one.hosts or ()))
    left = [] if hosts else [f"{TODO}: the page does not state the hosts"]
    tags = dict.fromkeys(tag for one in page.operations for tag in surroundings.tags(one))
    first = [one.title or one.name for one in page.operations]
    title = next(iter([*first, *(one.title or "notice" for one in page.notices)]))
    return {
        "openapi": "3.0.3",
        "info": {
            "title": title,
            "version": "0.1.0",
            "description": "\n".join([*left, title]),
            "license": {"name": "MIT", "url": "https://opensource.org/license/mit"},
        },
        "servers": [{"url": host} for host in hosts or [_PRIMARY]],
        "tags": [{"name": tag, "description": title} for tag in tags],
        "security": [{"wechatpay": []}],
        "paths": parts.paths,
        **({"x-webhooks": parts.webhooks} if parts.webhooks else {}),
        "components": {
            "responses": parts.responses,
            "schemas": parts.schemas,
            "securitySchemes": {
                # Without the extension a client would take an unverified success.
                "wechatpay": {
                    "type": "http",
                    "scheme": "WECHATPAY2-SHA256-RSA2048",
                    "x-wechatpay-signature": _signature(),
                }
            },
        },
    }


class Parts:
    """What a page adds to a spec: paths, and the components that they use."""

    def __init__(self, page: Page, surroundings: Surroundings, texts: Texts) -> None:
        told = [f"not understood, line {note.line}: {note.text}" for note in page.notes]
        if not page.operations and not page.notices:
            raise UnreadableError(
                "\n  ".join([f"{page.source}: no operation to start from", *told])
            )
        self._page = page
        self._texts = texts
        self._around = surroundings
        operations = [surroundings.named(_placed(one)) for one in page.operations]
        fields = [one for operation in operations for one in operation.fields]
        fields += [one for notice in page.notices for one in (*notice.fields, *notice.resource)]
        self._enums = Enums(fields, surroundings.schemas)
        self._schemas = Schemas(texts, self._enums, surroundings.names)
        self._enums.name(texts, self._schemas.unique)
        self.paths: Node = {}
        for operation in operations:
            item = self.paths.setdefault(operation.path, {})
            item[operation.method.lower()] = self._operation(operation, told)
            told = []
        self.webhooks = dict(self._webhook(notice, told) for notice in page.notices)
        self.responses = surroundings.needed("responses")
        self.schemas: Node = {**self._enums.components, **self._schemas.components}
        self.schemas |= surroundings.needed("schemas")

    def _operation(self, operation: Operation, told: Sequence[str]) -> Node:
        name = self._schemas.unique(_identifier(operation))
        stem = name[0].upper() + name[1:]
        left = [_REPEATED, f"{name} is made from the path; give it the platform's own name", *told]
        if operation.errors is None:
            left.append("the page does not state error codes; one stands in")
        number = _number(self._page, operation)
        if not number:
            left.append("name the official page in externalDocs")
        table = rows(operation, self._texts)
        node: Node = {
            "operationId": name,
            "tags": self._around.tags(operation),
            "summary": self._texts.short(operation.title or operation.name),
            "description": self._texts.words(_said(operation), *left),
            "externalDocs": {
                "description": "Official page · 官方文档",
                "url": _ADDRESS.format(number or "0000000000"),
            },
            "x-error-codes": [OneLine(row) for row in table],
        }
        if parameters := [*self._parameters(operation, stem)]:
            node["parameters"] = parameters
        if body := [one for one in operation.fields if one.place == "body"]:
            title = f"{operation.title or operation.name} · request"
            schema = self._schemas.body(body, f"{stem}Request", title)
            self._schemas.components[f"{stem}Request"]["additionalProperties"] = False
            media = self._media(schema, operation.content)
            media[next(iter(media))] |= marks.upload(operation.content, body)
            words = self._texts.words(title)
            node["requestBody"] = {"required": True, "description": words, "content": media}
        node["responses"] = self._responses(operation, stem, table)
        return node

    def _media(self, schema: Node, media: str | None = None, sample: object = None) -> Node:
        stated = {"schema": schema, "example": sample or self._schemas.example(schema)}
        return {media or "application/json": stated}

    def _parameters(self, operation: Operation, stem: str) -> Iterator[Node]:
        yield from self._around.common_parameters(operation)
        for one in _parameters(operation):
            if self._around.stands_beside(one, operation):
                continue
            if found := self._around.parameter(one):
                yield found
                continue
            schema = self._schemas.parameter(one, stem)
            words = self._texts.of(one)["description"]
            if len(one.path) > 1:
                words = f"{TODO}: find out how the URL spells what stands in an object\n{words}"
            yield {
                "name": one.name,
                "in": one.place,
                "required": one.place == "path" or bool(one.required),
                "description": words,
                "schema": schema,
            }

    def _responses(self, operation: Operation, stem: str, table: Sequence[Node]) -> Node:
        responses: Node = {}
        title = operation.title or operation.name
        for stated in operation.responses or (Response(line=operation.line),):
            status = stated.status or ("204" if stated.empty else "200")
            if status in responses:
                continue
            words = self._texts.words(f"{title} · response")
            response: Node = {"description": words, **self._around.headers}
            fields = [
                one
                for one in operation.fields
                if one.place == "response" and one.status == stated.status
            ]
            if stated.binary:
                response |= {"x-unsigned": marks.UNSIGNED, "content": _FILE}
            elif not stated.empty and fields:
                name = self._schemas.unique(f"{stem}Response")
                schema = self._schemas.body(fields, name, f"{title} · response")
                response["content"] = self._media(schema, sample=fitting(operation))
                response |= marks.download(fields) if status == "200" else {}
            responses[status] = response
        for status in self._around.statuses(table):
            if status not in responses:
                responses[status] = self._around.response(status, operation)
        responses["default"] = self._around.response("default", operation)
        return responses

    def _webhook(self, notice: Notice, told: Sequence[str]) -> tuple[str, Node]:
        """Return the name of a notice, and the notice as the request that the platform sends."""
        events = marks.events(notice)
        name = events[0].partition(".")[0].lower() if "." in events[0] else "notice"
        title, stem = notice.title or name, f"{camel(name)}Notice"
        envelope = "NoticeEnvelope"
        if envelope in self._around.schemas:
            body = {"schema": reference(envelope)}
            media: Node = {"application/json": body}
        else:
            unique = self._schemas.unique(envelope)
            media = self._media(self._schemas.body(notice.fields, unique, f"{title} · envelope"))
        stated: Node = {"events": events, **marks.original_type(notice)}
        if notice.resource:
            unique = self._schemas.unique(stem)
            stated["resource"] = self._schemas.body(notice.resource, unique, title)
        words = self._texts.words(title, *told)
        post: Node = {
            "summary": self._texts.short(title),
            "description": words,
            "requestBody": {"required": True, "content": media},
            **({"x-notice": stated} if notice.resource else {}),
            "responses": {"204": {"description": self._texts.words("accepted · 收到")}},
        }
        return self._around.webhook(name), {"post": post}


def _said(operation: Operation) -> str:
    """Return the title of an operation, and what its page says beside the tables."""
    return "\n".join(dict.fromkeys([operation.title or operation.name, *operation.remarks]))


@cache
def _signature() -> Node:
    """Return how to sign and verify, as our spec says it for every operation of APIv3."""
    schemes = read(_OURS)["components"]["securitySchemes"]
    found: Node = schemes["wechatpay"]["x-wechatpay-signature"]
    return found


def _placed(operation: Operation) -> Operation:
    """Put fields whose place is not stated where such methods have them."""
    place: Place = "query" if operation.method in {"GET", "DELETE"} else "body"
    fields = [
        replace(one, place=place) if one.place == "request" else one for one in operation.fields
    ]
    return with_its_path(replace(operation, fields=tuple(fields)))


def _parameters(operation: Operation) -> Iterator[Field]:
    """Yield the parameters; of an object, those that it has."""
    for place in ("path", "query", "header"):
        fields = [one for one in operation.fields if one.place == place]
        parents = {one.path[:depth] for one in fields for depth in range(1, len(one.path))}
        for one in fields:
            standard = place == "header" and one.name.lower() in STANDARD_HEADERS
            if one.path not in parents and not standard:
                yield one


def _number(page: Page, operation: Operation) -> str | None:
    """Return the number of an official page, which is in its address or file name."""
    sources = [page.source] if page.kind == "official" else operation.links
    found = next((hit for one in sources if (hit := re.search(r"(?<!\d)\d{10}(?!\d)", one))), None)
    return found[0] if found else None


def _identifier(operation: Operation) -> str:
    """Make a name from the method and the last fixed parts of the path."""
    parts = [part for part in operation.path.split("/") if part and not part.startswith("{")]
    useful = [part for part in parts if not re.fullmatch(r"v\d+", part)]
    short = useful[-1:] if len("".join(useful[-1:])) > len("refunds") else useful[-2:]
    return _VERBS[operation.method] + "".join(map(camel, short))
