"""What holds for every generated package, whatever its contract."""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.generator import (
    beyond,
    test_downloads,
    test_extensions,
    test_frameworks,
    test_names,
    test_objects,
    test_operations,
    test_scalars,
    test_stock,
)
from tests.generator.support import DECLARED, PACKAGES

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "generated" / "wechatpay_ecommerce_refund"
MODULES = (
    beyond,
    test_downloads,
    test_extensions,
    test_frameworks,
    test_names,
    test_objects,
    test_operations,
    test_scalars,
    test_stock,
)
"""Imported for the contracts that they declare, whichever tests are chosen."""


@pytest.fixture(scope="module")
def folders() -> list[Path]:
    assert len(DECLARED) >= len(MODULES)
    return [contract.folder for contract in DECLARED.values()]


@pytest.fixture(scope="module")
def verdicts(folders: list[Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Run both type checkers over all packages at once and return what they say."""
    scratch = tmp_path_factory.mktemp("types")
    (scratch / "mypy.ini").write_text("[mypy]\nstrict = True\nwarn_unreachable = True\n")
    # pyright takes no notice of folders outside of that of its settings.
    settings = {"typeCheckingMode": "strict", "include": different_files(folders)}
    (PACKAGES / "pyrightconfig.json").write_text(json.dumps(settings))
    commands = {
        "mypy": [
            *("mypy", "--config-file", str(scratch / "mypy.ini"), "--explicit-package-bases"),
            *("--cache-dir", str(scratch), "--python-executable", sys.executable),
            *(str(folder) for folder in folders),
        ],
        "pyright": ["pyright", "--outputjson", "--pythonpath", sys.executable],
    }

    def run(command: list[str]) -> str:
        done = subprocess.run(
            [str(Path(sys.executable).with_name(command[0])), *command[1:]],
            cwd=PACKAGES,
            env={**os.environ, "MYPYPATH": str(PACKAGES)},
            capture_output=True,
            text=True,
            check=False,
        )
        return f"exit {done.returncode}\n{done.stdout}"

    with ThreadPoolExecutor() as pool:
        return dict(zip(commands, pool.map(run, commands.values()), strict=True))


def different_files(folders: list[Path]) -> list[str]:
    """Return the files, of those that are alike in several packages only the first."""
    found: dict[bytes, Path] = {}
    for folder in folders:
        for file in sorted(folder.rglob("*.py")):
            shared = b"" if file.parent == folder else bytes(file)
            found.setdefault(shared + file.read_bytes(), file)
    return [file.relative_to(PACKAGES).as_posix() for file in found.values()]


def test_every_package_passes_mypy_strict(verdicts: dict[str, str], folders: list[Path]) -> None:
    assert verdicts["mypy"].startswith("exit 0\nSuccess"), verdicts["mypy"][:5000]
    assert int(verdicts["mypy"].split()[-3]) > 10 * len(folders)


def test_every_package_passes_pyright_strict(verdicts: dict[str, str], folders: list[Path]) -> None:
    code, _, report = verdicts["pyright"].partition("\n")
    findings = json.loads(report)
    assert code == "exit 0", findings["generalDiagnostics"][:5]
    assert findings["generalDiagnostics"] == []
    assert findings["summary"]["filesAnalyzed"] == len(different_files(folders))


def sources(folders: list[Path]) -> Iterator[tuple[Path, str]]:
    for folder in [COMMITTED, *folders]:
        for file in sorted(folder.rglob("*.py")):
            yield file, file.read_text(encoding="utf-8")


def test_every_file_says_that_it_is_generated(folders: list[Path]) -> None:
    for file, text in sources(folders):
        first = text.splitlines()[0]
        assert first.startswith("# Generated from "), file
        assert first.endswith(" by `python -m generator generate`; never edited by hand."), file
        assert ast.get_docstring(ast.parse(text)), file


def test_every_package_is_marked_as_typed_and_clean(folders: list[Path]) -> None:
    for folder in [COMMITTED, *folders]:
        assert (folder / "py.typed").exists()
        extra = [
            file
            for file in folder.rglob("*")
            if file.is_file() and file.suffix not in {".py", ".pyc"} and file.name != "py.typed"
        ]
        assert extra == []


def test_no_import_is_dead(folders: list[Path]) -> None:
    for file, text in sources(folders):
        tree = ast.parse(text)
        imported = {
            (alias.asname or alias.name).partition(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            and getattr(node, "module", "") != "__future__"
            for alias in node.names
        }
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        used |= {
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        quoted = "".join(word for word in used if len(word) < 200)
        assert {name for name in imported - used if name not in quoted} == set(), file


def test_no_public_name_is_typed_as_any(folders: list[Path]) -> None:
    for file, text in sources(folders):
        tree = ast.parse(text)
        for node in public(tree) if takes_any(tree) else ():
            for annotation in hints(node):
                names = {n.id for n in ast.walk(annotation) if isinstance(n, ast.Name)}
                quoted = {
                    n.value
                    for n in ast.walk(annotation)
                    if isinstance(n, ast.Constant) and isinstance(n.value, str)
                }
                assert "Any" not in names | quoted, f"{file}:{getattr(node, 'lineno', 0)}"


def takes_any(tree: ast.AST) -> bool:
    """Whether a module has Any from `typing`; elsewhere it is the name of a model."""
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == "typing"
        and "Any" in {alias.name for alias in node.names}
        for node in ast.walk(tree)
    )


def public(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield what a caller can see: functions and attributes without a leading underscore."""
    for node in ast.iter_child_nodes(tree):
        name = getattr(node, "name", "")
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name = node.target.id
        if name.startswith("_") and not name.startswith("__"):
            continue
        yield node
        if isinstance(node, ast.ClassDef):
            yield from public(node)


def hints(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.AnnAssign):
        yield node.annotation
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [item for item in (arguments.vararg, arguments.kwarg) if item]
        yield from (item.annotation for item in every if item.annotation)
        if node.returns:
            yield node.returns


def test_the_check_for_any_can_see_it() -> None:
    tree = ast.parse(
        "from typing import Any\nclass A:\n    def f(self, a: list[Any]) -> None: ...\n"
        "    _x: Any\n"
    )
    found = [
        ast.dump(annotation)
        for node in public(tree)
        for annotation in hints(node)
        if "'Any'" in ast.dump(annotation)
    ]
    assert len(found) == takes_any(tree) == 1
