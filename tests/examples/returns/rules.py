"""What to do next with an outstanding return, and what came of it: rules without input or output.

No queue, no database, no clock. `work` carries out what is decided here.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

import httpx
from wechatpay_auth import WeChatPayAuthError
from wechatpay_ecommerce_refund import APIError, InvalidInputError
from wechatpay_ecommerce_refund.models import ReturnAdvance, ReturnAdvanceResult

DAY = 86400.0
PLATFORM_TRIES = 90 * DAY
"""Seconds for which WeChat Pay itself retries a return that is in progress."""


class State(StrEnum):
    """Where a return stands."""

    DUE = "due"
    """There is no return: none was asked for, or a query verified that none exists."""
    SENT = "sent"
    """A create is on its way, or was when its worker died."""
    UNKNOWN = "unknown"
    """A create may have happened. The next query tells."""
    PROCESSING = "processing"
    """WeChat Pay retries for 90 days."""
    SHORT = "short_of_money"
    """The sub-merchant's account has to be topped up."""
    REFUSED = "refused"
    """Refused for a reason that somebody has to look at; `note` has it."""
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"


FINAL = frozenset({State.SUCCESS, State.FAILED})


@dataclass(frozen=True, kw_only=True)
class Row:
    """One outstanding return, as it stands in the table."""

    refund_id: str
    sub_mchid: str
    fen: int
    """What was advanced; from the first response on, what WeChat Pay says it was."""
    state: State = State.DUE
    due: float | None = 0.0
    """Unix time of the next step; None if there is none."""
    steps: int = 0
    """How many steps were done. Pauses grow with it."""
    sent: float | None = None
    """Unix time of the create from which the 90 days count."""
    advance_return_id: str | None = None
    note: str = ""
    """The last thing that went wrong."""


@dataclass(frozen=True, kw_only=True)
class Pauses:
    """Seconds between two steps of one return: doubled each time."""

    first: float = 60.0
    longest: float = DAY / 4

    def after(self, row: Row, now: float) -> float:
        """Return the pause, cut where it would pass over the end of the 90 days."""
        pause = min(self.longest, self.first * 2.0 ** min(row.steps, 32))
        end = None if row.sent is None else row.sent + PLATFORM_TRIES + self.first
        return pause if end is None or end <= now else min(pause, end - now)


def creates(row: Row) -> bool:
    """Tell whether the next step is a create; if not, it is a query."""
    return row.state in {State.DUE, State.SHORT}


def begun(row: Row, now: float) -> Row:
    """Return what has to be written down before the step leaves this machine."""
    if not creates(row):
        return row
    return replace(row, state=State.SENT, sent=row.sent or now)


def judged(row: Row, outcome: ReturnAdvance | Exception, now: float, pauses: Pauses) -> Row:
    """Return the next state and due time of a row (as it was before the step) by its outcome."""
    later = now + pauses.after(row, now)
    row = replace(row, steps=row.steps + 1)
    if isinstance(outcome, ReturnAdvance):
        # A result that is not known yet is not final.
        final = {
            ReturnAdvanceResult.SUCCESS: State.SUCCESS,
            ReturnAdvanceResult.FAILED: State.FAILED,
        }
        state = final.get(outcome.result, State.PROCESSING)
        return replace(
            row,
            state=state,
            due=None if state in FINAL else later,
            sent=row.sent or now,
            fen=outcome.return_amount,
            advance_return_id=outcome.advance_return_id,
            note="",
        )
    row = replace(row, due=later, note=_told(row, outcome))
    if isinstance(outcome, InvalidInputError):
        return replace(row, state=State.REFUSED, due=None)
    return _after_create(row, outcome, now) if creates(row) else _after_query(row, outcome, now)


def _after_create(row: Row, error: Exception, now: float) -> Row:
    if nothing_left(error):
        return row
    row = replace(row, sent=row.sent or now)
    if not (isinstance(error, APIError) and error.verified):
        return replace(row, state=State.UNKNOWN)
    if error.code == "NOT_ENOUGH":
        return replace(row, state=State.SHORT)
    # An earlier create may have happened all the same: a query has the last word.
    return replace(row, state=State.REFUSED, due=now)


def _after_query(row: Row, error: Exception, now: float) -> Row:
    nothing_there = (
        isinstance(error, APIError) and error.verified and error.code == "RESOURCE_NOT_EXISTS"
    )
    if not nothing_there:
        return row
    if row.state is State.REFUSED:
        return replace(row, due=None)
    return replace(row, state=State.DUE, due=now, sent=None)


def _told(row: Row, error: Exception) -> str:
    # The query after a refusal must not hide what was refused.
    return row.note if row.state is State.REFUSED else f"{type(error).__name__}: {error}"[:500]


def nothing_left(error: Exception) -> bool:
    """Tell whether a create that failed with this error was never sent."""
    # The client raises OutcomeUnknown for a create that may have left. What it lets through of the
    # HTTP library (a refused connection) and of the auth plugin came before that.
    return isinstance(error, httpx.TransportError | WeChatPayAuthError)
