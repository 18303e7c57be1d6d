"""The runner tells of every program that is missing, silent, or wrong."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cross import run

STEPS: tuple[run.Step, ...] = (
    (None, {"result": "PROCESSING"}),
    ({"dial": "bad_gateway"}, {"status": 502, "code": None}),
)
RIGHT = ['{"result": "PROCESSING", "extra": 1}', '{"status": 502, "code": null}']


@pytest.fixture
def without_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no other language installed."""

    def nothing() -> Iterator[run.Json]:
        yield from ()

    monkeypatch.setattr(run, "signed_requests", nothing)
    monkeypatch.setenv("PATH", "")


@pytest.mark.usefixtures("without_tools")
def test_a_missing_tool_is_a_visible_skip(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CI", raising=False)
    assert run.main([]) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in told] == [f"SKIPPED {one.name}" for one in run.PROJECTS]


@pytest.mark.usefixtures("without_tools")
def test_a_missing_tool_fails_under_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    assert run.main(["go"]) == 1


def test_an_unknown_name_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["cobol"]) == 1
    assert "cobol" in capsys.readouterr().err


def test_what_was_played_is_compared() -> None:
    assert list(run.played(STEPS, RIGHT)) == []
    assert len(list(run.played(STEPS, RIGHT[:1]))) == 1
    assert len(list(run.played(STEPS, [RIGHT[0], '{"status": 502}']))) == 1
    assert len(list(run.played(STEPS, ['{"result": "SUCCESS"}', RIGHT[1]]))) == 1
