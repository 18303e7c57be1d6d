"""The form of a contract: is it OpenAPI at all."""

from __future__ import annotations

import re
from typing import Any

from openapi_python_client.schema import OpenAPI
from pydantic import ValidationError

from .document import Document, GenerationError, Node, drop_empty, escaped, mapping

_PARTS = ("schemas", "parameters", "requestBodies", "responses")


def relevant(root: Node) -> Node:
    """Return the parts of a contract that make code."""
    paths, components = mapping(root, "paths"), mapping(root, "components")
    return {
        "openapi": root.get("openapi"),
        "info": root.get("info"),
        "paths": {path: paths[path] for path in paths if not path.startswith("x-")},
        "components": {part: mapping(components, part) for part in _PARTS},
    }


def refuse_form(document: Document) -> None:
    """Raise GenerationError for the first thing that has no place where it stands."""
    version = str(document.root.get("openapi", "no version at all"))
    if not re.fullmatch(r"3\.[01]\.\d+", version):
        raise GenerationError(f"#/openapi must be 3.0 or 3.1 with a patch number, not {version}")
    drop_empty(document.root)
    root = relevant(document.root)
    try:
        OpenAPI.model_validate(root)
    except ValidationError as error:
        first = error.errors()[0]
        raise GenerationError(f"{_pointer(root, first['loc'])}: {first['msg']}") from None


def _pointer(root: Node, location: tuple[int | str, ...]) -> str:
    """Return the pointer of a location, without the steps that only the validator knows."""
    node: Any = root
    parts: list[str] = []
    for step in location:
        try:
            node = node[step]
        except (KeyError, IndexError, TypeError):
            if step in {"ref", "other"}:
                continue
            node = None
        parts.append(escaped(str(step)))
    return "#/" + "/".join(parts)
