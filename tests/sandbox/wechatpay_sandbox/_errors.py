"""The platform's error codes and the body they are answered in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TypeAlias

from ._http import Headers, Reply

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

JSON_TYPE = "application/json; charset=utf-8"
"""As in the sample replies of the signature pages."""

# Numbers seen at the end of Request-ID; for the other codes none is known.
_NUMBER_OF_SIGN_ERROR = 268443699
_NUMBER_OF_FREQUENCY = 268447840
_NUMBER_OF_PARAM_ERROR = 268435461
NUMBER_OF_EXTRA_PARAMETER = 270924358
NUMBER_UNKNOWN = 268435456  # our assumption: any number but 0


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One row of the official error tables, its texts in our own words."""

    code: str
    status: int
    zh: str
    en: str
    number: int = NUMBER_UNKNOWN


ERROR_CODES: dict[str, ErrorCode] = {
    row.code: row
    for row in (
        ErrorCode("PARAM_ERROR", 400, "参数错误", "Parameter error", _NUMBER_OF_PARAM_ERROR),
        ErrorCode("INVALID_REQUEST", 400, "请求不符合规则", "Request breaks a rule"),
        ErrorCode("MCH_NOT_EXISTS", 400, "商户号不存在", "Merchant does not exist"),
        ErrorCode("SIGN_ERROR", 401, "签名错误", "Signature error", _NUMBER_OF_SIGN_ERROR),
        ErrorCode("NO_AUTH", 403, "没有垫付回补权限", "No right to do this return"),
        ErrorCode("NOT_ENOUGH", 403, "余额不足", "Balance not enough"),
        ErrorCode("REQUEST_BLOCKED", 403, "请求受阻", "Request blocked"),
        ErrorCode("RESOURCE_NOT_EXISTS", 404, "退款单不存在", "Refund does not exist"),
        # Four spellings of "too frequent" and three of "system error" are in use.
        ErrorCode("FREQUENCY_LIMITED", 429, "频率限制", "Too frequent", _NUMBER_OF_FREQUENCY),
        ErrorCode("RATELIMIT_EXCEEDED", 429, "频率限制", "Too frequent", _NUMBER_OF_FREQUENCY),
        ErrorCode("FREQUENCY_LIMIT_EXCEED", 429, "频率限制", "Too frequent", _NUMBER_OF_FREQUENCY),
        ErrorCode("FREQUENCY_LIMIT", 429, "频率限制", "Too frequent", _NUMBER_OF_FREQUENCY),
        ErrorCode("SYSTEM_ERROR", 500, "系统异常，请稍后重试", "System error, try again later"),
        ErrorCode("SYSTEMERROR", 500, "系统异常，请稍后重试", "System error, try again later"),
        ErrorCode("SYSTEM", 500, "系统异常，请稍后重试", "System error, try again later"),
        ErrorCode("SERVICE_UNAVAILABLE", 503, "服务不可用", "Service unavailable"),
    )
}


class RefusedError(Exception):
    """The platform's rules refuse a request with one of its error codes.

    Without texts of its own a refusal has those of the code.
    """

    def __init__(
        self,
        code: str,
        zh: str | None = None,
        en: str | None = None,
        *,
        detail: dict[str, Json] | None = None,
        number: int | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(code)
        row = ERROR_CODES.get(code) or ErrorCode(code, 400, code, code)
        self.code = code
        self.status = status or row.status
        self.zh = zh or row.zh
        self.en = en or row.en
        self.detail = detail
        self.number = row.number if number is None else number


def sign_error_detail(method: str, url: str, shown: str, length: int) -> dict[str, Json]:
    """Write the `detail` of a wrong signature, with what the platform built for its check."""
    information: dict[str, Json] = {
        "method": method,
        "url": url,
        "truncated_sign_message": shown,
        "sign_message_length": length,
    }
    # Variant 5 of our facts: the issue sits in a second `detail`.
    return {
        "field": "signature",
        "location": "authorization",
        "detail": {"issue": "sign not match"},
        "sign_information": information,
    }


def error_reply(refusal: RefusedError, *, language: str = "zh-CN", signed: bool) -> Reply:
    """Write a refusal in the documented shape, its text in English or Chinese."""
    # Of the four documented languages the traditional Chinese ones are answered in simplified.
    message = refusal.en if language == "en" else refusal.zh
    body: dict[str, Json] = {"code": refusal.code, "message": message}
    if refusal.detail is not None:
        body["detail"] = refusal.detail
    return json_reply(body, status=refusal.status, signed=signed, number=refusal.number)


def json_reply(value: Json, *, status: int = 200, signed: bool = True, number: int = 0) -> Reply:
    """Write a JSON reply the way the samples look: UTF-8 text, no spaces."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    headers = Headers((("Content-Type", JSON_TYPE),))
    return Reply(status, text.encode("utf-8", "replace"), headers, signed=signed, number=number)
