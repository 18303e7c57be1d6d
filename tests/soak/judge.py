"""What every call of a soak is held to, against the platform's books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Set
from dataclasses import dataclass
from typing import Literal

import httpx
import httpx2
from wechatpay_auth import WeChatPayAuthError
from wechatpay_ecommerce_refund import (
    APIError,
    InvalidResponseError,
    OutcomeUnknown,
    Response,
    UnverifiedResponseError,
    errors,
)
from wechatpay_ecommerce_refund.models import ReturnAdvance

from tests.soak.plan import FORGED_AMOUNT, Planned

How = Literal["model", "refusal", "network", "distrust", "unknown", "untyped"]
_NETWORK = httpx.TransportError | httpx2.TransportError
HOWS: tuple[How, ...] = ("model", "refusal", "network", "distrust", "unknown", "untyped")
LONGEST = 45.0
"""Seconds that no call may exceed; its own deadline is 60, and nothing here waits that long."""


@dataclass(frozen=True)
class Ending:
    """How one call ended."""

    planned: Planned
    seconds: float
    response: Response[ReturnAdvance] | None
    error: Exception | None

    @property
    def how(self) -> How:
        if self.response is not None:
            return "model"
        if isinstance(self.error, OutcomeUnknown):
            return "unknown"
        if isinstance(self.error, APIError):
            return "refusal"
        if isinstance(
            self.error, WeChatPayAuthError | InvalidResponseError | UnverifiedResponseError
        ):
            return "distrust"
        return "network" if isinstance(self.error, _NETWORK) else "untyped"

    def __str__(self) -> str:
        ended = self.error if self.response is None else self.response.parsed
        attempts = getattr(self.error or self.response, "attempts", ())
        trail = "; ".join(f"{one.host} {one.problem or 'done'}"[:160] for one in attempts)
        return f"{self.planned} → {self.how} in {self.seconds:.1f} s: {ended!r:.200} ({trail})"


class Judge:
    """Compares endings with the books, and counts them."""

    def __init__(self) -> None:
        self.broken: list[str] = []
        self.counts: dict[str, Counter[How]] = {}
        self._opened: set[int] = set()

    def enter(self, opened: Set[int]) -> None:
        """Note the creates that took effect, before judging calls about them."""
        self._opened |= opened

    def judge(self, endings: Iterable[Ending]) -> None:
        for ending in endings:
            self.counts.setdefault(ending.planned.kind, Counter())[ending.how] += 1
            for promise in self._broken_by(ending):
                self.broken.append(f"{promise}: {ending}")

    def settle(self, unknown: Ending, answer: Ending) -> None:
        """Judge what the query of an unknown outcome answered once the trouble was over."""
        happened = unknown.planned.refund in self._opened
        told = answer.how == "model" if happened else _is_not_found(answer)
        if not told or _is_forged(answer):
            self.broken.append(
                f"the query must tell that it {'happened' if happened else 'did not happen'}: "
                f"{unknown}; query: {answer}"
            )

    def _broken_by(self, ending: Ending) -> Iterable[str]:
        planned, how = ending.planned, ending.how
        happened = planned.refund in self._opened
        if how == "untyped":
            yield "every error is typed"
        if ending.seconds > LONGEST:
            yield "no call hangs"
        if _is_forged(ending):
            yield "no forged response is believed"
        if how == "model" and not happened:
            yield "what is reported as done was done"
        if planned.operation == "create":
            if how in {"refusal", "network", "distrust"} and happened:
                yield "what is reported as failed did not happen"
            if how == "distrust" and isinstance(ending.error, errors.ResponseError):
                yield "a create without a trusted answer has an unknown outcome"
        elif how == "unknown":
            yield "a read has no unknown outcome"
        if planned.must_succeed and not _is_documented(ending):
            yield "trouble that passes is overcome"


def _is_forged(ending: Ending) -> bool:
    """Whether a model is not what the platform said of this refund."""
    if ending.response is None:
        return False
    model, planned = ending.response.parsed, ending.planned
    return (
        not ending.response.verified
        or model.return_amount in {FORGED_AMOUNT, None}
        or (model.refund_id, model.return_amount) != (planned.refund_id, planned.amount)
    )


def _is_not_found(ending: Ending) -> bool:
    error = ending.error
    return isinstance(error, errors.ResourceNotExistsError) and error.verified


def _is_documented(ending: Ending) -> bool:
    if ending.planned.operation != "missing":
        return ending.how == "model"
    if ending.planned.kind == "no signature":  # a refusal is let through, as one not proven
        return isinstance(ending.error, errors.ResourceNotExistsError)
    return _is_not_found(ending)
