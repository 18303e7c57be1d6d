"""Puts a scaffold into an existing spec, whose other lines stay as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..tree import Node, line_of, load, node
from . import marks
from .model import Notice, Page, UnreadableError
from .scaffold import Parts
from .surroundings import Surroundings
from .texts import Texts
from .writing import lines


class AlreadyThereError(UnreadableError):
    """A spec has all operations, or all notices, of a page."""


def into(text: str, source: str, page: Page, *, texts: bool = True) -> str:
    """Return the text of a spec with the operations of a page that it lacks.

    Raises:
        AlreadyThereError: There is nothing to add.
        UnreadableError: There is no place to add it.
    """
    root = load(text, source)
    surroundings = Surroundings(root, source)
    new = [one for one in page.operations if not surroundings.has(one)]
    if page.operations and not new:
        names = ", ".join(one.name for one in page.operations)
        raise AlreadyThereError(f"{source} has {names} already: compare them with drift")
    notices = tuple(one for one in page.notices if not _has(root, one))
    if page.notices and not notices:
        names = ", ".join(name for one in page.notices for name in marks.events(one))
        raise AlreadyThereError(f"{source} has the notices {names} already")
    page = replace(page, operations=tuple(new), notices=notices)
    parts = Parts(page, surroundings, Texts(kept=texts))
    file = _File(text, source)
    components = node(root.get("components"))
    # From the end of the file to its start, so that the lines above keep their numbers.
    additions = [(node(root["paths"]), path, item) for path, item in parts.paths.items()]
    edits: list[tuple[int, list[str]]] = []
    for paths, path, item in additions:
        if path in paths:
            edits.append(file.below(paths[path], line_of(paths, path), item))
        else:
            edits.append(file.below(paths, line_of(root, "paths"), {path: item}))
    for kind, entries in (("responses", parts.responses), ("schemas", parts.schemas)):
        if entries and kind in components:
            edits.append(file.below(components[kind], line_of(components, kind), entries))
        elif entries:
            edits.append(file.below(components, line_of(root, "components"), {kind: entries}))
    if parts.webhooks and (known := node(root.get("x-webhooks"))):
        edits.append(file.below(known, line_of(root, "x-webhooks"), parts.webhooks))
    elif parts.webhooks:
        edits.append(file.at_the_end({"x-webhooks": parts.webhooks}))
    return file.edited(edits)


def _has(root: Node, notice: Notice) -> bool:
    """Return whether a spec has all events of a notice."""
    webhooks = node(root.get("x-webhooks")).values()
    stated = [node(node(node(one).get("post")).get("x-notice")) for one in webhooks]
    return set(marks.events(notice)) <= {
        str(event) for one in stated for event in one.get("events", ())
    }


class _File:
    def __init__(self, text: str, source: str) -> None:
        self._lines = text.rstrip("\n").split("\n")
        self._source = source

    def below(self, holder: Node, line: int, entries: Node) -> tuple[int, list[str]]:
        """Return where entries belong that follow the last of an object, and their lines."""
        first = next(iter(holder), None)
        start = line_of(holder, first)
        if not line or first is None or start <= line:
            raise UnreadableError(f"{self._source}, line {line}: nothing can be added here")
        indent = _indent(self._lines[start - 1])
        end = start
        for number in range(start, len(self._lines)):
            text = self._lines[number]
            if text.strip() and not text.lstrip().startswith("#"):
                if _indent(text) < indent:
                    break
                end = number + 1
        return end, list(lines(entries, indent))

    def at_the_end(self, entries: Node) -> tuple[int, list[str]]:
        """Return where further entries of the root belong, and their lines."""
        return len(self._lines), list(lines(entries))

    def edited(self, edits: Sequence[tuple[int, list[str]]]) -> str:
        """Return the text with lines added, each behind the line with a number."""
        made = list(self._lines)
        for number, added in sorted(edits, key=lambda edit: edit[0], reverse=True):
            made[number:number] = added
        return "\n".join([*made, ""])


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
