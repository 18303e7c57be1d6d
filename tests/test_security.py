"""SECURITY.md promises nothing without a test, and the tools are those that were locked."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
PROMISES = dict(
    re.findall(r"^- \*\*(P\d+)\*\* (.*?)(?=^- |^#|^\*\*|\Z)", TEXT, re.DOTALL | re.MULTILINE)
)
LINK = re.compile(r"\[(`?)([^]`]+)\1\]\(([^)#]+)\)")


def names_in(path: str) -> set[str]:
    """The names of the tests that a file of tests has."""
    assert path.startswith("tests/"), path
    nodes = ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8")))
    functions = (n.name for n in nodes if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    return {name for name in functions if name.startswith("test_")}


def test_promises_are_numbered_without_a_gap() -> None:
    assert list(PROMISES) == [f"P{number}" for number in range(1, len(PROMISES) + 1)]
    assert len(PROMISES) == len(re.findall(r"\*\*P\d+\*\*", TEXT)) > 20
    assert f"P1–P{len(PROMISES)}" in TEXT, "the Chinese summary counts them"


@pytest.mark.parametrize("promise", PROMISES)
def test_a_promise_names_tests_that_exist(promise: str) -> None:
    named = [(name, path) for tick, name, path in LINK.findall(PROMISES[promise]) if tick]
    assert named
    for name, path in named:
        assert name in names_in(path), f"{path} has no {name}"


def test_every_link_leads_somewhere() -> None:
    for _, name, link in LINK.findall(TEXT):
        assert link.startswith("https://pay.weixin.qq.com/") or (ROOT / link).is_file(), name


def test_every_tool_is_locked_by_its_hash() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    installs = re.findall(r"^\t.*(?:pip install|npm ci|npm install) .*$", makefile, re.MULTILINE)
    assert len(installs) == 3
    for line in installs:
        wanted = "--ignore-scripts" if "npm ci" in line else "--require-hashes -r requirements.txt"
        assert wanted in line or "--no-deps" in line, line
    locked = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    stanzas = re.split(r"^(?=[\w.-]+(?:\[|==))", locked, flags=re.MULTILINE)[1:]
    assert len(stanzas) > 50
    for stanza in stanzas:
        assert re.match(r"[\w.\[\],-]+==[^\s;]+", stanza), stanza.split("\n")[0]
        assert "--hash=sha256:" in stanza, stanza.split("\n")[0]
    for folder in ("lint", "reference"):
        lock = json.loads((ROOT / "spec" / folder / "package-lock.json").read_text("utf-8"))
        packages = {name: package for name, package in lock["packages"].items() if name}
        assert packages
        for name, package in packages.items():
            assert package["integrity"].startswith("sha512-"), name


def test_runtime_dependencies_are_few_and_known() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {re.split(r"[<>=\[; ]", line)[0] for line in project["dependencies"]}
    assert names == {"httpx", "attrs", "cryptography"}
