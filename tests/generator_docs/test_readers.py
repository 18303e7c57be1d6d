"""Every trap of the markup is read as what it means, or listed as not understood."""

from __future__ import annotations

import pytest

from generator.docs import facts, markdown, sources, values
from generator.docs.blocks import Table
from generator.docs.model import Length, UnreadableError

from .support import changed, read, stated, text


def test_official_names_and_nesting() -> None:
    page = read("official_shop.md")
    assert page.notes == ()
    (operation,) = page.operations
    assert operation.name == "POST /v3/shop/{shop_no}/orders"
    assert operation.hosts == ("https://api.mch.weixin.qq.com", "https://api2.mch.weixin.qq.com")
    fields = stated(page)
    assert fields["body amount.from"].type == "array of object"
    assert fields["body amount.from.account"].path == ("amount", "from", "account")
    assert fields["body tags"].type == "array of string"
    assert fields["query dry_run"].type == "boolean"
    assert fields["body amount.total"].type == "integer"
    assert fields["response goods.sku"].path == ("goods", "sku")
    assert fields["header Wechatpay-Serial"].required is True


def test_official_merged_and_repeated_names() -> None:
    fields = stated(read("official_shop.md"))
    assert fields["body openid"].line == fields["body sub_openid"].line
    assert [name for name in fields if name.startswith("response order_id")] == [
        "response order_id"
    ]


def test_official_escaped_pipes_stay_in_their_cell() -> None:
    shop = stated(read("official_shop.md"))["path shop_no"]
    assert "_-|*，或 a | b" in shop.description
    assert shop.length == Length(1, 32)


def test_official_replies_take_turns() -> None:
    (operation,) = read("official_shop.md").operations
    assert [(response.status, response.empty) for response in operation.responses] == [
        ("200", False),
        ("204", True),
    ]


def test_official_error_rows_may_repeat_a_code() -> None:
    (operation,) = read("official_shop.md").operations
    assert [(row.status, row.code, row.kind) for row in operation.errors or ()] == [
        ("400", "PARAM_ERROR", "common"),
        ("400", "PARAM_ERROR", "business"),
        ("400", "PARAM_ERROR", "business"),
        ("429", "FREQUENCY_LIMIT_EXCEED", "business"),
    ]


def test_official_upload_and_a_second_operation() -> None:
    page = read("official_upload.md")
    assert page.notes == ()
    assert [one.name for one in page.operations] == [
        "POST /v3/shop/media",
        "DELETE /v3/shop/media/{media_id}",
    ]
    assert page.operations[0].content == "multipart/form-data"
    fields = stated(page)
    assert fields["body file"].type == "file"
    assert fields["body meta.filename"].length == Length(None, 128)
    assert stated(page, 1)["path media_id"].required is None


def test_community_upload() -> None:
    page = read("community_shop.md")
    assert page.notes == ()
    upload = page.operations[0]
    assert (upload.method, upload.path) == ("POST", "/v3/shop/cases/{case_id}/files")
    assert upload.content == "multipart/form-data"
    fields = stated(page)
    assert fields["path case_id"].required is True
    assert fields["body file"].type == "file"
    assert fields["body meta"].encoded
    assert fields["body meta.file_name"].required is True
    assert fields["body meta.item_id"].type == "number"


def test_community_path_that_ends_in_a_slash() -> None:
    page = text("community_shop.md").replace("{case_id}/files'", "{case_id}/files/{empty}'")
    assert sources.parse(page, "page").operations[0].path == "/v3/shop/cases/{case_id}/files/"


def test_community_containers_groups_and_values() -> None:
    page = read("community_shop.md")
    patch = page.operations[1]
    assert (patch.method, patch.path) == ("PATCH", "/v3/shop/cases/{case_id}")
    assert [(response.status, response.empty) for response in patch.responses] == [("204", True)]
    fields = stated(page, 1)
    assert fields["body state"].values == ("OPEN", "SHUT", "PARKING SPACE")
    assert fields["body version"].values == ("3.0",)
    assert fields["body goods.sku"].path == ("goods", "sku")
    assert fields["body goods.sizes"].type == "array of number"
    assert fields["body note"].encoded
    assert fields["body note.text"].required is True
    assert fields["path case_id"].line == 47
    assert fields["query page"].required is False
    assert fields["header Wechatpay-Serial"].place == "header"


def test_extracted_html_states_no_place() -> None:
    """Text that lost its attributes still is a table, but says no more where a field goes."""
    page = text("community.html").replace(' data-indent="1"', "").replace(' data-required=""', "")
    found = sources.parse(page, "page")
    assert {one.required for one in found.operations[0].fields} == {None}
    assert stated(found)["request sub_mchid"].line == 10
    assert found.notes == ()


def test_cells_that_span_rows() -> None:
    """Old error tables say a status once for several codes."""
    table = (
        "<table><tr><th>状态码</th><th>错误码</th><th>描述</th></tr>"
        "<tr><td rowspan='2'>403</td><td>NO_AUTH</td><td>甲</td></tr>"
        "<tr><td>NOT_ENOUGH</td><td>乙</td></tr><tr><td>404</td><td>GONE</td><td>丙</td></tr></table>"
    )
    page = text("oldest.html").replace("</body>", f"<h2>错误码</h2>{table}</body>")
    (operation,) = sources.parse(page, "page").operations
    assert [(row.status, row.code) for row in operation.errors or ()] == [
        ("403", "NO_AUTH"),
        ("403", "NOT_ENOUGH"),
        ("404", "GONE"),
    ]


@pytest.mark.parametrize(
    ("cell", "kind", "length"),
    [
        ("string(32)", "string", Length(None, 32)),
        ("string[1, 32]", "string", Length(1, 32)),
        ("string（6-32）", "string", Length(6, 32)),
        ("int", "integer", None),
        ("Object", "object", None),
        ("message", "file", None),
        ("array[object]", "array of object", None),
        ("object[]", "array of object", None),
        ("array<string>", "array of string", None),
        ("array", "array", None),
        ("", None, None),
        ("integer(int64)", "integer", None),
        ("widget", "widget", None),
    ],
)
def test_types(cell: str, kind: str | None, length: Length | None) -> None:
    assert facts.typed(cell) == (kind, length)


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("**【账户】** BASIC 基本<br>OPERATION 运营", ("BASIC", "OPERATION")),
        ("【账户】BASIC：基本<br/>OPERATION：运营", ("BASIC", "OPERATION")),
        ("【账户】BASIC : 基本<br>OPERATION : 运营", ("BASIC", "OPERATION")),
        ("GLOBAL- 全场<br>SINGLE- 单品", ("GLOBAL", "SINGLE")),
        ("GLOBAL—全场<br>SINGLE—单品", ("GLOBAL", "SINGLE")),
        ("<ul><li>OPEN：开</li><li>SHUT：关</li></ul>", ("OPEN", "SHUT")),
        ("下面枚举值多选一。<br>枚举值：<br>ONE : 可用<br>TWO : 不可用", ("ONE", "TWO")),
        ("结果，枚举值：SUCCESS FAIL REFUND", ("SUCCESS", "FAIL", "REFUND")),
        ("枚举值：A、B、C", ("A", "B", "C")),
        ("枚举值：OK：好；NO：坏；", ("OK", "NO")),
        ("`MD5` \\| `HMAC-SHA256` 枚举值之一", ("MD5", "HMAC-SHA256")),
        ("`3.0` 枚举值", ("3.0",)),
        ("摘要算法 `SM3`枚举值", ("SM3",)),
        ("A\\_B : 垫付<br>SUB : 默认<br>注意：若传 SUB，须开通", ("A_B", "SUB")),
        ("说明<br>AVAILABLE：可用", ("AVAILABLE",)),
        ("可选取值：<br>1：小<br>2：大", ("1", "2")),
        (
            "一句话。<br>可选取值<br><ul><li>`low`:  低</li><li>`high`:  高</li></ul>",
            ("low", "high"),
        ),
        (
            "甲时，选择此枚举值：<br>`A_1`：一<br>乙时，选择以下枚举值之一：<br>`A_1`：一<br>`A_2`：二",
            ("A_1", "A_2"),
        ),
        (
            "可选取值<br><ul><li>`RED_ONLY`: 只有红。<br>- `blue_fee`、 `green_fee` 之和为0。</li>"
            "<li>`blue_fee`、 `green_fee` 之和为0。</li><li>`RED_BLUE`: 红和蓝</li></ul>",
            ("RED_ONLY", "RED_BLUE"),
        ),
        (
            "可选取值：<br><ul><li>`OLD_FORM`: 旧表：<br>[下载](https://example.com/a)</li></ul>"
            "<br><ul><li>`NEW_FORM`: 新表</li></ul>",
            ("OLD_FORM", "NEW_FORM"),
        ),
        (
            "1、小店可选择：<br>OWNER：店主。<br>2、公司可选择：<br>OWNER：店主、<br>CLERK：店员。",
            ("OWNER", "CLERK"),
        ),
        (
            "枚举值如下。<br>`2401`：小店。<br>`4`：个体。<br>`2`：公司。",
            ("2401", "4", "2"),
        ),
        (
            "可选取值<br><ul><li>`LAY_NONE`:</li><li>`LAY_ROW`: 横</li></ul>",
            ("LAY_NONE", "LAY_ROW"),
        ),
        ("【围】 WHOLE：全场；PART：单品", ("WHOLE", "PART")),
        ("枚举值：WHOLE：全场券PART：单品券。", ("WHOLE", "PART")),
        ("两种：<br>1、PREPAID：已付；<br>2、UNPAID：未付。", ("PREPAID", "UNPAID")),
        ("两种：1、PREPAID：已付；2、UNPAID：未付。", ("PREPAID", "UNPAID")),
        ("标识。1:简易; 2:稀有; 3:减按3%; 4:100%退", ("1", "2", "3", "4")),
        ("开关，ONLINE-开，OFFLINE-关 可选取值", ("ONLINE", "OFFLINE")),
        ("方式(0-线上/1-线下)", ("0", "1")),
        (
            "(1)、先付：只能传以下枚举值：<br>PAWN：押<br>EARNEST：定<br>(2)、后付：只能传“COST”，估算",
            ("PAWN", "EARNEST", "COST"),
        ),
        (
            "可选取值<br><ul><li>`SEX`: 性别</li><li>`BIRTH`: 生日，yyyy-MM-DD</li></ul>",
            ("SEX", "BIRTH"),
        ),
        ("枚举值：<br>- DONE：好<br>- LOST：丢", ("DONE", "LOST")),
        ("枚举值：DONE 好；LOST 丢", ("DONE", "LOST")),
        ("类别<br>DONE:好，LOST:丢", ("DONE", "LOST")),
        ("包括：DONE：好；<br>LOST：丢；", ("DONE", "LOST")),
        ("枚举值：<br>1. DONE：好<br>2. LOST：丢", ("DONE", "LOST")),
        ("枚举值：<br>DONE:好，LOST:丢", ("DONE", "LOST")),
        ("取值为“DONE”或“LOST”", ("DONE", "LOST")),
        ("枚举值：DONE（好）、LOST（丢）", ("DONE", "LOST")),
        ("可选取值<br><ul><li>`In Use`: 用</li><li>`Idle`: 闲</li></ul>", ("In Use", "Idle")),
        ("写法：<br>YYYY-MM-DDTHH:mm:ssZ<br>YYYY-MM-DDTHH:mm:ss.SSSZ", None),
        ("1、状态为<br>NEED_PROOF，会返回此链接。<br>2、可转为二维码。", None),
        ("枚举可选的字段枚举值", None),
        ("营业 09:00-20:00；周末 10:00-22:00", None),
        ('报错如下。<br>"123456789:找不到;1234567:出错"', None),
        ("取值范围：1-50", None),
        ("【应用】APPID 是平台给的编号", None),
        ("遵循ISO 4217标准，目前只支持人民币：CNY", None),
        ("1、定义：一<br>2、格式：二", None),
        ("时间，遵循rfc3339标准格式，T出现在字符串中", None),
    ],
)
def test_values(description: str, expected: tuple[str, ...] | None) -> None:
    (table,) = markdown.blocks(f"| a |\n| --- |\n| {description} |\n")
    assert isinstance(table, Table)
    assert values.listed(table.rows[0].cells[0].lines).sure == expected


@pytest.mark.parametrize(
    ("description", "doubt"),
    [
        ("枚举值：见下表", "announced"),
        ("可选取值：<br>`RED`: 红<br>说明<br>`BLUE` 蓝", "these may be more: BLUE"),
        ("可选取值：<br>`RED`: 红<br>- `BLUE`: 蓝", "these may be more: BLUE"),
        ("可选取值：<br>`RED`: 红<br>`none`: 无", "these may be more: none"),
    ],
)
def test_what_may_be_a_value_is_never_dropped_in_silence(description: str, doubt: str) -> None:
    (table,) = markdown.blocks(f"| a |\n| --- |\n| {description} |\n")
    assert isinstance(table, Table)
    assert doubt in values.listed(table.rows[0].cells[0].lines).doubt


ROW = "| sub_mchid | string(32) | true | **【二级商户号】** 测试页：出钱的商户 |"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (ROW, ROW.replace("sub_mchid", "二级商户号"), "not the name of a field"),
        (ROW, ROW.replace("true", "也许"), "not understood whether required"),
        (ROW, ROW.replace("测试页", "枚举值：见下表"), "announced, but no list is understood"),
        (ROW, ROW.replace("测试页", "a | b"), "more cells than the head has columns"),
        ("| 403 | NOT\\_ENOUGH |", "| 余额 | 不足 |", "not an error"),
        ("### Body 参数", "### 别的参数", "a table that is not understood"),
    ],
)
def test_what_is_not_understood_is_listed(old: str, new: str, told: str) -> None:
    page = changed(text("official_create.md"), old, new)
    notes = sources.parse(page, "page").notes
    assert [told in note.text for note in notes] == [True]
    expected = text("official_create.md")[: text("official_create.md").index(old)].count("\n") + 1
    assert notes[0].line - expected in {0, 1}


SUB = "| sub_mchid {data-required data-indent=1} |"
CALL = "$instance->chain('v3/ecommerce/refunds/{refund_id}/return-advance')"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (SUB, "| sub_mchid {data-indent=3} |", "nested below nothing"),
        (SUB, '| sub_mchid {data-indent="1} |', "attributes are not understood"),
        (CALL, CALL.replace("-advance", ""), "the samples call two paths"),
        ("| 返回字典 |", "| 别的字典 |", "a table that is not understood"),
    ],
)
def test_community_oddities_are_listed(old: str, new: str, told: str) -> None:
    create = text("community_mixed.md").partition("## 查询")[0]
    notes = sources.parse(changed(create, old, new), "page").notes
    assert [told in note.text for note in notes] == [True]


@pytest.mark.parametrize(
    ("page", "told"),
    [
        ("", "is empty"),
        ("# 指南\n\n怎样接入。\n", "neither an official page"),
        ("<html><body><p>Not found</p></body></html>", "HTML without tables"),
    ],
)
def test_pages_that_are_none(page: str, told: str) -> None:
    with pytest.raises(UnreadableError, match=told):
        sources.parse(page, "page")
