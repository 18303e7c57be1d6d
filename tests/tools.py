"""Programs that some tests need beside Python: a visible skip locally, a failure under CI."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest


def tool(name: str, *, ci_has_it: bool = True, folder: Path | None = None) -> str:
    """Return the path of a program, or skip the test; under CI its absence is a failure.

    Unless it comes from packages of the system that not every machine of a CI can have: then the
    test is skipped there as well, and `.ci/services` has said so.
    """
    path = shutil.which(name, path=folder)
    if path is None and ci_has_it and "CI" in os.environ:
        pytest.fail(f"{name} is missing")
    if path is None:
        pytest.skip(f"NOT RUN: {name} is not installed")
    return path
