"""The HTTP library that a client speaks, httpx or httpx2: the one its auth object is made for.

Both have the same interface, so that a module stands for either. Nothing here imports one of them:
whoever made the auth object has done that.
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

    # Where httpx2 is not installed its classes are Any to a type checker, and anything would pass.

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
    """Return the library that an auth object is made for; None if it is none."""
    for name in ("httpx", "httpx2"):
        library = sys.modules.get(name)
        if library is not None and isinstance(auth, library.Auth):
            return library
    return None


def require_client(name: str, client: object, library: ModuleType, kind: str) -> None:
    """Raise InvalidInputError unless a client that the user brought fits the auth object."""
    if client is not None and not isinstance(client, getattr(library, kind)):
        raise InvalidInputError(
            name,
            f"must be an {library.__name__}.{kind}, as the auth object is made for "
            f"{library.__name__}",
            type(client),
        )


def proves_unsent(error: Exception, library: ModuleType) -> bool:
    """Return whether an error proves that its request never left.

    The names of an error's classes are no proof: for httpx-aiohttp a connection that broke after
    the request left is a ConnectTimeout too. So the cause decides, where its library is known.
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
    """Return whether an HTTP library says that the network failed."""
    libraries = [sys.modules[name] for name in ("httpx", "httpx2") if name in sys.modules]
    return isinstance(error, tuple(library.TransportError for library in libraries))


def is_of_aiohttp(error: Exception) -> bool:
    """Return whether aiohttp raised an error, and httpx-aiohttp passed it on as it was."""
    return type(error).__module__.partition(".")[0] == "aiohttp"


def request_of(error: Exception) -> Request | None:
    """Return the request that was on its way when the error came, if the library says."""
    try:
        return cast("RequestError", error).request
    except (AttributeError, RuntimeError):
        return None


class Watch:
    """Stands before the caller's auth object, and keeps the call's request as it was let out.

    An auth object may send requests of its own, and may send a signed copy in place of the
    request: only who sees what goes out knows whether the call was sent.

    Args:
        auth: The caller's auth object.
        request: The call's request, not signed yet.
    """

    def __init__(self, auth: Auth, request: Request) -> None:
        self._auth: Any = auth
        self._request = request
        self.sent: Request | None = None
        """The call's request as it went out; None if it never did."""
        self.is_out = False
        """Whether it is the library's turn, with any request: what is raised now is its error."""
        self.has_left = False
        """Whether httpx's or httpx2's own transport began to write a request out."""

    def sync_auth_flow(self, request: Request) -> Generator[Request, HTTPResponse, None]:
        """Do what the auth object does."""
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
        """Do what the auth object does, awaiting."""
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
        """Note that the request begins to leave, as the extension `trace` of a request tells.

        A transport around the library's may send twice, and what it raises in the end tells of the
        second time only.
        """
        if event.endswith(".send_request_headers.started"):
            # To a proxy goes a request of the library's own first.
            self.has_left |= getattr(info.get("request"), "method", None) != b"CONNECT"

    async def atrace(self, event: str, info: Mapping[str, object]) -> None:
        """Do what `trace` does, where it is awaited."""
        self.trace(event, info)

    def _keep(self, current: Request) -> None:
        self.is_out = True
        # A signed copy may have another URL. What only reads, a key download for one, is no copy.
        if current is self._request or current.method == self._request.method:
            self.sent = current


@cache
def watch_of(library: ModuleType) -> type[Watch]:
    """Return a `Watch` that the library takes for an auth object."""
    return type("Watch", (Watch, library.Auth), {})
