"""The refunds a fresh sandbox knows, one scenario each."""

from __future__ import annotations

from ._ledger import Refund, Settlement

SUB_MCHID = "1900000109"
"""The sub-merchant of the official examples; never short of money here."""
POOR_SUB_MCHID = "1900000110"
"""A sub-merchant whose account is empty until it is topped up."""
REFUND_ID = "50000000382019052709732678859"
"""The refund of the official examples: two queries PROCESSING, then SUCCESS."""

SUB_MERCHANTS: dict[str, int | None] = {SUB_MCHID: None, POOR_SUB_MCHID: 0}

_AMOUNT = 888


def _number(last: int) -> str:
    return f"{REFUND_ID[:-3]}{last}"


REFUNDS: tuple[Refund, ...] = (
    Refund(refund_id=REFUND_ID, sub_mchid=SUB_MCHID, amount=_AMOUNT),
    Refund(
        refund_id=_number(860),
        sub_mchid=SUB_MCHID,
        amount=_AMOUNT,
        settlement=Settlement(after_seconds=0),
    ),
    Refund(
        refund_id=_number(861),
        sub_mchid=SUB_MCHID,
        amount=_AMOUNT,
        settlement=Settlement(result="FAILED"),
    ),
    Refund(
        refund_id=_number(862),
        sub_mchid=SUB_MCHID,
        amount=_AMOUNT,
        settlement=Settlement(after_queries=None),
    ),
    Refund(refund_id=_number(863), sub_mchid=POOR_SUB_MCHID, amount=_AMOUNT),
    Refund(refund_id=_number(864), sub_mchid=SUB_MCHID, amount=_AMOUNT, refusal="NO_AUTH"),
    Refund(refund_id=_number(865), sub_mchid=SUB_MCHID, amount=_AMOUNT, refusal="REQUEST_BLOCKED"),
    Refund(refund_id=_number(866), sub_mchid=SUB_MCHID, amount=_AMOUNT, advanced=False),
    Refund(refund_id=_number(867), sub_mchid=SUB_MCHID, amount=_AMOUNT, refusal="SYSTEM_ERROR"),
    Refund(
        refund_id=_number(868), sub_mchid=SUB_MCHID, amount=_AMOUNT, refusal="FREQUENCY_LIMITED"
    ),
)
