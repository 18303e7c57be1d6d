"""Counts the lines of code of each room and holds them to the weight that the project allows.

A line of code is a line that is not blank, no comment and no part of a docstring. Product is what
ships or makes what ships: the plugin, the generator, the generated package, the tools of the spec.
The sandbox and the maker of the vectors are neither product nor test.
"""

from __future__ import annotations

import ast
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parent.parent
PRODUCT, GENERATED, TESTS_PER_LINE, MODULE = 8_000, 1_000, 1.3, 120
APART = ("tests/sandbox/wechatpay_sandbox/", "spec/vectors/")


def tracked() -> list[str]:
    """Return the files of code that git knows."""
    command = ["git", "ls-files", "*.py", "*.jinja"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def code(text: str, *, is_python: bool) -> int:
    """Return how many lines of code a file has."""
    said = set[int]()
    for node in ast.walk(ast.parse(text)) if is_python else ():
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            said |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = enumerate(text.splitlines(), 1)
    return sum(
        number not in said and not line.strip().startswith(("#", "{#")) and bool(line.strip())
        for number, line in lines
    )


def judged(what: str, found: float, limit: float) -> str:
    """Return a line that says whether a limit is kept."""
    return f"{what:<30}{found:>8g}  at most {limit:<6g} {'met' if found <= limit else 'MISSED'}"


def report(names: Iterable[str]) -> Iterable[str]:
    """Yield the lines of each folder, then the limits."""
    folders, rooms = Counter[str](), Counter[str]()
    modules: list[int] = []
    for name in names:
        text = (ROOT / name).read_text(encoding="utf-8")
        count = code(text, is_python=name.endswith(".py"))
        folders["/".join(name.split("/")[:-1][:2]) or "."] += count
        top = name.partition("/")[0]
        if name.startswith(APART):
            continue
        rooms["tests" if top == "tests" else "product"] += count
        rooms["generated"] += count if top == "generated" else 0
        if top in {"auth", "generator"} and name.endswith(".py") and count > 0:
            modules.append(len(text.splitlines()))
    yield from (f"{folder:<30}{count:>8}" for folder, count in sorted(folders.items()))
    yield ""
    yield judged("product without sandbox", rooms["product"], PRODUCT)
    yield judged("generated", rooms["generated"], GENERATED)
    ratio = round(rooms["tests"] / rooms["product"], 2)
    yield judged("tests to a line of product", ratio, TESTS_PER_LINE)
    yield judged("median module, all lines", statistics.median(modules), MODULE)


if __name__ == "__main__":
    told = "\n".join(report(tracked()))
    print(told)
    sys.exit("MISSED" in told)
