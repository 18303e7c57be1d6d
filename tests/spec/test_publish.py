"""The published forms say what the spec says, and the page needs no network."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from spec.lenient import METHODS, lenient, load
from spec.publish import explained, page, publish

SPEC = Path(__file__).parents[2] / "spec"


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """All published forms, with a page that has no Redoc."""
    publish(tmp_path / "new" / "folder", "")
    return tmp_path / "new" / "folder"


def test_every_form_is_the_spec_or_its_lenient_form(published: Path) -> None:
    for name, form in (("openapi", load()), ("lenient", lenient(load()))):
        for suffix in ("json", "yaml"):
            text = (published / f"{name}.{suffix}").read_text(encoding="utf-8")
            assert (json.loads(text) if suffix == "json" else yaml.safe_load(text)) == form
            assert "垫付退款回补" in text
    assert "# Every known number is digits" in (published / "openapi.yaml").read_text("utf-8")


def test_all_that_the_readme_names_is_there_and_nothing_else(published: Path) -> None:
    readme = (published / "README.md").read_text(encoding="utf-8")
    table = readme[: readme.index("## What may change")]
    named = {name.rstrip("/") for name in re.findall(r"`([\w./]+)`", table.partition("| --- |")[2])}
    assert named == {path.name for path in published.iterdir()} - {"README.md"}
    linked = re.findall(r"\]\((?!https:)([^)]+)\)", readme)
    assert [link for link in linked if not (published / link).exists()] == []


def test_the_vectors_are_published_whole(published: Path) -> None:
    def files(folder: Path) -> dict[str, bytes]:
        found = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"]
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}

    assert files(published / "vectors") == files(SPEC / "vectors")
    for path in (published / "vectors").glob("*.json"):
        assert (published / "vectors" / json.loads(path.read_text("utf-8"))["schema"]).is_file()


def test_what_was_there_before_goes(published: Path) -> None:
    (published / "old.json").touch()
    publish(published, "")
    assert not (published / "old.json").exists()


def test_the_promise_covers_every_part(published: Path) -> None:
    readme = (published / "README.md").read_text(encoding="utf-8")
    for part in ("spec and lenient form", "vectors", "extensions"):
        row = re.search(rf"^\| {part} \| (.+) \| (.+) \| (.+) \|$", readme, re.MULTILINE)
        assert row is not None, part


def test_the_lenient_yaml_has_no_aliases(published: Path) -> None:
    text = (published / "lenient.yaml").read_text(encoding="utf-8")
    assert re.search(r"^\s*[\w-]+: [&*]", text, re.MULTILINE) is None


def test_the_page_loads_nothing() -> None:
    html = page(load(), "var Redoc;")
    assert "default-src 'none'" in html
    assert re.findall(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=", html) == []


def test_no_text_of_the_contract_can_end_a_script() -> None:
    contract = load()
    contract["info"]["description"] = "</script><b>"
    html = page(contract, "/* </script> */")
    assert html.count("</script>") == 2


def test_the_page_shows_what_redoc_has_no_place_for() -> None:
    told = explained(load())
    for item in told["paths"].values():
        for operation in (item[method] for method in METHODS if method in item):
            for row in operation["x-error-codes"]:
                assert (
                    f"| {row['status']} `{row['code']}` | {row['title']}"
                    in operation["description"]
                )
            reason = operation.get("x-idempotent", {"reason": "no, nothing says so"})["reason"]
            assert f"可重试**: {reason}" in operation["description"]
    scheme = told["components"]["securitySchemes"]["wechatpay"]
    assert "1. `missing_signature`: " in scheme["description"]
    assert "<SecurityDefinitions />" in told["info"]["description"]


def test_lines_of_chinese_are_joined_without_a_space() -> None:
    contract = load()
    contract["info"]["description"] = "收回，\n再查询\n\n一 a\n二"
    assert explained(contract)["info"]["description"].startswith("收回，再查询\n\n一 a\n二")
