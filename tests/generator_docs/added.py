"""Pages with a value more: it must never be missed with exit status 0."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from generator.docs import sources
from generator.docs.compare import compare
from generator.docs.model import Operation, Page


def missed(page: Page, text: str, spec: Page) -> Iterator[str]:
    """Add a value to each list of a page in several places; yield what drift does not tell."""
    lines = text.split("\n")
    for number, values in _lists(page.operations).items():
        row = lines[number - 1]
        for changed in more(row, values):
            now = "\n".join([*lines[: number - 1], changed, *lines[number:]])
            if compare(sources.parse(now, page.source), spec).exit_code == 0:
                yield f"{page.source}:{number}: an added value is missed: {changed}"


def _lists(operations: Sequence[Operation]) -> dict[int, tuple[str, ...]]:
    return {
        one.line: one.values
        for operation in operations
        for one in operation.fields
        if one.values and len(one.values) > 1
    }


def more(row: str, values: Sequence[str]) -> Iterator[str]:
    """Yield a row with a value more, written as its neighbours are: in the middle, at the end."""
    new = _like(values)
    if "\\_" in row and f"`{values[0]}" not in row:
        new = new.replace("_", "\\_")
    for sign in "`>|：；，、(":
        heads = _heads(row, values, sign)
        for index in sorted({0, len(heads) - 2}) if heads else ():
            here, after = heads[index : index + 2]
            item = row[here.end() : after.start()]
            yield f"{row[: after.start()]}{new}{item}{row[after.start() :]}"
        for before, last in [heads[-2:]] if heads else ():
            item = row[before.end() : last.start()]
            yield f"{row[: last.start()]}{last[0]}{item}{new}{row[last.end() :]}"


def _heads(row: str, values: Sequence[str], sign: str) -> list[re.Match[str]]:
    """Return where the values stand, one behind the other, each behind a sign; nothing if not."""
    found: list[re.Match[str]] = []
    end = 0
    for value in values:
        word = re.escape(value).replace("_", r"\\?_")
        pattern = rf"(?<={re.escape(sign)}){word}(?![A-Za-z0-9_\\])"
        hit = re.compile(pattern).search(row, end)
        if hit is None:
            return []
        found.append(hit)
        end = hit.end()
    return found


def _like(values: Sequence[str]) -> str:
    """Return a value of the same kind that no page has."""
    if all(value.isdecimal() for value in values):
        return "9876"
    if values[-1][:1].islower():
        return "toyadded"
    return "TOY_ADDED" if any("_" in value for value in values) else "TOYADDED"
