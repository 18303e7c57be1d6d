"""The words of a scaffold: those of the page, and what a person has to decide."""

from __future__ import annotations

import re

from .model import Field
from .writing import TODO, Node

UNWRITTEN = f"{TODO}: say it in English. 待补充：中文说明。"
_TYPES = frozenset({"string", "integer", "number", "boolean", "object", "array", "file"})


class Texts:
    """Takes titles and descriptions from the page, or leaves them to a person."""

    def __init__(self, *, kept: bool = True) -> None:
        self._kept = kept

    def words(self, text: str, *remarks: str) -> str:
        """Return a text below the remarks about it."""
        told = (f"{TODO}: {remark}" for remark in remarks)
        return "\n".join([*told, text.strip() if self._kept else UNWRITTEN])

    def title(self, one: Field) -> str:
        """Return the title of a field; its name is one, too."""
        return self.short(one.title or one.path[-1])

    def short(self, text: str) -> str:
        """Return a text on one line."""
        return " ".join(text.split()) if self._kept else f"待补充 · {TODO}"

    def of(self, one: Field) -> Node:
        """Return title and description of a field, with what the page leaves open."""
        text = re.sub(r"^\s*【[^】]*】", "", one.description).strip()
        lines = "\n".join(line.strip() for line in text.split("\n") if line.strip())
        return {
            "title": self.title(one),
            "description": self.words(lines or self.title(one), *_open(one)),
        }

    def meaning(self, one: Field, value: str) -> str:
        """Return what the page says about a value."""
        after = re.search(
            rf"(?<![\w-])`?{re.escape(value)}`?\s*[:：\-—–=]*\s*([^\n|;；]+)", one.description
        )
        return self.words(after[1].strip(" 。，,`") or value if after else value)


def _open(one: Field) -> list[str]:
    """Say what a person has to find out about a field."""
    found: list[str] = []
    if one.required is None and one.place != "path":
        found.append("the page does not state whether this is required")
    word = (one.type or "").removeprefix("array of ")
    if not one.type:
        found.append("the page does not state the type")
    elif word not in _TYPES:
        found.append(f"the page calls this type {one.type}")
    return found
