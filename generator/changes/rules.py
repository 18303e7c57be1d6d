"""Says of each change for whom it breaks, and which step of the version it asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import NamedTuple

from .facts import Key, Value


class Step(IntEnum):
    """A step of a semantic version."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3


class Change(NamedTuple):
    """One change; `breaks` names those who have to change something: request, response, Python."""

    step: Step
    where: str
    what: str
    breaks: tuple[str, ...] = ()


_TEXTS = frozenset({"title", "description", "example", "summary"})
_UPPER = frozenset({"maxLength", "maximum", "maxItems"})
_LOWER = frozenset({"minLength", "minimum", "minItems"})


def changes(old: Mapping[Key, Value], new: Mapping[Key, Value]) -> list[Change]:
    """Return what changed from one version to the next, the gravest first."""
    found = [*_operations(old, new)]
    both = {key.operation for key in old} & {key.operation for key in new}
    before = {key: value for key, value in old.items() if key.operation in both}
    after = {key: value for key, value in new.items() if key.operation in both}
    gone, come = _places(before) - _places(after), _places(after) - _places(before)
    found += [_removed(*place) for place in sorted(gone) if not _below(place, gone)]
    found += [_added(*place, facts=after) for place in sorted(come) if not _below(place, come)]
    for key in sorted({*before, *after}):
        place = (key.operation, key.side, key.place)
        if place not in gone | come and before.get(key) != after.get(key):
            found.append(_changed(key, before.get(key), after.get(key), after))
    return sorted(found, key=lambda change: -change.step)


def step(found: list[Change]) -> Step:
    """Return the step that all changes together ask for."""
    return max((change.step for change in found), default=Step.NONE)


def _operations(old: Mapping[Key, Value], new: Mapping[Key, Value]) -> Iterator[Change]:
    before, after = ({key.operation for key in facts} for facts in (old, new))
    for name in sorted(before - after):
        yield Change(Step.MAJOR, name, "operation removed", ("request", "Python"))
    for name in sorted(after - before):
        yield Change(Step.MINOR, name, "operation added")


def _places(facts: Mapping[Key, Value]) -> set[tuple[str, str, str]]:
    return {(key.operation, key.side, key.place) for key in facts}


def _below(place: tuple[str, str, str], places: set[tuple[str, str, str]]) -> bool:
    """Return whether a place stands below another one, which says enough."""
    return any(
        other[:2] == place[:2]
        and place[2] != other[2]
        and place[2].startswith((f"{other[2]}.", f"{other[2]}[", f"{other[2]} "))
        for other in places
    )


def _removed(operation: str, side: str, place: str) -> Change:
    where = f"{operation}: {place}"
    if place.startswith("error "):
        return Change(Step.MINOR, where, "error code removed")
    if side == "request":
        return Change(Step.MAJOR, where, "no longer taken", ("request", "Python"))
    if place.startswith("response ") and place.count(" ") == 1:
        if place.startswith("response 2"):
            return Change(Step.MAJOR, where, "status no longer answered", ("response",))
        return Change(Step.MINOR, where, "status no longer listed")
    return Change(Step.MAJOR, where, "no longer answered", ("response", "Python"))


def _added(operation: str, side: str, place: str, *, facts: Mapping[Key, Value]) -> Change:
    where = f"{operation}: {place}"
    if place.startswith("error "):
        return Change(Step.MINOR, where, "error code added")
    required = any(
        value is True
        for key, value in facts.items()
        if (key.operation, key.side, key.place, key.keyword) == (operation, side, place, "required")
    )
    if side == "request" and required:
        return Change(Step.MAJOR, where, "now required", ("request", "Python"))
    return Change(Step.MINOR, where, "added")


def _changed(key: Key, before: Value, after: Value, facts: Mapping[Key, Value]) -> Change:
    where = f"{key.operation}: {key.place}" if key.operation else key.place
    what = f"{key.keyword}: {_told(before)} → {_told(after)}"
    if key.keyword in _TEXTS:
        return Change(Step.PATCH, where, f"{key.keyword} reworded")
    if key.keyword == "enum":
        return _values(key, where, before, after, facts)
    if key.keyword == "x-idempotent":
        return _idempotent(where, retried=bool(after))
    breaks = _breaks(key, before, after)
    return Change(Step.MAJOR if breaks else Step.MINOR, where, what, breaks)


def _idempotent(where: str, *, retried: bool) -> Change:
    """Say what callers have to do about a call that is retried no more, or from now on."""
    if retried:
        return Change(Step.MINOR, where, "x-idempotent added: the client retries it by itself")
    told = "x-idempotent removed: the client retries it no more; query the outcome before a retry"
    return Change(Step.MAJOR, where, told, ("request", "Python"))


def _breaks(key: Key, before: Value, after: Value) -> tuple[str, ...]:
    """Return for whom a changed keyword breaks."""
    request = key.side in {"request", "both"}
    side = "request" if request else "response"
    if key.keyword in {"type", "format"} or key.keyword.startswith("media type"):
        return (side, "Python")
    if key.keyword in {"operationId", "tags"}:
        return ("Python",)
    if key.keyword == "security":
        return ("request",)
    if key.keyword == "required":
        # A response may lose a field that was always there; a request may need one more.
        return (side, "Python") if bool(after) == request else ()
    if key.keyword == "nullable":
        return (side, "Python") if bool(before) == request else ()
    if key.keyword in {"x-open-enum", "additionalProperties"}:
        return (side,) if before and not after else ()
    if request and _tighter(key.keyword, before, after):
        return ("request",)
    return ()


def _tighter(keyword: str, before: Value, after: Value) -> bool:
    if keyword in {"pattern", "multipleOf", "uniqueItems", "exclusiveMinimum", "exclusiveMaximum"}:
        return after is not None
    if after is None or keyword not in _UPPER | _LOWER:
        return False
    if before is None:
        return True
    smaller = float(str(after)) < float(str(before))
    return smaller if keyword in _UPPER else not smaller


def _values(
    key: Key, where: str, before: Value, after: Value, facts: Mapping[Key, Value]
) -> Change:
    old, new = (set(value) if isinstance(value, tuple) else None for value in (before, after))
    if old is None or new is None:
        grave = (new is not None) == (key.side == "request")
        told = "values listed" if old is None else "values no longer listed"
        return Change(
            Step.MAJOR if grave else Step.MINOR, where, told, (key.side,) if grave else ()
        )
    gone, come = sorted(old - new), sorted(new - old)
    told = ", ".join(
        [f"value {value} removed" for value in gone] + [f"value {value} added" for value in come]
    )
    opened = bool(facts.get(key._replace(keyword="x-open-enum")))
    breaks: list[str] = []
    if gone:
        # The Python class loses its names with the values.
        breaks += ["request", "Python"] if key.side == "request" else ["Python"]
    if come and key.side == "response" and not opened:
        breaks.append("response")
    if not told:
        return Change(Step.PATCH, where, "values in another order")
    return Change(Step.MAJOR if breaks else Step.MINOR, where, told, tuple(breaks))


def _told(value: Value) -> str:
    return "none" if value is None else ", ".join(value) if isinstance(value, tuple) else str(value)
