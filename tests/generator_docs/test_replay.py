"""Pages that say what the spec says show no drift, whatever they leave out."""

from __future__ import annotations

import pytest

from generator.docs import sources
from generator.docs.compare import compare

from .support import OURS, SAMPLES, compared, text

NOTHING_ON = ("lengths", "values", "error codes", "hosts", "the status of responses")
NO_DRIFT = {
    "community_first.md": ("which fields are required", *NOTHING_ON),
    "community_marked.md": NOTHING_ON,
    "community_mixed.md": NOTHING_ON,
    "community.html": ("lengths", "error codes", "hosts", "the status of responses"),
    "oldest.html": ("error codes", "hosts", "the status of responses"),
    "official_create.md": (),
    "official_query.md": (),
}
POST, GET = (
    f"{method} /v3/ecommerce/refunds/{{refund_id}}/return-advance" for method in ("POST", "GET")
)
OPERATIONS = {
    "community_first.md": (POST, GET),
    "community_marked.md": (POST, GET),
    "community_mixed.md": (POST, GET),
    "community.html": (POST,),
    "oldest.html": (GET,),
    "official_create.md": (POST,),
    "official_query.md": (GET,),
}


@pytest.mark.parametrize("name", NO_DRIFT)
def test_no_drift(name: str) -> None:
    found = compared(text(name), name)
    assert found.differences == ()
    assert found.not_understood == ()
    assert found.not_stated == NO_DRIFT[name]
    assert found.operations == OPERATIONS[name]
    assert found.exit_code == 0


def test_required_is_not_stated_without_any_marker() -> None:
    """In the first revision of community pages a missing marker means nothing."""
    page = sources.parse(text("community_first.md"), "page")
    assert {one.required for one in page.operations[0].fields} == {None}
    page = sources.parse(text("community_mixed.md"), "page")
    assert {one.required for one in page.operations[0].fields} == {True, False}


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the real pages are not part of the project")
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("community-rev1.md", 0),
        ("community-rev6.md", 0),
        ("official-create-4012476927.md", 0),
        ("official-query-4012476916.md", 0),
        ("official-refund-apply-4012476892.md", 1),
    ],
)
def test_real_pages(name: str, code: int) -> None:
    found = compare(sources.read(str(SAMPLES / name)), OURS)
    assert found.exit_code == code
    assert found.not_understood == ()
    assert [one.kind for one in found.differences] == ["operation added"] * code
