# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""One attempt of a call, and how log and hook get it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs

from .base_errors import OutcomeUnknown, in_one_line

if TYPE_CHECKING:
    from .operation import Call

_logger = logging.getLogger(__package__)


@attrs.frozen
class Attempt:
    """One attempt of a call."""

    operation: str
    """The operation's id in the spec."""
    host: str
    """Scheme and host that it was sent to."""
    status_code: int | None
    """HTTP status; None if no response could be used."""
    request_id: str | None
    """The response's Request-ID, if a response came and had one."""
    problem: str | None
    """Why the attempt did not settle the call; None if it did."""
    number: int = 1
    """Which attempt of the call it was, counted from 1."""
    pause: float | None = None
    """Seconds until the next attempt; None if none was planned."""

    def __str__(self) -> str:
        known = [
            f"status {self.status_code}" if self.status_code is not None else "",
            f"Request-ID {in_one_line(self.request_id)}" if self.request_id else "",
        ]
        facts = ", ".join(filter(None, known))
        text = f"{self.operation} at {self.host}: attempt {self.number} "
        text += "succeeded" if self.problem is None else "failed"
        if facts:
            text += f" ({facts})"
        if self.problem is None:
            return text
        follows = "no other" if self.pause is None else f"the next one in {self.pause:.1f} seconds"
        return f"{text}, {follows}: {in_one_line(self.problem)}"


def tell(attempt: Attempt, call: Call[object], hook: Callable[[Attempt], None] | None) -> None:
    """Log one attempt and call the hook with it.

    A retry of a call that changes something is a warning, because Python shows warnings by default.
    """
    # Log neither headers nor bodies: signatures must stay out of logs.
    if attempt.problem is None:
        _logger.debug("%s", attempt)
    elif attempt.pause is not None and not call.is_safe:
        _logger.warning("%s", attempt)
    else:
        _logger.info("%s", attempt)
    if hook is not None:
        try:
            hook(attempt)
        except Exception:
            _logger.exception("on_attempt failed")


def warn(unknown: OutcomeUnknown) -> None:
    """Log that the outcome of a call is unknown."""
    _logger.warning("attempt %d was the last: %s", len(unknown.attempts), unknown)
