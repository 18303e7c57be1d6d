"""A spec with many operations: the work grows as the number of operations, and imports don't."""

from __future__ import annotations

import cProfile
import json
import pstats
from pathlib import Path

import pytest
import yaml

from generator.build import CONFIG, SPEC, generate
from tests.bench.measure import grown


def made(folder: Path, operations: int) -> tuple[Path, int]:
    """Generate a package of so many operations, and count the function calls it took."""
    spec = folder / f"{operations}.json"
    document = grown(yaml.safe_load(SPEC.read_text(encoding="utf-8")), operations)
    spec.write_text(json.dumps(document, default=str), encoding="utf-8")
    profile = cProfile.Profile()
    package = profile.runcall(generate, spec, CONFIG, folder / str(operations))
    return package, pstats.Stats(profile).total_calls  # type: ignore[attr-defined]


def test_the_work_grows_as_the_number_of_operations(tmp_path: Path) -> None:
    """Three times as many cost three times as much, beside what every package costs."""
    calls = {number: made(tmp_path, number)[1] for number in (20, 60, 140)}
    growth = (calls[140] - calls[20]) / (calls[60] - calls[20])
    assert growth == pytest.approx(3, rel=0.1), calls


def test_an_error_does_not_list_every_operation(tmp_path: Path) -> None:
    """Each import of an operation reads the docstrings of all errors."""
    package, _ = made(tmp_path, 40)
    errors = (package / "errors.py").read_text(encoding="utf-8")
    common = errors.partition("class ParamError(")[2].partition("\nclass ")[0]
    assert "- and 32 more rows." in common
    assert common.count(", 400: ") == 8
