"""Every fault of one line in our Python is noticed by a vector, unless none may notice it."""

from __future__ import annotations

from tests.cross.python import Python
from tests.spec.broken import EQUIVALENT, python
from tests.spec.faults_others import OTHERS
from tests.spec.faults_python import PYTHON


def test_the_whole_one_passes_every_vector() -> None:
    assert list(Python().complaints()) == []


def test_every_fault_is_noticed() -> None:
    results = list(python())
    assert len(results) > 400
    assert [one for one in results if not one.is_right] == []


def test_every_equivalent_is_a_fault() -> None:
    tables = [PYTHON, *(project.faults for project in OTHERS.values())]
    faults = {fault for table in tables for rows in table.values() for fault in rows}
    assert EQUIVALENT.keys() <= faults
