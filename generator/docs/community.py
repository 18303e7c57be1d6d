"""Reads community pages: one heading for each method, rows that are nested by an attribute."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from .blocks import Block, Code, Heading, Paragraph, Table, plain
from .community_rows import Rows, attributed, filled
from .model import METHODS, Field, Note, Operation, Page, Response
from .settled import settled

_REQUEST, _RESPONSES = "请求参数", ("返回字典", "异常字典")
_CHAIN = re.compile(r"(?:->chain\(|\$\w+\[)\s*(['\"])(?P<path>[^'\"]+)\1")
_CALL = re.compile(rf"->({'|'.join(METHODS)})(?:Async)?\(", re.IGNORECASE)
_STATUS = re.compile(r"getStatusCode\(\)\s*={2,3}\s*(2\d\d)")
_URL = re.compile(r"(\$\w+)\s*=\s*(['\"])(?P<url>https?://[^'\"]+)\2")
_FILE = re.compile(r"文件流|二进制|(?:数据|字节)流|(?:返回|下载).{0,12}文件")
_EMPTY = re.compile(r"[无空没]|^20[24]\b")
_STATED = re.compile(r"^(20\d)\b")
_LAYOUT = re.compile(r"^(?:::: *code-group|:::$|\{)")
_ATTRIBUTES = re.compile(r"^::: *\w+ *|:::$|(?<=\s):\w+:|\{\.[\w .-]+\}$")
_SEE = re.compile(r"(?:参阅|\s|官方(?:文档|流程图))*")


def looks_community(blocks: Sequence[Block]) -> bool:
    """Return whether a page is of this kind."""
    heads = [attributed(block.head[0]).text for block in blocks if isinstance(block, Table)]
    return any(head in {_REQUEST, *_RESPONSES} for head in heads)


@dataclass
class _Draft:
    """An operation while its parts are being read."""

    method: str
    title: str
    line: int
    path: str = ""
    tables: list[Table] = field(default_factory=list[Table])
    url: str = ""
    """A whole URL that a sample calls."""
    status: str | None = None
    links: list[str] = field(default_factory=list[str])
    remarks: list[str] = field(default_factory=list[str])


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
            if drafts and head in {_REQUEST, *_RESPONSES}:
                drafts[-1].tables.append(block)
            else:
                notes.append(Note(block.line, f"a table that is not understood: {head}"))
        elif drafts and isinstance(block, Code):
            _sample(drafts[-1], block, notes)
        elif drafts and isinstance(block, Paragraph):
            drafts[-1].links += block.text.links
            drafts[-1].remarks += _remarks(block)
    return drafts


def _remarks(block: Paragraph) -> list[str]:
    """Return what a paragraph says, without marks of the layout and links to other pages."""
    lines = [line for line in map(plain, block.text.lines) if not _LAYOUT.match(line)]
    text = "\n".join(filter(None, (_ATTRIBUTES.sub("", line).strip() for line in lines)))
    return [] if not text or _SEE.fullmatch(text) else [text]


def _sample(draft: _Draft, block: Code, notes: list[Note]) -> None:
    """The PHP samples are the only place where these pages state the path."""
    chain = _CHAIN.search(block.content)
    call = _CALL.search(block.content)
    if status := _STATUS.search(block.content):
        draft.status = draft.status or status[1]
    if call is None:
        return
    if chain is None:
        url = _URL.search(block.content)
        if url and f"({url[1]}" in block.content[call.start() :]:
            draft.url = draft.url or url["url"]
        return
    path = "/" + chain["path"].partition("?")[0].replace("{empty}", "").lstrip("/")
    if draft.path and draft.path != path:
        notes.append(Note(block.line, f"the samples call two paths: {draft.path} and {path}"))
    draft.path = draft.path or path
    if call[1].upper() != draft.method:
        notes.append(Note(block.line, f"the heading says {draft.method}, a sample {call[1]}"))


def _operation(draft: _Draft, notes: list[Note], *, marked: bool) -> Operation | None:
    url = urlsplit(draft.url)
    draft.path = draft.path or url.path
    if not draft.path:
        notes.append(Note(draft.line, f"no sample shows the path of {draft.title}"))
        return None
    reader = Rows(notes, draft.path, marked=marked)
    responses: list[Response] = []
    content: str | None = None
    for table in draft.tables:
        if attributed(table.head[0]).text == _REQUEST:
            content = reader.request(table) or content
            continue
        remarks = [filled(row) for row in table.rows]
        if any(len(cells) > 1 for cells in remarks):
            responses.append(Response(line=table.line))
            reader.rows(table, "response")
            continue
        said = " ".join(attributed(cells[0]).text for cells in remarks if cells)
        binary = bool(_FILE.search(said))
        if said and not (binary or _EMPTY.search(said)):
            notes.append(Note(table.line, f"a response that is not understood: {said}"))
        shown = _STATED.match(said)
        status = draft.status or ("200" if binary else shown[1] if shown else None)
        responses.append(Response(line=table.line, status=status, empty=not binary, binary=binary))
    stated = {one.name for one in reader.fields}
    reader.fields += [
        Field(place="query", path=(name,), line=draft.line)
        for name, _ in parse_qsl(url.query if draft.path == url.path else "")
        if name not in stated
    ]
    hosts = reader.hosts or ([f"{url.scheme}://{url.netloc}"] if url.netloc else [])
    return Operation(
        method=draft.method,
        path=draft.path,
        line=draft.line,
        title=draft.title,
        fields=settled(reader.fields, draft.path, draft.line, notes),
        hosts=tuple(hosts) or None,
        responses=tuple(responses),
        content=content,
        links=tuple(draft.links),
        remarks=tuple(draft.remarks),
    )
