"""Requests and replies as plain values, so that the platform's rules do no I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import unquote

BODILESS = frozenset({204, 304})
"""Statuses whose replies HTTP allows no body."""

_FIELD = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Headers:
    """Header lines in their order; names compare without case."""

    lines: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str | None:
        """Give the first value under a name, or None."""
        wanted = name.lower()
        return next((value for key, value in self.lines if key.lower() == wanted), None)

    def with_values(self, values: dict[str, str]) -> Headers:
        """Give a copy with these values set, replacing what stood under the same names."""
        return Headers((*self.without(*values).lines, *values.items()))

    def without(self, *names: str) -> Headers:
        """Give a copy that lacks the named headers."""
        gone = {name.lower() for name in names}
        return Headers(tuple(line for line in self.lines if line[0].lower() not in gone))


@dataclass(frozen=True, slots=True)
class Request:
    """One request exactly as it came over the wire."""

    method: str
    target: str
    """Raw path and, if there is one, `?` and the raw query: the URL line of the sign string."""
    headers: Headers = Headers()
    body: bytes = b""
    scheme: str = "https"

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    @property
    def segments(self) -> list[str]:
        """The path's parts after the leading slash, each percent-decoded on its own."""
        return [unquote(part) for part in self.path.removeprefix("/").split("/")]

    @property
    def authorization(self) -> dict[str, str]:
        """The `key="value"` pairs of the Authorization header, read leniently for assertions."""
        return dict(_FIELD.findall(self.headers.get("Authorization") or ""))


class Delivery(Enum):
    """How much of a reply reaches the caller."""

    WHOLE = "whole"
    CUT = "cut"
    """The connection closes in the middle of the body."""
    NOTHING = "nothing"
    """The connection closes without an answer."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply, with what the platform and the server still have to do to it."""

    status: int = 200
    body: bytes = b""
    headers: Headers = Headers()
    signed: bool = True
    number: int = 0
    """What `Request-ID` ends in: 0 on success, else a numeric error code."""
    timestamp_offset: int = 0
    """Seconds added to `Wechatpay-Timestamp` before signing."""
    delay: float = 0.0
    delivery: Delivery = field(default=Delivery.WHOLE)
