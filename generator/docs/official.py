"""Reads official pages: sections of tables with one row for each field or error."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from . import facts, values
from .blocks import Block, Heading, Paragraph, Row, Table
from .model import METHODS, ErrorRow, Field, Note, Operation, Page, Place, Reply
from .sections import Section, cells_of, columns_of, placed, section, section_of_paragraph

_METHOD = re.compile(rf"【\s*({'|'.join(METHODS)})\s*】\s*(\S*)", re.IGNORECASE)
_OLD_METHOD = re.compile(rf"请求方式\s*[:：]\s*({'|'.join(METHODS)})\b", re.IGNORECASE)
_OLD_URL = re.compile(r"请求URL\s*[:：]\s*(https?://[^\s]+)", re.IGNORECASE)
_HOST = re.compile(r"https?://[A-Za-z0-9.-]+")
_STATUS = re.compile(r"^([1-5]\d\d)(?:\s+[A-Za-z].*)?$")
_CODE = re.compile(r"^[A-Z][A-Z0-9_]*$", re.IGNORECASE)


def looks_official(text: str) -> bool:
    """Return whether a page is of this kind."""
    return "请求方式" in text or "请求URL" in text


@dataclass
class _Draft:
    """An operation while its sections are being read."""

    operation: Operation
    fields: list[Field] = field(default_factory=list[Field])
    replies: list[Reply] = field(default_factory=list[Reply])
    errors: list[ErrorRow] | None = None
    hosts: list[str] = field(default_factory=list[str])
    status: str | None = None

    def finished(self) -> Operation:
        return replace(
            self.operation,
            fields=tuple(self.fields),
            replies=tuple(self.replies),
            errors=None if self.errors is None else tuple(self.errors),
            hosts=tuple(dict.fromkeys(self.hosts)) or None,
        )


class _Reader:
    def __init__(self) -> None:
        self.drafts: list[_Draft] = []
        self.notes: list[Note] = []
        self._section = Section()
        self._title = ""
        self._url = ""

    @property
    def _draft(self) -> _Draft | None:
        return self.drafts[-1] if self.drafts else None

    def heading(self, block: Heading) -> None:
        text = block.text.plain
        self._title = self._title or ("" if text == "接口说明" else text)
        self._section = section(text)
        if self._section.name == "reply" and self._draft:
            self._draft.status = None

    def paragraph(self, block: Paragraph) -> None:
        text = block.text.plain.replace("\n", " ")
        if self._operation(text, block.line):
            return
        draft = self._draft
        if draft is None:
            return
        if text.endswith(("请求示例", "应答示例", "返回示例")):
            self._section = Section("example")
        elif place := section_of_paragraph(text):
            self._section = place
        elif "请求域名" in text or "【备域名】" in text or "【主域名】" in text:
            draft.hosts += _HOST.findall(text)
        elif "请求主体类型" in text and (found := re.search(r"[a-z]+/[a-z-]+", text)):
            draft.operation = replace(draft.operation, content=found[0])
        elif self._section.name == "reply" and (status := _STATUS.match(text)):
            draft.status = status[1]
        elif self._section.name == "reply" and text.startswith(("无应答包体", "无返回")):
            draft.replies.append(Reply(line=block.line, status=draft.status, empty=True))

    def _operation(self, text: str, line: int) -> bool:
        if old := _OLD_URL.search(text):
            self._url = old[1]
        method = _METHOD.search(text) if "请求方式" in text else None
        older = None if method else _OLD_METHOD.search(text)
        if method is None and older is None:
            return False
        target = method[2] if method else self._url
        if method and not target:
            self.notes.append(Note(line, f"no path after the method: {text}"))
            return True
        host = _HOST.match(target)
        path = target.removeprefix(host[0]) if host else target
        if not path.startswith("/"):
            self.notes.append(Note(line, f"not a path: {target or text}"))
            return True
        name = (method or older or [""])[1].upper()
        operation = Operation(
            method=name, path=path.partition("?")[0].strip("`"), line=line, title=self._title
        )
        self.drafts.append(_Draft(operation))
        self._section = Section()
        return True

    def table(self, table: Table) -> None:
        draft = self._draft
        if draft is None:
            return
        columns = columns_of(table.head)
        if "code" in columns:
            self._errors(draft, table, columns)
        elif "name" in columns and self._section.place:
            self._fields(draft, table, columns, self._section.place)
        elif self._section.name != "example":
            head = " | ".join(cell.plain for cell in table.head)
            self.notes.append(Note(table.line, f"a table that is not understood: {head}"))

    def _fields(self, draft: _Draft, table: Table, columns: dict[str, int], place: Place) -> None:
        if place == "reply":
            draft.replies.append(Reply(line=table.line, status=draft.status))
        for row in table.rows:
            self._surplus(row)
            made = self._field(row, columns, place)
            for one in made:
                stated = replace(one, status=draft.status) if place == "reply" else one
                _content_type(draft, stated)
                self._add(draft, stated)

    def _field(self, row: Row, columns: dict[str, int], place: Place) -> list[Field]:
        cell = cells_of(row, columns)
        found = facts.names(cell["name"].plain)
        if not found:
            if any(text.plain for text in cell.values()):
                self.notes.append(Note(row.line, f"not the name of a field: {cell['name'].plain}"))
            return []
        typed = facts.typed(cell["type"].plain)
        marked = cell["required"].plain
        required = facts.required(marked) if marked else None
        if marked and required is None:
            self.notes.append(Note(row.line, f"not understood whether required: {marked}"))
        lines, place = placed(cell["description"], place)
        listed = values.listed(lines)
        if listed.announced:
            self.notes.append(
                Note(
                    row.line,
                    f"values of {cell['name'].plain} are announced, but no list is understood",
                )
            )
        text = "\n".join("".join(piece.text for piece in line) for line in lines)
        title = re.search(r"【([^】]*)】", text)
        return [
            Field(
                place=place,
                path=path,
                line=row.line,
                type=typed.type,
                length=typed.length,
                required=required,
                values=None if typed.type == "boolean" else listed.sure,
                candidates=listed.candidates,
                title=title[1].strip() if title else "",
                description=text,
            )
            for path in found
        ]

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

    def _errors(self, draft: _Draft, table: Table, columns: dict[str, int]) -> None:
        draft.errors = draft.errors or []
        for row in table.rows:
            self._surplus(row)
            cell = cells_of(row, columns)
            code, status = cell["code"].plain, cell["status"].plain
            if not _CODE.match(code) or (status and not status.isdecimal()):
                if code or status:
                    self.notes.append(Note(row.line, f"not an error: {status} {code}"))
                continue
            draft.errors.append(
                ErrorRow(
                    code=code,
                    status=status or None,
                    line=row.line,
                    kind=self._section.kind,
                    title=cell["description"].plain,
                    remedy=cell["remedy"].plain,
                )
            )

    def _surplus(self, row: Row) -> None:
        if row.surplus:
            self.notes.append(Note(row.line, f"{row.surplus} more cells than the head has columns"))


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
    operations = tuple(draft.finished() for draft in reader.drafts)
    return Page(source=source, kind="official", operations=operations, notes=tuple(reader.notes))


def _content_type(draft: _Draft, header: Field) -> None:
    """The description of the header Content-Type names the media type."""
    if header.place == "header" and header.name.lower() == "content-type":
        found = re.search(r"[a-z]+/[a-z-]+", header.description)
        if found and draft.operation.content is None:
            draft.operation = replace(draft.operation, content=found[0])
