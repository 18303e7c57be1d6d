"""The version and the changelog have to follow from the changes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from generator.__main__ import main
from generator.changes import versions
from generator.changes.opinion import second_opinion
from generator.changes.rules import Step
from generator.changes.versions import Version
from generator.docs.model import UnreadableError

ROOT = Path(__file__).parents[2]
SPEC = "spec/openapi.yaml"
RESULTS = "enum: [SUCCESS, FAILED, PROCESSING]"


@pytest.mark.parametrize(
    ("version", "step", "expected"),
    [
        ("1.2.3", Step.NONE, "1.2.3"),
        ("1.2.3", Step.PATCH, "1.2.4"),
        ("1.2.3", Step.MINOR, "1.3.0"),
        ("1.2.3", Step.MAJOR, "2.0.0"),
        ("0.2.3", Step.NONE, "0.2.3"),
        ("0.2.3", Step.PATCH, "0.2.4"),
        ("0.2.3", Step.MINOR, "0.2.4"),
        ("0.2.3", Step.MAJOR, "0.3.0"),
    ],
)
def test_next_version(version: str, step: Step, expected: str) -> None:
    assert str(Version.parse(version).after(step)) == expected


def test_versions_have_an_order() -> None:
    assert Version.parse("0.10.0") > Version.parse("v0.9.9")
    with pytest.raises(UnreadableError, match="not a version"):
        Version.parse("1.0")


def test_changelog_sections() -> None:
    text = "# Changelog\n\nWords.\n\n## 0.2.0 – unreleased\n\n### Added\n\n- A.\n\n## [0.1.0]\n"
    assert versions.changelog_sections(text) == {"0.2.0": 1, "0.1.0": 0}


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=test", "-c", "user.email=test@example.com"]
    subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True)  # noqa: S607


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Make a checkout of our spec and package, released as v0.1.0."""
    root = tmp_path / "checkout"
    (root / "spec").mkdir(parents=True)
    shutil.copy(ROOT / SPEC, root / SPEC)
    package = "generated/wechatpay_ecommerce_refund"
    shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__"))
    spec = (root / SPEC).read_text(encoding="utf-8")
    (root / "CHANGELOG.md").write_text("# Changelog\n\n## 0.1.0\n\n- All.\n", encoding="utf-8")
    git(root, "init", "--quiet")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", "release")
    git(root, "tag", "v0.1.0")
    assert "  version: 0.1.0\n" in spec
    return root


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_release_without_changes(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["release-check", "--root", str(checkout)]) == 0
    assert "follow from the changes" in capsys.readouterr().out


def test_release_that_stays_behind_its_changes(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(checkout / SPEC, RESULTS, "enum: [SUCCESS, FAILED]")
    assert main(["release-check", "--root", str(checkout)]) == 1
    assert "set info.version to 0.2.0 or higher" in capsys.readouterr().out
    edit(checkout / SPEC, "  version: 0.1.0\n", "  version: 0.1.1\n")
    assert main(["release-check", "--root", str(checkout)]) == 1
    told = capsys.readouterr().out
    assert "set info.version to 0.2.0 or higher" in told
    assert "CHANGELOG.md says nothing about 0.1.1" in told


def test_release_that_follows_from_its_changes(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(checkout / SPEC, RESULTS, "enum: [SUCCESS, FAILED]")
    edit(checkout / SPEC, "  version: 0.1.0\n", "  version: 0.2.0\n")
    edit(checkout / "CHANGELOG.md", "## 0.1.0", "## 0.2.0\n\n- Less.\n\n## 0.1.0")
    assert main(["release-check", "--root", str(checkout)]) == 0


def test_changelog_that_begins_with_another_version(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(checkout / "CHANGELOG.md", "## 0.1.0", "## 0.3.0\n\n- More.\n\n## 0.1.0")
    assert main(["release-check", "--root", str(checkout)]) == 1
    assert "begins with 0.3.0" in capsys.readouterr().out


def test_changes_since_the_last_release(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(checkout / SPEC, RESULTS, "enum: [SUCCESS, FAILED, PROCESSING, CLOSED]")
    module = checkout / "generated/wechatpay_ecommerce_refund/models/return_advance.py"
    module.write_text(module.read_text("utf-8") + "\n\nEXTRA: int = 1\n", encoding="utf-8")
    assert main(["changes", "--root", str(checkout), "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["base"], told["step"], told["next_version"]) == ("v0.1.0", "minor", "0.1.1")
    assert {one["what"] for one in told["spec"]} == {"value CLOSED added"}
    assert told["package"]["added"] == ["models.return_advance.EXTRA"]
    assert any("openapi.yaml" in file for file in told["files"])


def test_changes_since_a_file(
    checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The package of a base that is only a file is generated."""
    base = tmp_path / "base.yaml"
    shutil.copy(ROOT / SPEC, base)
    renamed = base.read_text(encoding="utf-8").replace("queryReturnAdvance", "askReturnAdvance")
    base.write_text(renamed, encoding="utf-8")
    options = ["--root", str(checkout), "--base", str(base), "--format", "markdown"]
    assert main(["changes", *options]) == 0
    told = capsys.readouterr().out
    assert "operationId: askReturnAdvance → queryReturnAdvance" in told
    assert "api.ecommerce_refund.ask_return_advance: Public object was removed" in told


def test_unknown_base(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["changes", "--root", str(checkout), "--base", "nothing"]) == 2
    assert "nothing:spec/openapi.yaml" in capsys.readouterr().err


def test_formats(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(checkout / SPEC, RESULTS, "enum: [SUCCESS, FAILED]")
    for form, row in (
        ("table", "value PROCESSING removed"),
        ("markdown", "| major | POST /v3/ecommerce/refunds/{refund_id}/return-advance: "),
    ):
        assert main(["changes", "--root", str(checkout), "--format", form]) == 0
        told = capsys.readouterr().out
        assert row in told
        assert "A major change since v0.1.0: 0.1.0 → 0.2.0." in told


def fake(folder: Path, script: str) -> Path:
    program = folder / "redocly"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    return program


def test_second_opinion(tmp_path: Path) -> None:
    answer = '{"bump": "major", "summary": {"major": 2, "minor": 0, "patch": 7}}'
    program = fake(tmp_path, f"echo '{answer}'")
    told = second_opinion(program, tmp_path / "old", tmp_path / "new")
    assert told == "major (2 major, 0 minor, 7 patch)"


def test_no_second_opinion_without_the_tool(tmp_path: Path) -> None:
    """What is not installed, or prints something else, is left out."""
    assert second_opinion(tmp_path / "redocly", tmp_path, tmp_path) is None
    assert second_opinion(fake(tmp_path, "echo no"), tmp_path, tmp_path) is None


def test_first_release_may_have_any_version(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(checkout, "tag", "--delete", "v0.1.0")
    edit(checkout / SPEC, RESULTS, "enum: [SUCCESS, FAILED]")
    assert main(["release-check", "--root", str(checkout)]) == 0
    assert main(["release-check", "--root", str(checkout), "--base", "HEAD"]) == 1


def test_a_draft_is_not_released(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(checkout / SPEC, "summary: Take an advanced refund back", "summary: TODO")
    edit(checkout / "generated/wechatpay_ecommerce_refund/__init__.py", '"0.1.0"', '"0.1.0+draft"')
    assert main(["release-check", "--root", str(checkout)]) == 1
    told = capsys.readouterr().out
    assert re.search(r"spec/openapi\.yaml:\d+: #/paths/\S+/summary: an unfinished text", told)
    assert "is a draft; generate it without --draft" in told
