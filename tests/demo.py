"""The whole path: create a return-advance, query until it settles, and meet an error.

Run it with `make demo`, which starts a sandbox and sets the variables. Pointed at real
credentials it would move real money: it uses nothing that is special to the sandbox.
"""

import asyncio
import os
import sys

from wechatpay_auth import WeChatPayAuth
from wechatpay_ecommerce_refund import APIError, Client, Response
from wechatpay_ecommerce_refund.api.ecommerce_refund import (
    create_return_advance,
    query_return_advance,
)
from wechatpay_ecommerce_refund.models import (
    CreateReturnAdvanceRequest,
    ReturnAdvance,
    ReturnAdvanceResult,
)


def show(what: str, response: Response[ReturnAdvance]) -> None:
    """Print a response as a person would read it."""
    returned = response.parsed
    print(f"{what}: {returned.result}")
    print(f"  refund {returned.refund_id}, return {returned.advance_return_id}")
    print(
        f"  {returned.return_amount / 100:.2f} yuan ({returned.return_amount} fen)"
        f" from {returned.payer_mchid} ({returned.payer_account})"
        f" to {returned.payee_mchid} ({returned.payee_account})"
    )
    if returned.success_time:
        print(f"  back since {returned.success_time.isoformat()}")
    proof = "verified" if response.verified else "NOT VERIFIED"
    print(f"  status {response.status_code}, Request-ID {response.request_id}, signature {proof}\n")


def main() -> int:
    """Return one advance, synchronously, then look it up once more under asyncio."""
    refund_id = os.environ["WECHATPAY_REFUND_ID"]
    sub_mchid = os.environ["WECHATPAY_SUB_MCHID"]
    print(f"Return of the advance for refund {refund_id}, sub-merchant {sub_mchid}\n")

    with Client.from_env(WeChatPayAuth, language="en") as client:
        response = create_return_advance.sync_detailed(
            refund_id, client=client, body=CreateReturnAdvanceRequest(sub_mchid=sub_mchid)
        )
        show("create", response)
        while response.parsed.result == ReturnAdvanceResult.PROCESSING:
            # Against the real platform: minutes or hours apart, for up to 90 days.
            response = query_return_advance.sync_detailed(
                refund_id, client=client, sub_mchid=sub_mchid
            )
            show("query", response)

        try:
            query_return_advance.sync("1" * 29, client=client, sub_mchid=sub_mchid)
        except APIError as error:
            print(f"an unknown refund raises {type(error).__name__}:\n  {error}\n")

    async def again() -> ReturnAdvance:
        async with Client.from_env(WeChatPayAuth) as client:
            return await query_return_advance.asyncio(refund_id, client=client, sub_mchid=sub_mchid)

    settled = asyncio.run(again())
    print(f"asyncio agrees: {settled.result}")
    return 0 if settled.result == ReturnAdvanceResult.SUCCESS else 1


if __name__ == "__main__":
    sys.exit(main())
