"""Writes YAML in the style of our contract, with remarks for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import StringIO
from typing import Any, TypeAlias, cast

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

Node: TypeAlias = dict[str, Any]

TODO = "TODO"
TEXT = "TODO: say it in English. 待补充：中文说明。"
"""Stands for every text in both languages that a person has to write."""


def mapping(entries: Node | None = None, **more: object) -> Node:
    """Return an object to be written."""
    return cast("Node", CommentedMap({**(entries or {}), **more}))


def reference(schema: str) -> Node:
    """Return a reference to a schema."""
    return mapping({"$ref": f"#/components/schemas/{schema}"})


def quoted(text: str) -> str:
    """Return text that is written in quotation marks, so that it stays text."""
    return str.__new__(DoubleQuotedScalarString, text)


def on_one_line(node: Node) -> Node:
    """Return an object that is written on one line."""
    style: Any = node
    style.fa.set_flow_style()
    return node


def remark(node: Node, key: str, text: str) -> None:
    """Put a TODO above a key."""
    commented: Any = node
    commented.yaml_set_comment_before_after_key(key, before=f"{TODO}: {text}")


def dump(node: Node, head: str) -> str:
    """Return the text of a document that begins with a comment."""
    commented: Any = node
    commented.yaml_set_start_comment(head)
    writer: Any = YAML()
    writer.width = 1000
    writer.indent(mapping=2, sequence=4, offset=2)
    out = StringIO()
    writer.dump(node, out)
    return "\n".join(_indented(out.getvalue().split("\n")))


def _indented(lines: Sequence[str]) -> Iterator[str]:
    """Yield lines with each remark as far in as what it remarks on."""
    for index, line in enumerate(lines):
        below = next((other for other in lines[index:] if not other.startswith("#")), "")
        inset = len(below) - len(below.lstrip(" -"))
        yield " " * inset + line if line.startswith(f"# {TODO}") else line
