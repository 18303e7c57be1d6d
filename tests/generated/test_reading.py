"""How each kind of field is read: directly, because the committed spec has only some of them."""

from __future__ import annotations

import pytest
from wechatpay_ecommerce_refund import InvalidResponseError, reading
from wechatpay_ecommerce_refund.reading import Read, Reader
from wechatpay_ecommerce_refund.types import File


def read_items(value: object) -> object:
    return reading.list_of(lambda item: Reader(item).required("name", reading.text))(value)


def problem_of(read: Read[object], value: object) -> str:
    with pytest.raises(InvalidResponseError) as caught:
        Reader({"field": value}).required("field", read)
    return str(caught.value)


def test_an_optional_field_is_read_and_null_is_kept_as_it_came() -> None:
    fields = Reader({"count": 7, "empty": None, "other": 1})
    assert fields.optional("count", reading.whole_number) == 7
    assert fields.optional("empty", reading.whole_number) is None
    assert fields.optional("absent", reading.whole_number) is None
    assert fields.rest() == {"empty": None, "other": 1}


def test_a_map_of_one_kind_keeps_what_an_optional_field_could_not_read() -> None:
    fields = Reader({"at": "yesterday", "empty": None, "a": 1})
    assert fields.if_readable("at", reading.time) is None
    assert fields.optional("empty", reading.text) is None
    assert fields.rest_of(reading.whole_number) == {"a": 1, "at": "yesterday", "empty": None}


def test_a_map_of_one_kind_names_the_field_of_another_kind() -> None:
    with pytest.raises(InvalidResponseError, match=r"^b must be a whole number, not str"):
        Reader({"a": 1, "b": "2"}).rest_of(reading.whole_number)


def test_a_list_becomes_a_tuple_and_an_error_names_the_item() -> None:
    assert read_items([{"name": "a"}, {"name": "b"}]) == ("a", "b")
    assert problem_of(read_items, [{"name": "a"}, {}]) == "field[1].name is missing"
    assert problem_of(reading.list_of(read_items), [[{"name": 1}]]) == (
        "field[0][0].name must be text, not int"
    )


@pytest.mark.parametrize(
    ("read", "value", "problem"),
    [
        (reading.time, 1, "field must be a time in RFC 3339 with an offset, not int"),
        (reading.time, "noon", "field must be a time in RFC 3339 with an offset, not 'noon'"),
        (reading.date, "noon", "field must be a date (YYYY-MM-DD), not 'noon'"),
        (reading.uuid_, "noon", "field must be a UUID, not 'noon'"),
        (reading.boolean, 1, "field must be true or false, not int"),
        (reading.null, 1, "field must be null, not int"),
        (reading.number, True, "field must be a number, not bool"),
        (reading.number, "1", "field must be a number, not str"),
        (reading.file, "text", "field must be bytes, not str"),
    ],
)
def test_an_error_says_what_was_expected(read: Read[object], value: object, problem: str) -> None:
    assert problem_of(read, value) == problem


@pytest.mark.parametrize(
    ("read", "value", "found"),
    [
        (reading.number, 1, 1),
        (reading.number, 1.5, 1.5),
        (reading.null, None, None),
        (reading.file, b"bytes", File(b"bytes")),
    ],
)
def test_a_value_of_the_right_kind_is_read(
    read: Read[object], value: object, found: object
) -> None:
    assert read(value) == found


def test_one_fixed_value_is_read_and_no_other_of_another_type() -> None:
    read = reading.exactly(1)
    assert read(1) == 1
    for other in (2, True, 1.0, "1"):
        assert problem_of(read, other) == "field must be 1"


def test_null_is_read_where_it_is_allowed() -> None:
    read = reading.or_null(reading.text)
    assert (read(None), read("a")) == (None, "a")
    assert problem_of(read, 1) == "field must be text, not int"
