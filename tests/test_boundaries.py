"""Who may import whom: the packages meet only where a caller puts them together."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
AUTH = ROOT / "auth" / "wechatpay_auth"
CLIENT = ROOT / "generated" / "wechatpay_ecommerce_refund"
SANDBOX = ROOT / "tests" / "sandbox" / "wechatpay_sandbox"
VECTORS = ROOT / "spec" / "vectors"
OURS = {"wechatpay_auth", "wechatpay_ecommerce_refund", "wechatpay_sandbox"}


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("package", [AUTH, CLIENT, SANDBOX, VECTORS], ids=lambda path: path.name)
def test_packages_do_not_know_each_other(package: Path) -> None:
    files = list(package.rglob("*.py"))
    assert files, f"{package} is empty"
    for file in files:
        strangers = (OURS - {package.name}) & set(imported(file))
        assert not strangers, f"{file.relative_to(ROOT)} imports {strangers}"


def test_only_adapters_and_the_doctor_know_an_http_library() -> None:
    knowing = {file.name for file in AUTH.glob("*.py") if {"httpx", "httpx2"} & set(imported(file))}
    # The doctor makes its one online call with a client of its own.
    assert knowing == {"_httpx.py", "httpx2.py", "_online.py"}


BELOW = {"h11", "h2", "httpcore", "httpcore2", "httptools"}
"""What HTTP libraries are made of, and may be made of otherwise tomorrow."""


def private_names(file: Path) -> Iterator[str]:
    """Names of packages of others that their authors may change without a word."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    bound: set[str] = set()
    for node in ast.walk(tree):
        found: list[str] = []
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found = [f"{node.module}.{alias.name}" for alias in node.names]
        found = [name for name in found if is_strange(name.partition(".")[0])]
        yield from (name for name in found if any(map(is_private, name.split("."))))
        if found and isinstance(node, ast.Import | ast.ImportFrom):
            bound |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and is_private(node.attr):
            owner = ast.unparse(node.value)
            if owner.partition(".")[0] in bound:
                yield f"{owner}.{node.attr}"


def is_strange(package: str) -> bool:
    ours = OURS | {"generator", "maker", "spec", "tests", "pytest_wechatpay_sandbox"}
    return package not in ours | sys.stdlib_module_names


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


@pytest.mark.parametrize("folder", ["auth", "generated", "generator", "spec", "tests"])
def test_nothing_stands_on_a_private_name_of_a_library(folder: str) -> None:
    files = [file for file in (ROOT / folder).rglob("*.py") if "node_modules" not in file.parts]
    assert files
    for file in files:
        assert not list(private_names(file)), file
        assert not BELOW & set(imported(file)), file


def test_a_private_name_is_found(tmp_path: Path) -> None:
    """The check checks."""
    file = tmp_path / "module.py"
    for text, name in {
        "import httpx._client": "httpx._client",
        "from httpx import _client": "httpx._client",
        "from httpx._client import Client": "httpx._client.Client",
        "import httpx\nhttpx.Client()._transport": "httpx.Client()._transport",
    }.items():
        file.write_text(text)
        assert list(private_names(file)) == [name]


def test_vectors_are_made_without_our_code_or_its_libraries() -> None:
    for file in VECTORS.rglob("*.py"):
        assert "cryptography" not in set(imported(file)), file


def test_end_to_end_tests_know_nothing_but_the_sandboxs_public_names() -> None:
    import wechatpay_sandbox

    files = list((ROOT / "tests" / "end_to_end").glob("*.py"))
    assert files
    for file in files:
        assert not {"respx", "pytest_httpx", "unittest"} & set(imported(file)), file
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
                "wechatpay_sandbox"
            ):
                assert node.module == "wechatpay_sandbox", file
                assert {alias.name for alias in node.names} <= set(wechatpay_sandbox.__all__), file
            if isinstance(node, ast.Attribute | ast.Name):
                name = node.attr if isinstance(node, ast.Attribute) else node.id
                assert "MockTransport" not in name, file
