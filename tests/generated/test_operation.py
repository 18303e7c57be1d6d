"""Operations without a network: what a call holds, and what each response stands for.

The spec has only some of the kinds of results. These are all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs
import httpx
import pytest
from wechatpay_ecommerce_refund import (
    APIError,
    Attempt,
    InvalidResponseError,
    UnverifiedResponseError,
    reading,
)
from wechatpay_ecommerce_refund import operation as _o
from wechatpay_ecommerce_refund.errors import NotProcessedError
from wechatpay_ecommerce_refund.types import File
from wechatpay_ecommerce_refund.writing import Body


@attrs.frozen
class Item:
    name: str
    count: int | None = None

    @classmethod
    def from_dict(cls, data: object) -> Item:
        fields = reading.Reader(data)
        return cls(
            fields.required("name", reading.text), fields.optional("count", reading.whole_number)
        )


def operation(**parts: Any) -> _o.Operation[Any]:  # noqa: ANN401 - of any result
    whole: dict[str, Any] = {"module": __name__, "name": "doIt", "method": "POST", "results": {}}
    return _o.Operation(**{**whole, **parts})


OPERATION = operation()


# --- calls


def test_a_call_knows_its_query_and_what_its_result_repeats() -> None:
    query = OPERATION.call("/do")
    call = OPERATION.call("/do", query={"id": "7"}, settled_by=query, echoes={"name": "7"})
    assert call.query is query
    assert call.echoes == {"name": "7"}
    assert (query.query, query.echoes) == (None, {})
    assert repr(call) == "doIt: POST /do?id=7"


@pytest.mark.parametrize(
    ("method", "is_safe"),
    [("GET", True), ("HEAD", True), ("OPTIONS", True), ("POST", False), ("PUT", False)],
)
def test_a_call_that_only_reads_is_safe(method: str, is_safe: bool) -> None:
    assert operation(method=method).call("/do").is_safe is is_safe


def test_the_request_is_what_was_bound_and_what_the_client_adds() -> None:
    call = OPERATION.call("/do", body=Body("application/json", b'{"name":"a"}'))
    request = call.request(httpx, "https://a.example", {"Accept": "*/*", "A": "b"}, {"read": 1.0})
    assert (request.method, str(request.url)) == ("POST", "https://a.example/do")
    assert request.read() == b'{"name":"a"}'
    assert (request.headers["Accept"], request.headers["A"]) == ("application/json", "b")
    assert request.headers["Content-Type"] == "application/json"
    assert request.extensions == {"timeout": {"read": 1.0}}


def test_parameters_stand_in_query_and_header_and_none_is_left_out() -> None:
    call = OPERATION.call("/do", query={"a": "1 2", "b": None}, headers={"X-A": "1", "X-B": None})
    assert call.target == "/do?a=1%202"
    assert call.headers == {"Accept": "application/json", "X-A": "1"}
    assert OPERATION.call("/do").target == "/do"


def test_a_request_without_a_body_names_no_type() -> None:
    get = operation(method="GET").call("/do").request(httpx, "https://a.example", {}, {})
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


RESULTS = {"200": _o.json_result(Item.from_dict), "204": _o.no_result}


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
    listed = {"200": _o.json_result(reading.list_of(Item.from_dict))}
    with pytest.raises(InvalidResponseError) as caught:
        operation(results=listed).read(response(content=b'[{"name":1}]'))
    assert caught.value.where == "[0].name"


def test_a_response_to_another_call_is_refused() -> None:
    for echoes, where in (({"name": "n", "count": 1}, "count"), ({"name": "m"}, "name")):
        with pytest.raises(InvalidResponseError, match="belongs to another call") as caught:
            operation(results=RESULTS).read(response(), echoes)
        assert caught.value.where == where
    plain = {"200": _o.json_result(reading.anything)}
    with pytest.raises(InvalidResponseError, match="belongs to another call"):
        operation(results=plain).read(response(), {"name": "n"})


def test_other_kinds_of_results_are_read() -> None:
    results = {"200": _o.text_result, "201": _o.file_result, "204": _o.no_result}
    read = operation(results=results).read
    assert read(response(200, b"a\xff")).parsed == "a\ufffd"
    assert read(response(201, b"\xff")).parsed == File(b"\xff")
    assert read(response(204, b"whatever")).parsed is None


def always(result: int) -> Callable[[bytes], int]:
    return lambda _: result


ONE, RANGE, REST = always(1), always(2), always(3)


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
    results: Mapping[str, Callable[[bytes], int]], status: int, parsed: int
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
