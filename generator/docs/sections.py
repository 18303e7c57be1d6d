"""The parts of official pages: what a heading begins, what the columns of a table mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .blocks import Line, Piece, Row, Text, plain
from .model import Kind, Place

_COLUMNS = {
    "name": ("变量", "变量名", "参数名", "参数", "字段名", "字段", "名称"),
    "type": ("类型", "参数类型", "字段类型", "类型[长度限制]", "类型(长度)"),
    "required": ("必填", "是否必填", "必传", "必选", "是否必传"),
    "description": ("描述", "说明", "参数说明", "参数描述", "字段说明", "含义"),
    "status": ("状态码", "HTTP状态码", "http状态码"),
    "remedy": ("解决方案", "解决办法", "处理方式"),
    "code": ("错误码", "错误代码", "错误名称"),
}
_PLACES: dict[str, Place] = {
    "header": "header", "path": "path", "query": "query", "body": "body", "form": "body",
    "表单": "body", "头": "header", "路径参数": "path", "查询参数": "query", "包体参数": "body",
}  # fmt: skip
_RESPONSE_SECTIONS = ("应答参数", "应答字段", "返回参数", "返回字段", "响应参数", "应答包体")
_REQUEST_SECTIONS = ("请求参数", "请求字段")
_ERROR_SECTIONS = ("错误码", "公共错误码", "业务错误码")
_PLACE_WORD = re.compile(r"^(path|query|body|header)\b\s*", re.IGNORECASE)


@dataclass
class Section:
    """Where on the page the reader is; `place` says where fields of a table there travel."""

    name: str = ""
    place: Place | None = None
    kind: Kind | None = None


def section(text: str) -> Section:
    """Return the section that a heading begins; a heading with another meaning ends it."""
    word = text.strip().replace(" ", "")
    if place := _place(text):
        return Section("request", place)
    if any(name in word for name in _ERROR_SECTIONS):
        kind: Kind | None = "common" if "公共" in word else "business" if "业务" in word else None
        return Section("errors", None, kind)
    if any(name in word for name in _RESPONSE_SECTIONS):
        return Section("response", "response")
    if any(name in word for name in _REQUEST_SECTIONS):
        return Section("request", "request")
    return Section()


def _place(text: str) -> Place | None:
    word = re.split(r"[\s参]", text.strip().lower(), maxsplit=1)[0]
    return _PLACES.get(word) or _PLACES.get(text.strip())


def section_of_paragraph(text: str) -> Section | None:
    """HTML pages name the sections of a request in paragraphs: "path 路径参数"."""
    if len(text) <= len("Header HTTP头参数") + 2 and "参数" in text and (place := _place(text)):
        return Section("request", place)
    return None


def columns_of(head: Sequence[Text]) -> dict[str, int]:
    """Return which column holds what, by our names."""
    found: dict[str, int] = {}
    titles = [cell.plain.replace(" ", "").replace("\n", "") for cell in head]
    for column, names in _COLUMNS.items():
        for name in names:
            if name in titles and column not in found:
                found[column] = titles.index(name)
    return found


def cells_of(row: Row, columns: dict[str, int]) -> dict[str, Text]:
    """Return the cells of a row by our names, empty where it has none."""
    empty = Text(lines=())
    return {
        column: row.cells[columns[column]]
        if columns.get(column, len(row.cells)) < len(row.cells)
        else empty
        for column in _COLUMNS
    }


def placed(description: Text, place: Place) -> tuple[tuple[Line, ...], Place]:
    """The oldest pages begin a description with the place: "path 微信退款单号"."""
    lines = description.lines
    if place != "request" or not lines or not (word := _PLACE_WORD.match(plain(lines[0]))):
        return lines, place
    rest = plain(lines[0])[word.end() :]
    return ((Piece(rest),), *lines[1:]), _PLACES[word[1].lower()]
