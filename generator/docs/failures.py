"""Writes the errors of an operation."""

from __future__ import annotations

from .model import ErrorRow, Operation
from .texts import Texts
from .writing import TODO, Node, reference

_COMMON = frozenset({"PARAM_ERROR", "INVALID_REQUEST", "SIGN_ERROR", "SYSTEM_ERROR"})
"""The codes that the platform documents for every operation."""

_STANDS_IN = ErrorRow(
    status="500",
    code="SYSTEM_ERROR",
    line=0,
    title="系统异常",
    remedy=f"{TODO}: add the rows of the error table",
)


def stated_rows(operation: Operation) -> list[ErrorRow]:
    """Return the rows of a page, one for each status, code and kind."""
    stated = operation.errors or (_STANDS_IN,)
    rows = {(_status(row), row.code, _kind(row)): row for row in reversed(stated)}
    return list(reversed(rows.values()))


def rows(operation: Operation, texts: Texts) -> list[Node]:
    """Return the error table of an operation as our spec has it."""
    return [_row(row, texts) for row in stated_rows(operation)]


def _row(row: ErrorRow, texts: Texts) -> Node:
    title = texts.short(row.title or row.code)
    remedy = texts.short(row.remedy or row.title or row.code)
    if row.status is None:
        remedy = f"{TODO}: the page does not state the status. {remedy}"
    facts = {"status": _status(row), "code": row.code, "kind": _kind(row)}
    return {**facts, "title": title, "meaning": title, "remedy": remedy}


def _status(row: ErrorRow) -> int:
    return int(row.status or 400)


def _kind(row: ErrorRow) -> str:
    return row.kind or ("common" if row.code in _COMMON else "business")


def no_result(status: str, operation: Operation) -> Node:
    """Return the response of a 2xx that is an error: its name keeps it from being a result."""
    found = [row for row in stated_rows(operation) if str(_status(row)) == status]
    name = "".join(word.capitalize() for word in found[0].code.split("_"))
    return {
        "description": found[0].title or found[0].code,
        "x-error-name": name,
        "x-error-codes": list(dict.fromkeys(row.code for row in found)),
    }


def error_response() -> Node:
    """Return the response that stands for every error."""
    example = {"code": "SYSTEM_ERROR", "message": "系统异常"}
    content = {"schema": reference("WechatPayError"), "example": example}
    return {
        "description": "The call failed; see the code. 调用失败，见错误码。",
        "content": {"application/json": content},
    }


def error_schema() -> Node:
    """Return the schema of the body of every error."""
    no_limit = {"x-no-limit": "No page gives a length. 官方文档未给出长度。"}
    code = {
        "type": "string",
        "title": "错误码 · Error code",
        "description": "Stable code; the set is open. 错误码，集合可能增加。",
        **no_limit,
        "example": "SYSTEM_ERROR",
    }
    message = {
        "type": "string",
        "title": "错误描述 · Message for people",
        "description": "Text for people. 供人阅读的描述。",
        **no_limit,
        "example": "系统异常",
    }
    return {
        "type": "object",
        "title": "错误应答 · Error response",
        "description": "Decide by status, then by code, never by message. 先看状态码，再看错误码。",
        "required": ["code", "message"],
        "properties": {"code": code, "message": message},
        "example": {"code": "SYSTEM_ERROR", "message": "系统异常"},
    }
