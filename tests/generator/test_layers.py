"""The modules of the generator stand above what they import, and nothing leads back up."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[2] / "generator"
STEPS = [
    "spec",
    "selection",
    "checks",
    "normalise",
    "upstream_input",
    "views",
    "operations",
    "build",
]
"""The way of a spec, in order; see generator/README.md."""


def imports(file: Path) -> set[str]:
    """Return the modules of the generator that a module imports, for types or not."""
    package = file.relative_to(ROOT).parent.parts
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = (*package[: len(package) - node.level + 1], *(node.module or "").split("."))
            for alias in node.names:
                for parts in (base, (*base, alias.name)):
                    name = ".".join(filter(None, parts))
                    if (ROOT / (name.replace(".", "/") + ".py")).exists():
                        found.add(name)
    return found


MODULES = {
    ".".join(file.relative_to(ROOT).with_suffix("").parts): imports(file)
    for file in ROOT.rglob("*.py")
    if "runtime" not in file.relative_to(ROOT).parts
}


def test_no_modules_import_each_other_in_a_circle() -> None:
    order = list(TopologicalSorter(MODULES).static_order())
    assert len(order) > 20
    assert order.index("tree") < order.index("spec") < order.index("build")


def test_no_step_imports_a_later_one() -> None:
    for index, step in enumerate(STEPS):
        below, waiting = set[str](), [step]
        while waiting:
            name = waiting.pop()
            below.add(name)
            waiting += MODULES[name] - below
        assert not below & set(STEPS[index + 1 :]), step


def test_only_the_reader_reads_a_spec() -> None:
    """Lines and structure of OpenAPI are told once, for generate, docs and changes."""
    readers = {name for name, used in MODULES.items() if "tree" in used}
    assert {"spec", "docs.openapi", "changes.facts"} <= readers
    for file in ROOT.rglob("*.py"):
        if file.name != "tree.py":
            assert "yaml.CBaseLoader" not in file.read_text(encoding="utf-8"), file
