"""Every kind of change of a page is reported as exactly that, with both lines, and nothing else."""

from __future__ import annotations

import pytest

from .support import SPEC, changed, compared, text

REFUND_RESPONSE = "| refund_id | string(32) | true | **【微信退款单号】** 测试页：同路径 |"
ADVANCE = "| advance_return_id | string(32) | true |"
AMOUNT = "| return_amount | integer | true |"
RESULT = "| result | string(32) | true |"
PAYER = "| payer_account | string(32) | true | **【出款方账户】** BASIC 基本<br>OPERATION 运营 |"
NOT_ENOUGH = "| 403 | NOT\\_ENOUGH | 测试 | 处理 |"
SUB = "| sub_mchid | string(32) | true |"
STATUS = "\n200 OK\n\n| 参数名"

OFFICIAL = {
    "renamed": (
        ADVANCE,
        ADVANCE.replace("advance_return_id", "return_id"),
        "field renamed",
        "response 200 advance_return_id",
        "advance_return_id",
        "return_id",
    ),
    "renamed with another title": (
        ADVANCE + " **【微信回补单号】**",
        "| return_id | string(32) | true | **【回补号】**",
        "field renamed",
        "response 200 advance_return_id",
        "advance_return_id",
        "return_id",
    ),
    "path parameter renamed in the path": (
        "{refund_id}/return-advance`",
        "{refund_no}/return-advance`",
        "field renamed",
        "path refund_id",
        "refund_id",
        "refund_no",
    ),
    "retyped": (
        AMOUNT,
        AMOUNT.replace("integer", "number"),
        "type",
        "response 200 return_amount",
        "integer",
        "number",
    ),
    "retyped to text": (
        AMOUNT,
        AMOUNT.replace("integer", "string(32)"),
        "type",
        "response 200 return_amount",
        "integer",
        "string",
    ),
    "made an array": (
        AMOUNT,
        AMOUNT.replace("integer", "array[integer]"),
        "type",
        "response 200 return_amount",
        "integer",
        "array of integer",
    ),
    "new value": (
        PAYER,
        PAYER.replace("运营 |", "运营<br>FUND 资金 |"),
        "values",
        "response 200 payer_account",
        "BASIC, OPERATION",
        "BASIC, OPERATION, FUND",
    ),
    "value removed": (
        PAYER,
        PAYER.replace("<br>OPERATION 运营", ""),
        "values",
        "response 200 payer_account",
        "BASIC, OPERATION",
        "BASIC",
    ),
    "all values removed": (
        PAYER,
        PAYER.replace("BASIC 基本<br>OPERATION 运营", "一种账户"),
        "values",
        "response 200 payer_account",
        "BASIC, OPERATION",
        "none",
    ),
    "values for a free text": (
        ADVANCE + " **【微信回补单号】** 测试页：回补编号",
        ADVANCE + " **【微信回补单号】** 枚举值：<br>ONE：一<br>TWO：二",
        "values",
        "response 200 advance_return_id",
        "none",
        "ONE, TWO",
    ),
    "longer": (
        ADVANCE,
        ADVANCE.replace("32", "64"),
        "length",
        "response 200 advance_return_id",
        "32",
        "64",
    ),
    "shorter in the request": (
        SUB,
        SUB.replace("32", "16"),
        "length",
        "body sub_mchid",
        "32",
        "16",
    ),
    "unlimited": (
        ADVANCE,
        ADVANCE.replace("(32)", ""),
        "length",
        "response 200 advance_return_id",
        "32",
        "any",
    ),
    "a lower limit": (
        ADVANCE,
        ADVANCE.replace("(32)", "[6, 32]"),
        "length",
        "response 200 advance_return_id",
        "1 to 32",
        "6 to 32",
    ),
    "optional": (
        RESULT,
        RESULT.replace("true", "false"),
        "required",
        "response 200 result",
        "required",
        "optional",
    ),
    "required": (
        "| success_time | string(64) | false |",
        "| success_time | string(64) | true |",
        "required",
        "response 200 success_time",
        "optional",
        "required",
    ),
    "dropped": (
        ADVANCE + " **【微信回补单号】** 测试页：回补编号 |\n",
        "",
        "field removed",
        "response 200 advance_return_id",
        "required string(32)",
        "",
    ),
    "added": (
        AMOUNT,
        f"| currency | string(16) | false | 【币种】 |\n{AMOUNT}",
        "field added",
        "response 200 currency",
        "",
        "optional string(16)",
    ),
    "added with fields": (
        AMOUNT,
        f"| fee | object | false | 【费】 |\n| fee.total | integer | true | 【费】 |\n{AMOUNT}",
        "field added",
        "response 200 fee",
        "",
        "optional object",
    ),
    "nested": (
        ADVANCE,
        ADVANCE.replace("advance_return_id", "refund_id.advance_return_id"),
        "nesting",
        "response 200 advance_return_id",
        "advance_return_id",
        "refund_id.advance_return_id",
    ),
    "moved to the query": (
        "### Body 参数",
        "### Query 参数",
        "location",
        "body sub_mchid",
        "body",
        "query",
    ),
    "moved path": (
        "/return-advance`",
        "/return-advances`",
        "operation moved",
        "operation",
        "POST /v3/ecommerce/refunds/{refund_id}/return-advance",
        "POST /v3/ecommerce/refunds/{refund_id}/return-advances",
    ),
    "other method": (
        "【POST】",
        "【PUT】",
        "operation moved",
        "operation",
        "POST /v3/ecommerce/refunds/{refund_id}/return-advance",
        "PUT /v3/ecommerce/refunds/{refund_id}/return-advance",
    ),
    "new error": (
        NOT_ENOUGH,
        f"{NOT_ENOUGH}\n| 403 | RULE\\_LIMIT | 测试 | 处理 |",
        "error added",
        "error RULE_LIMIT",
        "",
        "403 RULE_LIMIT business",
    ),
    "error dropped": (
        f"{NOT_ENOUGH}\n",
        "",
        "error removed",
        "error NOT_ENOUGH",
        "403 NOT_ENOUGH business",
        "",
    ),
    "error with another status": (
        NOT_ENOUGH,
        NOT_ENOUGH.replace("403", "400"),
        "error status",
        "error NOT_ENOUGH",
        "403 NOT_ENOUGH business",
        "400 NOT_ENOUGH business",
    ),
    "other host": (
        "https://api2.mch.weixin.qq.com",
        "https://api3.mch.weixin.qq.com",
        "host",
        "host",
        "https://api2.mch.weixin.qq.com",
        "https://api3.mch.weixin.qq.com",
    ),
    "other response status": (
        STATUS,
        STATUS.replace("200 OK", "201 Created"),
        "response status",
        "response",
        "200",
        "201",
    ),
}


def line_with(text: str, part: str) -> int:
    return next(n for n, line in enumerate(text.split("\n"), start=1) if part in line)


@pytest.mark.parametrize("name", OFFICIAL)
def test_official(name: str) -> None:
    old, new, *expected = OFFICIAL[name]
    page = changed(text("official_create.md"), old, new)
    found = compared(page)
    assert found.not_understood == ()
    assert found.unreadable == ""
    assert [[one.kind, one.subject, one.spec, one.page] for one in found.differences] == [expected]
    assert found.exit_code == 1
    (difference,) = found.differences
    assert difference.advice
    assert 0 < difference.page_line <= page.count("\n")
    assert 0 < difference.spec_line <= SPEC.read_text(encoding="utf-8").count("\n")


@pytest.mark.parametrize(
    ("old", "new", "kind", "subject"),
    [
        ("advance_return_id", "return_id", "field renamed", "response 200 advance_return_id"),
        (
            "| return_amount {data-required} | integer",
            "| return_amount {data-required} | number",
            "type",
            "response 200 return_amount",
        ),
        (
            "| success_time |",
            "| success_time {data-required} |",
            "required",
            "response 200 success_time",
        ),
        ("| result {data-required} |", "| result |", "required", "response 200 result"),
        (
            "| payee_mchid {data-required} | string | 入账方商户号\n",
            "",
            "field removed",
            "response 200 payee_mchid",
        ),
        (
            "| payee_mchid {",
            "| currency | string | 币种\n| payee_mchid {",
            "field added",
            "response 200 currency",
        ),
        (
            "| 出款方账户\n",
            "| 出款方账户<br/>`BASIC` \\| `OPERATION` \\| `FUND` 枚举值之一\n",
            "values",
            "response 200 payer_account",
        ),
    ],
)
def test_community(old: str, new: str, kind: str, subject: str) -> None:
    create, mark, query = text("community_mixed.md").partition("## 查询")
    # Both operations list the same fields: only the first is changed.
    found = compared(changed(create, old, new) + mark + query)
    assert [(one.kind, one.subject) for one in found.differences] == [(kind, subject)]
    assert found.differences[0].operation.startswith("POST ")
    assert found.not_understood == ()


def test_community_method() -> None:
    page = text("community_mixed.md").replace("{#get}", "{#put}")
    found = compared(page.replace("->get", "->put"))
    assert [(one.kind, one.page.split()[0]) for one in found.differences] == [
        ("operation moved", "PUT")
    ]


def test_lines() -> None:
    page = changed(text("official_create.md"), ADVANCE, ADVANCE.replace("32", "64"))
    (difference,) = compared(page).differences
    assert difference.page_line == line_with(page, "| advance_return_id |")
    spec = SPEC.read_text(encoding="utf-8").split("\n")
    assert spec[difference.spec_line - 1] == "        advance_return_id:"


def test_error_table_without_statuses_or_kinds() -> None:
    """What a table has no column for is not compared; the codes still are."""
    page = (
        text("official_create.md").replace("### 公共错误码\n", "").replace("### 业务错误码\n", "")
    )
    for status in ("400", "401", "403", "404", "500"):
        page = page.replace(f"| {status} | ", "| ")
    page = page.replace("| 状态码 | 错误码 |", "| 错误码 |")
    page = page.replace("| --- | --- | --- | --- |\n", "| --- | --- | --- |\n")
    assert compared(page).differences == ()
    found = compared(changed(page, "| NOT\\_ENOUGH |", "| RULE\\_LIMIT |"))
    assert sorted(one.kind for one in found.differences) == ["error added", "error removed"]


def test_lines_of_what_one_of_them_lacks() -> None:
    """Where the fact belongs: after the last field of the same object, at the end of the table."""
    page = text("official_create.md")
    added = "| currency | string(16) | false | 【币种】 |\n"
    (difference,) = compared(changed(page, AMOUNT, added + AMOUNT)).differences
    spec = SPEC.read_text(encoding="utf-8").split("\n")
    assert spec[difference.spec_line - 1] == "        success_time:"
    (difference,) = compared(changed(page, f"{NOT_ENOUGH}\n", "")).differences
    assert "SYSTEM\\_ERROR" in page.split("\n")[difference.page_line]
    assert "NOT_ENOUGH" in spec[difference.spec_line - 1]


def test_two_changes_are_two_differences() -> None:
    page = changed(text("official_create.md"), ADVANCE, ADVANCE.replace("32", "64"))
    found = compared(changed(page, NOT_ENOUGH, NOT_ENOUGH.replace("403", "400")))
    assert sorted(one.kind for one in found.differences) == ["error status", "length"]


def test_operation_that_the_spec_lacks() -> None:
    found = compared(text("official_shop.md"))
    assert [(one.kind, one.page) for one in found.differences] == [
        ("operation added", "POST /v3/shop/{shop_no}/orders")
    ]


def test_official_page_that_describes_another_operation_now() -> None:
    found = compared(text("official_upload.md"), "https://example.com/4012476927.md")
    assert [(one.kind, one.spec) for one in found.differences if one.spec] == [
        ("operation removed", "POST /v3/ecommerce/refunds/{refund_id}/return-advance")
    ]


def test_response_without_a_body() -> None:
    page = text("official_create.md")
    start, end = page.index("200 OK\n\n| 参数名"), page.index("## 错误码")
    found = compared(page[:start] + "200 OK\n\n无应答包体\n" + page[end:])
    assert [one.kind for one in found.differences] == ["response body"]


def test_most_fields_lost() -> None:
    """A table whose head changed is a page that is not understood, not nine removed fields."""
    page = text("official_create.md")
    start, end = page.index("200 OK\n\n| 参数名"), page.index("## 错误码")
    found = compared(page[:start] + page[end:])
    assert found.differences == ()
    assert "has lost 9 of 11 fields" in found.not_understood[0].text
    assert found.exit_code == 2
