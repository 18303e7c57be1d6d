"""Reads YAML or JSON into plain objects, lists and scalars that remember their lines.

Only what JSON can say is read: text as keys, no tags of other types, no number without digits.
Aliases stand for their anchors as long as the result stays finite and of a sensible size.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, TypeAlias, cast

import yaml

from .problems import GenerationError, Problem

Node: TypeAlias = dict[str, Any]

_LEVELS = 100
"""How deep a spec may nest. Real ones have 20 to 30 levels; our walks recurse."""
_EXPANSION = 10
_SPARE = 100_000
"""Aliases may make a spec this many times longer, and short ones by this many values."""

_TYPES = {
    f"tag:yaml.org,2002:{name}": kinds
    for name, kinds in {
        "bool": (bool,),
        "int": (int,),
        "float": (int, float),
        "null": (type(None),),
    }.items()
}
_TEXT = {"!", "tag:yaml.org,2002:str"}
_COLLECTIONS = {None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}
_WORDS: dict[str, object] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_PAIR = re.compile(
    r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
)


class Object(Node):
    """An object, with its line and the line of each of its keys."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}


def node(value: object) -> Node:
    """Return an object; an empty one for anything else."""
    return cast("Node", value) if isinstance(value, dict) else {}


def nodes(value: object) -> list[Node]:
    """Return a list of objects; an empty one for anything else."""
    return [node(item) for item in cast("list[object]", value)] if isinstance(value, list) else []


def line(value: object) -> int:
    """Return the line on which an object begins, 0 if it is not known."""
    return value.line if isinstance(value, Object) else 0


def line_of(holder: object, key: str | None) -> int:
    """Return the line of a key, 0 if it is not known."""
    return holder.lines.get(key or "", 0) if isinstance(holder, Object) else 0


def named(value: object) -> str:
    """Return what a value is, in words."""
    kinds = {dict: "an object", list: "a list", str: "text", bool: "true or false"}
    found = (name for kind, name in kinds.items() if isinstance(value, kind))
    return "nothing" if value is None else next(found, "a number")


def read(path: Path) -> Node:
    """Read a file whose root is an object.

    Raises:
        GenerationError: It can't be read, or says what JSON could not say.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problem = f"{path} is not UTF-8: byte {error.object[error.start]:#x} at {error.start}"
        raise GenerationError(f"{problem}; save it as UTF-8") from None
    except OSError as error:
        raise GenerationError(f"{path} can't be read: {error.strerror}") from None
    return load(text, str(path))


def load(text: str, source: str) -> Node:
    """Read a text whose root is an object; see `read`."""
    if source.endswith(".json"):
        # JSON is YAML but for a character that it escapes as two halves.
        text = _PAIR.sub(_whole, text)
    reader = _Reader(source)
    try:
        root = reader.read(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        why = " ".join(filter(None, (error.context, error.problem)))
        raise reader.refused(why, mark.line + 1 if mark else 0) from None
    except yaml.YAMLError as error:
        raise reader.refused(str(error).splitlines()[0], 0) from None
    if not isinstance(root, Object):
        raise reader.refused(f"the root must be an object, not {named(root)}", 0)
    return root


def _whole(found: re.Match[str]) -> str:
    high, low = int(found[2], 16), int(found[3], 16)
    return found[1] + chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


class _Frame:
    """An object or a list that is being read."""

    def __init__(self, found: Object | list[object], anchor: str | None, start: int) -> None:
        self.found = found
        self.anchor = anchor
        self.start = start
        self.height = 1
        self.key: str | None = None
        self.merged: list[Object] = []


class _Reader:
    """Builds the tree from the events of one text."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._stack: list[_Frame] = []
        self._anchors: dict[str, tuple[object, int, int]] = {}
        self._count = 0
        """Values so far, those that aliases stand for included."""
        self._written = 0
        self._root: object = None
        self._documents = 0

    def refused(self, why: str, line: int) -> GenerationError:
        place = f"{self._source}, line {line}" if line else self._source
        return GenerationError(Problem("", f"{place}: {why}"))

    def read(self, text: str) -> object:
        """Return the root."""
        events: Any = yaml.parse(text, Loader=yaml.CBaseLoader)
        for event in events:
            line = event.start_mark.line + 1
            match event:
                case yaml.ScalarEvent():
                    self._scalar(event, line)
                case yaml.AliasEvent():
                    self._alias(str(event.anchor), line)
                case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                    self._open(event, line)
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    self._close()
                case yaml.DocumentStartEvent():
                    self._documents += 1
                    if self._documents > 1:
                        raise self.refused("a second document begins; keep one in the file", line)
                case _:
                    pass
        return self._root

    def _open(self, event: Any, line: int) -> None:  # noqa: ANN401 - two classes without a base
        if event.tag not in _COLLECTIONS:
            raise self.refused(f"the tag {event.tag} is not understood; leave it out", line)
        if len(self._stack) >= _LEVELS:
            raise self.refused(f"more than {_LEVELS} levels; give inner schemas names", line)
        self._may_stand_here(line)
        is_object = isinstance(event, yaml.MappingStartEvent)
        self._stack.append(_Frame(Object(line) if is_object else [], event.anchor, self._count))
        self._anchors.pop(event.anchor, None)

    def _close(self) -> None:
        frame = self._stack.pop()
        for merged in frame.merged:
            self._merge(cast("Object", frame.found), merged)
        self._count += 1
        self._written += 1
        if frame.anchor:
            size = self._count - frame.start
            self._anchors[frame.anchor] = (frame.found, size, frame.height)
        self._add(frame.found, frame.height)

    def _scalar(self, event: Any, line: int) -> None:  # noqa: ANN401 - types-pyyaml knows no more
        text: str = event.value
        frame = self._stack[-1] if self._stack else None
        self._count += 1
        self._written += 1
        if frame is not None and isinstance(frame.found, Object) and frame.key is None:
            self._key(frame, text, line)
            value: object = text
        else:
            value = self._value(event, text, line)
            self._add(value, 0)
        if event.anchor:
            self._anchors[event.anchor] = (value, 1, 0)

    def _key(self, frame: _Frame, text: str, line: int) -> None:
        found = cast("Object", frame.found)
        if text in found:
            why = f"the key {text} stands in line {found.lines[text]} already; keep one of them"
            raise self.refused(why, line)
        frame.key = text
        found.lines[text] = line

    def _value(self, event: Any, text: str, line: int) -> object:  # noqa: ANN401 - as above
        if event.tag in _TEXT or (event.tag is None and not event.implicit[0]):
            return text
        value = self._resolved(text, line)
        if event.tag is not None and not isinstance(value, _TYPES.get(event.tag, ())):
            raise self.refused(f"the tag {event.tag} is not understood; leave it out", line)
        return value

    def _resolved(self, text: str, line: int) -> object:
        """Return what an unquoted text means by the core schema of YAML 1.2."""
        if text in _WORDS:
            return _WORDS[text]
        try:
            if _INTEGER.fullmatch(text):
                return int(text, 0) if text[:2] in {"0o", "0x"} else int(text)
            number = float(text) if _FLOAT.fullmatch(text) else None
        except ValueError:
            raise self.refused(f"a number of {len(text)} digits", line) from None
        if _NO_NUMBER.fullmatch(text) or number in {float("inf"), float("-inf")}:
            raise self.refused(f"{text[:20]} is no number of JSON", line)
        return text if number is None else number

    def _alias(self, anchor: str, line: int) -> None:
        found = self._anchors.get(anchor)
        if found is None:
            own = any(frame.anchor == anchor for frame in self._stack)
            why = "stands inside its own anchor" if own else "has no anchor before it"
            raise self.refused(f"the alias *{anchor} {why}", line)
        value, size, height = found
        self._count += size
        if self._count > self._written * _EXPANSION + _SPARE:
            raise self.refused(f"with the alias *{anchor} the aliases stand for too much", line)
        if len(self._stack) + height > _LEVELS:
            raise self.refused(f"with the alias *{anchor} more than {_LEVELS} levels", line)
        frame = self._stack[-1]
        if isinstance(frame.found, Object) and frame.key is None:
            if not isinstance(value, str):
                raise self.refused(f"the alias *{anchor} is no text, so it can't be a key", line)
            self._key(frame, value, line)
        else:
            self._add(value, height)

    def _may_stand_here(self, line: int) -> None:
        frame = self._stack[-1] if self._stack else None
        if frame is not None and isinstance(frame.found, Object) and frame.key is None:
            raise self.refused("an object or a list can't be a key", line)

    def _add(self, value: object, height: int) -> None:
        if not self._stack:
            self._root = value
            return
        frame = self._stack[-1]
        frame.height = max(frame.height, height + 1)
        if isinstance(frame.found, list):
            frame.found.append(value)
            return
        key, frame.key = cast("str", frame.key), None
        if key != "<<":
            frame.found[key] = value
            return
        line = frame.found.lines.pop(key)
        parts = cast("list[object]", value) if isinstance(value, list) else [value]
        for part in parts:
            if not isinstance(part, Object):
                raise self.refused("<< takes objects", line)
            frame.merged.append(part)

    @staticmethod
    def _merge(found: Object, merged: Object) -> None:
        for key, value in merged.items():
            if key not in found:
                found[key] = value
                found.lines[key] = merged.lines[key]
