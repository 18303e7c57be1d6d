"""Caller code as people write it: checked by mypy and pyright, never run."""

from __future__ import annotations

import datetime as dt
from typing import assert_type

import httpx
import httpx2
from wechatpay_auth import RSASigner, RSAVerifier, WeChatPayAuth
from wechatpay_auth.httpx2 import WeChatPayAuth as WeChatPayAuth2
from wechatpay_ecommerce_refund import APIError, Client, OutcomeUnknown, Response, Retry, errors
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


def with_keys() -> Client:
    auth = WeChatPayAuth(
        "1900000108",
        signer=RSASigner.from_pem("apiclient_key.pem", serial_no="1DDE55AD"),
        verifier=RSAVerifier.from_public_key("PUB_KEY_ID_01", "pub_key.pem"),
        clock=lambda: 0.0,
        nonce=lambda: "593BEC0C930BF1AFEB40B4A08C8FB242",
    )
    return Client(auth, retries=Retry(deadline=10), language="en", http=httpx.Client())


def over_each_library() -> list[Client]:
    first = Client(WeChatPayAuth.from_env(), http=httpx.Client(), timeout=httpx.Timeout(3.0))
    assert_type(first.get_httpx_client(), httpx.Client)
    assert_type(first.get_async_httpx_client(), httpx.AsyncClient)
    second = Client(WeChatPayAuth2.from_env(), async_http=httpx2.AsyncClient())
    assert_type(second.get_httpx_client(), httpx2.Client)
    assert_type(second.with_options(timeout=3.0).get_async_httpx_client(), httpx2.AsyncClient)
    third = Client.from_env(WeChatPayAuth, language="en", http=httpx.Client())
    assert_type(third.get_httpx_client(), httpx.Client)
    fourth = Client.from_env(WeChatPayAuth2, {"WECHATPAY_MCHID": "1900000108"}, retries=0)
    assert_type(fourth.get_async_httpx_client(), httpx2.AsyncClient)
    return [first, second, third, fourth]


def create(client: Client, refund_id: str) -> ReturnAdvance | None:
    body = CreateReturnAdvanceRequest(sub_mchid="1900000109")
    try:
        returned = create_return_advance.sync(refund_id, client=client, body=body)
    except errors.NotEnoughError as error:
        assert_type(error.verified, bool)
        assert_type(error.code, str | None)
        return None
    except OutcomeUnknown as unknown:
        assert_type(client.call(unknown.query), Response[ReturnAdvance])
        return client.call(unknown.query).parsed
    except APIError:
        return None
    assert_type(returned, ReturnAdvance)
    assert_type(returned.return_amount, int)
    assert_type(returned.payer_account, Account)
    assert_type(returned.success_time, dt.datetime | None)
    if returned.result == ReturnAdvanceResult.SUCCESS:
        assert_type(returned.result.is_known, bool)
    return returned


async def query(client: Client, refund_id: str) -> Response[ReturnAdvance]:
    reply = await query_return_advance.asyncio_detailed(
        refund_id, client=client, sub_mchid="1900000109"
    )
    assert_type(reply, Response[ReturnAdvance])
    assert_type(reply.parsed, ReturnAdvance)
    return reply


def wrong(client: Client) -> None:
    """Each ignored error must be one: both checkers report an ignore that is not needed."""
    CreateReturnAdvanceRequest()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    CreateReturnAdvanceRequest(sub_mchid=1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    query_return_advance.sync("1", client=client)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Client(auth="token")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    Client.from_env(WeChatPayAuth2, http=httpx.Client())  # type: ignore[call-overload]  # pyright: ignore
    Client(WeChatPayAuth2.from_env(), http=httpx.Client())  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
