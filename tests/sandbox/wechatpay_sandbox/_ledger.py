"""Refunds, accounts and return orders (回补单), moved by queries and by time."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import MutableMapping
from dataclasses import dataclass, replace
from typing import Literal

from ._errors import ERROR_CODES, Json, RefusedError
from ._settings import Settings
from ._store import MemoryStore, Store

RETRY_DAYS = 90
"""How long the platform itself retries a return that is in progress."""

_CHINA = dt.timezone(dt.timedelta(hours=8))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """When a return order leaves PROCESSING, and with which result.

    With `after_seconds` it settles that long after create (0: create itself answers the result),
    else the first `after_queries` queries still answer PROCESSING. With neither it never settles
    on its own, and 90 days make it FAILED.
    """

    result: Literal["SUCCESS", "FAILED"] = "SUCCESS"
    after_queries: int | None = 2
    after_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """A refund the platform knows, with the scenario its return-advance follows."""

    refund_id: str
    sub_mchid: str
    amount: int
    """Fen (分): what the platform advanced, hence what a return gives back."""
    advanced: bool = True
    """Whether the platform's advance account really paid the refund."""
    settlement: Settlement = Settlement()
    refusal: str | None = None
    """Error code with which every create for this refund is refused."""
    payer_account: str = "BASIC"
    payee_account: str = "BASIC"

    def __post_init__(self) -> None:
        if not (1 <= len(self.refund_id) <= 32 and 1 <= len(self.sub_mchid) <= 32):
            raise ValueError("refund_id and sub_mchid have 1 to 32 characters")
        if self.refusal is not None and self.refusal not in ERROR_CODES:
            raise ValueError(f"refusal: {self.refusal!r} is not one of {', '.join(ERROR_CODES)}")


@dataclass(frozen=True, slots=True)
class _ReturnOrder:
    advance_return_id: str
    created: float
    result: Literal["PROCESSING", "SUCCESS", "FAILED"] = "PROCESSING"
    settled: float | None = None
    queries: int = 0


class Ledger:
    """The platform's books; `version` grows with every change a caller could see."""

    def __init__(self, mchid: str, store: Store | None = None) -> None:
        store = store or MemoryStore()
        self.version = 0
        self._mchid = mchid
        self._balances: MutableMapping[str, int | None] = store.table("balances", int | None)
        self._refunds: MutableMapping[str, Refund] = store.table("refunds", Refund)
        self._orders: MutableMapping[str, _ReturnOrder] = store.table("orders", _ReturnOrder)
        self._topped_up: MutableMapping[str, float] = store.table("topped_up", float)

    def clear(self) -> None:
        """Forget everything."""
        for table in (self._balances, self._refunds, self._orders, self._topped_up):
            table.clear()

    def put_sub_merchant(self, sub_mchid: str, balance: int | None) -> None:
        """Register a second-level merchant (二级商户); a balance of None never runs short."""
        self._balances[sub_mchid] = balance

    def put_refund(self, refund: Refund) -> None:
        """Register a refund or replace its scenario; an order it has stays."""
        self._balances.setdefault(refund.sub_mchid, None)
        self._refunds[refund.refund_id] = refund

    def top_up(self, sub_mchid: str, amount: int, now: float) -> None:
        """Pay money into a second-level merchant's account, in fen."""
        self.balance(sub_mchid)  # refuses a number it does not know
        # Orders that ran out before this moment must not see the money.
        for refund_id in self._orders:
            self._settle(self._refunds[refund_id], now)
        balance = self.balance(sub_mchid)
        self._balances[sub_mchid] = None if balance is None else balance + amount
        self._topped_up[sub_mchid] = now

    def balance(self, sub_mchid: str) -> int | None:
        """Give an account's balance in fen; None never runs short."""
        if sub_mchid not in self._balances:
            raise LookupError(f"no second-level merchant has the number {sub_mchid}")
        return self._balances[sub_mchid]

    def create(
        self, refund_id: str, sub_mchid: str, now: float, settings: Settings
    ) -> dict[str, Json]:
        """Begin a return, or give the one that is there."""
        if sub_mchid not in self._balances:
            raise RefusedError("MCH_NOT_EXISTS")
        refund = self._refunds.get(refund_id)
        if refund is None:
            raise RefusedError("RESOURCE_NOT_EXISTS")
        if refund.sub_mchid != sub_mchid:
            raise RefusedError(settings.foreign_refund_code)
        if refund.refusal is not None:
            raise RefusedError(refund.refusal)
        if not refund.advanced:
            raise RefusedError(
                settings.not_advanced_code, "该退款单不是垫付退款", "This refund was not advanced"
            )
        if refund_id not in self._orders:
            self._open(refund, now, settings)
            self._settle(refund, now)
        else:
            self._settle(refund, now)
            self._check_repetition(self._orders[refund_id], settings)
        return self._describe(refund, self._orders[refund_id], settings)

    def query(
        self, refund_id: str, sub_mchid: str, now: float, settings: Settings
    ) -> dict[str, Json]:
        """Look at a return; each look counts towards its settlement."""
        if sub_mchid not in self._balances:
            raise RefusedError("MCH_NOT_EXISTS")
        refund, order = self._refunds.get(refund_id), self._orders.get(refund_id)
        # Query has no NO_AUTH row, so another merchant's refund looks like none at all.
        if refund is None or order is None or refund.sub_mchid != sub_mchid:
            raise RefusedError(
                "RESOURCE_NOT_EXISTS", "垫付回补结果查询失败", "No return-advance was found"
            )
        self._orders[refund_id] = replace(order, queries=order.queries + 1)
        self._settle(refund, now)
        return self._describe(refund, self._orders[refund_id], settings)

    def _check_repetition(self, order: _ReturnOrder, settings: Settings) -> None:
        if order.result == "PROCESSING" and settings.create_while_processing == "refuse":
            raise RefusedError("INVALID_REQUEST", "该退款单回补中", "The return is in progress")
        if order.result == "SUCCESS" and settings.create_after_success == "refuse":
            raise RefusedError(
                "INVALID_REQUEST", "该退款单已回补成功", "This refund has been returned"
            )
        if order.result == "FAILED" and settings.create_after_failed == "refuse":
            raise RefusedError(
                "INVALID_REQUEST",
                "该退款单回补失败，不能再次发起",
                "The return failed and cannot be started again",
            )

    def _open(self, refund: Refund, now: float, settings: Settings) -> None:
        if self._is_short(refund) and settings.short_balance == "NOT_ENOUGH":
            raise RefusedError("NOT_ENOUGH")  # our assumption: no return order comes of it
        # Form of the official example: 28 digits with the date in the middle.
        day = dt.datetime.fromtimestamp(now, _CHINA).strftime("%Y%m%d")
        order = _ReturnOrder(f"1215562501{day}{len(self._orders) + 1:010d}", now)
        self._orders[refund.refund_id] = order
        self.version += 1
        if self._is_short(refund) and settings.short_balance == "FAILED":
            self._finish(refund, "FAILED", now)

    def _settle(self, refund: Refund, now: float) -> None:
        order = self._orders[refund.refund_id]
        if order.result != "PROCESSING":
            return
        end = order.created + RETRY_DAYS * 86400
        due = self._due(refund, order, now)
        ready = due <= now and due < end
        if ready and refund.settlement.result == "FAILED":
            self._finish(refund, "FAILED", due)
        elif ready and not self._is_short(refund):
            balance = self._balances[refund.sub_mchid]
            self._balances[refund.sub_mchid] = None if balance is None else balance - refund.amount
            self._finish(refund, "SUCCESS", due)
        elif now >= end:
            self._finish(refund, "FAILED", end)

    def _due(self, refund: Refund, order: _ReturnOrder, now: float) -> float:
        plan = refund.settlement
        if plan.after_seconds is not None:
            # Money that came late settles the order when it came, not before.
            return max(
                order.created + plan.after_seconds, self._topped_up.get(refund.sub_mchid, 0.0)
            )
        if plan.after_queries is not None and order.queries > plan.after_queries:
            return now
        return math.inf

    def _finish(self, refund: Refund, result: Literal["SUCCESS", "FAILED"], moment: float) -> None:
        order = self._orders[refund.refund_id]
        self._orders[refund.refund_id] = replace(order, result=result, settled=moment)
        self.version += 1

    def _is_short(self, refund: Refund) -> bool:
        balance = self._balances[refund.sub_mchid]
        return balance is not None and balance < refund.amount

    def _describe(self, refund: Refund, order: _ReturnOrder, settings: Settings) -> dict[str, Json]:
        answer: dict[str, Json] = {
            "refund_id": refund.refund_id,
            "advance_return_id": order.advance_return_id,
            "return_amount": refund.amount,
            "payer_mchid": refund.sub_mchid,
            "payer_account": refund.payer_account,
            "payee_mchid": self._mchid,
            "payee_account": refund.payee_account,
            "result": order.result,
        }
        with_time = order.result == "SUCCESS" or settings.failed_has_success_time
        if order.settled is not None and with_time:
            moment = dt.datetime.fromtimestamp(int(order.settled), _CHINA)
            answer["success_time"] = moment.isoformat()
        return answer
