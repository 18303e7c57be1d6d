"""Whatever carries a call: what is known afterwards is the truth.

Each row of the README's table of transports is a case here.
"""

from __future__ import annotations

import asyncio
import socketserver
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import attrs
import httpx
import httpx2
import pytest
from httpx_aiohttp import AiohttpTransport
from wechatpay_ecommerce_refund import Client, OutcomeUnknown, Retry
from wechatpay_ecommerce_refund.client import SERVERS
from wechatpay_sandbox import (
    TLS,
    Keys,
    Platform,
    RunningServer,
    faults,
    make_tls,
    serve,
    serve_proxy,
)

from tests.conftest import AnyAuth, Caller, auth_for, auth_with
from tests.end_to_end.test_success import CREATE, QUERY


class Listener(socketserver.ThreadingTCPServer):
    """Keeps each request, and answers it with the same bytes; with none it closes."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, answer: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.answer = answer
        self.heads: list[bytes] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Connection(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        listener = cast("Listener", self.server)
        while head := self._head():
            listener.heads.append(head)
            if not listener.answer:
                return
            self.wfile.write(listener.answer)

    def _head(self) -> bytes:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) not in (b"\r\n", b""):
            lines.append(line)
        return b"".join(lines)


@contextmanager
def listening(answer: bytes) -> Generator[Listener]:
    with Listener(answer) as listener:
        thread = threading.Thread(target=listener.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield listener
        finally:
            listener.shutdown()
            thread.join()


# The table of transports.


@attrs.frozen
class Carrier:
    """A way to carry calls: a library, and the transport below it if not its own."""

    name: str
    library: Any
    is_async: bool
    transport: Callable[[], Any] | None = None

    def end(self, auth: AnyAuth, url: str) -> BaseException:
        """Create without retries, and return what was raised."""
        with pytest.raises(Exception) as caught:  # noqa: PT011 - the caller judges it
            asyncio.run(self._acall(auth, url)) if self.is_async else self._call(auth, url)
        return caught.value

    def _call(self, auth: AnyAuth, url: str) -> None:
        transport = self.transport() if self.transport else None
        with self.library.Client(transport=transport) as http:
            Client(auth, base_url=url, http=http, retries=0, timeout=1.0).call(CREATE)

    async def _acall(self, auth: AnyAuth, url: str) -> None:
        transport = self.transport() if self.transport else None
        async with self.library.AsyncClient(transport=transport) as http:
            await Client(auth, base_url=url, async_http=http, retries=0, timeout=1.0).acall(CREATE)


class Odd(httpx.BaseTransport):
    """Nobody knows this transport. It calls everything a connection that could not be made."""

    def __init__(self) -> None:
        self._inner = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        try:
            self._inner.handle_request(request).read()
        except httpx.TransportError:
            raise httpx.ConnectError("no connection") from None
        raise httpx.ConnectError("no connection")

    def close(self) -> None:
        self._inner.close()


class Odd2(httpx2.BaseTransport):
    """The same for httpx2."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("no connection", request=request)


KNOWN = [
    Carrier("httpx", httpx, is_async=False),
    Carrier("httpx async", httpx, is_async=True),
    Carrier("httpx2", httpx2, is_async=False),
    Carrier("httpx2 async", httpx2, is_async=True),
    Carrier("httpx-aiohttp", httpx, is_async=True, transport=AiohttpTransport),
]
UNKNOWN = [
    Carrier("another of httpx", httpx, is_async=False, transport=Odd),
    Carrier("another of httpx2", httpx2, is_async=False, transport=Odd2),
]


def named(carrier: Carrier) -> str:
    return carrier.name


@pytest.fixture(scope="module")
def tls() -> TLS:
    return make_tls()


@pytest.mark.parametrize("carrier", KNOWN, ids=named)
def test_a_refused_connection_is_the_librarys_error(
    carrier: Carrier, keys: Keys, refused_url: str
) -> None:
    ended = carrier.end(auth_for(carrier.library, keys), refused_url)
    assert isinstance(ended, carrier.library.TransportError)


@pytest.mark.parametrize("carrier", KNOWN, ids=named)
def test_a_name_that_does_not_resolve_is_the_librarys_error(carrier: Carrier, keys: Keys) -> None:
    ended = carrier.end(auth_for(carrier.library, keys), "https://api.mch.invalid")
    assert isinstance(ended, carrier.library.TransportError)


@pytest.mark.parametrize("carrier", KNOWN, ids=named)
def test_a_failed_tls_handshake_is_the_librarys_error(
    carrier: Carrier, keys: Keys, platform: Platform, tls: TLS
) -> None:
    with serve(platform, tls=tls) as server:
        ended = carrier.end(auth_for(carrier.library, keys), server.base_url)
    assert isinstance(ended, carrier.library.TransportError)
    assert platform.log == ()


@pytest.mark.parametrize("carrier", KNOWN, ids=named)
def test_a_connection_that_breaks_after_the_request_left_is_an_unknown_outcome(
    carrier: Carrier, keys: Keys
) -> None:
    """httpx-aiohttp calls it a ConnectTimeout, as if nothing had been sent."""
    with listening(b"") as listener:
        ended = carrier.end(auth_for(carrier.library, keys), listener.url)
    assert isinstance(ended, OutcomeUnknown)
    assert isinstance(ended.__cause__, carrier.library.TransportError)
    assert len(listener.heads) == 1


@pytest.mark.parametrize("carrier", KNOWN, ids=named)
def test_no_place_among_the_connections_is_the_librarys_error(carrier: Carrier, keys: Keys) -> None:
    """The only connection is taken by a response that nobody has read to its end."""
    library, auth = carrier.library, auth_for(carrier.library, keys)
    limits = library.Limits(max_connections=1)

    def call(url: str) -> None:
        with library.Client(limits=limits) as http, http.stream("GET", url):
            Client(auth, base_url=url, http=http, retries=0, timeout=0.1).call(CREATE)

    async def acall(url: str) -> None:
        transport = AiohttpTransport(limits=limits) if carrier.transport else None
        async with (
            library.AsyncClient(limits=limits, transport=transport) as http,
            http.stream("GET", url),
        ):
            await Client(auth, base_url=url, async_http=http, retries=0, timeout=0.1).acall(CREATE)

    with (
        listening(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf") as listener,
        pytest.raises(library.TimeoutException),
    ):
        asyncio.run(acall(listener.url)) if carrier.is_async else call(listener.url)
    assert len(listener.heads) == 1, "the create was never sent"


@pytest.mark.parametrize("carrier", UNKNOWN, ids=named)
def test_what_an_unknown_transport_calls_no_connection_is_an_unknown_outcome(
    carrier: Carrier, keys: Keys, platform: Platform, server: RunningServer
) -> None:
    """The name of an error is no proof: this one may have come after the request left."""
    ended = carrier.end(auth_for(carrier.library, keys), server.base_url)
    assert isinstance(ended, OutcomeUnknown)
    assert isinstance(ended.__cause__, carrier.library.ConnectError)


# Transports that send twice.


class Again(httpx.BaseTransport):
    """Sends a request to one place, and to another if it fails there: a failover of the user's."""

    def __init__(self, library: Any, second: str) -> None:  # noqa: ANN401 - httpx or httpx2
        self._inner = library.HTTPTransport()
        self._library, self._second = library, second

    def handle_request(self, request: Any) -> Any:  # noqa: ANN401 - of either library
        try:
            return self._inner.handle_request(request)
        except self._library.TransportError:
            request.url = request.url.copy_with(port=self._library.URL(self._second).port)
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


class AgainAsync(httpx.AsyncBaseTransport):
    """The same under asyncio."""

    def __init__(self, library: Any, second: str) -> None:  # noqa: ANN401 - httpx or httpx2
        self._inner = library.AsyncHTTPTransport()
        self._library, self._second = library, second

    async def handle_async_request(self, request: Any) -> Any:  # noqa: ANN401 - of either library
        try:
            return await self._inner.handle_async_request(request)
        except self._library.TransportError:
            request.url = request.url.copy_with(port=self._library.URL(self._second).port)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


@pytest.fixture(params=[False, True], ids=["sync", "asyncio"])
def failover(request: pytest.FixtureRequest, library: ModuleType, refused_url: str) -> Carrier:
    """A carrier whose second send is always refused."""
    transport = AgainAsync if request.param else Again
    return Carrier(
        "failover", library, request.param, transport=lambda: transport(library, refused_url)
    )


def test_the_last_of_several_sends_does_not_hide_that_the_first_one_left(
    library: ModuleType, keys: Keys, failover: Carrier
) -> None:
    """The second is refused, which says nothing about the first."""
    with listening(b"") as listener:
        ended = failover.end(auth_for(library, keys), listener.url)
    assert isinstance(ended, OutcomeUnknown)
    assert isinstance(ended.__cause__, library.ConnectError)
    assert len(listener.heads) == 1


def test_several_sends_that_are_all_refused_are_the_librarys_error(
    library: ModuleType, keys: Keys, refused_url: str, failover: Carrier
) -> None:
    ended = failover.end(auth_for(library, keys), refused_url)
    assert isinstance(ended, library.ConnectError)


def test_only_a_client_that_was_given_is_traced(
    library: ModuleType, keys: Keys, server: RunningServer
) -> None:
    """The library's own transport never sends twice, and tracing costs a twentieth of a call."""
    traced: list[bool] = []

    def note(request: httpx.Request) -> None:
        traced.append("trace" in request.extensions)

    for given in (None, library.Client()):
        auth = auth_for(library, keys)
        with Client(auth, base_url=server.base_url, http=given) as client:
            http: Any = client.get_httpx_client()  # of either library
            http.event_hooks = {"request": [note]}
            client.call(CREATE)
            http.close()
    assert traced == [False, True]


# Proxies.


def test_a_proxy_of_the_environment_is_used(
    caller: Caller, platform: Platform, tls: TLS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = tmp_path / "authority.pem"
    authority.write_text(tls.authority_pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    caller.base_url = SERVERS[0]
    with serve(platform, tls=tls) as server, serve_proxy(server) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert caller.call(CREATE).verified
        assert proxy.hosts == ("api.mch.weixin.qq.com:443",)


def test_a_proxy_that_refuses_is_no_unknown_outcome(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller.base_url = SERVERS[0]
    caller.retry = Retry(retries=0)
    refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    with listening(refusal) as listener:
        monkeypatch.setenv("HTTPS_PROXY", listener.url)
        with pytest.raises(caller.library.ProxyError, match="407"):
            caller.call(CREATE)


def test_no_proxy_is_heeded(
    caller: Caller, server: RunningServer, monkeypatch: pytest.MonkeyPatch, refused_url: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", refused_url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    caller.call(CREATE)
    assert caller.call(QUERY).verified


# What passes by on the way.


def test_hooks_of_the_clients_own_httpx_client_are_told(
    auth: AnyAuth, server: RunningServer
) -> None:
    """Whoever asks for the httpx client may watch it."""
    seen: list[str] = []

    def note(request: httpx.Request) -> None:
        seen.append(request.method)

    async def async_note(request: httpx.Request) -> None:
        seen.append(f"async {request.method}")

    async def watched() -> bool:
        async with Client(auth, base_url=server.base_url) as client:
            client.get_async_httpx_client().event_hooks = {"request": [async_note]}
            return (await client.acall(QUERY)).verified

    with Client(auth, base_url=server.base_url) as client:
        client.get_httpx_client().event_hooks = {"request": [note]}
        assert client.call(CREATE).verified
    assert asyncio.run(watched())
    assert seen == ["POST", "async GET"]


def test_an_auth_object_that_fails_elsewhere_does_not_make_a_call_one_that_was_never_sent(
    caller: Caller, platform: Platform, refused_url: str
) -> None:
    """It verifies nothing, because the key server that it asks about each response is away."""

    def asking_elsewhere(request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = "signed"
        yield request
        caller.library.get(refused_url)

    caller.auth = auth_with(caller.library, asking_elsewhere)
    with pytest.raises(OutcomeUnknown) as caught:
        caller.call(CREATE)
    assert isinstance(caught.value.__cause__, caller.library.ConnectError)
    assert len(platform.requests("POST")) == 1


def test_an_error_of_the_network_tells_its_request(caller: Caller, platform: Platform) -> None:
    platform.next(faults.break_off())
    with pytest.raises(caller.library.TransportError) as caught:
        caller.call(QUERY)
    assert caught.value.request.method == "GET"
    assert caught.value.request.url.raw_path.decode() == QUERY.target
