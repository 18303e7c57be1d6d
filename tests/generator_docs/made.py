"""Random operations, and pages in both markups that describe them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Literal, TypeAlias

from generator.docs.model import ErrorRow, Field, Length, Operation, Place, Response

Markup: TypeAlias = Literal["official", "community"]

MARKUPS: tuple[Markup, ...] = ("official", "community")
HOST = "https://toy.example.com"
_WORDS = ("toy", "box", "wheel", "paint", "shelf", "price", "owner", "label", "part", "note")
_CONSTANTS = ("RED", "BLUE_GREEN", "DONE", "NOT_YET", "TYPE_2388", "OPEN", "SHUT_DOWN", "H5")
_HEADS = {
    "field": "| 参数名 | 类型 | 必填 | 描述 |\n| --- | --- | --- | --- |",
    "error": "| 状态码 | 错误码 | 描述 | 解决方案 |\n| --- | --- | --- | --- |",
    "request": "| 请求参数 | 类型 {.type} | 描述 {.desc}\n| --- | --- | ---",
    "response": "| 返回字典 | 类型 {.type} | 描述 {.desc}\n| --- | --- | ---",
}
_NO_LISTS = (
    "没有别的话",
    "写法：<br>YYYY-MM-DDTHH:mm:ssZ<br>YYYY-MM-DDTHH:mm:ss.SSSZ",
    "1、状态为<br>NEED_PROOF，会返回此项。<br>2、可转为图。",
    "状态为<br>NEED_PROOF，会返回此项。<br>ALL_DONE，不返回。",
    "取值范围：1-50",
    "09:00-20:00；10:00-22:00",
    "可填的字段枚举值",
    "当类型为 RED 时必填，其他类型为 OPEN 时不填",
    "1、定义：一<br>2、格式：二",
)


@dataclass(frozen=True)
class Made:
    """What a page states, and the page."""

    operation: Operation
    page: str


def made(seed: int, markup: Markup) -> Made:
    """Return a random operation and its page; the same seed makes the same ones."""
    maker = _Maker(Random(seed), markup)  # noqa: S311 - nothing secret
    return maker.official() if markup == "official" else maker.community()


class _Maker:
    def __init__(self, random: Random, markup: Markup) -> None:
        self._random = random
        self._markup = markup
        self._described: dict[tuple[Place, tuple[str, ...]], str] = {}
        self._classes: dict[tuple[Place, tuple[str, ...]], str] = {}
        self._method = random.choice(("GET", "POST", "PATCH"))
        self._in_table = random.random() < 0.5
        self._path = "/v3/toy/{toy_id}/parts" if random.random() < 0.6 else "/v3/toy/parts"

    def _fields(self, place: Place, parent: tuple[str, ...] = ()) -> list[Field]:
        names = self._random.sample(_WORDS, self._random.randint(1, 4))
        found: list[Field] = []
        for name in names:
            path = (*parent, f"{name}_{len(parent)}" if self._random.random() < 0.5 else name)
            deep = len(path) < 3 and self._random.random() < 0.3
            found += self._nested(place, path) if deep else [self._plain(place, path)]
        return found

    def _nested(self, place: Place, path: tuple[str, ...]) -> list[Field]:
        array = place != "query" and self._random.random() < 0.5
        if self._random.random() < 0.5:
            self._classes[place, path] = "".join(part.title() for part in path)
        kind = "array of object" if array else "object"
        return [self._field(place, path, kind), *self._fields(place, path)]

    def _plain(self, place: Place, path: tuple[str, ...]) -> Field:
        kind = self._random.choice(("string", "string", "integer", "number", "array of string"))
        length = None
        if kind == "string" and self._markup == "official" and self._random.random() < 0.7:
            low = self._random.choice((None, 1))
            length = Length(low, self._random.choice((8, 32, 128)))
        field = replace(self._field(place, path, kind), length=length)
        if self._random.random() < 0.5:
            values, text = self._list(kind)
            self._described[place, path] = text
            return replace(field, values=values)
        self._described[place, path] = self._random.choice(_NO_LISTS)
        return field

    def _field(self, place: Place, path: tuple[str, ...], kind: str) -> Field:
        required = self._random.random() < 0.5
        return Field(place=place, path=path, line=0, type=kind, required=required)

    def _list(self, kind: str) -> tuple[tuple[str, ...], str]:
        """Return values and the words that list them, in one of the ways of the pages."""
        count = self._random.randint(2, 5)
        if kind in {"integer", "number"}:
            values = tuple(map(str, self._random.sample(range(1, 3000), count)))
        else:
            values = tuple(self._random.sample(_CONSTANTS, count))
        if self._markup == "community" and self._random.random() < 0.6:
            between = self._random.choice((" \\| ", "、", " / ", " 或 "))
            codes = between.join(f"`{value}`" for value in values)
            after = self._random.choice((" 枚举值之一", "枚举值", " 其中之一"))
            said = " ".join(f"{value}：某种" for value in values)
            return values, f"一句话{self._random.choice(('', f'({said})'))}<br/>{codes}{after}"
        numbers = kind in {"integer", "number"}
        ways = [_after_prose, _items, _bare_items, _numbered, _clauses, _as_announced, _each_list]
        ways += [_marked, _in_brackets, _spoken]
        if not numbers:
            ways += [_cases, _side_by_side, _spaced, _words, _numbered_clauses]
            ways += [_reversed, _paired, _nested]
        return values, self._random.choice(ways)(values, self._random)

    def _responses(self) -> list[Response]:
        kind = self._random.choice(("table", "table", "table", "empty", "accepted", "file"))
        if kind == "table":
            status = "200" if self._markup == "official" else None
            return [Response(line=0, status=status)]
        if kind == "file":
            return [Response(line=0, status="200", binary=True)]
        return [Response(line=0, status="202" if kind == "accepted" else "204", empty=True)]

    def _operation(self) -> Operation:
        place: Place = "query" if self._method == "GET" else "body"
        fields = self._fields(place)
        (response,) = responses = self._responses()
        if not (response.empty or response.binary):
            fields += [replace(one, status=response.status) for one in self._fields("response")]
        if "{toy_id}" in self._path:
            kind, required = ("string", True) if self._in_table else (None, None)
            fields.append(
                Field(place="path", path=("toy_id",), line=0, type=kind, required=required)
            )
        return Operation(
            method=self._method,
            path=self._path,
            line=0,
            fields=tuple(fields),
            responses=tuple(responses),
        )

    def official(self) -> Made:
        """Return an operation with its page in the official markup."""
        rows = ((404, "TOY_NOT_EXIST"), (202, "STILL_BUILDING"), (400, "PARAM_ERROR"))
        errors = [
            ErrorRow(line=0, code=code, status=str(status), kind="business")
            for status, code in self._random.sample(rows, self._random.randint(1, 3))
        ]
        found = replace(self._operation(), hosts=(HOST,), errors=tuple(errors))
        form = self._method == "POST" and self._random.random() < 0.3
        content = "multipart/form-data" if form else "application/json"
        found = replace(found, content=content)
        parts = [
            f"## 接口说明\n\n请求方式：【{found.method}】 `{found.path}`",
            f"请求域名：【主域名】{HOST}",
            f"## 请求参数\n\n### Header 参数\n\n{_HEADS['field']}\n"
            f"| Content-Type | string | true | 请设置为 `{content}` |",
        ]
        header = Field(place="header", path=("Content-Type",), line=0, type="string", required=True)
        for place in ("path", "query", "body"):
            own = [one for one in found.fields if one.place == place and one.type]
            title = "Form" if form and place == "body" else place.title()
            if own:
                parts.append(f"### {title} 参数\n\n{self._table(own)}")
        parts.append(f"## 应答参数\n\n{self._shown(found)}")
        parts.append(f"### 业务错误码\n\n{_HEADS['error']}\n{self._error_rows(errors)}")
        if found.responses[0].status == "202":
            parts.append("应答示例\n\n> 202 Accepted")
        found = replace(found, fields=(header, *found.fields))
        return Made(found, "\n\n".join(parts) + "\n")

    def _table(self, fields: list[Field]) -> str:
        return "\n".join([_HEADS["field"], *map(self._row, fields)])

    def _row(self, one: Field) -> str:
        kind = self._kind(one)
        if one.length:
            low, high = one.length
            kind = f"string[{low}, {high}]" if low else f"string({high})"
        name = one.name.replace("_", "\\_") if self._random.random() < 0.5 else one.name
        required = "true" if one.required else "false"
        described = self._described.get((one.place, one.path), "").replace("_", "\\_")
        described = "`".join(
            part.replace("\\_", "_") if index % 2 else part
            for index, part in enumerate(described.split("`"))
        )
        return f"| {name} | {kind} | {required} | 【标题】{described} |"

    def _kind(self, one: Field) -> str:
        kind = one.type or ""
        name = self._classes.get((one.place, one.path), kind.removeprefix("array of "))
        if not kind.startswith("array of "):
            return name
        arrays = [f"array[{name}]"] if self._markup == "official" else []
        return self._random.choice([*arrays, f"{name}[]"])

    def _shown(self, found: Operation) -> str:
        (response,) = found.responses
        if response.binary:
            return self._random.choice(("返回二进制流", "200 OK\n\n返回文件流"))
        if response.empty:
            return "无应答包体" if response.status == "202" else "204 No Content\n\n无应答包体"
        return f"200 OK\n\n{self._table([one for one in found.fields if one.place == 'response'])}"

    def _error_rows(self, errors: list[ErrorRow]) -> str:
        rows: list[str] = []
        for one in errors:
            code = one.code.replace("_", "\\_ " if self._random.random() < 0.3 else "\\_", 1)
            rows.append(f"| {one.status} | {code} | 说明 | 重试 |")
        return "\n".join(rows)

    def community(self) -> Made:
        """Return an operation with its page in the community markup."""
        found = self._operation()
        if self._random.random() < 0.5:
            found = replace(found, hosts=(HOST,))
        request = [_HEADS["request"]]
        if found.hosts:
            request.append(f"| base_uri {{data-required}} | string | 声明接入点`{HOST}/`")
        request += [
            f"| {one.name} {{data-required}} | string | 编号"
            for one in found.fields
            if one.place == "path" and one.type
        ]
        place = "query" if found.method == "GET" else "body"
        request.append(
            f"| {'query' if place == 'query' else 'json'} {{data-required}} | object | 包"
        )
        request += [self._indented(one, 1) for one in found.fields if one.place == place]
        (response,) = found.responses
        rows = [_HEADS["response"]]
        if response.binary:
            rows.append("| 文件流(需解析) {align=center colspan=3}")
        elif response.empty:
            rows.append("| 空字符串(无返回内容) {align=center colspan=3}")
        rows += [self._indented(one, 0) for one in found.fields if one.place == "response"]
        sample = (
            f"$response = $instance->chain('{found.path[1:]}')->{found.method.lower()}Async([]);\n"
            f"print_r($response->getStatusCode() === {response.status or 200});"
        )
        parts = (
            f"# 造玩具 {{#{found.method.lower()}}}",
            "\n".join(request),
            f"```php\n{sample}\n```",
            "\n".join(rows),
        )
        return Made(found, "\n\n".join(parts) + "\n")

    def _indented(self, one: Field, more: int) -> str:
        indent = len(one.path) - 1 + more
        words = [
            *(["data-required"] if one.required else []),
            *([f"data-indent={indent}"] if indent else []),
        ]
        attributes = f" {{{' '.join(words)}}}" if words else ""
        described = self._described.get((one.place, one.path), "一")
        return f"| {one.path[-1]}{attributes} | {self._kind(one)} | {described}"


def _items(values: tuple[str, ...], random: Random) -> str:
    """A list, whose items may have second lines and lists of their own."""
    more = (
        "",
        "",
        "",
        "<br>[下载](https://toy.example.com/a)",
        "<br>- `one_fee`、 `two_fee` 之和为0。",
    )
    items = "".join(f"<li>`{value}`:  解释{random.choice(more)}</li>" for value in values)
    return f"一句话<br>可选取值<br><ul>{items}<li>`one_fee` 之和为0。</li></ul>"


def _each_list(values: tuple[str, ...], _: Random) -> str:
    lists = (
        f"<ul><li>`{value}`:{' 解释：<br>见下' if index else ''}</li></ul>"
        for index, value in enumerate(values)
    )
    return f"可选取值：<br>{'<br>'.join(lists)}"


def _bare_items(values: tuple[str, ...], random: Random) -> str:
    sign = random.choice(("：", ": ", " : ", "—", "- "))
    return "一句话。枚举值如下。<br>" + "<br>".join(f"{value}{sign}解释。" for value in values)


def _numbered(values: tuple[str, ...], _: Random) -> str:
    lines = (f"{number}、{value}：解释；" for number, value in enumerate(values, 1))
    return "分为几种：<br>" + "<br>".join(lines)


def _numbered_clauses(values: tuple[str, ...], _: Random) -> str:
    return "几种：" + "".join(
        f"{number}、{value}：解释；" for number, value in enumerate(values, 1)
    )


def _clauses(values: tuple[str, ...], random: Random) -> str:
    sign = random.choice(("：", ":"))
    return random.choice(("；", "; ")).join(f"{value}{sign}解释" for value in values)


def _after_prose(values: tuple[str, ...], _: Random) -> str:
    return "一句话。" + "; ".join(f"{value}:解释" for value in values)


def _as_announced(values: tuple[str, ...], _: Random) -> str:
    return "下面枚举值多选一。<br>枚举值：<br>" + "<br>".join(f"{one} : 解释" for one in values)


def _cases(values: tuple[str, ...], _: Random) -> str:
    first, *others = values
    again = "、<br>".join(f"{one}：解释" for one in (first, *others))
    return f"1、小店可选择：<br>{first}：解释。<br>2、公司可选择：<br>{again}。"


def _side_by_side(values: tuple[str, ...], _: Random) -> str:
    return "枚举值：" + "".join(f"{value}：某种券" for value in values) + "。"


def _spaced(values: tuple[str, ...], _: Random) -> str:
    return "<br>".join(f"{value} 解释" for value in values) + "<br>注意：若传此项，须开通"


def _marked(values: tuple[str, ...], random: Random) -> str:
    """Items behind marks of every kind, between quotation marks of every kind."""
    mark = random.choice(("{n}. ", "{n}）", "（{n}）", "{c}、", "（{c}）", "◦ ", "+ ", "– ", "✓ "))
    pairs = ["``", "“”", "「」", "【】", "[]"]
    quotes = [("", ""), ("**", "**"), ("<b>", "</b>"), *((one[0], one[1]) for one in pairs)]
    left, right = random.choice(quotes)
    sign = random.choice(("：", " ： ", "&#58; ", "→", "——", "－"))
    lines = (
        f"{mark.format(n=number, c='一二三四五'[number - 1])}{left}{value}{right}{sign}解释"
        for number, value in enumerate(values, 1)
    )
    return f"{random.choice(('可选取值', '枚举类型', '取值包含'))}：<br>" + "<br>".join(lines)


def _in_brackets(values: tuple[str, ...], _: Random) -> str:
    return f"某类（{'；'.join(f'{value}：解释' for value in values)}）"


def _spoken(values: tuple[str, ...], random: Random) -> str:
    verb = random.choice(("表示", "代表"))
    return "一句话。" + "，".join(f"{value}{verb}某种" for value in values)


def _reversed(values: tuple[str, ...], random: Random) -> str:
    form, between = random.choice((("某种（{}）", "、"), ("某种：{}", "<br>")))
    return "可选取值：" + between.join(form.format(value) for value in values)


def _paired(values: tuple[str, ...], random: Random) -> str:
    words = random.choice(("、", " 或 ", "/")).join(values)
    return random.choice(
        ("取值为{}中的一种", "枚举值（{}）", "取值范围：[{}]", "{} 枚举值之一")
    ).format(words)


def _nested(values: tuple[str, ...], _: Random) -> str:
    items = "".join(f"<li>{value}<ul><li>解释</li></ul></li>" for value in values)
    return f"可选取值：<ul>{items}</ul>"


def _words(values: tuple[str, ...], random: Random) -> str:
    return "枚举值：" + random.choice(("、", " ", ",")).join(values)
