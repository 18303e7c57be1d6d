"""A change of the spec names what else states the fact, or lacks it."""

from __future__ import annotations

from pathlib import Path

from generator.changes.rules import Change, Step
from generator.changes.stated import CODES, FIELDS, stated


def test_each_file_that_states_a_changed_fact_is_named(tmp_path: Path) -> None:
    for file, text in zip((*FIELDS, *CODES), ("toy_id\n", "TOY_LOST\n", ""), strict=True):
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    changes = [
        Change(Step.MINOR, "makeToy: response 200 body.toy_id", "maxLength: 32 → 64"),
        Change(Step.MINOR, "makeToy: response 200 body.colour", "added"),
        Change(Step.MINOR, "makeToy: error 404 TOY_LOST business", "error code added"),
        Change(Step.PATCH, "makeToy: response 200 body.toy_id", "title reworded"),
        Change(Step.MINOR, "breakToy", "operation added"),
    ]
    assert stated(tmp_path, changes) == [
        f"{FIELDS[0]} states toy_id: maxLength: 32 → 64",
        f"{FIELDS[0]} lacks colour: added",
        f"{CODES[0]} states TOY_LOST: error code added",
        f"{CODES[1]} lacks TOY_LOST: error code added",
    ]


def test_the_files_are_there() -> None:
    root = Path(__file__).parents[2]
    assert all((root / file).exists() for file in (*FIELDS, *CODES))
