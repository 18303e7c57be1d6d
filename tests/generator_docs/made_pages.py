"""Makes pages in both markups from small random models."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

NAMES = ("amount", "shop_no", "state", "kind", "goods", "box", "note", "url", "pay_time", "Area")
CONSTANTS = ("OPEN", "SHUT", "HALF_OPEN", "A1", "PAID", "REFUND")
TITLES = ("金额", "店铺编号", "状态", "种类", "货物", "备注")


@dataclass(frozen=True)
class Made:
    """A field of a made-up page, with the fields below it."""

    name: str
    type: str
    required: bool
    title: str
    limit: int | None = None
    values: tuple[str, ...] = ()
    below: tuple[Made, ...] = ()


@dataclass(frozen=True)
class MadePage:
    """An operation as a page describes it."""

    method: str
    path: str
    fields: tuple[Made, ...]
    result: tuple[Made, ...]
    errors: tuple[tuple[int, str], ...]


@st.composite
def _field(draw: st.DrawFn, depth: int) -> Made:
    plain = ("string", "string", "integer", "boolean", "array[string]", "array[integer]")
    kind = draw(st.sampled_from(plain + ("object", "array[object]") * bool(depth)))
    below = draw(_fields(depth - 1, least=1)) if "object" in kind else ()
    values: tuple[str, ...] = ()
    if kind in {"string", "array[string]"} and draw(st.booleans()):
        values = tuple(
            draw(st.lists(st.sampled_from(CONSTANTS), min_size=2, max_size=4, unique=True))
        )
    elif kind == "integer" and draw(st.booleans()):
        values = ("1", "2", "15")
    limit = draw(st.sampled_from((None, 16, 32, 1024))) if kind == "string" else None
    title = draw(st.sampled_from(TITLES))
    return Made(
        draw(st.sampled_from(NAMES)), kind, draw(st.booleans()), title, limit, values, below
    )


def _fields(depth: int = 2, least: int = 0) -> st.SearchStrategy[tuple[Made, ...]]:
    fields = st.lists(_field(depth), min_size=least, max_size=4, unique_by=lambda one: one.name)
    return fields.map(tuple)


@st.composite
def pages(draw: st.DrawFn) -> MadePage:
    """Draw a page: its fields, nesting, lists, result and errors."""
    method = draw(st.sampled_from(("GET", "POST", "PUT", "PATCH", "DELETE")))
    path = draw(st.sampled_from(("/v3/toy/orders", "/v3/toy/{toy_id}/parts", "/v3/toy/{toy_id}")))
    errors = st.tuples(
        st.sampled_from((202, 400, 403, 404, 429, 500)),
        st.sampled_from(("PARAM_ERROR", "TOY_LOST")),
    )
    flat = method in {"GET", "DELETE"}
    return MadePage(
        method,
        path,
        draw(_fields(0 if flat else 2)),
        draw(_fields(2)),
        tuple(draw(st.lists(errors, max_size=4, unique=True))),
    )


def official(page: MadePage, number: str = "4010000001") -> str:
    """Write an official page."""
    place = "Query" if page.method in {"GET", "DELETE"} else "Body"
    head = "| 参数名 | 类型 | 必填 | 描述 |\n| --- | --- | --- | --- |"
    parts = [
        f"测试用页面 {number}",
        "## 接口说明",
        f"请求方式：【{page.method}】 `{page.path}`",
        "请求域名：【主域名】https://api.mch.weixin.qq.com 主",
        "## 请求参数",
    ]
    if "{toy_id}" in page.path:
        parts += ["### Path 参数", f"{head}\n| toy_id | string(32) | true | 【玩具】编号 |"]
    if page.fields:
        parts += [f"### {place} 参数", "\n".join([head, *_official_rows(page.fields, "")])]
    parts += ["## 应答参数"]
    if page.result:
        parts += ["200 OK", "\n".join([head, *_official_rows(page.result, "")])]
    else:
        parts += ["204 No Content", "无应答包体"]
    if page.errors:
        rows = [f"| {status} | {code} | 出错 | 再查 |" for status, code in page.errors]
        table = "\n".join(
            ["| 状态码 | 错误码 | 描述 | 解决方案 |", "| --- | --- | --- | --- |", *rows]
        )
        parts += ["## 错误码", "### 业务错误码", table]
    return "\n\n".join(parts) + "\n"


def _official_rows(fields: tuple[Made, ...], above: str) -> list[str]:
    rows: list[str] = []
    for one in fields:
        kind = f"{one.type}({one.limit})" if one.limit else one.type
        listed = "".join(f"<br>{value}：值" for value in one.values)
        words = f"【{one.title}】{'可选取值：' + listed if listed else '说明'}"
        required = "true" if one.required else "false"
        rows.append(f"| {above}{one.name} | {kind} | {required} | {words} |")
        rows += _official_rows(one.below, f"{above}{one.name}.")
    return rows


def community(page: MadePage) -> str:
    """Write a community page."""
    container = "query" if page.method in {"GET", "DELETE"} else "json"
    chain = page.path.removeprefix("/")
    rows = ["| 请求参数 | 类型 {.type} | 描述 {.desc}", "| --- | --- | ---"]
    if "{toy_id}" in page.path:
        rows.append("| toy_id {data-required} | string | 玩具")
    if page.fields:
        rows.append(f"| {container} {{data-required}} | object | 声明请求的参数")
        rows += _community_rows(page.fields, 1)
    result = ["| 返回字典 | 类型 {.type} | 描述 {.desc}", "| --- | --- | ---"]
    result += _community_rows(page.result, 0) or ["| 空字符串(无返回内容) {colspan=3 align=center}"]
    method = page.method.lower()
    sample = f"```php\n$instance->chain('{chain}')->{method}Async([])\n```"
    parts = [
        f"# 玩具 {{#{method}}}",
        "\n".join(rows),
        "{.im-table #request}",
        sample,
        "\n".join(result),
        "{.im-table #response}",
    ]
    return "\n\n".join(parts) + "\n"


def _community_rows(fields: tuple[Made, ...], depth: int) -> list[str]:
    rows: list[str] = []
    for one in fields:
        marks = " ".join(["data-required"] * one.required + [f"data-indent={depth}"] * bool(depth))
        name = f"{one.name} {{{marks}}}" if marks else one.name
        kind = {
            "array[string]": "string[]",
            "array[integer]": "integer[]",
            "array[object]": "object[]",
        }
        listed = " \\| ".join(f"`{value}`" for value in one.values)
        words = f"{one.title}<br/>{listed} 枚举值之一" if listed else one.title
        rows.append(f"| {name} | {kind.get(one.type, one.type)} | {words}")
        rows += _community_rows(one.below, depth + 1)
    return rows
