"""Lists of values in every way that pages write them, and texts which are none."""

from __future__ import annotations

import pytest

from .frames import official, parsed, ways


def read(described: str, kind: str = "string(32)") -> tuple[tuple[str, ...] | None, list[str]]:
    """Return the values of a field that is described so, and what the notes say."""
    page = parsed(official(f"| state | {kind} | true | 【态】{described} |"))
    (values,) = [one.values for one in page.operations[0].fields if one.name == "state"]
    return values, [note.text for note in page.notes]


ITEMS = r"""
{}：释
{} ： 释
{}&#58; 释
{}&mdash;释
{}——释
{}－释
{}→释
{}=>释
{} -> 释
{}~释
{}，释
{}、释
{}（释）
{}(释)
{}[释]
{}【释】
{}\|释
{}
**{}**：释
<b>{}</b>：释
<code>{}</code>：释
&quot;{}&quot;：释
「{}」：释
【{}】释
[{}]：释
〔{}〕：释
'{}'：释
&nbsp;{}：释
- {}：释
* {}：释
+ {}：释
» {}：释
◦ {}：释
– {}：释
— {}：释
✓ {}：释
释：{}
释（{}）
"""
BREAKS = ("{}<br>{}", "{}<br/>{}", "<ol><li>{}</li><li>{}</li></ol>", "<p>{}</p><p>{}</p>")
ANNOUNCED = """
1. {}：释<br>2. {}：释
1）{}：释<br>2）{}：释
一、{}：释<br>二、{}：释
（一）{}：释<br>（二）{}：释
{}（释）、{}（释）
{}-释、{}-释
{}：释，{}：释
{}：释。{}：释。
{}：释 {}：释
`{}`：释`{}`：释
`{}`、`{}`
“{}”或“{}”
{}或者{}
{}/{}
[{}, {}]
{{{}, {}}}
（{}、{}）
['{}', '{}']
{}：释（同 GREEN）<br>{}：释
{}：释<br>{}：释<br>示例值：RED
<dl><dt>{}</dt><dd>释</dd><dt>{}</dt></dl>
"""
UNANNOUNCED = r"""
取值为{}、{}
取值包括 {}、{}
枚举值包含：{}、{}
枚举值（{}、{}）
以下之一：{}、{}
取值范围：[{},{}]
态（{}：释；{}：释）
{}表示释，{}表示释
目前支持：<br>{}：释<br>{}：释
填“{}”为释，填“{}”为释
`{}` \|<br>`{}` 枚举值之一
{} 或 {} 枚举值之一
"""
NUMBERS = """
可选取值：<br>{}：释<br>{}：释
可选取值：{}（释）、{}（释）
可选取值：{}或{}
{}-释；{}-释
{}=释,{}=释
（{}：释，{}：释）
态，{}：释，{}：释
{}表示释，{}表示释
{}代表释；{}代表释
"""
NO_LISTS = """
分为RED（释）和BLUE（释）两种
须传 `toy_id` 与 `box_id` 之一
`toy_id` 和 `box_id` 二选一必填
传RED时为释，传BLUE时为释
固定传RED
例如：RED、BLUE
例如：<br>44030019x<br>计算后为<br>09eb26e8
例如，100表示1元，200表示2元
0代表周日，1代表周一，以此类推
格式：yyyyMMdd
YYYY-MM-DD表示年月日，HH表示时，TIMEZONE表示时区
取值范围：1~50
取值：大于0的整数
币种：CNY，人民币
枚举值参见附录
"""


LISTS = [
    *(way.format("RED", "BLUE") for way in ways(UNANNOUNCED)),
    *(f"可选取值：{way.format('RED', 'BLUE')}" for way in ways(ANNOUNCED)),
    *(
        f"可选取值：<br>{between.format(item.format('RED'), item.format('BLUE'))}"
        for item in ways(ITEMS)
        for between in BREAKS
    ),
]


@pytest.mark.parametrize("described", LISTS)
def test_constants(described: str) -> None:
    assert read(described) == (("RED", "BLUE"), [])


@pytest.mark.parametrize("described", ways(NUMBERS))
def test_numbers(described: str) -> None:
    assert read(described.format("0", "1"), "integer") == (("0", "1"), [])


def test_a_number_may_be_negative() -> None:
    assert read("可选取值：<br>-1：释<br>0：释", "integer") == (("-1", "0"), [])


@pytest.mark.parametrize("described", ways(NO_LISTS))
def test_no_list(described: str) -> None:
    assert read(described)[0] is None


@pytest.mark.parametrize(
    "described",
    [
        r"态(RED：释 BLUE：释 GREEN：释)<br>`RED` \| `BLUE` 枚举值之一",
        "RED：释，GREEN：释，BLUE：释<br>可选取值：<ul><li>`RED`: 释</li><li>`BLUE`: 释</li></ul>",
        "RED表示释，GREEN表示释。<br>可选取值：<br>RED：释<br>BLUE：释",
    ],
)
def test_what_text_and_list_state_differently_is_a_note(described: str) -> None:
    """A page that adds a value to one of both only would be missed otherwise."""
    values, notes = read(described)
    assert values == ("RED", "BLUE")
    assert notes == ["values of state: these may be more: GREEN"]
