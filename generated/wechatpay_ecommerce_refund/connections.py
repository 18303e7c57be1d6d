# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""Whose connections a call goes through: its own process's and, under asyncio, its event loop's.

After a fork, parent and child would both read from a connection that they share, each a part of
every reply. A connection that one event loop opened is of no use to another.
"""

from __future__ import annotations

import os
import threading
import weakref
from importlib import import_module
from typing import TYPE_CHECKING, Final
from urllib.request import getproxies

import httpx

from .shortcut import OwnAsyncClient, OwnClient

if TYPE_CHECKING:
    import asyncio

KEEPALIVE_EXPIRY: Final = 7.0
"""Seconds that an idle connection is kept: the platform closes it after 8."""

_CONNECTIONS: Final = 100

_IDLE: Final = 20

_LIMITS: Final = httpx.Limits(
    max_connections=_CONNECTIONS, max_keepalive_connections=_IDLE, keepalive_expiry=KEEPALIVE_EXPIRY
)


class Connections:
    """The httpx clients of one client, each made at its first use.

    Args:
        timeout: Limits for what it makes.
        http: The user's own httpx client, which is never closed and serves every process.
        async_http: The same for asyncio; it serves every event loop.
        fast: Whether calls are carried with httptools.
    """

    def __init__(
        self,
        timeout: httpx.Timeout,
        http: httpx.Client | None,
        async_http: httpx.AsyncClient | None,
        *,
        fast: bool,
    ) -> None:
        self._timeout = timeout
        self._given = http
        self._async_given = async_http
        if fast:
            _require_fast()
        self._fast = fast
        self._made: httpx.Client | None = None
        self._async_made: dict[asyncio.AbstractEventLoop | None, httpx.AsyncClient] = {}
        _everyone.add(self)

    def http(self) -> httpx.Client:
        """Return the httpx client of this process."""
        http = self._given or self._made
        if http is not None:
            return http
        with _making:
            if self._made is None:
                _import_the_rest()
                self._made = OwnClient(_transport(fast=self._fast), self._timeout, _LIMITS)
            return self._made

    def async_http(self) -> httpx.AsyncClient:
        """Return the httpx client of the running event loop."""
        if self._async_given is not None:
            return self._async_given
        loop = _running_loop()
        http = self._async_made.get(loop)
        if http is not None:
            return http
        with _making:
            for ended in [one for one in self._async_made if one is not None and one.is_closed()]:
                del self._async_made[ended]
            # One that was made before any loop ran goes to the first that does.
            http = self._async_made.pop(None, None)
            if http is None:
                _import_the_rest()
                http = OwnAsyncClient(_async_transport(fast=self._fast), self._timeout, _LIMITS)
            self._async_made[loop] = http
            return http

    def close(self) -> None:
        """Close what was made here for calls without asyncio."""
        if self._made is not None:
            self._made.close()

    async def aclose(self) -> None:
        """Close what was made here for the running event loop."""
        made = self._async_made.get(_running_loop())
        if made is not None:
            await made.aclose()

    def leave(self) -> None:
        """Begin anew in a forked child."""
        # Closed by the child, an asyncio connection would vanish from the parent's event loop as
        # well, and a pool has locks of its own. Let alone, they go when the child ends.
        _left.append((self._made, self._async_made))
        self._async_made = {}
        if self._made is not None and not self._made.is_closed:
            self._made = None


def _import_the_rest() -> None:
    """Import what the first connection would import, when a fork no longer waits for it."""
    import_module("encodings.idna")


def _transport(*, fast: bool) -> httpx.BaseTransport | None:
    if _has_proxies():
        return None
    if fast:
        from .fast import transport

        return transport(connections=_CONNECTIONS, idle=_IDLE, keepalive=KEEPALIVE_EXPIRY)
    try:
        from .transport import Transport
    except ImportError:  # a later httpx may be made of something else
        return None
    return Transport(connections=_CONNECTIONS, idle=_IDLE, keepalive=KEEPALIVE_EXPIRY)


def _async_transport(*, fast: bool) -> httpx.AsyncBaseTransport | None:
    if _has_proxies():
        return None
    if fast:
        from .fast import async_transport

        return async_transport(connections=_CONNECTIONS, idle=_IDLE, keepalive=KEEPALIVE_EXPIRY)
    try:
        from .transport import AsyncTransport
    except ImportError:
        return None
    return AsyncTransport(connections=_CONNECTIONS, idle=_IDLE, keepalive=KEEPALIVE_EXPIRY)


def _has_proxies() -> bool:
    found = getproxies()
    return any(found.get(scheme) for scheme in ("http", "https", "all"))


def _require_fast() -> None:
    try:
        import_module("httptools")
    except ImportError as error:
        raise ImportError(
            "fast needs an extra: pip install 'wechatpay-ecommerce-refund[fast]'"
        ) from error


def _running_loop() -> asyncio.AbstractEventLoop | None:
    import asyncio  # slow to import, and of no use to a program without it

    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None  # not under asyncio: nothing is running, or something else is, such as trio


_everyone: weakref.WeakSet[Connections] = weakref.WeakSet()
_left: list[object] = []
_making = threading.RLock()
"""Held while an httpx client is made, and for a fork: a child must not inherit a half of one, nor
the lock of a module that httpx was just importing, which nobody there would release."""


def _leave_all() -> None:
    for connections in _everyone:
        connections.leave()
    _making.release()


if hasattr(os, "register_at_fork"):  # Windows knows no fork
    os.register_at_fork(
        before=_making.acquire, after_in_parent=_making.release, after_in_child=_leave_all
    )
