"""The parts of official pages: what a heading begins, what the columns of a table mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .blocks import Line, Piece, Row, Text, plain
from .facts import narrow
from .model import Kind, Place

_COLUMNS = {
    "code": "错误(?:码|代码|名称)",
    "type": "(?:参数|字段|数据)?类型.*|type",
    "required": "(?:是否)?必[填传选须输]项?|required",
    "description": "(?:参数|字段|错误)?(?:描述|说明)|含义|备注|原因|description",
    "status": "(?:HTTP)?(?:状态|返回)码?",
    "remedy": "(?:解决|处理)(?:方[案法式]|办法|建议)",
}
_NAMES = ("变量(?:名称?)?", "(?:参数|字段|属性)(?:名称?)?|name", "名称")
"""The name of a field, the surest first; the others are its title then."""
_BESIDE = "示例值?|默认值|序号"
"""Columns that state nothing that is compared."""
_PLACES: dict[str, Place] = {
    "header": "header", "path": "path", "query": "query", "body": "body", "form": "body",
    "multipart": "body", "表单": "body", "包体": "body", "请求体": "body", "头": "header",
    "路径": "path", "查询": "query",
}  # fmt: skip
_PLACE = re.compile(
    r"^(?:\d+[.、]\s*)?(?:(?:请求|HTTP|Request)(?:参数)?[\s（(:：]*)?"
    r"(?:(header|path|query|body|form|multipart)(?:-?data)?(?![a-z])|(表单|包体|请求体|体|头|路径|查询)(?=参|\W|$))",
    re.IGNORECASE,
)
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
    found = _PLACE.match(text.strip())
    if found is None:
        return None
    word = (found[1] or found[2]).lower()
    return "body" if word == "体" else _PLACES[word]


def section_of_paragraph(text: str) -> Section | None:
    """HTML pages name the sections of a request in paragraphs: "path 路径参数"."""
    if len(text) <= len("Header HTTP头参数") + 2 and "参数" in text and (place := _place(text)):
        return Section("request", place)
    return None


def columns_of(head: Sequence[Text]) -> dict[str, int]:
    """Return which column holds what, by our names."""
    found: dict[str, int] = {}
    patterns = [*_COLUMNS.items(), *(("name", pattern) for pattern in _NAMES)]
    for column, pattern in patterns:
        for index, title in enumerate(map(_title, head)):
            if re.fullmatch(pattern, title, re.IGNORECASE):
                found.setdefault(column, index)
    return found


def unknown_columns(head: Sequence[Text]) -> list[str]:
    """Return the titles of columns that no name fits."""
    known = "|".join([*_COLUMNS.values(), *_NAMES, _BESIDE])
    titles = [title for title in map(_title, head) if title]
    return [title for title in titles if not re.fullmatch(known, title, re.IGNORECASE)]


def _title(cell: Text) -> str:
    return re.sub(r"\s", "", narrow(cell.plain))


def cells_of(row: Row, columns: dict[str, int]) -> dict[str, Text]:
    """Return the cells of a row by our names, empty where it has none."""
    empty = Text(lines=())
    return {
        column: row.cells[columns[column]]
        if columns.get(column, len(row.cells)) < len(row.cells)
        else empty
        for column in (*_COLUMNS, "name")
    }


def placed(description: Text, place: Place) -> tuple[tuple[Line, ...], Place]:
    """The oldest pages begin a description with the place: "path 微信退款单号"."""
    lines = description.lines
    if place != "request" or not lines or not (word := _PLACE_WORD.match(plain(lines[0]))):
        return lines, place
    rest = plain(lines[0])[word.end() :]
    return ((Piece(rest),), *lines[1:]), _PLACES[word[1].lower()]
