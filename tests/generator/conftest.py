"""A server for the generated clients; the packages are taken away at the end."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests.generator.served import Server, served
from tests.generator.support import PACKAGES


@pytest.fixture(scope="session", autouse=True)
def _packages() -> Iterator[None]:
    yield
    shutil.rmtree(PACKAGES, ignore_errors=True)


@pytest.fixture(scope="module")
def shared() -> Iterator[Server]:
    with served() as server:
        yield server


@pytest.fixture
def server(shared: Server) -> Server:
    shared.log.clear()
    return shared
