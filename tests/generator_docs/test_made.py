"""Pages that are made from random operations are read back as these operations."""

from __future__ import annotations

import time

import pytest

from generator.docs import sources
from generator.docs.model import Operation

from .made import MARKUPS, Markup, made

SEEDS = range(150)
SECONDS_FOR_A_THOUSAND = 15.0


def facts(operation: Operation, *, enough: bool) -> dict[str, object]:
    """Return all that a page states; `enough` leaves out what community pages do not."""
    found: dict[str, object] = {
        f"{one.place} {one.name} {one.status}": (one.type, one.required, one.length, one.values)
        for one in operation.fields
    }
    replies = [(one.status, one.empty, one.binary) for one in operation.replies]
    found |= {"name": operation.name, "replies": replies, "hosts": operation.hosts}
    if enough:
        rows = [(row.status, row.code, row.kind) for row in operation.errors or ()]
        found |= {"errors": rows, "content": operation.content}
    return found


@pytest.mark.parametrize("markup", MARKUPS)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_page_is_read_back(seed: int, markup: Markup) -> None:
    expected, text = made(seed, markup).operation, made(seed, markup).page
    page = sources.parse(text, "page.md")
    assert page.notes == (), text
    (operation,) = page.operations
    official = markup == "official"
    assert facts(operation, enough=official) == facts(expected, enough=official), text


def test_a_thousand_pages_are_read_in_time() -> None:
    pages = [made(seed, markup).page for seed in range(500) for markup in MARKUPS]
    started = time.process_time()
    for text in pages:
        sources.parse(text, "page.md")
    seconds = time.process_time() - started
    assert seconds < SECONDS_FOR_A_THOUSAND, f"1,000 pages took {seconds:.1f} s of the processor"
