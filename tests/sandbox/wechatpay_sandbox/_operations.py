"""The operations: which path means which, and what their input must look like."""

from __future__ import annotations

import json
from typing import NoReturn
from urllib.parse import parse_qsl

from ._contract import UNKNOWN, Operation, Parameter, contract
from ._errors import NUMBER_OF_EXTRA_PARAMETER, Json, RefusedError
from ._http import Request
from ._settings import Settings

CREATE = "createReturnAdvance"
QUERY = "queryReturnAdvance"

_LOCATIONS = {"path": "uri_template", "query": "query", "header": "header"}


class UnknownPathError(Exception):
    """No operation lives at this path; the gateway answers, without a body."""


class WrongMethodError(Exception):
    """The path exists, the method does not."""


def route(request: Request) -> Operation:
    """Find the operation a request is for."""
    operations = contract().find(request.segments)
    if operations is None:
        raise UnknownPathError
    if request.method not in operations:
        raise WrongMethodError
    return operations[request.method]


def read(request: Request, operation: Operation, settings: Settings) -> dict[str, str]:
    """Check the input of an operation against the contract, and give it by name."""
    if operation.body is None:
        if request.body and settings.refuse_body_of_get:
            raise RefusedError(
                "INVALID_REQUEST", "GET请求不能有请求体", "A GET request has no body"
            )
    else:
        _check_content_type(request, settings)
    values = operation.path_values(request.segments)
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    for parameter in operation.parameters:
        source = {"path": values, "query": query}.get(parameter.place)
        if source is None:
            _check_header(parameter, request, settings)
        elif parameter.name in source:
            values[parameter.name] = source[parameter.name]
            _check(parameter.schema, values[parameter.name], parameter, settings)
        elif parameter.required:
            raise _parameter_error(_LOCATIONS[parameter.place], parameter.name, "", "required")
    known = {parameter.name for parameter in operation.parameters if parameter.place == "query"}
    extra = query.keys() - known
    if extra and settings.refuse_unknown_parameters:
        raise _unknown_parameter("query", min(extra), settings)
    if operation.body is not None:
        body = _read_object(request.body, settings)
        _check(operation.body, body, None, settings)
        values |= {name: value for name, value in body.items() if isinstance(value, str)}
    return values


def _check_content_type(request: Request, settings: Settings) -> None:
    media_type = (request.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
    if settings.require_json_content_type and media_type != "application/json":
        raise RefusedError(
            "INVALID_REQUEST",
            "HTTP头Content-Type必须为application/json",
            "The Content-Type header must be application/json",
        )


def _check_header(parameter: Parameter, request: Request, settings: Settings) -> None:
    value = request.headers.get(parameter.name)
    if value is not None and settings.refuse_unknown_language:
        _check(parameter.schema, value, parameter, settings)


def _check(schema: str, value: Json, parameter: Parameter | None, settings: Settings) -> None:
    ignore: set[str] = set()
    if not settings.check_patterns:
        ignore.add("pattern")
    if not settings.refuse_unknown_parameters:
        ignore.add(UNKNOWN)
    broken = contract().check(schema, value, ignore=frozenset(ignore))
    if broken is None:
        return
    location = _LOCATIONS[parameter.place] if parameter else "body"
    field = parameter.name if parameter else broken.pointer
    if broken.rule == UNKNOWN:
        raise _unknown_parameter(location, field, settings)
    raise _parameter_error(location, field, broken.value, broken.issue)


def _read_object(body: bytes, settings: Settings) -> dict[str, Json]:
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


def _unknown_parameter(location: str, field: str, settings: Settings) -> RefusedError:
    return _parameter_error(
        location,
        field,
        "",
        "unknown parameter",
        code=settings.unknown_parameter_code,
        number=NUMBER_OF_EXTRA_PARAMETER,
    )


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
