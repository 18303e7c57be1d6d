"""The parts of a page that matter, whatever it is written in: headings, text, tables, code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias


class Piece(NamedTuple):
    """A stretch of text; `code` says that it is set as code."""

    text: str
    code: bool = False


Line: TypeAlias = tuple[Piece, ...]

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\ufeff"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Text in lines, as a reader sees them, with the attributes of its element."""

    lines: tuple[Line, ...]
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])
    links: tuple[str, ...] = ()

    @property
    def plain(self) -> str:
        """The text without markup, lines joined by LF."""
        return "\n".join(map(plain, self.lines)).strip()


def plain(line: Line) -> str:
    """Return a line without markup."""
    return "".join(piece.text for piece in line).strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading of the page."""

    line: int
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Running text."""

    line: int
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A block of code."""

    line: int
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of a table; `surplus` counts cells that its head has no column for."""

    line: int
    cells: tuple[Text, ...]
    surplus: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with its head."""

    line: int
    head: tuple[Text, ...]
    rows: tuple[Row, ...]


Block: TypeAlias = Heading | Paragraph | Code | Table


class TextBuilder:
    """Collects pieces of text into lines."""

    def __init__(self) -> None:
        self._lines: list[list[Piece]] = [[]]
        self.links: list[str] = []

    def add(self, text: str, *, code: bool = False) -> None:
        """Add text to the line."""
        cleaned = text.translate(_INVISIBLE).replace("\xa0", " ").replace("\u3000", " ")
        if cleaned:
            self._lines[-1].append(Piece(cleaned, code))

    def end_line(self) -> None:
        """Begin a new line."""
        if self._lines[-1]:
            self._lines.append([])

    def build(self, attributes: Mapping[str, str] | None = None) -> Text:
        """Return what was collected, without empty lines."""
        lines = tuple(tuple(line) for line in self._lines if plain(tuple(line)))
        return Text(lines=lines, attributes=attributes or {}, links=tuple(self.links))


def texts(blocks: Sequence[Block]) -> str:
    """Return all headings and running text, to find out what kind of page it is."""
    return "\n".join(block.text.plain for block in blocks if isinstance(block, Heading | Paragraph))
