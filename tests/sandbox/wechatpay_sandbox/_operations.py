"""The operations: which path means which, and what their input must look like."""

from __future__ import annotations

import json
from collections.abc import Set as AbstractSet
from typing import Literal, NoReturn
from urllib.parse import parse_qsl

from ._errors import NUMBER_OF_EXTRA_PARAMETER, Json, RefusedError
from ._http import Request
from ._settings import Settings

Operation = Literal["create", "query", "certificates"]

_MAX_LENGTH = 32


class UnknownPathError(Exception):
    """No operation lives at this path; the gateway answers, without a body."""


class WrongMethodError(Exception):
    """The path exists, the method does not."""


def route(request: Request) -> Operation:
    """Find the operation a request is for."""
    match request.segments:
        case ["v3", "certificates"]:
            operations: dict[str, Operation] = {"GET": "certificates"}
        case ["v3", "ecommerce", "refunds", refund_id, "return-advance"] if refund_id:
            operations = {"POST": "create", "GET": "query"}
        case _:
            raise UnknownPathError
    if request.method not in operations:
        raise WrongMethodError
    return operations[request.method]


def read_create(request: Request, settings: Settings) -> tuple[str, str]:
    """Read refund_id and sub_mchid of a create."""
    media_type = (request.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise RefusedError(
            "INVALID_REQUEST",
            "HTTP头Content-Type必须为application/json",
            "The Content-Type header must be application/json",
        )
    body = _read_object(request.body)
    refund_id = _check_text("uri_template", "refund_id", request.segments[3])
    if "sub_mchid" not in body:
        raise _parameter_error("body", "/sub_mchid", "", "required")
    sub_mchid = _check_text("body", "/sub_mchid", body["sub_mchid"])
    _refuse_query(request, settings)
    _refuse_extra("body", body.keys() - {"sub_mchid"}, settings)
    return refund_id, sub_mchid


def read_query(request: Request, settings: Settings) -> tuple[str, str]:
    """Read refund_id and sub_mchid of a query."""
    _refuse_body(request)
    parameters = dict(parse_qsl(request.query, keep_blank_values=True))
    refund_id = _check_text("uri_template", "refund_id", request.segments[3])
    if "sub_mchid" not in parameters:
        raise _parameter_error("query", "sub_mchid", "", "required")
    sub_mchid = _check_text("query", "sub_mchid", parameters["sub_mchid"])
    _refuse_extra("query", parameters.keys() - {"sub_mchid"}, settings)
    return refund_id, sub_mchid


def check_certificates(request: Request, settings: Settings) -> None:
    """Check the input of a certificate download."""
    _refuse_body(request)
    parameters = dict(parse_qsl(request.query, keep_blank_values=True))
    kind = parameters.pop("algorithm_type", "RSA")
    if kind not in {"RSA", "SM2", "ALL"}:
        raise _parameter_error("query", "algorithm_type", kind, "not a known value")
    if kind == "SM2":
        raise RefusedError(
            "RESOURCE_NOT_EXISTS", "无可用的国密平台证书", "No SM platform certificate"
        )
    _refuse_extra("query", parameters.keys(), settings)


def _read_object(body: bytes) -> dict[str, Json]:
    try:
        value: Json = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise RefusedError("PARAM_ERROR", "请求体不是合法的JSON", "The body is not JSON") from error
    if not isinstance(value, dict):
        raise RefusedError("PARAM_ERROR", "请求体必须为JSON对象", "The body is not a JSON object")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _check_text(location: str, field: str, value: Json) -> str:
    if not isinstance(value, str):
        raise _parameter_error(location, field, value, "not a string")
    if not value:
        raise _parameter_error(location, field, value, "too short")
    if len(value) > _MAX_LENGTH:
        raise _parameter_error(location, field, value, "too long")
    # The general rules allow UTF-8 characters of one to three bytes only; half of a pair is none.
    if any(ord(character) > 0xFFFF or 0xD800 <= ord(character) <= 0xDFFF for character in value):
        raise _parameter_error(location, field, value, "character not allowed")
    return value


def _refuse_query(request: Request, settings: Settings) -> None:
    _refuse_extra("query", dict(parse_qsl(request.query, keep_blank_values=True)).keys(), settings)


def _refuse_body(request: Request) -> None:
    if request.body:  # our assumption: no page speaks of a GET with a body
        raise RefusedError("INVALID_REQUEST", "GET请求不能有请求体", "A GET request has no body")


def _refuse_extra(location: str, names: AbstractSet[str], settings: Settings) -> None:
    if names and settings.refuse_unknown_parameters:
        name = min(names)
        field = f"/{name}" if location == "body" else name
        raise _parameter_error(
            location, field, "", "unknown parameter", number=NUMBER_OF_EXTRA_PARAMETER
        )


def _parameter_error(
    location: str, field: str, value: Json, issue: str, *, number: int | None = None
) -> RefusedError:
    detail: dict[str, Json] = {
        "location": location,
        "field": field,
        "value": value,
        "issue": issue,
    }
    return RefusedError("PARAM_ERROR", detail=detail, number=number)
