"""The repository as somebody meets it who clones it, reads it, or runs its workflows."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PINNED = re.compile(r"uses: [\w/.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
WRITING = {
    "drift.yml": {"issues", "contents"},
    "release.yml": {"id-token", "attestations"},
}


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("this is no clone")
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_there_are_workflows_for_checks_and_releases() -> None:
    names = {file.name for file in WORKFLOWS}
    assert names == {"ci.yml", "drift.yml", "newest.yml", "release.yml"}
    text = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    assert "bash .ci/run" in text
    # YAML 1.1 reads the key `on` as true.
    assert {"push", "pull_request"} == set(yaml.safe_load(text)[True])


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda file: file.name)
def test_a_workflow_trusts_nobody_more_than_needed(workflow: Path) -> None:
    text = workflow.read_text(encoding="utf-8")
    for line in text.splitlines():
        if "uses:" in line:
            assert PINNED.search(line), f"{workflow.name}: {line.strip()} is not pinned by a commit"
    document: dict[str, Any] = yaml.safe_load(text)
    assert document["permissions"] == {"contents": "read"}
    for job in document["jobs"].values():
        granted = {name for name, how in job.get("permissions", {}).items() if how == "write"}
        assert granted <= WRITING.get(workflow.name, set())
        assert job["timeout-minutes"]
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False, workflow.name
            # What an outsider writes must not become part of a script.
            assert "github.event" not in step.get("run", "")
            assert "pull_request_target" not in text
            for target in re.findall(r"\bmake ([a-z-]+)(?: ([a-z-]+))?", step.get("run", "")):
                for name in filter(None, target):
                    assert re.search(rf"^{name}:", MAKEFILE, re.MULTILINE), name


def test_each_promised_python_is_tested() -> None:
    promised = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"]))
    assert PROJECT["requires-python"] == f">={promised[0]}"
    text = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    assert yaml.safe_load(text)["jobs"]["pythons"]["strategy"]["matrix"]["python"] == promised


def test_issue_forms_are_complete() -> None:
    assert len(FORMS) == 4
    for form in FORMS:
        document = yaml.safe_load(form.read_text(encoding="utf-8"))
        if form.name != "config.yml":
            assert {"name", "description", "body"} <= set(document), form.name


def test_a_clone_on_windows_is_the_same() -> None:
    links = [path for path in tracked() if path.is_symlink()]
    assert not links, "a symlink is a text file there"
    assert "* text=auto eol=lf" in (ROOT / ".gitattributes").read_text(encoding="utf-8")
    for path in tracked():
        if path.suffix in {".py", ".md", ".json", ".yaml", ".jinja", ".txt"} and path.is_file():
            assert b"\r\n" not in path.read_bytes(), path


def test_nobody_is_told_to_install_a_name_that_nobody_owns() -> None:
    by_name = re.compile(rf"pip install[^\n`]*\b{PROJECT['name']}")
    for path in tracked():
        if path.suffix in {".md", ".py", ".jinja", ".yml", ".toml"} and path.is_file():
            found = by_name.search(path.read_text(encoding="utf-8"))
            assert not found, f"{path.relative_to(ROOT)}: {found and found[0]}"


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "REGISTRY.md"])
def test_every_link_leads_somewhere(name: str) -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", (ROOT / name).read_text(encoding="utf-8")):
        assert link.startswith("https://") or (ROOT / link).exists(), link


def test_the_registrys_page_stands_alone() -> None:
    """It is shown where no file of the repository is beside it."""
    assert PROJECT["readme"] == "REGISTRY.md"
    page = (ROOT / "REGISTRY.md").read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)]+)\)", page):
        assert link.startswith("https://"), link
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert example in (ROOT / "README.md").read_text(encoding="utf-8"), "which is run by a test"
    for link in PROJECT["urls"].values():
        assert link.startswith("https://pay.weixin.qq.com/"), link
