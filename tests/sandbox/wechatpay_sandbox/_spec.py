"""Reads an OpenAPI file for the sandbox, and says what is wrong with it in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias, cast
from urllib.parse import unquote

import yaml

from ._errors import Json

Node: TypeAlias = dict[str, Any]

URI = "urn:contract"
_LIMIT = 100
"""Objects within objects; a deeper spec holds itself by a YAML alias."""


class SpecError(ValueError):
    """The sandbox can't play a spec."""


class Document:
    """The tree of a spec, whose references lead to its own parts."""

    def __init__(self, root: Node, source: str) -> None:
        self.source = source
        self.root = cast("Node", _absolute(root, 0, source))
        version = str(root.get("openapi"))
        if not version.startswith(("3.0", "3.1")):
            raise self.error("", f"openapi is {version}; the sandbox plays 3.0 and 3.1")
        self.is_31 = version.startswith("3.1")
        self._follow(self.root, "")

    @classmethod
    def load(cls, path: Path) -> Document:
        """Read a file, YAML or JSON."""
        try:
            root: object = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise SpecError(f"{path} is neither YAML nor JSON: {error}") from error
        if not isinstance(root, dict):
            raise SpecError(f"{path}: not an OpenAPI file")
        return cls(cast("Node", root), str(path))

    def error(self, place: str, text: str) -> SpecError:
        """Make the error for a place of this spec."""
        return SpecError(": ".join(filter(None, (self.source, place, text))))

    def node(self, value: object, place: str) -> Node:
        """Follow references to an object; None is an empty one."""
        for _ in range(_LIMIT):
            if value is None:
                return {}
            if not isinstance(value, dict):
                raise self.error(place, "not an object")
            found = cast("Node", value)
            if not isinstance(found.get("$ref"), str):
                return found
            value = self._at(found["$ref"], place)
        raise self.error(place, "references lead in a circle")

    def nodes(self, value: object, place: str) -> list[Node]:
        """Follow references to the objects of a list."""
        if value is not None and not isinstance(value, list):
            raise self.error(place, "not a list")
        return [self.node(one, place) for one in cast("list[object]", value or [])]

    def schema(self, value: object, place: str) -> Node:
        """Merge a schema with the `allOf` in it, as far as its type, fields and items go."""
        found = self.node(value, place)
        merged: Node = {}
        parts: list[object] = found.get("allOf") or []
        for part in [self.schema(one, place) for one in parts] + [found]:
            properties = {**merged.get("properties", {}), **part.get("properties", {})}
            merged = {**merged, **part} | ({"properties": properties} if properties else {})
        if isinstance(merged.get("type"), list):
            merged["type"] = next((one for one in merged["type"] if one != "null"), None)
        if "type" not in merged and "properties" in merged:
            merged["type"] = "object"
        return merged

    def _follow(self, value: object, place: str) -> None:
        """Refuse a reference that leads nowhere, wherever it stands."""
        if isinstance(value, list):
            for one in cast("list[object]", value):
                self._follow(one, place)
        elif isinstance(value, dict):
            found = cast("Node", value)
            if isinstance(found.get("$ref"), str):
                self._at(found["$ref"], place)
            for key, one in found.items():
                if key not in {"example", "examples", "value"}:
                    self._follow(one, f"{place}/{key}")

    def _at(self, reference: str, place: str) -> object:
        if not reference.startswith(f"{URI}#/"):
            raise self.error(place, f"{reference} is outside of the file")
        here: object = self.root
        for part in reference.removeprefix(f"{URI}#/").split("/"):
            key = unquote(part).replace("~1", "/").replace("~0", "~")
            if isinstance(here, list) and key.isdigit() and int(key) < len(cast("Any", here)):
                here = cast("list[object]", here)[int(key)]
            elif isinstance(here, dict) and key in here:
                here = cast("Node", here)[key]
            else:
                raise self.error(place, f"{reference.removeprefix(URI)} leads nowhere")
        return here


def examples(holder: Node, document: Document, place: str) -> list[Json]:
    """Give the documented examples of a media type or parameter, the first one first."""
    found = [holder["example"]] if "example" in holder else []
    for one in document.node(holder.get("examples"), place).values():
        node = document.node(one, place)
        found += [node["value"]] if "value" in node else []
    return cast("list[Json]", found)


def _absolute(value: object, depth: int, source: str) -> object:
    """Copy a tree with references which hold wherever a part of it stands."""
    if depth > _LIMIT:
        raise SpecError(f"{source}: more than {_LIMIT} levels deep")
    if isinstance(value, list):
        return [_absolute(one, depth + 1, source) for one in cast("list[object]", value)]
    if not isinstance(value, dict):
        # YAML reads what looks like a date as one; JSON has texts.
        return value if isinstance(value, str | int | float | None) else str(value)
    made: Node = {}
    for key, one in cast("Node", value).items():
        inside = isinstance(one, str) and one.startswith("#") and key == "$ref"
        made[str(key)] = f"{URI}{one}" if inside else _absolute(one, depth + 1, source)
    return made
