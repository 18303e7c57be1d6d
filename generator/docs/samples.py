"""Compares the table of a response with the JSON sample on the same page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias, cast

from .model import Field, Operation, Page

Path: TypeAlias = tuple[str, ...]

# A bool is an int in Python, so it comes first.
_TYPES = (("string", str), ("boolean", bool), ("integer", int), ("number", float), ("array", list))


class Disagreement(NamedTuple):
    """What table and sample of a page state differently; the line is the one of the sample."""

    line: int
    kind: str
    text: str


def disagreements(page: Page) -> Iterator[Disagreement]:
    """Yield where the samples of a page contradict what was read from its tables."""
    for operation in page.operations:
        fields = {one.path: one for one in operation.fields if one.place == "response"}
        for line, text in operation.samples:
            if not fields or not text.strip():
                continue
            try:
                sample: object = json.loads(text)
            except ValueError:
                yield Disagreement(line, "not JSON", "the sample is not JSON")
                continue
            for kind, told in _Walk(operation, fields).value(sample, ()):
                yield Disagreement(line, kind, told)


def fitting(operation: Operation) -> object:
    """Return the first sample of a response which its table agrees with; None if there is none."""
    fields = {one.path: one for one in operation.fields if one.place == "response"}
    for _, text in operation.samples:
        try:
            sample: object = json.loads(text)
        except ValueError:
            continue
        walk = _Walk(operation, fields)
        if not isinstance(sample, dict):
            continue
        found = cast("dict[str, object]", sample)
        if found and not any(walk.value(found, ())):
            return found
    return None


class _Walk(NamedTuple):
    operation: Operation
    fields: dict[Path, Field]

    def value(self, value: object, path: Path) -> Iterator[tuple[str, str]]:
        """Compare a value of the sample with its field, and what it holds with the fields below."""
        stated = self.fields.get(path)
        if stated:
            yield from _facts(value, stated)
        if stated and stated.encoded:
            return
        for item in cast("list[object]", value) if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                yield from self._object(cast("dict[str, object]", item), path)

    def _object(self, value: dict[str, object], path: Path) -> Iterator[tuple[str, str]]:
        below = [one for one in self.fields.values() if one.path[:-1] == path]
        for name, inner in value.items():
            if (*path, name) in self.fields:
                yield from self.value(inner, (*path, name))
            elif below:
                yield "field", f"no row for {'.'.join((*path, name))} of the sample"
        for one in below:
            if one.required and one.path[-1] not in value:
                yield "required", f"{one.name} is required, the sample lacks it"


def _facts(value: object, stated: Field) -> Iterator[tuple[str, str]]:
    if value is None or stated.type is None:
        return
    found = _type(value)
    expected = "array" if stated.type.startswith("array") else stated.type
    same = found == expected or (found, expected) == ("integer", "number")
    if not same:
        yield "type", f"{stated.name} is {stated.type}, the sample has {found}"
    elif stated.values and not isinstance(value, dict | bool):
        items = cast("list[object]", value) if isinstance(value, list) else [value]
        odd = [str(item) for item in items if str(item) not in stated.values]
        if odd:
            yield "values", f"{stated.name} lists no {', '.join(odd)}, which the sample has"


def _type(value: object) -> str:
    for name, kind in _TYPES:
        if isinstance(value, kind):
            return name
    return "object"
