"""Reading YAML and JSON: what is read, with its lines, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generator.problems import GenerationError
from generator.tree import line, line_of, load, node, read
from tests.generator.support import Node

BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "\n".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
CHAIN = "a0: &a0 [x]\n" + "\n".join(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 150))

REFUSED = {
    "nothing": ("", "t.yaml: the root must be an object, not nothing"),
    "only a comment": ("# x", "the root must be an object, not nothing"),
    "a list": ("[1]", "the root must be an object, not a list"),
    "a key twice": ("a: 1\nb: 2\na: 2", "line 3: the key a stands in line 1 already; keep one"),
    "an alias inside its anchor": ("a: &x [*x]", "line 1: the alias *x stands inside its own"),
    "an alias without an anchor": ("a: *x", "the alias *x has no anchor before it"),
    "aliases of aliases": (BOMB, "the aliases stand for too much"),
    "a chain of aliases": (CHAIN, "line 100: with the alias *a98 more than 100 levels"),
    "many levels": ("a: " + "[" * 300 + "]" * 300, "line 1: more than 100 levels; give inner"),
    "a million levels": ("a: " + "[" * 1_000_000, "more than 100 levels"),
    "bytes": ("a: !!binary aGk=", "line 1: the tag tag:yaml.org,2002:binary is not understood"),
    "a set": ("a: !!set {x}", "the tag tag:yaml.org,2002:set is not understood"),
    "an object of Python": ("a: !!python/object:x {}", "is not understood; leave it out"),
    "a tag of a number": ("a: !!int x", "the tag tag:yaml.org,2002:int is not understood"),
    "a list as a key": ("? [a]\n: 1", "an object or a list can't be a key"),
    "an alias as a key": ("a: &x [1]\n*x : 1", "the alias *x is no text, so it can't be a key"),
    "a second document": ("a: 1\n---\nb: 2", "line 2: a second document begins"),
    "a list to merge": ("a:\n  <<: [1]", "line 2: << takes objects"),
    "no number": ("a: .nan", "line 1: .nan is no number of JSON"),
    "an endless number": ("a: 1e999", "1e999 is no number of JSON"),
    "a very long number": (f"a: {'9' * 5000}", "a number of 5000 digits"),
    "an open list": ("a: [", "line 2: "),
    "a control character": ("a: \x01", "control characters are not allowed"),
    "half of a pair": ('a: "\\ud800"', "line 1: "),
}


@pytest.mark.parametrize(("text", "problem"), REFUSED.values(), ids=REFUSED)
def test_what_json_could_not_say_is_refused_with_its_line(text: str, problem: str) -> None:
    with pytest.raises(GenerationError) as caught:
        load(text, "t.yaml")
    assert str(caught.value).startswith("t.yaml")
    assert problem in str(caught.value)


READ: dict[str, tuple[str, Node]] = {
    "keys that are no text": ("200: a\ntrue: b\nnull: c", {"200": "a", "true": "b", "null": "c"}),
    "words": ("a: no\nb: yes\nc: 2026-01-02", {"a": "no", "b": "yes", "c": "2026-01-02"}),
    "numbers": ("[a, b]: 1".replace("[a, b]", "a") + "\nb: 0x10\nc: -1.5e3\nd: 012", {}),
    "quoted": ("a: '1'\nb: \"true\"\nc: !!str 7", {"a": "1", "b": "true", "c": "7"}),
    "aliases": ("a: &x {b: [1]}\nc: *x", {"a": {"b": [1]}, "c": {"b": [1]}}),
    "merged": ("a: &x {b: 1, c: 2}\nd: {<<: *x, b: 3}", {"a": {"b": 1, "c": 2}, "d": {}}),
    "nothing": ("a:\nb: ~", {"a": None, "b": None}),
}
READ["numbers"][1].update({"a": 1, "b": 16, "c": -1500.0, "d": 12})
READ["merged"][1]["d"] = {"b": 3, "c": 2}


@pytest.mark.parametrize(("text", "expected"), READ.values(), ids=READ)
def test_what_json_can_say_is_read(text: str, expected: Node) -> None:
    assert load(text, "t.yaml") == expected


def test_json_is_read_as_json_reads_it(tmp_path: Path) -> None:
    value: Node = {"a": [1, -2.5, 1e3, True, None, "\U0001f600", 'q"\\/\n\t', "中"], "b": {"": {}}}
    for ascii_only in (True, False):
        for indent in (None, 1, "\t"):
            text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
            assert load(text, "t.json") == json.loads(text)
    (tmp_path / "t.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(value).encode())
    assert read(tmp_path / "t.json") == value


def test_every_key_and_object_knows_its_line() -> None:
    root = load("a: 1\nb:\n  c:\n    - d: 2\n", "t.yaml")
    assert (line(root), line_of(root, "b"), line_of(node(root["b"]), "c")) == (1, 2, 3)
    assert line(root["b"]["c"][0]) == 4
    assert (line(1), line_of(root, "z")) == (0, 0)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"a: \xff", "is not UTF-8: byte 0xff at 3; save it as UTF-8"),
        ("a: 中".encode("utf-16"), "is not UTF-8: byte 0xff at 0"),
        (None, "can't be read: No such file"),
    ],
)
def test_a_file_that_is_no_text_is_named(data: bytes | None, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(GenerationError, match=problem) as caught:
        read(path)
    assert str(caught.value).startswith(str(path))
