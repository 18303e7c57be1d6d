"""Runs the tests of behaviour against the wheel, with the oldest or newest versions it allows.

    python -m tests.floors lock      writes tests/locks/floors.txt: the floors of pyproject.toml
    python -m tests.floors lowest    installs that lock, and runs the tests
    python -m tests.floors newest    asks the index what is newest today, and does the same

Only what the wheel depends on varies. The tools of the tests keep the versions of the large lock.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.check_wheel import clean_environment, run

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build" / "floors"
LOCK = ROOT / "tests" / "locks" / "floors.txt"
BEHAVIOUR = ("tests/auth", "tests/generated", "tests/end_to_end", "tests/sandbox")
# Programs of other people drive the sandbox there, and have floors of their own.
WITNESSES = (
    "tests/sandbox/test_sandbox_contract.py",
    "tests/sandbox/test_sandbox_foreign_client.py",
)


def main(task: str) -> None:
    """Do one of the three."""
    if task == "lock":
        resolve("lowest-direct", LOCK)
        return
    lock = LOCK
    if task == "newest":
        lock = BUILD / "newest.txt"
        resolve("highest", lock)
    elif task != "lowest":
        sys.exit(__doc__)
    wheels = BUILD / "wheel"
    for old in wheels.glob("*.whl"):
        old.unlink()
    run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", wheels)
    python = clean_environment(f"floors/{task}", next(wheels.glob("*.whl")), lock)
    # -P: the wheel is what is tested, not the sources beside it.
    # pytest rewrites the assertions of a wheel with a plugin, and runpy can't run such modules.
    pytest = (python, "-P", "-m", "pytest", "-q", "--assert=plain", "-p", "no:cacheprovider")
    run(*pytest, *BEHAVIOUR, *(f"--ignore={file}" for file in WITNESSES))


def resolve(resolution: str, output: Path) -> None:
    """Resolve all extras, with the tools as they are locked."""
    BUILD.mkdir(parents=True, exist_ok=True)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    tools = project["dependency-groups"]["behaviour"]
    locked = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    pins = re.findall(r"^([\w.-]+)(==[^\\\n]+)", locked, re.MULTILINE)
    constraints = BUILD / "tools.txt"
    kept = (f"{name}{version}\n" for name, version in pins if name in tools)
    constraints.write_text("".join(kept), encoding="utf-8")
    command = [Path(sys.executable).with_name("uv"), "pip", "compile", "--quiet", "--no-header"]
    command += ["--no-annotate", "--universal", "--generate-hashes", "--python-version", "3.11"]
    command += ["--upgrade", "--resolution", resolution, "--all-extras", "--group", "behaviour"]
    command += ["--constraint", constraints, "--output-file", output, "pyproject.toml"]
    subprocess.run([str(part) for part in command], cwd=ROOT, check=True)


if __name__ == "__main__":
    main(*sys.argv[1:] or [""])
