"""Runs the suite on each Python of the classifiers that this machine has, and names the others."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent


def versions() -> list[str]:
    """Return the Pythons that the wheel promises to run on."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))


def main() -> int:
    """Run the suite on all that are here; 1 if it fails on one, or if there is none."""
    verdicts: dict[str, str] = {}
    for version in versions():
        python = find(version)
        if python is None:
            verdicts[version] = "NOT RUN: it is not on this machine"
            continue
        print(f"+ the suite on {python}", flush=True)
        environment = f"VENV=build/python-{version}"
        # What a surrounding make hands down would override the variables.
        command = ["env", "-u", "MAKEFLAGS", "make", f"PYTHON={python}", environment, "test"]
        done = subprocess.run(command, cwd=ROOT, check=False)
        verdicts[version] = "FAILED" if done.returncode else "ok"
    for version, verdict in verdicts.items():
        print(f"Python {version}: {verdict}")
    return int("FAILED" in verdicts.values() or "ok" not in verdicts.values())


def find(version: str) -> Path | None:
    """Return an interpreter of this version that runs; pyenv's and uv's are looked for as well."""
    name = f"python{version}"
    places = [Path(folder) for folder in os.get_exec_path()]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    places += sorted(pyenv.glob(f"versions/{version}*/bin"))
    places += sorted(Path.home().glob(f".local/share/uv/python/*-{version}*/bin"))
    # A shim may be there for a version that is not; Debian's python may lack ensurepip.
    proof = f"import ensurepip, sys; sys.exit('%d.%d' % sys.version_info[:2] != {version!r})"
    for place in places:
        python = place / name
        if python.is_file():
            done = subprocess.run([python, "-c", proof], capture_output=True, check=False)
            if done.returncode == 0:
                return python
    return None


if __name__ == "__main__":
    sys.exit(main())
