"""What the examples' tests have in common."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.examples.returns.table import Table
from tests.soak.services import Postgres, run_postgres, run_redis


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Run one PostgreSQL for all tests."""
    with run_postgres() as running:
        yield running


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """Run one Redis for all tests."""
    with run_redis() as url:
        yield url


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 1_800_000_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    """Return a clock that a test moves."""
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
def table(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Table]:
    """Return an empty table in each kind of database."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'returns.db'}"
    else:
        url = request.getfixturevalue("postgres").url
    made = Table(url, now=clock)
    made.create()
    yield made
    made.drop()
    made.engine.dispose()
