"""Connections of the clients that the package makes itself, against a server that says anything.

How calls fare over broken networks stands in tests/soak.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Protocol, Self

import httpx
import pytest
from wechatpay_auth import WeChatPayAuth
from wechatpay_ecommerce_refund import Client
from wechatpay_ecommerce_refund.connections import KEEPALIVE_EXPIRY
from wechatpay_ecommerce_refund.fast import async_transport, transport
from wechatpay_ecommerce_refund.transport import AsyncTransport, Transport
from wechatpay_sandbox import make_tls

SECONDS = 5.0
"""Nothing here waits that long unless it is broken."""


def ok(body: bytes, *headers: str) -> bytes:
    lines = "".join(f"{line}\r\n" for line in (*headers, f"Content-Length: {len(body)}"))
    return f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode() + body


class Last(bytes):
    """The connection is closed after this answer."""

    __slots__ = ()


class Records(bytes):
    """A forged reply follows in a TLS record of its own, and arrives together with this one."""

    __slots__ = ()


class Stray:
    """Says something more on the first connection, when it is wanted."""

    def __init__(self) -> None:
        self.wanted = threading.Event()
        self.sent = threading.Event()

    def say(self, connection: socket.socket) -> None:
        if not self.sent.is_set():
            assert self.wanted.wait(SECONDS)
            connection.sendall(ok(b"stray"))
            self.sent.set()


class Server:
    """Gives each request the next answer, whatever bytes those are."""

    def __init__(
        self, *answers: bytes, tls: ssl.SSLContext | None = None, then: Stray | None = None
    ) -> None:
        self._tls = tls
        self._then = then
        self._answers = iter(answers)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._stack = ExitStack()
        self.pieces: list[bytes] = []
        """What arrived, as it arrived."""
        self.ways: list[int] = []
        """The connections that the pieces came over, counted from 1."""
        self.protocols: list[str | None] = []
        """What was agreed on in TLS handshakes."""
        self.connections = 0
        self.ended = threading.Semaphore(0)
        """Released for each connection that ended."""

    def __enter__(self) -> Self:
        self._stack.enter_context(self._listener)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._stack.close()

    @property
    def url(self) -> str:
        scheme = "https" if self._tls else "http"
        return f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}/"

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            serve = partial(self._serve, connection, self.connections)
            threading.Thread(target=serve, daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        if self._tls is not None:
            connection = self._tls.wrap_socket(connection, server_side=True)
            self.protocols.append(connection.selected_alpn_protocol())
        with connection, suppress(OSError):
            while piece := connection.recv(1 << 16):
                self.pieces.append(piece)
                self.ways.append(number)
                answer = next(self._answers, Last())
                if isinstance(answer, Records):
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
                    connection.sendall(answer)
                    connection.sendall(ok(b"forged"))
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)
                    continue
                connection.sendall(answer)
                if isinstance(answer, Last):
                    break
                if self._then is not None:
                    self._then.say(connection)
        self.ended.release()


class Way(Protocol):
    """One of the two transports, driven step by step."""

    def open(self, request: httpx.Request) -> httpx.Response: ...
    def read(self, response: httpx.Response) -> bytes: ...
    def close(self, response: httpx.Response) -> None: ...
    def end(self) -> None: ...


class Blocking:
    def __init__(self, connections: int, idle: int, keepalive: float) -> None:
        self.transport = Transport(connections=connections, idle=idle, keepalive=keepalive)

    def open(self, request: httpx.Request) -> httpx.Response:
        return self.transport.handle_request(request)

    def read(self, response: httpx.Response) -> bytes:
        return response.read()

    def close(self, response: httpx.Response) -> None:
        response.close()

    def end(self) -> None:
        self.transport.close()


class Awaiting:
    def __init__(self, connections: int, idle: int, keepalive: float) -> None:
        self.transport = AsyncTransport(connections=connections, idle=idle, keepalive=keepalive)
        self.runner = asyncio.Runner()

    def open(self, request: httpx.Request) -> httpx.Response:
        return self.runner.run(self.transport.handle_async_request(request))

    def read(self, response: httpx.Response) -> bytes:
        return self.runner.run(response.aread())

    def close(self, response: httpx.Response) -> None:
        self.runner.run(response.aclose())

    def end(self) -> None:
        self.runner.run(self.transport.aclose())


class FastBlocking(Blocking):
    def __init__(self, connections: int, idle: int, keepalive: float) -> None:
        self.transport = transport(connections=connections, idle=idle, keepalive=keepalive)


class FastAwaiting(Awaiting):
    def __init__(self, connections: int, idle: int, keepalive: float) -> None:
        self.transport = async_transport(connections=connections, idle=idle, keepalive=keepalive)
        self.runner = asyncio.Runner()


class Ways:
    """Makes ways, and closes them at the end."""

    def __init__(self, kind: type[Blocking | Awaiting]) -> None:
        self._kind = kind
        self.made: list[Blocking | Awaiting] = []

    def __call__(self, connections: int = 2, idle: int = 2, keepalive: float = SECONDS) -> Way:
        way = self._kind(connections, idle, keepalive)
        self.made.append(way)
        return way


KINDS = {
    "sync": Blocking,
    "asyncio": Awaiting,
    "fast sync": FastBlocking,
    "fast asyncio": FastAwaiting,
}


@pytest.fixture(params=KINDS.values(), ids=list(KINDS))
def ways(request: pytest.FixtureRequest) -> Iterator[Ways]:
    ways = Ways(request.param)
    yield ways
    for way in ways.made:
        way.end()
        if isinstance(way, Awaiting):
            way.runner.close()


def asking(
    url: str, *, content: bytes = b"", pool: float = SECONDS, method: str = "POST"
) -> httpx.Request:
    timeout = {"connect": SECONDS, "read": SECONDS, "write": SECONDS, "pool": pool}
    return httpx.Request(method, url, content=content or None, extensions={"timeout": timeout})


def bodies(way: Way, url: str, times: int) -> list[bytes]:
    return [way.read(way.open(asking(url))) for _ in range(times)]


def test_a_request_leaves_as_one_piece(ways: Ways) -> None:
    with Server(ok(b"1")) as server:
        way = ways()
        assert way.read(way.open(asking(server.url, content=b'{"a":1}'))) == b"1"
    (piece,) = server.pieces
    assert piece.startswith(b"POST / HTTP/1.1\r\n")
    assert piece.endswith(b'\r\n\r\n{"a":1}')


def test_the_target_of_the_extensions_is_what_stands_on_the_request_line(ways: Ways) -> None:
    with Server(ok(b"1")) as server:
        request = asking(server.url)
        request.extensions["target"] = b"/as%2fsigned"
        way = ways()
        way.read(way.open(request))
    assert server.pieces[0].startswith(b"POST /as%2fsigned HTTP/1.1\r\n")


def test_a_reply_says_what_httpx_would_say(ways: Ways) -> None:
    with Server(b"HTTP/1.1 418 Short\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 0\r\n\r\n") as server:
        way = ways()
        reply = way.open(asking(server.url))
        way.read(reply)
    assert (reply.status_code, reply.reason_phrase, reply.http_version) == (
        418,
        "Short",
        "HTTP/1.1",
    )
    assert reply.headers.raw == [(b"X-A", b"1"), (b"x-a", b"2"), (b"Content-Length", b"0")]


def test_a_connection_is_used_again(ways: Ways) -> None:
    with Server(ok(b"1"), ok(b"2"), ok(b"3")) as server:
        assert bodies(ways(), server.url, 3) == [b"1", b"2", b"3"]
    assert server.connections == 1


def test_the_connection_that_was_used_last_is_taken_first(ways: Ways) -> None:
    with Server(*(ok(b"%d" % number) for number in range(3))) as server:
        way = ways()
        for reply in [way.open(asking(server.url)) for _ in range(2)]:
            way.read(reply)
        bodies(way, server.url, 1)
    assert server.ways == [1, 2, 2]


def test_a_connection_is_used_for_its_own_host_only(ways: Ways) -> None:
    with Server(ok(b"1")) as one, Server(ok(b"2")) as other:
        way = ways()
        assert bodies(way, one.url, 1) + bodies(way, other.url, 1) == [b"1", b"2"]


def test_a_connection_that_was_idle_for_too_long_is_not(ways: Ways) -> None:
    with Server(ok(b"1"), ok(b"2")) as server:
        assert bodies(ways(keepalive=-1.0), server.url, 2) == [b"1", b"2"]
    assert server.connections == 2


@pytest.mark.parametrize("fast", [False, True])
def test_a_client_keeps_connections_for_less_than_the_platform_does(
    auth: WeChatPayAuth, fast: bool
) -> None:
    with Client(auth, fast=fast) as client:
        for http in (client.get_httpx_client(), client.get_async_httpx_client()):
            transport = vars(http)["only_way"]
            assert isinstance(transport, Transport | AsyncTransport)
            assert transport.keepalive == KEEPALIVE_EXPIRY < 8.0


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(ok(b"1", "Connection: close"), id="the server says so"),
        pytest.param(ok(b"1") + ok(b"forged"), id="bytes came behind the reply"),
    ],
)
def test_a_connection_is_not_used_again_if(ways: Ways, answer: bytes) -> None:
    with Server(answer, ok(b"2")) as server:
        assert bodies(ways(), server.url, 2) == [b"1", b"2"]
        assert server.ended.acquire(timeout=SECONDS)
    assert server.connections == 2


def test_a_connection_is_not_used_again_if_its_reply_was_not_read_to_the_end(ways: Ways) -> None:
    with Server(ok(b"12345")[:-2], ok(b"2")) as server:
        way = ways()
        way.close(way.open(asking(server.url)))
        assert server.ended.acquire(timeout=SECONDS)
        assert bodies(way, server.url, 1) == [b"2"]


@pytest.mark.parametrize(
    ("name", "value"), [("X", "a\r\nInjected: b"), ("X", "a\nb"), ("X", "a\0b")]
)
def test_a_header_cannot_begin_another_one(ways: Ways, name: str, value: str) -> None:
    with Server(ok(b"1")) as server:
        request = asking(server.url)
        request.headers[name] = value
        with pytest.raises(httpx.LocalProtocolError):
            ways().open(request)
        assert server.ended.acquire(timeout=SECONDS)
    assert not server.pieces


@pytest.mark.parametrize("target", [b"/a b", b""])
def test_a_target_that_is_none_is_refused(ways: Ways, target: bytes) -> None:
    with Server(ok(b"1")) as server:
        request = asking(server.url)
        request.extensions["target"] = target
        with pytest.raises(httpx.LocalProtocolError):
            ways().open(request)
    assert not server.pieces


def test_what_was_read_ahead_of_tls_is_not_the_next_reply(
    ways: Ways, secure: ssl.SSLContext
) -> None:
    with Server(Records(ok(b"1")), ok(b"2"), tls=secure) as server:
        assert bodies(ways(), server.url, 2) == [b"1", b"2"]
    assert server.connections == 2


@pytest.mark.parametrize("new", [AsyncTransport, async_transport], ids=["asyncio", "fast asyncio"])
def test_what_came_while_the_event_loop_was_busy_is_not_the_next_reply(
    new: Callable[..., AsyncTransport],
) -> None:
    async def call(transport: AsyncTransport, url: str) -> bytes:
        reply = await transport.handle_async_request(asking(url))
        return await reply.aread()

    async def run(server: Server, stray: Stray) -> list[bytes]:
        transport = new(connections=2, idle=2, keepalive=SECONDS)
        first = await call(transport, server.url)
        stray.wanted.set()
        assert stray.sent.wait(SECONDS), "the loop stands still meanwhile"
        found = [first, await call(transport, server.url)]
        await transport.aclose()
        return found

    stray = Stray()
    with Server(ok(b"1"), ok(b"2"), then=stray) as server:
        assert asyncio.run(run(server, stray)) == [b"1", b"2"]
    assert server.connections == 2


@pytest.mark.parametrize("name", [b"Content-Length ", b"Transfer-Encoding "])
def test_a_header_with_a_space_before_its_colon_is_refused(ways: Ways, name: bytes) -> None:
    value = b"10" if name.startswith(b"C") else b"chunked"
    with Server(Last(b"HTTP/1.1 200 OK\r\n" + name + b": " + value + b"\r\n\r\n3\r\nabc")) as server:
        with pytest.raises(httpx.RemoteProtocolError):
            bodies(ways(), server.url, 1)


@pytest.mark.parametrize(
    ("headers", "method"),
    [
        ({"Content-Length": "3"}, "POST"),
        ({"Content-Length": "6", " x": "y"}, "POST"),
        ({"Content-Length": "6", "x ": "y"}, "POST"),
        ({"Content-Length": "6"}, "POST /evil HTTP/1.1 "),
    ],
    ids=["short length", "name of two lines", "name with a space", "method"],
)
def test_a_request_that_would_be_read_in_two_ways_is_not_sent(
    ways: Ways, headers: dict[str, str], method: str
) -> None:
    with Server(ok(b"1")) as server:
        request = httpx.Request(method, server.url, content=b"123456", headers=headers)
        with pytest.raises(httpx.LocalProtocolError):
            ways().open(request)


def test_a_host_that_is_none_is_an_error_of_httpx(ways: Ways) -> None:
    with pytest.raises(httpx.ConnectError):
        ways().open(asking(f"http://{'a' * 64}.example/"))


def test_a_body_of_no_known_length_leaves_in_a_chunk(ways: Ways) -> None:
    with Server(ok(b"1"), ok(b"2")) as server:
        way = ways()
        for content in (b"abc", b""):
            request = httpx.Request(
                "POST", server.url, content=content, headers={"Transfer-Encoding": "chunked"}
            )
            request.headers.pop("Content-Length", None)
            way.read(way.open(request))
    assert server.pieces[0].endswith(b"\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
    assert server.pieces[1].endswith(b"\r\n\r\n0\r\n\r\n")


@pytest.mark.parametrize(
    ("answer", "connections"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", 1),
        (Last(b"HTTP/1.1 200 OK\r\n\r\nhello"), 2),
        (Last(b"HTTP/1.0 200 OK\r\n\r\nhello"), 2),
    ],
    ids=["chunks", "until the end", "until the end, 1.0"],
)
def test_a_body_ends_in_each_way_that_there_is(
    ways: Ways, answer: bytes, connections: int
) -> None:
    with Server(answer, ok(b"2")) as server:
        assert bodies(ways(), server.url, 2) == [b"hello", b"2"]
    assert server.connections == connections


def test_trailers_are_no_headers(ways: Ways) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with Server(head + b"1\r\na\r\n0\r\nWechatpay-Serial: b\r\n\r\n", ok(b"2")) as server:
        way = ways()
        reply = way.open(asking(server.url))
        assert way.read(reply) == b"a"
        assert "Wechatpay-Serial" not in reply.headers
        assert bodies(way, server.url, 1) == [b"2"]
    assert server.connections == 1


def test_a_reply_without_a_body_has_none(ways: Ways) -> None:
    with Server(ok(b"12345")[:-5], b"HTTP/1.1 204 No Content\r\n\r\n", ok(b"3")) as server:
        way = ways()
        assert way.read(way.open(asking(server.url, method="HEAD"))) == b""
        assert bodies(way, server.url, 2) == [b"", b"3"]


def test_a_long_body_is_read_to_its_end(ways: Ways) -> None:
    body = bytes(range(256)) * (1 << 14)
    with Server(ok(body), ok(b"2")) as server:
        assert bodies(ways(), server.url, 2) == [body, b"2"]
    assert server.connections == 1


def test_announcements_are_not_the_reply(ways: Ways) -> None:
    hints = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n"
    with Server(hints + ok(b"1"), ok(b"2")) as server:
        assert bodies(ways(), server.url, 2) == [b"1", b"2"]
    assert server.connections == 1


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        pytest.param(Last(), "without a reply", id="none"),
        pytest.param(b"HTTP/1.1 101 Switching\r\n\r\n", "proposal|Upgrade", id="switch"),
        pytest.param(b"SSH-2.0-OpenSSH\r\n\r\n", "illegal status line|Expected HTTP", id="not HTTP"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: " + b"x" * (128 << 10), "too long", id="endless head"),
    ],
)
def test_what_is_no_reply_is_an_error_of_httpx_and_its_connection_is_closed(
    ways: Ways, answer: bytes, problem: str
) -> None:
    with Server(answer) as server:
        with pytest.raises(httpx.RemoteProtocolError, match=problem):
            ways().open(asking(server.url))
        assert server.ended.acquire(timeout=SECONDS)


def test_a_body_that_breaks_off_is_an_error_of_httpx_and_its_connection_is_closed(
    ways: Ways,
) -> None:
    with Server(Last(ok(b"12345")[:-2]), ok(b"2")) as server:
        way = ways()
        reply = way.open(asking(server.url))
        with pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
            way.read(reply)
        way.close(reply)
        assert bodies(way, server.url, 1) == [b"2"]


@pytest.fixture
def secure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ssl.SSLContext:
    """For a server that the transports trust."""
    tls = make_tls()
    (tmp_path / "server.pem").write_text(tls.server.private_key_pem + tls.server.pem)
    (tmp_path / "authority.pem").write_text(tls.authority_pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "server.pem")
    return context


def test_tls_offers_http_1_1_and_nothing_else(ways: Ways, secure: ssl.SSLContext) -> None:
    secure.set_alpn_protocols(["h2", "http/1.1"])
    with Server(ok(b"1"), ok(b"2"), tls=secure) as server:
        assert bodies(ways(), server.url, 2) == [b"1", b"2"]
    assert server.protocols == ["http/1.1"]


def test_a_switch_that_was_asked_for_is_refused_all_the_same(ways: Ways) -> None:
    switch = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"
    with Server(switch) as server:
        request = asking(server.url, method="GET")
        request.headers.update({"Upgrade": "x", "Connection": "upgrade"})
        with pytest.raises(httpx.RemoteProtocolError, match="another protocol"):
            ways().open(request)


def test_a_reply_that_came_before_the_request_was_read_is_not_lost() -> None:
    """Only without asyncio, which forgets what arrived when the connection is reset."""
    way = Blocking(connections=1, idle=1, keepalive=SECONDS)
    with Server(ok(b"too long", "Connection: close")) as server:
        # The server closes with most of it unread, which resets the connection.
        reply = way.open(asking(server.url, content=b"x" * (1 << 25)))
        assert way.read(reply) == b"too long"
        way.close(reply)


def test_calls_wait_for_a_place_and_no_longer_than_they_may(ways: Ways) -> None:
    with Server(ok(b"1"), ok(b"2")) as server:
        way = ways(connections=1)
        first = way.open(asking(server.url))
        with pytest.raises(httpx.PoolTimeout, match="in use"):
            way.open(asking(server.url, pool=0.01))
        assert way.read(first) == b"1"
        way.close(first)
        assert bodies(way, server.url, 1) == [b"2"]


def test_a_call_that_fails_gives_its_place_back(ways: Ways, refused_url: str) -> None:
    way = ways(connections=1)
    for _ in range(3):
        with pytest.raises(httpx.ConnectError):
            way.open(asking(refused_url))
    with Server(Last(), ok(b"1")) as server:
        with pytest.raises(httpx.RemoteProtocolError):
            way.open(asking(server.url))
        assert bodies(way, server.url, 1) == [b"1"]


def test_no_more_idle_connections_are_kept_than_asked_for(ways: Ways) -> None:
    answers: Sequence[bytes] = [ok(b"%d" % number) for number in range(5)]
    with Server(*answers) as server:
        way = ways(connections=3, idle=1)
        for reply in [way.open(asking(server.url)) for _ in range(3)]:
            way.read(reply)
        for _ in range(2):
            assert server.ended.acquire(timeout=SECONDS)
        bodies(way, server.url, 2)
    assert server.connections == 3


def test_an_old_idle_connection_is_closed_when_a_newer_one_comes_back(ways: Ways) -> None:
    with Server(ok(b"1"), ok(b"2")) as server:
        way = ways(keepalive=-1.0)
        for reply in [way.open(asking(server.url)) for _ in range(2)]:
            way.read(reply)
        assert server.ended.acquire(timeout=SECONDS)


def test_closed_it_closes_idle_connections_and_the_others_when_their_calls_end(ways: Ways) -> None:
    with Server(ok(b"1"), ok(b"2")) as server:
        way = ways()
        idle, busy = (way.open(asking(server.url)) for _ in range(2))
        way.read(idle)
        way.end()
        assert server.ended.acquire(timeout=SECONDS)
        assert way.read(busy) == b"2"
        assert server.ended.acquire(timeout=SECONDS)


def test_only_http_is_spoken(ways: Ways) -> None:
    with pytest.raises(httpx.UnsupportedProtocol, match="neither https nor http"):
        ways().open(asking("ftp://127.0.0.1/"))


def test_hosts_may_be_numbers_of_either_kind(ways: Ways) -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    way = ways()
    with Server(ok(b"1")) as server, pytest.raises(httpx.ConnectError):
        way.open(asking(server.url.replace("127.0.0.1", "[::1]")))
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        port = listener.getsockname()[1]
        threading.Thread(target=answer_one, args=(listener, ok(b"6")), daemon=True).start()
        assert bodies(way, f"http://[::1]:{port}/", 1) == [b"6"]


def answer_one(listener: socket.socket, answer: bytes) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(1 << 16)
        connection.sendall(answer)


def test_where_httpx_is_made_of_something_else_calls_go_its_own_way() -> None:
    script = (
        "import sys; sys.modules['h11'] = None\n"
        "import wechatpay_ecommerce_refund.connections as connections\n"
        "print(connections._transport(fast=False), connections._async_transport(fast=False))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "None None"), done.stderr


@pytest.mark.parametrize("turns", range(30))
def test_a_call_that_is_cancelled_at_any_point_gives_its_place_back_and_leaves_no_socket(
    turns: int,
) -> None:
    """One place only: if it were lost, the next call would wait for it in vain."""

    async def call(transport: AsyncTransport, url: str) -> bytes:
        reply = await transport.handle_async_request(asking(url))
        try:
            return await reply.aread()
        finally:
            await reply.aclose()

    async def cancel(url: str) -> bytes:
        transport = AsyncTransport(connections=1, idle=1, keepalive=SECONDS)
        task, waiting = (asyncio.create_task(call(transport, url)) for _ in range(2))
        for _ in range(turns):
            await asyncio.sleep(0)
        for one in (waiting, task):
            one.cancel()
        await asyncio.wait((waiting, task))
        body = await call(transport, url)
        await transport.aclose()
        return body

    with Server(*[ok(b"1")] * 3) as server:
        assert asyncio.run(cancel(server.url)) == b"1"
        for _ in range(server.connections):
            assert server.ended.acquire(timeout=SECONDS)
