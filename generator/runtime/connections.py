"""Whose connections a call goes through: its own process's and, under asyncio, its event loop's.

After a fork, parent and child would both read from a connection that they share, each a part of
every response. A connection that one event loop opened is of no use to another.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import asyncio

    from .library import AsyncHTTPClient, HTTPClient

KEEPALIVE_EXPIRY: Final = 7.0
"""Seconds that an idle connection is kept: the platform closes it after 8."""

_MOST: Final = 100
"""How many connections there may be. httpx2 keeps all: a new one costs a TLS handshake."""

_IDLE_IN_HTTPX: Final = 20
"""httpx's own limit. For each request it looks at every pair of idle connections, so to keep 50
costs three times the CPU of making new ones."""


class Connections:
    """The library's clients that one client uses, each made at its first use.

    Args:
        library: httpx or httpx2.
        timeout: Limits of what it makes, in seconds, by phase; calls bring their own.
        http: The user's own client, which is never closed and serves every process.
        async_http: The same for asyncio; it serves every event loop.
    """

    def __init__(
        self,
        library: ModuleType,
        timeout: Mapping[str, float | None],
        http: HTTPClient | None,
        async_http: AsyncHTTPClient | None,
    ) -> None:
        self._library = library
        self._timeout = timeout
        self._given = http
        self._async_given = async_http
        self._made: HTTPClient | None = None
        self._async_made: dict[asyncio.AbstractEventLoop | None, AsyncHTTPClient] = {}
        _everyone.add(self)

    def http(self) -> HTTPClient:
        """Return the client of this process."""
        http = self._given or self._made
        if http is not None:
            return http
        with _making:
            made = self._made
            if made is None:
                _import_the_rest()
                made = self._library.Client(**self._options())
                self._made = made
            return made

    def async_http(self) -> AsyncHTTPClient:
        """Return the client of the running event loop."""
        if self._async_given is not None:
            return self._async_given
        loop = running_loop()
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
                http = self._library.AsyncClient(**self._options())
            self._async_made[loop] = http
            return http

    def _options(self) -> dict[str, object]:
        library = self._library
        limits = library.Limits(
            max_connections=_MOST,
            max_keepalive_connections=_IDLE_IN_HTTPX if library.__name__ == "httpx" else _MOST,
            keepalive_expiry=KEEPALIVE_EXPIRY,
        )
        # The platform sets no cookies. One that somebody forged is not even read.
        cookies = CookieJar(DefaultCookiePolicy(netscape=False))
        return {"limits": limits, "timeout": library.Timeout(**self._timeout), "cookies": cookies}

    def close(self) -> None:
        """Close what was made here for calls without asyncio."""
        if self._made is not None:
            self._made.close()

    async def aclose(self) -> None:
        """Close what was made here for the running event loop."""
        made = self._async_made.get(running_loop())
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


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Return asyncio's running event loop; None without one, and under another library's."""
    import asyncio  # slow to import, and of no use to a program without it

    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


async def async_sleep(seconds: float) -> None:
    """Wait under asyncio."""
    import asyncio  # slow to import, and of no use to a program without it

    await asyncio.sleep(seconds)


_everyone: weakref.WeakSet[Connections] = weakref.WeakSet()
_left: list[object] = []
_making = threading.RLock()
"""Held while a client is made, and for a fork: a child must not inherit a half of one, nor the
lock of a module that the library was just importing, which nobody there would release."""


def _leave_all() -> None:
    for connections in _everyone:
        connections.leave()
    _making.release()


if hasattr(os, "register_at_fork"):  # Windows knows no fork
    os.register_at_fork(
        before=_making.acquire, after_in_parent=_making.release, after_in_child=_leave_all
    )
