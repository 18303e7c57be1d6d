"""Each process and, under asyncio, each event loop has its own connections.

If parent and child shared a connection after a fork, each would read parts of the other's
responses. An event loop cannot use a connection of another event loop.
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
"""Seconds to keep an idle connection: the platform closes it after 8."""

_MOST: Final = 100
"""The largest number of connections. httpx2 keeps all, because a new one costs a TLS handshake."""

_IDLE_IN_HTTPX: Final = 20
"""httpx's own limit. httpx compares every pair of idle connections for each request, so keeping 50
costs three times the CPU of opening new ones."""


class Connections:
    """The httpx or httpx2 clients behind one `Client`, each made at its first use.

    Args:
        library: httpx or httpx2.
        timeout: Seconds for each phase, for the clients made here; a call has its own.
        http: The user's own client. It is never closed here, and serves every process.
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
            # The first running loop takes over a client made before any loop ran.
            http = self._async_made.pop(None, None)
            if http is None:
                _import_the_rest()
                http = self._library.AsyncClient(**self._options())
            self._async_made[loop] = http
            return http

    def is_given(self, http: HTTPClient | AsyncHTTPClient) -> bool:
        """Return whether this is the user's own client, whose transport may send a request twice.

        The library's transport never does. So only a given client needs the extension `trace`,
        which costs a twentieth of a call.
        """
        return http is self._given or http is self._async_given

    def _options(self) -> dict[str, object]:
        library = self._library
        limits = library.Limits(
            max_connections=_MOST,
            max_keepalive_connections=_IDLE_IN_HTTPX if library.__name__ == "httpx" else _MOST,
            keepalive_expiry=KEEPALIVE_EXPIRY,
        )
        # The platform sets no cookies, so any cookie is forged: ignore them all.
        cookies = CookieJar(DefaultCookiePolicy(netscape=False))
        return {"limits": limits, "timeout": library.Timeout(**self._timeout), "cookies": cookies}

    def close(self) -> None:
        """Close the blocking client, if it was made here."""
        if self._made is not None:
            self._made.close()

    async def aclose(self) -> None:
        """Close the running event loop's client, if it was made here."""
        made = self._async_made.get(running_loop())
        if made is not None:
            await made.aclose()

    def leave(self) -> None:
        """Drop the parent's connections in a forked child."""
        # Do not close them. Closing an asyncio connection here would remove it from the parent's
        # event loop, too, and a pool's locks may be held. They end with the child.
        _left.append((self._made, self._async_made))
        self._async_made = {}
        if self._made is not None and not self._made.is_closed:
            self._made = None


def _import_the_rest() -> None:
    """Import now what httpx imports at its first connection: a fork cannot wait for that import."""
    import_module("encodings.idna")


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Return asyncio's running event loop; None without one, for example under trio."""
    import asyncio  # slow to import, so blocking programs do without it

    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


async def async_sleep(seconds: float) -> None:
    """Wait under asyncio."""
    import asyncio  # slow to import, so blocking programs do without it

    await asyncio.sleep(seconds)


_everyone: weakref.WeakSet[Connections] = weakref.WeakSet()
_left: list[object] = []
_making = threading.RLock()
"""Held while a client is made, and during a fork. Otherwise a child could inherit a half-made
client, or the import lock of a module, which nobody in the child would release."""


def _leave_all() -> None:
    for connections in _everyone:
        connections.leave()
    _making.release()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(
        before=_making.acquire, after_in_parent=_making.release, after_in_child=_leave_all
    )
