"""Makes ordinary edits of the spec in a copy of the repository and runs the tests on each.

An edit costs an edit: the suite stays green without touching a test. All edits together run the
whole suite, once. Each edit alone runs the test modules that name the spec, the vectors or the
client, themselves or through a helper in their folder.

`python -m tests.edits [NAME…] [-- ARGUMENTS OF PYTEST]`
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = "tests/generator_docs/pages/official_shop.md"
TOGETHER = "all-together"
_SEES = re.compile(r"openapi\.yaml|wechatpay_ecommerce_refund|build\.(?:SPEC|OUTPUT)|\"vectors\"")


def _replaced(text: str, old: str, new: str) -> str:
    if text.count(old) != 1:
        raise SystemExit(
            f"{old!r} stands {text.count(old)} times in the spec; tests/edits.py is old"
        )
    return text.replace(old, new)


def optional_field(spec: str) -> str:
    """Add an optional field to the result."""
    field = (
        "        return_note:\n"
        "          type: string\n"
        "          title: 备注 · Note\n"
        "          description: A note on the return. 回补备注。\n"
        "          maxLength: 64\n"
        "          example: none\n"
    )
    before = "        success_time:\n          type: string\n"
    return _replaced(spec, before, field + before)


def enum_value(spec: str) -> str:
    """Add a value to an enum."""
    spec = _replaced(spec, "enum: [BASIC, OPERATION]", "enum: [BASIC, OPERATION, DEPOSIT]")
    names = "x-enum-varnames: [ACCOUNT_BASIC, ACCOUNT_OPERATION"
    spec = _replaced(spec, names, f"{names}, ACCOUNT_DEPOSIT")
    meaning = "        - Operating account · 运营账户\n"
    return _replaced(spec, meaning, f"{meaning}        - Deposit account · 押金账户\n")


def error_code(spec: str) -> str:
    """Add a row to the error table of both operations."""
    row = (
        "{status: 403, code: ACCOUNT_FROZEN, kind: business, title: 账户冻结, "
        "meaning: the account is frozen, remedy: unfreeze it}"
    )
    query = spec.index("operationId: queryReturnAdvance")
    create = "        - {status: 404, code: RESOURCE_NOT_EXISTS"
    head, tail = spec[:query], spec[query:]
    return _replaced(head, create, f"        - {row}\n{create}") + tail


def longer_limit(spec: str) -> str:
    """Allow longer numbers."""
    pattern = r"(advance_return_id:\n(?:.*\n){4}\s*maxLength: )32"
    edited, count = re.subn(pattern, r"\g<1>64", spec)
    if count != 1:
        raise SystemExit(f"advance_return_id has {count} limits in the spec; tests/edits.py is old")
    return edited


def finished(spec: str) -> str:
    """Decide what a scaffold leaves to a person."""
    return re.sub(r"\n *TODO: .*", "", spec)


EDITS: dict[str, Callable[[str], str]] = {
    "optional-field": optional_field,
    "enum-value": enum_value,
    "error-code": error_code,
    "longer-limit": longer_limit,
    "another-operation": finished,
}


def seeing() -> list[str]:
    """Return the test modules that name the spec or what is made from it; see above."""
    tests = ROOT / "tests"
    modules = sorted(tests.rglob("test_*.py"))
    helpers = {
        folder: [one for one in folder.glob("*.py") if not one.name.startswith("test_")]
        for folder in {module.parent for module in modules} - {tests}
    }
    return [
        str(module.relative_to(ROOT))
        for module in modules
        if _any_sees([module, *helpers.get(module.parent, [])])
    ]


def _any_sees(files: Iterable[Path]) -> bool:
    return any(_SEES.search(file.read_text(encoding="utf-8")) for file in files)


def _copy(folder: Path) -> Path:
    copy = folder / "repository"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(copy)], check=True)  # noqa: S607
    linter = ROOT / "spec" / "lint" / "node_modules"
    if linter.exists():
        (copy / "spec" / "lint" / "node_modules").symlink_to(linter)
    return copy


def _run(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    roots = ("generated", "auth", "tests/sandbox")
    path = os.pathsep.join([str(copy), *(str(copy / root) for root in roots)])
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def attempt(name: str, arguments: list[str]) -> bool:
    """Make an edit, or all, in a copy, regenerate, run tests; print and return how it went."""
    started = time.monotonic()
    names, tests = (list(EDITS), []) if name == TOGETHER else ([name], seeing())
    with tempfile.TemporaryDirectory() as folder:
        copy = _copy(Path(folder))
        spec = copy / "spec" / "openapi.yaml"
        for one in names:
            if one == "another-operation":
                _must(_run(copy, "generator", "scaffold", PAGE, "--into", str(spec)))
            spec.write_text(EDITS[one](spec.read_text(encoding="utf-8")), encoding="utf-8")
        _must(_run(copy, "spec.lenient"))
        _must(_run(copy, "generator", "generate"))
        done = _run(copy, "pytest", "-q", "--no-header", "--tb=line", *tests, *arguments)
    failed = [line for line in done.stdout.split("\n") if re.match("FAILED|ERROR", line)]
    summary = (done.stdout.strip().split("\n") or [""])[-1]
    run = f"{len(tests)} modules that name the spec" if tests else "the whole suite"
    told = f"{name}: {run}: {summary}; {time.monotonic() - started:.0f} s in all"
    sys.stdout.write("\n  ".join([told, *failed]) + "\n")
    sys.stdout.flush()
    return done.returncode == 0


def _must(done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)


def main(arguments: list[str]) -> int:
    """Try the edits that are named, or all together and then each."""
    names, _, options = " ".join(arguments).partition("--")
    every = [TOGETHER, *EDITS]
    chosen = names.split() or every
    if unknown := [name for name in chosen if name not in every]:
        raise SystemExit(f"no such edit: {', '.join(unknown)}; there are {', '.join(every)}")
    results = [attempt(name, options.split()) for name in chosen]
    return 0 if all(results) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
