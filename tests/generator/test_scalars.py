"""Texts, numbers, booleans, times: how they are read, and which rules are checked."""

from __future__ import annotations

import datetime as dt
import re
import uuid

import pytest

from generator.patterns import python_pattern
from generator.problems import GenerationError
from tests.generator.support import Generated, Node, contract, round_trip

LIMITED: Node = {
    "lengths": {"type": "string", "minLength": 2, "maxLength": 4},
    "empty": {"type": "string", "maxLength": 0},
    "digits": {"type": "string", "pattern": r"^\d+$"},
    "either": {"type": "string", "pattern": "^a$|^b$"},
    "within": {"type": "string", "pattern": "b"},
    "dollar": {"type": "string", "pattern": r"^[$]\d\$"},
    "quoted": {"type": "string", "pattern": "^[\"'\\\\]+$"},
    "span": {"type": "integer", "minimum": 0, "maximum": 9},
    "cents": {"type": "number", "multipleOf": 0.1},
    "evens": {"type": "integer", "multipleOf": 2},
    "number": {"type": "number", "minimum": -0.5},
}
V30 = contract(
    "scalars_30",
    {
        "Limited": {
            "type": "object",
            "properties": {
                **LIMITED,
                "between": {
                    "type": "number",
                    "minimum": 0,
                    "exclusiveMinimum": True,
                    "maximum": 1,
                    "exclusiveMaximum": True,
                },
                "inclusive": {"type": "integer", "minimum": 1, "exclusiveMinimum": False},
                "flag_alone": {"type": "integer", "exclusiveMinimum": True},
            },
        },
        "Formats": {
            "type": "object",
            "required": ["day", "at", "id", "yes"],
            "properties": {
                "day": {"type": "string", "format": "date"},
                "at": {"type": "string", "format": "date-time"},
                "id": {"type": "string", "format": "uuid"},
                "yes": {"type": "boolean"},
                "later": {"type": "string", "format": "date-time"},
                "days": {"type": "array", "items": {"type": "string", "format": "date"}},
                "other": {"type": "string", "format": "email"},
            },
        },
    },
)
V31 = contract(
    "scalars_31",
    {
        "Limited": {
            "type": "object",
            "properties": {
                **LIMITED,
                "between": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
                "both": {"type": "integer", "minimum": 5, "exclusiveMinimum": 3},
                "fixed": {"const": "a"},
                "truth": {"type": "boolean", "const": True},
                "one": {"type": "integer", "const": 1},
                "half": {"const": 0.5},
                "quote": {"const": "\"'\\\n"},
                "nothing": {"const": None},
                "only_true": {"type": "boolean", "enum": [True]},
                "flag": {"type": "boolean", "enum": [True, False]},
            },
        }
    },
    openapi="3.1.0",
)
BOTH = pytest.mark.parametrize("contract", [V30, V31], ids=["3.0", "3.1"])


def check(contract: Generated, name: str, value: object) -> None:
    contract.models.Limited(**{name: value}).check("body")


@BOTH
@pytest.mark.parametrize(
    ("name", "good", "bad", "rule"),
    [
        ("lengths", "ab", "a", "at least 2 characters"),
        ("lengths", "四个字符", "five!", "at most 4 characters, has 5"),
        ("empty", "", "x", "at most 0 characters"),
        ("digits", "12", "12\n", "must match"),
        ("digits", "12", "１２", "must match"),
        ("either", "a", "a\n", "must match"),
        ("within", "abc", "ac", "must match b"),
        ("dollar", "$1$", "x1$", "must match"),
        ("quoted", "\"'\\", "a", "must match"),
        ("span", 0, -1, "at least 0"),
        ("span", 9, 10, "at most 9"),
        ("span", 1, True, "a whole number, not bool"),
        ("span", 1, "1", "a whole number, not str"),
        ("span", 1, 1.0, "a whole number, not float"),
        ("cents", 0.3, 0.35, "multiple of 0.1"),
        ("cents", 1e300, 0.01, "multiple of 0.1"),
        ("evens", 10**30, 10**30 + 1, "multiple of 2"),
        ("number", 1, float("nan"), "must be finite"),
        ("number", -0.5, -0.6, "at least -0.5"),
        ("between", 0.5, 0, "more than 0"),
        ("between", 0.5, 1, "less than 1"),
    ],
)
def test_a_limit_is_checked_before_sending(
    contract: Generated, name: str, good: object, bad: object, rule: str
) -> None:
    check(contract, name, good)
    with pytest.raises(contract.errors.InvalidInputError, match=re.escape(rule)) as caught:
        check(contract, name, bad)
    assert caught.value.where == f"body.{name}"
    assert caught.value.value is bad


@BOTH
def test_reading_asks_for_the_type_and_no_more(contract: Generated) -> None:
    reply = {"lengths": "far too long", "digits": "none", "span": 100, "cents": 0.01}
    assert contract.models.Limited.from_dict(reply).to_dict() == reply
    for wrong in ({"lengths": 1}, {"span": "1"}, {"span": True}, {"span": 1.5}, {"cents": "1"}):
        with pytest.raises(contract.errors.InvalidResponseError) as caught:
            contract.models.Limited.from_dict(wrong)
        assert caught.value.where == next(iter(wrong))


def test_an_exclusive_flag_is_read_as_openapi_3_0_says() -> None:
    check(V30, "inclusive", 1)
    check(V30, "flag_alone", -(10**9))


def test_both_forms_of_a_minimum_count() -> None:
    check(V31, "both", 5)
    with pytest.raises(V31.errors.InvalidInputError, match="at least 5"):
        check(V31, "both", 4)


@pytest.mark.parametrize(
    ("name", "value", "wrong"),
    [
        ("fixed", "a", "b"),
        ("truth", True, False),
        ("truth", True, 1),
        ("one", 1, True),
        ("half", 0.5, 1.5),
        ("quote", "\"'\\\n", "a"),
        ("only_true", True, False),
        ("flag", False, "false"),
    ],
)
def test_a_constant_is_nothing_else(name: str, value: object, wrong: object) -> None:
    round_trip(V31.models.Limited, {name: value})
    with pytest.raises(V31.errors.InvalidResponseError, match=name):
        V31.models.Limited.from_dict({name: wrong})
    with pytest.raises(V31.errors.InvalidInputError):
        check(V31, name, wrong)


FORMATS: Node = {
    "day": "2026-02-28",
    "at": "2018-06-08T10:34:56+08:00",
    "id": "123e4567-e89b-12d3-a456-426614174000",
    "yes": False,
}


def test_formats_become_python_types() -> None:
    read = round_trip(
        V30.models.Formats, {**FORMATS, "days": ["2026-01-01"], "other": "not an address"}
    )
    assert read.day == dt.date(2026, 2, 28)
    assert read.at == dt.datetime.fromisoformat("2018-06-08T10:34:56+08:00")
    assert read.id == uuid.UUID(FORMATS["id"])
    assert read.days == (dt.date(2026, 1, 1),)
    assert hash(read) == hash(V30.models.Formats.from_dict(read.to_dict()))


def test_a_time_in_utc_stays_the_same_instant() -> None:
    read = V30.models.Formats.from_dict({**FORMATS, "at": "2018-06-08T02:34:56Z"})
    assert read.at == V30.models.Formats.from_dict(FORMATS).at


@pytest.mark.parametrize("value", ["soon", "2018-06-08T10:34:56", "2018-13-01T00:00:00Z", 1, []])
def test_a_malformed_time_is_kept_raw_if_it_is_optional(value: object) -> None:
    read = V30.models.Formats.from_dict({**FORMATS, "later": value, "days": ["x"]})
    assert read.later is None
    assert read.days is None
    assert read.to_dict() == {**FORMATS, "later": value, "days": ["x"]}
    with pytest.raises(V30.errors.InvalidResponseError, match="at must be a time in RFC 3339"):
        V30.models.Formats.from_dict({**FORMATS, "at": value})


def test_an_empty_time_is_an_absent_one() -> None:
    assert V30.models.Formats.from_dict({**FORMATS, "later": ""}).to_dict() == FORMATS


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"at": dt.datetime(2026, 1, 1)}, "it has no time zone"),  # noqa: DTZ001 - the point
        ({"day": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}, "must be a date, not datetime"),
        ({"at": "2018-06-08T10:34:56+08:00"}, "must be a datetime, not str"),
        ({"id": FORMATS["id"]}, "must be a UUID, not str"),
        ({"yes": 1}, "must be true or false, not int"),
    ],
)
def test_python_types_are_checked_before_sending(changes: Node, rule: str) -> None:
    good = V30.models.Formats.from_dict(FORMATS)
    values = {name: getattr(good, name) for name in FORMATS}
    with pytest.raises(V30.errors.InvalidInputError, match=rule):
        V30.models.Formats(**{**values, **changes}).check("body")


@pytest.mark.parametrize(
    ("pattern", "matches", "differs"),
    [
        ("^a$", "a", "a\n"),
        (r"^a\$$", "a$", "a$\n"),
        ("^[a$]$", "$", "b"),
        ("^(?<year>[0-9]{4})$", "2026", "26"),
        ("(?<=a)b", "ab", "b"),
        ("^[[]$", "[", "]"),
        ("^[a&&b]$", "&", "c"),
        (r"^[\]]$", "]", "["),
        (r"^\u4e00$", "一", "二"),
    ],
)
def test_a_pattern_means_in_python_what_it_means_in_json_schema(
    pattern: str, matches: str, differs: str
) -> None:
    translated = python_pattern(pattern, "#")
    assert re.search(translated, matches, re.ASCII)
    assert not re.search(translated, differs, re.ASCII)


@pytest.mark.parametrize("pattern", [r"\p{L}", "(", "[z-a]", r"\u{61}"])
def test_a_pattern_that_python_can_not_say_is_refused(pattern: str) -> None:
    with pytest.raises(GenerationError, match=r"^#/x: the pattern .* is not understood"):
        python_pattern(pattern, "#/x")
