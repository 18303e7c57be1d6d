"""Follows refunds to their end while anything goes wrong, on a clock that is moved.

    python -m tests.soak.until_settled [--runs N] [--seed N]

Each run is one refund with a random scenario, random faults, and restarts of the program that
follows it. The end must be the one in the sandbox's books.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections import Counter
from typing import Any, Protocol

import attrs
import httpx
from wechatpay_ecommerce_refund import APIError, Client, OutcomeUnknown, Retry
from wechatpay_ecommerce_refund.api.ecommerce_refund.create_return_advance import (
    wait_until_settled,
    wait_until_settled_asyncio,
)
from wechatpay_ecommerce_refund.models import ReturnAdvance
from wechatpay_ecommerce_refund.polling import Step
from wechatpay_sandbox import (
    Keys,
    MemoryStore,
    Platform,
    Refund,
    SandboxTransport,
    Settings,
    Settlement,
    faults,
    make_keys,
)

from tests.conftest import AnyAuth, auth_for

DAY = 86400.0
REFUND_ID, SUB_MCHID, FEN = "R1", "1900000300", 888
MOST_RESTARTS = 400
TROUBLES = (
    (faults.drop_connection(),),
    (faults.drop_connection(after_change=True),),
    (faults.break_off(),),
    (faults.error("SYSTEM_ERROR"),),
    (faults.error("SYSTEM_ERROR", after_change=True),),
    (faults.error("FREQUENCY_LIMITED"),),
    (faults.error("FREQUENCY_LIMITED", after_change=True),),
    (faults.error("NOT_ENOUGH", after_change=True),),
    (faults.error("NO_AUTH", after_change=True),),
    (faults.error("NO_AUTH"), faults.unsigned()),
    (faults.error("RESOURCE_NOT_EXISTS"), faults.unsigned()),
    (faults.sign_error(),),
    (faults.answer(202),),
    (faults.answer(202, after_change=True),),
    (faults.bad_gateway(),),
    (faults.answer(503, after_change=True),),
    (faults.probe_signature(),),
    (faults.unsigned(),),
    (faults.timestamp_off(-400),),
    (faults.body("{}"),),
    (faults.set_fields(refund_id="R2"),),
    (faults.set_fields(result="REVIEWING"),),
    (),
)
"""What may become of one exchange. Whatever the platform signs about an order is true."""


class Order(Protocol):
    """A return in the books."""

    @property
    def result(self) -> str: ...
    @property
    def advance_return_id(self) -> str: ...


class Books(MemoryStore):
    """Keeps what the platform writes where a test can read it."""

    def __init__(self) -> None:
        self.orders: dict[str, Order] = {}

    def table(self, name: str, kind: object) -> Any:  # noqa: ANN401 - as the sandbox's
        """Return an empty table."""
        return self.orders if name == "orders" else super().table(name, kind)


@attrs.define
class Run:
    """One refund on its way, with all that happens to it."""

    keys: Keys
    auth: AnyAuth
    seed: int
    now: float = 0.0
    platform: Platform = attrs.field(init=False)
    funds: int = 0
    """What was paid into the sub-merchant's account."""
    books: Books = attrs.field(factory=Books)
    told: list[str] = attrs.field(factory=list[str])

    def follow(self) -> str:
        """Follow it to its end and return that; AssertionError if it is another in the books."""
        chance = random.Random(self.seed)  # noqa: S311 - a test's
        platform = self._platform(chance)
        for _ in range(MOST_RESTARTS):
            deadline = chance.choice([1.0, 600.0, DAY, 120 * DAY])
            try:
                end = self._once(platform, chance, deadline)
            except OutcomeUnknown as unknown:
                self.told.append(f"restart: {unknown.reason}")
            except APIError as refusal:
                self.told.append(f"refused: {refusal.code}")
                wrong = not refusal.verified or self.books.orders
                assert not wrong, f"a refusal of what happened: seed {self.seed}, {self.told}"
                self._top_up(platform)
            else:
                books = self.books.orders.get(REFUND_ID)
                left = self.funds - (FEN if end.result == "SUCCESS" else 0)
                found = (end.result, end.advance_return_id, platform.balance(SUB_MCHID))
                same = books and found == (books.result, books.advance_return_id, left)
                assert same, f"{found}, but {books}, {left} fen: seed {self.seed}, {self.told}"
                return str(end.result)
        raise AssertionError(f"no end: seed {self.seed}, {self.told[-5:]}")

    def _platform(self, chance: random.Random) -> Platform:
        settings = Settings(
            short_balance=chance.choice(["NOT_ENOUGH", "NOT_ENOUGH", "PROCESSING", "FAILED"]),
            create_while_processing=chance.choice(["same", "refuse"]),
            create_after_success=chance.choice(["same", "refuse"]),
            create_after_failed=chance.choice(["same", "refuse"]),
        )
        platform = self.platform = Platform(self.keys, settings=settings, store=self.books)
        self.funds = chance.choice([0, FEN, FEN])
        platform.add_sub_merchant(SUB_MCHID, self.funds)
        plan = Settlement(
            result=chance.choice(["SUCCESS", "SUCCESS", "FAILED"]),
            after_queries=chance.choice([None, 0, 0, 1, 1, 2, 2, 5, 5]),
            after_seconds=chance.choice([None, None, None, 0, 3600, 4 * DAY]),
        )
        platform.add_refund(
            Refund(refund_id=REFUND_ID, sub_mchid=SUB_MCHID, amount=FEN, settlement=plan)
        )
        for _ in range(chance.choice([0, 1, 3, 10])):
            if trouble := chance.choice(TROUBLES):
                platform.next(*trouble, times=chance.choice([1, 1, 1, 4]))
        return platform

    def _once(self, platform: Platform, chance: random.Random, deadline: float) -> ReturnAdvance:
        """Run the program once, until it ends or is over its deadline."""
        retry = Retry(retries=chance.choice([0, 2]), clock=self._clock, now=self._clock)
        waits = chance.random() < 0.3

        def wait_after(refusal: APIError) -> bool:
            return waits and refusal.code == "NOT_ENOUGH" and self._top_up(platform)

        transport = SandboxTransport(platform)
        if chance.random() < 0.5:
            with httpx.Client(transport=transport) as http:
                client = Client(self.auth, http=http, retries=retry, sleep=self._sleep)
                return wait_until_settled(
                    client,
                    REFUND_ID,
                    SUB_MCHID,
                    sleep=self._sleep,
                    deadline=deadline,
                    clock=self._clock,
                    wait_after=wait_after,
                    on_step=self._note,
                )

        async def under_asyncio() -> ReturnAdvance:
            async with httpx.AsyncClient(transport=transport) as http:
                client = Client(
                    self.auth, async_http=http, retries=retry, async_sleep=self._async_sleep
                )
                return await wait_until_settled_asyncio(
                    client,
                    REFUND_ID,
                    SUB_MCHID,
                    sleep=self._async_sleep,
                    deadline=deadline,
                    clock=self._clock,
                    wait_after=wait_after,
                    on_step=self._note,
                )

        return asyncio.run(under_asyncio())

    def _note(self, step: Step[ReturnAdvance]) -> None:
        self.told.append(f"{step.call}: {step.problem}")

    def _top_up(self, platform: Platform) -> bool:
        platform.top_up(SUB_MCHID, FEN)
        self.funds += FEN
        return True

    def _clock(self) -> float:
        return self.now

    def _sleep(self, seconds: float) -> None:
        self.now += seconds
        self.platform.advance(seconds=seconds)

    async def _async_sleep(self, seconds: float) -> None:
        self._sleep(seconds)


def main() -> int:
    """Follow many, and print their ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    keys, start = make_keys(), time.monotonic()
    auth = auth_for(httpx, keys)
    ends: Counter[str] = Counter()
    for number in range(options.runs):
        ends[Run(keys, auth, options.seed + number).follow()] += 1
        if number % 1000 == 999:
            print(f"{number + 1}: {dict(ends)}", flush=True)
    print(f"{options.runs} refunds in {time.monotonic() - start:.0f} s: {dict(ends)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
