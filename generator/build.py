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
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined
from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData

from .document import Document, GenerationError
from .text import docstring, literal, section
from .views import Spec

HERE = Path(__file__).parent
ROOT = HERE.parent
SPEC = ROOT / "spec" / "openapi.yaml"
CONFIG = HERE / "config.yaml"
OUTPUT = ROOT / "generated"
_TEMPLATES = HERE / "templates"
_RUNTIME = _TEMPLATES / "runtime"
_LINE_LENGTH = "100"


def generate(spec: Path = SPEC, config: Path = CONFIG, output: Path = OUTPUT) -> Path:
    """Generate the package below `output` and return its folder.

    Nothing in `output` is touched unless all of it succeeded.

    Raises:
        GenerationError: The contract is not understood in full; warnings count as errors.
    """
    with tempfile.TemporaryDirectory() as scratch:
        build = Path(scratch) / "build"
        package = _build(spec, config, build)
        target = output / package.name
        output.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(package, target)
        shutil.copy(build / "STAMP.json", output / "STAMP.json")
    return target


def differences(spec: Path = SPEC, config: Path = CONFIG, output: Path = OUTPUT) -> list[str]:
    """Generate elsewhere and return how the committed package differs, as diff lines."""
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch)
        package = generate(spec, config, fresh)
        return [
            *_compare(output / package.name, package),
            *_diff(output / "STAMP.json", fresh / "STAMP.json"),
        ]


def _build(spec: Path, config: Path, build: Path) -> Path:
    document = Document.load(spec)
    settings = ConfigFile.load_from_path(config)
    package = build / str(settings.package_name_override)
    options = Config.from_sources(
        settings,
        MetaType.NONE,
        document_source=spec,
        file_encoding="utf-8",
        overwrite=False,
        output_path=package,
    )
    data = GeneratorData.from_dict(document.for_parser(), config=options)
    if not isinstance(data, GeneratorData):
        raise GenerationError(f"{data.header}: {data.detail}")
    project = Project(openapi=data, config=options, custom_template_path=_TEMPLATES)
    # An upstream rename would otherwise turn into empty code without a word.
    project.env.undefined = StrictUndefined
    environment: Any = project.env  # whose tables are typed by what jinja puts there itself
    environment.globals["spec"] = Spec(document, data)
    environment.filters.update(docstring=docstring, section=section, literal=literal)
    build.mkdir()
    with contextlib.redirect_stdout(io.StringIO()):
        errors = project.build()
    if errors:
        raise GenerationError("\n".join(f"{e.header} {e.detail or ''}".strip() for e in errors))
    for template in sorted(_RUNTIME.glob("*.jinja")):
        text = project.env.get_template(f"runtime/{template.name}").render()
        (package / template.stem).write_text(text, encoding="utf-8")
    (package / "py.typed").touch()
    header = (
        f"# Generated from {spec.name} by `python -m generator generate`; never edited by hand.\n"
    )
    for file in package.rglob("*.py"):
        file.write_text(header + file.read_text(encoding="utf-8"), encoding="utf-8")
    _ruff(package, "check", "--fix-only", "--select=F401,I,UP037")
    _ruff(package, "format")
    _ruff(package, "check", "--select=E9,F,I")
    (build / "STAMP.json").write_text(_stamp(spec, config), encoding="utf-8")
    return package


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


def _stamp(spec: Path, config: Path) -> str:
    """Say what the package was made from, and with what."""
    templates = sorted(_TEMPLATES.rglob("*.jinja"))
    facts = {
        "spec": _hash(spec),
        "config": _hash(config),
        "templates": _hash(*templates),
        "generator": _hash(*sorted(HERE.glob("*.py"))),
        "openapi-python-client": version("openapi-python-client"),
        "ruff": version("ruff"),
    }
    return json.dumps(facts, indent=2) + "\n"


def _hash(*files: Path) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _compare(committed: Path, fresh: Path) -> list[str]:
    names = {
        file.relative_to(folder)
        for folder in (committed, fresh)
        for file in folder.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    return [line for name in sorted(names) for line in _diff(committed / name, fresh / name)]


def _diff(committed: Path, fresh: Path) -> list[str]:
    if committed.exists() and fresh.exists() and filecmp.cmp(committed, fresh, shallow=False):
        return []
    before = committed.read_text(encoding="utf-8").splitlines() if committed.exists() else []
    after = fresh.read_text(encoding="utf-8").splitlines() if fresh.exists() else []
    name = committed.name
    return list(
        difflib.unified_diff(before, after, f"committed/{name}", f"generated/{name}", lineterm="")
    ) or [f"{name} is {'missing' if fresh.exists() else 'left over'}"]
