"""Writes the schemas of fields, as far as a page states them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from . import marks
from .enums import Enums, known
from .model import Field
from .texts import Texts
from .writing import Node, reference

_SCALARS = frozenset({"string", "integer", "number", "boolean", "object"})

Below = dict[str, "Below"]
"""The names of fields, each with the names below it."""


class Fields:
    """The fields of one place as a tree, whose inner nodes a page need not state."""

    def __init__(self, fields: Iterable[Field]) -> None:
        self.stated = {one.path: one for one in fields}
        self.names: Below = {}
        for path in self.stated:
            below = self.names
            for name in path:
                below = below.setdefault(name, {})

    def within(self, path: tuple[str, ...], below: Below) -> Iterator[tuple[Field, Below]]:
        """Yield the fields of an object, each with the names below it."""
        for name, inner in below.items():
            one = self.stated.get((*path, name))
            yield one or Field(place="body", path=(*path, name), line=0, type="object"), inner


class Schemas:
    """The schemas of a spec, each under a name of its own."""

    def __init__(self, texts: Texts, enums: Enums, taken: Iterable[str] = ()) -> None:
        self._texts = texts
        self._enums = enums
        self.components: Node = {}
        self._names = set(taken)

    def unique(self, name: str) -> str:
        """Return a name that nothing else has."""
        found, number = name, 2
        while found in self._names:
            found, number = f"{name}{number}", number + 1
        self._names.add(found)
        return found

    def body(self, fields: Sequence[Field], name: str, title: str) -> Node:
        """Add the schema of a whole body, and return a reference to it."""
        tree = Fields(fields)
        made = {"title": self._texts.words(title), "description": self._texts.words(title)}
        self.components[name] = made
        made |= self._object(tree, (), tree.names, name, inline=False)
        return reference(name)

    def parameter(self, one: Field, owner: str) -> Node:
        """Return the schema of a parameter."""
        return self._schema(Fields([one]), one, {}, owner, inline=True)

    def example(self, schema: Node) -> object:
        """Return a value that fits a schema."""
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[-1]
            return self.example(self.components.get(name) or self._enums.schema(name))
        if "example" in schema or schema.get("enum"):
            return schema.get("example", schema.get("enum", [None])[0])
        kind = schema.get("type")
        if kind == "object":
            fields: Node = schema.get("properties", {})
            return {name: self.example(held) for name, held in fields.items()}
        if kind == "array":
            return [self.example(schema["items"])]
        if kind == "string":
            least, most = schema.get("minLength", 0), schema.get("maxLength")
            return "example".ljust(least, "e")[:most]
        return {"integer": 0, "number": 0, "boolean": False}[str(kind)]

    def _object(
        self, tree: Fields, path: tuple[str, ...], below: Below, name: str, *, inline: bool
    ) -> Node:
        properties: Node = {}
        required: list[str] = []
        for one, inner in tree.within(path, below):
            key = one.path[-1]
            properties[key] = self._schema(tree, one, inner, name, inline=inline)
            if one.required:
                required.append(key)
        schema: Node = {"type": "object"}
        if required:
            schema["required"] = required
        if properties:
            schema["properties"] = properties
        schema["example"] = self.example(schema)
        return schema

    def _schema(self, tree: Fields, one: Field, below: Below, owner: str, *, inline: bool) -> Node:
        """Return the schema of a field, with what every field of our spec has."""
        schema = self._made(tree, one, below, owner, inline=inline)
        if "allOf" in schema:
            schema["example"] = self.example(schema["allOf"][0])
        elif "$ref" not in schema:
            _bounded(schema)
            schema["example"] = self.example(schema)
        return schema

    def _made(self, tree: Fields, one: Field, below: Below, owner: str, *, inline: bool) -> Node:
        name = f"{owner}{camel(one.path[-1])}"
        kind = one.type or ("object" if below else "string")
        is_array = kind == "array" or kind.startswith("array of ")
        if below and one.encoded:
            # Stands where it is used: no tool follows references out of an extension.
            inner = self._object(tree, one.path, below, name, inline=True)
            words = {"title": self._texts.title(one), "description": self._texts.title(one)}
            return {**self._plain("string", one), "x-encoded-schema": {**words, **inner}}
        if below and not is_array:
            return self._held(tree, one, below, name, inline=inline)
        if is_array:
            if below:
                items = self._held(tree, one, below, name, inline=inline)
            else:
                items = self._item(_held_by(kind), one)
            return {"type": "array", **self._texts.of(one), "items": items}
        return self._enums.used(one, self._texts) or self._plain(kind, one)

    def _item(self, kind: str, one: Field) -> Node:
        """Return the schema of what an array holds; the array has the words."""
        if kind.startswith("array"):
            return {"type": "array", "items": self._item(_held_by(kind), one)}
        schema = self._plain(kind or "object", one)
        del schema["title"], schema["description"]
        _bounded(schema)
        return schema

    def _held(self, tree: Fields, one: Field, below: Below, name: str, *, inline: bool) -> Node:
        """Return an object that stands below another one."""
        if inline:
            return {**self._texts.of(one), **self._object(tree, one.path, below, name, inline=True)}
        found = self.unique(name)
        made = self.components[found] = self._texts.of(one)
        made |= known(one) | self._object(tree, one.path, below, found, inline=False)
        return reference(found)

    def _plain(self, kind: str, one: Field) -> Node:
        schema: Node = {"type": kind if kind in _SCALARS else "string"}
        if kind == "file":
            schema["format"] = "binary"
        elif kind == "integer":
            schema["format"] = "int64"
        schema |= self._texts.of(one)
        schema |= self._enums.values(one, kind, self._texts)
        if kind == "string" and one.length:
            least, most = one.length
            schema |= {"minLength": least} if least is not None else {}
            schema |= {"maxLength": most} if most is not None else {}
        return {**schema, "x-encrypted": True} if marks.is_encrypted(one) else schema


def _bounded(schema: Node) -> None:
    """Give the reason where a schema has no limit, as every field of our spec does."""
    if not schema.keys() & {"maxLength", "enum"} and schema["type"] not in {"object", "boolean"}:
        schema["x-no-limit"] = "The page states no limit. 官方文档未给出上限。"


def _held_by(kind: str) -> str:
    return kind.removeprefix("array").removeprefix(" of ")


def camel(text: str) -> str:
    """Return words as part of a name in camel case."""
    return "".join(word[:1].upper() + word[1:] for word in re.split(r"[^0-9A-Za-z]+", text))
