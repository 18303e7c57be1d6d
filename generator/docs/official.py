"""Reads official pages: sections of tables with one row for each field or error."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlsplit

from .blocks import Block, Code, Heading, Paragraph, Table
from .model import METHODS, ErrorRow, Field, Note, Operation, Page, Place, Response, Sample
from .official_rows import Rows
from .sections import Section, columns_of, section, section_of_paragraph, unknown_columns
from .settled import settled

_METHOD = re.compile(
    rf"请求方[式法]\W*(?P<name>{'|'.join(METHODS)})\b\s*(?P<bracket>[】\]）)])?[\s`]*"
    r"(?P<target>(?:https?://|/)[^\s`]*[^\s`。，；,;])?",
    re.IGNORECASE,
)
_TARGET = re.compile(r"`?((?:https?://|/)[^\s`]+)`?")
_OLD_URL = re.compile(r"请求URL\s*[:：]\s*(https?://[^\s]+)", re.IGNORECASE)
_URL_FIELD = re.compile(r"请求URL\s*[:：][^A-Za-z]*([a-z_]{3,})", re.IGNORECASE)
_HOST = re.compile(r"https?://[A-Za-z0-9.-]+")
_STATUS = re.compile(
    r"^(?:HTTP(?:/[\d.]+)?\s*)?(?:状态码\s*[:：为]?\s*)?([1-5]\d\d)(?:\s+[A-Za-z].*|\s*[，,（(].*)?$"
)
_EMPTY = re.compile(
    r"^(?:[本该此]?接口)?[无空](?:应答|返回|响应|数据|内容|包体|。?$)|(?:应答|返回|响应)(?:包体|内容|数据)?为空|，无包体"
)
_FILE = re.compile(r"二进制|(?:文件|数据|字节)流")
_FILE_ALONE = re.compile(r"^(?:返回|应答|下载)[^，。]{0,12}文件(?:内容)?。?$")
_LONGEST_REMARK = 60
_DATED = re.compile("^更新时间")


def looks_official(text: str) -> bool:
    """Return whether a page is of this kind."""
    return bool(re.search("请求(?:方式|方法|URL)", text))


@dataclass
class _Draft:
    """An operation while its sections are being read."""

    operation: Operation
    fields: list[Field] = field(default_factory=list[Field])
    responses: list[Response] = field(default_factory=list[Response])
    errors: list[ErrorRow] | None = None
    hosts: list[str] = field(default_factory=list[str])
    status: str | None = None
    samples: list[Sample] = field(default_factory=list[Sample])
    remarks: list[str] = field(default_factory=list[str])

    def finished(self, notes: list[Note]) -> Operation:
        found = self.operation
        if not self.responses and self.status in {"202", "204"}:
            self.responses.append(Response(line=found.line, status=self.status, empty=True))
        holds_file = any(one.place == "body" and one.type == "file" for one in self.fields)
        return replace(
            found,
            content=found.content or ("multipart/form-data" if holds_file else None),
            fields=settled(self.fields, found.path, found.line, notes),
            responses=tuple(self.responses),
            errors=None if self.errors is None else tuple(self.errors),
            hosts=tuple(dict.fromkeys(self.hosts)) or None,
            samples=tuple(self.samples),
            remarks=tuple(self.remarks),
        )

    def sampled(self, status: str) -> None:
        """A sample shows the status of a response that states none."""
        for index, response in enumerate(self.responses):
            if response.status is None and not any(one.place == "response" for one in self.fields):
                self.responses[index] = replace(response, status=status)
                return


@dataclass
class _Elsewhere:
    """An operation whose URL is a field of another operation's response: a download."""

    method: str
    line: int
    name: str = ""
    is_file: bool = False


class _Reader:
    def __init__(self) -> None:
        self.drafts: list[_Draft] = []
        self.notes: list[Note] = []
        self._rows = Rows(self.notes)
        self._section = Section()
        self._title = ""
        self._url = ""
        self._elsewhere: _Elsewhere | None = None
        self._remarks: list[str] = []
        """What stands below the last heading that begins no section of an operation."""

    @property
    def _draft(self) -> _Draft | None:
        return self.drafts[-1] if self.drafts else None

    def heading(self, block: Heading) -> None:
        text = block.text.plain
        self._title = self._title or ("" if text == "接口说明" else text)
        self._section = section(text)
        if self._section.name == "response" and self._draft:
            self._draft.status = None
        if not self._section.name and self._draft:
            self._end_remarks(self._draft)
            self._remarks += [] if "接口说明" in text else [text]

    def paragraph(self, block: Paragraph) -> None:
        text = block.text.plain.replace("\n", " ")
        if self._operation(text, block.line):
            return
        if self._elsewhere:
            self._of_elsewhere(self._elsewhere, text)
        draft = self._draft
        if draft is None:
            self._remark(block)
            return
        if text.endswith(("请求示例", "应答示例", "返回示例")):
            self._section = Section("sample" if text.endswith("请求示例") else "response sample")
        elif place := section_of_paragraph(text):
            self._section = place
        elif "请求域名" in text or "【备域名】" in text or "【主域名】" in text:
            draft.hosts += _HOST.findall(text)
        elif "请求主体类型" in text and (found := re.search(r"[a-z]+/[a-z-]+", text)):
            draft.operation = replace(draft.operation, content=found[0])
        elif self._section.name == "response sample" and (status := _STATUS.match(text)):
            draft.sampled(status[1])
        elif self._section.name == "response" and self._response(draft, text, block.line):
            return
        elif self._section.name in {"", "request", "response"}:
            self._remark(block)

    def _remark(self, block: Paragraph) -> None:
        if not _DATED.match(block.text.plain):
            self._remarks.append(block.text.plain)

    def _end_remarks(self, draft: _Draft) -> None:
        """Remarks belong to the operation above them, until another one begins below."""
        draft.remarks += self._remarks
        self._remarks = []

    def _response(self, draft: _Draft, text: str, line: int) -> bool:
        """Read a response that has no table; return whether this is one, or its status."""
        short = len(text) <= _LONGEST_REMARK
        status = _STATUS.match(text) if short else None
        if status:
            draft.status = status[1]
        if short and _EMPTY.search(text):
            draft.responses.append(Response(line=line, status=draft.status, empty=True))
        elif short and (_FILE.search(text) or _FILE_ALONE.match(text)):
            draft.responses.append(Response(line=line, status=draft.status or "200", binary=True))
        elif not status:
            return False
        return True

    def _operation(self, text: str, line: int) -> bool:
        if old := _OLD_URL.search(text):
            self._url = old[1]
        method = _METHOD.search(text)
        below = _TARGET.fullmatch(text) if self._elsewhere else None
        if self._elsewhere and below:
            self._begin(self._elsewhere.method, below[1], line)
        if method is None:
            return below is not None
        name, target = method["name"].upper(), method["target"]
        if not target and not method["bracket"]:
            target = self._url
        if target:
            self._begin(name, target, line)
            return True
        self._elsewhere = _Elsewhere(name, line)
        self._of_elsewhere(self._elsewhere, text)
        return True

    def _begin(self, method: str, target: str, line: int) -> _Draft:
        path = _HOST.sub("", target, count=1).replace("\\_", "_").partition("?")[0]
        operation = Operation(method=method, path=path, line=line, title=self._title)
        self.drafts.append(_Draft(operation, remarks=self._remarks))
        self._remarks = []
        self._section = Section()
        self._elsewhere = None
        return self.drafts[-1]

    def _of_elsewhere(self, found: _Elsewhere, text: str) -> None:
        if stated := _URL_FIELD.search(text.replace("\\_", "_")):
            found.name = stated[1]
        found.is_file |= bool(_FILE.search(text) or re.search("(?:下载|获取)[^，。]*文件", text))

    def code(self, block: Code) -> None:
        """A sample shows a response, or the URL that a field of another response holds."""
        if self._section.name == "response sample" and self._draft:
            self._draft.samples.append(Sample(block.line, block.content))
        found = self._elsewhere
        if found is None or not found.name:
            return
        url = re.search(
            rf"\"{re.escape(found.name)}\"\s*:\s*\"\s*(https?://[^\"\s]+)", block.content
        )
        if url is None:
            return
        parts = urlsplit(url[1])
        draft = self._begin(found.method, parts.path, found.line)
        draft.hosts.append(f"{parts.scheme}://{parts.netloc}")
        draft.fields += [
            Field(place="query", path=(name,), line=block.line)
            for name, _ in parse_qsl(parts.query, keep_blank_values=True)
        ]
        if found.is_file:
            draft.responses.append(Response(line=found.line, status="200", binary=True))

    def finish(self) -> tuple[Operation, ...]:
        if found := self._elsewhere:
            named = f"its URL is the field {found.name}, which no sample shows"
            self.notes.append(
                Note(found.line, f"no path after the method{f': {named}' if found.name else ''}")
            )
        if self._draft:
            self._end_remarks(self._draft)
        return tuple(draft.finished(self.notes) for draft in self.drafts)

    def table(self, table: Table) -> None:
        draft = self._draft
        if draft is None:
            return
        columns = columns_of(table.head)
        for title in unknown_columns(table.head) if columns.keys() & {"code", "name"} else ():
            self.notes.append(Note(table.line, f"a column that is not understood: {title}"))
        if "code" in columns:
            draft.errors = draft.errors or []
            draft.errors += self._rows.errors(table, columns, self._section.kind)
        elif "name" in columns and self._section.place:
            self._fields(draft, table, columns, self._section.place)
        elif not self._section.name.endswith("sample"):
            head = " | ".join(cell.plain for cell in table.head)
            self.notes.append(Note(table.line, f"a table that is not understood: {head}"))

    def _fields(self, draft: _Draft, table: Table, columns: dict[str, int], place: Place) -> None:
        if place == "response":
            draft.responses.append(Response(line=table.line, status=draft.status))
        for one in self._rows.fields(table, columns, place):
            stated = replace(one, status=draft.status) if place == "response" else one
            _content_type(draft, stated)
            self._add(draft, stated)

    def _add(self, draft: _Draft, new: Field) -> None:
        same = (new.place, new.status, new.path)
        for old in draft.fields:
            if (old.place, old.status, old.path) == same:
                if (old.type, old.required, old.length) != (new.type, new.required, new.length):
                    self.notes.append(
                        Note(
                            new.line,
                            f"{new.name} is stated again and differently, first on line {old.line}",
                        )
                    )
                return
        draft.fields.append(new)


def read(blocks: Sequence[Block], source: str) -> Page:
    """Read a page; what was not understood stands in its notes."""
    reader = _Reader()
    for block in blocks:
        if isinstance(block, Heading):
            reader.heading(block)
        elif isinstance(block, Paragraph):
            reader.paragraph(block)
        elif isinstance(block, Table):
            reader.table(block)
        else:
            reader.code(block)
    operations = reader.finish()
    return Page(source=source, kind="official", operations=operations, notes=tuple(reader.notes))


def _content_type(draft: _Draft, header: Field) -> None:
    """The description of the header Content-Type names the media type."""
    if header.place == "header" and header.name.lower() == "content-type":
        found = re.search(r"[a-z]+/[a-z-]+", header.description)
        if found and draft.operation.content is None:
            draft.operation = replace(draft.operation, content=found[0])
