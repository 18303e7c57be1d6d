"""A YAML tree that remembers its lines."""

from __future__ import annotations

from typing import Any, TypeAlias, cast

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from .model import UnreadableError

Node: TypeAlias = dict[str, Any]


def load(text: str, source: str) -> Node:
    """Read YAML or JSON whose root is an object.

    Raises:
        UnreadableError: It is something else.
    """
    reader: Any = YAML(typ="rt")
    try:
        root: object = reader.load(text)
    except YAMLError as error:
        raise UnreadableError(f"{source}: {error}") from None
    if not isinstance(root, dict):
        raise UnreadableError(f"{source}: not an object")
    return cast("Node", root)


def node(value: object) -> Node:
    """Return an object; an empty one for anything else."""
    return cast("Node", value) if isinstance(value, dict) else {}


def nodes(value: object) -> list[Node]:
    """Return a list of objects; an empty one for anything else."""
    return [node(item) for item in cast("list[object]", value)] if isinstance(value, list) else []


def line(value: object) -> int:
    """Return the line on which an object begins, 0 if that is not known."""
    if not isinstance(value, CommentedMap):
        return 0
    place: Any = cast("Any", value).lc
    return int(place.line) + 1


def line_of(holder: object, key: object) -> int:
    """Return the line of a key, 0 if that is not known."""
    if not isinstance(holder, CommentedMap):
        return 0
    place: Any = cast("Any", holder).lc
    return int(place.key(key)[0]) + 1 if key in (place.data or {}) else 0


class References:
    """Follows references within one document."""

    def __init__(self, root: Node, source: str) -> None:
        self._root = root
        self._source = source

    def resolved(self, value: object) -> Node:
        """Return what a reference stands for; any other object as it is."""
        seen: set[str] = set()
        found = node(value)
        while isinstance(reference := found.get("$ref"), str):
            if reference in seen:
                raise UnreadableError(f"{self._source}: {reference} leads in a circle")
            seen.add(reference)
            found = self._at(reference)
        return found

    def _at(self, reference: str) -> Node:
        found: object = self._root
        for part in reference.removeprefix("#/").split("/"):
            key = part.replace("~1", "/").replace("~0", "~")
            if key not in node(found):
                raise UnreadableError(f"{self._source}: {reference} leads nowhere")
            found = node(found)[key]
        return node(found)

    def merged(self, value: object) -> Node:
        """Return a schema with the keywords of its parts, so that they read as one."""
        schema = self.resolved(value)
        merged: Node = {}
        for keyword in ("allOf", "anyOf", "oneOf"):
            for part in nodes(schema.get(keyword)):
                for key, inner in self.merged(part).items():
                    merged.setdefault(key, inner)
        return {**merged, **schema}


def content(holder: Node) -> tuple[str | None, Node | None]:
    """Return the first media type of a body and its schema."""
    for media, entry in node(holder.get("content")).items():
        return str(media), node(node(entry).get("schema"))
    return None, None
