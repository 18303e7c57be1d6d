"""Operations without a network: where each argument goes, and what each response stands for.

The spec has only some of the kinds of parameters, bodies and results. These are all of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import attrs
import httpx
import pytest
from wechatpay_ecommerce_refund import (
    APIError,
    Attempt,
    Call,
    InvalidInputError,
    InvalidResponseError,
    UnverifiedResponseError,
)
from wechatpay_ecommerce_refund import operation as _o
from wechatpay_ecommerce_refund import types as _t
from wechatpay_ecommerce_refund.errors import NotProcessedError

TEXTS = _t.Array(_t.String())


@_t.model
class Item(_t.Model):
    name: str = _t.member(_t.String(max_length=5), "name")
    count: int | None = _t.member(_t.Integer(), "count", default=None)
    additional_properties: Mapping[str, _t.Json] = _t.additional(
        _t.Anything(), factory=dict, closed=True
    )


@_t.model
class Upload(_t.Model):
    parts_: Mapping[str, object] = _t.additional(_t.Anything(), factory=dict)

    def parts(self) -> dict[str, object]:
        return dict(self.parts_)

    def check(self, where: str) -> None:
        pass


ITEM = _t.Object(lambda: Item)
UPLOAD = _t.Object(lambda: Upload)


def operation(**parts: Any) -> _o.Operation[Any]:  # noqa: ANN401 - of any result
    whole: dict[str, Any] = {
        "module": __name__,
        "name": "doIt",
        "method": "POST",
        "path": "/do",
        "results": {},
    }
    return _o.Operation(**{**whole, **parts})


def bound(parameter: _o.Parameter, value: object, path: str = "/do") -> Call[Any]:
    where = f"{parameter.location}:{parameter.name}"
    return operation(path=path, parameters=(parameter,)).bind({where: value})


def in_query(value: object, codec: _t.Codec[Any], **how: bool) -> str:
    return bound(_o.Parameter("q", "query", codec, **how), value).target


OPERATION = operation()


# --- parameters


def test_each_parameter_goes_where_the_spec_says() -> None:
    call = operation(
        path="/items/{id}/parts/{no}",
        parameters=(
            _o.Parameter("no", "path", _t.Integer()),
            _o.Parameter("first", "query", _t.String()),
            _o.Parameter("X-Trace", "header", _t.String()),
            _o.Parameter("session", "cookie", _t.String()),
            _o.Parameter("theme", "cookie", _t.String()),
            _o.Parameter("id", "path", _t.String()),
            _o.Parameter("second", "query", _t.Boolean()),
        ),
    ).bind(
        {
            "path:id": "a/b c",
            "path:no": 7,
            "query:first": "&=ü",
            "query:second": True,
            "header:X-Trace": "t",
            "cookie:session": "a;/b",
            "cookie:theme": "dark",
        }
    )
    assert call.target == "/items/a%2Fb%20c/parts/7?first=%26%3D%C3%BC&second=true"
    assert call.headers == {
        "Accept": "application/json",
        "X-Trace": "t",
        "Cookie": "session=a%3B%2Fb; theme=dark",
    }
    assert call.content == b""


def test_names_in_a_query_are_quoted_as_well() -> None:
    parameter = _o.Parameter("a/b&c", "query", _t.String())
    assert bound(parameter, "x/y").target == "/do?a%2Fb%26c=x%2Fy"


def test_an_optional_parameter_may_be_left_out_and_the_next_one_stays() -> None:
    call = operation(
        parameters=(
            _o.Parameter("one", "query", _t.String(), required=False),
            _o.Parameter("two", "query", _t.String(), required=False),
        )
    ).bind({"query:one": None, "query:two": "2"})
    assert call.target == "/do?two=2"


@pytest.mark.parametrize("location", ["path", "query", "header", "cookie"])
def test_a_wrong_argument_is_refused_by_its_name(location: Any) -> None:  # noqa: ANN401
    parameter = _o.Parameter("size", location, _t.Integer(minimum=1))
    for value in (0, None, "1"):
        with pytest.raises(InvalidInputError) as caught:
            bound(parameter, value, "/{size}")
        assert (caught.value.where, caught.value.value) == ("size", value)


@pytest.mark.parametrize("text", ["é", "a\nb", " a"])
def test_a_header_holds_printable_ascii(text: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        bound(_o.Parameter("X-Trace", "header", _t.String()), text)
    assert caught.value.where == "X-Trace"


@pytest.mark.parametrize(
    ("value", "codec", "text"),
    [
        (True, _t.Boolean(), "true"),
        (False, _t.Boolean(), "false"),
        (7, _t.Integer(), "7"),
        (0.5, _t.Number(), "0.5"),
        ("a b", _t.String(), "a%20b"),
        (dt.date(2026, 1, 2), _t.Date, "2026-01-02"),
        ({"a": [1, 2], "b": None}, _t.Anything(), "%7B%22a%22%3A%5B1%2C2%5D%2C%22b%22%3Anull%7D"),
    ],
)
def test_a_value_in_a_query_is_written_as_in_json(
    value: object, codec: _t.Codec[Any], text: str
) -> None:
    assert in_query(value, codec) == f"/do?q={text}"


def test_a_list_in_a_query_repeats_its_name_or_is_joined_by_commas() -> None:
    assert in_query(["a", "b"], TEXTS) == "/do?q=a&q=b"
    assert in_query(["a", "b"], TEXTS, explode=False) == "/do?q=a%2Cb"
    assert in_query([], TEXTS) == "/do"


def test_an_object_in_a_query_is_written_in_one_of_three_ways() -> None:
    item = Item(name="a", count=1)
    assert in_query(item, ITEM) == "/do?name=a&count=1"
    assert in_query(item, ITEM, explode=False) == "/do?q=name%2Ca%2Ccount%2C1"
    assert in_query(item, ITEM, deep=True) == "/do?q%5Bname%5D=a&q%5Bcount%5D=1"


def test_a_list_in_a_path_is_joined_by_commas() -> None:
    parameter = _o.Parameter("ids", "path", TEXTS)
    assert bound(parameter, ["a/b", "c,d"], "/{ids}/x").target == "/a%2Fb,c%2Cd/x"


@pytest.mark.parametrize("value", [[], [""], ["."], [".."]], ids=repr)
def test_a_segment_that_would_lead_elsewhere_is_refused(value: list[str]) -> None:
    with pytest.raises(InvalidInputError) as caught:
        bound(_o.Parameter("ids", "path", TEXTS), value, "/{ids}")
    assert (caught.value.where, caught.value.value) == ("ids", value)


def test_a_text_of_dots_among_others_is_a_segment() -> None:
    assert bound(_o.Parameter("ids", "path", TEXTS), ["..", "a"], "/{ids}").target == "/..,a"
    assert bound(_o.Parameter("id", "path", _t.String()), "...", "/{id}").target == "/..."


# --- bodies


def sent(body: object, *bodies: _o.Body) -> tuple[str | None, bytes]:
    call = operation(bodies=bodies, body_required=True).bind({}, body)
    return call.headers.get("Content-Type"), call.content


@pytest.mark.parametrize("content_type", ["application/json", "application/vnd.x+json; v=1"])
def test_a_model_is_sent_as_compact_json(content_type: str) -> None:
    body = _o.Body(content_type, ITEM)
    assert sent(Item(name="名", count=1), body) == (
        content_type,
        '{"name":"名","count":1}'.encode(),
    )


def test_a_number_that_json_does_not_know_is_never_sent() -> None:
    with pytest.raises(InvalidInputError) as caught:
        sent([float("nan")], _o.Body("application/json", _t.Anything()))
    assert caught.value.where == "body"


def test_a_body_that_breaks_a_rule_is_refused_by_its_path() -> None:
    with pytest.raises(InvalidInputError) as caught:
        sent(Item(name="longer"), _o.Body("application/json", ITEM))
    assert caught.value.where == "body.name"


def test_only_an_optional_body_may_be_left_out() -> None:
    body = _o.Body("application/json", ITEM)
    with pytest.raises(InvalidInputError, match=r"^body must be a Item, not NoneType"):
        sent(None, body)
    optional = operation(bodies=(body,))
    call = optional.bind({})
    assert (call.content, call.headers) == (b"", {"Accept": "application/json"})
    assert optional.bind({}, Item(name="a")).content == b'{"name":"a"}'


def test_the_first_kind_of_body_that_fits_is_sent() -> None:
    kinds = (
        _o.Body("application/json", ITEM),
        _o.Body("text/x-number", _t.Integer()),
        _o.Body("application/octet-stream", _t.Binary()),
    )
    assert sent(Item(name="a"), *kinds) == ("application/json", b'{"name":"a"}')
    assert sent(7, *kinds) == ("text/x-number", b"7")
    assert sent(_t.File(b"\xff"), *kinds) == ("application/octet-stream", b"\xff")
    with pytest.raises(InvalidInputError, match=r"^body must be a File, not str"):
        sent("neither", *kinds)


def test_a_form_repeats_the_name_of_a_list() -> None:
    kind = "Application/x-www-form-urlencoded ; charset=utf-8"
    form = Upload(parts_={"a": "b c", "tags": [1, 2], "yes": True, "ü": "&"})
    assert sent(form, _o.Body(kind, UPLOAD)) == (kind, b"a=b+c&tags=1&tags=2&yes=true&%C3%BC=%26")


def test_files_are_sent_in_parts() -> None:
    form = Upload(
        parts_={
            "file": _t.File(b"\x00\xff", "a.bin", "image/png"),
            "more": [_t.File(b"1"), _t.File(b"2", "two.txt")],
            "note": "ü",
            "item": Item(name="n"),
            "map": {"a": 1},
            "count": 3,
        }
    )
    content_type, body = sent(form, _o.Body("multipart/form-data", UPLOAD))
    kind, _, boundary = (content_type or "").partition("; boundary=")
    assert kind == "multipart/form-data"
    parts = [part.split(b"\r\n\r\n") for part in body.split(b"--" + boundary.encode())[1:-1]]
    assert [(head.decode().split("\r\n")[1:], data[:-2]) for head, data in parts] == [
        (heads("file", "image/png", "a.bin"), b"\x00\xff"),
        (heads("more", "application/octet-stream", "more"), b"1"),
        (heads("more", "text/plain", "two.txt"), b"2"),
        (heads("note"), "ü".encode()),
        (heads("item", "application/json"), b'{"name":"n"}'),
        (heads("map", "application/json"), b'{"a":1}'),
        (heads("count"), b"3"),
    ]


def heads(name: str, kind: str | None = None, file_name: str | None = None) -> list[str]:
    disposition = f'Content-Disposition: form-data; name="{name}"'
    disposition += f'; filename="{file_name}"' if file_name else ""
    return [disposition, *([f"Content-Type: {kind}"] if kind else [])]


def test_a_form_of_nothing_is_refused() -> None:
    empty = Upload(parts_={})
    with pytest.raises(InvalidInputError, match=r"^body must not be empty") as caught:
        sent(empty, _o.Body("multipart/form-data", UPLOAD))
    assert caught.value.value is empty


# --- calls


def test_a_call_knows_its_query_and_what_its_result_repeats() -> None:
    query = OPERATION.bind({})
    echoing = operation(
        parameters=(_o.Parameter("id", "query", _t.String()),), echoes={"name": "query:id"}
    )
    call = echoing.bind({"query:id": "7"}, query=lambda: lambda: query)
    assert call.query is query
    assert call.echoes == {"name": "7"}
    assert (query.query, query.echoes) == (None, {})
    assert repr(call) == "doIt: POST /do?id=7"


@pytest.mark.parametrize(
    ("method", "is_safe"),
    [("GET", True), ("HEAD", True), ("OPTIONS", True), ("POST", False), ("PUT", False)],
)
def test_a_call_that_only_reads_is_safe(method: str, is_safe: bool) -> None:
    assert operation(method=method).bind({}).is_safe is is_safe


def test_the_request_is_what_was_bound_and_what_the_client_adds() -> None:
    call = operation(bodies=(_o.Body("application/json", ITEM),)).bind({}, Item(name="a"))
    request = call.request(httpx, "https://a.example", {"Accept": "*/*", "A": "b"}, {"read": 1.0})
    assert (request.method, str(request.url)) == ("POST", "https://a.example/do")
    assert request.read() == b'{"name":"a"}'
    assert (request.headers["Accept"], request.headers["A"]) == ("application/json", "b")
    assert request.headers["Content-Type"] == "application/json"
    assert request.extensions == {"timeout": {"read": 1.0}}


def test_a_request_without_a_body_names_no_type() -> None:
    get = operation(method="GET").bind({}).request(httpx, "https://a.example", {}, {})
    assert get.read() == b""
    assert "Content-Type" not in get.headers
    assert "Content-Length" not in get.headers


# --- responses


def response(
    status: int = 200, content: bytes = b'{"name":"n"}', *, verified: object = True
) -> httpx.Response:
    return httpx.Response(
        status,
        headers={"Request-ID": "r-1", "X-More": "more"},
        content=content,
        request=httpx.Request("PUT", "https://a.example/do?x=1"),
        extensions={"wechatpay_verified": verified, "wechatpay_sign_diagnosis": "another key"},
    )


RESULTS = {"200": _o.json_result(ITEM), "204": _o.NOTHING}


def test_a_success_is_read_with_all_that_came_with_it() -> None:
    attempt = Attempt("doIt", "https://a.example", 200, "r-1", None)
    came = response()
    read = operation(results=RESULTS).read(came, {"name": "n"}, (attempt,))
    assert read.parsed == Item(name="n")
    assert (read.status_code, read.content, read.verified) == (200, b'{"name":"n"}', True)
    assert read.headers is came.headers
    assert (read.request_id, read.attempts) == ("r-1", (attempt,))
    assert operation(results=RESULTS).read(came).attempts == ()


@pytest.mark.parametrize("verified", [False, None, 1, "yes"], ids=repr)
def test_a_success_that_nobody_verified_is_not_believed(verified: object) -> None:
    with pytest.raises(UnverifiedResponseError) as caught:
        operation(results=RESULTS).read(response(verified=verified))
    assert not caught.value.verified


def test_an_error_has_all_that_came_with_it() -> None:
    with pytest.raises(APIError) as caught:
        operation(results=RESULTS).read(response(403, b'{"code":"NEW","message":"m"}'))
    error = caught.value
    assert (error.status_code, error.code, error.message) == (403, "NEW", "m")
    assert (error.request_id, error.verified) == ("r-1", True)
    assert error.body == b'{"code":"NEW","message":"m"}'
    assert error.headers["x-more"] == "more"
    assert (error.method, error.url) == ("PUT", "https://a.example/do?x=1")
    assert error.diagnosis == "another key"


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"\xff", pytest.param(b"[" * 100_000, id="nested")]
)
def test_an_error_counts_by_its_status_whatever_its_body_is(body: bytes) -> None:
    with pytest.raises(APIError) as caught:
        operation(results=RESULTS).read(response(500, body))
    assert (caught.value.status_code, caught.value.code) == (500, None)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\xff", "is not JSON: "),
        (b'{"name":', "is not JSON: "),
        (b'{"name":"n","count":NaN}', "is not JSON: NaN is not JSON"),
        pytest.param(b"[" * 100_000, "is not JSON: ", id="nested"),
    ],
)
def test_a_success_that_is_no_json_says_what_it_is(body: bytes, problem: str) -> None:
    with pytest.raises(InvalidResponseError) as caught:
        operation(results=RESULTS).read(response(content=body))
    assert caught.value.where == "body"
    assert caught.value.problem.startswith(problem)


def test_a_field_is_named_by_its_path_from_the_top() -> None:
    listed = {"200": _o.json_result(_t.Array(ITEM))}
    with pytest.raises(InvalidResponseError) as caught:
        operation(results=listed).read(response(content=b'[{"name":1}]'))
    assert caught.value.where == "[0].name"


def test_a_response_to_another_call_is_refused() -> None:
    for echoes, where in (({"name": "n", "count": 1}, "count"), ({"name": "m"}, "name")):
        with pytest.raises(InvalidResponseError, match="belongs to another call") as caught:
            operation(results=RESULTS).read(response(), echoes)
        assert caught.value.where == where
    plain = {"200": _o.json_result(_t.Anything())}
    with pytest.raises(InvalidResponseError, match="belongs to another call"):
        operation(results=plain).read(response(), {"name": "n"})


def test_other_kinds_of_results_are_read() -> None:
    results = {"200": _o.TEXT, "201": _o.BINARY, "204": _o.NOTHING}
    read = operation(results=results).read
    assert read(response(200, b"a\xff")).parsed == "a\ufffd"
    assert read(response(201, b"\xff")).parsed == _t.File(b"\xff")
    assert read(response(204, b"whatever")).parsed is None


ONE, RANGE, REST = _o.Result(lambda _: 1), _o.Result(lambda _: 2), _o.Result(lambda _: 3)


@pytest.mark.parametrize(
    ("results", "status", "parsed"),
    [
        ({"200": ONE, "2XX": RANGE, "default": REST}, 200, 1),
        ({"200": ONE, "2XX": RANGE, "default": REST}, 201, 2),
        ({"200": ONE, "2XX": RANGE, "default": REST}, 299, 2),
        ({"default": REST}, 200, 3),
        ({"default": REST}, 299, 3),
        ({"202": ONE}, 202, 1),
    ],
)
def test_a_status_has_its_own_result_or_that_of_its_range(
    results: Mapping[str, _o.Result[Any]], status: int, parsed: int
) -> None:
    assert operation(results=results).read(response(status)).parsed == parsed


@pytest.mark.parametrize("status", [199, 300, 302, 404, 500])
def test_a_range_holds_successes_only(status: int) -> None:
    with pytest.raises(APIError) as caught:
        operation(results={"2XX": RANGE, "default": REST}).read(response(status))
    assert caught.value.status_code == status


def test_a_status_that_always_means_the_same_is_no_success_of_a_range() -> None:
    with pytest.raises(NotProcessedError):
        operation(results={"2XX": RANGE, "default": REST}).read(response(202))


def test_an_attempt_and_a_response_are_values() -> None:
    attempt = Attempt("doIt", "https://a.example", None, None, "why")
    assert attrs.astuple(attempt)[:5] == ("doIt", "https://a.example", None, None, "why")


# --- pickle


def test_an_operation_is_pickled_by_the_name_of_its_module() -> None:
    import pickle

    from wechatpay_ecommerce_refund.api.ecommerce_refund import query_return_advance

    copy = pickle.loads(pickle.dumps(query_return_advance.OPERATION))  # noqa: S301 - our own bytes
    assert copy is query_return_advance.OPERATION
