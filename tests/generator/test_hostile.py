"""Damaged specs: each is read or refused, and no other exception shows a traceback."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias, cast

import pytest

from generator import build
from generator.__main__ import main
from generator.checks import check
from generator.normalise import normalise
from generator.problems import GenerationError
from generator.selection import code_of
from generator.spec import Document
from generator.tree import load
from generator.upstream import parse, settings
from generator.upstream_input import upstream_input
from generator.views import IMPORTED
from tests.generator.support import Node, answer, content, document, operation, parameter, to

Way: TypeAlias = tuple[str | int, ...]

OPTIONS = settings(build.SPEC, build.CONFIG, Path("unused"), IMPORTED)
SMALL = document(
    {
        "A": {"allOf": [to("B"), {"properties": {"x": {"type": "string", "maxLength": 1}}}]},
        "B": {"type": "object", "required": ["b"], "properties": {"b": {"enum": ["x", None]}}},
        "C": {"oneOf": [to("A"), {"type": "null"}], "description": "C"},
    },
    {
        "/a/{id}": {
            "post": operation(
                "postA",
                parameter("id", "path"),
                parameter("q", "query", {"type": ["array", "null"], "items": {"minimum": 1}}),
                body=content(to("A")),
                responses={"200": answer(to("C")), "400": {"description": "", "x-error-name": "E"}},
                tags=["t"],
                **{"x-echoes": {"b": "$request.path.id"}, "x-idempotent": {"reason": "r"}},
            )
        }
    },
    openapi="3.1.0",
)
DAMAGES: list[object] = [
    *(None, 1, -1.5, True, "x", "", "#/components/schemas/A", [], {}, [{}], {"x": 1}),
    *({"$ref": "#/components/schemas/C"}, {"$ref": 1}, "n" * 300, "中" * 300, "TODO", 10**30),
]


def ways(value: object, way: Way = ()) -> Iterator[Way]:
    """Yield the way to every value of a spec."""
    yield way
    if isinstance(value, dict):
        for key, inner in cast("Node", value).items():
            yield from ways(inner, (*way, key))
    elif isinstance(value, list):
        for index, inner in enumerate(cast("list[object]", value)):
            yield from ways(inner, (*way, index))


def damaged(root: Node, way: Way, damage: object) -> Node:
    """Return a copy with another value in one place."""
    found = copy.deepcopy(root)
    holder: Any = found
    for step in way[:-1]:
        holder = holder[step]
    holder[way[-1]] = copy.deepcopy(damage)
    return found


def is_refused(root: Node) -> bool:
    """Take a spec as far as the parser's result."""
    try:
        code = code_of(Document(root))
        check(code, draft=True)
        normalise(code)
        parse(upstream_input(code), OPTIONS)
    except GenerationError as error:
        return len(error.problems) > 0
    return False


def test_whatever_is_damaged_a_small_spec_is_read_or_refused() -> None:
    every = [way for way in ways(SMALL) if way]
    refusals = sum(is_refused(damaged(SMALL, way, damage)) for way in every for damage in DAMAGES)
    assert len(every) < refusals < len(every) * len(DAMAGES)


def test_whatever_is_damaged_the_committed_spec_is_read_or_refused() -> None:
    root: Node = load(build.SPEC.read_text(encoding="utf-8"), "openapi.yaml")
    every = [way for way in ways(root) if way]
    dice = random.Random(16)  # noqa: S311 - damage has to be the same in each run
    for _ in range(250):
        found = root
        for _ in range(dice.randint(1, 3)):
            way = dice.choice(every)
            try:
                found = damaged(found, way, dice.choice([*DAMAGES, dice.choice(every)[-1]]))
            except (KeyError, IndexError, TypeError):
                continue  # an earlier damage took the place away
        is_refused(found)


def test_whatever_happens_to_its_text_no_command_shows_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = build.SPEC.read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    dice = random.Random(17)  # noqa: S311 - as above
    spec = tmp_path / "openapi.yaml"
    for _ in range(60):
        mangled = lines.copy()
        for _ in range(dice.randint(1, 4)):
            place = dice.randrange(len(mangled))
            line = mangled[place]
            cut = dice.randrange(len(line))
            sign = dice.choice("{}[]:*&!|>%@`\t\x00\ufeff")
            indented = " " * dice.randint(0, 9) + line.lstrip()
            changed = ["", line[:cut], line[:cut] + sign + line[cut:], indented, line * 2]
            mangled[place] = dice.choice([*changed, "<<: *signed\n"])
        spec.write_text("".join(mangled), encoding="utf-8")
        assert main(["lint", "--spec", str(spec)]) in {0, 2}
        assert "Traceback" not in "".join(capsys.readouterr())
