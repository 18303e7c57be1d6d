"""Small contracts, and the packages that the generator makes of them.

Every contract is declared while its test module is imported, so that the type checkers can read
all packages in one run.
"""

from __future__ import annotations

import importlib
import json
import sys
import tempfile
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import pytest

from generator import build
from generator.problems import GenerationError

Node: TypeAlias = dict[str, Any]

Generated: TypeAlias = Any
"""What exists only once it is generated, so that no type checker knows it."""

DECLARED: dict[str, Contract] = {}
PACKAGES = Path(tempfile.mkdtemp(prefix="generated-"))
"""Where all packages stand side by side; `conftest.py` takes it away."""


class Contract:
    """A contract and the package made of it, at first use."""

    def __init__(self, name: str, document: Node) -> None:
        self.name = name
        self.document = document

    @cached_property
    def folder(self) -> Path:
        """Folder of the generated package."""
        return generate(self.document, self.name, PACKAGES)

    def module(self, name: str) -> Generated:
        """Return a module of the package."""
        assert self.folder.is_dir()
        if str(PACKAGES) not in sys.path:
            sys.path.insert(0, str(PACKAGES))
        importlib.invalidate_caches()
        return importlib.import_module(f"{self.name}.{name}")

    @property
    def models(self) -> Generated:
        return self.module("models")

    @property
    def types(self) -> Generated:
        return self.module("types")

    @property
    def errors(self) -> Generated:
        return self.module("errors")

    def operation(self, name: str, tag: str = "default") -> Generated:
        """Return the module of an operation."""
        return self.module(f"api.{tag}.{name}")

    def result(self, name: str, reply: httpx.Response, tag: str = "default") -> Generated:
        """Return what an operation makes of a reply."""
        reply.request = httpx.Request("GET", "https://example.test/")
        return self.operation(name, tag).OPERATION.read(reply).parsed


def contract(
    name: str,
    schemas: Node | None = None,
    paths: Node | None = None,
    *,
    openapi: str = "3.0.3",
    **more: Generated,
) -> Contract:
    """Declare a contract."""
    assert name not in DECLARED, name
    DECLARED[name] = Contract(name, document(schemas, paths, openapi=openapi, **more))
    return DECLARED[name]


def document(
    schemas: Node | None = None,
    paths: Node | None = None,
    *,
    openapi: str = "3.0.3",
    components: Node | None = None,
    **more: Generated,
) -> Node:
    """Return an OpenAPI document."""
    return {
        "openapi": openapi,
        "info": {"title": "Test", "version": "1.0"},
        "paths": paths or {},
        "components": {"schemas": schemas or {}, **(components or {})},
        **more,
    }


def operation(
    operation_id: str | None = None, *parameters: Node, body: Node | None = None, **more: Generated
) -> Node:
    """Return an operation that answers with nothing, unless told otherwise."""
    return {
        **({"operationId": operation_id} if operation_id else {}),
        "parameters": list(parameters),
        **({"requestBody": body} if body else {}),
        "responses": {"204": {"description": "Done"}},
        **more,
    }


def parameter(name: str, location: str, schema: Node | None = None, **more: Generated) -> Node:
    """Return a parameter, required in a path."""
    required = {"required": True} if location == "path" else {}
    schema = {"type": "string"} if schema is None else schema
    return {"name": name, "in": location, "schema": schema} | required | more


def answer(schema: Node, content_type: str = "application/json") -> Node:
    """Return a response with a body."""
    return {"description": "OK", "content": {content_type: {"schema": schema}}}


def content(schema: Node, content_type: str = "application/json", **more: Generated) -> Node:
    """Return a request body."""
    return {"required": True, "content": {content_type: {"schema": schema}}} | more


def to(name: str) -> Node:
    """Return a reference to a schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def write(document: Node | str, name: str, folder: Path) -> tuple[Path, Path]:
    """Write a contract and its settings, and return both files."""
    folder.mkdir(parents=True, exist_ok=True)
    spec, config = folder / f"{name}.json", folder / f"{name}.config.json"
    text = document if isinstance(document, str) else json.dumps(document)
    spec.write_text(text, encoding="utf-8")
    settings: Node = {"package_name_override": name, "post_hooks": []}
    config.write_text(json.dumps(settings), encoding="utf-8")
    return spec, config


def generate(document: Node | str, name: str, output: Path, *, draft: bool = False) -> Path:
    """Generate a package below `output`."""
    with tempfile.TemporaryDirectory() as scratch:
        spec, config = write(document, name, Path(scratch))
        return build.generate(spec, config, output, draft=draft)


def refused(document: Node | str, tmp_path: Path) -> str:
    """Return why a spec is refused, a line for each problem; fails if it is not."""
    with pytest.raises(GenerationError) as caught:
        generate(document, "refused", tmp_path)
    assert not list(tmp_path.glob("*")), "a refused spec left something behind"
    problems = [problem._replace(source="", line=0) for problem in caught.value.problems]
    return "\n".join(map(str, problems))


def round_trip(model: Generated, example: Node) -> Generated:
    """Return the model of an example, which it has to give back as it was."""
    read = model.from_dict(example)
    assert read.to_dict() == example
    assert model.from_dict(read.to_dict()) == read
    read.check("example")
    return read
