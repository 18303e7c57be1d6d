"""A scaffold is valid, says all that its page says, and marks what the page does not say."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate
from ruamel.yaml import YAML

from generator.__main__ import main
from generator.build import generate
from generator.docs import contract, sources
from generator.docs.compare import compare
from generator.docs.scaffold import scaffold

from .support import PAGES, ROOT, changed, read, text

NAMES = sorted(path.name for path in PAGES.iterdir())
REDOCLY = ROOT / "spec" / "lint" / "node_modules" / ".bin" / "redocly"


def tree(document: str) -> dict[str, Any]:
    reader: Any = YAML(typ="safe")
    read: dict[str, Any] = reader.load(document)
    return read


@pytest.mark.parametrize("name", NAMES)
def test_valid(name: str) -> None:
    validate(tree(scaffold(read(name))))


@pytest.mark.parametrize("name", NAMES)
def test_drift_against_its_page_is_empty(name: str) -> None:
    page = read(name)
    found = compare(page, contract.read_text(scaffold(page), "scaffold"))
    assert found.differences == ()
    assert found.not_understood == ()
    assert len(found.operations) == len(page.operations)


def test_drift_against_a_changed_page_is_not() -> None:
    """The proof above would be worth nothing if nothing could be found."""
    start = contract.read_text(scaffold(read("official_shop.md")), "scaffold")
    page = changed(
        text("official_shop.md"),
        "| amount.from.account | string(32)",
        "| amount.from.bank | string(16)",
    )
    found = compare(sources.parse(page, "page"), start)
    assert sorted(one.kind for one in found.differences) == ["field renamed", "length"]


@pytest.mark.skipif(not REDOCLY.exists() or not shutil.which("node"), reason="needs make lint-spec")
def test_lint(tmp_path: Path) -> None:
    """Our own linter is content too, so that a person starts from green."""
    files: list[str] = []
    for name in NAMES:
        path = tmp_path / f"{name}.yaml"
        path.write_text(scaffold(read(name)), encoding="utf-8")
        files.append(str(path))
    config = str(ROOT / "spec" / "lint" / "redocly.yaml")
    done = subprocess.run(
        [str(REDOCLY), "lint", "--config", config, *files],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_not_stated_is_marked() -> None:
    """Nothing of a page without markers is taken for optional in silence."""
    document = scaffold(read("community_first.md"))
    assert "# TODO: the page does not state whether this is required" in document
    assert "# TODO: the page does not state error codes" in document
    assert "# TODO: the page does not state the hosts" in document
    assert "required:\n        - sub_mchid" not in document


def test_schemas() -> None:
    made = tree(scaffold(read("official_shop.md")))
    operation = made["paths"]["/v3/shop/{shop_no}/orders"]["post"]
    assert operation["operationId"] == "createShopOrders"
    schemas = made["components"]["schemas"]
    request = schemas["CreateShopOrdersRequest"]
    assert request["additionalProperties"] is False
    assert request["required"] == ["amount", "state", "APPID"]
    assert schemas["CreateShopOrdersRequestAmount"]["properties"]["from"]["type"] == "array"
    assert request["properties"]["state"]["x-enum-varnames"] == ["STATE_OPEN", "STATE_SHUT"]
    assert request["properties"]["kind"]["enum"] == [1, 2]
    assert set(operation["responses"]) >= {"200", "204", "400", "429"}


def test_upload_is_multipart() -> None:
    made = tree(scaffold(read("official_upload.md")))
    body = made["paths"]["/v3/shop/media"]["post"]["requestBody"]["content"]
    assert list(body) == ["multipart/form-data"]
    file = made["components"]["schemas"]["CreateShopMediaRequest"]["properties"]["file"]
    assert (file["type"], file["format"]) == ("string", "binary")


def test_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scaffold", str(PAGES / "official_create.md")]) == 0
    assert capsys.readouterr().out.startswith("# Started from ")


def test_what_is_not_understood_stands_at_the_top() -> None:
    page = changed(text("official_create.md"), "### Body 参数", "### 别的参数")
    document = scaffold(sources.parse(page, "page"))
    assert document.split("\n")[1].startswith("# TODO: not understood, line 28: a table")
    validate(tree(document))


def test_no_scaffold_without_an_operation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "page.md"
    path.write_text("请求方式：【POST】 见下\n", encoding="utf-8")
    assert main(["scaffold", str(path)]) == 2
    assert "no operation to start from\n  line 1: not a path" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["community_shop.md", "official_shop.md"])
def test_a_client_can_be_generated_from_it(name: str, tmp_path: Path) -> None:
    """From a documentation page to a typed client: the rest is filling in the TODOs."""
    spec = tmp_path / "openapi.yaml"
    spec.write_text(scaffold(read(name)), encoding="utf-8")
    package = generate(spec=spec, output=tmp_path / "generated", draft=True)
    assert list(package.glob("api/todo/*.py"))
