"""Markdown into blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from ..tree import load
from . import html
from .blocks import Block, Code, Heading, Paragraph, Row, Table, Text, TextBuilder
from .model import UnreadableError

_PARSER = MarkdownIt("commonmark", {"html": True}).enable("table").use(front_matter_plugin)
# How the table rule itself splits a row at its unescaped pipes.
_split_row: Any = vars(import_module("markdown_it.rules_block.table"))["escapedSplit"]
# Another word in angle brackets is text: array<string>.
_TAG = re.compile(
    r"<!--|</?(?:a|b|big|center|cite|code|del|dfn|em|font|i|img|input|ins|kbd|label|mark|pre|q|s"
    r"|small|span|strike|strong|sub|sup|table|tbody|td|th|thead|tt|u|var)\b",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(r"\{\{\s*\$frontmatter\.(\w+)\s*\}\}")
_LINE_ENDS = frozenset(
    f"{slash}{tag}"
    for slash in ("", "/")
    for tag in ("br", "dd", "div", "dl", "dt", "li", "ol", "p", "tr", "ul")
)


def blocks(source: str) -> list[Block]:
    """Return the blocks of a Markdown text, in order."""
    normal = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    tokens = _PARSER.parse(normal)
    return list(_blocks(tokens, normal.split("\n")))


def _blocks(tokens: Sequence[Token], lines: Sequence[str]) -> Iterator[Block]:
    front: dict[str, Any] = {}
    index = 0
    while index < len(tokens):
        token = tokens[index]
        line = _line(token)
        if token.type == "front_matter":
            front = _front(token.content)
        elif token.type in {"heading_open", "paragraph_open"}:
            text = _text(tokens[index + 1], front)
            made = Heading if token.type == "heading_open" else Paragraph
            yield made(line=line, text=text)
        elif token.type in {"fence", "code_block"}:
            yield Code(line=line, content=token.content)
        elif token.type == "html_block":
            yield from html.blocks(token.content, first_line=line)
        elif token.type == "table_open":
            end = index + [other.type for other in tokens[index:]].index("table_close")
            yield _table(tokens[index:end], lines)
            index = end
        index += 1


def _line(token: Token) -> int:
    return token.map[0] + 1 if token.map else 0


def _front(matter: str) -> dict[str, Any]:
    try:
        return load(matter, "front matter")
    except UnreadableError:
        return {}


def _text(inline: Token, front: Mapping[str, object] | None = None) -> Text:
    """Return running text, whose placeholders stand for the front matter of the page."""
    stated = front or {}
    builder = TextBuilder()
    for child in inline.children or []:
        if child.type in {"text", "text_special"}:
            builder.add(_PLACEHOLDER.sub(lambda hit: str(stated.get(hit[1], "")), child.content))
        elif child.type == "code_inline":
            builder.add(child.content, code=True)
        elif child.type == "softbreak":
            builder.add(" ")
        elif child.type == "hardbreak" or (child.type == "html_inline" and _ends_line(child)):
            builder.end_line()
        elif child.type == "html_inline" and not _TAG.match(child.content):
            builder.add(child.content)
        elif child.type == "link_open":
            builder.links.append(str(child.attrs.get("href", "")))
    return builder.build()


def _ends_line(tag: Token) -> bool:
    words = tag.content.strip("<> ").lower().removesuffix("/").split()
    return bool(words) and words[0] in _LINE_ENDS


def _table(tokens: Sequence[Token], lines: Sequence[str]) -> Table:
    rows: list[Row] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append(Row(line=_line(token), cells=()))
        elif token.type == "inline":
            last = rows[-1]
            rows[-1] = Row(line=last.line, cells=(*last.cells, _text(token)))
    head = rows[0].cells
    nested = tokens[0].level > 0
    counted = [
        Row(
            line=row.line,
            cells=row.cells,
            surplus=0 if nested else max(0, _cells(lines[row.line - 1]) - len(head)),
        )
        for row in rows[1:]
    ]
    return Table(line=_line(tokens[0]), head=head, rows=tuple(counted))


def _cells(line: str) -> int:
    """Return how many cells a row has in the source; the parser drops those beyond its head."""
    cells: list[str] = _split_row(line.strip())
    if cells and not cells[0].strip():
        cells = cells[1:]
    if cells and not cells[-1].strip():
        cells = cells[:-1]
    return len(cells)
