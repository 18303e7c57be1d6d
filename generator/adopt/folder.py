"""A folder with an adopted spec: what is in it, who wrote it, and how it is brought up to date."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from .. import build
from ..checks import unfinished
from ..docs import merging, report, scaffold
from ..docs.model import Page, UnreadableError
from ..problems import GenerationError
from ..spec import Document
from .first_tests import CONFTEST, first_tests

_CONFIG = """# Names of the adopted package; change them before anybody uses it.
project_name_override: {distribution}
package_name_override: {package}
post_hooks: []
"""
_PROJECT = """[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{distribution}"
dynamic = ["version"]
requires-python = ">=3.11"
dependencies = ["httpx>=0.28,<1", "attrs>=24.2"]

[tool.hatch.version]
path = "{package}/__init__.py"

[tool.hatch.build.targets.wheel]
packages = ["{package}"]

[tool.pytest.ini_options]
testpaths = ["tests"]
pythonpath = ["."]
wechatpay_sandbox_spec = ["openapi.yaml"]
"""
_SECONDS = 600


class Folder:
    """An adopted spec with its package and tests.

    What a person may edit is written once: spec, names, project file. Pages add to the spec. The
    package and the tests are written anew each time, unless somebody has edited them.
    """

    def __init__(self, path: Path, say: Callable[[str], None]) -> None:
        self._path = path
        self._say = say
        self.spec = path / "openapi.yaml"
        self._config = path / "config.yaml"
        self._record = path / "adopted.json"

    def add(self, pages: Sequence[Page], *, texts: bool) -> None:
        """Put the operations and notices of pages into the spec.

        Raises:
            UnreadableError: A page states nothing to adopt; nothing was written.
        """
        before = self.spec.read_text(encoding="utf-8") if self.spec.exists() else ""
        text = before
        # A notice goes into the spec of its operations.
        for page in sorted(pages, key=lambda one: not one.operations):
            text = self._with(text, page, texts=texts)
        if not text:
            raise UnreadableError(f"{self.spec} is not there yet: name a page to begin with")
        self._path.mkdir(parents=True, exist_ok=True)
        if text != before:
            self.spec.write_text(text, encoding="utf-8")
            self._say(f"wrote {self.spec}")

    def _with(self, text: str, page: Page, *, texts: bool) -> str:
        if not text:
            return scaffold.scaffold(page, texts=texts)
        try:
            return merging.into(text, str(self.spec), page, texts=texts)
        except merging.AlreadyThereError as error:
            self._say(str(error))
            return text

    def generate(self) -> Path:
        """Write the package, as a draft while the spec has a TODO, and return its folder.

        Raises:
            GenerationError: The spec is not understood, or somebody has edited the package.
        """
        name = re.sub(r"\W+", "_", self._path.resolve().name.lower()).strip("_")
        package = name if name.isidentifier() else f"wechatpay_{name}"
        names = {"distribution": package.replace("_", "-"), "package": package}
        self._write_once(self._config, _CONFIG.format(**names))
        stated = re.findall(r"^(\w+)_name_override: *(\S+)", self._read(self._config), re.MULTILINE)
        chosen: dict[str, str] = dict(stated)
        package = chosen.get("package", package)
        names = {"distribution": chosen.get("project", package), "package": package}
        self._write_once(self._path / "pyproject.toml", _PROJECT.format(**names))
        target = self._path / package
        if target.exists() and self._recorded("package") != _digest(target):
            raise GenerationError(
                f"{target} has changed since adopt wrote it; move the changes into the spec or "
                f"into another package, then delete {target}"
            )
        is_draft = any(unfinished(Document.load(self.spec)))
        made = build.generate(self.spec, self._config, self._path, draft=is_draft)
        self._keep("package", _digest(made))
        kind = "a draft, and its docstrings say so" if is_draft else "finished: no TODO is left"
        self._say(f"wrote {made} ({kind})")
        return made

    def write_tests(self, package: Path) -> None:
        """Write the first tests, and remove those whose operation is gone; edited ones stay."""
        tests = self._path / "tests"
        tests.mkdir(exist_ok=True)
        self._write_once(tests / "conftest.py", CONFTEST.format(package=package.name))
        kept: dict[str, str] = self._recorded("tests") or {}
        made = {tests / name: text for name, text in first_tests(Document.load(self.spec), package)}
        for file in [*made, *(tests / name for name in sorted(kept) if tests / name not in made)]:
            before = _digest(file) if file.exists() else None
            if before not in (None, kept.get(file.name)):
                if file not in made:
                    self._say(f"{file} calls what the spec has no more; change or delete it")
            elif file in made:
                file.write_text(made[file], encoding="utf-8")
                command = [sys.executable, "-m", "ruff", "format", "--isolated", "--quiet"]
                options = ["--no-cache", "--line-length", "100"]
                subprocess.run([*command, *options, str(file)], check=True)
                kept[file.name] = _digest(file)
                if kept[file.name] != before:
                    self._say(f"wrote {file}")
            else:
                file.unlink(missing_ok=True)
                del kept[file.name]
                self._say(f"removed {file}: the spec has its operation no more")
        self._keep("tests", kept)

    def run_tests(self) -> bool:
        """Run the tests against the sandbox, and say how they end."""
        start = time.monotonic()
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        try:
            done = subprocess.run(
                command,
                cwd=self._path,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            self._say(f"the tests in {self._path} did not end within {_SECONDS} s")
            return False
        if done.returncode:
            self._say(f"{done.stdout}{done.stderr}the tests in {self._path} fail")
            return False
        ended = done.stdout.strip().splitlines()[-1]
        self._say(f"tests against the sandbox: {ended} ({time.monotonic() - start:.0f} s in all)")
        return True

    def left_open(self) -> str:
        """Say what the spec leaves to a person."""
        return report.left_open(self._read(self.spec))

    def _recorded(self, what: str) -> Any:  # noqa: ANN401 - of a JSON file
        try:
            return json.loads(self._read(self._record)).get(what)
        except (OSError, ValueError, AttributeError):
            return None

    def _keep(self, what: str, digests: str | dict[str, str]) -> None:
        """Remember what was written here, to tell later whether somebody has edited it."""
        known = {one: self._recorded(one) for one in ("package", "tests")} | {what: digests}
        self._record.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")

    def _write_once(self, file: Path, text: str) -> bool:
        if file.exists():
            return False
        file.write_text(text, encoding="utf-8")
        self._say(f"wrote {file}")
        return True

    def _read(self, file: Path) -> str:
        return file.read_text(encoding="utf-8")


def _digest(place: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
        name = file.relative_to(place).as_posix()
        digest.update(name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()
