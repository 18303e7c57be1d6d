"""The values that a description lists, in all the ways pages list them.

A description is read as lines. An item is a value with its meaning (`DONE：已完成`), a value with
a looser one (`DONE 已完成`), or a value alone. What an item looks like decides what belongs to its
list: later lines of another shape are running text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from .blocks import Line, Piece


class Values(NamedTuple):
    """What a description says about values.

    `sure` is a list; `candidates` are words that may be values, which only the spec can tell;
    `doubt` says what of a list was not understood.
    """

    sure: tuple[str, ...] | None
    candidates: tuple[str, ...]
    doubt: str = ""


_WORD = r"(?:-(?=\d))?[A-Za-z0-9](?:[\w.+-]*?[\w+])??"
_CONSTANT = r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*"
_CONSTANTS = re.compile(rf"(?<![\w-]){_CONSTANT}(?!\w)", re.ASCII)
_CJK = "\u3400-\u9fff"
_QUOTE = "`'\"“”‘’"
_BRACKETS = "()（）{}[]【】「」『』〔〕《》"
_OPEN = f"{_QUOTE}\\[【「『〔《"
_CLOSE = f"{_QUOTE}\\]】」』〕》"
# A dash between letters or digits joins them: HMAC-SHA256, 1-50.
_MEANS = (
    rf"(?:\s*(?:[:：=（(→]|[~|\[【〔](?=\s*[{_CJK}])|[—–]+(?!\d)|-+(?![A-Za-z0-9]))\s*|\s+-+\s+)"
)
# Constants side by side, which are values wherever a list is announced: RED、BLUE.
_QUOTED = rf"[{_OPEN}]?{_CONSTANT}[{_CLOSE}]?"
_PAIR = rf"{_QUOTED}(?:\s*(?:[、,，/|]|或者?|和)\s*{_QUOTED})+(?![A-Za-z0-9_])"

# Where a list is announced: what follows on the line, or else on the next ones, are its items.
_MARKER = re.compile(
    r"(?:枚举(?:值|类型)?|可选值|可选取值|取值(?!范围)|以下(?:枚举值?|值)?(?=之一))"
    r"(?:多选一|之一|包括|包含|有|如下|为|是)*"
    r"\s*(?P<by>[:：]+|。?\s*$|\s(?=\s*[A-Za-z0-9]+\s*[:：])|(?=[`\"“]))"
)
_PAIRED = re.compile(
    rf"(?:枚举|可选|取值)[{_CJK}]*(?P<by>\s*[:：]?\s*)(?=[（(\[{{]?\s*{_PAIR})", re.ASCII
)
_PAIR_FIRST = re.compile(rf"[（(\[{{\s]*({_PAIR})", re.ASCII)
_PAIR_LAST = re.compile(rf"({_PAIR})\s*$", re.ASCII)
_EXPLAINED = r"^\s*(?:[（(][^()（）]*[)）]\s*)?"
_LISTED_AFTER = re.compile(f"{_EXPLAINED}枚举值")
_CHOSEN = re.compile(f"{_EXPLAINED}(?:其中|中的?)?(?:之一|一[个种]|[二三四五]选一)")
_BETWEEN_CODES = re.compile(r"(?:\s|[|\\/、,，;；]|or|或者?|和|[（(][^()（）]*[)）])*")
_TITLE = re.compile(r"^\s*【[^】]*】\s*")
_BULLET = re.compile(r"^\s*(?:[•·*●○◦▪■◆✓✔»+—–]|-(?!\d+\s*[:：=]))\s*(?=\S)")
_NUMBER = re.compile(
    r"^\s*(?:[(（](?:\d+|[一二三四五六七八九十]+)[)）]、?|\d+(?:[、)）]|\.(?!\d))|[①-⑳]"
    r"|[一二三四五六七八九十]+、|[a-z][.、)）](?=\s|[A-Z`]))\s*"
)
_DATE = re.compile(
    r"(?:[Yy]{4}[-/年]?MM|HH:mm|mm:ss)[\w:.+-]*"
    r"|(?<![A-Za-z])(?:[Yy]{2,4}|MM|DD|HH|SSS?Z?|TIMEZONE)(?=表示|代表)"
)
_EXAMPLE = re.compile("例|比如")
_TIME = re.compile(r"^\s*\d{1,2}[:：]\d\d(?![\d%])")

_ITEM = re.compile(
    rf"^(?:`(?P<code>[^`]+)`|(?P<open>[{_OPEN}])?(?P<value>{_WORD})(?(open)[{_CLOSE}]))"
    rf"(?:(?P<strong>{_MEANS}(?:(?=\S)|$))|(?P<comma>\s*[,，;；、])|\s|$|(?=[{_CJK}]))",
    re.ASCII,
)
_INNER = re.compile(
    rf"(?:^|[;；,，。、/|(（\s]|(?=`))\s*(?:[(（]?\d+[)）、.])?\s*(?P<open>[{_QUOTE}])?"
    rf"(?P<value>{_CONSTANT}|\d+)(?(open)[{_QUOTE}])\s*(?:[:：=]|-+|[—–]+|表示|代表)"
    rf"\s*(?=[{_CJK}A-Za-z\d（])",
    re.ASCII,
)
_BESIDE = re.compile(rf"(?<=[{_CJK}])(?P<value>{_CONSTANT})[:：](?=[{_CJK}])", re.ASCII)
_LEAD = re.compile(rf"[:：]\s*(?=`?{_CONSTANT}`?\s*[:：—-])", re.ASCII)
_CLAUSES = re.compile(r"\s*[;；]\s*")
_REVERSED = re.compile(
    rf"[{_CJK}]\s*[:：（(]\s*[{_OPEN}]?(?P<value>{_CONSTANT})[{_CLOSE}]?\s*[)）]?"
    r"(?=\s*(?:[、，,;；。]|$))",
    re.ASCII,
)
_LOOSE_WORDS = re.compile(r"\s*(?:[;；、,，/|]|或者?|和|\s)\s*")
_GIVEN = re.compile(rf"(?:传|填)[入写]?\s*[“\"]\s*({_CONSTANT})\s*[”\"]", re.ASCII)
_END = "。. ;；,，、"
_WIDE = str.maketrans("－＝［］＂＇｜／＋＿～", "-=[]\"'|/+_~")


class _Item(NamedTuple):
    value: str
    strong: bool
    bulleted: bool
    quoted: bool
    rest: str
    comma: bool

    @property
    def shape(self) -> tuple[object, ...]:
        return self.bulleted, self.quoted, _class(self.value)


def listed(lines: Sequence[Line], kind: str | None = None) -> Values:
    """Find the values that the description of a field of this type lists."""
    found = _listed(lines)
    # A boolean has no values but its own, whatever its description explains.
    return Values(None, found.candidates) if kind == "boolean" else found


def _listed(lines: Sequence[Line]) -> Values:
    code = _in_code(lines)
    if code is not None:
        return Values(code, code, _beside(lines, code))
    found = [_text(line) for line in lines]
    texts = [text for text in [_TITLE.sub("", text) for text in found[:1]] + found[1:] if text]
    values, doubt = _announced(texts)
    if not values:
        values, unsure = _unannounced(texts)
        doubt = unsure if values else doubt
    given = _unique(word for text in texts for word in _GIVEN.findall(text))
    if values or len(given) > 1:
        values = _unique([*values, *given])
    return Values(values or None, values or _candidates(texts), doubt)


def _text(line: Line) -> str:
    """Return a line with its code in backticks, which tells a value from a word."""
    pieces = (f"`{piece.text.strip()}`" if piece.code else piece.text for piece in line)
    return "".join(pieces).replace("\\_", "_").translate(_WIDE).strip()


def _in_code(lines: Sequence[Line]) -> tuple[str, ...] | None:
    """Read `A` | `B` 枚举值之一, the way of community pages."""
    pieces = [piece for line in lines for piece in line]
    for index, piece in enumerate(pieces):
        if piece.code:
            continue
        codes = _unique(_codes_before(pieces[:index]))
        # Names of fields are code, too: either `openid` or `sub_openid` 二选一.
        chosen = len(codes) > 1 and all(_class(code) != "word" for code in codes)
        if _LISTED_AFTER.match(piece.text) or (chosen and _CHOSEN.match(piece.text)):
            return codes or None
    for line in lines:
        coded = [piece.text for piece in line if piece.code]
        between = {piece.text.strip() for piece in line if not piece.code and piece.text.strip()}
        if len(coded) > 1 and between == {"|"}:
            return _unique(coded)
    return None


def _beside(lines: Sequence[Line], code: Sequence[str]) -> str:
    texts = ["".join(piece.text for piece in line if not piece.code) for line in lines]
    return _lacking(texts, code)


def _lacking(texts: Iterable[str], values: Sequence[str]) -> str:
    """Say which values the text beside a list explains, though the list lacks them."""
    explained = _unique(value for text in texts for value in _inner(text))
    # Text may shorten a value: SWING_CARD for SWING_CARD_SCENE.
    whole = [value for value in explained if not any(one.startswith(f"{value}_") for one in values)]
    odd = [value for value in whole if value not in values]
    return f"these may be more: {', '.join(odd)}" if 0 < len(odd) < len(explained) else ""


def _codes_before(pieces: Sequence[Piece]) -> list[str]:
    found: list[str] = []
    for piece in reversed(pieces):
        if piece.code:
            found.insert(0, piece.text)
        elif not _BETWEEN_CODES.fullmatch(piece.text):
            break
    return found


def _announced(texts: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """Read the lists that a word announces; there may be one for each of several cases."""
    marks = [(index, mark) for index, text in enumerate(texts) if (mark := _last_mark(text))]
    found: list[str] = []
    doubts: list[str] = []
    promised = False
    ends = [*(index for index, _ in marks), len(texts)][1:]
    for (index, mark), end in zip(marks, ends, strict=False):
        rest = texts[index][mark.end() :].strip()
        group = _on_line(rest) or _on_line_before(texts[index][: mark.start()] if not rest else "")
        first = _first(rest) if rest and group else None
        items, doubt = _items(texts[index + 1 : end], first)
        found += [*group, *items]
        doubts += [doubt] if doubt else []
        # Running text may end in such a word: "the key of the 枚举值".
        promised |= mark["by"].strip() != "" or not texts[index][: mark.start()].strip()
    if promised and not found:
        after = [hit["value"] for text in texts[marks[0][0] :] for hit in _REVERSED.finditer(text)]
        if len(set(after)) > 1:
            return _unique(after), ""
        return (), "announced, but no list is understood"
    if marks:
        index, mark = marks[0]
        doubts.append(_lacking([*texts[:index], texts[index][: mark.start()]], found))
    return _unique(found), next(filter(None, doubts), "")


def _last_mark(text: str) -> re.Match[str] | None:
    """Return where a line announces a list, the last time."""
    marks = [*_MARKER.finditer(text), *_PAIRED.finditer(text)]
    return max(marks, key=lambda mark: mark.end(), default=None)


def _unannounced(texts: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """Read lines that begin with constants, though nothing announces a list."""
    start = next((i for i, text in enumerate(texts) if _begins(text)), None)
    if start is not None:
        run, doubt = _items(texts[start:])
        first = _first(texts[start])
        # One constant at the start of a text may be its first word: "APPID of the platform".
        if len(run) > 1 or (start and first and first.strong):
            return _unique([*_before(texts[start - 1 : start], first), *run]), doubt
    for text in texts:
        if len(inner := _inner(text)) > 1:
            return inner, ""
    return (), ""


def _before(texts: Sequence[str], first: _Item | None) -> Iterator[str]:
    """Yield the value that ends the line before a list: "one of these: GOOD：好"."""
    for text in texts:
        lead = _LEAD.search(text)
        item = _first(text[lead.end() :]) if lead else None
        if item and first and item.strong and item.shape == first.shape:
            yield item.value


def _begins(text: str) -> bool:
    item = _first(text)
    if item is None or item.comma:
        return False  # A sentence that happens to begin with a value.
    kind = _class(item.value)
    return kind == "constant" or (kind == "number" and item.strong)


def _items(texts: Sequence[str], first: _Item | None = None) -> tuple[tuple[str, ...], str]:
    """Return the values that begin lines, and what looks like one but has another shape.

    Lines that follow each other may differ in how they separate value and meaning. After a line
    that begins with no value only a line of the first one's shape goes on with the list: an item
    may have a second line, and a list may stand once for each case.
    """
    found: list[str] = [first.value] if first else []
    odd: list[str] = []
    lines: list[str] = []
    gap = False
    for text in texts:
        item = _first(text)
        if item is None:
            gap = True
            continue
        if first is None:
            if gap and not item.strong and _class(item.value) != "constant":
                continue
            first, gap = item, False
        alone = not item.rest and not item.comma and re.fullmatch(_CONSTANT, item.value)
        if item.shape == first.shape and (item.strong or alone or not gap):
            found += [item.value, *_clauses(item)]
            lines.append(text)
            gap = False
            continue
        gap = True
        if item.strong or _class(item.value) == _class(first.value):
            odd.append(item.value)
    if first and len(lines) == 1 and len(set(found)) == 1:
        # All of the list stands on one line, which commas or spaces divide.
        found += [value for value in _inner(lines[0]) if _class(value) == _class(first.value)]
    odd = [value for value in odd if value not in found]
    return _unique(found), f"these may be more: {', '.join(odd)}" if odd else ""


def _first(text: str) -> _Item | None:
    """Return the item with which a line begins."""
    bulleted = _BULLET.match(text)
    cleaned = text[bulleted.end() :] if bulleted else text
    for start in (_end(_NUMBER.match(cleaned)), 0):
        if start is None:
            continue
        here = cleaned[start:].rstrip(_END)
        match = _ITEM.match(here)
        if match and not _DATE.match(here) and not _TIME.match(here):
            value, quoted = match["code"] or match["value"], match["code"] is not None
            rest, strong = here[match.end() :].strip(), match["strong"] is not None
            return _Item(
                value, strong, bulleted is not None, quoted, rest, match["comma"] is not None
            )
    return None


def _end(match: re.Match[str] | None) -> int | None:
    return match.end() if match else None


def _clauses(item: _Item) -> Iterator[str]:
    """Yield the values that follow on the line of an item, each in a clause of its own."""
    for clause in _CLAUSES.split(item.rest)[1:]:
        other = _first(clause)
        if other and other.strong and _class(other.value) == _class(item.value) != "word":
            yield other.value


def _on_line(text: str) -> tuple[str, ...]:
    """Read a list on the line of its announcement; it begins there, or all of it is values."""
    cleaned = _DATE.sub("", text).rstrip(_END)
    bare = cleaned.strip(_BRACKETS)
    words = [word.strip(_QUOTE + _BRACKETS) for word in _LOOSE_WORDS.split(bare)]
    if all(re.fullmatch(_WORD, word, re.ASCII) for word in words):
        return _unique(words)
    if pair := _PAIR_FIRST.match(cleaned):
        return _unique(_CONSTANTS.findall(pair[1]))
    first = _first(cleaned) or _first(bare)
    if first is None:
        return ()
    clauses = [_first(clause) for clause in _CLAUSES.split(cleaned)]
    if len(clauses) > 1 and all(clauses):
        return _unique(clause.value for clause in clauses if clause)
    if not first.strong:
        return ()
    beside = [match["value"] for match in _BESIDE.finditer(cleaned)]
    inner = [value for value in _inner(cleaned) if _class(value) == _class(first.value)]
    return _unique([first.value, *inner, *beside, *_loosely(cleaned, first)])


def _on_line_before(text: str) -> tuple[str, ...]:
    """Read a list that its announcement follows: RED、BLUE 枚举值之一."""
    pair = _PAIR_LAST.search(text)
    return _unique(_CONSTANTS.findall(pair[1])) if pair else ()


def _loosely(text: str, first: _Item) -> Iterator[str]:
    """Yield the other items of `low：低，high：高`, whose values are no constants."""
    for part in re.split(r"\s*[，,、]\s*|\s+", text)[1:]:
        item = _first(part)
        if item and item.strong and item.rest and item.shape == first.shape:
            yield item.value


def _inner(text: str) -> tuple[str, ...]:
    """Return the values within a line, each with its meaning: GOOD：好；BAD：坏, 1:一; 2:二."""
    text = _DATE.sub("", text)
    heads = list(_INNER.finditer(text))
    constants = _unique(
        head["value"] for head in heads if len(head["value"]) > 1 and not head["value"].isdecimal()
    )
    return constants if len(constants) > 1 else _numbers(text, heads)


def _numbers(text: str, heads: Sequence[re.Match[str]]) -> tuple[str, ...]:
    """Read 1:一; 2:二: every clause begins with a number, or Chinese follows every number."""
    clauses = [_first(clause) for clause in _CLAUSES.split(re.split("[。：](?=\\d)", text)[-1])]
    if len(clauses) > 1 and all(one and one.strong and one.value.isdecimal() for one in clauses):
        return _unique(one.value for one in clauses if one)
    found = [
        head
        for head in heads
        if head["value"].isdecimal() and not text[head.end() : head.end() + 1].isascii()
    ]
    before = text[: found[0].start()] if found else ""
    if not found or _EXAMPLE.search(before) or "类推" in text:
        return ()
    if text[found[0].start()] in ";；,，、/|" and re.search("[:：=-]", before):
        return ()  # What stands before the first one belongs to the list, too, and is none.
    return _unique(head["value"] for head in found)


def _class(value: str) -> str:
    """Say what a value is made of: the values of one list are alike."""
    if value.removeprefix("-").isdecimal():
        return "number"
    return "word" if value[:1].islower() else "constant"


def _candidates(texts: Iterable[str]) -> tuple[str, ...]:
    return _unique(word for text in texts for word in _CONSTANTS.findall(text))


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
