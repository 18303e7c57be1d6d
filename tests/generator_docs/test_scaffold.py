"""A scaffold is valid, says all that its page says, and marks what the page does not say."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate
from ruamel.yaml import YAML

from generator.__main__ import main
from generator.build import generate
from generator.docs import openapi, sources
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
    found = compare(page, openapi.read_text(scaffold(page), "scaffold"))
    assert found.differences == ()
    assert found.not_understood == ()
    assert len(found.operations) == len(page.operations)


def test_drift_against_a_changed_page_is_not() -> None:
    """The proof above would be worth nothing if nothing could be found."""
    start = openapi.read_text(scaffold(read("official_shop.md")), "scaffold")
    page = changed(
        text("official_shop.md"),
        "| amount.from.account | string(32)",
        "| amount.from.bank | string(16)",
    )
    found = compare(sources.parse(page, "page"), start)
    assert sorted(one.kind for one in found.differences) == ["field renamed", "length"]


@pytest.mark.skipif(not REDOCLY.exists() or not shutil.which("node"), reason="needs make lint-spec")
def test_lint(tmp_path: Path) -> None:
    """Our linter has nothing against a scaffold but what is left to a person."""
    files: list[str] = []
    for name in NAMES:
        path = tmp_path / f"{name}.yaml"
        path.write_text(scaffold(read(name)), encoding="utf-8")
        files.append(str(path))
    config = str(ROOT / "spec" / "lint" / "redocly.yaml")
    command = [str(REDOCLY), "lint", "--config", config, "--format", "summary"]
    draft = subprocess.run(
        [*command, "--skip-rule", "own/finished", *files],
        capture_output=True,
        text=True,
        check=False,
    )
    assert draft.returncode == 0, draft.stdout + draft.stderr
    whole = subprocess.run([*command, files[0]], capture_output=True, text=True, check=False)
    assert "own/finished" in whole.stdout + whole.stderr
    assert whole.returncode == 1


def test_what_is_not_stated_is_marked() -> None:
    """Nothing of a page without markers is taken for optional in silence."""
    document = scaffold(read("community_first.md"))
    assert "TODO: the page does not state whether this is required" in document
    assert "TODO: the page does not state error codes" in document
    assert "TODO: the page does not state the hosts" in document
    assert "required:\n        - sub_mchid" not in document


def test_no_scaffold_makes_a_client_retry() -> None:
    for name in NAMES:
        for item in tree(scaffold(read(name)))["paths"].values():
            assert not [one for one in item.values() if "x-idempotent" in one]


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


def test_the_words_of_the_page() -> None:
    """Titles, descriptions, meanings of values and remedies are the page's own."""
    made = tree(scaffold(read("official_shop.md")))
    state = made["components"]["schemas"]["CreateShopOrdersRequest"]["properties"]["state"]
    assert state["title"] == "状态"
    assert state["x-enum-descriptions"] == ["开", "关"]
    shop_no = made["paths"]["/v3/shop/{shop_no}/orders"]["post"]["parameters"][0]
    assert shop_no["description"] == "只能是字母_-|*，或 a | b"
    bare = scaffold(read("official_shop.md"), texts=False)
    assert not re.search("金额|只能是字母|单位分|店铺", bare)


def test_equal_lists_have_one_name() -> None:
    page = changed(
        text("official_shop.md"),
        "| way | string(8) | false |",
        f"{TWO_WAYS}| way | string(8) | false |",
    )
    schemas = tree(scaffold(sources.parse(page, "page")))["components"]["schemas"]
    assert schemas["Way"]["enum"] == ["CASH", "CARD"]
    properties = schemas["CreateShopOrdersRequest"]["properties"]
    assert properties["pay_way"] == {"$ref": "#/components/schemas/Way"}
    assert properties["back_way"]["allOf"] == [{"$ref": "#/components/schemas/Way"}]


TWO_WAYS = "".join(
    f"| {name} | string(8) | false | 【{title}】取值为：`CASH`、`CARD` |\n"
    for name, title in (("pay_way", "付款方式"), ("back_way", "退款方式"))
)


def test_an_error_that_is_a_2xx_is_no_result() -> None:
    page = changed(text("official_shop.md"), "## 错误码\n", ACCEPTED)
    made = scaffold(sources.parse(page, "page"))
    response = tree(made)["paths"]["/v3/shop/{shop_no}/orders"]["post"]["responses"]["202"]
    assert response["x-error-name"] == "StillBuilding"
    (operation,) = openapi.read_text(made, "scaffold").operations
    assert {one.status for one in operation.responses} == {"200", "204"}


ACCEPTED = """## 错误码

### 业务错误码

| 状态码 | 错误码 | 描述 | 解决方案 |
| --- | --- | --- | --- |
| 202 | STILL_BUILDING | 还在造 | 再查 |

"""


def test_upload_is_multipart() -> None:
    made = tree(scaffold(read("official_upload.md")))
    body = made["paths"]["/v3/shop/media"]["post"]["requestBody"]["content"]
    assert list(body) == ["multipart/form-data"]
    file = made["components"]["schemas"]["CreateShopMediaRequest"]["properties"]["file"]
    assert (file["type"], file["format"]) == ("string", "binary")


def test_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scaffold", str(PAGES / "official_create.md")]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("# Started from ")
    assert told.err.startswith(f"{told.out.count('TODO: ')} TODO; linter and generator refuse")
    assert "1 decide whether a call may be retried" in told.err


def test_what_is_not_understood_is_left_to_a_person() -> None:
    page = changed(text("official_create.md"), "### Body 参数", "### 别的参数")
    document = scaffold(sources.parse(page, "page"))
    assert "TODO: not understood, line 28: a table" in document
    validate(tree(document))


def test_no_scaffold_without_an_operation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "page.md"
    path.write_text("请求方式：【POST】 见下\n", encoding="utf-8")
    assert main(["scaffold", str(path)]) == 2
    assert "no operation to start from\n  not understood, line 1" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["community_shop.md", "official_shop.md"])
def test_a_client_can_be_generated_from_it(name: str, tmp_path: Path) -> None:
    """From a documentation page to a typed client: the rest is filling in the TODOs."""
    spec = tmp_path / "openapi.yaml"
    spec.write_text(scaffold(read(name)), encoding="utf-8")
    package = generate(spec=spec, output=tmp_path / "generated", draft=True)
    assert list(package.glob("api/shop/*.py"))


def test_a_client_of_a_scaffold_demands_verified_responses() -> None:
    (scheme,) = tree(scaffold(read("official_create.md")))["components"]["securitySchemes"].values()
    assert scheme["x-wechatpay-signature"]["response"]["required-on"] == "2XX"
