"""A scaffold that goes into a spec takes on its ways, and leaves its lines as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate
from ruamel.yaml import YAML

from generator.__main__ import main
from generator.docs import openapi, sources
from generator.docs.compare import compare
from generator.docs.merging import into
from generator.docs.model import UnreadableError

from .frames import HEAD, official
from .support import PAGES

SPEC = """\
openapi: 3.0.3
info: {title: Toys, version: 0.1.0}
# Where it stands.
servers:
  - url: https://api.mch.weixin.qq.com
tags: [{name: toys}]
paths:
  /v3/toy/{id}:
    parameters:
      - $ref: "#/components/parameters/Language"
    get:
      operationId: queryToy
      tags: [toys]
      parameters:
        - {name: id, in: path, required: true, schema: {type: string, maxLength: 32}}
      responses:
        "200":
          description: A toy.
          headers: {Request-ID: {$ref: "#/components/headers/Request-ID"}}
        "202": {$ref: "#/components/responses/Later"}
        "400": {$ref: "#/components/responses/Bad"}
        default: {$ref: "#/components/responses/Other"}
  # The last path.

components:
  headers:
    Request-ID: {schema: {type: string}}
  parameters:
    Language: {name: Accept-Language, in: header, schema: {type: string}, x-client-option: language}
    Size: {name: size, in: query, required: true, schema: {type: string, maxLength: 16}}
  responses:
    Later: {description: Later., x-error-name: Later}
    Bad: {description: Bad.}
    Other: {description: Other.}
  schemas:
    Colour: {type: string, enum: [OPEN, SHUT]}
    # After the last schema.
"""

LISTED = "可选取值：<br>OPEN：开<br>SHUT：关"
PAGE = official(
    "| size | string(16) | true | 【大小】 |",
    method="GET",
    path="/v3/toy/parts",
    place="Query",
    rows=(
        "| box | object | false | 【盒】 |",
        f"| box.state | string | true | 【状态】{LISTED} |",
        f"| box.old_state | string | true | 【旧状态】{LISTED} |",
    ),
    after="## 业务错误码\n\n| 状态码 | 错误码 | 描述 | 解决方案 |\n| --- | --- | --- | --- |\n"
    "| 400 | PARAM_ERROR | 错 | 查 |\n| 403 | NO_AUTH | 无权 | 查 |\n",
)
ANOTHER_METHOD = official(
    method="DELETE",
    path="/v3/toy/{toy_id}",
    before=f"### Path 参数\n\n{HEAD}| toy_id | string(32) | true | 【玩具】 |\n\n",
    response="204 No Content\n\n无应答包体\n",
    rows=(),
)


def merged(page: str, spec: str = SPEC) -> dict[str, Any]:
    reader: Any = YAML(typ="safe")
    found: dict[str, Any] = reader.load(
        into(spec, "spec.yaml", sources.parse(page, "4010000001.md"))
    )
    validate(found)
    return found


def test_lines_stay_as_they_are() -> None:
    """Comments and order too: lines are added, and none is changed."""
    made = into(SPEC, "spec.yaml", sources.parse(PAGE, "4010000001.md")).split("\n")
    left = iter(made)
    assert all(line in left for line in SPEC.split("\n"))


def test_it_agrees_with_its_page() -> None:
    page = sources.parse(PAGE, "4010000001.md")
    found = compare(page, openapi.read_text(into(SPEC, "spec.yaml", page), "spec.yaml"))
    assert (found.differences, found.not_understood) == ((), ())


def test_it_takes_on_the_ways_of_the_spec() -> None:
    made = merged(PAGE)
    operation = made["paths"]["/v3/toy/parts"]["get"]
    assert operation["tags"] == ["toys"]
    assert operation["parameters"] == [
        {"$ref": "#/components/parameters/Language"},
        {"$ref": "#/components/parameters/Size"},
    ]
    responses = operation["responses"]
    assert list(responses["200"]["headers"]) == ["Request-ID"]
    other = {"$ref": "#/components/responses/Other"}
    assert responses["202"] == {"$ref": "#/components/responses/Later"}
    assert responses["400"] == {"$ref": "#/components/responses/Bad"}
    assert responses["403"] == responses["default"] == other
    state = made["components"]["schemas"]["QueryToyPartsResponseBox"]["properties"]["state"]
    assert state["allOf"] == [{"$ref": "#/components/schemas/Colour"}]
    assert set(made["components"]["schemas"]) == {
        "Colour",
        "QueryToyPartsResponse",
        "QueryToyPartsResponseBox",
    }


def test_a_method_joins_its_path() -> None:
    """The path parameter has the name that the spec gives it."""
    made = merged(ANOTHER_METHOD)
    assert list(made["paths"]) == ["/v3/toy/{id}"]
    assert list(made["paths"]["/v3/toy/{id}"]) == ["parameters", "get", "delete"]
    (parameter,) = made["paths"]["/v3/toy/{id}"]["delete"]["parameters"]
    assert (parameter["name"], parameter["in"]) == ("id", "path")


def test_an_operation_that_is_there_is_not_added_twice() -> None:
    once = into(SPEC, "spec.yaml", sources.parse(PAGE, "4010000001.md"))
    with pytest.raises(UnreadableError, match=r"has GET /v3/toy/parts already: compare"):
        into(once, "spec.yaml", sources.parse(PAGE, "4010000001.md"))


def test_a_spec_on_one_line_is_refused() -> None:
    spec = 'openapi: 3.0.3\npaths: {/v3/a: {get: {responses: {"200": {description: A}}}}}\n'
    with pytest.raises(UnreadableError, match="line 2: nothing can be added here"):
        into(spec, "spec.yaml", sources.parse(PAGE, "4010000001.md"))


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "openapi.yaml"
    spec.write_text(SPEC, encoding="utf-8")
    assert main(["scaffold", str(PAGES / "official_upload.md"), "--into", str(spec)]) == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert "decide whether a call may be retried" in told.err
    assert "/v3/shop/media:" in spec.read_text(encoding="utf-8")
    assert main(["scaffold", str(PAGES / "official_upload.md"), "--into", str(spec)]) == 2


def test_a_notice_is_added_once() -> None:
    notice = sources.parse(NOTICE, "notice.md")
    once = into(SPEC, "spec.yaml", notice)
    (webhook,) = merged(NOTICE)["x-webhooks"].values()
    assert webhook["post"]["x-notice"]["events"] == ["TOY.MADE"]
    with pytest.raises(UnreadableError, match=r"has the notices TOY\.MADE already"):
        into(once, "spec.yaml", notice)


NOTICE = """# 造好通知

造好后平台发出回调通知。

| 参数名 | 类型 | 必填 | 描述 |
| --- | --- | --- | --- |
| id | string(36) | true | 【编号】 |
| event_type | string(32) | true | 【类型】TOY.MADE |
| resource | object | true | 【数据】 |

### 解密后的数据

| 参数名 | 类型 | 必填 | 描述 |
| --- | --- | --- | --- |
| toy_id | string(32) | true | 【玩具】 |
"""
