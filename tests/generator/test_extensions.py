"""Extensions of OpenAPI that the generator understands, and how it refuses broken ones."""

from __future__ import annotations

import copy
import inspect
from pathlib import Path

import httpx
import pytest

from tests.generator.support import (
    Node,
    answer,
    content,
    contract,
    document,
    operation,
    parameter,
    refused,
    to,
)

TEXT: Node = {"type": "string"}
SCHEMAS: Node = {
    "Made": {"type": "object", "required": ["id"], "properties": {"id": TEXT}},
    "Order": {"type": "object", "required": ["orderNumber"], "properties": {"orderNumber": TEXT}},
}
LINK: Node = {
    "operationId": "queryOrder",
    "x-settles-outcome": True,
    "parameters": {
        "shop": "$request.path.shop",
        "number": "$request.body#/orderNumber",
        "lang": "$request.query.lang",
    },
}
PATHS: Node = {
    "/shops/{shop}/orders": {
        "post": operation(
            "createOrder",
            parameter("shop", "path"),
            parameter("lang", "query", required=True),
            parameter("query_order", "query"),
            body=content(to("Order")),
            responses={
                "200": {**answer(to("Made")), "links": {"query": LINK}},
                "202": {"description": "Not done yet. Later.", "x-error-name": "NotDoneError"},
                "429": {
                    "description": "Too many",
                    "x-error-name": "LimitedError",
                    "x-error-codes": ["TOO_MANY"],
                },
            },
            **{
                "x-idempotent": {"reason": "It is."},
                "x-error-codes": [
                    {
                        "status": 400,
                        "code": "BAD_THING",
                        "title": "坏",
                        "meaning": "it is bad",
                        "remedy": "do better",
                    }
                ],
            },
        )
    },
    "/shops/{shop}/orders/{number}": {
        "get": operation(
            "queryOrder",
            parameter("shop", "path"),
            parameter("number", "path"),
            parameter("lang", "query", required=True),
            parameter(
                "Accept-Language",
                "header",
                {"type": "string", "enum": ["en", "zh-CN"]},
                **{"x-client-option": "language"},
            ),
            responses={"200": answer(to("Made"))},
        )
    },
}
EXTENDED = contract("extended", SCHEMAS, PATHS, **{"x-request-id-header": "Trace"})


def test_a_link_names_the_query_that_settles_a_call() -> None:
    order = EXTENDED.models.Order(order_number="n 1")
    call = EXTENDED.operation("create_order").bind("s", body=order, lang="en", query_order_="x")
    assert call.target == "/shops/s/orders?lang=en&query_order=x"
    assert call.query.target == "/shops/s/orders/n%201?lang=en"
    assert call.operation.idempotent
    assert not call.query.operation.idempotent


@pytest.mark.parametrize(
    ("method", "annotation"), [("get", "Call[Made]"), ("post", "Call[Made] | None")]
)
def test_an_unknown_outcome_knows_what_its_query_returns(method: str, annotation: str) -> None:
    paths: Node = {**PATHS, "/unlinked": {method: operation("unlinked")}}
    module = contract(f"beside_{method}", SCHEMAS, paths).module("facts")
    assert f"SettlingQuery: TypeAlias = {annotation}\n" in inspect.getsource(module)


def test_no_link_says_how_a_call_ended() -> None:
    module = contract("unsettled", {}, {"/x": {"post": operation("change")}}).module("facts")
    assert "SettlingQuery: TypeAlias = Call[object] | None\n" in inspect.getsource(module)


def test_error_tables_become_exceptions() -> None:
    errors = EXTENDED.errors

    def raised(status: int, code: str) -> object:
        with pytest.raises(Exception, match=str(status)) as caught:
            EXTENDED.result("create_order", httpx.Response(status, json={"code": code}))
        return type(caught.value)

    assert raised(400, "BAD_THING") is errors.BadThingError
    assert raised(403, "TOO_MANY") is errors.LimitedError
    assert raised(429, "") is errors.LimitedError
    assert raised(202, "") is errors.NotDoneError
    assert raised(400, "NEW") is errors.APIError
    assert "BadThingError: It is bad. 坏." in str(EXTENDED.operation("create_order").sync.__doc__)
    assert "- createOrder, 400: it is bad (坏); do better." in str(errors.BadThingError.__doc__)


def test_a_header_may_be_set_once_on_the_client() -> None:
    seen: list[str | None] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("Accept-Language"))
        return httpx.Response(200, json={"id": "1"}, headers={"Trace": "7"})

    http = httpx.Client(transport=httpx.MockTransport(handler))
    client = EXTENDED.module("client").Client(
        httpx.Auth(), base_url="https://example.test", http=http, language="en"
    )
    query = EXTENDED.operation("query_order")
    reply = query.sync_detailed("s", "n", client=client, lang="de")
    assert (seen, reply.request_id) == (["en"], "7")
    assert "accept_language" not in inspect.signature(query.bind).parameters


OTHER: Node = {"/other": {"get": operation("getOther")}}


def changed(**changes: object) -> Node:
    """Return the contract with other values in its link."""
    broken = copy.deepcopy(document(SCHEMAS, PATHS | OTHER))
    responses = broken["paths"]["/shops/{shop}/orders"]["post"]["responses"]
    responses["200"]["links"]["query"].update(changes)
    return broken


POLL: Node = {"field": "id", "final": ["A"], "first-pause": 1, "longest-pause": 3, "within": 9}


def polled(changes: Node, link: Node = LINK) -> Node:
    """Return the contract with a rule for waiting."""
    broken = changed(**link)
    create = broken["paths"]["/shops/{shop}/orders"]["post"]
    create["x-poll"] = {**POLL, **changes}
    return broken


def test_a_rule_for_waiting_becomes_a_function() -> None:
    paths = polled({})["paths"]
    module = contract("polled", SCHEMAS, paths).operation("create_order")
    assert (module.RULE.pause(1), module.RULE.pause(2)) == (2, 3)
    assert list(inspect.signature(module.wait_until_settled).parameters)[:4] == [
        *("client", "shop", "number", "lang"),
    ]


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        (changed(operationId="other"), "a link names the operation other, which does not exist"),
        (
            changed(operationId="createOrder"),
            "createOrder can't settle it, it is no query",
        ),
        (changed(operationId="getOther"), "getOther can't settle it, its result"),
        (
            changed(parameters={**LINK["parameters"], "lang": "$request.query.query_order"}),
            "a link has the expression $request.query.query_order",
        ),
        (changed(parameters={"shop": "$request.path.shop"}), "its link gives no"),
        (
            changed(parameters={**LINK["parameters"], "lang": "$response.body#/id"}),
            "a link has the expression $response.body#/id",
        ),
        (
            changed(parameters={**LINK["parameters"], "lang": "$request.query.no"}),
            "a link has the expression $request.query.no",
        ),
        (
            changed(parameters={**LINK["parameters"], "lang": "$request.body#/missing"}),
            "a link has the expression $request.body#/missing",
        ),
        (polled({"field": "no"}), "x-poll names no, which its result lacks"),
        (polled({"final": []}), "x-poll/final"),
        (polled({"within": "1d"}), "x-poll/within"),
        (polled({}, {"x-settles-outcome": False}), "x-poll needs a link with"),
        (
            polled({}, {"parameters": {**LINK["parameters"], "number": "$request.path.shop"}}),
            "x-poll: its link does not use orderNumber",
        ),
    ],
)
def test_a_broken_extension_is_refused(broken: Node, problem: str, tmp_path: Path) -> None:
    assert problem in refused(broken, tmp_path)
