"""Who may import whom: the packages meet only where a caller puts them together."""

from __future__ import annotations

import ast
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
    assert knowing == {"_auth.py", "httpx2.py", "_online.py"}


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
