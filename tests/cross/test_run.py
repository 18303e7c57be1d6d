"""The runner tells of every program that is missing, silent, or wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cross import run, scenario
from tests.cross.programs import ROOT, FailedError, Json, ran

STEP: Json = {"about": "a query", "call": "query", "wanted": {"result": "PROCESSING"}}
TWICE: Json = STEP | {"hosts": ["BASE", "BACKUP"]}


@pytest.fixture(autouse=True)
def hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WECHATPAY_BASE_URL", "http://first:1")
    monkeypatch.setenv("WECHATPAY_BACKUP_URL", "http://second:2")


def sent(host: str, signature: str = "a", target: str = "/1/return-advance") -> Json:
    headers = [["Host", host], ["Authorization", signature]]
    return {"request": {"target": target, "headers": headers}}


@pytest.mark.parametrize("name", ["php", "peer-go"])
def test_a_missing_tool_fails(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    assert run.main([name]) == 1
    assert "not installed: " in capsys.readouterr().out


def test_an_unknown_name_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["cobol"]) == 1
    assert "cobol" in capsys.readouterr().err


def test_every_language_has_a_recipe_and_every_recipe_a_language() -> None:
    assert [one.name for one in run.LANGUAGES] == list(run.recipes())


@pytest.mark.parametrize(
    ("step", "found", "exchanges"),
    [
        (STEP, {"result": "PROCESSING", "extra": 1}, [sent("first:1")]),
        (STEP, {"result": "PROCESSING"}, [sent("first:1"), sent("first:1", target="/v3/other")]),
        (TWICE, {"result": "PROCESSING"}, [sent("first:1"), sent("second:2", "b")]),
    ],
)
def test_what_is_right_passes(step: Json, found: Json, exchanges: list[Json]) -> None:
    assert list(scenario.compared(step, found, exchanges)) == []


@pytest.mark.parametrize(
    ("step", "found", "exchanges"),
    [
        (STEP, {"result": "SUCCESS"}, [sent("first:1")]),
        (STEP, {}, [sent("first:1")]),
        (STEP | {"wanted": {"code": None}}, {}, [sent("first:1")]),
        (STEP, {"result": "PROCESSING"}, []),
        (STEP, {"result": "PROCESSING"}, [sent("second:2")]),
        (STEP, {"result": "PROCESSING"}, [sent("first:1"), sent("first:1", "b")]),
        (TWICE, {"result": "PROCESSING"}, [sent("first:1"), sent("second:2")]),
    ],
)
def test_what_is_wrong_is_told(step: Json, found: Json, exchanges: list[Json]) -> None:
    (complaint,) = scenario.compared(step, found, exchanges)
    assert complaint.startswith("a query: ")


def test_a_program_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(FailedError, match=r"ended with 3:\nsaid why"):
        ran(tmp_path, ("bash", "-c", "echo said why >&2; exit 3"))


def test_the_scenario_is_complete() -> None:
    for step in scenario.STEPS:
        assert {"about", "call", "wanted"} <= step.keys(), step
        assert step["call"] in ("create", "query", "certificates"), step


def test_what_ci_installs_is_what_the_recipes_name() -> None:
    services = (ROOT / ".ci" / "services").read_text(encoding="utf-8")
    readme = (ROOT / "spec" / "README.md").read_text(encoding="utf-8")
    for named in re.findall(r"apt install (.*)", readme):
        assert set(named.split()) <= set(services.split())
