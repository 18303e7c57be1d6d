"""Mutation run: break one operator at a time, and require a test to notice.

    python -m tests.mutate [--folder FOLDER] [MODULE ...]

It covers the modules below, of the auth plugin and of the client's runtime. mutmut works in a copy
of each package, in a temporary folder unless one is given. In a folder used before, it runs only
what changed and what survived.

The run fails if fewer than 95 % of a module's mutants are killed, if MUTATION.md does not explain a
survivor, or if a mutant explained there no longer survives.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import attrs

ROOT = Path(__file__).parents[1]
EXPLAINED = Path(__file__).with_name("MUTATION.md")
LEAST = 95.0
"""Per cent of a module's mutants."""


@attrs.frozen
class Part:
    """Modules of one package, and the tests that describe them."""

    name: str
    package: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]
    chosen: str = "not httpx2"
    """Which of them; one HTTP library is enough, the other runs through the same lines."""


CLIENT = "generated/wechatpay_ecommerce_refund"
AUTH = "auth/wechatpay_auth"
OF_AUTH = (
    "auth/test_official_samples.py",
    "auth/test_rules.py",
    "auth/test_responses.py",
    "auth/test_bounds.py",
    "auth/test_requests.py",
    "auth/test_keys.py",
    "auth/test_signers.py",
    "auth/test_certificates.py",
    "auth/test_certificate_mode.py",
    "auth/test_environment.py",
    "auth/test_diagnosis.py",
    "auth/test_secrets.py",
    "auth/test_fork.py",
    "auth/test_encryption.py",
    "auth/test_notices.py",
)
PARTS = (
    Part(
        "rules",
        CLIENT,
        ("resilience", "attempts", "operation", "settings", "reading"),
        (
            "generated/test_settle.py",
            "generated/test_operation.py",
            "generated/test_construction.py",
            "generated/test_attempts.py",
            "generated/test_reading.py",
            "generated/test_models.py",
            "generated/test_client.py",
            "generated/test_vectors.py",
            "end_to_end/test_resilience.py",
        ),
        "not httpx2 and not asyncio",  # they do no I/O of their own
    ),
    Part(
        "calls",
        CLIENT,
        ("library", "client", "connections"),
        (
            "generated/test_library.py",
            "generated/test_calls.py",
            "generated/test_construction.py",
            "generated/test_client.py",
            "generated/test_fork.py",
            "end_to_end/test_success.py",
            "end_to_end/test_resilience.py",
            "end_to_end/test_own_clients.py",
            "end_to_end/test_transports.py",
            "end_to_end/test_until_settled.py",
        ),
    ),
    Part(
        "auth",
        AUTH,
        (
            *("_core", "_message", "_rules", "_signer", "_trusted_keys", "_certificate_store"),
            *("_encryption", "_notices", "_api_v3_key"),
        ),
        OF_AUTH,
        "not httpx2 and not async",  # the steps of a call are the same either way
    ),
    Part(
        "drivers",
        AUTH,
        ("_drivers", "_bounded_body", "_certificate_download"),
        OF_AUTH,
    ),
)

SETTINGS = """
[tool.pytest.ini_options]
testpaths = ["tests"]
pythonpath = ["."]
# To look for unraisable exceptions takes longer than most tests.
addopts = [
    "-q", "--import-mode=importlib", "-p", "no:cacheprovider", "-p", "no:unraisableexception",
]
anyio_mode = "auto"

[tool.mutmut]
source_paths = ["src"]
only_mutate = {modules}
also_copy = ["tests", "spec"]
pytest_add_cli_args_test_selection = {tests}
# The text of an error is for people; its class, and what it must not hold, are tested.
# A cast does nothing when it runs.
do_not_mutate_patterns = ['Error\\(', 'Problem\\(', 'cast\\(']
use_setproctitle = false
timeout_constant = 5.0
timeout_multiplier = 3.0
"""

_RESULT = re.compile(r"^\s*((\w+\.\w+)\.\S+__mutmut_\d+): ([\w ]+)$", re.MULTILINE)
_NAMED = re.compile(r"\bwechatpay_\w+\.\w+\.[\wǁ]+__mutmut_\d+\b")
# A mutant that makes a call wait for ever counts as noticed.
_KILLED = frozenset({"killed", "timeout", "segfault"})
_NEW = "not checked"
_ALONE = ("--max-children", "1")  # a machine that is busy would take slow tests for endless ones


def main() -> int:
    """Run, compare, and say what differs."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path)
    parser.add_argument("modules", nargs="*")
    options = parser.parse_args()
    if options.folder:
        return _run(options.folder, options.modules)
    with tempfile.TemporaryDirectory() as folder:
        return _run(Path(folder), options.modules)


def _run(folder: Path, wanted: list[str]) -> int:
    results: dict[str, str] = {}
    named = _NAMED.findall(EXPLAINED.read_text(encoding="utf-8"))
    explained: set[str] = set()
    for part in PARTS:
        package = Path(part.package).name
        modules = [f"{package}.{name}" for name in part.modules if name in (wanted or [name])]
        if not modules:
            continue
        found = _results_of(part, folder / part.name, modules)
        results |= found
        explained |= {one for one in named if one.rpartition(".")[0] in modules}
        for mutant in sorted(set(found) - set(named)):
            if found[mutant] not in _KILLED:
                _say(f"{found[mutant]}, and is not explained: {mutant}")
                _mutmut(folder / part.name, "show", mutant)
    survivors = {mutant for mutant, result in results.items() if result not in _KILLED}
    for mutant in sorted(explained - survivors):
        _say(f"explained, but did not survive: {mutant}")
    enough = _tell(results)
    return 0 if enough and survivors == explained else 1


def _results_of(part: Part, folder: Path, modules: list[str]) -> dict[str, str]:
    """Run mutmut, and return the result of each mutant by its name."""
    _lay_out(part, folder)
    before = _listed(folder, modules)
    survived = [mutant for mutant, result in before.items() if result not in _KILLED]
    if survived or not before:
        _mutmut(folder, "run", *_ALONE, *(survived or [f"{module}.*" for module in modules]))
    changed = [mutant for mutant, result in _listed(folder, modules).items() if result == _NEW]
    if changed:
        _mutmut(folder, "run", *_ALONE, *changed)
    return _listed(folder, modules)


def _listed(folder: Path, modules: list[str]) -> dict[str, str]:
    if not (folder / "mutants").exists():
        return {}
    text = subprocess.run(
        [sys.executable, "-m", "mutmut", "results", "--all", "true"],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return {mutant: result for mutant, module, result in _RESULT.findall(text) if module in modules}


def _mutmut(folder: Path, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "mutmut", *arguments], cwd=folder, check=True)


def _tell(results: dict[str, str]) -> bool:
    """Print the figures of each module, and return whether enough mutants were killed."""
    mutants: Counter[str] = Counter()
    killed: Counter[str] = Counter()
    for mutant, result in results.items():
        module = mutant.rpartition(".")[0]
        mutants[module] += 1
        killed[module] += result in _KILLED
    _say(f"{'module':<44} mutants  killed  survived  killed %")
    enough = bool(results)
    for module, count in mutants.items():
        share = 100 * killed[module] / count
        enough &= share >= LEAST
        row = f"{count:7}  {killed[module]:6}  {count - killed[module]:8}  {share:8.1f}"
        _say(f"{module:<44} {row}")
    return enough


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _lay_out(part: Part, folder: Path) -> None:
    leave_out = shutil.ignore_patterns("__pycache__", "node_modules")
    # mutmut would run tests that are there no more.
    (folder / "mutants" / "mutmut-stats.json").unlink(missing_ok=True)
    source = f"src/{Path(part.package).name}"
    for origin, copy in {part.package: source, "tests": "tests", "spec": "spec"}.items():
        shutil.copytree(ROOT / origin, folder / copy, ignore=leave_out, dirs_exist_ok=True)
    modules = [f"{source}/{module}.py" for module in part.modules]
    tests = [*(f"tests/{test}" for test in part.tests), "-k", part.chosen]
    settings = SETTINGS.format(modules=modules, tests=tests)
    (folder / "pyproject.toml").write_text(settings, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
