"""Whatever row of a page changes, nested ones included, just that is reported."""

from __future__ import annotations

import re
from functools import cache

import pytest

from generator.docs import openapi, sources
from generator.docs.compare import compare
from generator.docs.difference import Comparison
from generator.docs.model import STANDARD_HEADERS, Page
from generator.docs.scaffold import scaffold

from .support import read, text

NAMES = ("official_create.md", "official_shop.md", "official_upload.md", "community_shop.md")


@cache
def spec_of(name: str) -> Page:
    return openapi.read_text(scaffold(read(name)), "scaffold")


def rows(name: str) -> list[tuple[str, str]]:
    """Return page and row for each row of a field of its own that the spec knows."""
    page = text(name).split("\n")
    found: list[tuple[str, str]] = []
    for operation in read(name).operations:
        lines = [one.line for one in operation.fields]
        for one in operation.fields:
            repeated = lines.count(one.line) > 1 or page.count(page[one.line - 1]) > 1
            again = "再写一次" in page[one.line] or re.search(r"\| text ", page[one.line - 1])
            if not repeated and not again and one.name.lower() not in STANDARD_HEADERS:
                found.append((name, page[one.line - 1]))
    return found


ROWS = [row for name in NAMES for row in rows(name)]
IN_PATH = ("| case_id", "| refund_id", "| shop_no")
"""A parameter of the path is always required, whatever a page says."""


def changed(name: str, row: str, new: str) -> Comparison:
    page = text(name)
    assert page.count(row) == 1
    assert new != row
    return compare(sources.parse(page.replace(row, new), name), spec_of(name))


def told(found: Comparison) -> list[str]:
    assert found.not_understood == ()
    return [one.kind for one in found.differences]


@pytest.mark.parametrize(("name", "row"), ROWS)
def test_renamed(name: str, row: str) -> None:
    if name.startswith("community") and row.startswith("| case_id"):
        pytest.skip("a path parameter has to be renamed in the path as well")
    new = re.sub(r"^\| ([\w.\[\]-]+)", r"| \1_new", row)
    assert told(changed(name, row, new)) == ["field renamed"]


@pytest.mark.parametrize(("name", "row"), ROWS)
def test_retyped(name: str, row: str) -> None:
    cell = re.compile(r"^(\|[^|]*\|\s*)([^|{]+?)(?=\s*[|{])")
    kind = "number" if "bool" in row else "boolean"
    assert told(changed(name, row, cell.sub(rf"\1{kind}", row))) == ["type"]


@pytest.mark.parametrize(("name", "row"), ROWS)
def test_required_changed(name: str, row: str) -> None:
    if "data-required" in row:
        new = row.replace("data-required", "")
    elif " | true | " in row:
        new = row.replace(" | true | ", " | false | ")
    elif " | false | " in row:
        new = row.replace(" | false | ", " | true | ")
    elif name.startswith("community") and "{" in row.split(" | ")[0]:
        new = row.replace("{", "{data-required ", 1)
    else:
        pytest.skip("the row has no place for it")
    expected = [] if row.startswith(IN_PATH) and "同路径" not in row else ["required"]
    assert told(changed(name, row, new)) == expected
