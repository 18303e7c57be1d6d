"""Turns the rows of community pages into fields: their nesting is an attribute."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from . import facts, values
from .blocks import Row, Table, Text
from .model import Field, Note, Place

_CONTAINERS: dict[str, Place] = {
    "json": "body",
    "xml": "body",
    "body": "body",
    "form_params": "body",
    "multipart": "body",
    "query": "query",
    "header": "header",
    "headers": "header",
}


_HOST_OPTION = "base_uri"


class _Named(NamedTuple):
    """The first cells of a row, without their attributes."""

    text: str
    depth: int
    required: bool
    row: Row


class Rows:
    """Turns rows into fields, following their indent."""

    def __init__(self, notes: list[Note], path: str, *, marked: bool) -> None:
        self.fields: list[Field] = []
        self.hosts: list[str] = []
        self._notes = notes
        self._in_path = set(re.findall(r"\{([^}]+)\}", path))
        self._marked = marked

    def request(self, table: Table) -> str | None:
        """Read a request table and return the media type that its container names."""
        start = len(self.fields)
        containers = self.rows(table, "request")
        found = re.search(r"[a-z]+/[a-z-]+", " ".join(containers))
        media = found[0] if found else None
        if media == "multipart/form-data":
            self.fields[start:] = with_files(self.fields[start:])
        return media

    def rows(self, table: Table, place: Place) -> list[str]:
        """Read the rows of a table and return the descriptions of its containers."""
        containers: list[str] = []
        indented = any("data-indent" in attributed(cell(row, 0)).attributes for row in table.rows)
        parents: list[tuple[str, ...]] = []
        within: Place = place
        nested = False
        for row in table.rows:
            named = self._named(row)
            if named is None:
                continue
            text, depth, _, _ = named
            if place == "request" and text == _HOST_OPTION:
                self._host(row)
                continue
            if place == "request" and depth == 0:
                container = _CONTAINERS.get(text) if text not in self._in_path else None
                nested, within = container is not None, container or "request"
                parents = []
                if container:
                    containers.append(cell(row, 2).plain)
                    continue
                within = "path" if text in self._in_path else "request"
                if within == "request" and indented:
                    self._notes.append(
                        Note(row.line, f"{text} is neither in the path nor below a container")
                    )
            level = depth - 1 if nested else depth
            if level > len(parents) or level < 0:
                self._notes.append(Note(row.line, f"{text} is nested below nothing"))
                continue
            parent = parents[level - 1] if level else ()
            paths = [(*parent, *path) for path in facts.names(text)]
            if not paths:
                self._notes.append(Note(row.line, f"not the name of a field: {text}"))
                continue
            if facts.stray(text):
                self._notes.append(Note(row.line, f"a space within a name: {text}"))
            parents = [*parents[:level], paths[-1]]
            made = [self._field(named, path, within) for path in paths]
            for one in made:
                self._add(one)
                if not indented and one.type in {"object", "array of object"}:
                    self._notes.append(Note(row.line, f"what stands below {one.name} is lost"))
        return containers

    def _host(self, row: Row) -> None:
        """An option of the PHP client names the host."""
        found = re.findall(r"https?://[A-Za-z0-9.-]+", cell(row, 2).plain)
        self.hosts += [host for host in found if host not in self.hosts]
        if not found:
            self._notes.append(Note(row.line, f"{_HOST_OPTION} names no host"))

    def _named(self, row: Row) -> _Named | None:
        """Return the first cell of a row, or None for a row that only draws a line."""
        if row.surplus:
            surplus = f"{row.surplus} more cells than the head has columns"
            self._notes.append(Note(row.line, surplus))
        name, attributes, understood = attributed(cell(row, 0))
        indent = attributes.get("data-indent", "0")
        if not understood or not indent.isdecimal():
            self._notes.append(Note(row.line, f"attributes are not understood: {name}"))
            return None
        if not name:
            if len(filled(row)) > 1:
                self._notes.append(Note(row.line, "a row without a name"))
            return None
        required = attributes.get("data-required", "false") != "false"
        return _Named(name, int(indent), required, row)

    def _field(self, named: _Named, path: tuple[str, ...], place: Place) -> Field:
        row = named.row
        type_text, type_attributes, _ = attributed(cell(row, 1))
        typed = facts.typed(type_text)
        description = cell(row, 2)
        listed = values.listed(description.lines, typed.type)
        if listed.doubt:
            self._notes.append(Note(row.line, f"values of {named.text}: {listed.doubt}"))
        lines = description.plain.split("\n")
        return Field(
            place=place,
            path=path,
            line=row.line,
            type=typed.type,
            length=typed.length,
            required=named.required if self._marked else None,
            values=listed.sure,
            candidates=listed.candidates,
            encoded="data-encoded" in type_attributes,
            encrypted="data-encrypted" in type_attributes,
            title=lines[0] if lines and "枚举值" not in lines[0] else "",
            description=description.plain,
        )

    def _add(self, new: Field) -> None:
        if len(new.path) > 1:
            self._mark_encoded(new)
        for index, old in enumerate(self.fields):
            if (old.place, old.path) != (new.place, new.path):
                continue
            if (old.type, old.encoded) != (new.type, new.encoded):
                self._notes.append(
                    Note(
                        new.line,
                        f"{new.name} is stated again with another type than on line {old.line}",
                    )
                )
            if old.required != new.required:
                # Alternatives: a field of one only is not required as such.
                self.fields[index] = replace(old, required=old.required and new.required)
            return
        self.fields.append(new)

    def _mark_encoded(self, child: Field) -> None:
        for index, parent in enumerate(self.fields):
            if (parent.place, parent.path) == (child.place, child.path[:-1]):
                if parent.type == "string":
                    self.fields[index] = replace(parent, encoded=True)
                return


def with_files(fields: Sequence[Field]) -> list[Field]:
    """An object without fields in a form is the file itself."""
    parents = {field.path[:-1] for field in fields}
    return [
        replace(field, type="file")
        if field.place == "body" and field.type == "object" and field.path not in parents
        else field
        for field in fields
    ]


def cell(row: Row, index: int) -> Text:
    """Return a cell, empty where a row has none."""
    return row.cells[index] if index < len(row.cells) else Text(lines=())


def filled(row: Row) -> list[Text]:
    """Return the cells of a row that have text."""
    return [cell for cell in row.cells if cell.plain]


def attributed(text: Text) -> facts.Attributed:
    """Return text and attributes, which HTML has already set apart."""
    found = facts.attributed(text.plain)
    return found._replace(attributes={**text.attributes, **found.attributes})
