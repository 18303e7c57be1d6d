"""How arguments are written into a request: every kind of path, query, header and body."""

from __future__ import annotations

import pytest
from wechatpay_ecommerce_refund import InvalidInputError
from wechatpay_ecommerce_refund import writing as _w
from wechatpay_ecommerce_refund.types import File, Json


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (False, "false"),
        (7, "7"),
        (0.5, "0.5"),
        ("a b/c", "a%20b%2Fc"),
        ("ü", "%C3%BC"),
        ({"a": [1], "b": None}, "%7B%22a%22%3A%5B1%5D%2C%22b%22%3Anull%7D"),
    ],
)
def test_a_value_in_a_url_is_written_as_in_json(value: Json, text: str) -> None:
    assert _w.segment(value) == text
    assert _w.query_string({"q": value}) == f"?q={text}"


@pytest.mark.parametrize(
    ("parameters", "query"),
    [
        ({}, ""),
        ({"one": None, "two": "2"}, "?two=2"),
        ({"a/b&c": "x/y"}, "?a%2Fb%26c=x%2Fy"),
        ({"q": ["a", "b"], "r": 1}, "?q=a&q=b&r=1"),
        ({"q": _w.with_commas(["a", True])}, "?q=a,true"),
        ({"q": _w.with_commas(["a,b", "c"])}, "?q=a%2Cb,c"),
        ({"q": []}, ""),
    ],
)
def test_a_query_repeats_the_name_of_a_list_and_leaves_out_none(
    parameters: dict[str, Json], query: str
) -> None:
    assert _w.query_string(parameters) == query


def test_a_header_holds_printable_ascii() -> None:
    assert _w.header_fields({"A": 1, "B": None}) == {"A": "1"}
    for text in ("é", "a\nb", " a"):
        with pytest.raises(InvalidInputError) as caught:
            _w.header_fields({"X-Trace": text})
        assert caught.value.where == "X-Trace"


@pytest.mark.parametrize("content_type", ["application/json", "application/vnd.x+json; v=1"])
def test_json_is_compact(content_type: str) -> None:
    body = _w.json_body({"name": "名", "count": 1}, content_type)
    assert body == (content_type, '{"name":"名","count":1}'.encode())


def test_a_number_that_json_does_not_know_is_never_sent() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        _w.json_body([float("nan")])


def test_bytes_are_sent_as_they_are() -> None:
    assert _w.file_body(File(b"\xff"), "image/png") == ("image/png", b"\xff")


def test_a_form_repeats_the_name_of_a_list() -> None:
    kind = "Application/x-www-form-urlencoded ; charset=utf-8"
    form: dict[str, object] = {"a": "b c", "tags": [1, 2], "yes": True, "ü": "&"}
    assert _w.form_body(form, kind) == (kind, b"a=b+c&tags=1&tags=2&yes=true&%C3%BC=%26")


def test_files_are_sent_in_parts() -> None:
    content_type, body = _w.multipart_body(
        {
            "file": File(b"\x00\xff", "a.bin", "image/png"),
            "more": [File(b"1"), File(b"2", "two.txt")],
            "note": "ü",
            "map": {"a": 1},
            "count": 3,
        }
    )
    kind, _, boundary = content_type.partition("; boundary=")
    assert kind == "multipart/form-data"
    parts = [part.split(b"\r\n\r\n") for part in body.split(b"--" + boundary.encode())[1:-1]]
    assert [(head.decode().split("\r\n")[1:], data[:-2]) for head, data in parts] == [
        (heads("file", "image/png", "a.bin"), b"\x00\xff"),
        (heads("more", "application/octet-stream", "more"), b"1"),
        (heads("more", "text/plain", "two.txt"), b"2"),
        (heads("note"), "ü".encode()),
        (heads("map", "application/json"), b'{"a":1}'),
        (heads("count"), b"3"),
    ]


def heads(name: str, kind: str | None = None, file_name: str | None = None) -> list[str]:
    disposition = f'Content-Disposition: form-data; name="{name}"'
    disposition += f'; filename="{file_name}"' if file_name else ""
    return [disposition, *([f"Content-Type: {kind}"] if kind else [])]


def test_a_form_of_nothing_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"^body must not be empty"):
        _w.multipart_body({})
