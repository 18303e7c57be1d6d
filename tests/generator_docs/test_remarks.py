"""What a page says beside its tables goes into the scaffold, and its changes are told."""

from __future__ import annotations

from pathlib import Path

from generator.docs import remembered, sources
from generator.docs.compare import compare
from generator.docs.scaffold import scaffold

from .frames import community, official, operation

LIMIT = "接口限频：20/秒（玩具维度）"
PAGE = official(after="## 业务错误码\n\n以下是错误码。\n\n请求示例\n\n不是说明\n").replace(
    "请求方式",
    f">更新时间：2026.01.01\n\n注意：\n\n- 先造盒子<br>再造玩具\n\n{LIMIT}\n\n请求方式",
    1,
)


def test_an_official_page() -> None:
    remarks = operation(PAGE).remarks
    assert remarks == ("造玩具。", "注意：", "先造盒子\n再造玩具", LIMIT)


def test_remarks_belong_to_the_operation_below_their_heading() -> None:
    second = "## 取玩具接口说明\n\n只取一次\n\n请求方式：【GET】 `/v3/toy/files`\n\n"
    second += "## 格式\n\n每行一个\n"
    first, other = sources.parse(PAGE + second, "page.md").operations
    assert first.remarks == operation(PAGE).remarks
    assert other.remarks == ("只取一次", "格式", "每行一个")


def test_a_community_page() -> None:
    page = community().replace(
        "{#post}\n",
        "{#post}\n\n{{ $frontmatter.description }}\n\n::: tip 只造一次\n一天\n:::\n\n"
        "::: warning :beginner: {.im-redesigned}\n\n参阅 [官方文档](https://toy.example.com)\n",
    )
    page = f"---\ntitle: 造\ndescription: 造一个玩具\n---\n{page}"
    assert operation(page).remarks == ("造一个玩具", "只造一次 一天")


def test_a_scaffold_has_them() -> None:
    page = sources.parse(PAGE, "page.md")
    assert LIMIT in scaffold(page)
    assert LIMIT not in scaffold(page, texts=False)


def test_a_change_is_told(tmp_path: Path) -> None:
    facts = tmp_path / "pages.json"
    remembered.write(facts, {"page.md": sources.parse(PAGE, "page.md")})
    now = sources.parse(PAGE.replace("20/秒", "5/秒"), "page.md")
    found = compare(remembered.with_digests(now), remembered.read(facts)["page.md"])
    assert [(one.kind, one.subject) for one in found.differences] == [("text", "operation")]
    assert "5/秒" in found.differences[0].page
