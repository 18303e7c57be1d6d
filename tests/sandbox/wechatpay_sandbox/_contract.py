"""What a spec says about its operations: their input, and the responses which it documents."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

from ._errors import ERROR_CODES, ErrorCode, Json
from ._rules import Rules
from ._spec import Document, Node, SpecError, examples
from ._values import make

Role: TypeAlias = Literal["create", "query", "certificates", "download"]

_ROLES: dict[tuple[str, str], Role] = {
    ("POST", "/v3/ecommerce/refunds/{}/return-advance"): "create",
    ("GET", "/v3/ecommerce/refunds/{}/return-advance"): "query",
    ("GET", "/v3/certificates"): "certificates",
    ("GET", "/v3/billdownload/file"): "download",
}
"""The operations which have state of their own; the others give what the spec documents."""

_CERTIFICATES: Node = {
    "operationId": "downloadCertificates",
    # One page has it, the operation's own page has no parameters at all.
    "parameters": [
        {
            "name": "algorithm_type",
            "in": "query",
            "schema": {"type": "string", "enum": ["RSA", "SM2", "ALL"]},
        }
    ],
    "responses": {"200": {"description": "Platform certificates"}},
}
_DOWNLOAD: Node = {
    "operationId": "downloadFile",
    "parameters": [
        {"name": "token", "in": "query", "required": True, "schema": {"type": "string"}}
    ],
    "responses": {
        "200": {"description": "The file", "x-unsigned": "The announced hash proves it."}
    },
}
_OF_EVERY_SPEC = {"/v3/certificates": _CERTIFICATES, "/v3/billdownload/file": _DOWNLOAD}
_METHODS = ("get", "post", "put", "patch", "delete")
JSON_MEDIA = "application/json"
FORM_MEDIA = "multipart/form-data"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter in the path, the query or a header."""

    name: str
    place: str
    required: bool
    schema: Node
    kind: str
    """The type of its values, or of the items of a list."""
    is_list: bool
    separator: str | None
    """What separates the items of a list in one value; None: the parameter is repeated."""


@dataclass(frozen=True, slots=True)
class Body:
    """One content type of a request body."""

    media: str
    schema: Node
    signed_part: str | None = None


@dataclass(frozen=True, slots=True)
class Documented:
    """The successful response of an operation."""

    status: int
    media: str | None
    schema: Node
    value: Json
    """What the body holds: JSON, or text for any other content type."""
    signed: bool
    download: Node | None
    """What `x-download` says."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path."""

    name: str
    template: tuple[str, ...]
    role: Role | None
    parameters: tuple[Parameter, ...]
    bodies: Mapping[str, Body]
    body_required: bool
    response: Documented
    echoes: Mapping[str, str]
    """Parameters by the field of the response that repeats them."""

    def path_values(self, segments: list[str]) -> dict[str, str] | None:
        """Give the path parameters by name, or None for another path."""
        if len(segments) != len(self.template):
            return None
        values: dict[str, str] = {}
        for wanted, given in zip(self.template, segments, strict=True):
            if "{" not in wanted:
                if wanted != given:
                    return None
                continue
            names = re.findall(r"\{(.*?)\}", wanted)
            parts = re.split(r"\{.*?\}", wanted)
            found = re.fullmatch("(.+)".join(map(re.escape, parts)), given, re.DOTALL)
            if not found:
                return None
            values |= zip(names, found.groups(), strict=True)
        return values


@dataclass(frozen=True, slots=True)
class Notice:
    """One kind of notice (回调通知)."""

    events: tuple[str, ...]
    original_type: str
    schema: Node
    resource: Json


class Contract:
    """The operations of a spec, the rules for their input, their error codes and notices."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.rules = Rules(document)
        self.error_codes = dict(ERROR_CODES)
        paths = document.node(document.root.get("paths"), "/paths")
        if not paths:
            raise document.error("/paths", "no operation")
        self._paths: dict[int, list[tuple[str, dict[str, Operation]]]] = {}
        read = [(path, dict(self._operations(path, item))) for path, item in paths.items()]
        for path, own in _OF_EVERY_SPEC.items():
            if path not in paths:
                read.append((path, {"GET": self._operation("GET", path, own, [])}))
        # A fixed path comes before one with parameters.
        for path, operations in sorted(read, key=lambda pair: pair[0].count("{")):
            depth = path.count("/")
            self._paths.setdefault(depth, []).append((path, operations))
        self.notices = tuple(self._notices())

    @classmethod
    def load(cls, path: Path) -> Contract:
        """Read an OpenAPI file.

        Raises:
            SpecError: The sandbox can't play it.
        """
        document = Document.load(path)
        try:
            return cls(document)
        except (AttributeError, KeyError, RecursionError, TypeError, re.error) as error:
            raise document.error("", f"not understood: {type(error).__name__}: {error}") from error

    def find(self, segments: list[str]) -> tuple[Mapping[str, Operation], dict[str, str]] | None:
        """Give the operations at a path by method, with the path parameters."""
        for _, operations in self._paths.get(len(segments), ()):
            values = next(iter(operations.values())).path_values(segments)
            if values is not None:
                return operations, values
        return None

    @property
    def operations(self) -> Iterator[Operation]:
        """All operations, those which every spec has included."""
        for listed in self._paths.values():
            for _, operations in listed:
                yield from operations.values()

    def _operations(self, path: str, given: object) -> Iterator[tuple[str, Operation]]:
        item = self.document.node(given, path)
        for method in _METHODS:
            if method in item and not path.startswith("x-"):
                place = f"{method.upper()} {path}"
                node = self.document.node(item[method], place)
                shared = self.document.nodes(item.get("parameters"), place)
                yield method.upper(), self._operation(method.upper(), path, node, shared)

    def _operation(self, method: str, path: str, node: Node, shared: list[Node]) -> Operation:
        place = f"{method} {path}"
        self._take_error_codes(node, place)
        stated = shared + self.document.nodes(node.get("parameters"), place)
        parameters = {(one["in"], one["name"]): self._parameter(one, place) for one in stated}
        body = self.document.node(node.get("requestBody"), place)
        bodies = dict(self._bodies(body, f"{place}: body"))
        if body and not bodies:
            raise self.document.error(place, "the body has no content")
        return Operation(
            name=place,
            template=tuple(path.removeprefix("/").split("/")),
            role=_ROLES.get((method, re.sub(r"\{.*?\}", "{}", path))),
            parameters=tuple(parameters.values()),
            bodies=bodies,
            body_required=body.get("required") is True,
            response=self._response(node, place),
            echoes=self.document.node(node.get("x-echoes"), place),
        )

    def _parameter(self, node: Node, place: str) -> Parameter:
        place = f"{place}: {node['name']}"
        if node["in"] not in {"path", "query", "header"} or "schema" not in node:
            raise self.document.error(place, "no parameter in path, query or header with a schema")
        merged = self.document.schema(node["schema"], place)
        is_list = merged.get("type") == "array"
        if is_list:
            merged = self.document.schema(merged.get("items"), place)
        if merged.get("type") in {"object", "array"}:
            raise self.document.error(place, "a parameter which holds objects can't be played")
        repeated = is_list and node["in"] == "query" and node.get("explode", True)
        return Parameter(
            name=str(node["name"]),
            place=node["in"],
            required=bool(node.get("required")),
            schema=node["schema"],
            kind=merged.get("type", "string"),
            is_list=is_list,
            separator=None if repeated else ",",
        )

    def _bodies(self, body: Node, place: str) -> Iterator[tuple[str, Body]]:
        for media, given in self.document.node(body.get("content"), place).items():
            node = self.document.node(given, place)
            schema: Node = node.get("schema", {})
            signed_part = node.get("x-signed-part")
            known = self.document.schema(schema, place).get("properties", {})
            if signed_part is not None and signed_part not in known:
                raise self.document.error(place, f"x-signed-part: no part is named {signed_part}")
            yield media.partition(";")[0].strip().lower(), Body(media, schema, signed_part)

    def _response(self, node: Node, place: str) -> Documented:
        responses = self.document.node(node.get("responses"), place)
        for status, given in sorted((str(key), value) for key, value in responses.items()):
            response = self.document.node(given, place)
            if status.startswith("2") and "x-error-name" not in response:
                return self._documented(status, response, f"{place}: {status}")
        raise self.document.error(place, "no response with 2xx")

    def _documented(self, status: str, response: Node, place: str) -> Documented:
        content = self.document.node(response.get("content"), place)
        media = JSON_MEDIA if JSON_MEDIA in content else next(iter(content), None)
        node = self.document.node(content.get(media), place) if media else {}
        schema: Node = node.get("schema", {})
        value: Json = None
        if media is not None:
            value = self._example(node, schema, media, place)
        download = self.document.node(response.get("x-download"), place) or None
        if download:
            self._check_download(download, schema, value, place)
        return Documented(
            status=200 if status == "2XX" else int(status),
            media=media,
            schema=schema,
            value=value,
            signed="x-unsigned" not in response,
            download=download,
        )

    def _example(self, node: Node, schema: Node, media: str, place: str) -> Json:
        """Give the first documented example that fits, or make a value."""
        found = examples(node, self.document, place)
        if media != JSON_MEDIA:
            return str(found[0]) if found else "(bytes)"
        for value in found:
            if self.rules.check(schema, value) is None:
                return value
        made = make(self.document, schema, place)
        if broken := self.rules.check(schema, made):
            where = broken.pointer or "the value"
            text = f"add an example: in the value made from the schema, {where} is {broken.issue}"
            raise self.document.error(place, text)
        return made

    def _check_download(self, download: Node, schema: Node, value: Json, place: str) -> None:
        fields = self.document.schema(schema, place).get("properties", {})
        for key in ("url", "hash-type", "hash-value"):
            if download.get(key) not in fields:
                raise self.document.error(place, f"x-download: {key} names no field of the result")
        kind = str(value.get(download["hash-type"])) if isinstance(value, dict) else ""
        if kind.lower() not in hashlib.algorithms_available:
            raise self.document.error(place, f"x-download: {kind} is no hash that can be computed")

    def _take_error_codes(self, node: Node, place: str) -> None:
        for row in self.document.nodes(node.get("x-error-codes"), place):
            code, status = str(row["code"]), int(row["status"])
            if code not in self.error_codes:
                title, meaning = str(row.get("title", code)), str(row.get("meaning", code))
                self.error_codes[code] = ErrorCode(code, status, title, meaning)

    def _notices(self) -> Iterator[Notice]:
        webhooks = self.document.node(self.document.root.get("x-webhooks"), "/x-webhooks")
        for name, given in webhooks.items():
            place = f"x-webhooks {name}"
            post = self.document.node(self.document.node(given, place).get("post"), place)
            stated = self.document.node(post.get("x-notice"), place)
            if not stated:
                continue
            schema: Node = stated.get("resource") or {}
            yield Notice(
                events=tuple(map(str, stated.get("events", [name]))),
                original_type=str(stated.get("original-type", "")),
                schema=schema,
                resource=self._example({}, schema, JSON_MEDIA, place),
            )


def contract_file() -> Path:
    """Find `openapi.yaml`: in the wheel it lies beside us, in a checkout where it is edited."""
    here = Path(__file__).parent
    packed = here.parent / "wechatpay_ecommerce_refund" / "openapi.yaml"
    return packed if packed.is_file() else here.parents[2] / "spec" / "openapi.yaml"


def contract(spec: Path | None = None) -> Contract:
    """Read a spec once; without one, the spec that came with this package."""
    path = spec or contract_file()
    try:
        return _read(path, path.stat().st_mtime_ns)
    except OSError as error:
        raise SpecError(f"{path} can't be read: {error.strerror}") from error


@cache
def _read(path: Path, _changed: int) -> Contract:
    return Contract.load(path)
