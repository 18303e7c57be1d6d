"""The faults that the proxy knows, and the record of what became of each request."""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

Rewrite = Callable[[bytes], Iterable[bytes]]
"""Makes what is sent from the genuine response; it may never end."""


class Point(enum.Enum):
    """How far a turn goes before its fault."""

    ACCEPT = "before the request is read"
    REQUEST = "after the request, which is not forwarded"
    FORWARDED = "after the platform has answered, before any byte of its response"
    HEAD = "after the headers"
    BODY = "in the middle of the body"
    END = "after the whole response"


class Action(enum.Enum):
    """What happens there."""

    RESET = "reset"
    CLOSE = "close"
    STALL = "stall"  # the connection stays open and nothing comes any more
    DRIP = "drip"  # the rest comes, a little at a time
    GO_ON = "go on"


@dataclass(frozen=True)
class Fault:
    point: Point
    action: Action
    size: int = 1
    """Bytes in a drop."""
    seconds: float = 0.0
    """Between two drops; until an idle connection is closed."""
    rewrite: Rewrite | None = None
    forward: bool = True
    last_words: bytes = b""
    """Sent right before an idle connection is closed."""

    @property
    def name(self) -> str:
        return f"{self.action.value} {self.point.value}"


def reset(point: Point) -> Fault:
    """Lose the connection: the client's kernel gets RST."""
    return Fault(point, Action.RESET)


def close(point: Point) -> Fault:
    """End the connection in order."""
    return Fault(point, Action.CLOSE)


def close_idle(after: float, *, last_words: bytes = b"") -> Fault:
    """End the connection when no other request has come for so many seconds."""
    return Fault(Point.END, Action.CLOSE, seconds=after, last_words=last_words)


def stall(point: Point) -> Fault:
    """Fall silent."""
    return Fault(point, Action.STALL)


def drip(size: int, seconds: float, *, point: Point = Point.FORWARDED) -> Fault:
    """Send the rest slowly."""
    return Fault(point, Action.DRIP, size=size, seconds=seconds)


def answer(
    response: bytes | Rewrite,
    *,
    then: Action = Action.CLOSE,
    forward: bool = True,
) -> Fault:
    """Send these bytes, or what is made from the genuine response, in its place."""
    return Fault(Point.END, then, rewrite=_always(response), forward=forward)


def _always(response: bytes | Rewrite) -> Rewrite:
    return response if callable(response) else lambda _: (response,)


@dataclass
class Turn:
    """What became of a request."""

    number: int
    fault: Fault | None
    request_line: bytes = b""
    answered: bool = False
    """Whether the platform had the request and answered it completely."""
    ended: threading.Event = field(default_factory=threading.Event)
    """Set when the response, and the fault, are over."""
