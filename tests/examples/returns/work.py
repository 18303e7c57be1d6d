"""One step of one return: written down, called, written down. Knows no queue.

Each process has one table and one client, made after it was forked.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from limits import RateLimitItem, parse
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter
from wechatpay_auth import WeChatPayAuth
from wechatpay_ecommerce_refund import Client, Retry
from wechatpay_ecommerce_refund.api.ecommerce_refund import (
    create_return_advance,
    query_return_advance,
)
from wechatpay_ecommerce_refund.models import CreateReturnAdvanceRequest, ReturnAdvance

from .rules import Pauses, Row, creates, judged
from .table import Leased, Table


class Rate:
    """Calls a second of all workers together; Redis counts them, or this process's memory."""

    def __init__(self, rate: str, redis_url: str = "memory://") -> None:
        self._item: RateLimitItem = parse(rate)
        self._limiter = MovingWindowRateLimiter(storage_from_string(redis_url))

    def wait(self) -> None:
        """Wait for a turn."""
        while not self._limiter.hit(self._item, "wechatpay"):
            stats = self._limiter.get_window_stats(self._item, "wechatpay")
            time.sleep(max(0.01, min(1.0, stats.reset_time - time.time())))


@dataclass(frozen=True, kw_only=True)
class Worker:
    """What one process has to work with."""

    table: Table
    client: Client
    wait_for_turn: Callable[[], None]
    pauses: Pauses = field(default_factory=Pauses)
    lease: float = 300.0
    """Seconds after which a step counts as died: longer than any call takes."""

    def step(self, leased: Leased) -> Row | None:
        """Do one step of a return; None if it is no longer ours."""
        self.wait_for_turn()
        begun = self.table.begin(leased, lease_for=self.lease)
        if begun is None:
            return None
        row, leased = begun
        after = judged(row, self._call(row), self.table.now(), self.pauses)
        return after if self.table.finish(leased, after) else None

    def _call(self, row: Row) -> ReturnAdvance | Exception:
        try:
            if creates(row):
                body = CreateReturnAdvanceRequest(sub_mchid=row.sub_mchid)
                return create_return_advance.sync(row.refund_id, client=self.client, body=body)
            return query_return_advance.sync(
                row.refund_id, client=self.client, sub_mchid=row.sub_mchid
            )
        except Exception as error:  # noqa: BLE001 - whatever came of it is judged and written down
            return error


@cache
def worker() -> Worker:
    """Return the worker of this process, made from the environment at the first call."""
    env = os.environ
    rate = Rate(env.get("REFUND_RATE", "20/second"), env.get("REFUND_REDIS", "memory://"))
    # The table retries over days. The client's own retry is there for the backup host.
    retry = Retry(retries=1, deadline=30.0)
    return Worker(
        table=table(),
        client=Client.from_env(WeChatPayAuth, retries=retry),
        wait_for_turn=rate.wait,
        pauses=Pauses(
            first=float(env.get("REFUND_PAUSE", "60")),
            longest=float(env.get("REFUND_LONGEST_PAUSE", "21600")),
        ),
        lease=float(env.get("REFUND_LEASE", "300")),
    )


@cache
def table() -> Table:
    """Return the table of this process."""
    return Table(os.environ.get("REFUND_DATABASE", "sqlite:///returns.db"))
