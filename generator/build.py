"""Generates the package into a build folder, and only then puts it in its place."""

from __future__ import annotations

import contextlib
import difflib
import filecmp
import hashlib
import io
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from openapi_python_client import Project
from openapi_python_client.config import Config
from openapi_python_client.parser import GeneratorData

from .checks import check
from .extensions import SCHEMA, misspelt
from .normalise import normalise
from .operations import Operations
from .problems import GenerationError, Problem
from .selection import code_of
from .spec import Document
from .text import docstring, literal, one_line, section
from .upstream import parse, refuse_warnings, settings
from .upstream_input import upstream_input
from .views import IMPORTED, Spec

HERE = Path(__file__).parent
ROOT = HERE.parent
SPEC = ROOT / "spec" / "openapi.yaml"
CONFIG = HERE / "config.yaml"
OUTPUT = ROOT / "generated"
_TEMPLATES = HERE / "templates"
_RUNTIME = HERE / "runtime"
_STAND_INS = {"__init__.py", "errors.py", "facts.py"}
"""Modules of the runtime that templates write in their place."""
OPTIONAL = {"downloads", "extended", "sensitive", "uploads"}
"""Modules of the runtime which a package has only if its spec needs them."""
_STAMP = "STAMP.json"
_LINE_LENGTH = "100"

DRAFT = "+draft"
"""What the version of a draft ends in; no index takes such a version."""
_DRAFT_NOTE = "DRAFT: texts marked TODO or 待补充 are unfinished; do not release this package."


def generate(
    spec: Path = SPEC,
    config: Path = CONFIG,
    output: Path = OUTPUT,
    *,
    skip: Sequence[str] = (),
    draft: bool = False,
) -> Path:
    """Generate the package below `output` and return its folder.

    Nothing in `output` is touched unless all of it succeeded.

    Args:
        spec: The OpenAPI file.
        config: The settings file.
        output: Where the package goes.
        skip: Operations to leave out, by operationId or as in `GET /path`.
        draft: Take unfinished texts, and mark the package as a draft.

    Raises:
        GenerationError: The spec is not understood in full; it has all problems.
    """
    with tempfile.TemporaryDirectory() as scratch:
        package = _build(spec, config, Path(scratch) / "build", skip, draft=draft)
        output.mkdir(parents=True, exist_ok=True)
        _replace(output / package.name, package)
        shutil.copy(package.parent / _STAMP, output / _STAMP)
        return output / package.name


def differences(
    spec: Path = SPEC,
    config: Path = CONFIG,
    output: Path = OUTPUT,
    *,
    skip: Sequence[str] = (),
    draft: bool = False,
) -> list[str]:
    """Generate elsewhere and return how the committed package differs, as diff lines."""
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch)
        package = generate(spec, config, fresh, skip=skip, draft=draft)
        names = {
            file.relative_to(folder)
            for folder in (output, fresh)
            for file in [folder / _STAMP, *(folder / package.name).rglob("*")]
            if file.is_file() and "__pycache__" not in file.parts
        }
        return [line for name in sorted(names) for line in _diff(output, fresh, name)]


def problems(spec: Path = SPEC) -> Sequence[Problem]:
    """Return what is wrong with a spec, also where it makes no code."""
    found: list[Problem] = []
    try:
        document = Document.load(spec)
        code = code_of(document)
        found += misspelt(document)
        check(code)
        normalise(code)
    except GenerationError as error:
        found += error.problems
    return _located(GenerationError(*found), spec).problems


def _build(spec: Path, config: Path, folder: Path, skip: Sequence[str], *, draft: bool) -> Path:
    """Generate package and stamp into a folder, and return the package's."""
    try:
        code = code_of(Document.load(spec), skip)
        check(code, draft=draft)
        normalise(code)
        if draft:
            _mark_as_draft(code)
        options = settings(spec, config, folder, IMPORTED)
        data = parse(upstream_input(code), options)
        package = _written(code, data, options)
    except GenerationError as error:
        raise _located(error, spec) from error.__cause__
    _finish(package, spec)
    (folder / _STAMP).write_text(_stamp(spec, config), encoding="utf-8")
    return package


def _located(error: GenerationError, spec: Path) -> GenerationError:
    """Return an error with the lines of its places, for which the spec is read once more."""
    if not any(problem.pointer for problem in error.problems):
        return error
    here = Path.cwd()
    shown = spec.relative_to(here) if spec.is_relative_to(here) else spec
    return error.located(str(shown), Document.load(spec).line)


def _mark_as_draft(document: Document) -> None:
    info = document.root["info"]
    document.root["info"] = {**info, "version": f"{info['version']}{DRAFT}"}
    for holder in (document.root["info"], *(one for _, _, one in document.operations())):
        holder["description"] = f"{_DRAFT_NOTE}\n\n{holder.get('description', '')}"


def _written(document: Document, data: GeneratorData, options: Config) -> Path:
    """Write all modules and return the folder of the package."""
    project = Project(openapi=data, config=options, custom_template_path=_TEMPLATES)
    # An upstream rename would otherwise turn into empty code without a word.
    project.env.undefined = StrictUndefined
    environment: Any = project.env  # whose tables are typed by what jinja puts there itself
    spec = Spec(document, data)
    operations = Operations(spec)
    operations.refuse()
    environment.globals["spec"] = spec
    environment.globals["operations"] = operations
    environment.filters.update(
        docstring=docstring, section=section, literal=literal, one_line=one_line
    )
    project.package_dir.parent.mkdir()
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            warnings = project.build()
        refuse_warnings(warnings)
        _add_runtime(project, spec.features)
    except TemplateError as error:
        raise GenerationError(f"a template failed: {error}") from error
    return project.package_dir


def _add_runtime(project: Project, features: frozenset[str]) -> None:
    """Write the modules that upstream knows nothing of."""
    facts = project.env.get_template("facts.py.jinja").render()
    (project.package_dir / "facts.py").write_text(facts, encoding="utf-8")
    if "notices" in features:
        notices = project.env.get_template("notices.py.jinja").render()
        (project.package_dir / "notices.py").write_text(notices, encoding="utf-8")
    for module in sorted(_RUNTIME.glob("*.py")):
        if module.name not in _STAND_INS and module.stem not in OPTIONAL - features:
            shutil.copy(module, project.package_dir)
    (project.package_dir / "py.typed").touch()


def _finish(package: Path, spec: Path) -> None:
    header = (
        f"# Generated from {spec.name} by `python -m generator generate`; never edited by hand.\n"
    )
    for file in package.rglob("*.py"):
        file.write_text(header + file.read_text(encoding="utf-8"), encoding="utf-8")
    _ruff(package, "check", "--fix-only", "--select=F401,I,RUF022")
    _ruff(package, "format")
    _ruff(package, "check", "--select=E9,F,I")


def _ruff(package: Path, command: str, *options: str) -> None:
    """Run ruff with no configuration but ours, so that the output is the same everywhere."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "ruff", command, "--isolated", "--no-cache", "--quiet"),
            *("--line-length", _LINE_LENGTH, "--target-version", "py311"),
            *options,
            str(package),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise GenerationError(f"ruff {command} failed:\n{done.stdout}{done.stderr}")


def _replace(target: Path, package: Path) -> None:
    """Put the package in the place of an older one, which goes as a whole, stale files included."""
    fresh, old = (target.with_name(f".{target.name}.{state}") for state in ("new", "old"))
    for leftover in (fresh, old):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(package, fresh)
    if target.exists():
        target.rename(old)
    fresh.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _stamp(spec: Path, config: Path) -> str:
    """Say what the package was made from, and with what."""
    facts = {
        "spec": _hash(spec),
        "config": _hash(config),
        "templates": _hash(*sorted(_TEMPLATES.rglob("*.jinja"))),
        "runtime": _hash(*sorted(_RUNTIME.glob("*.py"))),
        "generator": _hash(*sorted(HERE.glob("*.py")), SCHEMA),
        "openapi-python-client": version("openapi-python-client"),
        "ruff": version("ruff"),
    }
    return json.dumps(facts, indent=2) + "\n"


def _hash(*files: Path) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _diff(committed: Path, fresh: Path, name: Path) -> list[str]:
    old, new = committed / name, fresh / name
    if old.exists() and new.exists() and filecmp.cmp(old, new, shallow=False):
        return []
    if not old.exists() or not new.exists():
        return [f"{name.as_posix()} is {'missing' if new.exists() else 'left over'}"]
    before, after = (
        file.read_text(encoding="utf-8", errors="replace").splitlines() for file in (old, new)
    )
    shown = name.as_posix()
    return list(
        difflib.unified_diff(before, after, f"committed/{shown}", f"generated/{shown}", lineterm="")
    ) or [f"{shown} differs"]
