"""The input of an operation: which one a request is for, and whether the spec allows it."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import parse_qsl

from ._contract import FORM_MEDIA, JSON_MEDIA, Body, Contract, Operation, Parameter
from ._errors import NUMBER_OF_EXTRA_PARAMETER, Json, RefusedError
from ._http import Request
from ._multipart import Part, parts
from ._rules import ENCRYPTED, UNKNOWN, Decrypt
from ._settings import Settings
from ._spec import Node

_LOCATIONS = {"path": "uri_template", "query": "query", "header": "header"}
_WHOLE = re.compile("-?[0-9]+")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_BOOLEANS = {"true": True, "false": False}


class UnknownPathError(Exception):
    """No operation lives at this path; the gateway responds, without a body."""


class WrongMethodError(Exception):
    """The path exists, the method does not."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request with the operation that it is for."""

    request: Request
    operation: Operation
    path: dict[str, str]

    @property
    def body(self) -> Body | None:
        """The content type of the body, among those of the operation."""
        return self.operation.bodies.get(_media_type(self.request))

    @property
    def signed_body(self) -> bytes:
        """The bytes that the merchant signs: of an upload, those of one part."""
        body = self.body
        if body is None or body.signed_part is None:
            return self.request.body
        try:
            return _parts(self.request)[body.signed_part].content
        except (KeyError, ValueError):
            return self.request.body


@dataclass(frozen=True, slots=True)
class Given:
    """The input of a call, after its checks."""

    parameters: dict[str, Json]
    body: Json

    def text(self, name: str) -> str | None:
        """Give a parameter or a field of the body, if it is a text."""
        fields = self.body if isinstance(self.body, dict) else {}
        value = self.parameters.get(name, fields.get(name))
        return value if isinstance(value, str) else None


def route(request: Request, contract: Contract) -> Call:
    """Find the operation a request is for."""
    found = contract.find(request.segments)
    if found is None:
        raise UnknownPathError
    operations, values = found
    if request.method not in operations:
        raise WrongMethodError
    return Call(request, operations[request.method], values)


class Reader:
    """Checks the input of one call against a spec."""

    def __init__(self, contract: Contract, settings: Settings, decrypt: Decrypt) -> None:
        self._contract = contract
        self._settings = settings
        self._decrypt = decrypt
        ignore: set[str] = set()
        if not settings.check_patterns:
            ignore.add("pattern")
        if not settings.refuse_unknown_parameters:
            ignore.add(UNKNOWN)
        self._ignore = frozenset(ignore)

    def read(self, call: Call) -> Given:
        """Give the input, or refuse it."""
        request, operation = call.request, call.operation
        self._check_content_type(call)
        query: dict[str, list[str]] = {}
        for name, value in parse_qsl(request.query, keep_blank_values=True):
            query.setdefault(name, []).append(value)
        values: dict[str, Json] = {}
        for one in operation.parameters:
            texts = self._texts(one, call, query)
            if texts:
                values[one.name] = self._parameter(one, texts)
            elif one.required:
                raise _parameter_error(_LOCATIONS[one.place], one.name, "", "required")
        known = {one.name for one in operation.parameters if one.place == "query"}
        extra = query.keys() - known
        if extra and self._settings.refuse_unknown_parameters:
            raise self._unknown("query", min(extra))
        return Given(values, self._body(call))

    def _texts(self, one: Parameter, call: Call, query: dict[str, list[str]]) -> list[str]:
        if one.place == "query":
            return query.get(one.name, [])
        if one.place == "path":
            return [call.path[one.name]] if one.name in call.path else []
        value = call.request.headers.get(one.name)
        if one.name == "Accept-Language" and not self._settings.refuse_unknown_language:
            return []
        return [] if value is None else [value]

    def _parameter(self, one: Parameter, texts: list[str]) -> Json:
        value: Json
        if one.is_list:
            split = texts if one.separator is None else texts[-1].split(one.separator)
            value = [_typed(text, one.kind) for text in split]
        else:
            value = _typed(texts[-1], one.kind)
        self._check(one.schema, value, one)
        return value

    def _check_content_type(self, call: Call) -> None:
        request, operation = call.request, call.operation
        if not operation.bodies:
            if request.body and self._settings.refuse_body_of_get:
                raise RefusedError(
                    "INVALID_REQUEST",
                    f"{request.method}请求不能有请求体",
                    f"A {request.method} request has no body",
                )
        elif call.body is None and self._settings.require_json_content_type:
            if not request.body and not operation.body_required:
                return
            wanted = " / ".join(operation.bodies)
            raise RefusedError(
                "INVALID_REQUEST",
                f"HTTP头Content-Type必须为{wanted}",
                f"The Content-Type header must be {wanted}",
            )

    def _body(self, call: Call) -> Json:
        bodies = call.operation.bodies
        if not bodies or (not call.request.body and not call.operation.body_required):
            return None
        body = call.body or next(iter(bodies.values()))
        if body.media == JSON_MEDIA:
            value = _json(call.request.body, self._settings)
        elif body.media == FORM_MEDIA:
            value = self._form(call.request, body)
        else:
            return call.request.body.decode("utf-8", "replace")
        self._check(body.schema, value, None)
        return value

    def _form(self, request: Request, body: Body) -> Json:
        """Read the parts of an upload, and compare a file with the hash in its meta."""
        try:
            found = _parts(request)
        except ValueError as error:
            raise RefusedError(
                "PARAM_ERROR", "请求体不是合法的表单", f"No form: {error}"
            ) from error
        document = self._contract.document
        properties = document.schema(body.schema, "").get("properties", {})
        values: dict[str, Json] = {}
        for name, part in found.items():
            schema = document.schema(properties.get(name), "")
            values[name] = self._part(part, schema)
        stated = values.get(body.signed_part or "")
        digest = stated.get("sha256") if isinstance(stated, dict) else None
        for part in found.values():
            wrong = hashlib.sha256(part.content).hexdigest() != str(digest).lower()
            if part.filename is not None and digest is not None and wrong:
                raise _parameter_error(
                    "body", f"/{body.signed_part}/sha256", digest, "not the file's"
                )
        return values

    def _part(self, part: Part, schema: Node) -> Json:
        text = part.content.decode("utf-8", "replace")
        if schema.get("type") in {"object", "array"}:
            try:
                value: Json = json.loads(text)
            except (ValueError, RecursionError):
                return text
            return value
        return _typed(text, schema.get("type", "string"))

    def _check(self, schema: Node, value: Json, parameter: Parameter | None) -> None:
        broken = self._contract.rules.check(
            schema, value, ignore=self._ignore, decrypt=self._decrypt
        )
        if broken is None:
            return
        location = _LOCATIONS[parameter.place] if parameter else "body"
        field = parameter.name if parameter else broken.pointer
        if broken.rule == UNKNOWN:
            raise self._unknown(location, field)
        if broken.rule == ENCRYPTED:
            raise RefusedError("PARAM_ERROR", "平台私钥解密失败", f"{field}: {broken.issue}")
        raise _parameter_error(location, field, broken.value, broken.issue)

    def _unknown(self, location: str, field: str) -> RefusedError:
        return _parameter_error(
            location,
            field,
            "",
            "unknown parameter",
            code=self._settings.unknown_parameter_code,
            number=NUMBER_OF_EXTRA_PARAMETER,
        )


def _media_type(request: Request) -> str:
    return (request.headers.get("Content-Type") or "").partition(";")[0].strip().lower()


def _parts(request: Request) -> dict[str, Part]:
    return parts(request.headers.get("Content-Type") or "", request.body)


def _typed(text: str, kind: str) -> Json:
    """Read the text of a parameter; one that is not of its type stays a text."""
    if kind == "integer" and _WHOLE.fullmatch(text):
        return int(text)
    if kind == "number" and _NUMBER.fullmatch(text):
        return float(text)
    return _BOOLEANS.get(text, text) if kind == "boolean" else text


def _json(body: bytes, settings: Settings) -> Json:
    try:
        value: Json = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise RefusedError(
            settings.broken_body_code, "请求体不是合法的JSON", "The body is not JSON"
        ) from error
    if not isinstance(value, dict):
        raise RefusedError(
            settings.broken_body_code, "请求体必须为JSON对象", "The body is not a JSON object"
        )
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _parameter_error(
    location: str,
    field: str,
    value: Json,
    issue: str,
    *,
    code: str = "PARAM_ERROR",
    number: int | None = None,
) -> RefusedError:
    detail: dict[str, Json] = {
        "location": location,
        "field": field,
        "value": value,
        "issue": issue,
    }
    return RefusedError(code, detail=detail, number=number)
