"""What carries a call may be chosen; what is sent, and what is known afterwards, stays the same."""

from __future__ import annotations

import asyncio
import socketserver
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import httpx
import pytest
from httpx_aiohttp import AiohttpTransport as OtherAiohttpTransport
from wechatpay_auth import WeChatPayAuth
from wechatpay_ecommerce_refund import Client, InvalidInput, OutcomeUnknown, Retry
from wechatpay_ecommerce_refund.client import SERVERS
from wechatpay_ecommerce_refund.fast import async_transport
from wechatpay_sandbox import Platform, RunningServer, faults, make_tls, serve, serve_proxy

from tests.conftest import Caller
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


async def get_twice(transport: httpx.AsyncBaseTransport, url: str) -> httpx.Response:
    request = httpx.Request("GET", url, headers={"User-Agent": "ours", "X-Other": "as it is"})
    async with httpx.AsyncClient(transport=transport) as http:
        await http.send(request)
        return await http.send(request)


def fast_transport() -> httpx.AsyncBaseTransport:
    return async_transport(connections=2, idle=2, keepalive=1.0)


def test_the_fast_transport_sends_the_url_as_it_was_signed_and_no_header_of_its_own() -> None:
    answer = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 2\r\n\r\nok"
    path = "/a%3Ab%2C%7Ec%e4/d?x=%2B%20%3D&y=+"
    with listening(answer) as listener:
        reply = asyncio.run(get_twice(fast_transport(), listener.url + path))
    assert (reply.status_code, reply.content) == (200, b"ok")
    first, second = ([*head.decode().splitlines()] for head in listener.heads)
    assert first == second
    assert first[0] == f"GET {path} HTTP/1.1"
    names = {line.partition(":")[0].lower() for line in first[1:]}
    assert names == {"host", "user-agent", "x-other"}


def test_the_fast_transport_repeats_nothing_by_itself() -> None:
    with listening(b"") as listener, pytest.raises(httpx.RemoteProtocolError):
        asyncio.run(get_twice(fast_transport(), listener.url + "/"))
    assert len(listener.heads) == 1


def test_a_connection_lost_after_sending_is_an_unknown_outcome_whatever_the_transport_calls_it(
    auth: WeChatPayAuth,
) -> None:
    """httpx-aiohttp calls it a ConnectTimeout, as if nothing had been sent."""

    async def create(url: str) -> None:
        async with httpx.AsyncClient(transport=OtherAiohttpTransport()) as http:
            await Client(auth, base_url=url, async_http=http, retries=0).acall(CREATE)

    with listening(b"") as listener, pytest.raises(OutcomeUnknown) as caught:
        asyncio.run(create(listener.url))
    assert isinstance(caught.value.__cause__, httpx.ConnectTimeout)
    assert len(listener.heads) == 1


def test_a_proxy_of_the_environment_is_used(
    caller: Caller, platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = make_tls()
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
        with pytest.raises(httpx.ProxyError, match="407"):
            caller.call(CREATE)


def test_no_proxy_is_heeded(
    caller: Caller, server: RunningServer, monkeypatch: pytest.MonkeyPatch, refused_url: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", refused_url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    caller.call(CREATE)
    assert caller.call(QUERY).verified


def test_a_transport_is_named_once(auth: WeChatPayAuth) -> None:
    with pytest.raises(InvalidInput, match="fast must be absent where async_http is given"):
        Client(auth, fast=True, async_http=httpx.AsyncClient())


def test_hooks_of_the_clients_own_httpx_client_are_told(
    auth: WeChatPayAuth, server: RunningServer, platform: Platform
) -> None:
    """Whoever asks for the httpx client may watch it; unwatched, calls take a shorter way."""
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


class AsksElsewhere(httpx.Auth):
    """Verifies nothing, because the key server that it asks about each reply is not there."""

    def __init__(self, key_server: str) -> None:
        self._key_server = key_server

    def sync_auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = "signed"
        yield request
        httpx.get(self._key_server)


def test_an_auth_object_that_fails_elsewhere_does_not_make_a_call_one_that_was_never_sent(
    server: RunningServer, platform: Platform, refused_url: str
) -> None:
    auth = AsksElsewhere(refused_url)
    with (
        Client(auth, base_url=server.base_url, retries=0) as client,
        pytest.raises(OutcomeUnknown) as caught,
    ):
        client.call(CREATE)
    assert isinstance(caught.value.__cause__, httpx.ConnectError)
    assert len(platform.requests("POST")) == 1


def test_an_error_of_the_network_tells_its_request(caller: Caller, platform: Platform) -> None:
    platform.next(faults.break_off())
    with pytest.raises(httpx.TransportError) as caught:
        caller.call(QUERY)
    assert caught.value.request.method == "GET"
    assert caught.value.request.url.raw_path.decode() == QUERY.target
