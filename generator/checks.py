"""Everything that has to be right before code is made, checked at once."""

from __future__ import annotations

import builtins
import difflib
import keyword
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from openapi_python_client.schema import OpenAPI
from pydantic import ValidationError

from .dialect import broken, outside
from .extension_rules import broken_extensions
from .extensions import misspelt
from .names import BASE_ERRORS
from .problems import GenerationError, Problem
from .spec import (
    Document,
    escaped,
    is_argument,
    is_json,
    listing,
    mapping,
    result_statuses,
    walk,
)
from .tree import Node, node

_UNFINISHED = re.compile(r"\bTODO\b|待补充")
_VALUES = {"example", "examples", "default", "enum", "const", "pattern"}


def check(document: Document, *, draft: bool = False) -> None:
    """Check what makes code, from form to meaning.

    Args:
        document: The part of a spec that makes code.
        draft: Texts need not be finished.

    Raises:
        GenerationError: The spec is not understood in full; it has all problems.
    """
    # Each of the checks may rely on those before it.
    problems = [*misspelt(document), *_form(document.root)]
    problems = problems or list(broken(document))
    problems = problems or [
        *outside(document),
        *_operations(document),
        *broken_extensions(document),
    ]
    if not draft:
        problems += unfinished(document)
    if problems:
        raise GenerationError(*problems)


# --- form


def relevant(root: Node) -> Node:
    """Return the parts of a spec that openapi-python-client reads."""
    return {
        "openapi": root.get("openapi"),
        "info": root.get("info"),
        "paths": mapping(root, "paths"),
        "components": {
            part: mapping(mapping(root, "components"), part)
            for part in ("schemas", "parameters", "requestBodies", "responses")
        },
    }


def _form(root: Node) -> Iterator[Problem]:
    """Yield what has no place where it stands."""
    version = str(root.get("openapi", "no version at all"))
    if not re.fullmatch(r"3\.[01]\.\d+", version):
        message = f"must be 3.0 or 3.1 with a patch number, not {version}"
        yield Problem("#/openapi", message)
        return
    told = relevant(root)
    try:
        OpenAPI.model_validate(told)
    except ValidationError as error:
        for one in error.errors():
            yield Problem(_pointer(told, one["loc"]), one["msg"])


def _pointer(root: Node, location: tuple[int | str, ...]) -> str:
    """Return the pointer of a location, without the steps that only the validator knows."""
    here: Any = root
    parts: list[str] = []
    for step in location:
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            if step in {"ref", "other"}:
                continue
            here = None
        parts.append(escaped(str(step)))
    return "#/" + "/".join(parts)


# --- operations


def _operations(document: Document) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for path, method, operation in document.operations():
        where = f"#/paths/{escaped(path)}/{method}"
        name = operation.get("operationId")
        if name is not None and seen.setdefault(name, where) != where:
            yield Problem(f"{where}/operationId", f"{name} is the name of {seen[name]}, too")
        for message in _parameters(document, path, method):
            yield Problem(where, message)
        for status, response in document.responses(operation).items():
            stated = mapping(operation, "responses")[status]
            here = stated.get("$ref", f"{where}/responses/{escaped(status)}")
            yield from _status(here, status, response)
        yield from _echoes(document, where, path, method)
        for index, row in enumerate(listing(operation, "x-error-codes")):
            code = str(row["code"])
            if not re.sub(r"\W+", "_", code).strip("_")[:1].isalpha():
                message = f"{code} makes no class name; a code begins with a letter"
                yield Problem(f"{where}/x-error-codes/{index}/code", message)
    names = {operation.get("operationId") for _, _, operation in document.operations()}
    for place in walk(document.root):
        if place.kind == "link" and place.node.get("x-settles-outcome"):
            wanted: object = place.node.get("operationId")
            if wanted not in names:
                message = f"a link names the operation {wanted}, which does not exist"
                yield Problem(f"#{place.pointer}", message)


def _parameters(document: Document, path: str, method: str) -> Iterator[str]:
    item: Node = document.root["paths"][path]
    for holder in (item[method], item):
        found = [
            (one["in"], one["name"]) for one in map(document.resolve, listing(holder, "parameters"))
        ]
        for location, name in dict.fromkeys(found):
            if found.count((location, name)) > 1:
                yield f"parameter {name} in {location} occurs twice; keep one"
    parameters = document.parameters(path, method)
    declared = {name for location, name in parameters if location == "path"}
    in_path = re.findall(r"{([^}]*)}", path)
    for name in dict.fromkeys(in_path):
        if name not in declared:
            yield f"{name} of the path is not declared; add it to the parameters"
        elif not parameters["path", name].get("required"):
            yield f"parameter {name} of the path must be required"
        if in_path.count(name) > 1:
            yield f"{name} occurs twice in the path"
    for name in sorted(declared - set(in_path)):
        yield f"the path has no place for {name}; add {{{name}}} to it"
    for (location, name), parameter in parameters.items():
        kinds = mapping(parameter, "schema").get("type")
        if is_argument(parameter) and kinds in ("null", ["null"]):
            yield f"parameter {name} in {location} can be nothing but null; leave it out"


def _status(where: str, status: str, response: Node) -> Iterator[Problem]:
    if not re.fullmatch(r"default|[1-5](XX|\d\d)", status):
        yield Problem(where, f"{status} is no status")
    name: object = response.get("x-error-name")
    if not isinstance(name, str):
        return
    if not status.isdecimal():
        yield Problem(where, f"x-error-name {name} needs one status, not {status}")
    if not name.isidentifier() or keyword.iskeyword(name):
        yield Problem(where, f"x-error-name {name} is no name for a class")
    elif name in BASE_ERRORS:
        yield Problem(where, f"x-error-name {name} is the name of a class of every package")
    elif hasattr(builtins, name):
        yield Problem(where, f"x-error-name {name} hides Python's own; call it Platform{name}")


def _echoes(document: Document, where: str, path: str, method: str) -> Iterator[Problem]:
    """Yield what is wrong with x-echoes: its fields are the result's, its parameters required."""
    operation: Node = document.root["paths"][path][method]
    parameters = document.parameters(path, method)
    for field, expression in mapping(operation, "x-echoes").items():
        here = f"{where}/x-echoes/{escaped(field)}"
        _, location, name = str(expression).split(".", 2)
        if not parameters.get((location, name), {}).get("required"):
            yield Problem(here, f"{expression} is no required parameter of the operation")
        for fields in _results(document, operation):
            if field not in fields:
                close = difflib.get_close_matches(field, fields, 1)
                hint = f"; did you mean {close[0]}?" if close else ""
                yield Problem(here, f"the result has no field {field}{hint}")


def _results(document: Document, operation: Node) -> Iterator[Mapping[str, object]]:
    """Yield the fields of each result that is JSON."""
    responses = document.responses(operation)
    for status in sorted(result_statuses(responses)):
        for content_type, media in mapping(responses[status], "content").items():
            if is_json(content_type):
                yield mapping(document.merged(mapping(media, "schema")), "properties")


# --- texts


def unfinished(document: Document) -> Iterator[Problem]:
    """Yield the texts that somebody still has to write."""
    waiting: list[tuple[str, object]] = [("#", document.root)]
    while waiting:
        pointer, value = waiting.pop()
        if isinstance(value, str) and _UNFINISHED.search(value):
            message = "an unfinished text; write it, or generate with --draft"
            yield Problem(pointer, message)
        elif isinstance(value, dict):
            texts = {
                key: inner
                for key, inner in node(cast("object", value)).items()
                if key not in _VALUES
            }
            waiting += [(f"{pointer}/{escaped(key)}", inner) for key, inner in texts.items()]
        elif isinstance(value, list):
            entries = cast("list[object]", value)
            waiting += [(f"{pointer}/{index}", inner) for index, inner in enumerate(entries)]
