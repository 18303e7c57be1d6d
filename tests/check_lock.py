"""Proves that the set-up installs the lock, whatever the index has newer on the day.

The index is a folder: the locked wheels, and beside some of them a made-up release 99.0, which
is empty. `make setup` runs against it with the oldest pip of this Python and with the newest,
and then again without `--no-deps`, which has to go wrong: otherwise this proves nothing.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build" / "lock"
INDEX = BUILD / "index"
LOCK = BUILD / "lock.txt"
NEWER = "99.0"
# A resolver follows the extra of `pytest-cov` → `coverage[toml]` beyond the lock.
FOLLOWED = "coverage"
BAIT = (FOLLOWED, "attrs", "packaging", "trove-classifiers", "uvicorn")
TOOLS = {"pytest-cov", "coverage", "pytest", "iniconfig", "pygments"}
# What Python 3.11.0 and 3.11.7 bring, and the last Python that runs it.
ISSUE = "23.2.1"
OLD_PIPS = {"22.3": (3, 11), ISSUE: (3, 12)}
SOURCES = ("pyproject.toml", "REGISTRY.md", "LICENSE", "generated", "auth", "tests/sandbox", "spec")


def main() -> None:
    """Fill the index, run the recipes against it, and stop where the lock loses."""
    shutil.rmtree(BUILD, ignore_errors=True)
    INDEX.mkdir(parents=True)
    back_end = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]
    wanted = TOOLS | {Requirement(line).name for line in back_end["requires"]}
    stanzas = stanzas_of(ROOT / "requirements.txt")
    demo = stanzas_of(ROOT / "tests" / "locks" / "demo.txt")
    LOCK.write_text("".join(stanzas[name] for name in sorted(wanted | set(demo))), "utf-8")
    pip(None, "download", "--require-hashes", "--no-deps", "--dest", INDEX, "-r", LOCK)
    for name in BAIT:
        make_newer(name)

    pips = [pip for pip, last in OLD_PIPS.items() if sys.version_info[:2] <= last] + ["newest"]
    for version in pips:
        folder = BUILD / f"pip-{version}"
        lock = ROOT / "tests" / "locks" / f"pip-{version}.txt"
        pip(None, "install", "--require-hashes", "--no-deps", "--target", folder, "-r", lock)
        assert installed(version) == [], f"with pip {version} the newer {installed(version)} won"
        print(f"pip {version}: the lock wins", flush=True)
    if ISSUE in pips:
        shutil.rmtree(environment(ISSUE))
        resolved = setup(ISSUE, "EXACTLY=--require-hashes")
        assert resolved.returncode, "this would not notice that --no-deps has gone"
        assert f"{FOLLOWED}[toml]" in resolved.stdout, resolved.stdout
        print(f"pip {ISSUE}: without --no-deps it stops, as it should", flush=True)
    else:
        print(f"NOT SHOWN: pip {ISSUE} stops without --no-deps; this Python can't run it")
    assert build(pinned=True).returncode == 0, "an isolated build needs more than its pins"
    assert build(pinned=False).returncode, "this would not notice that a pin has gone"
    print("an isolated build takes the pinned back end")


def stanzas_of(lock: Path) -> dict[str, str]:
    """Return the entries of a lock, with their hashes, by name."""
    parts = re.split(r"^(?=[a-z0-9])", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.split(r"[=\[]", part)[0]: part for part in parts[1:]}


def make_newer(name: str) -> None:
    """Put an empty release into the index that is newer than the locked one."""
    stem = f"{name.replace('-', '_')}-{NEWER}"
    files = {
        "METADATA": (
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {NEWER}\nProvides-Extra: toml\n"
        ),
        "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    with zipfile.ZipFile(INDEX / f"{stem}-py3-none-any.whl", "w") as wheel:
        for file, text in files.items():
            path = f"{stem}.dist-info/{file}"
            wheel.writestr(path, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
            record += f"{path},sha256={digest.decode().rstrip('=')},{len(text)}\n"
        wheel.writestr(f"{stem}.dist-info/RECORD", f"{record}{stem}.dist-info/RECORD,,\n")


def setup(version: str, *variables: str) -> subprocess.CompletedProcess[str]:
    """Run the real recipe with this pip, in an environment of its own."""
    command = ["make", "setup", f"PYTHON={sys.executable}", f"LOCK={LOCK.relative_to(ROOT)}"]
    command += [f"VENV={environment(version)}", *variables]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=only_this_index() | {"PYTHONPATH": str(BUILD / f"pip-{version}")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def installed(version: str) -> list[str]:
    """Set up with this pip and return what came newer than locked."""
    done = setup(version)
    assert done.returncode == 0, f"pip {version} can't install the lock:\n{done.stdout}"
    return [path.name for path in environment(version).glob(f"lib/*/*/*-{NEWER}.dist-info")]


def environment(version: str) -> Path:
    """Return where a run with this pip installs."""
    return BUILD / f"env-{version}"


def build(*, pinned: bool) -> subprocess.CompletedProcess[str]:
    """Build a wheel in isolation, as `pip install .` does, with or without one pin."""
    copy = BUILD / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    for name in SOURCES:
        source, target = ROOT / name, copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("node_modules"))
        else:
            shutil.copy2(source, target)
    project = copy / "pyproject.toml"
    text = project.read_text(encoding="utf-8")
    loose = re.sub(r'"packaging==[^"]+"', '"packaging"', text, count=1)
    assert loose != text
    if not pinned:
        project.write_text(loose, encoding="utf-8")
    return pip(only_this_index(), "wheel", "--no-deps", "--wheel-dir", BUILD / "wheel", copy)


def only_this_index() -> dict[str, str]:
    """Return an environment in which pip and make know nothing but the folder."""
    mine = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PIP_", "PYTHON", "MAKE", "MFLAGS"))
    }
    index = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(INDEX), "PIP_CONFIG_FILE": os.devnull}
    return mine | index


def pip(environ: dict[str, str] | None, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run this environment's pip; with the real index a failure is the end."""
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    return subprocess.run(
        [*command, *map(str, arguments)],
        env=environ,
        check=environ is None,
        capture_output=environ is not None,
        text=True,
    )


if __name__ == "__main__":
    main()
