"""Tells people, programs and pull requests what a comparison found."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from io import StringIO
from typing import Literal, TypeAlias

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .difference import Comparison, Difference
from .writing import TODO

Format: TypeAlias = Literal["table", "json", "markdown"]

FORMATS: tuple[Format, ...] = ("table", "json", "markdown")
_RESULTS = {0: "same", 1: "drift", 2: "not understood"}
_COLUMNS = ("fact", "where", "spec", "page", "what to do")


def exit_code(comparisons: Iterable[Comparison]) -> int:
    """Return 0 for the same, 1 for drift, 2 if a page was not understood."""
    return max((one.exit_code for one in comparisons), default=0)


def render(
    comparisons: Sequence[Comparison], form: Format, *, spec: str, width: int | None = None
) -> str:
    """Render comparisons with the spec that stands in the file `spec`."""
    if form == "json":
        return _json(comparisons, spec)
    if form == "markdown":
        return "\n\n".join(_markdown(one, spec) for one in comparisons) + "\n"
    return _table(comparisons, spec, width)


def _json(comparisons: Sequence[Comparison], spec: str) -> str:
    facts = {
        "spec": spec,
        "result": _RESULTS[exit_code(comparisons)],
        "pages": [
            {
                **asdict(one),
                "not_understood": [note._asdict() for note in one.not_understood],
                "result": _RESULTS[one.exit_code],
            }
            for one in comparisons
        ],
    }
    return json.dumps(facts, ensure_ascii=False, indent=2) + "\n"


def _table(comparisons: Sequence[Comparison], spec: str, width: int | None) -> str:
    out = StringIO()
    # Chinese characters take two columns; rich knows, padding by len() would not.
    console = Console(file=out, width=width, highlight=False, soft_wrap=False)
    for one in comparisons:
        console.print(Text(f"{one.source} ({one.kind}): {_summary(one)}"), soft_wrap=True)
        for operation in sorted({found.operation for found in one.differences}):
            table = Table(*_COLUMNS, title=Text(operation), box=box.SIMPLE, title_justify="left")
            for found in one.differences:
                if found.operation == operation:
                    table.add_row(*map(Text, _cells(found, one.source, spec)))
            console.print(table)
        for line in _remarks(one):
            console.print(Text(f"  {line}"), soft_wrap=True)
    return out.getvalue()


def _markdown(one: Comparison, spec: str) -> str:
    parts = [f"### {_escaped(one.source)}: {_summary(one)}"]
    if one.differences:
        head = ("operation", *_COLUMNS)
        rows = [(found.operation, *_cells(found, one.source, spec)) for found in one.differences]
        parts.append(
            "\n".join(
                "| " + " | ".join(map(_escaped, row)) + " |"
                for row in (head, ["---"] * len(head), *rows)
            )
        )
    remarks = [f"- {_escaped(line)}" for line in _remarks(one)]
    return "\n\n".join([*parts, *(["\n".join(remarks)] if remarks else [])])


def _escaped(text: str) -> str:
    special = {"|": "\\|", "_": "\\_", "*": "\\*", "<": "&lt;", "`": "\\`", "\n": " "}
    return "".join(special.get(letter, letter) for letter in text) if text != "---" else text


def _summary(one: Comparison) -> str:
    if one.unreadable:
        return "not readable"
    count = len(one.differences)
    found = f"{count} difference{'' if count == 1 else 's'}" if count else "no drift"
    return f"{found}, not all of it understood" if one.not_understood else found


def _remarks(one: Comparison) -> list[str]:
    remarks: list[str] = []
    if one.unreadable:
        remarks.append(one.unreadable)
    if one.not_stated:
        remarks.append(f"not stated on this page: {', '.join(one.not_stated)}")
    remarks += [f"not understood, line {note.line}: {note.text}" for note in one.not_understood]
    return remarks


def _cells(found: Difference, source: str, spec: str) -> tuple[str, str, str, str, str]:
    return (
        found.kind,
        found.subject,
        _at(found.spec, spec, found.spec_line),
        _at(found.page, source.rsplit("/", 1)[-1], found.page_line),
        found.advice,
    )


def _at(value: str, file: str, line: int) -> str:
    place = f"({file.rsplit('/', 1)[-1]}:{line})" if line else ""
    return " ".join(part for part in (value or "nothing", place) if part)


def left_open(text: str) -> str:
    """Say what a spec leaves to a person: how often, and what."""
    found = Counter(re.findall(rf"{TODO}: ([^\n\".。]*)", text))
    told = [f"  {count:3} {what}" for what, count in found.most_common()]
    ending = "linter and generator refuse the spec until none is left (generate --draft builds it)"
    return "\n".join([f"{found.total()} TODO; {ending}", *told, ""]) if found else ""
