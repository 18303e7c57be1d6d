"""Text that ends up in generated Python: literals, docstrings, paragraphs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from unicodedata import east_asian_width

_WIDTH = 100


def literal(value: object) -> str:
    """Return a Python literal for a JSON scalar, texts in double quotes."""
    if not isinstance(value, str):
        return repr(value)
    return '"' + "".join(map(_in_quotes, value)) + '"'


def _in_quotes(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    return character if character.isprintable() else ascii(character)[1:-1]


def raw_literal(pattern: str) -> str:
    """Return a Python literal for a regular expression."""
    if '"' in pattern or pattern.endswith("\\") or not pattern.isprintable():
        return literal(pattern)
    return f'r"{pattern}"' if "\\" in pattern else f'"{pattern}"'


def paragraphs(*parts: str | None) -> str:
    """Join what there is, an empty line between the parts."""
    return "\n\n".join(part.strip() for part in parts if part and part.strip())


def docstring(text: str, indent: int) -> str:
    """Return text that is safe between triple quotes and indented to stand there."""
    first, *more = _lines(_with_summary(text, _WIDTH - indent - 6), _WIDTH - indent)
    if not more and _width(first) <= _WIDTH - indent - 6:
        return f"{first} " if first.endswith('"') else first
    return "\n".join([first, *_indented(more, indent), " " * indent])


def section(text: str, indent: int) -> str:
    """Return text that is safe in the middle of a docstring, indented below its first line."""
    first, *more = _lines(text, _WIDTH - indent)
    return "\n".join([first, *_indented(more, indent)])


def one_line(text: str) -> str:
    """Return text for a comment behind code."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _with_summary(text: str, width: int) -> str:
    """Let the first sentence stand alone where a docstring's first line would hold no whole one."""
    first, gap, rest = text.strip().partition("\n\n")
    summary, _, more = re.sub(r"(?<=[.?!]) ", "\n", first, count=1).partition("\n")
    if not more or (_width(first) <= width and "\n" not in first and first[-1] in ".?!"):
        return text
    fits = _width(summary) <= width and summary.endswith((".", "?", "!"))
    return f"{summary}\n\n{more}{gap}{rest}" if fits else text


def _width(text: str) -> int:
    """Return how many columns text takes: Chinese characters take two."""
    if text.isascii():
        return len(text)
    return len(text) + sum(east_asian_width(character) in "WF" for character in text)


def _lines(text: str, width: int) -> list[str]:
    # Lone surrogates are not printable either, and no file can hold them.
    safe = text.replace("\r\n", "\n")
    if not safe.replace("\n", "").isprintable():
        safe = "".join(c if c == "\n" or c.isprintable() else " " for c in safe)
    safe = safe.replace("\\", "\\\\").replace('"""', '\\"\\"\\"').strip()
    return [part for line in safe.splitlines() for part in _wrap(line.rstrip(), width)] or [""]


def _indented(lines: list[str], indent: int) -> list[str]:
    return [" " * indent + line if line else "" for line in lines]


def _wrap(line: str, width: int) -> list[str]:
    """Break a line at spaces and behind Chinese punctuation, those below as far in as itself."""
    if _width(line) <= width:
        return [line]
    below = " " * (len(line) - len(line.lstrip()))
    found, used = [below], len(below)
    for part in re.findall(r"\S+?(?:[，。；、]+|(?=\s)|$)\s*", line):
        if found[-1].strip() and used + _width(part.rstrip()) > width:
            found.append(below)
            used = len(below)
        found[-1] += part
        used += _width(part)
    return [part.rstrip() for part in found]


def sentence(text: str) -> str:
    """Return a phrase as a sentence."""
    return f"{text[:1].upper()}{text[1:]}."


def see(node: Mapping[str, Any]) -> str | None:
    """Return the link to a node's official page."""
    docs = node.get("externalDocs")
    return f"See {docs['url']}" if docs else None
