"""Reads every page of a folder and reports what was not understood, with counts."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from . import openapi, samples, sources
from .compare import compare
from .model import Page, UnreadableError
from .scaffold import scaffold

_SUFFIXES = frozenset({".md", ".html", ".htm", ".shtml"})

_COUNTED = (
    *("pages", "operations", "notices", "fields", "samples"),
    *("refused pages", "notes", "disagreements", "round trips"),
)


class Remark(NamedTuple):
    """Something about a page that a person has to see."""

    kind: str
    line: int
    text: str


def report(folder: Path, *, round_trips: bool) -> Iterator[str]:
    """Yield a line for each remark, and at the end the counts and the time."""
    counts: Counter[str] = Counter()
    started = time.perf_counter()
    for path in sorted(path for path in folder.rglob("*") if path.suffix in _SUFFIXES):
        counts["pages"] += 1
        for remark in _remarks(path, counts, round_trips=round_trips):
            counts[f"{remark.kind}s"] += 1
            yield f"{path.relative_to(folder)}:{remark.line}: {remark.kind}: {remark.text}"
    seconds = time.perf_counter() - started
    told = ", ".join(f"{counts[kind]} {kind}" for kind in _COUNTED)
    yield f"{told}; {seconds:.1f} s"


def _remarks(path: Path, counts: Counter[str], *, round_trips: bool) -> Iterator[Remark]:
    source = str(path)
    try:
        page = sources.read(source)
    except UnreadableError as error:
        yield Remark("refused page", 0, str(error).removeprefix(f"{source}: "))
        return
    counts["operations"] += len(page.operations)
    counts["fields"] += sum(len(one.fields) for one in page.operations)
    counts["samples"] += sum(len(one.samples) for one in page.operations)
    if page.notices:
        counts["notices"] += len(page.notices)
    elif not page.operations:
        yield Remark("refused page", 0, "no operation found")
    for note in page.notes:
        yield Remark("note", note.line, note.text)
    for found in samples.disagreements(page):
        yield Remark("disagreement", found.line, found.text)
    if round_trips and page.operations:
        yield from _round_trip(page)


def _round_trip(page: Page) -> Iterator[Remark]:
    """The spec that is made from a page states what the page states."""
    found = compare(page, openapi.read_text(scaffold(page), "scaffold"))
    for one in found.differences:
        told = f"{one.kind} {one.subject}: {one.page or 'nothing'} became {one.spec}"
        yield Remark("round trip", one.page_line, told)
