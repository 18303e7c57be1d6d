"""The published forms say what the spec says, and the pages say it in one language each."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import cast

import pytest
import yaml

from spec.lenient import lenient, load
from spec.publish import PAGES, relinked, sources, write_forms
from spec.reference.languages import CHINESE, LANGUAGES, Language, joined, said

SPEC = Path(__file__).parents[2] / "spec"
ENGLISH_WORDS = re.compile(r"\b[a-z]{3,} [a-z]{3,} [a-z]{2,}\b")


def texts(node: object, key: str = "") -> list[str]:
    """Return every text for people in the spec."""
    if isinstance(node, dict):
        items = cast("dict[str, object]", node).items()
        return [text for name, one in items for text in texts(one, name)]
    if isinstance(node, list):
        return [text for one in cast("list[object]", node) for text in texts(one, key)]
    told = {"description", "title", "summary", "rule", "x-enum-descriptions", "remedy", "reason"}
    # The title of an error is the page's own, and the reason of a failed check is a name.
    is_own = (key == "title" and " · " not in str(node)) or (
        key == "reason" and re.fullmatch("[a-z_]+", str(node))
    )
    return [node] if key in told and isinstance(node, str) and not is_own else []


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """All published forms, without pages and collection."""
    write_forms(load(), tmp_path / "new" / "folder")
    return tmp_path / "new" / "folder"


def test_every_form_is_the_spec_or_its_lenient_form(published: Path) -> None:
    for name, form in (("openapi", load()), ("lenient", lenient(load()))):
        for suffix in ("json", "yaml"):
            text = (published / f"{name}.{suffix}").read_text(encoding="utf-8")
            assert (json.loads(text) if suffix == "json" else yaml.safe_load(text)) == form
            assert "垫付退款回补" in text
    assert re.search(r"^\s*[\w-]+: [&*]", text, re.MULTILINE) is None, "an alias of YAML"
    assert "# Every known number is digits" in (published / "openapi.yaml").read_text("utf-8")


def test_all_that_the_readme_names_is_there_and_nothing_else(published: Path) -> None:
    readme = (published / "README.md").read_text(encoding="utf-8")
    table = readme[readme.index("| --- |") : readme.index("## What may change")]
    named = {
        name for cell in re.findall(r"^\| (`.+?) \|", table, re.M) for name in cell.split(", ")
    }
    others = {"`index.html`", "`en/`", "`zh/`", "`bruno/`"}
    assert {name.strip("`/") for name in named - others} | {"README.md"} == {
        path.name for path in published.iterdir()
    }
    linked = re.findall(r"\]\((?!https:)([^)]+)\)", readme)
    assert [link for link in linked if not (published / link).exists()] == []


def test_the_vectors_are_published_whole(published: Path) -> None:
    def files(folder: Path) -> dict[str, bytes]:
        found = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"]
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}

    assert files(published / "vectors") == files(SPEC / "vectors")


def test_what_was_there_before_goes(published: Path) -> None:
    (published / "old.json").touch()
    write_forms(load(), published)
    assert not (published / "old.json").exists()


@pytest.mark.parametrize("part", ["spec and lenient form", "vectors", "extensions"])
def test_the_promise_covers_every_part(published: Path, part: str) -> None:
    readme = (published / "README.md").read_text(encoding="utf-8")
    assert re.search(rf"^\| {part} (?:\| [^|]+ ){{3}}\|$", readme, re.MULTILINE)


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        ("余额不足 · Short of money", "Short of money", "余额不足"),
        ("Final. SUCCESS 与 FAILED 为终态。", "Final.", "SUCCESS 与 FAILED 为终态。"),
        ("See `a`: b.\n一行\n二行。", "See `a`: b.", "一行二行。"),
        ("One.\n\nTwo.\n\n一。\n\n二。", "One.\n\nTwo.", "一。\n\n二。"),
        ("`code`\n\nOne. 一。", "`code`\n\nOne.", "`code`\n\n一。"),
        ("Only English.", "Only English.", "Only English."),
    ],
)
def test_a_text_is_told_apart_by_language(text: str, english: str, chinese: str) -> None:
    assert (said(text, "en"), said(text, "zh")) == (english, chinese)


def test_each_text_of_the_spec_says_both_languages() -> None:
    for text in texts(load()):
        assert not CHINESE.search(said(text, "en")), text
        assert CHINESE.search(said(text, "zh")), text
        assert not ENGLISH_WORDS.search(said(text, "zh")), text


def test_lines_of_chinese_are_joined_without_a_space() -> None:
    assert joined("收回，\n再查询\n\n一 a\n二") == "收回，再查询\n\n一 a\n二"


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_languages_have_the_same_pages(language: Language) -> None:
    listed = {"index", *PAGES["guides"], *PAGES["reference"]}
    assert sources(load(), language).keys() == listed


def test_a_link_leads_to_the_page_a_file_became_or_names_the_file() -> None:
    root = Path(__file__).parents[2]
    names = {root / "auth" / "README.md": "auth"}
    text = "[a](../auth/README.md#errors) [b](README.md) [page](https://x.cn/a)"
    shown = "[a](auth.md#errors) b (`spec/README.md`) [page](https://x.cn/a)"
    assert relinked(text, root / "spec" / "some.md", names) == shown
    with pytest.raises(ValueError, match="nowhere"):
        relinked("[c](none.md)", root / "spec" / "some.md", names)
