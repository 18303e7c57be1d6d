"""Compares the error tables of a page and of the spec."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

from .model import ErrorRow

What: TypeAlias = Literal["error added", "error removed", "error status", "error kind"]


def changes(
    theirs: Sequence[ErrorRow], ours: Sequence[ErrorRow]
) -> Iterator[tuple[What, ErrorRow | None, ErrorRow | None]]:
    """Yield what differs, with the row of the spec and the row of the page."""
    rows = {(row.code, row.status, row.kind): row for row in reversed(theirs)}
    missing = [one for one in ours if not any(_same(row, one) for row in rows.values())]
    for row in reversed(rows.values()):
        if any(_same(row, one) for one in ours):
            continue
        other = _earlier(row, missing)
        if other is None:
            yield "error added", None, row
            continue
        missing.remove(other)
        yield "error status" if other.status != row.status else "error kind", other, row
    for one in missing:
        yield "error removed", one, None


def _same(row: ErrorRow, ours: ErrorRow) -> bool:
    """A page may leave out status or kind."""
    return (
        row.code == ours.code
        and row.status in {None, ours.status}
        and row.kind in {None, ours.kind}
    )


def _earlier(row: ErrorRow, missing: Sequence[ErrorRow]) -> ErrorRow | None:
    """Return the row of the spec that has become this one."""
    same = [other for other in missing if other.code == row.code]
    exact = [other for other in same if row.kind in {None, other.kind}]
    return next(iter(exact or same), None)
