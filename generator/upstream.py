"""openapi-python-client as the parser: its settings, its result, and what it only warns of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set
from pathlib import Path
from typing import Any

from openapi_python_client.config import ClassOverride, Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.schema.untrusted_string import UntrustedString
from openapi_python_client.strings import PythonIdentifier
from pydantic import ValidationError

from .clashes import clashes
from .names import short
from .problems import GenerationError, Problem
from .tree import Node


class _ClassNames(dict[str, ClassOverride]):
    """The settings' names for classes, and names for those whose own would not do."""

    def __init__(self, settings: dict[str, ClassOverride], taken: Set[str]) -> None:
        super().__init__(settings)
        self._taken = taken

    def get(self, key: str, default: object = None, /) -> Any:  # noqa: ANN401 - as in dict
        """Return what a class is called instead, if anything."""
        if key in self:
            return super().get(key, default)
        name = short(key)
        if name.startswith("ClassVar"):  # attrs knows annotations by how they start
            name = f"Model{name}"
        # Called like an import, or like its own module where letters have no case.
        if name in self._taken or name == PythonIdentifier(name, ""):
            name = f"{name}Model"
        return default if name == key else ClassOverride.model_validate({"class_name": name})


def settings(spec: Path, config: Path, folder: Path, taken: Set[str]) -> Config:
    """Read the settings of a package that is to be made in a folder.

    Args:
        spec: The OpenAPI file.
        config: The settings file.
        folder: Where to make the package.
        taken: Names that no model may have.
    """
    try:
        stated = ConfigFile.load_from_path(config)
    except (OSError, TypeError, ValueError, ValidationError) as error:
        raise GenerationError(f"{config} can't be read: {error}") from None
    name = stated.package_name_override
    if not name or not name.isidentifier():
        raise GenerationError(f"{config}: package_name_override must name the package")
    options = Config.from_sources(
        stated,
        MetaType.NONE,
        document_source=spec,
        file_encoding="utf-8",
        overwrite=False,
        output_path=folder / name,
    )
    options.post_hooks = []  # ruff is called by build.py, so that a missing ruff is an error
    options.class_overrides = _ClassNames(options.class_overrides, taken)
    return options


def parse(spec: Node, options: Config) -> GeneratorData:
    """Parse what `upstream_input` returned.

    Raises:
        GenerationError: Something would be left out, or two things would get the same file.
    """
    if alike := tuple(clashes(spec)):
        raise GenerationError(*alike)
    try:
        data = GeneratorData.from_dict(spec, config=options)
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        problem = f"openapi-python-client stumbled: {type(error).__name__}: {error}"
        raise GenerationError(problem) from error
    if isinstance(data, GeneratorError):
        raise GenerationError(f"{data.header}: {data.detail}")
    collections = data.endpoint_collections_by_tag
    warnings = [*data.errors]
    warnings += [one for found in collections.values() for one in found.parse_errors]
    refuse_warnings(warnings)
    classes = [item.class_info for item in (*data.models, *data.enums)]
    problems = [*_shared((f"models/{item.module_name}.py" for item in classes), "schemas")]
    for tag, found in collections.items():
        names = [f"api/{tag}/{endpoint.name}.py" for endpoint in found.endpoints]
        problems += _shared(names, "operations")
    if problems:
        raise GenerationError(*problems)
    return data


def refuse_warnings(warnings: Sequence[GeneratorError]) -> None:
    """Raise what the parser only warns of: it would leave something out."""
    if warnings:
        raise GenerationError(*map(_told, warnings))


def _told(warning: GeneratorError) -> Problem:
    # Upstream's copy of the spec has pointers for descriptions; see `upstream_input`.
    node: object = getattr(warning, "data", None)
    place: object = getattr(node, "description", None) or getattr(node, "ref", None)
    where = place.get_untrusted_value() if isinstance(place, UntrustedString) else ""
    told = ": ".join(filter(None, (warning.header.strip().rstrip(":"), warning.detail)))
    named = re.match(r"Unable to process schema (/[^\s:]+)", told)
    where = where or (f"#{named[1]}" if named else "")
    # Some messages show names as objects, with an address that differs from run to run.
    return Problem(where, re.sub(r"<[\w.]+ object at 0x\w+>", "…", told))


def _shared(files: Iterable[str], what: str) -> Iterable[str]:
    """Yield files that two classes or operations would be written to."""
    seen: set[str] = set()
    for file in files:
        # Some file systems take no notice of case.
        if file.lower() in seen:
            yield f"two {what} would be written to {file}; rename one"
        seen.add(file.lower())
