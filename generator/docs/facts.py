"""What a cell says: a type with its length, whether a field is required, its names."""

from __future__ import annotations

import re
import shlex
import unicodedata
from typing import NamedTuple

from .model import Length

_TYPES = {
    "string": ("string", "str", "text", "varchar", "char", "字符串"),
    "integer": (
        "integer",
        "int",
        "int32",
        "int64",
        "long",
        "uint",
        "uint32",
        "uint64",
        "整型",
        "整数",
    ),
    "number": ("number", "float", "float32", "float64", "double", "decimal"),
    "boolean": ("boolean", "bool", "布尔", "布尔值"),
    "object": ("object", "map", "json", "dict", "对象"),
    "file": ("file", "message", "binary", "bytes", "文件"),
    "array": ("array", "list", "数组"),
}
PLAIN = frozenset(_TYPES)
_SPELLINGS = {spelling: name for name, spellings in _TYPES.items() for spelling in spellings}

_ARRAY = re.compile(
    r"^(?:array|list)\s*[\[<(]\s*(?P<item>.+?)\s*[\]>)]$|^(?P<of>.+?)\s*\[\s*\]$"
    r"|^\[\s*\]\s*(?P<behind>.+)$|^(?P<before>\w+) (?:array|list)$",
    re.IGNORECASE,
)
_SIZED = re.compile(
    r"^(?P<type>[A-Za-z]\w*)\s*[\[({<]\s*(?:≤|<=|最长|最大)?(?P<size>[\d\s,~\-–]+)"
    r"(?:个?字符|字节|位)?[\])}>]$"
)
_FORMATTED = re.compile(r"^(?P<type>\w+)\s*\(\s*(?:u?int(?:32|64)|float|double)\s*\)$")
_EXPLAINED = re.compile(r"^(?P<type>[\w\[\]]+)\s*\([\u3400-\u9fff]+\)$")
_MAP = re.compile(r"^(?:map|dict)\s*[<\[(].*[>\])]$", re.IGNORECASE)
_NAME = re.compile(r"^[A-Za-z_][\w-]*(?:\[\])?(?:\.[A-Za-z_][\w-]*(?:\[\])?)*$", re.ASCII)
_BETWEEN_NAMES = re.compile(r"\s*(?:[/、,，;；|]|或|\s)\s*")

_REQUIRED = frozenset({"true", "是", "必填", "必传", "必须", "yes", "required", "y", "m", "√", "✓"})
_OPTIONAL = frozenset(
    {
        "false",
        "否",
        "选填",
        "非必填",
        "非必传",
        "非必须",
        "可选",
        "no",
        "optional",
        "n",
        "o",
        "×",
        "✗",
    }
)


class Typed(NamedTuple):
    """A type cell; a type that is not known stands as it was written."""

    type: str | None
    length: Length | None


def typed(text: str) -> Typed:
    """Read a type cell: string(32), string[1,32], array[object], object[] and the like."""
    cleaned = " ".join(narrow(text).split())
    if not cleaned:
        return Typed(None, None)
    if explained := _EXPLAINED.match(cleaned):
        cleaned = explained["type"]
    if _MAP.match(cleaned):
        return Typed("object", None)
    if sized := _SIZED.match(cleaned):
        name = _known(sized["type"])
        length = _length(sized["size"])
        if length is not None:
            return Typed(name, length if name == "string" else None)
    if formatted := _FORMATTED.match(cleaned):
        return Typed(_known(formatted["type"]), None)
    if array := _ARRAY.match(cleaned):
        item = typed(next(filter(None, array.groups())))
        return Typed(f"array of {item.type}", None)
    return Typed(_known(cleaned), None)


def _known(name: str) -> str:
    return _SPELLINGS.get(name.lower(), name)


def _length(size: str) -> Length | None:
    numbers = [int(number) for number in re.findall(r"\d+", size)]
    if len(numbers) == 1:
        return Length(None, numbers[0])
    return Length(*numbers) if len(numbers) == 2 else None


def required(text: str) -> bool | None:
    """Read a required cell; None means that it was not understood."""
    word = re.sub(r"\(.*\)$", "", narrow(text).strip().lower())
    return True if word in _REQUIRED else False if word in _OPTIONAL else None


def names(text: str) -> list[tuple[str, ...]]:
    """Return the names in a cell as paths; several may share one; none means not understood."""
    cleaned = unspaced(text)
    parts = [cleaned] if _NAME.match(cleaned) else _BETWEEN_NAMES.split(cleaned)
    if not all(_NAME.match(part) for part in parts):
        return []
    return [tuple(part.replace("[]", "").split(".")) for part in parts]


def unspaced(text: str) -> str:
    """Return names without the stray spaces beside an underscore, and without escapes."""
    return re.sub(r"\s*_\s*", "_", narrow(text).strip().replace("\\_", "_"))


def narrow(text: str) -> str:
    """Return text whose full-width letters, digits and signs are those of ASCII."""
    return unicodedata.normalize("NFKC", text)


def stray(text: str) -> bool:
    """Return whether a space stands within a name, beside an underscore."""
    return bool(re.search(r"\s_|_\s", text.strip()))


def codes(text: str) -> list[str]:
    """Return the error codes in a cell; a space within one is a slip."""
    return ["".join(code.split()) for code in re.split(r"[\n/、,]", unspaced(text))]


def status(text: str) -> str:
    """Return the number of a status, without its name."""
    return re.sub(r"^(\d{3})\s+[A-Za-z ]+$", r"\1", narrow(text).strip())


class Attributed(NamedTuple):
    """Text and the attribute list that ended it."""

    text: str
    attributes: dict[str, str]
    understood: bool = True


def attributed(text: str) -> Attributed:
    """Split `name {data-required data-indent=1}` as markdown-it-attrs does."""
    found: dict[str, str] = {}
    left = text.strip()
    while (start := left.rfind("{")) >= 0 and left.endswith("}"):
        try:
            words = shlex.split(left[start + 1 : -1])
        except ValueError:
            return Attributed(left, {}, understood=False)
        left = left[:start].strip()
        found = {**_pairs(words), **found}
    return Attributed(left, found)


def _pairs(words: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for word in words:
        if word.startswith("#"):
            found["id"] = word[1:]
        elif word.startswith("."):
            found["class"] = f"{found.get('class', '')} {word[1:]}".strip()
        else:
            key, _, value = word.partition("=")
            found[key] = value
    return found
