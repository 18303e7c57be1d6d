"""Programs that some tests need beside Python: a visible skip locally, a failure under CI."""

from __future__ import annotations

import os
import shutil

import pytest


def tool(name: str) -> str:
    """Return the path of a program, or skip the test; under CI its absence is a failure."""
    path = shutil.which(name)
    if path is None and "CI" in os.environ:
        pytest.fail(f"{name} is missing")
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path
