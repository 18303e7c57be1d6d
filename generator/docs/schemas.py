"""Writes the schemas of fields, as far as a page states them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..tree import node
from .model import Field
from .writing import TEXT, TODO, Node, mapping, quoted, reference, remark

_TYPES = frozenset({"string", "integer", "number", "boolean", "object"})


class Schemas:
    """The schemas of a document, each under a name of its own."""

    def __init__(self, *, inline: bool = False) -> None:
        self._inline = inline
        self.components = mapping()
        self._names: set[str] = set()

    def unique(self, name: str) -> str:
        """Return a name that nothing else has."""
        found, number = name, 2
        while found in self._names:
            found, number = f"{name}{number}", number + 1
        self._names.add(found)
        return found

    def example(self, schema: Node) -> object:
        """Return a value that fits a schema."""
        if "$ref" in schema:
            return self.example(self.components[schema["$ref"].rsplit("/", 1)[-1]])
        if schema.get("enum"):
            return schema["enum"][0]
        if schema["type"] == "object":
            members = node(schema.get("properties"))
            return mapping({name: self.example(member) for name, member in members.items()})
        if schema["type"] == "array":
            return [self.example(schema["items"])]
        if schema["type"] == "string":
            return quoted(TODO.ljust(schema.get("minLength", 0), "0")[: schema.get("maxLength")])
        return {"integer": 0, "number": 0, "boolean": False}[schema["type"]]

    def _finished(self, schema: Node) -> Node:
        """Add what every field of our contract has."""
        if "$ref" not in schema:
            sized = schema.keys() & {"maxLength", "enum"} or schema["type"] in {"object", "boolean"}
            if not sized:
                schema["x-no-limit"] = f"{TODO}: the page states no limit"
            schema["example"] = self.example(schema)
        return schema

    def object(self, fields: Sequence[Field], name: str, parent: tuple[str, ...]) -> Node:
        """Return the schema of an object, whose members may be known only by what is below them."""
        properties = mapping()
        required: list[str] = []
        names = dict.fromkeys(
            one.path[len(parent)]
            for one in fields
            if len(one.path) > len(parent) and one.path[: len(parent)] == parent
        )
        stated = {one.path: one for one in fields}
        for member in names:
            path = (*parent, member)
            one = stated.get(path)
            below = [
                other
                for other in fields
                if len(other.path) > len(path) and other.path[: len(path)] == path
            ]
            if one is None:
                one = Field(place=below[0].place, path=path, line=below[0].line, type="object")
            properties[member] = self.schema(one, below, name)
            if one.required:
                required.append(member)
            elif one.required is None:
                remark(properties, member, "the page does not state whether this is required")
        schema = mapping(type="object", title=f"待补充 · {TODO}", description=TEXT)
        if required:
            schema["required"] = required
        schema["properties"] = properties
        schema["example"] = self.example(schema)
        return schema

    def schema(self, one: Field, below: Sequence[Field], owner: str) -> Node:
        """Return the schema of a field, whose members are the fields below it."""
        return self._finished(self._made(one, below, owner))

    def _held(self, fields: Sequence[Field], name: str, parent: tuple[str, ...]) -> Node:
        """Return an object that stands below another one."""
        if self._inline:
            return self.object(fields, name, parent)
        found = self.unique(name)
        self.components[found] = self.object(fields, found, parent)
        return reference(found)

    def _made(self, one: Field, below: Sequence[Field], owner: str) -> Node:
        name = f"{owner}{camel(one.path[-1])}"
        kind = one.type or "string"
        item = kind.removeprefix("array of ") if kind.startswith("array") else None
        if one.encoded and below:
            schema = self._plain("string", one)
            # Stands where it is used: no tool follows references out of an extension.
            schema["x-encoded-schema"] = Schemas(inline=True).object(below, name, one.path)
            return schema
        if below:
            found = self._held(below, name, one.path)
            if item is None:
                return found
            return mapping(type="array", title=_title(one), description=TEXT, items=found)
        if item is not None:
            held = self._finished(self._plain("object" if item == "array" else item, one))
            return mapping(type="array", title=_title(one), description=TEXT, items=held)
        return self._plain(kind, one)

    def _plain(self, kind: str, one: Field) -> Node:
        schema = mapping()
        schema["type"] = kind
        if kind == "file":
            schema |= {"type": "string", "format": "binary"}
        elif kind not in {"string", "integer", "number", "boolean", "object"}:
            schema["type"] = "string"
            remark(schema, "type", f"the page calls this {kind}")
        elif one.type is None:
            remark(schema, "type", "the page does not state the type")
        if kind == "integer":
            schema["format"] = "int64"
        schema["title"] = _title(one)
        schema["description"] = TEXT
        if one.values:
            self._enum(schema, one)
        if one.length and kind == "string":
            if one.length.minimum is not None:
                schema["minLength"] = one.length.minimum
            schema["maxLength"] = one.length.maximum
        return schema

    def _enum(self, schema: Node, one: Field) -> None:
        values = one.values or ()
        kind = schema["type"]
        numeric = kind in {"integer", "number"}
        try:
            schema["enum"] = [_number(value) if numeric else quoted(value) for value in values]
        except ValueError:
            remark(schema, "type", f"the page lists values that are no {kind}: {', '.join(values)}")
            return
        prefix = one.path[-1].upper().replace("-", "_")
        schema["x-enum-varnames"] = [
            f"{prefix}_{re.sub(r'[^0-9A-Za-z]', '_', value)}" for value in values
        ]
        schema["x-enum-descriptions"] = [TEXT] * len(values)
        schema["x-open-enum"] = True


def _number(value: str) -> int | float:
    """A whole number stays one: 1, not 1.0."""
    return int(value) if value.isdecimal() else float(value)


def _title(one: Field) -> str:
    chinese = re.search("[\u4e00-\u9fff]", one.title)
    return f"{one.title if chinese else '待补充'} · {TODO}"


def camel(text: str) -> str:
    """Return words as part of a name in camel case."""
    return "".join(word[:1].upper() + word[1:] for word in re.split(r"[^0-9A-Za-z]+", text))
