# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""Carries asyncio calls over aiohttp, whose parser is written in C, underneath httpx.

Only the way to the wire is another one: requests, replies and errors stay httpx's own. It needs
the extra `fast`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager
from typing import Final
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
import yarl

_OWN_HEADERS: Final = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
"""Headers that aiohttp would add; the request is sent as it was signed."""


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Sends httpx's requests by aiohttp, within one event loop.

    Proxies are taken from the environment, as httpx does; SOCKS is not among what aiohttp speaks.

    Args:
        connections: How many may be open at once.
        keepalive: Seconds that an idle one is kept.
    """

    def __init__(self, *, connections: int, keepalive: float) -> None:
        self._connections = connections
        self._keepalive = keepalive
        self._session: aiohttp.ClientSession | None = None
        self._proxies: dict[tuple[str, str], str | None] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request and return the reply, whose body is still to be read."""
        session = self._session = self._session or self._new_session()
        seconds: dict[str, float | None] = request.extensions.get("timeout", {})
        limits = aiohttp.ClientTimeout(
            total=seconds.get("total"),
            connect=seconds.get("connect"),
            sock_read=seconds.get("read"),
        )
        with _errors_of_httpx():
            reply = await session.request(
                request.method,
                # Encoded already; what was signed must not be encoded in another way.
                yarl.URL(str(request.url), encoded=True),
                headers=request.headers.multi_items(),
                data=request.content or None,
                allow_redirects=False,
                timeout=limits,
                proxy=self._proxy(request.url),
            )
        return httpx.Response(
            reply.status,
            headers=list(reply.raw_headers),
            stream=_Body(reply),
            extensions={"http_version": b"HTTP/1.1"},
        )

    def _new_session(self) -> aiohttp.ClientSession:
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=self._connections,
                keepalive_timeout=self._keepalive,
                ssl=httpx.create_ssl_context(),
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=_OWN_HEADERS,
        )
        # aiohttp would repeat a GET by itself, with a signature that was used before.
        session._retry_connection = False  # pyright: ignore[reportPrivateUsage]
        return session

    def _proxy(self, url: httpx.URL) -> str | None:
        key = url.scheme, url.host
        if key not in self._proxies:
            found = getproxies()
            proxy = None if proxy_bypass(url.host) else found.get(url.scheme) or found.get("all")
            self._proxies[key] = proxy
        return self._proxies[key]

    async def aclose(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()


class _Body(httpx.AsyncByteStream):
    def __init__(self, reply: aiohttp.ClientResponse) -> None:
        self._reply = reply

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _errors_of_httpx():
            async for chunk in self._reply.content.iter_any():
                yield chunk

    async def aclose(self) -> None:
        # A reply that was read to its end has given its connection back before.
        self._reply.close()


@contextmanager
def _errors_of_httpx() -> Generator[None]:
    """Say in httpx's terms what went wrong, and above all whether the request can have left.

    The rules of repeating believe an error without a cause; see `Failed.may_have_left`.
    """
    try:
        yield
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        kind = httpx.ConnectTimeout if isinstance(error, TimeoutError) else httpx.ConnectError
        raise kind(f"{type(error).__name__}: {error}") from None
    except (aiohttp.NonHttpUrlClientError, aiohttp.InvalidURL) as error:
        raise httpx.UnsupportedProtocol(f"{type(error).__name__}: {error}") from None
    except aiohttp.ClientHttpProxyError as error:
        raise httpx.ProxyError(f"{type(error).__name__}: {error}") from None
    except TimeoutError as error:
        raise httpx.ReadTimeout(f"{type(error).__name__}: {error}") from error
    except (aiohttp.ClientPayloadError, aiohttp.ClientResponseError) as error:
        raise httpx.RemoteProtocolError(f"{type(error).__name__}: {error}") from error
    except aiohttp.ClientError as error:
        raise httpx.ReadError(f"{type(error).__name__}: {error}") from error
