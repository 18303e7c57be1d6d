"""What is known of an HTTP library: whose an object is, what its errors prove, what went out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from importlib import import_module
from types import ModuleType, SimpleNamespace
from typing import Any

import aiohttp
import httpx
import httpx2
import pytest
from wechatpay_ecommerce_refund import InvalidInputError
from wechatpay_ecommerce_refund.library import (
    Watch,
    is_of_aiohttp,
    library_of,
    proves_unsent,
    request_of,
    require_client,
    watch_of,
)

LIBRARIES = pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "its successor"])

CORE, CORE2 = import_module("httpcore"), import_module("httpcore2")
"""What the libraries are made of: the causes of their errors are found there."""


def caused(error: Exception, cause: BaseException | None) -> Exception:
    error.__cause__ = cause
    return error


# --- whose it is


@LIBRARIES
def test_an_auth_object_belongs_to_the_library_of_its_class(library: ModuleType) -> None:
    assert library_of(library.BasicAuth("a", "b")) is library


@pytest.mark.parametrize("auth", ["secret", None, ("a", "b"), object(), httpx.Client])
def test_another_object_belongs_to_none(auth: object) -> None:
    assert library_of(auth) is None


def test_a_client_has_to_be_of_that_library_and_kind() -> None:
    require_client("http", None, httpx, "Client")
    with httpx.Client() as right, httpx2.Client() as wrong:
        require_client("http", right, httpx, "Client")
        for client, kind in ((wrong, "Client"), (right, "AsyncClient"), (0, "Client")):
            with pytest.raises(InvalidInputError) as caught:
                require_client("http", client, httpx, kind)
            assert (caught.value.where, caught.value.value) == ("http", type(client))
            assert f"must be an httpx.{kind}, " in caught.value.rule


# --- what an error proves


@pytest.mark.parametrize(
    "name", ["ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol"]
)
@pytest.mark.parametrize(
    ("library", "core"), [(httpx, CORE), (httpx2, CORE2)], ids=["httpx", "its successor"]
)
def test_these_errors_of_its_own_connections_prove_that_nothing_left(
    library: ModuleType, core: ModuleType, name: str
) -> None:
    error = getattr(library, name)("no")
    assert proves_unsent(caused(error, core.ConnectError()), library)
    for cause in (None, OSError(), library.ConnectError("of another layer")):
        assert not proves_unsent(caused(error, cause), library)


@pytest.mark.parametrize("name", ["ReadError", "ReadTimeout", "WriteError", "RemoteProtocolError"])
def test_other_errors_of_its_connections_prove_nothing(name: str) -> None:
    error = getattr(httpx, name)("no")
    assert not proves_unsent(caused(error, CORE.ConnectError()), httpx)


def test_for_aiohttp_the_cause_decides() -> None:
    key: Any = None

    class OfAUser(aiohttp.ConnectionTimeoutError):
        pass

    OfAUser.__module__ = "aiohttp.client_exceptions"
    unsent: tuple[BaseException, ...] = (
        aiohttp.ClientConnectorError(key, OSError()),
        aiohttp.ClientHttpProxyError(key, ()),
        aiohttp.ConnectionTimeoutError(),
        OfAUser(),
    )
    for cause in unsent:
        assert proves_unsent(caused(httpx.ReadTimeout("no"), cause), httpx)
    for other in (aiohttp.ServerDisconnectedError(), aiohttp.ServerTimeoutError()):
        assert not proves_unsent(caused(httpx.ConnectTimeout("no"), other), httpx)


def test_a_class_that_is_only_called_so_proves_nothing() -> None:
    class ConnectionTimeoutError(Exception):
        pass

    error = caused(httpx.ConnectTimeout("no"), ConnectionTimeoutError())
    assert not proves_unsent(error, httpx)


def test_an_error_is_aiohttps_by_the_package_of_its_class() -> None:
    class DeepDownError(Exception):
        __module__ = "aiohttp.client.errors"

    assert is_of_aiohttp(DeepDownError())
    assert is_of_aiohttp(aiohttp.ServerDisconnectedError())
    assert not is_of_aiohttp(httpx.ReadError("no"))
    assert not is_of_aiohttp(ValueError("aiohttp"))


def test_an_error_tells_its_request_if_it_knows_it() -> None:
    request = httpx.Request("GET", "https://a.example")
    assert request_of(httpx.ReadError("no", request=request)) is request
    assert request_of(httpx.ReadError("no")) is None
    assert request_of(ValueError("no")) is None


# --- what went out


OWN = httpx.Request("POST", "https://a.example/do")
DOWNLOAD = httpx.Request("GET", "https://a.example/keys")
WATCH = watch_of(import_module("httpx"))
COPY = httpx.Request("POST", "https://a.example/do", headers={"Authorization": "signed"})
ANSWER = httpx.Response(200)


class Yielding(httpx.Auth):
    """Sends these requests, and keeps what it was told; `then` may raise between them."""

    def __init__(self, *requests: httpx.Request, then: Callable[[], None] = lambda: None) -> None:
        self.requests = requests
        self.then = then
        self.given: list[object] = []
        self.closed = False

    def sync_auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        self.given.append(request)
        try:
            for one in self.requests:
                self.given.append((yield one))
                self.then()
        finally:
            self.closed = True

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        self.given.append(request)
        try:
            for one in self.requests:
                self.given.append((yield one))
                self.then()
        finally:
            self.closed = True


class Driven:
    """A flow that is driven by hand: started, sent a response, closed."""

    def __init__(self, watch: Watch, *, is_async: bool) -> None:
        self._sync = None if is_async else watch.sync_auth_flow(OWN)
        self._async = watch.async_auth_flow(OWN) if is_async else None
        self._loop = asyncio.new_event_loop()

    def send(self, response: httpx.Response | None) -> object:
        """Return the next request, or None after the last."""
        given: Any = response
        try:
            if self._sync is not None:
                return self._sync.send(given)
            assert self._async is not None
            return self._loop.run_until_complete(self._async.asend(given))
        except (StopIteration, StopAsyncIteration):
            return None

    def close(self) -> None:
        if self._sync is not None:
            self._sync.close()
        if self._async is not None:
            self._loop.run_until_complete(self._async.aclose())
        self._loop.close()


BOTH = pytest.mark.parametrize("is_async", [False, True], ids=["sync", "asyncio"])


@BOTH
def test_a_watch_passes_on_what_the_auth_object_sends_and_is_told(is_async: bool) -> None:
    auth = Yielding(DOWNLOAD, OWN)
    flow = Driven(WATCH(auth, OWN), is_async=is_async)
    other = httpx.Response(201)
    assert [flow.send(None), flow.send(ANSWER), flow.send(other)] == [DOWNLOAD, OWN, None]
    assert auth.given == [OWN, ANSWER, other]
    assert auth.closed
    flow.close()


@BOTH
@pytest.mark.parametrize("sent", [OWN, COPY], ids=["itself", "a signed copy"])
def test_a_watch_knows_whether_the_call_was_let_out(is_async: bool, sent: httpx.Request) -> None:
    watch = WATCH(Yielding(DOWNLOAD, sent, DOWNLOAD), OWN)
    flow = Driven(watch, is_async=is_async)
    known: list[object] = [watch.sent]
    for answer in (None, ANSWER, ANSWER):
        flow.send(answer)
        known.append(watch.sent)
    assert known == [None, None, sent, sent]
    flow.close()


@BOTH
def test_a_request_that_only_reads_is_not_the_call(is_async: bool) -> None:
    other = httpx.Request("GET", OWN.url)
    watch = WATCH(Yielding(other), OWN)
    flow = Driven(watch, is_async=is_async)
    assert flow.send(None) is other
    assert watch.sent is None
    flow.close()


@pytest.mark.parametrize("url", ["https://a.example/other", "https://b.example/do?key=1"])
@BOTH
def test_a_signed_copy_with_another_url_is_the_call(is_async: bool, url: str) -> None:
    copy = httpx.Request("POST", url)
    watch = WATCH(Yielding(copy), OWN)
    flow = Driven(watch, is_async=is_async)
    flow.send(None)
    assert watch.sent is copy
    flow.close()


@pytest.mark.parametrize(
    ("event", "method", "left"),
    [
        ("connection.connect_tcp.started", b"POST", False),
        ("http11.send_request_headers.started", b"CONNECT", False),
        ("http11.send_request_headers.started", b"POST", True),
        ("http2.send_request_headers.started", b"POST", True),
        ("http11.send_request_headers.complete", b"POST", False),
    ],
)
def test_a_watch_sees_the_request_leave(event: str, method: bytes, *, left: bool) -> None:
    watch = WATCH(Yielding(OWN), OWN)
    watch.trace(event, {"request": SimpleNamespace(method=method)})
    assert watch.has_left is left
    watch.trace("connection.close.started", {})
    assert watch.has_left is left


@BOTH
def test_a_watch_knows_whose_turn_it_is(is_async: bool) -> None:
    turns: list[bool] = []
    watch: Watch = WATCH(Yielding(OWN, then=lambda: turns.append(watch.is_out)), OWN)
    flow = Driven(watch, is_async=is_async)
    turns.append(watch.is_out)
    flow.send(None)
    turns.append(watch.is_out)
    flow.send(ANSWER)
    assert turns == [False, True, False], "the library's turn is while it has the request"
    flow.close()


@BOTH
def test_a_mistake_of_the_auth_object_comes_out_as_it_is(is_async: bool) -> None:
    mistake = KeyError("a mistake")

    def fail() -> None:
        raise mistake

    watch = WATCH(Yielding(OWN, then=fail), OWN)
    flow = Driven(watch, is_async=is_async)
    flow.send(None)
    with pytest.raises(KeyError) as caught:
        flow.send(ANSWER)
    assert caught.value is mistake
    assert not watch.is_out
    flow.close()


@BOTH
def test_a_watch_that_is_closed_closes_the_flow_of_the_auth_object(is_async: bool) -> None:
    auth = Yielding(OWN)
    flow = Driven(WATCH(auth, OWN), is_async=is_async)
    flow.send(None)
    assert not auth.closed
    flow.close()
    assert auth.closed


@LIBRARIES
def test_the_library_takes_a_watch_for_an_auth_object(library: ModuleType) -> None:
    assert issubclass(watch_of(library), (Watch,))
    assert issubclass(watch_of(library), library.Auth)
    assert watch_of(library) is watch_of(library), "made once"
    assert library_of(watch_of(library)(library.Auth(), OWN)) is library
