"""Mutation run over signing and verification: every survivor is explained in MUTATION.md.

    python -m tests.auth.mutate [folder]

Copies package and tests to a folder of its own (a temporary one unless given; in one used before,
only what changed is run again), has mutmut change the modules below one operator at a time, and
lists the mutants that no test noticed. Fails if
one of them is not named in MUTATION.md, or if one named there is gone.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXPLAINED = Path(__file__).with_name("MUTATION.md")

MODULES = [
    "_message",
    "_signer",
    "_verifier",
    "_verification",
    "_exchange",
    "_reading",
    "_refresh",
    "_certificates",
    "_platform",
]

# The tests that say what these modules do. One HTTP library, both ways, is enough: the other
# runs through the same lines.
TESTS = [
    "test_official_samples",
    "test_rules",
    "test_replies",
    "test_bounds",
    "test_requests",
    "test_keys",
    "test_signers",
    "test_certificates",
    "test_certificate_mode",
    "test_diagnosis",
    "test_secrets",
    "test_fork",
]

SETTINGS = """
[tool.pytest.ini_options]
testpaths = ["tests"]
pythonpath = ["."]
addopts = ["-q", "--import-mode=importlib", "-p", "no:cacheprovider"]

[tool.mutmut]
source_paths = ["src"]
only_mutate = [{modules}]
also_copy = ["tests/auth"]
pytest_add_cli_args_test_selection = [{tests}, "-k", "not httpx2"]
# The text of an error is for people; its class, and what it must not hold, are tested.
# A cast does nothing when it runs.
do_not_mutate_patterns = ['Error\\(', 'Problem\\(', 'cast\\(']
use_setproctitle = false
timeout_constant = 5.0
"""

_NAMED = re.compile(r"\bwechatpay_auth\.[\w.ǁ]+__mutmut_\d+\b")


def main() -> int:
    """Run, compare, and say what differs."""
    if len(sys.argv) > 1:
        return _run(Path(sys.argv[1]))
    with tempfile.TemporaryDirectory() as folder:
        return _run(Path(folder))


def _run(folder: Path) -> int:
    _lay_out(folder)
    mutmut = [sys.executable, "-m", "mutmut"]
    subprocess.run([*mutmut, "run", "--max-children", "2"], cwd=folder, check=True)
    results = subprocess.run(
        [*mutmut, "results"], cwd=folder, check=True, capture_output=True, text=True
    ).stdout
    survivors = {
        name
        for line in results.splitlines()
        for name in _NAMED.findall(line)
        if line.endswith((": survived", ": no tests", ": suspicious"))
    }
    explained = set(_NAMED.findall(EXPLAINED.read_text(encoding="utf-8")))
    for name in sorted(survivors - explained):
        _say(f"survived, and is not explained: {name}")
        subprocess.run([*mutmut, "show", name], cwd=folder, check=False)
    for name in sorted(explained - survivors):
        _say(f"explained, but did not survive: {name}")
    _say(f"{len(survivors)} survivors, {len(survivors & explained)} of them explained")
    return 0 if survivors == explained else 1


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _lay_out(folder: Path) -> None:
    copies = {"auth/wechatpay_auth": "src/wechatpay_auth", "tests/auth": "tests/auth"}
    for origin, copy in copies.items():
        leave_out = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / origin, folder / copy, ignore=leave_out, dirs_exist_ok=True)
    modules = ", ".join(f'"src/wechatpay_auth/{name}.py"' for name in MODULES)
    tests = ", ".join(f'"tests/auth/{name}.py"' for name in TESTS)
    settings = SETTINGS.format(modules=modules, tests=tests)
    (folder / "pyproject.toml").write_text(settings, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
