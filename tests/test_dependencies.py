"""What is imported is declared, and what is declared has a floor that is run."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
OWN = {
    *("generator", "spec", "tests", "maker", "pytest_wechatpay_sandbox"),
    *("wechatpay_auth", "wechatpay_ecommerce_refund", "wechatpay_sandbox"),
    "stock",  # which `make cross` generates for tests/cross/stock_python
}
NEVER_IMPORTED = {"h11"}
"""Its floor alone is meant: httpx brings it, and old versions are vulnerable."""


def names(requirements: list[str]) -> set[str]:
    return {canonical(Requirement(line).name) for line in requirements}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def group(name: str) -> list[str]:
    lines: list[str] = []
    for entry in PYPROJECT["dependency-groups"][name]:
        lines += [entry] if isinstance(entry, str) else group(entry["include-group"])
    return lines


INSTALLED = packages_distributions()
RUNTIME = names(PROJECT["dependencies"])
DEV = RUNTIME.union(names(group("dev")), *map(names, EXTRAS.values()))
# An adapter in each of the two packages speaks httpx2 where it is there.
CLIENT = RUNTIME | names(EXTRAS["httpx2"])
SANDBOX = RUNTIME | names(EXTRAS["sandbox"])
ALLOWED = {
    "generated": CLIENT,
    "auth": CLIENT,
    "tests/sandbox/wechatpay_sandbox": SANDBOX,
    # pytest loads it, so pytest is there.
    "tests/sandbox/pytest_wechatpay_sandbox": SANDBOX | {"pytest"},
    "generator": DEV,
    "spec": DEV,
    "tests": DEV,
}


def files(place: str) -> list[Path]:
    path = ROOT / place
    found = [path] if path.is_file() else sorted(path.rglob("*.py"))
    return [file for file in found if "node_modules" not in file.parts]


def imported(file: Path) -> Iterator[str]:
    for node in executed(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            # Packages that share a name, as opentelemetry's do, differ in the second part.
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def executed(node: ast.AST) -> Iterator[ast.AST]:
    """Walk through all but what only a type checker reads."""
    yield node
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    for child in ast.iter_child_nodes(node):
        yield from executed(child)


def distributions(name: str) -> set[str]:
    """Return the distributions that an imported name may come from."""
    root = name.split(".")[0]
    return {canonical(one) for one in INSTALLED.get(root, [root])}


@pytest.mark.parametrize("place", ALLOWED)
def test_what_is_imported_is_declared(place: str) -> None:
    found = files(place)
    assert found
    for file in found:
        for name in set(imported(file)):
            root = name.split(".")[0]
            beside = (file.parent / f"{root}.py").is_file()
            if root in sys.stdlib_module_names or root in OWN or beside:
                continue
            assert distributions(name) & ALLOWED[place], (
                f"{file.relative_to(ROOT)} imports {name}, which nothing declares"
            )


def test_what_the_wheel_requires_is_imported() -> None:
    shipped = [file for place in list(ALLOWED)[:4] for file in files(place)]
    used = {one for file in shipped for name in imported(file) for one in distributions(name)}
    declared = RUNTIME.union(*map(names, EXTRAS.values()))
    assert declared - used == NEVER_IMPORTED


def test_each_floor_is_the_version_that_the_floors_run_has() -> None:
    lock = (ROOT / "tests" / "locks" / "floors.txt").read_text(encoding="utf-8")
    locked = dict(re.findall(r"^([\w.-]+)==([^\s;\\]+)", lock, re.MULTILINE))
    for line in [*PROJECT["dependencies"], *chain(*EXTRAS.values())]:
        requirement = Requirement(line)
        floors = [one.version for one in requirement.specifier if one.operator == ">="]
        assert len(floors) == 1, f"{line} needs one floor"
        version = locked[canonical(requirement.name)]
        same = re.fullmatch(rf"{re.escape(floors[0])}(\.0)*", version)
        assert same, f"{line}, but the lowest version that can be installed is {version}"
