"""Finds out which operation, and which field, of a page is which of the contract."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from .model import STANDARD_HEADERS, Field, Operation, Page

Relation: TypeAlias = Literal["", "field renamed", "location", "nesting"]

_ALIKE = 0.6
"""Operations that share this part of their fields are one that has moved."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A field of a page, the one of the contract that it is, and what became of its name."""

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


def operations(page: Page, contract: Page) -> list[tuple[Operation, Operation | None]]:
    """Pair the operations of a page with those of the contract."""
    free = list(contract.operations)
    found: dict[int, Operation] = {}
    for score in (_same_call, _same_document(page), _likeness):
        for index, theirs in enumerate(page.operations):
            best = max(free, key=lambda one: score(theirs, one), default=None)
            if index not in found and best is not None and score(theirs, best) >= _ALIKE:
                found[index] = best
                free.remove(best)
    return [(theirs, found.get(index)) for index, theirs in enumerate(page.operations)]


def vanished(page: Page, contract: Page, paired: Sequence[Operation]) -> list[Operation]:
    """Return the operations of the contract that this page ought to describe but does not."""
    return [
        ours
        for ours in contract.operations
        if ours not in paired
        and page.kind == "official"
        and _documents([page.source]) & _documents(ours.links)
    ]


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
        replace(one, status=statuses.get(one.status, one.status)) if one.place == "reply" else one
        for one in theirs.fields
        if not (one.place == "header" and one.name.lower() in STANDARD_HEADERS)
    ]
    missing = list(ours.fields)
    pairs = Pairs([], missing, new)
    for relation, test in _TESTS:
        for depth in range(1, max((len(one.path) for one in new), default=0) + 1):
            for one in [one for one in new if len(one.path) == depth]:
                # What stands below a field that was renamed or moved has its old name there.
                translated = _translated(one, pairs)
                same = [other for other in missing if _same(translated, other, pairs)]
                if same:
                    _take(pairs, one, same[0], "")
                    continue
                found = [other for other in missing if test(translated, other, pairs)]
                if len(found) == 1:
                    _take(pairs, one, found[0], relation)
    return pairs


def _take(pairs: Pairs, theirs: Field, ours: Field, relation: Relation) -> None:
    pairs.new.remove(theirs)
    pairs.missing.remove(ours)
    pairs.matched.append(Pair(theirs, ours, relation))


def _translated(one: Field, pairs: Pairs) -> Field:
    """Return a field with the name that the contract has for what it stands below."""
    for length in range(len(one.path) - 1, 0, -1):
        for pair in pairs.matched:
            if (
                pair.relation
                and pair.theirs.path == one.path[:length]
                and pair.theirs.place == one.place
            ):
                moved = (*pair.ours.path, *one.path[length:])
                return replace(one, path=moved, place=pair.ours.place)
    return one


def _same(theirs: Field, ours: Field, _: Pairs) -> bool:
    # A parameter has one name, however deep the page nests it.
    return theirs.name == ours.name and (
        _key(theirs) == _key(ours) or (theirs.place == "request" and ours.place != "reply")
    )


def _key(one: Field) -> tuple[str, str | None]:
    return one.place, one.status if one.place == "reply" else None


def _elsewhere(theirs: Field, ours: Field, _: Pairs) -> bool:
    return theirs.path == ours.path and "reply" not in (theirs.place, ours.place)


def _deeper(theirs: Field, ours: Field, _: Pairs) -> bool:
    return theirs.path[-1] == ours.path[-1] and _key(theirs) == _key(ours)


def _same_title(theirs: Field, ours: Field, _: Pairs) -> bool:
    return _beside(theirs, ours) and bool(ours.title) and theirs.title == ours.title


def _only_one(theirs: Field, ours: Field, pairs: Pairs) -> bool:
    """One field of an object went, one of the same type came: it was renamed."""
    return (
        _beside(theirs, ours)
        and theirs.type == ours.type
        and len([one for one in pairs.new if _beside(one, theirs)]) == 1
        and len([one for one in pairs.missing if _beside(one, ours)]) == 1
    )


def _beside(one: Field, other: Field) -> bool:
    return one.path[:-1] == other.path[:-1] and _key(one) == _key(other)


_TESTS: Sequence[tuple[Relation, Callable[[Field, Field, Pairs], bool]]] = (
    ("", _same),
    ("field renamed", _same_title),
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
