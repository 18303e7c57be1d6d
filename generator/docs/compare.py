"""Compares what a page states with the spec, fact by fact."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from . import error_rows, matching
from .difference import ADVICE, Comparison, Difference
from .model import ErrorRow, Field, Note, Operation, Page, Response

LOST = 0.6
"""With this share of an operation's fields missing, the reading is wrong, not the spec."""


def compare(page: Page, spec: Page) -> Comparison:
    """Compare a page with the spec."""
    if page.notices:
        reason = "a notice, which the platform sends; only operations are compared"
        return Comparison(source=page.source, kind=page.kind, unreadable=reason)
    if not page.operations:
        told = "; ".join(f"line {note.line}: {note.text}" for note in page.notes)
        reason = told or "nothing names a method and a path, as operations do"
        return Comparison(
            source=page.source, kind=page.kind, unreadable=f"no operation found: {reason}"
        )
    work = _Work(page)
    pairs = matching.operations(page, spec)
    for theirs, ours in pairs:
        if ours is None:
            work.add("operation added", theirs, "operation", "", theirs.name, theirs.line, 0)
        else:
            work.operation(theirs, ours)
    for ours in matching.vanished(page, spec, pairs):
        work.add("operation removed", ours, "operation", ours.name, "", 0, ours.line)
    return Comparison(
        source=page.source,
        kind=page.kind,
        operations=tuple((ours or theirs).name for theirs, ours in pairs),
        differences=tuple(work.found),
        not_stated=tuple(_not_stated(page)),
        not_understood=(*page.notes, *work.notes),
    )


def _not_stated(page: Page) -> Iterator[str]:
    if not page.states("required"):
        yield "which fields are required"
    if not page.states("length"):
        yield "lengths"
    if not page.states("values"):
        yield "values"
    if all(operation.errors is None for operation in page.operations):
        yield "error codes"
    if all(operation.hosts is None for operation in page.operations):
        yield "hosts"
    if all(response.status is None for one in page.operations for response in one.responses):
        yield "the status of responses"


@dataclass
class _Work:
    """Collects the differences of one page."""

    page: Page
    found: list[Difference] = field(default_factory=list[Difference])
    notes: list[Note] = field(default_factory=list[Note])

    def add(
        self,
        kind: str,
        operation: Operation,
        subject: str,
        spec: str,
        page: str,
        page_line: int,
        spec_line: int,
    ) -> None:
        self.found.append(
            Difference(
                kind=kind,
                operation=operation.name,
                subject=subject,
                spec=spec,
                page=page,
                page_line=page_line,
                spec_line=spec_line,
                advice=ADVICE[kind],
            )
        )

    def operation(self, theirs: Operation, ours: Operation) -> None:
        """Compare an operation with the one of the spec that it is."""
        before = len(self.found)
        theirs, statuses = self._responses(matching.with_its_path(theirs), ours)
        pairs = matching.fields(theirs, ours, statuses)
        expected = [one for one in ours.fields if not one.optional_on_pages]
        missing = [one for one in pairs.missing if not one.optional_on_pages]
        if expected and len(missing) >= LOST * len(expected):
            del self.found[before:]
            names = ", ".join(one.name for one in missing)
            lost = f"{ours.name} has lost {len(missing)} of {len(expected)} fields: {names}"
            self.notes.append(Note(theirs.line, f"{lost}; the page is not understood"))
            return
        if matching.template(theirs.path) != matching.template(ours.path) or (
            theirs.method != ours.method
        ):
            told = (ours.name, theirs.name, theirs.line, ours.line)
            self.add("operation moved", ours, "operation", *told)
        if ours.digest and theirs.digest and theirs.digest != ours.digest:
            told = ("another text", " ".join(theirs.remarks), theirs.line, ours.line)
            self.add("text", ours, "operation", *told)
        self._fields(theirs, ours, pairs)
        self._placeholders(theirs, ours, pairs)
        self._errors(theirs, ours)
        self._hosts(theirs, ours)
        if theirs.content and ours.content and theirs.content != ours.content:
            lines = (theirs.line, ours.line)
            self.add("content type", ours, "body", ours.content, theirs.content, *lines)

    def _responses(
        self, theirs: Operation, ours: Operation
    ) -> tuple[Operation, dict[str | None, str | None]]:
        """Find out which response is which, and drop what an emptied response takes with it."""
        known = {response.status: response for response in ours.responses}
        statuses: dict[str | None, str | None] = {
            response.status: response.status
            for response in theirs.responses
            if response.status in known
        }
        left = [response for response in ours.responses if response.status not in statuses]
        for response in theirs.responses:
            if response.status in statuses:
                continue
            other = left.pop(0) if left else None
            if other is None and response.status is None:
                statuses[None] = next(iter(known), None)
                continue
            statuses[response.status] = other.status if other else response.status
            if response.status is not None:
                before = other.status or "" if other else ""
                lines = (response.line, other.line if other else ours.line)
                self.add("response status", ours, "response", before, response.status, *lines)
        return self._emptied(theirs, ours, statuses, known), statuses

    def _emptied(
        self,
        theirs: Operation,
        ours: Operation,
        statuses: dict[str | None, str | None],
        known: dict[str | None, Response],
    ) -> Operation:
        fields = list(theirs.fields)
        for response in theirs.responses:
            other = known.get(statuses.get(response.status))
            if other and response.binary and not other.binary:
                was = "none" if other.empty else "a body"
                told = (was, "a file", response.line, other.line)
                self.add("response body", ours, f"response {other.status}", *told)
            if other is None or not response.empty or other.empty:
                continue
            if any(
                one.place == "response" and one.status == response.status for one in theirs.fields
            ):
                continue
            lines = (response.line, other.line)
            self.add("response body", ours, f"response {other.status}", "a body", "none", *lines)
            fields += [
                replace(one, status=response.status)
                for one in ours.fields
                if one.place == "response" and one.status == other.status
            ]
        return replace(theirs, fields=tuple(fields))

    def _fields(self, theirs: Operation, ours: Operation, pairs: matching.Pairs) -> None:
        for pair in pairs.matched:
            if pair.relation:
                before, after = pair.ours.name, pair.theirs.name
                if pair.relation == "location":
                    before, after = pair.ours.place, pair.theirs.place
                lines = (pair.theirs.line, pair.ours.line)
                self.add(pair.relation, ours, subject(pair.ours), before, after, *lines)
            self._facts(ours, pair.theirs, pair.ours)
        for one in matching.topmost(pairs.missing):
            if not one.optional_on_pages:
                self.add(
                    "field removed",
                    ours,
                    subject(one),
                    _told(one),
                    "",
                    _near(one, theirs),
                    one.line,
                )
        for one in matching.topmost(pairs.new):
            self.add("field added", ours, subject(one), "", _told(one), one.line, _near(one, ours))

    def _facts(self, operation: Operation, theirs: Field, ours: Field) -> None:
        def differ(kind: str, before: object, after: object) -> None:
            lines = (theirs.line, ours.line)
            self.add(kind, operation, subject(ours), str(before), str(after), *lines)

        if not _same_type(theirs, ours):
            differ("type", ours.type, theirs.type)
        if None not in (theirs.required, ours.required) and theirs.required != ours.required:
            words = {True: "required", False: "optional"}
            differ("required", words[bool(ours.required)], words[bool(theirs.required)])
        if theirs.type == ours.type == "string" and self.page.states("length"):
            before, after = _limits(ours, theirs)
            if before != after:
                differ("length", before, after)
        if ours.digest and theirs.digest and theirs.digest != ours.digest:
            differ("text", "another text", theirs.description.replace("\n", " "))
        self._values(operation, theirs, ours)

    def _values(self, operation: Operation, theirs: Field, ours: Field) -> None:
        known, stated = ours.values or (), theirs.values
        if stated is None and known:
            stated = tuple(value for value in theirs.candidates if value in known) or None
            unsure = [value for value in theirs.candidates if value not in known]
            if stated and unsure:
                text = f"{theirs.name}: these may be values: {', '.join(unsure)}"
                self.notes.append(Note(theirs.line, text))
        if stated is None:
            # Community pages list values here and there; official ones wherever there are any.
            if not known or self.page.kind != "official" or not self.page.states("values"):
                return
            stated = ()
        if set(stated) != set(known):
            lines = (theirs.line, ours.line)
            told = (", ".join(known) or "none", ", ".join(stated) or "none")
            self.add("values", operation, subject(ours), *told, *lines)

    def _placeholders(self, theirs: Operation, ours: Operation, pairs: matching.Pairs) -> None:
        """A path may name its parameters otherwise than the table below it does."""
        told = {
            pair.ours.name: pair.theirs.name for pair in pairs.matched if pair.ours.place == "path"
        }
        names = (re.findall(r"\{([^}]+)\}", one.path) for one in (ours, theirs))
        if matching.template(theirs.path) != matching.template(ours.path):
            return
        for before, after in zip(*names, strict=True):
            if before != after and told.get(before, before) == before:
                lines = (theirs.line, ours.line)
                self.add("field renamed", ours, f"path {before}", before, after, *lines)

    def _errors(self, theirs: Operation, ours: Operation) -> None:
        if theirs.errors is None:
            return
        tables = ((theirs.errors, theirs), (ours.errors or (), ours))
        for kind, before, after in error_rows.changes(theirs.errors, ours.errors or ()):
            told = (_row(before), _row(after))
            # What one of them lacks belongs at the end of its table.
            ends = [max((row.line for row in rows), default=one.line) for rows, one in tables]
            lines = (after.line if after else ends[0], before.line if before else ends[1])
            code = (before or after or ErrorRow(code="", line=0)).code
            self.add(kind, ours, f"error {code}", *told, *lines)

    def _hosts(self, theirs: Operation, ours: Operation) -> None:
        if theirs.hosts is None:
            return
        missing = [host for host in ours.hosts or () if host not in theirs.hosts]
        new = [host for host in theirs.hosts if host not in (ours.hosts or ())]
        for index in range(max(len(missing), len(new))):
            told = ("".join(missing[index : index + 1]), "".join(new[index : index + 1]))
            self.add("host", ours, "host", *told, theirs.line, ours.line)


def _near(one: Field, operation: Operation) -> int:
    """Return the line where a field belongs that an operation lacks: after the last beside it."""
    place = (one.place, one.path[:-1])
    beside = [other.line for other in operation.fields if (other.place, other.path[:-1]) == place]
    return max(beside, default=operation.line)


def subject(one: Field) -> str:
    """Say which field it is, for people."""
    place = f"response {one.status}" if one.status else one.place
    return f"{place} {one.name}"


def _told(one: Field) -> str:
    length = f"({one.length.maximum})" if one.length and one.length.maximum else ""
    required = {True: "required ", False: "optional ", None: ""}[one.required]
    return f"{required}{one.type or 'type not stated'}{length}"


def _row(row: ErrorRow | None) -> str:
    return " ".join(part for part in (row.status, row.code, row.kind) if part) if row else ""


def _same_type(theirs: Field, ours: Field) -> bool:
    if theirs.type is None or ours.type is None or theirs.type == ours.type:
        return True
    types = {theirs.type, ours.type}
    if ours.values and theirs.type.replace("number", "integer") == ours.type:
        return True  # Python has no enums of numbers; whole ones are integers.
    if theirs.encoded or ours.encoded:
        return types <= {"string", "object", "array of object"}
    return "array" in types and any(one.startswith("array of ") for one in types)


def _limits(ours: Field, theirs: Field) -> tuple[str, str]:
    """Say both lengths; the lower one counts only where a page states it."""
    low = theirs.length is not None and theirs.length.minimum is not None

    def said(one: Field) -> str:
        minimum, maximum = one.length or (None, None)
        upper = "any" if maximum is None else str(maximum)
        return f"{minimum or 0} to {upper}" if low else upper

    return said(ours), said(theirs)
