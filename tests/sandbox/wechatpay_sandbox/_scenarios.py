"""The refunds a fresh sandbox knows, one scenario each."""

from __future__ import annotations

from collections.abc import Mapping

from . import faults
from ._ledger import Refund, Settlement
from .faults import Fault

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


TROUBLES: Mapping[str, tuple[tuple[Fault, ...], int | None]] = {
    _number(869): ((faults.error("SYSTEM_ERROR"),), 1),
    _number(870): ((faults.answer(202),), 1),
    _number(871): ((faults.bad_gateway(),), 1),
    _number(872): ((faults.drop_connection(after_change=True),), 1),
    _number(873): ((faults.probe_signature(),), 1),
    _number(874): ((faults.sign_error(),), None),
    _number(875): ((faults.error("NO_AUTH"), faults.unsigned()), None),
    _number(876): ((faults.set_header("Wechatpay-Serial", "PUB_KEY_ID_0"),), None),
    _number(877): ((faults.set_fields(result="REVIEWING"),), None),
    _number(878): ((faults.set_fields(fee={"total": 3}),), None),
}
"""What goes wrong with a refund's first replies, or with all of them; after it they are as the
refund of the official examples."""

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
    *(Refund(refund_id=number, sub_mchid=SUB_MCHID, amount=_AMOUNT) for number in TROUBLES),
)
