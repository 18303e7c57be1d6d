"""The values that a description lists, in all the ways pages list them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .blocks import Line, Piece, plain


class Values(NamedTuple):
    """What a description says about values.

    `sure` is a list; `candidates` are words that may be values, which only the contract can
    tell; `announced` says that a list was announced but could not be read.
    """

    sure: tuple[str, ...] | None
    candidates: tuple[str, ...]
    announced: bool = False


_MARKER = re.compile(
    r"(?:枚举值?|可选值|可选取值|取值(?!范围))(?:多选一|之一|包括|有|如下|为)*\s*(?:[:：]|$)"
)
_LISTED_AFTER = re.compile(r"^\s*枚举值")
_CONSTANT = r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*"
_CONSTANTS = re.compile(rf"(?<![\w-]){_CONSTANT}(?!\w)", re.ASCII)
_WORD = r"[A-Za-z0-9][\w.+-]*?"
_SEPARATOR = r"\s*(?:[:：=（(,，;；]|-+|[—–]+)\s*"
# A value with its meaning: SUCCESS：done, SUCCESS - done, and weaker: SUCCESS done.
_STRONG = re.compile(rf"^[`'\"“]?(?P<value>{_CONSTANT})[`'\"”]?(?P<by>{_SEPARATOR})\S", re.ASCII)
_WEAK = re.compile(rf"^[`'\"“]?(?P<value>{_CONSTANT})[`'\"”]?(?:\s+\S|$)", re.ASCII)
_ANY_STRONG = re.compile(rf"^[`'\"“]?(?P<value>{_WORD})[`'\"”]?{_SEPARATOR}\S", re.ASCII)
_ANY_ALONE = re.compile(rf"^[`'\"“]?(?P<value>{_WORD})[`'\"”]?(?=\s|[^\x00-\x7f]|$)", re.ASCII)
_ITEMS = re.compile(r"\s*[;；]\s*")
_LOOSE_ITEMS = re.compile(r"\s*(?:[;；、,，/|]|或|和|\s)\s*")
_TITLE = re.compile(r"^\s*【[^】]*】\s*")
_BULLET = re.compile(r"^\s*[-•·*●]\s*")
_END = "。. ;；,，"


def listed(lines: Sequence[Line]) -> Values:
    """Find the values that a description lists."""
    code = _in_code(lines)
    if code is not None:
        return Values(code, code)
    texts = [_BULLET.sub("", _TITLE.sub("", plain(line))) for line in lines]
    found: list[str] = []
    announced = False
    for index, text in enumerate(texts):
        marker = _MARKER.search(text)
        if marker is None:
            continue
        # Values may stand in groups, each announced for a case of its own.
        group = _inline(text[marker.end() :]) or _run(texts[index + 1 :], (_ANY_STRONG, _ANY_ALONE))
        announced = announced or not group
        found += group
    if found or announced:
        values = _unique(found)
        return Values(values or None, values or _candidates(texts), announced=not values)
    return _unannounced([text for text in texts if text])


def _in_code(lines: Sequence[Line]) -> tuple[str, ...] | None:
    """Read `A` | `B` 枚举值之一, the way of community pages."""
    for line in lines:
        for index, piece in enumerate(line):
            if not piece.code and _LISTED_AFTER.match(piece.text):
                return _unique(_codes_before(line[:index])) or None
    return None


def _codes_before(pieces: Sequence[Piece]) -> list[str]:
    found: list[str] = []
    for piece in reversed(pieces):
        if piece.code:
            found.insert(0, piece.text)
        elif piece.text.strip(" |\\/、,，"):
            break
    return found


def _inline(text: str) -> tuple[str, ...]:
    """Read a list on the line of its announcement; all of it has to be values."""
    cleaned = text.strip().rstrip(_END)
    if not cleaned:
        return ()
    items = _ITEMS.split(cleaned)
    explained = [_ANY_STRONG.match(item) for item in items]
    if len(items) > 1 and all(explained):
        return _unique(match["value"] for match in explained if match)
    if len(items) == 1 and explained[0]:
        parts = map(_ANY_STRONG.match, re.split(r"\s*[，,、]\s*|\s+", cleaned))
        return _unique([explained[0]["value"], *(part["value"] for part in parts if part)])
    words = [word.strip("`'\"“”") for word in _LOOSE_ITEMS.split(cleaned)]
    if all(re.fullmatch(_WORD, word, re.ASCII) for word in words):
        return _unique(words)
    return ()


def _run(texts: Sequence[str], patterns: Sequence[re.Pattern[str]]) -> tuple[str, ...]:
    """Return the values that begin successive lines, until a line begins with none."""
    found: list[str] = []
    for text in texts:
        match = next((hit for pattern in patterns if (hit := pattern.match(text))), None)
        if match is None:
            break
        found.append(match["value"])
    return _unique(found)


def _unannounced(texts: Sequence[str]) -> Values:
    """Read lines that begin with constants, though nothing announces a list."""
    start = next((index for index, text in enumerate(texts) if _begins_list(text)), None)
    run = () if start is None else _run(texts[start:], (_STRONG, _WEAK))
    # One constant at the start of a text may be its first word: "APPID of the platform".
    sure = len(run) > 1 or (len(run) == 1 and bool(start) and _STRONG.match(texts[start or 0]))
    return Values(run if sure else None, _candidates(texts))


def _begins_list(text: str) -> bool:
    return bool(_STRONG.match(text) or _WEAK.match(text))


def _candidates(texts: Iterable[str]) -> tuple[str, ...]:
    return _unique(word for text in texts for word in _CONSTANTS.findall(text))


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
