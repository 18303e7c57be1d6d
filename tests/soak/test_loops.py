"""One client for all threads, tasks and event loops of a program."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from wechatpay_ecommerce_refund import Client
from wechatpay_ecommerce_refund.api.ecommerce_refund import create_return_advance
from wechatpay_ecommerce_refund.models import CreateReturnAdvanceRequest
from wechatpay_sandbox import Platform, Refund, RunningServer

from tests.conftest import SUB_MCHID, AnyAuth
from tests.soak.stages import Stages

CALLS = 150
IN_FLIGHT = 50
ROUNDS = 3
THREADS = 48
BODY = CreateReturnAdvanceRequest(sub_mchid=SUB_MCHID)


@pytest.fixture(autouse=True)
def refunds(platform: Platform) -> None:
    for number in range(CALLS):
        platform.add_refund(
            Refund(refund_id=f"{number:032d}", sub_mchid=SUB_MCHID, amount=number + 1)
        )


@pytest.fixture
def client(auth: AnyAuth, server: RunningServer) -> Client:
    return Client(auth, base_url=server.base_url)


async def amounts(client: Client, numbers: range) -> list[int]:
    models = await asyncio.gather(
        *(create_return_advance.asyncio(f"{n:032d}", client=client, body=BODY) for n in numbers)
    )
    return [model.return_amount for model in models]


def expected(numbers: range) -> list[int]:
    return [number + 1 for number in numbers]


def test_many_threads(client: Client) -> None:
    def amount(number: int) -> int:
        model = create_return_advance.sync(f"{number:032d}", client=client, body=BODY)
        return model.return_amount

    with client, ThreadPoolExecutor(THREADS) as pool:
        assert list(pool.map(amount, range(CALLS))) == expected(range(CALLS))


def test_more_tasks_than_connections(client: Client) -> None:
    async def run() -> None:
        async with client:
            assert await amounts(client, range(CALLS)) == expected(range(CALLS))

    asyncio.run(run())


def test_no_connection_is_thrown_away_while_there_is_work(
    platform: Platform, auth: AnyAuth
) -> None:
    """Each costs a TLS handshake; the libraries keep 20 idle ones, unless told otherwise."""
    numbers = range(IN_FLIGHT)

    async def run() -> None:
        async with Stages(platform) as stages, Client(auth, base_url=stages.base_url) as client:
            stages.crowd = asyncio.Barrier(IN_FLIGHT)  # all are in flight at once
            for _ in range(ROUNDS):
                assert await amounts(client, numbers) == expected(numbers)
            assert stages.accepted == IN_FLIGHT

    asyncio.run(run())


def test_one_event_loop_after_the_other(client: Client) -> None:
    async def run(numbers: range) -> list[int]:
        async with client:
            return await amounts(client, numbers)

    for first in range(0, 40, 10):
        numbers = range(first, first + 10)
        assert asyncio.run(run(numbers)) == expected(numbers)


def test_event_loops_at_the_same_time(client: Client) -> None:
    """Each waits for the other to have connections open, so that they might take them."""
    barrier = threading.Barrier(2)

    async def run(numbers: range) -> list[int]:
        async with client:
            first = await amounts(client, numbers)
            barrier.wait(10)
            second = await amounts(client, numbers)
            barrier.wait(10)
            assert first == second
            return second

    def in_a_loop(first: int) -> list[int]:
        return asyncio.run(run(range(first, first + 10)))

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(in_a_loop, [0, 10])) == [expected(range(10)), expected(range(10, 20))]


def test_calls_with_and_without_asyncio(client: Client) -> None:
    async def run() -> list[int]:
        async with client:
            return await amounts(client, range(10, 20))

    with client:
        model = create_return_advance.sync(f"{0:032d}", client=client, body=BODY)
        assert model.return_amount == 1
        assert asyncio.run(run()) == expected(range(10, 20))
        model = create_return_advance.sync(f"{1:032d}", client=client, body=BODY)
        assert model.return_amount == 2


def test_closed_in_its_event_loop_a_client_says_so_there(client: Client) -> None:
    async def run() -> None:
        async with client:
            await amounts(client, range(1))
        with pytest.raises(RuntimeError, match="the client is closed"):
            await amounts(client, range(1))

    asyncio.run(run())


def test_the_httpx_client_of_a_program_that_has_no_loop_yet_is_the_first_loops(
    client: Client,
) -> None:
    """Instrumented before the loop runs, say."""
    made = client.get_async_httpx_client()

    async def same(wanted: Callable[[object], bool]) -> None:
        async with client:
            assert wanted(client.get_async_httpx_client())

    asyncio.run(same(lambda found: found is made))
    asyncio.run(same(lambda found: found is not made))
