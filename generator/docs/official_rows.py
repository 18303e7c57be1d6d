"""Turns the rows of official pages into fields and error rows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from . import facts, values
from .blocks import Row, Table, Text
from .model import ErrorRow, Field, Kind, Note, Place
from .sections import cells_of, placed

_CODE = re.compile(r"^[A-Z][A-Z0-9_]*$", re.IGNORECASE)


class Rows:
    """Reads rows; what is not understood becomes a note."""

    def __init__(self, notes: list[Note]) -> None:
        self._notes = notes

    def fields(self, table: Table, columns: dict[str, int], place: Place) -> Iterator[Field]:
        """Yield the fields of a table."""
        for row in table.rows:
            self._surplus(row)
            yield from self._field(row, cells_of(row, columns), place)

    def _field(self, row: Row, cell: dict[str, Text], place: Place) -> Iterator[Field]:
        name = cell["name"].plain
        found = facts.names(name)
        if not found:
            if any(text.plain for text in cell.values()):
                self._note(row, f"not the name of a field: {name}")
            return
        if facts.stray(name):
            self._note(row, f"a space within a name: {name}")
        typed = facts.typed(cell["type"].plain)
        marked = cell["required"].plain
        required = facts.required(marked) if marked else None
        if marked and required is None:
            self._note(row, f"not understood whether required: {marked}")
        lines, place = placed(cell["description"], place)
        listed = values.listed(lines, typed.type)
        if listed.doubt:
            self._note(row, f"values of {name}: {listed.doubt}")
        text = "\n".join("".join(piece.text for piece in line) for line in lines)
        title = re.search(r"【([^】]*)】", text)
        for path in found:
            yield Field(
                place=place,
                path=path,
                line=row.line,
                type=typed.type,
                length=typed.length,
                required=required,
                values=listed.sure,
                candidates=listed.candidates,
                title=title[1].strip() if title else "",
                description=text,
            )

    def errors(
        self, table: Table, columns: dict[str, int], kind: Kind | None
    ) -> Iterator[ErrorRow]:
        """Yield the rows of an error table."""
        for row in table.rows:
            self._surplus(row)
            cell = cells_of(row, columns)
            status = facts.status(cell["status"].plain)
            codes = facts.codes(cell["code"].plain)
            if not all(map(_CODE.match, codes)) or (status and not status.isdecimal()):
                if status or any(codes):
                    self._note(row, f"not an error: {status} {cell['code'].plain}")
                continue
            for code in codes:
                yield ErrorRow(
                    code=code,
                    status=status or None,
                    line=row.line,
                    kind=kind,
                    title=cell["description"].plain,
                    remedy=cell["remedy"].plain,
                )

    def _surplus(self, row: Row) -> None:
        if row.surplus:
            self._note(row, f"{row.surplus} more cells than the head has columns")

    def _note(self, row: Row, text: str) -> None:
        self._notes.append(Note(row.line, text))
