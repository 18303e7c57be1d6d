"""Finds out which operation, and which field, of a page is which of the spec."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Literal, TypeAlias

from .model import STANDARD_HEADERS, Field, Operation, Page

Relation: TypeAlias = Literal["", "field renamed", "location", "nesting"]

_ALIKE = 0.6
"""Operations that share this part of their fields are one that has moved; so are objects."""

_SPELLED_ALIKE = 0.7


@dataclass(frozen=True, slots=True)
class Pair:
    """A field of a page, the one of the spec that it is, and what became of its name."""

    theirs: Field
    ours: Field
    relation: Relation = ""


@dataclass(frozen=True, slots=True)
class Pairs:
    """The fields of two operations."""

    matched: list[Pair]
    missing: list[Field]
    new: list[Field]


def template(path: str) -> str:
    """Return a path whose parameters have no names, which callers never see."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def with_its_path(operation: Operation) -> Operation:
    """Return an operation without the parameters that only another form of its path has."""
    named = re.findall(r"\{([^}]+)\}", operation.path)
    stated = [one for one in operation.fields if one.place == "path"]
    if len(stated) <= len(named):
        return operation
    kept = [one for one in operation.fields if one.place != "path" or one.name in named]
    return replace(operation, fields=tuple(kept))


def operations(page: Page, spec: Page) -> list[tuple[Operation, Operation | None]]:
    """Pair the operations of a page with those of the spec."""
    free = list(spec.operations)
    found: dict[int, Operation] = {}
    for score in (_same_call, _same_document(page), _likeness):
        for index, theirs in enumerate(page.operations):
            best = max(free, key=lambda one: score(theirs, one), default=None)
            if index not in found and best is not None and score(theirs, best) >= _ALIKE:
                found[index] = best
                free.remove(best)
    return [(theirs, found.get(index)) for index, theirs in enumerate(page.operations)]


def vanished(
    page: Page, spec: Page, pairs: Sequence[tuple[Operation, Operation | None]]
) -> list[Operation]:
    """Return the operations of the spec that this page ought to describe but does not."""
    found = [ours for _, ours in pairs if ours]
    numbers = _documents([page.source]) if page.kind == "official" else set[str]()
    return [
        ours
        for ours in spec.operations
        if ours not in found
        and (numbers & _documents(ours.links) or any(_together(ours, one) for one in found))
    ]


def _together(one: Operation, other: Operation) -> bool:
    """Return whether the spec takes two operations from the same page."""
    documents = _documents(one.links)
    same = bool(documents) and documents == _documents(other.links)
    return same and template(one.path) == template(other.path)


def _same_call(theirs: Operation, ours: Operation) -> float:
    return (theirs.method, template(theirs.path)) == (ours.method, template(ours.path))


def _same_document(page: Page) -> Callable[[Operation, Operation], float]:
    of_page = _documents([page.source]) if len(page.operations) == 1 else set[str]()

    def score(theirs: Operation, ours: Operation) -> float:
        return float(bool((of_page | _documents(theirs.links)) & _documents(ours.links)))

    return score


def _documents(addresses: Iterable[str]) -> set[str]:
    """Return the numbers of documents, which stand in addresses and names of files."""
    return {number for address in addresses for number in re.findall(r"\d{10}", address)}


def _likeness(theirs: Operation, ours: Operation) -> float:
    """Return which part of their fields two operations share, if one may be the other, moved."""
    if theirs.method != ours.method and template(theirs.path) != template(ours.path):
        return 0
    names = [
        {
            (one.place, one.name)
            for one in operation.fields
            if one.name.lower() not in STANDARD_HEADERS and not one.optional_on_pages
        }
        for operation in (theirs, ours)
    ]
    return len(names[0] & names[1]) / max(1, len(names[0] | names[1]))


def fields(theirs: Operation, ours: Operation, statuses: Mapping[str | None, str | None]) -> Pairs:
    """Pair the fields of two operations."""
    new = [
        replace(one, status=statuses.get(one.status, one.status))
        if one.place == "response"
        else one
        for one in theirs.fields
        if not (one.place == "header" and one.name.lower() in STANDARD_HEADERS)
    ]
    pairs = Pairs([], list(ours.fields), [])
    left = _Left([_Named(one, one) for one in new], pairs.missing)
    deepest = max((len(one.path) for one in new), default=0)
    for relation, test in _TESTS:
        for depth in range(1, deepest + 1):
            for one in [one for one in left.new if len(one.page.path) == depth]:
                same = [other for other in left.missing if _same(one.ours, other, left)]
                if same:
                    pairs.matched.append(left.take(one, same[0], ""))
                    continue
                found = [other for other in left.missing if test(one.ours, other, left)]
                if len(found) == 1:
                    pairs.matched.append(left.take(one, found[0], relation))
    pairs.new.extend(one.page for one in left.new)
    return pairs


@dataclass(slots=True)
class _Named:
    """A field as the page has it, and below what the spec would have it."""

    page: Field
    ours: Field


@dataclass(frozen=True, slots=True)
class _Left:
    """The fields that have no partner yet."""

    new: list[_Named]
    missing: list[Field]

    def take(self, theirs: _Named, ours: Field, relation: Relation) -> Pair:
        self.new.remove(theirs)
        self.missing.remove(ours)
        if relation:
            self._translate(theirs.page, ours)
        return Pair(theirs.page, ours, relation)

    def _translate(self, theirs: Field, ours: Field) -> None:
        """What stands below a field that was renamed or moved has its old name there."""
        depth = len(theirs.path)
        for one in self.new:
            if one.page.path[:depth] == theirs.path and _key(one.page) == _key(theirs):
                path = (*ours.path, *one.page.path[depth:])
                one.ours = replace(one.page, path=path, place=ours.place)

    def views(self) -> Iterator[Field]:
        return (one.ours for one in self.new)

    def beside(self, one: Field) -> tuple[int, int]:
        """Count the fields of the same object, on the page and in the spec."""
        new = sum(_beside(other.ours, one) for other in self.new)
        return new, sum(_beside(other, one) for other in self.missing)


def _same(theirs: Field, ours: Field, _: _Left) -> bool:
    # A parameter has one name, however deep the page nests it.
    return theirs.name == ours.name and (
        _key(theirs) == _key(ours) or (theirs.place == "request" and ours.place != "response")
    )


def _key(one: Field) -> tuple[str, str | None]:
    return one.place, one.status if one.place == "response" else None


def _elsewhere(theirs: Field, ours: Field, _: _Left) -> bool:
    return theirs.path == ours.path and "response" not in (theirs.place, ours.place)


def _deeper(theirs: Field, ours: Field, left: _Left) -> bool:
    """A field moves between objects; where one object went and another came, nothing moved."""
    if theirs.path[-1] != ours.path[-1] or _key(theirs) != _key(ours):
        return False
    return not (_stands(theirs, left.views()) and _stands(ours, left.missing))


def _stands(one: Field, fields: Iterable[Field]) -> bool:
    """Return whether what a field stands below is among the fields."""
    return any(other.path == one.path[:-1] and _key(other) == _key(one) for other in fields)


def _same_title(theirs: Field, ours: Field, _: _Left) -> bool:
    """A title that stays while type and required both change belongs to another field."""
    kept = theirs.type == ours.type or _agree(theirs, ours)
    return _beside(theirs, ours) and bool(ours.title) and theirs.title == ours.title and kept


def _same_fields(theirs: Field, ours: Field, left: _Left) -> bool:
    """Most of what stands below one object stands below the other."""
    if not _beside(theirs, ours):
        return False
    new, old = _below(theirs, left.views()), _below(ours, left.missing)
    return len(new & old) > _ALIKE * len(new | old)


def _below(one: Field, fields: Iterable[Field]) -> set[tuple[str, ...]]:
    depth = len(one.path)
    return {
        other.path[depth:]
        for other in fields
        if len(other.path) > depth and other.path[:depth] == one.path and _key(other) == _key(one)
    }


def _only_one(theirs: Field, ours: Field, left: _Left) -> bool:
    """One field of an object went, one came that is much like it: it was renamed."""
    return (
        _beside(theirs, ours)
        and theirs.type == ours.type
        and _agree(theirs, ours)
        and (_alike(theirs.path[-1], ours.path[-1]) or _within(theirs.title, ours.title))
        and not (_below(theirs, left.views()) or _below(ours, left.missing))
        and left.beside(ours) == (1, 1)
    )


def _agree(one: Field, other: Field) -> bool:
    return None in (one.required, other.required) or one.required == other.required


def _alike(one: str, other: str) -> bool:
    """Return whether a name has all words of another one, or nearly all of its letters."""
    words = [set(name.lower().split("_")) for name in (one, other)]
    if words[0] <= words[1] or words[1] <= words[0]:
        return True
    return SequenceMatcher(None, one, other).ratio() >= _SPELLED_ALIKE


def _within(one: str, other: str) -> bool:
    """Return whether a title has the characters of another one, in their order."""
    short, long = sorted((one, other), key=len)
    letters = iter(long)
    return bool(short) and all(letter in letters for letter in short)


def _beside(one: Field, other: Field) -> bool:
    return one.path[:-1] == other.path[:-1] and _key(one) == _key(other)


_TESTS: Sequence[tuple[Relation, Callable[[Field, Field, _Left], bool]]] = (
    ("", _same),
    ("field renamed", _same_title),
    ("field renamed", _same_fields),
    ("location", _elsewhere),
    ("nesting", _deeper),
    ("field renamed", _only_one),
)
"""In this order, the surest first."""


def topmost(fields: Sequence[Field]) -> list[Field]:
    """Return those that stand below none of the others."""
    keys = {(_key(one), one.path) for one in fields}
    return [
        one
        for one in fields
        if not any((_key(one), one.path[:depth]) in keys for depth in range(1, len(one.path)))
    ]
