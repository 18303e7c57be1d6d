# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""Take an advanced refund back · 垫付退款回补.

See https://pay.weixin.qq.com/doc/v3/partner/4012476927
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Final, Unpack

from ... import checks, polling
from ...client import Client
from ...connections import async_sleep
from ...models.create_return_advance_request import CreateReturnAdvanceRequest
from ...models.return_advance import ReturnAdvance
from ...operation import Call, Operation, Response, json_result
from ...writing import json_body, segment
from ..ecommerce_refund import query_return_advance

__all__ = [
    "OPERATION",
    "RULE",
    "asyncio",
    "asyncio_detailed",
    "bind",
    "sync",
    "sync_detailed",
    "wait_until_settled",
    "wait_until_settled_asyncio",
]

OPERATION: Final[Operation[ReturnAdvance]] = Operation(
    module=__name__,
    name="createReturnAdvance",
    method="POST",
    results={"200": json_result(ReturnAdvance.from_dict)},
    idempotent=True,
)
RULE: Final = polling.Rule(
    field="result",
    final=frozenset({"SUCCESS", "FAILED"}),
    first_pause=60.0,
    longest_pause=21600.0,
    within=7862400.0,
)


def bind(refund_id: str, *, body: CreateReturnAdvanceRequest) -> Call[ReturnAdvance]:
    """Check the arguments and prepare the call without sending it, for `Client.call`.

    Raises:
        InvalidInputError: An argument breaks a rule; the error names it.
    """
    checks.text(refund_id, "refund_id", min_length=1, max_length=32, pattern=r"^[0-9A-Za-z_-]+\Z")
    checks.model(body, "body", CreateReturnAdvanceRequest)
    return OPERATION.call(
        f"/v3/ecommerce/refunds/{segment(refund_id)}/return-advance",
        body=json_body(body.to_dict()),
        settled_by=query_return_advance.bind(refund_id, sub_mchid=body.sub_mchid),
        echoes={"refund_id": refund_id},
    )


def sync_detailed(
    refund_id: str, *, client: Client, body: CreateReturnAdvanceRequest
) -> Response[ReturnAdvance]:
    """Take an advanced refund back · 垫付退款回补.

    With status, headers, Request-ID and raw content. See `sync`.
    """
    return client.call(bind(refund_id, body=body))


def sync(refund_id: str, *, client: Client, body: CreateReturnAdvanceRequest) -> ReturnAdvance:
    """Take an advanced refund back · 垫付退款回补.

    Moves the amount that the platform advanced for this refund from the sub-merchant back to
    the platform. The amount is no input: it is the whole advanced amount.

    `PROCESSING` means that WeChat Pay keeps trying for 90 days; fetch the outcome with the
    query operation, or create again. If the payer account is still short of money after
    those 90 days the result becomes `FAILED` for good and this refund can never be returned
    again, so keep the payer account funded. WeChat Pay has to enable the capability first.

    把平台为该退款单垫付的资金从二级商户收回到平台账户，金额即全部垫付金额，无须传入。

    结果为 `PROCESSING` 时微信支付在 90 天内定期重试，须用查询接口确认结果，期间也可再次发起。
    90 天后出款方余额仍不足则变为 `FAILED`，此后不能再对该退款单发起回补，请保证出款账户余额
    充足。使用前须联系微信支付开通垫付退款能力。

    Args:
        refund_id: 微信退款单号 · WeChat refund number.

            WeChat refund number of a refund that the platform advanced: neither the merchant's
            out_refund_no nor a transaction id. 微信退款单号，必须是由平台垫付的退款单。

            The response to the refund, or a query of it, tells whether it was advanced:
            refund_account
            is then REFUND_SOURCE_PARTNER_ADVANCE, and amount.advance is the advanced amount. To
            send
            that value in the request only permits an advance. If the response has no
            refund_account,
            no money has been taken yet: query the refund again. 退款申请或退款查询的应答中
            refund_account 为 REFUND_SOURCE_PARTNER_ADVANCE 时，该退款由平台垫付，amount.advance
            为垫付金额；请求中传该值仅表示允许垫付。应答没有 refund_account 时尚未扣款，请再次查询。

            1 to 32 characters. Example: 50000000382019052709732678859.
        client: The client which signs and sends the call.
        body: From whom to take the money back · 向谁收回

    Returns:
        The result, verified and read.

    Raises:
        InvalidInputError: An argument breaks a rule; nothing was sent.
        OutcomeUnknown: It may or may not have happened: the platform failed, or no
            usable response came. The error says what to do.
        ParamError: A parameter is wrong. 参数错误.
        InvalidRequestError: The HTTP request breaks the APIv3 rules. HTTP 请求不符合微信支付 APIv3
        接口规则.
        MchNotExistsError: No such merchant number. 商户号不存在.
        SignError: The signature was not accepted. 验证不通过.
        NoAuthError: This platform may not return this refund; the page says that the return failed.
        没有垫付回补权限.
        NotEnoughError: The payer account is short of money; the page calls this a failed
        application. 余额不足.
        RequestBlockedError: The request was blocked; the page calls this a failed application.
        请求受阻.
        ResourceNotExistsError: No such refund. 退款单不存在.
        APIError: The platform refused it for another reason.
        TransportError: Of httpx or httpx2. The network failed, and nothing was sent.
        Exception: An error of the auth plugin: it cannot sign.

    See https://pay.weixin.qq.com/doc/v3/partner/4012476927
    """
    return client.call(bind(refund_id, body=body)).parsed


async def asyncio_detailed(
    refund_id: str, *, client: Client, body: CreateReturnAdvanceRequest
) -> Response[ReturnAdvance]:
    """Take an advanced refund back · 垫付退款回补.

    Under asyncio, with status, headers, Request-ID and raw content. See `sync`.
    """
    return await client.acall(bind(refund_id, body=body))


async def asyncio(
    refund_id: str, *, client: Client, body: CreateReturnAdvanceRequest
) -> ReturnAdvance:
    """Take an advanced refund back · 垫付退款回补.

    Under asyncio. See `sync`.
    """
    return (await client.acall(bind(refund_id, body=body))).parsed


def wait_until_settled(
    client: polling.Caller,
    refund_id: str,
    sub_mchid: str,
    *,
    sleep: Callable[[float], object] = time.sleep,
    **options: Unpack[polling.Options[ReturnAdvance]],
) -> ReturnAdvance:
    """Create and query until the result is final.

    It queries with growing pauses, and creates again if a verified response to the query says that
    nothing is there. It stores nothing: after a restart, call it again.

    Args:
        client: A client, or an object which sends calls through one.
        refund_id: As for `bind` of the query.
        sub_mchid: As for `bind` of the query.
        sleep: Waits.
        **options: See `polling.Options`.

    Returns:
        The final result, verified and read.

    Raises:
        InvalidInputError: An argument breaks a rule; nothing was sent.
        OutcomeUnknown: The deadline has passed, or the query was refused.
        APIError: The platform refused it, and a query confirmed that nothing is there.
        TransportError: Of httpx or httpx2. Nothing could be sent before the deadline.
        Exception: An error of the auth plugin: it cannot sign.
    """
    return polling.wait(client, _way(refund_id, sub_mchid, options), sleep)


async def wait_until_settled_asyncio(
    client: polling.Caller,
    refund_id: str,
    sub_mchid: str,
    *,
    sleep: Callable[[float], Awaitable[object]] = async_sleep,
    **options: Unpack[polling.Options[ReturnAdvance]],
) -> ReturnAdvance:
    """Create and query until the result is final, under asyncio. See `wait_until_settled`."""
    return await polling.wait_async(client, _way(refund_id, sub_mchid, options), sleep)


def _way(
    refund_id: str, sub_mchid: str, options: polling.Options[ReturnAdvance]
) -> polling.Way[ReturnAdvance]:
    return polling.Way(
        bind(refund_id, body=CreateReturnAdvanceRequest(sub_mchid=sub_mchid)),
        query_return_advance.bind(refund_id, sub_mchid=sub_mchid),
        RULE,
        options,
    )


def __dir__() -> list[str]:
    return sorted(__all__)
