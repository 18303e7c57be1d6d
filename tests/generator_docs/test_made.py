"""Pages that are made from random operations are read back as these operations."""

from __future__ import annotations

import pytest

from generator.docs import sources
from generator.docs.model import Operation

from .every import SECONDS_FOR_A_THOUSAND, Circle, made_pages
from .made import MARKUPS, Markup, made

SEEDS = range(150)


def facts(operation: Operation, *, enough: bool) -> dict[str, object]:
    """Return all that a page states; `enough` leaves out what community pages do not."""
    found: dict[str, object] = {
        f"{one.place} {one.name} {one.status}": (one.type, one.required, one.length, one.values)
        for one in operation.fields
    }
    responses = [(one.status, one.empty, one.binary) for one in operation.responses]
    found |= {"name": operation.name, "responses": responses, "hosts": operation.hosts}
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


@pytest.mark.parametrize(("count", "generated"), [(60, False), (2, True)])
def test_pages_go_full_circle_in_time(count: int, generated: bool) -> None:
    """Drift against the scaffold is empty, no added value is missed, the scaffold is valid."""
    circle = Circle(valid=True, added=True, generated=generated)
    failures = [told for page in made_pages(count) for told in circle.failures(*page)]
    assert failures == []
    assert circle.counts["notes"] == 0
    assert max(circle.commands.values()) < SECONDS_FOR_A_THOUSAND, circle.summary()
