"""HTML into blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lxml import etree
from lxml import html as parser
from lxml.html import HtmlElement

from .blocks import Block, Code, Heading, Paragraph, Row, Table, Text, TextBuilder

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_SILENT = frozenset({"script", "style", "head", "template", "noscript", "button", "svg"})
_BREAKING = _HEADINGS | frozenset(
    {"address", "article", "aside", "blockquote", "body", "br", "caption", "dd", "div", "dl"}
    | {"dt", "footer", "form", "header", "hr", "html", "li", "main", "nav", "ol", "p", "pre"}
    | {"section", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"}
)


def blocks(source: str, *, first_line: int = 1) -> list[Block]:
    """Return the blocks of an HTML text, in order."""
    if not source.strip():
        return []
    try:
        root = parser.document_fromstring(source)
    except (etree.ParserError, ValueError):
        return []  # nothing but comments, or no element at all
    reader = _Reader(first_line - 1)
    reader.walk(root)
    reader.end_paragraph()
    return reader.found


class _Reader:
    """Walks the tree and collects blocks."""

    def __init__(self, offset: int) -> None:
        self.found: list[Block] = []
        self._offset = offset
        self._text = TextBuilder()
        self._line = 0

    def walk(self, element: HtmlElement) -> None:
        tag = element.tag if isinstance(element.tag, str) else ""
        if not tag or tag in _SILENT:
            return
        breaking = tag in _BREAKING
        if breaking:
            self.end_paragraph()
            self._line = self._line_of(element)
        if tag == "table":
            self._table(element)
        elif tag in _HEADINGS:
            self.found.append(Heading(line=self._line, text=_text(element)))
        elif tag == "pre":
            self.found.append(Code(line=self._line, content="".join(element.itertext())))
        else:
            self._inside(element, tag)
        if breaking:
            self.end_paragraph()

    def _inside(self, element: HtmlElement, tag: str) -> None:
        if tag == "a" and (href := element.get("href")):
            self._text.links.append(href)
        self._add(element.text, code=tag == "code")
        for child in element:
            self.walk(child)
            self._add(child.tail, code=tag == "code")

    def _add(self, text: str | None, *, code: bool) -> None:
        if text:
            self._text.add(_spaced(text), code=code)

    def end_paragraph(self) -> None:
        text = self._text.build()
        if text.lines:
            self.found.append(Paragraph(line=self._line, text=text))
        self._text = TextBuilder()

    def _line_of(self, element: HtmlElement) -> int:
        return self._offset + (element.sourceline or 1)

    def _table(self, table: HtmlElement) -> None:
        rows = self._rows([row for row in table.iter("tr") if _table_of(row) is table])
        if rows:
            head, *others = rows
            counted = tuple(
                Row(
                    line=row.line,
                    cells=row.cells,
                    surplus=max(0, len(row.cells) - len(head.cells)),
                )
                for row in others
            )
            self.found.append(Table(line=self._line_of(table), head=head.cells, rows=counted))

    def _rows(self, found: Sequence[HtmlElement]) -> list[Row]:
        """Return rows in which a cell that spans several rows stands in each of them."""
        rows: list[Row] = []
        hanging: dict[int, tuple[int, Text]] = {}
        for row in found:
            own = [cell for cell in row if cell.tag in {"td", "th"}]
            cells: list[Text] = []
            while own or len(cells) in hanging:
                column = len(cells)
                if column in hanging:
                    left, text = hanging.pop(column)
                else:
                    cell = own.pop(0)
                    left, text = _span(cell), _text(cell)
                cells.append(text)
                if left > 1:
                    hanging[column] = (left - 1, text)
            rows.append(Row(line=self._line_of(row), cells=tuple(cells)))
        return rows


def _span(cell: HtmlElement) -> int:
    rows = cell.get("rowspan", "1")
    return int(rows) if rows.isdecimal() else 1


def _table_of(row: HtmlElement) -> HtmlElement | None:
    return next(row.iterancestors("table"), None)


def _text(element: HtmlElement) -> Text:
    builder = TextBuilder()
    for text, code, ends_line in _pieces(element, code=False):
        if ends_line:
            builder.end_line()
        elif text:
            builder.add(_spaced(text), code=code)
    builder.links.extend(
        href for link in element.iter("a") if (href := link.get("href")) is not None
    )
    attributes = {str(name): str(value) for name, value in element.attrib.items()}
    return builder.build(attributes)


def _pieces(element: HtmlElement, *, code: bool) -> Iterator[tuple[str, bool, bool]]:
    yield element.text or "", code, False
    for child in element:
        tag = child.tag if isinstance(child.tag, str) else ""
        if tag and tag not in _SILENT:
            if tag in _BREAKING:
                yield "", False, True
            yield from _pieces(child, code=code or tag == "code")
            if tag in _BREAKING:
                yield "", False, True
        yield child.tail or "", code, False


def _spaced(text: str) -> str:
    """Return text with its white space as a browser shows it."""
    words = " ".join(text.split())
    if not words:
        return " "
    return f"{' ' if text[0].isspace() else ''}{words}{' ' if text[-1].isspace() else ''}"
