"""Writes YAML in the style of our spec."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence, Sized
from typing import Any, TypeAlias, cast

Node: TypeAlias = dict[str, Any]

TODO = "TODO"
"""Marks what a person has to decide or write; linter and generator refuse it."""

_PLAIN = re.compile(r"[$A-Za-z/\u3400-\u9fff][\w /().+;$\u00b7\u3001-\u3020\uff01-\uff5e-]*")
"""Text that needs no quotation marks: it begins like a word and has no character of YAML's own."""

_RESERVED = re.compile(
    r"(?i:true|false|yes|no|on|off|null|y|n)|[0-9a-fA-Fxob_.eE+-]*[0-9]+[\w.:+-]*"
)
_ODD = re.compile("[\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


class OneLine(dict[str, Any]):
    """An object written on one line."""


def reference(schema: str, kind: str = "schemas") -> Node:
    """Return a reference to a component."""
    return {"$ref": f"#/components/{kind}/{schema}"}


def dump(node: Node, head: str) -> str:
    """Return the text of a document that begins with a comment."""
    comment = [f"# {line}" for line in head.split("\n")]
    return "\n".join([*comment, *lines(node), ""])


def lines(value: object, indent: int = 0) -> Iterator[str]:
    """Yield the lines of an object or a list."""
    margin = " " * indent
    if isinstance(value, dict):
        for key, inner in cast("Node", value).items():
            yield from _entry(f"{margin}{_text(key)}:", inner, indent + 2)
        return
    for inner in cast("Sequence[object]", value):
        if _is_spread(inner, apart=list):
            first, *rest = lines(inner, indent + 2)
            yield f"{margin}- {first.lstrip()}"
            yield from rest
        else:
            yield from _entry(f"{margin}-", inner, indent + 2)


def _entry(before: str, value: object, indent: int) -> Iterator[str]:
    if _is_spread(value):
        yield before
        yield from lines(value, indent)
    elif isinstance(value, str) and _is_block(value):
        yield f"{before} |-"
        yield from (f"{' ' * indent}{line}" if line else "" for line in value.split("\n"))
    else:
        yield f"{before} {_inline(value)}"


def _is_spread(value: object, apart: type = OneLine) -> bool:
    """Whether a value is an object or a list that takes lines of its own."""
    is_one = isinstance(value, OneLine | str | apart)
    return not is_one and isinstance(value, Sized) and len(value) > 0


def _is_block(text: str) -> bool:
    """Return whether a text of several lines keeps all its characters when written as lines."""
    clean = not re.search(r"[^\S\n]\n|\s$|^\s|[\x00-\x09\x0b-\x1f]", text) and not _ODD.search(text)
    return "\n" in text and clean


def _inline(value: object) -> str:
    if isinstance(value, dict):
        pairs = cast("Mapping[str, object]", value).items()
        inside = ", ".join(f"{_text(key)}: {_inline(inner)}" for key, inner in pairs)
        return f"{{{inside}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_inline, cast('list[object]', value)))}]"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(text: str) -> str:
    plain = _PLAIN.fullmatch(text) and not _RESERVED.fullmatch(text) and not text.endswith(" ")
    if plain and not _ODD.search(text):
        return text
    return _ODD.sub(lambda hit: f"\\u{ord(hit[0]):04x}", json.dumps(text, ensure_ascii=False))
