"""Reads community pages: one heading for each method, rows that are nested by an attribute."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from .blocks import Block, Code, Heading, Paragraph, Table
from .community_rows import Rows, attributed, filled
from .model import METHODS, Note, Operation, Page, Reply

_REQUEST, _REPLIES = "请求参数", ("返回字典", "异常字典")
_CHAIN = re.compile(r"(?:->chain\(|\$\w+\[)\s*(['\"])(?P<path>[^'\"]+)\1")
_CALL = re.compile(rf"->({'|'.join(METHODS)})(?:Async)?\(", re.IGNORECASE)
_NO_CONTENT = "getStatusCode() === 204"


def looks_community(blocks: Sequence[Block]) -> bool:
    """Return whether a page is of this kind."""
    heads = [attributed(block.head[0]).text for block in blocks if isinstance(block, Table)]
    return any(head in {_REQUEST, *_REPLIES} for head in heads)


@dataclass
class _Draft:
    """An operation while its parts are being read."""

    method: str
    title: str
    line: int
    path: str = ""
    tables: list[Table] = field(default_factory=list[Table])
    no_content: bool = False
    links: list[str] = field(default_factory=list[str])


def read(blocks: Sequence[Block], source: str) -> Page:
    """Read a page; what was not understood stands in its notes."""
    notes: list[Note] = []
    drafts = _drafts(blocks, notes)
    marked = any(
        "data-required" in attributed(cell).attributes
        for draft in drafts
        for table in draft.tables
        for row in table.rows
        for cell in row.cells[:1]
    )
    operations = [_operation(draft, notes, marked=marked) for draft in drafts]
    return Page(
        source=source,
        kind="community",
        operations=tuple(operation for operation in operations if operation),
        notes=tuple(notes),
    )


def _drafts(blocks: Sequence[Block], notes: list[Note]) -> list[_Draft]:
    drafts: list[_Draft] = []
    for block in blocks:
        if isinstance(block, Heading):
            title, attributes, _ = attributed(block.text)
            if attributes.get("id", "").upper() in METHODS:
                drafts.append(_Draft(attributes["id"].upper(), title, block.line))
        elif isinstance(block, Table):
            head = attributed(block.head[0]).text
            if drafts and head in {_REQUEST, *_REPLIES}:
                drafts[-1].tables.append(block)
            else:
                notes.append(Note(block.line, f"a table that is not understood: {head}"))
        elif drafts and isinstance(block, Code):
            _sample(drafts[-1], block, notes)
        elif drafts and isinstance(block, Paragraph):
            drafts[-1].links += block.text.links
    return drafts


def _sample(draft: _Draft, block: Code, notes: list[Note]) -> None:
    """The PHP samples are the only place where these pages state the path."""
    chain = _CHAIN.search(block.content)
    call = _CALL.search(block.content)
    draft.no_content |= _NO_CONTENT in block.content
    if chain is None or call is None:
        return
    path = "/" + chain["path"].replace("{empty}", "").lstrip("/")
    if draft.path and draft.path != path:
        notes.append(Note(block.line, f"the samples call two paths: {draft.path} and {path}"))
    draft.path = draft.path or path
    if call[1].upper() != draft.method:
        notes.append(Note(block.line, f"the heading says {draft.method}, a sample {call[1]}"))


def _operation(draft: _Draft, notes: list[Note], *, marked: bool) -> Operation | None:
    if not draft.path:
        notes.append(Note(draft.line, f"no sample shows the path of {draft.title}"))
        return None
    reader = Rows(notes, draft.path, marked=marked)
    replies: list[Reply] = []
    content: str | None = None
    for table in draft.tables:
        if attributed(table.head[0]).text == _REQUEST:
            content = reader.request(table) or content
            continue
        empty = all(len(filled(row)) <= 1 for row in table.rows)
        status = "204" if empty and draft.no_content else None
        replies.append(Reply(line=table.line, status=status, empty=empty))
        if not empty:
            reader.rows(table, "reply")
    return Operation(
        method=draft.method,
        path=draft.path,
        line=draft.line,
        title=draft.title,
        fields=tuple(reader.fields),
        replies=tuple(replies),
        content=content,
        links=tuple(draft.links),
    )
