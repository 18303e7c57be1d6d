"""Text that ends up in generated Python: literals, docstrings, paragraphs."""

from __future__ import annotations

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
    first, *more = _lines(text, _WIDTH - indent)
    if not more:
        return f"{first} " if first.endswith('"') else first
    return "\n".join([first, *_indented(more, indent), " " * indent])


def section(text: str, indent: int) -> str:
    """Return text that is safe in the middle of a docstring, indented below its first line."""
    first, *more = _lines(text, _WIDTH - indent)
    return "\n".join([first, *_indented(more, indent)])


def one_line(text: str) -> str:
    """Return text for a comment behind code."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _lines(text: str, width: int) -> list[str]:
    # Lone surrogates are not printable either, and no file can hold them.
    safe = "".join(c if c == "\n" or c.isprintable() else " " for c in text.replace("\r\n", "\n"))
    safe = safe.replace("\\", "\\\\").replace('"""', '\\"\\"\\"').strip()
    return [part for line in safe.splitlines() for part in _wrap(line.rstrip(), width)] or [""]


def _indented(lines: list[str], indent: int) -> list[str]:
    return [" " * indent + line if line else "" for line in lines]


def _wrap(line: str, width: int) -> list[str]:
    """Break a line at spaces. A linter counts a Chinese character as two columns."""
    if _columns(line) <= width:
        return [line]
    text = line.lstrip()
    below = " " * (len(line) - len(text) + (2 if text.startswith("- ") else 0))
    lines: list[str] = []
    for word in line.split():
        if lines and _columns(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append((below if lines else line[: len(line) - len(text)]) + word)
    return lines


def _columns(text: str) -> int:
    return sum(2 if east_asian_width(one) in "WF" else 1 for one in text)


def sentence(text: str) -> str:
    """Return a phrase as a sentence."""
    return f"{text[:1].upper()}{text[1:]}."


def see(node: Mapping[str, Any]) -> str | None:
    """Return the link to a node's official page."""
    docs = node.get("externalDocs")
    return f"See {docs['url']}" if docs else None
