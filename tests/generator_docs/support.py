"""Pages and specs for the tests, and how to change them."""

from __future__ import annotations

from pathlib import Path

from generator.docs import openapi, sources
from generator.docs.compare import compare
from generator.docs.difference import Comparison
from generator.docs.model import Field, Page

ROOT = Path(__file__).parents[2]
PAGES = Path(__file__).parent / "pages"
SPEC = Path(__file__).parent / "spec.yaml"
SAMPLES = ROOT.parent / "shared" / "docs-samples"

OURS = openapi.read(SPEC)


def text(name: str) -> str:
    return (PAGES / name).read_text(encoding="utf-8")


def changed(page: str, old: str, new: str) -> str:
    """Replace what stands on the page exactly once."""
    assert page.count(old) == 1, f"{old!r} stands {page.count(old)} times on the page"
    return page.replace(old, new)


def compared(page: str, name: str = "page.md") -> Comparison:
    return compare(sources.parse(page, name), OURS)


def read(name: str) -> Page:
    return sources.parse(text(name), name)


def stated(page: Page, operation: int = 0) -> dict[str, Field]:
    """Return the fields of an operation by place and name."""
    return {f"{one.place} {one.name}": one for one in page.operations[operation].fields}
