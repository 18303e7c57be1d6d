"""One client serves many threads, or many tasks: every call gets its own response."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from wechatpay_ecommerce_refund import Client, Retry
from wechatpay_ecommerce_refund.api.ecommerce_refund import create_return_advance
from wechatpay_ecommerce_refund.models import CreateReturnAdvanceRequest
from wechatpay_sandbox import Platform, Refund, RunningServer, faults

from tests.conftest import SUB_MCHID, AnyAuth

REFUNDS = [f"{number:032d}" for number in range(40)]
BODY = CreateReturnAdvanceRequest(sub_mchid=SUB_MCHID)
RULES = Retry(jitter=lambda: 0.0, first_pause=0.0, retries=8)


@pytest.fixture(autouse=True)
def busy(platform: Platform) -> None:
    """Give the platform refunds of different amounts, and let every third response be a probe."""
    for number, refund_id in enumerate(REFUNDS):
        platform.add_refund(Refund(refund_id=refund_id, sub_mchid=SUB_MCHID, amount=number + 1))
    for _ in range(len(REFUNDS) // 3):
        platform.next(faults.probe_signature(), method="POST")


def check(platform: Platform, amounts: list[int]) -> None:
    assert amounts == [number + 1 for number in range(len(REFUNDS))]
    assert sum(exchange.state_changed for exchange in platform.log) == len(REFUNDS)
    nonces = [request.authorization["nonce_str"] for request in platform.requests()]
    assert len(set(nonces)) == len(nonces) == len(REFUNDS) + len(REFUNDS) // 3


def test_threads(platform: Platform, server: RunningServer, auth: AnyAuth) -> None:
    with (
        Client(auth, base_url=server.base_url, retries=RULES) as client,
        ThreadPoolExecutor(8) as pool,
    ):

        def create(refund_id: str) -> int:
            return create_return_advance.sync(refund_id, client=client, body=BODY).return_amount

        check(platform, list(pool.map(create, REFUNDS)))


def test_tasks(platform: Platform, server: RunningServer, auth: AnyAuth) -> None:
    async def create_all() -> list[int]:
        async with Client(auth, base_url=server.base_url, retries=RULES) as client:
            returned = await asyncio.gather(
                *(
                    create_return_advance.asyncio(refund_id, client=client, body=BODY)
                    for refund_id in REFUNDS
                )
            )
        return [one.return_amount for one in returned]

    check(platform, asyncio.run(create_all()))


def test_a_cancelled_call_leaves_the_client_usable(
    platform: Platform, server: RunningServer, auth: AnyAuth
) -> None:
    platform.clear()

    async def cancel_one() -> str:
        async with Client(auth, base_url=server.base_url) as client:
            platform.next(faults.delay(30))
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await create_return_advance.asyncio(REFUNDS[0], client=client, body=BODY)
            again = await create_return_advance.asyncio(REFUNDS[0], client=client, body=BODY)
            return str(again.result)

    assert asyncio.run(cancel_one()) == "PROCESSING"
