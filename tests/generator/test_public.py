"""Larger public contracts: what is made of them imports, is typed, and gives values back."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.generator.support import Contract, Generated, Node, refused, round_trip
from tests.tools import tool

HERE = Path(__file__).parent / "public"
DOCUMENTS = HERE / "node_modules" / "@readme" / "oas-examples"
CONTRACTS = {
    "star_trek": "3.0/json/star-trek.json",  # 80 paths, 222 schemas
    "petstore": "3.0/json/petstore-expanded.json",
    "uspto": "3.0/json/uspto.json",
    "circular": "3.0/json/schema-circular.json",
}


@pytest.fixture(scope="module")
def contracts() -> dict[str, Contract]:
    """Install the documents, pinned, and return their contracts."""
    npm = tool("npm")
    if not DOCUMENTS.is_dir():
        subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit"], cwd=HERE, check=True)
    return {
        name: Contract(f"public_{name}", json.loads((DOCUMENTS / file).read_text("utf-8")))
        for name, file in CONTRACTS.items()
    }


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_module_imports(contracts: dict[str, Contract], name: str) -> None:
    package = contracts[name]
    files = list((package.folder / "api").rglob("*.py"))
    operations = sum(
        method in {"get", "put", "post", "delete", "patch"}
        for item in package.document["paths"].values()
        for method in item
    )
    modules = [file for file in files if file.name != "__init__.py"]
    assert len(modules) == operations
    for file in modules:
        package.module(".".join(file.relative_to(package.folder).with_suffix("").parts))


def test_what_lies_outside_the_dialect_is_named_all_at_once(
    contracts: dict[str, Contract], tmp_path: Path
) -> None:
    """A service's own spec, half a megabyte, describes values of several kinds."""
    assert contracts  # the documents are installed
    told = refused(json.loads((DOCUMENTS / "3.1/json/readme.json").read_text("utf-8")), tmp_path)
    problems = told.splitlines()
    assert len(problems) > 10, told
    assert all("#/" in problem for problem in problems), told


@pytest.mark.parametrize("name", ["star_trek", "petstore", "circular"])
def test_values_of_every_schema_are_given_back(contracts: dict[str, Contract], name: str) -> None:
    package = contracts[name]
    schemas: Node = package.document["components"]["schemas"]
    tried = 0
    for title, schema in schemas.items():
        model: Generated = getattr(package.models, title, None)
        if model is None or "properties" not in schema:
            continue
        for value in samples(schema, schemas):
            round_trip(model, value)
            tried += 1
    assert tried >= {"star_trek": 400, "petstore": 2, "circular": 10}[name]


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_both_checkers_accept_them(
    contracts: dict[str, Contract], checker: str, tmp_path: Path
) -> None:
    folders = [str(contract.folder) for contract in contracts.values()]
    where = contracts["uspto"].folder.parent
    if checker == "mypy":
        command = ["mypy", "--strict", "--explicit-package-bases", f"--cache-dir={tmp_path}"]
        command += ["--python-executable", sys.executable, *folders]
    else:
        settings = where / "public.json"
        settings.write_text(json.dumps({"typeCheckingMode": "strict", "include": folders}))
        command = ["pyright", "--pythonpath", sys.executable, "--project", str(settings)]
    done = subprocess.run(
        [str(Path(sys.executable).with_name(command[0])), *command[1:]],
        cwd=where,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]


def samples(schema: Node, schemas: Node) -> Iterator[Node]:
    """Yield an object with the required members only, and one with all that end."""
    for every in (False, True):
        value = sample(schema, schemas, every, 3)
        assert isinstance(value, dict)
        yield value


def sample(schema: Node, schemas: Node, every: bool, depth: int) -> Generated:
    """Return a value of a schema, made from the contract alone."""
    if "$ref" in schema:
        return sample(schemas[schema["$ref"].rpartition("/")[2]], schemas, every, depth - 1)
    if "enum" in schema:
        return schema["enum"][-1]
    match schema.get("type", "object" if "properties" in schema else None):
        case "object":
            required = schema.get("required", [])
            return {
                name: sample(member, schemas, every, depth - 1)
                for name, member in schema.get("properties", {}).items()
                if name in required or (every and depth > 0)
            }
        case "array":
            item = schema.get("items", {})
            return [sample(item, schemas, every, depth - 1)] if every and depth > 0 else []
        case "integer":
            return int(schema.get("minimum", 7))
        case "number":
            return 1.5
        case "boolean":
            return True
        case "string":
            return {"date": "2026-11-23", "date-time": "2026-11-23T10:34:56+08:00"}.get(
                schema.get("format", ""), "text"
            )
        case _:
            return {"any": [1, None, "thing"]}
