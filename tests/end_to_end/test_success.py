"""A return-advance from start to end, over a real socket, through all four functions."""

from __future__ import annotations

import asyncio

import pytest
from wechatpay_ecommerce_refund import Client, Response
from wechatpay_ecommerce_refund.api.ecommerce_refund import (
    create_return_advance,
    query_return_advance,
)
from wechatpay_ecommerce_refund.models import (
    Account,
    CreateReturnAdvanceRequest,
    ReturnAdvance,
    ReturnAdvanceResult,
)
from wechatpay_sandbox import Platform, RunningServer, faults

from tests.conftest import REFUND, SUB_MCHID, AnyAuth, Caller

CREATE = create_return_advance.bind(REFUND, body=CreateReturnAdvanceRequest(sub_mchid=SUB_MCHID))
QUERY = query_return_advance.bind(REFUND, sub_mchid=SUB_MCHID)


def test_create_then_query_until_it_settles(caller: Caller) -> None:
    created = caller.call(CREATE)
    states = [caller.call(QUERY).parsed.result for _ in range(3)]
    assert created.parsed.result == ReturnAdvanceResult.PROCESSING
    assert states == ["PROCESSING", "PROCESSING", "SUCCESS"]


def test_the_response_is_typed_and_complete(caller: Caller) -> None:
    response = caller.call(CREATE)
    returned = response.parsed
    assert isinstance(returned, ReturnAdvance)
    assert (returned.refund_id, returned.return_amount) == (REFUND, 888)
    assert returned.payer_account == Account.BASIC
    assert returned.success_time is None
    assert response.status_code == 200
    assert response.verified
    assert response.request_id == response.headers["request-id"]
    assert b'"return_amount":888' in response.content
    assert [attempt.problem for attempt in response.attempts] == [None]


def test_success_time_is_an_aware_datetime(caller: Caller) -> None:
    caller.call(CREATE)
    settled = [caller.call(QUERY).parsed for _ in range(3)][-1]
    assert settled.success_time is not None
    assert settled.success_time.tzinfo is not None


def test_the_four_functions_agree(platform: Platform, server: RunningServer, auth: AnyAuth) -> None:
    body = CreateReturnAdvanceRequest(sub_mchid=SUB_MCHID)

    async def under_asyncio() -> tuple[ReturnAdvance, Response[ReturnAdvance]]:
        async with Client(auth, base_url=server.base_url) as client:
            plain = await create_return_advance.asyncio(REFUND, client=client, body=body)
            detailed = await query_return_advance.asyncio_detailed(
                REFUND, client=client, sub_mchid=SUB_MCHID
            )
            return plain, detailed

    with Client(auth, base_url=server.base_url) as client:
        plain = create_return_advance.sync(REFUND, client=client, body=body)
        detailed = create_return_advance.sync_detailed(REFUND, client=client, body=body)
    platform.reset()
    async_plain, async_detailed = asyncio.run(under_asyncio())
    assert plain == detailed.parsed == async_plain == async_detailed.parsed


def test_every_request_says_who_asks_and_what_it_takes(caller: Caller, platform: Platform) -> None:
    caller.options["language"] = "en"
    caller.call(CREATE)
    (request,) = platform.requests("POST")
    assert request.headers.get("Accept") == "application/json"
    assert request.headers.get("Accept-Language") == "en"
    assert request.headers.get("Content-Type") == "application/json"
    assert (request.headers.get("User-Agent") or "").startswith("wechatpay-ecommerce-refund/")
    assert request.body == b'{"sub_mchid":"1900000109"}'


@pytest.mark.parametrize(
    ("changed", "attribute", "shown"),
    [
        ({"result": "REVIEWING"}, "result", "REVIEWING"),
        ({"payer_account": "FEES"}, "payer_account", "FEES"),
        ({"payer_mchid": "9" * 64}, "payer_mchid", "9" * 64),
    ],
    ids=["new result", "new account", "longer than documented"],
)
def test_nothing_new_in_a_response_loses_it(
    caller: Caller, platform: Platform, changed: dict[str, str], attribute: str, shown: str
) -> None:
    platform.next(faults.set_fields(**changed))
    returned = caller.call(CREATE).parsed
    assert str(getattr(returned, attribute)) == shown
    assert returned.to_dict()[attribute] == shown


def test_a_new_field_is_kept(caller: Caller, platform: Platform) -> None:
    platform.next(faults.set_fields(fee={"total": 3}))
    returned = caller.call(CREATE).parsed
    assert returned.additional_properties == {"fee": {"total": 3}}
    assert ReturnAdvance.from_dict(returned.to_dict()) == returned


@pytest.mark.parametrize("value", ["", None, "soon"], ids=["empty", "null", "malformed"])
def test_an_unreadable_success_time_does_not_lose_the_response(
    caller: Caller, platform: Platform, value: str | None
) -> None:
    platform.next(faults.set_fields(success_time=value))
    returned = caller.call(CREATE).parsed
    assert returned.success_time is None
    assert returned.additional_properties.get("success_time") == (value or None)
