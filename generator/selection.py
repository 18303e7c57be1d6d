"""Which part of a spec makes code: the copy that all further steps work on."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Set

from .problems import GenerationError, Problem
from .spec import (
    CHILDREN,
    ONE,
    SCHEMAS,
    Document,
    Place,
    copied,
    escaped,
    mapping,
    result_content,
    result_statuses,
    sent_content,
)
from .tree import Node, node

_PARTS = ("schemas", "parameters", "requestBodies", "responses")
_MAY_BE_NULL = {"const", "default", "example", "examples"}
_WITHOUT_CODE: Mapping[str, tuple[str, ...]] = {
    "document": ("webhooks",),
    "components": ("examples", "headers", "callbacks", "pathItems"),
    "operation": ("callbacks",),
    "response": ("headers",),
    "parameter": ("examples",),
    "media": ("example", "examples"),
    "schema": ("examples",),
}


def code_of(document: Document, skip: Iterable[str] = ()) -> Document:
    """Return a copy of all that makes code; what is left out can't keep a spec from being used.

    Left out are bodies of error responses, which are read whatever their shape, content types
    beside one that is understood, callbacks, envelopes of webhooks, and components that only
    these use.

    Args:
        document: The spec.
        skip: Operations to leave out as well, by operationId or as in `GET /path`.

    Raises:
        GenerationError: Something stands where it can't be, or there is no operation to skip.
    """
    problems: list[Problem] = []
    own = _Selection(document, _skipped(document, skip)).own
    cut = Document(copied(Place("document", "", document.root), own, problems), document.source)
    components = mapping(cut.root, "components")
    used = document.reachable(value for key, value in document.root.items() if key != "components")
    # A schema that nothing uses at all is there for its own sake.
    unused = [
        schema
        for name, schema in mapping(components, "schemas").items()
        if SCHEMAS + escaped(name) not in used
    ]
    _keep_notices(cut.root)
    kept = cut.reachable([*unused, mapping(cut.root, "paths"), mapping(cut.root, "x-webhooks")])
    for part in _PARTS:
        held = mapping(components, part)
        for name in list(held):
            reference = f"#/components/{part}/{escaped(name)}"
            if reference not in kept and (part != "schemas" or reference in used):
                del held[name]
                problems = [
                    one for one in problems if not f"{one.pointer}/".startswith(f"{reference}/")
                ]
    if problems:
        raise GenerationError(*problems)
    return cut


def _skipped(document: Document, skip: Iterable[str]) -> set[int]:
    """Return the identities of the operations to leave out."""
    known: dict[str, int] = {}
    for path, method, operation in document.operations():
        known[f"{method.upper()} {path}"] = id(operation)
        known[str(operation.get("operationId"))] = id(operation)
    problems: list[str] = []
    for name in skip:
        if name not in known:
            close = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {close[0]}?" if close else ""
            problems.append(f"there is no operation {name} to skip{hint}")
    if problems:
        raise GenerationError(*problems)
    return {known[name] for name in skip}


def _keep_notices(root: Node) -> None:
    """Keep of the webhooks what their notices hold; the envelope is the same for all."""
    kept = {
        name: {"post": {"x-notice": notice}}
        for name, webhook in mapping(root, "x-webhooks").items()
        if (notice := mapping(mapping(node(webhook), "post"), "x-notice"))
    }
    root.pop("x-webhooks", None)
    if kept:
        root["x-webhooks"] = kept


class _Selection:
    """Copies nodes without what makes no code."""

    def __init__(self, document: Document, skipped: Set[int]) -> None:
        self._skipped = skipped
        self._results: set[int] = set()
        for _, _, operation in document.operations():
            responses = {
                status: document.or_nothing(value)
                for status, value in mapping(operation, "responses").items()
            }
            self._results |= {id(responses[status]) for status in result_statuses(responses)}

    def own(self, place: Place) -> Node:
        """Return what a node says itself, its children as they are."""
        kind, _, holder = place
        single = {key for key, (form, _) in CHILDREN[kind].items() if form == ONE}
        found = {
            key: value
            for key, value in holder.items()
            # A key without a value is null in YAML, which mostly says nothing.
            if (value is not None or key in _MAY_BE_NULL or key in single or key.startswith("x-"))
            and key not in _WITHOUT_CODE.get(kind, ())
            and not (kind == "path" and id(value) in self._skipped)
        }
        content = found.get("content")
        if isinstance(content, dict):
            types = mapping(found, "content")
            if kind == "response" and id(holder) not in self._results:
                del found["content"]
            elif kind == "response":
                chosen = result_content(found)
                found["content"] = {key: types[key] for key in types if key == chosen}
            elif kind == "body":
                found["content"] = {key: types[key] for key in sent_content(found)} or types
        return found
