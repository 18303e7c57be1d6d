"""Names of a spec that openapi-python-client would make one Python name of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import cast

from openapi_python_client.strings import PythonIdentifier

from .problems import Problem
from .tree import Node

_PREFIX = "field_"


def clashes(copy: Node) -> Iterator[Problem]:
    """Yield fields and parameters that the parser refuses, without naming them, for their names.

    Args:
        copy: What `upstream_input` returned: descriptions and summaries are pointers.
    """
    for node in _nodes(copy):
        if "properties" in node and str(node.get("description")).startswith("#"):
            yield from _shared(str(node["description"]), "fields", node["properties"])
        for one in node.values():
            if isinstance(one, dict) and "parameters" in (holder := cast("Node", one)):
                stated = [part for part in holder["parameters"] if "name" in part]
                for location in dict.fromkeys(part["in"] for part in stated):
                    names = [part["name"] for part in stated if part["in"] == location]
                    yield from _shared(str(holder.get("summary", "")), "parameters", names)


def _nodes(node: object) -> Iterator[Node]:
    if isinstance(node, dict):
        yield cast("Node", node)
        for inner in cast("Node", node).values():
            yield from _nodes(inner)
    elif isinstance(node, list):
        for inner in cast("list[object]", node):
            yield from _nodes(inner)


def _shared(pointer: str, what: str, names: Iterable[str]) -> Iterator[Problem]:
    spelled: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for name in names:
        # Where snake case makes two alike, the parser tries them as they are.
        snake_case = PythonIdentifier(name, _PREFIX)
        spelled[snake_case, PythonIdentifier(name, _PREFIX, skip_snake_case=True)].append(name)
    for (python_name, _), same in spelled.items():
        if len(same) > 1:
            shown = " and ".join(map(repr, same))
            yield Problem(pointer, f"the {what} {shown} would all be {python_name}; rename one")
