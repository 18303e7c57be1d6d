"""Writes lists of values; a list that stands on several fields gets one name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from .model import Field
from .texts import Texts
from .writing import Node, reference

_Key: TypeAlias = tuple[object, ...]


class Enums:
    """The lists of values of a spec."""

    def __init__(self, fields: Iterable[Field], existing: Node | None = None) -> None:
        users: defaultdict[_Key, list[Field]] = defaultdict(list)
        for one in fields:
            if (key := _key(one)) is not None:
                users[key].append(one)
        self._shared = {key: found for key, found in users.items() if len(found) > 1}
        self._names: dict[_Key, str] = {}
        self._schemas: Node = {}
        self._existing: Node = existing or {}

    @property
    def components(self) -> Node:
        """The named lists."""
        return self._schemas

    def schema(self, name: str) -> Node:
        """Return a named list."""
        found: Node = self._schemas.get(name) or self._existing[name]
        return found

    def name(self, texts: Texts, unique: Callable[[str], str]) -> None:
        """Give each list that several fields have a name."""
        for key, fields in self._shared.items():
            if same := self._known_as(fields[0]):
                self._names[key] = same
                continue
            found = self._names[key] = unique(_common([one.path[-1] for one in fields]))
            first = fields[0]
            schema: Node = {
                "type": first.type,
                **texts.of(first),
                **self.values(first, "string", texts),
            }
            if first.length and first.length.maximum is not None:
                schema["maxLength"] = first.length.maximum
            self._schemas[found] = {**schema, "example": schema["enum"][0]}

    def _known_as(self, one: Field) -> str | None:
        """Return the name that the spec to be extended has for the same list."""
        most = one.length.maximum if one.length else None
        for name, schema in self._existing.items():
            same = [str(value) for value in schema.get("enum", ())] == list(one.values or ())
            if same and schema.get("type") == "string" and schema.get("maxLength") == most:
                return name
        return None

    def used(self, one: Field, texts: Texts) -> Node | None:
        """Return a schema that uses a named list, or None."""
        name = self._names.get(_key(one) or ())
        if name is None:
            return None
        words, named = texts.of(one), self.schema(name)
        if all(named.get(key) == text for key, text in words.items()):
            return reference(name)
        return {"allOf": [reference(name)], **words}

    def values(self, one: Field, kind: str, texts: Texts) -> Node:
        """Return the part of a schema that lists values."""
        values = one.values or ()
        listed = _typed(values, kind)
        if not values or listed is None:
            return known(one)
        prefix = re.sub(r"\W", "_", one.path[-1]).upper()
        names: list[str] = []
        for value in values:
            name = f"{prefix}_{re.sub(r'[^0-9A-Za-z]', '_', value)}"
            names.append(name if name not in names else f"{name}_{len(names)}")
        schema: Node = {
            "enum": listed,
            "x-enum-varnames": names,
            "x-enum-descriptions": [texts.meaning(one, value) for value in values],
            "x-open-enum": True,
        }
        return {"type": "integer", **schema} if kind == "number" else schema


def known(one: Field) -> Node:
    """Return values that are none of the type that the page states."""
    return {"x-known-values": list(one.values)} if one.values else {}


def _typed(values: Sequence[str], kind: str) -> list[object] | None:
    if kind == "string":
        return list(values)
    if kind in {"integer", "number"} and all(re.fullmatch(r"0|-?[1-9]\d*", one) for one in values):
        return [int(value) for value in values]
    return None


def _key(one: Field) -> _Key | None:
    """Return what two lists have in common that are the same."""
    if one.type != "string" or not one.values or len(one.values) == 1 or one.encoded:
        return None
    return (one.values, one.length)


def _common(names: Sequence[str]) -> str:
    """Return the last words that all names share, or the first name, as a class is called."""
    words = [re.split(r"[^0-9A-Za-z]+", name) for name in names]
    shared: list[str] = []
    for column in zip(*map(reversed, words), strict=False):
        if len(set(column)) > 1:
            break
        shared.insert(0, column[0])
    return "".join(word[:1].upper() + word[1:] for word in shared or words[0])
