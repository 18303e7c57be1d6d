"""What a cell says: a type with its length, whether a field is required, its names."""

from __future__ import annotations

import re
import shlex
from typing import NamedTuple

from .model import Length

_TYPES = {
    "string": ("string", "str", "text", "varchar", "char"),
    "integer": ("integer", "int", "int32", "int64", "long", "uint", "uint32", "uint64"),
    "number": ("number", "float", "double", "decimal"),
    "boolean": ("boolean", "bool"),
    "object": ("object", "map", "json", "dict"),
    "file": ("file", "message", "binary", "bytes"),
    "array": ("array", "list"),
}
PLAIN = frozenset(_TYPES)
_SPELLINGS = {spelling: name for name, spellings in _TYPES.items() for spelling in spellings}

_ARRAY = re.compile(
    r"^(?:array|list)\s*[\[<(（]\s*(?P<item>.+?)\s*[\]>)）]$|^(?P<of>.+?)\s*\[\s*\]$"
)
_SIZED = re.compile(r"^(?P<type>[A-Za-z]\w*)\s*[\[(（]\s*(?P<size>[\d\s,，~\-–]+)[\])）]$")
_FORMATTED = re.compile(r"^(?P<type>\w+)\s*[(（]\s*(?:u?int(?:32|64)|float|double)\s*[)）]$")
_NAME = re.compile(r"^[A-Za-z_][\w-]*(?:\[\])?(?:\.[A-Za-z_][\w-]*(?:\[\])?)*$", re.ASCII)
_BETWEEN_NAMES = re.compile(r"\s*(?:[/、,，;；|]|或|\s)\s*")

_REQUIRED = frozenset({"true", "是", "必填", "必传", "yes", "required", "y"})
_OPTIONAL = frozenset({"false", "否", "选填", "非必填", "可选", "no", "optional", "n"})


class Typed(NamedTuple):
    """A type cell; a type that is not known stands as it was written."""

    type: str | None
    length: Length | None


def typed(text: str) -> Typed:
    """Read a type cell: string(32), string[1,32], array[object], object[] and the like."""
    cleaned = " ".join(text.split())
    if not cleaned:
        return Typed(None, None)
    if sized := _SIZED.match(cleaned):
        name = _known(sized["type"])
        length = _length(sized["size"])
        if length is not None:
            return Typed(name, length if name == "string" else None)
    if formatted := _FORMATTED.match(cleaned):
        return Typed(_known(formatted["type"]), None)
    if array := _ARRAY.match(cleaned):
        item = typed(array["item"] or array["of"])
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
    word = text.strip().lower()
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
    return re.sub(r"\s*_\s*", "_", text.strip().replace("\\_", "_"))


def stray(text: str) -> bool:
    """Return whether a space stands within a name, beside an underscore."""
    return bool(re.search(r"\s_|_\s", text.strip()))


def codes(text: str) -> list[str]:
    """Return the error codes in a cell, one for each line; a space within one is a slip."""
    return ["".join(line.split()) for line in unspaced(text).split("\n")]


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
