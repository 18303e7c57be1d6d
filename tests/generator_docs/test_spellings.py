"""Types, marks, places, methods, columns and statuses in every way that pages spell them."""

from __future__ import annotations

import pytest

from generator.docs.model import Length, Operation, Page

from .frames import community, fields, official, operation, parsed, ways

TEXTS = r"""
string(1-32)
string（1，32）
string [1, 32]
String(1~32)
string{1,32}
`string[1,32]`
string\[1,32\]
string&lt;1,32&gt;
ｓｔｒｉｎｇ(1,32)
string(1-32字节)
"""
ARRAYS = r"""
array<string>
List<String>
array&lt;string&gt;
string array
[]string
string(32)[]
array[string(32)]
array of string
array（string）
"""
BODIES = r"""
### Form-data 参数
### FormData
### multipart/form-data 参数
### Request Body 参数
### 请求包体参数
### 请求体
### Body（JSON）
### 2. Body 参数
### body包体参数
### 请求参数（Body）
**Body 参数**
### Body 参数：
"""
TITLES = r"""
参数名：参数名称
参数名：Name
必填：是否必须
类型：数据类型
类型：类型[长度]
描述：备注
参数名：**字段 名**
"""
METHODS = r"""
请求方式：POST `/v3/toy/orders`
请求方式:【POST】/v3/toy/orders
请求方式：`POST` `/v3/toy/orders`。
请求方法：[POST] `/v3/toy/orders`
请求方式：【POST】⏎`/v3/toy/orders`
请求方式 【 post 】 /v3/toy/orders?a=1
**请求方式**：【POST】 https://toy.example.com/v3/toy/orders
- 请求方式：【POST】 `/v3/toy/orders` （新）
"""
FILES = r"""
返回图片的二进制内容
应答为文件流
返回账单文件
下载的账单文件。
200 OK⏎返回文件内容
"""
EMPTY = r"""
202 Accepted
状态码：202⏎无应答包体
HTTP/1.1 202 Accepted⏎无
202（已受理）⏎本接口无返回数据。
HTTP状态码为202，无包体
> 202 Accepted⏎响应为空
"""
ROW = "| tags | string(8) | true | 【文】 |"


def tags(page: str) -> tuple[str | None, bool | None, Length | None]:
    """Return type, required and length of the field `tags` of a page without notes."""
    one = fields(operation(page))["body tags"]
    return one.type, one.required, one.length


@pytest.mark.parametrize(
    "spelt",
    ways(TEXTS),
)
def test_a_text_with_a_length(spelt: str) -> None:
    assert tags(official(ROW.replace("string(8)", spelt)))[::2] == ("string", Length(1, 32))


@pytest.mark.parametrize(
    "spelt",
    ways(ARRAYS),
)
def test_a_list_of_texts(spelt: str) -> None:
    assert tags(official(ROW.replace("string(8)", spelt)))[0] == "array of string"


@pytest.mark.parametrize("spelt", ["对象", "object（对象）", "map<string,string>", "Map[string]"])
def test_an_object(spelt: str) -> None:
    assert tags(official(ROW.replace("string(8)", spelt)))[0] == "object"


@pytest.mark.parametrize(
    ("spelt", "required"),
    [(spelt, True) for spelt in ("True", "是（必填）", "必须", "√", "Ｙ", "M")]
    + [(spelt, False) for spelt in ("FALSE", "否", "非必传", "×", "Ｎ", "可选(见描述)")],
)
def test_marks_of_what_is_required(spelt: str, required: bool) -> None:
    assert tags(official(ROW.replace("true", spelt)))[1] is required


@pytest.mark.parametrize(
    "heading",
    ways(BODIES),
)
def test_places(heading: str) -> None:
    page = official(ROW).replace("### Body 参数", heading)
    assert tags(page) == ("string", True, Length(None, 8))


@pytest.mark.parametrize("titles", ways(TITLES))
def test_columns(titles: str) -> None:
    old, new = titles.split("：")
    assert tags(official(ROW).replace(old, new)) == ("string", True, Length(None, 8))


def test_a_column_of_another_title_is_a_note() -> None:
    page = parsed(official(ROW).replace("| 类型 |", "| 格式 |"))
    assert {note.text for note in page.notes} == {"a column that is not understood: 格式"}


@pytest.mark.parametrize(
    "spelt",
    ways(METHODS),
)
def test_methods(spelt: str) -> None:
    page = official().replace("请求方式：【POST】 `/v3/toy/orders`", spelt)
    assert operation(page).name == "POST /v3/toy/orders"


def test_a_path_may_be_escaped() -> None:
    assert operation(official(path=r"/v3/toy/{toy\_id}")).path == "/v3/toy/{toy_id}"


def response(text: str) -> tuple[str | None, bool, bool]:
    (found,) = operation(official(response=f"{text}\n\n", rows=())).responses
    return found.status, found.empty, found.binary


@pytest.mark.parametrize("spelt", ways(FILES))
def test_files(spelt: str) -> None:
    assert response(spelt) == ("200", False, True)


@pytest.mark.parametrize(
    "spelt",
    ways(EMPTY),
)
def test_empty_responses(spelt: str) -> None:
    assert response(spelt) == ("202", True, False)


def test_a_file_in_the_body_makes_a_form() -> None:
    assert operation(official("| file | file | true | 【文】 |")).content == "multipart/form-data"


@pytest.mark.parametrize(
    ("head", "row"),
    [
        ("HTTP状态|错误码|错误描述|处理建议", "404 Not Found|TOY_LOST、TOY_GONE|无|查"),
        ("返回码|错误名称|原因|解决办法", "４０４|TOY_LOST/TOY_GONE|无|查"),
        ("状态码|错误代码|说明|处理方式", r"`404`|TOY\_ LOST<br>TOY\_GONE|无|查"),
    ],
)
def test_errors(head: str, row: str) -> None:
    table = f"|{head}|\n|{'---|' * 4}\n|{row}|\n"
    found: Operation = operation(official(after=f"## 业务错误码\n\n{table}"))
    rows = [(one.status, one.code, one.title, one.remedy) for one in found.errors or ()]
    assert rows == [("404", "TOY_LOST", "无", "查"), ("404", "TOY_GONE", "无", "查")]


def test_what_is_not_understood_is_a_note() -> None:
    def notes(page: Page) -> list[str]:
        return [note.text for note in page.notes]

    assert notes(parsed(official(ROW.replace("true", "条件必填"))))
    assert notes(parsed(official(ROW.replace("string(8)", "timestamp"))))
    assert notes(parsed(official(ROW.replace("tags", "tags[0]"))))


CODES = r"""
`A`\|`B` 枚举值之一
`A` / `B`枚举值之一
`A`、`B` 枚举值
枚举值之一 `A` \| `B`
`A` or `B` 枚举值之一
`A`(甲) \| `B`(乙) 枚举值之一
`A` \| `B` 二选一
`A` \| `B` 中的一个
`A` \| `B`
`A`: 甲<br/>`B`: 乙
"""
JSON = "| json {data-required} | object | 包"


@pytest.mark.parametrize("spelt", ways(CODES))
def test_codes_on_a_community_page(spelt: str) -> None:
    page = community(JSON, f"| toy {{data-required data-indent=1}} | string | 玩<br/>{spelt}")
    assert fields(operation(page))["body toy"].values == ("A", "B")


@pytest.mark.parametrize(
    ("row", "status", "empty", "binary"),
    [
        ("返回文件内容", "200", False, True),
        ("图片二进制流", "200", False, True),
        ("204 No Content", "204", True, False),
        ("无返回内容", None, True, False),
    ],
)
def test_responses_of_a_community_page(
    row: str, status: str | None, empty: bool, binary: bool
) -> None:
    (found,) = operation(community(rows=(f"| {row} {{colspan=3}}",))).responses
    assert (found.status, found.empty, found.binary) == (status, empty, binary)


def test_a_response_of_other_words_is_a_note() -> None:
    page = parsed(community(rows=("| 见官方文档 {colspan=3}",)))
    assert [note.text for note in page.notes] == ["a response that is not understood: 见官方文档"]


@pytest.mark.parametrize("path", ["/v3/toy/orders", "v3/toy/orders?x=1"])
def test_paths_of_samples(path: str) -> None:
    page = community(JSON, sample=f"$instance->chain('{path}')->postAsync([]);")
    assert operation(page).name == "POST /v3/toy/orders"


def test_a_mark_may_be_false() -> None:
    page = community(JSON, "| toy {data-required=false data-indent=1} | string | 玩")
    assert fields(operation(page))["body toy"].required is False
