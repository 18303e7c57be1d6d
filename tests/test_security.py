"""SECURITY.md promises nothing without a test, and the tools are those that were locked."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.cross.programs import SETTINGS

ROOT = Path(__file__).parent.parent
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PIP = re.compile(r"""(?:\$\(PIP\)|-m pip|\*pip,|\bpip\(.*?,) "?(?:install|download|wheel)\b""")
NEWEST = re.compile(r"""npm[\\"', ]+(?:install|i|update)\b|\bnpx\b|\bgo[\\"', ]+get\b|@latest""")
NPM = (
    "spec/lint",
    "tests/cross/typescript",
    "tests/cross/peers/axios",
    "tests/generator/public",
)
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
    locks = [ROOT / "requirements.txt", *(ROOT / "tests" / "locks").glob("*.txt")]
    assert len(locks) == 9
    for lock in locks:
        text = lock.read_text(encoding="utf-8")
        stanzas = re.split(r"^(?=[\w.-]+(?:\[|==))", text, flags=re.MULTILINE)[1:]
        assert stanzas, lock.name
        for stanza in stanzas:
            assert re.match(r"[\w.\[\],-]+==[^\s;]+", stanza), stanza.split("\n")[0]
            assert "--hash=sha256:" in stanza, stanza.split("\n")[0]
    for name in NPM:
        lock = json.loads((ROOT / name / "package-lock.json").read_text("utf-8"))
        packages = {name: package for name, package in lock["packages"].items() if name}
        assert packages
        for name, package in packages.items():
            assert package["integrity"].startswith("sha512-"), name


def test_nothing_that_is_installed_is_resolved_anew() -> None:
    """Resolving asks the index which version is newest, so that a lock rots with any upload."""
    files = ("Makefile", "tests/check_wheel.py", "tests/check_lock.py", "tests/cross/sdks.py")
    installs = 0
    for name in (*files, "spec/README.md"):
        text = (ROOT / name).read_text(encoding="utf-8").replace("$(EXACTLY)", "--no-deps")
        for line in text.splitlines():
            if PIP.search(line):
                assert "--no-deps" in line, f"{name}: {line}"
                installs += 1
            assert not NEWEST.search(line), f"{name}: {line}"
            assert "cargo build" not in line or "--locked" in line, f"{name}: {line}"
    assert installs >= 8
    assert re.search(r"^EXACTLY := --require-hashes --no-deps$", MAKEFILE, re.MULTILINE)
    for target in ("STARTED", "READY"):
        recipe = re.search(rf"^\$\({target}\):.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
        assert recipe, target
        assert "$(PIP) check" in recipe[1], f"{target} does not check that its lock is complete"


def test_java_and_go_ask_for_no_newest_version() -> None:
    for pom in (ROOT / "tests" / "cross").rglob("pom.xml"):
        text = pom.read_text(encoding="utf-8")
        parts = re.findall(r"<(plugin|dependency)>(.*?)</\1>", text, re.DOTALL)
        assert len(parts) > 5
        for _, part in parts:
            assert re.search(r"<version>[\w.-]+</version>", part), f"{pom}: {part}"
            assert not re.search(r"LATEST|RELEASE|SNAPSHOT", part), f"{pom}: {part}"
    assert SETTINGS["GOTOOLCHAIN"] == "local"
    assert "-mod=readonly" in SETTINGS["GOFLAGS"].split()
    for module in (ROOT / "tests" / "cross").rglob("go.mod"):
        assert (module.with_name("go.sum")).is_file(), module


def test_the_small_locks_are_parts_of_the_large_one() -> None:
    whole = pins("requirements.txt")
    for name in ("demo", "wheel", "wheel-sandbox"):
        part = pins(f"tests/locks/{name}.txt")
        assert part, name
        assert part.items() <= whole.items(), name


def test_an_isolated_build_resolves_nothing() -> None:
    """`pip install .` and the sdist take the back end, and all that it needs, as it is locked."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    needed: set[str] = set()
    waiting = ["hatchling"]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            asked = map(Requirement, requires(name) or ())
            # The oldest Python needs most.
            environment = {"extra": "", "python_version": "3.11"}
            waiting += [
                one.name for one in asked if not one.marker or one.marker.evaluate(environment)
            ]
    whole = pins("requirements.txt")
    assert project["build-system"]["requires"] == sorted(
        f"{name}=={whole[name]}" for name in needed
    )


def pins(lock: str) -> dict[str, str]:
    """The versions in a lock, by name."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w.-]+)(?:\[.*?\])?==([^\s;]+)", text, re.MULTILINE))


def test_runtime_dependencies_are_few_and_known() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {re.split(r"[<>=\[; ]", line)[0] for line in project["dependencies"]}
    assert names == {"httpx", "attrs", "cryptography", "h11"}
