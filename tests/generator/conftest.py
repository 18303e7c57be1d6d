"""Takes the generated packages away at the end."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests.generator.support import PACKAGES


@pytest.fixture(scope="session", autouse=True)
def _packages() -> Iterator[None]:
    yield
    shutil.rmtree(PACKAGES, ignore_errors=True)
