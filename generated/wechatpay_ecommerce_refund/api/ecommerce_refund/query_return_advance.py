# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""Query the result of a return · 查询垫付回补结果.

See https://pay.weixin.qq.com/doc/v3/partner/4012476916
"""

from __future__ import annotations

from typing import Final

from ... import checks
from ...client import Client
from ...models.return_advance import ReturnAdvance
from ...operation import Call, Operation, Response, json_result
from ...writing import segment

__all__ = ["OPERATION", "asyncio", "asyncio_detailed", "bind", "sync", "sync_detailed"]

OPERATION: Final[Operation[ReturnAdvance]] = Operation(
    module=__name__,
    name="queryReturnAdvance",
    method="GET",
    results={"200": json_result(ReturnAdvance.from_dict)},
    idempotent=True,
)


def bind(refund_id: str, *, sub_mchid: str) -> Call[ReturnAdvance]:
    """Check the arguments and prepare the call without sending it, for `Client.call`.

    Raises:
        InvalidInputError: An argument breaks a rule; the error names it.
    """
    checks.text(refund_id, "refund_id", min_length=1, max_length=32, pattern=r"^[0-9A-Za-z_-]+\Z")
    checks.text(sub_mchid, "sub_mchid", min_length=1, max_length=32, pattern=r"^[0-9A-Za-z_-]+\Z")
    return OPERATION.call(
        f"/v3/ecommerce/refunds/{segment(refund_id)}/return-advance",
        query={"sub_mchid": sub_mchid},
        echoes={"refund_id": refund_id},
    )


def sync_detailed(refund_id: str, *, client: Client, sub_mchid: str) -> Response[ReturnAdvance]:
    """Query the result of a return · 查询垫付回补结果.

    With status, headers, Request-ID and raw content. See `sync`.
    """
    return client.call(bind(refund_id, sub_mchid=sub_mchid))


def sync(refund_id: str, *, client: Client, sub_mchid: str) -> ReturnAdvance:
    """Query the result of a return · 查询垫付回补结果.

    Tells how the return of an advanced refund stands. The pages document no notice for returns,
    so query a `PROCESSING` return until it is `SUCCESS` or `FAILED`.

    While it is `PROCESSING`, WeChat Pay keeps trying for 90 days, and the merchant may create
    it again. If the payer account is still short of money after those 90 days, the result
    becomes `FAILED` for good, and this refund can never be returned again. WeChat Pay has to
    enable the capability first.

    查询垫付退款回补的结果。官方文档没有为回补规定异步通知，结果为 `PROCESSING` 时须继续查询，
    直到 `SUCCESS` 或 `FAILED`。

    结果为 `PROCESSING` 时微信支付在 90 天内定期重试，商户也可再次发起。90 天后出款方余额仍
    不足则变为 `FAILED`，此后不能再对该退款单发起回补。使用前须联系微信支付开通垫付退款能力。

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
        sub_mchid: 二级商户号 · Sub-merchant number.

            Merchant number of the sub-merchant, assigned by WeChat Pay; part of the signed URL.
            二级商户号，由微信支付分配；是被签名 URL 的一部分。

            1 to 32 characters. Example: 1900000109.

    Returns:
        The result, verified and read.

    Raises:
        InvalidInputError: An argument breaks a rule; nothing was sent.
        InvalidResponseError: The response breaks the spec.
        ParamError: A parameter is wrong. 参数错误.
        InvalidRequestError: The HTTP request breaks the APIv3 rules. HTTP 请求不符合微信支付 APIv3
        接口规则.
        MchNotExistsError: No such merchant number. 商户号不存在.
        SignError: The signature was not accepted. 验证不通过.
        ResourceNotExistsError: No result could be found. 垫付回补结果查询失败.
        PlatformSystemError: The platform failed. 系统异常，请稍后重试.
        APIError: The platform refused it for another reason.
        TransportError: Of httpx or httpx2. The network failed.
        Exception: An error of the auth plugin: it cannot sign or verify the response.

    See https://pay.weixin.qq.com/doc/v3/partner/4012476916
    """
    return client.call(bind(refund_id, sub_mchid=sub_mchid)).parsed


async def asyncio_detailed(
    refund_id: str, *, client: Client, sub_mchid: str
) -> Response[ReturnAdvance]:
    """Query the result of a return · 查询垫付回补结果.

    Under asyncio, with status, headers, Request-ID and raw content. See `sync`.
    """
    return await client.acall(bind(refund_id, sub_mchid=sub_mchid))


async def asyncio(refund_id: str, *, client: Client, sub_mchid: str) -> ReturnAdvance:
    """Query the result of a return · 查询垫付回补结果.

    Under asyncio. See `sync`.
    """
    return (await client.acall(bind(refund_id, sub_mchid=sub_mchid))).parsed


def __dir__() -> list[str]:
    return sorted(__all__)
