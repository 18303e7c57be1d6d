"""Generates the package into a build folder, and only then puts it in its place."""

from __future__ import annotations

import contextlib
import difflib
import filecmp
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from openapi_python_client import Project
from openapi_python_client.config import ClassOverride, Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.schema.untrusted_string import UntrustedString
from openapi_python_client.strings import PythonIdentifier
from pydantic import ValidationError

from .document import Document, GenerationError
from .form import refuse_form
from .normal import normalise
from .parser_copy import for_parser
from .refusals import refuse
from .text import docstring, literal, one_line, section
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
_STAMP = "STAMP.json"
_LINE_LENGTH = "100"

_TAKEN = IMPORTED
"""What modules of models import by name."""


class _ClassOverrides(dict[str, ClassOverride]):
    """The settings' names for classes, and names for those whose own would not do."""

    def get(self, key: str, default: object = None, /) -> Any:  # noqa: ANN401 - as in dict
        """Return what a class is called instead, if anything."""
        if key in self:
            return super().get(key, default)
        if key.startswith("ClassVar"):  # attrs knows annotations by how they start
            return ClassOverride.model_validate({"class_name": f"Model{key}"})
        if key not in _TAKEN | {PythonIdentifier(key, "")}:
            return default
        # Called like an import, or like its own module where letters have no case.
        return ClassOverride.model_validate({"class_name": f"{key}Model"})


def generate(spec: Path = SPEC, config: Path = CONFIG, output: Path = OUTPUT) -> Path:
    """Generate the package below `output` and return its folder.

    Nothing in `output` is touched unless all of it succeeded.

    Raises:
        GenerationError: The contract is not understood in full; warnings count as errors.
    """
    with tempfile.TemporaryDirectory() as scratch:
        package = _build(spec, config, Path(scratch) / "build")
        output.mkdir(parents=True, exist_ok=True)
        _replace(output / package.name, package)
        shutil.copy(package.parent / _STAMP, output / _STAMP)
        return output / package.name


def differences(spec: Path = SPEC, config: Path = CONFIG, output: Path = OUTPUT) -> list[str]:
    """Generate elsewhere and return how the committed package differs, as diff lines."""
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch)
        package = generate(spec, config, fresh)
        names = {
            file.relative_to(folder)
            for folder in (output, fresh)
            for file in [folder / _STAMP, *(folder / package.name).rglob("*")]
            if file.is_file() and "__pycache__" not in file.parts
        }
        return [line for name in sorted(names) for line in _diff(output, fresh, name)]


def _build(spec: Path, config: Path, build: Path) -> Path:
    """Generate package and stamp into the folder `build`, and return the package's."""
    document = Document.load(spec)
    _prepare(document)
    options = _options(spec, config, build)
    data = _parsed(document, options)
    _refuse_lost_modules(data)
    project = Project(openapi=data, config=options, custom_template_path=_TEMPLATES)
    # An upstream rename would otherwise turn into empty code without a word.
    project.env.undefined = StrictUndefined
    environment: Any = project.env  # whose tables are typed by what jinja puts there itself
    environment.globals["spec"] = Spec(document, data)
    environment.filters.update(
        docstring=docstring, section=section, literal=literal, one_line=one_line
    )
    build.mkdir()
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            problems = project.build()
        _refuse_problems(problems)
        _add_runtime(project)
    except TemplateError as error:
        raise GenerationError(f"a template failed: {error}") from error
    _finish(project.package_dir, spec)
    (build / _STAMP).write_text(_stamp(spec, config), encoding="utf-8")
    return project.package_dir


def _prepare(document: Document) -> None:
    """Check the contract from form to meaning, and rewrite it in the one way that is read."""
    try:
        refuse_form(document)
        refuse(document)
        normalise(document)
    except RecursionError:
        raise GenerationError("a schema consists of itself") from None


def _options(spec: Path, config: Path, build: Path) -> Config:
    try:
        settings = ConfigFile.load_from_path(config)
    except (OSError, TypeError, ValidationError) as error:
        raise GenerationError(f"{config} can't be read: {error}") from None
    name = settings.package_name_override
    if not name or not name.isidentifier():
        raise GenerationError(f"{config}: package_name_override must name the package")
    options = Config.from_sources(
        settings,
        MetaType.NONE,
        document_source=spec,
        file_encoding="utf-8",
        overwrite=False,
        output_path=build / name,
    )
    options.post_hooks = []  # ruff is called here, so that a missing ruff is an error
    options.class_overrides = _ClassOverrides(options.class_overrides)
    return options


def _parsed(document: Document, options: Config) -> GeneratorData:
    try:
        data = GeneratorData.from_dict(for_parser(document), config=options)
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        problem = f"openapi-python-client stumbled: {type(error).__name__}: {error}"
        raise GenerationError(problem) from error
    if isinstance(data, GeneratorError):
        raise GenerationError(f"{data.header}: {data.detail}")
    _refuse_problems(data.errors)
    for collection in data.endpoint_collections_by_tag.values():
        _refuse_problems(collection.parse_errors)
    return data


def _refuse_problems(problems: Sequence[GeneratorError]) -> None:
    """Raise what the parser only warns of: it would leave something out."""
    if problems:
        raise GenerationError("\n".join(map(_told, problems)))


def _told(problem: GeneratorError) -> str:
    # In the parser's copy the description of a schema is its place; see `parser_copy`.
    node: object = getattr(problem, "data", None)
    place: object = getattr(node, "description", None) or getattr(node, "ref", None)
    where = place.get_untrusted_value() if isinstance(place, UntrustedString) else ""
    parts = [where, problem.header.strip().rstrip(":"), problem.detail or ""]
    told = ": ".join(part for part in parts if part)
    # Some messages show names as objects, with an address that differs from run to run.
    return re.sub(r"<[\w.]+ object at 0x\w+>", "…", told)


def _refuse_lost_modules(data: GeneratorData) -> None:
    """Raise GenerationError if two classes or operations would be written to the same file."""
    classes = [item.class_info for item in (*data.models, *data.enums)]
    _refuse_repeated((f"models/{item.module_name}.py" for item in classes), "schemas")
    for tag, collection in data.endpoint_collections_by_tag.items():
        names = [f"api/{tag}/{endpoint.name}.py" for endpoint in collection.endpoints]
        _refuse_repeated(names, "operations")


def _refuse_repeated(files: Iterable[str], what: str) -> None:
    seen: set[str] = set()
    for file in files:
        # Some file systems take no notice of case.
        if file.lower() in seen:
            raise GenerationError(f"two {what} would be written to {file}: rename one")
        seen.add(file.lower())


def _add_runtime(project: Project) -> None:
    """Write the modules that every package has and upstream knows nothing of."""
    facts = project.env.get_template("facts.py.jinja").render()
    (project.package_dir / "facts.py").write_text(facts, encoding="utf-8")
    for module in sorted(_RUNTIME.glob("*.py")):
        if module.name not in _STAND_INS:
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
