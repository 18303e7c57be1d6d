"""Every kind of markup that was once read wrongly is read as what it means."""

from __future__ import annotations

import pytest

from generator.docs import openapi, sources
from generator.docs.compare import compare
from generator.docs.model import UnreadableError
from generator.docs.scaffold import scaffold

from .frames import HEAD, community, fields, official, operation, parsed


def body(*rows: str) -> dict[str, str | None]:
    return {name: one.type for name, one in fields(operation(official(*rows))).items()}


@pytest.mark.parametrize(
    ("kind", "below", "read"),
    [
        ("array[ToyItem]", "| toy.name | string(8) | true | 【名】 |", "array of object"),
        ("BoxInfo", "| toy.size | integer | true | 【大小】 |", "object"),
        ("BoxInfo[]", "| toy[].size | integer | true | 【大小】 |", "array of object"),
    ],
)
def test_a_class_name_is_an_object_when_fields_stand_below_it(
    kind: str, below: str, read: str
) -> None:
    assert body(f"| toy | {kind} | true | 【件】 |", below)["body toy"] == read


def test_a_class_name_is_a_text_when_values_are_listed() -> None:
    row = "| marks | array[MarkKind] | false | 【标记】可选取值：<br>`RED`：红<br>`BLUE`：蓝 |"
    assert body(row)["body marks"] == "array of string"


@pytest.mark.parametrize(("kind", "left"), [("array[MarkKind]", "array"), ("money", None)])
def test_a_word_that_is_no_type_is_a_note(kind: str, left: str | None) -> None:
    page = parsed(official(f"| marks | {kind} | false | 【标记】 |"))
    assert ["not a type" in note.text for note in page.notes] == [True]
    assert fields(page.operations[0])["body marks"].type == left


def test_a_form_is_a_body() -> None:
    page = official(
        "| file | file | true | 【文件】 |",
        "| meta | object | true | 【信息】 |",
        "| meta.name | string(8) | true | 【名】 |",
        before="### Header 参数\n\n"
        f"{HEAD}| Content-Type | string | true | 请设置为 `multipart/form-data` |\n\n",
        place="Form",
    )
    found = operation(page)
    assert found.content == "multipart/form-data"
    assert fields(found)["body file"].type == "file"
    assert fields(found)["body meta.name"].required is True


@pytest.mark.parametrize(
    ("page", "status", "empty", "binary"),
    [
        (official(response="返回二进制流\n\n", rows=()), "200", False, True),
        (
            official(response="无应答包体\n\n", rows=(), after="应答示例\n\n> 202 Accepted\n"),
            "202",
            True,
            False,
        ),
        (official(response="204 No Content\n\n无应答包体\n", rows=()), "204", True, False),
        (official(response="204 No Content\n", rows=()), "204", True, False),
        (
            community(rows=("| 文件流(需解析) {align=center colspan=3}",)),
            "200",
            False,
            True,
        ),
        (
            community(
                rows=("| 空字符串(无返回内容) {align=center colspan=3}",),
                sample="$r = $i->chain('v3/toy/orders')->post([]);\n$r->getStatusCode() === 202;",
            ),
            "202",
            True,
            False,
        ),
    ],
    ids=["binary stream", "empty 202", "empty 204", "204 alone", "community file", "community 202"],
)
def test_responses_without_a_table(page: str, status: str, empty: bool, binary: bool) -> None:
    (response,) = operation(page).responses
    assert (response.status, response.empty, response.binary) == (status, empty, binary)


def test_an_error_row_may_have_a_status_of_success() -> None:
    table = (
        "## 错误码\n\n| 状态码 | 错误码 | 描述 | 解决方案 |\n| --- | --- | --- | --- |\n"
        "| 202 | BUILDING | 还在造 | 再查 |\n| 404 | TOY\\_NOT\\_ EXIST | 无 | 查 |\n"
    )
    found = operation(official(after=table))
    assert [(row.status, row.code) for row in found.errors or ()] == [
        ("202", "BUILDING"),
        ("404", "TOY_NOT_EXIST"),
    ]
    assert [response.status for response in found.responses] == ["200"]


def test_numbers_in_lists_stay_whole() -> None:
    page = parsed(
        community(
            "| json {data-required} | object | 包体",
            "| kind {data-required data-indent=1} | number | 类<br/>`1` \\| `2` 枚举值之一",
        )
    )
    found = compare(page, openapi.read_text(scaffold(page), "scaffold"))
    assert found.differences == ()
    assert "- 1\n" in scaffold(page)


def test_base_uri_is_the_host() -> None:
    found = operation(
        community("| base_uri {data-required} | string | 声明接入点`https://toy.example.com/`")
    )
    assert found.hosts == ("https://toy.example.com",)
    assert list(fields(found)) == ["response toy_id"]


def test_a_path_names_its_parameters() -> None:
    page = parsed(official(path="/v3/toy/{toy_no}/state"))
    assert "path toy_no" in fields(page.operations[0])
    assert compare(page, openapi.read_text(scaffold(page), "scaffold")).differences == ()


def test_a_space_within_a_name_is_a_note() -> None:
    page = parsed(community("| payer _total {data-required} | string | 总", method="post"))
    assert ["a space within a name" in note.text for note in page.notes] == [True]
    assert "request payer_total" in fields(page.operations[0])


def test_objects_in_the_query() -> None:
    page = parsed(
        official(
            "| who | object | true | 【谁】 |",
            "| who.type | string(8) | true | 【类】 |",
            place="Query",
        )
    )
    assert compare(page, openapi.read_text(scaffold(page), "scaffold")).differences == ()


def test_a_sample_may_call_a_whole_url() -> None:
    sample = "$url = 'https://toy.example.com/v3/toy/file?token=x';\n$client->getAsync($url);"
    found = operation(community(sample=sample, method="get"))
    assert found.name == "GET /v3/toy/file"
    assert found.hosts == ("https://toy.example.com",)
    assert "query token" in fields(found)


def test_a_download_has_its_url_from_another_response() -> None:
    page = (
        "下载文件。\n\n## 接口说明\n\n请求方式： 【GET】\n\n请求URL： 前一接口的“file\\_url”\n\n"
        '获取文件。\n\n```\n{"file_url": " https://toy.example.com/v3/toy/file?token=x"}\n```\n'
    )
    found = operation(page)
    assert found.name == "GET /v3/toy/file"
    assert [(response.status, response.binary) for response in found.responses] == [("200", True)]
    unsaid = parsed(page.replace('file_url"', 'other"'))
    assert "its URL is the field file_url" in unsaid.notes[0].text


@pytest.mark.parametrize(
    ("page", "told"),
    [
        (
            "---\nhead:\n- - meta\n  - http-equiv: refresh\n    content: 0;url=/toy/new\n---\n",
            "page: the page has moved to /toy/new",
        ),
        (
            '<html><head><meta http-equiv="refresh" content="0; url=/toy/new"></head></html>',
            "page: the page has moved to /toy/new",
        ),
        ("<html><body><h1>造玩具</h1><p>一</p></body></html>", "page: HTML without tables"),
        ("", "page: the page is empty"),
    ],
)
def test_unreadable_pages_say_what_they_are(page: str, told: str) -> None:
    with pytest.raises(UnreadableError, match=told):
        sources.parse(page, "page")


NOTICE = (
    "## 造好通知\n\n造好后平台发出回调通知。\n\n### 通知参数\n\n"
    f"{HEAD}| id | string(36) | true | 【编号】 |\n| event_type | string(32) | true | 【类型】 |\n"
    "| resource | object | true | 【数据】 |\n"
    "| resource.nonce | string(16) | true | 【随机串】 |\n\n"
    f"### 解密后的数据\n\n{HEAD}| toy_id | string(32) | true | 【玩具】 |\n"
    "| state | string(8) | true | 【状态】DONE：好<br>LOST：丢 |\n\n"
    f"### 应答参数\n\n{HEAD}| code | string(32) | false | 【码】 |\n"
)


def test_a_notice() -> None:
    page = parsed(NOTICE)
    assert (page.kind, page.operations, page.notes) == ("notice", (), ())
    (notice,) = page.notices
    assert [one.name for one in notice.fields] == ["id", "event_type", "resource", "resource.nonce"]
    assert [(one.name, one.values) for one in notice.resource] == [
        ("toy_id", None),
        ("state", ("DONE", "LOST")),
    ]
    assert "a notice" in compare(page, page).unreadable


def test_a_notice_may_state_its_method() -> None:
    page = parsed(NOTICE.replace("### 通知参数", "请求方式：【POST】\n\n### 通知参数"))
    assert len(page.notices) == 1


def test_a_notice_that_hides_what_it_holds_is_noted() -> None:
    page = parsed(NOTICE.partition("### 解密")[0])
    assert "after decryption" in page.notes[0].text
