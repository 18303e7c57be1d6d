# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""The HTTP library of a client, httpx or httpx2: the one its auth object is made for.

Both have the same interface, so the client keeps the module and calls it. This module imports
neither, because whoever made the auth object has already imported one.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Generator, Mapping
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias, TypeVar, cast

from .base_errors import InvalidInputError

AuthT_co = TypeVar("AuthT_co", covariant=True)

if TYPE_CHECKING:
    import httpx
    import httpx2

    Auth: TypeAlias = httpx.Auth | httpx2.Auth
    HTTPClient: TypeAlias = httpx.Client | httpx2.Client
    AsyncHTTPClient: TypeAlias = httpx.AsyncClient | httpx2.AsyncClient
    Request: TypeAlias = httpx.Request | httpx2.Request
    HTTPResponse: TypeAlias = httpx.Response | httpx2.Response
    RequestError: TypeAlias = httpx.RequestError | httpx2.RequestError

    # If httpx2 is not installed, type checkers read its classes as Any and would accept anything.

    class HTTPX2Auth(Protocol):
        """An auth object of httpx2."""

        def sync_auth_flow(
            self, request: httpx2.Request
        ) -> Generator[httpx2.Request, httpx2.Response, None]: ...
        def async_auth_flow(
            self, request: httpx2.Request
        ) -> AsyncGenerator[httpx2.Request, httpx2.Response]: ...

    class HTTPX2Client(Protocol):
        """A blocking client of httpx2."""

        def build_request(self, method: str, url: str) -> httpx2.Request: ...
        def close(self) -> None: ...

    class AsyncHTTPX2Client(Protocol):
        """An async client of httpx2."""

        def build_request(self, method: str, url: str) -> httpx2.Request: ...
        async def aclose(self) -> None: ...

    class FromEnv(Protocol[AuthT_co]):
        """A class of auth objects, such as `wechatpay_auth.WeChatPayAuth`."""

        def from_env(self, environ: Mapping[str, str] | None = None) -> AuthT_co: ...

    class Timeout(Protocol):
        """A `Timeout` of httpx or httpx2."""

        def as_dict(self) -> dict[str, float | None]: ...


_CORES: Final = frozenset({"httpcore", "httpcore2"})
_AIOHTTP_NOT_SENT: Final = frozenset(
    {"ClientConnectorError", "ClientHttpProxyError", "ConnectionTimeoutError"}
)


def library_of(auth: object) -> ModuleType | None:
    """Return the library for which an auth object is made; None if it is no auth object."""
    for name in ("httpx", "httpx2"):
        library = sys.modules.get(name)
        if library is not None and isinstance(auth, library.Auth):
            return library
    return None


def require_client(name: str, client: object, library: ModuleType, kind: str) -> None:
    """Raise InvalidInputError unless the user's own client belongs to the auth object's library."""
    if client is not None and not isinstance(client, getattr(library, kind)):
        raise InvalidInputError(
            name,
            f"must be an {library.__name__}.{kind}, because the auth object is made for "
            f"{library.__name__}",
            type(client),
        )


def proves_unsent(error: Exception, library: ModuleType) -> bool:
    """Return whether an error shows that its request never left.

    The class of the error does not show it: httpx-aiohttp also raises ConnectTimeout if the
    connection breaks after the request left. So `__cause__` decides, if its library is known.
    """
    cause = type(error.__cause__)
    origin = cause.__module__.partition(".")[0]
    if origin in _CORES:
        return isinstance(
            error,
            library.ConnectError
            | library.ConnectTimeout
            | library.PoolTimeout
            | library.ProxyError
            | library.UnsupportedProtocol,
        )
    return origin == "aiohttp" and not _AIOHTTP_NOT_SENT.isdisjoint(
        base.__name__ for base in cause.__mro__
    )


def is_transport_error(error: Exception) -> bool:
    """Return whether an error is httpx's or httpx2's error for a failed network."""
    libraries = [sys.modules[name] for name in ("httpx", "httpx2") if name in sys.modules]
    return isinstance(error, tuple(library.TransportError for library in libraries))


def is_of_aiohttp(error: Exception) -> bool:
    """Return whether aiohttp raised an error and httpx-aiohttp did not translate it."""
    return type(error).__module__.partition(".")[0] == "aiohttp"


def request_of(error: Exception) -> Request | None:
    """Return the request during which the error came, if the library names it."""
    try:
        return cast("RequestError", error).request
    except (AttributeError, RuntimeError):
        return None


class Watch:
    """Wraps the caller's auth object and records whether the call's request was sent.

    An auth object may send other requests first, or a signed copy instead of the request. So only
    the requests it yields show whether the call was sent.

    Args:
        auth: The caller's auth object.
        request: The call's request, not signed yet.
    """

    def __init__(self, auth: Auth, request: Request) -> None:
        self._auth: Any = auth
        self._request = request
        self.sent: Request | None = None
        """The call's request as it was sent; None if it was never sent."""
        self.is_out = False
        """Whether the library is sending a request; an error raised now comes from the library."""
        self.has_left = False
        """Whether the transport of httpx or httpx2 began to write a request."""

    def sync_auth_flow(self, request: Request) -> Generator[Request, HTTPResponse, None]:
        """Run the auth object's flow."""
        flow = self._auth.sync_auth_flow(request)
        try:
            current = next(flow)
            while True:
                self._keep(current)
                response = yield current
                self.is_out = False
                current = flow.send(response)
        except StopIteration:
            return
        finally:
            flow.close()

    async def async_auth_flow(self, request: Request) -> AsyncGenerator[Request, HTTPResponse]:
        """Run the auth object's async flow."""
        flow = self._auth.async_auth_flow(request)
        try:
            current = await anext(flow)
            while True:
                self._keep(current)
                response = yield current
                self.is_out = False
                current = await flow.asend(response)
        except StopAsyncIteration:
            return
        finally:
            await flow.aclose()

    def trace(self, event: str, info: Mapping[str, object]) -> None:
        """Record that a request begins to leave; the library calls this as the extension `trace`.

        The final error is not enough: a transport around the library's may send twice, and its
        error describes only the second attempt.
        """
        if event.endswith(".send_request_headers.started"):
            # The library's own CONNECT request to a proxy is not the call.
            self.has_left |= getattr(info.get("request"), "method", None) != b"CONNECT"

    async def atrace(self, event: str, info: Mapping[str, object]) -> None:
        """Do the same as `trace` under asyncio."""
        self.trace(event, info)

    def _keep(self, current: Request) -> None:
        self.is_out = True
        # A signed copy may have another URL, but has the same method. A key download is a GET, so
        # it is no copy of a create.
        if current is self._request or current.method == self._request.method:
            self.sent = current


@cache
def watch_of(library: ModuleType) -> type[Watch]:
    """Return a subclass of `Watch` which the library accepts as an auth object."""
    return type("Watch", (Watch, library.Auth), {})
