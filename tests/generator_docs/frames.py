"""Small pages in both markups, whose rows the tests choose."""

from __future__ import annotations

from generator.docs import sources
from generator.docs.model import Field, Operation, Page

HEAD = "| 参数名 | 类型 | 必填 | 描述 |\n| --- | --- | --- | --- |\n"


def official(
    *body: str,
    before: str = "",
    response: str = "200 OK\n\n",
    rows: tuple[str, ...] = ("| toy_id | string(32) | true | 【玩具】 |",),
    after: str = "",
    path: str = "/v3/toy/orders",
    place: str = "Body",
    method: str = "POST",
) -> str:
    """Return an official page with these rows in its request."""
    request = f"### {place} 参数\n\n{HEAD}{_lines(body)}\n" if body else ""
    table = f"{response}{HEAD}{_lines(rows)}\n" if rows else response
    return (
        f"造玩具。\n\n## 接口说明\n\n请求方式：【{method}】 `{path}`\n\n"
        f"## 请求参数\n\n{before}{request}"
        f"## 应答参数\n\n{table}\n{after}"
    )


def community(
    *body: str,
    rows: tuple[str, ...] = ("| toy_id {data-required} | string | 玩具",),
    sample: str = "$instance->chain('v3/toy/orders')->postAsync(['json' => []]);",
    method: str = "post",
) -> str:
    """Return a community page with these rows in its request."""
    head = "类型 {.type} | 描述 {.desc}\n| --- | --- | ---"
    return (
        f"# 造玩具 {{#{method}}}\n\n| 请求参数 | {head}\n"
        f"{_lines(body)}\n{{.im-table #request}}\n\n```php\n{sample}\n```\n\n"
        f"| 返回字典 | {head}\n{_lines(rows)}\n"
    )


def _lines(rows: tuple[str, ...]) -> str:
    return "".join(f"{row}\n" for row in rows)


def parsed(text: str) -> Page:
    return sources.parse(text, "page.md")


def operation(text: str) -> Operation:
    """Return the only operation of a page that is understood in full."""
    page = parsed(text)
    assert page.notes == ()
    (found,) = page.operations
    return found


def fields(found: Operation) -> dict[str, Field]:
    return {f"{one.place} {one.name}": one for one in found.fields}


def ways(text: str) -> list[str]:
    """Return the lines of a text; ⏎ in one of them stands for a new paragraph."""
    return [line.replace("⏎", "\n\n") for line in text.strip().split("\n")]
