"""A change of a page is told, once, whether the spec uses what changed or not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generator.__main__ import main
from generator.docs import remembered, sources
from generator.docs.compare import compare

from .support import PAGES, SPEC, changed, text

NAMES = sorted(path.name for path in PAGES.glob("*"))


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    path = tmp_path / "pages.json"
    page = sources.parse(text("official_shop.md"), "shop.md")
    remembered.write(path, {"shop.md": page})
    return path


def since(facts: Path, page: str) -> list[tuple[str, str]]:
    now = remembered.with_digests(sources.parse(page, "shop.md"))
    found = compare(now, remembered.read(facts)["shop.md"])
    return [(one.kind, one.subject) for one in found.differences]


@pytest.mark.parametrize("name", NAMES)
def test_an_unchanged_page_is_not_told(name: str, tmp_path: Path) -> None:
    page = sources.parse(text(name), name)
    remembered.write(tmp_path / "pages.json", {name: page})
    before = remembered.read(tmp_path / "pages.json")[name]
    assert compare(remembered.with_digests(page), before).differences == ()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "| tags | array",
            "| extra | string(8) | false | 【新】 |\n| tags | array",
            ("field added", "body extra"),
        ),
        ("【标签】任意", "【标签】至多三个", ("text", "body tags")),
        (
            "| tags | array[string] | false",
            "| tags | array[string] | true",
            ("required", "body tags"),
        ),
        ("为：`CASH`、`CARD`", "为：`CASH`、`COIN`", ("values", "body way")),
    ],
)
def test_a_change_is_told(facts: Path, old: str, new: str, told: tuple[str, str]) -> None:
    assert told in since(facts, changed(text("official_shop.md"), old, new))


def test_a_change_is_told_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page, facts = tmp_path / "page.md", tmp_path / "pages.json"
    common = ["--spec", str(SPEC), str(page)]
    page.write_text(text("official_create.md"), encoding="utf-8")
    assert main(["remember", "--facts", str(facts), *common]) == 0
    page.write_text(text("official_create.md").replace("(32)", "(40)", 1), encoding="utf-8")
    assert main(["drift", "--since", str(facts), *common]) == 1
    assert "length" in capsys.readouterr().out
    assert main(["remember", "--facts", str(facts), *common]) == 0
    assert main(["drift", "--since", str(facts), *common]) == 0


def test_one_field_is_one_line(facts: Path) -> None:
    (line,) = [line for line in facts.read_text(encoding="utf-8").split("\n") if '"tags"' in line]
    assert json.loads(line.rstrip(","))["type"] == "array of string"


@pytest.mark.parametrize("content", ["", "{}", '{"version": 9, "pages": {}}', '{"version": 1}'])
def test_another_file_is_refused(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "pages.json"
    path.write_text(content, encoding="utf-8")
    page = str(PAGES / "official_create.md")
    assert main(["drift", "--spec", str(SPEC), "--since", str(path), page]) == 2
    assert str(path) in capsys.readouterr().err
