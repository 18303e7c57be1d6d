# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""Carries calls over kept connections: httpcore's sockets and TLS, h11's HTTP/1.1, no pool.

For each call httpcore's pool looks through all of its connections and requests, several times over,
takes a dozen locks and sends the head and the body of a request one by one. That costs more than
the socket, TLS and h11 together. Here the connection that was used last is taken, and a request
leaves as one piece. Proxies and HTTP/2 are left to httpx.
"""

from __future__ import annotations

import contextlib
import ssl
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Final, Generic, NamedTuple, Never, Protocol, TypeVar, cast

import anyio
import h11
import httpcore
import httpx

_PORTS: Final = {"https": 443, "http": 80}
_STEP: Final = 1 << 16
LONGEST_HEAD: Final = 100 << 10
"""Bytes that the beginning of a reply may have."""
NO_REPLY: Final = "the server closed the connection without a reply"
SWITCHED: Final = "the server switched to another protocol"
_ERRORS: Final[Mapping[type, type[httpx.TransportError]]] = {
    h11.LocalProtocolError: httpx.LocalProtocolError,
    h11.RemoteProtocolError: httpx.RemoteProtocolError,
    httpcore.ConnectError: httpx.ConnectError,
    httpcore.ConnectTimeout: httpx.ConnectTimeout,
    httpcore.ReadError: httpx.ReadError,
    httpcore.ReadTimeout: httpx.ReadTimeout,
    httpcore.WriteError: httpx.WriteError,
    httpcore.WriteTimeout: httpx.WriteTimeout,
}
"""What is raised below, and what httpx calls it."""

Stream = TypeVar("Stream", bound=httpcore.NetworkStream | httpcore.AsyncNetworkStream)
Origin = tuple[str, str, int]
"""Scheme, host and port."""


class Transport(httpx.BaseTransport):
    """Sends requests, from any number of threads.

    Args:
        connections: How many calls may be on their way at once.
        idle: How many idle connections are kept for each host.
        keepalive: Seconds that an idle one is kept.
        new_http: Makes what a connection writes and reads HTTP/1.1 with.
    """

    def __init__(
        self,
        *,
        connections: int,
        idle: int,
        keepalive: float,
        new_http: Callable[[], Http] | None = None,
    ) -> None:
        self._new_http = new_http or H11
        self._tls = _tls()
        self._network = httpcore.SyncBackend()
        self._places = threading.BoundedSemaphore(connections)
        self.keepalive = keepalive
        self._kept: _Kept[httpcore.NetworkStream] = _Kept(idle, keepalive)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request and return the reply, whose body is still to be read."""
        limits = _Limits(request)
        origin = _origin(request.url)
        if not self._places.acquire(timeout=limits.pool):
            raise _no_place()
        connection = None
        try:
            connection = self._idle(origin) or self._connected(origin, limits.connect)
            body = b"".join(cast("httpx.SyncByteStream", request.stream))
            with contextlib.suppress(httpcore.WriteError):
                # A server may answer and close before it has read everything.
                connection.stream.write(connection.http.sent(request, body), limits.write)
            while (head := connection.http.head()) is None:
                connection.http.receive(connection.stream.read(_STEP, limits.read()))
        except BaseException as error:
            if connection is not None:
                connection.stream.close()
            self._places.release()
            _raise_as_httpx(error)
        return _reply(head, _Body(self, connection, limits))

    def _idle(self, origin: Origin) -> _Connection[httpcore.NetworkStream] | None:
        while (connection := self._kept.take(origin)) and connection.has_expired():
            connection.stream.close()
        return connection

    def _connected(
        self, origin: Origin, seconds: float | None
    ) -> _Connection[httpcore.NetworkStream]:
        scheme, host, port = origin
        try:
            stream = self._network.connect_tcp(host, port, seconds)
        except UnicodeError as error:
            raise httpcore.ConnectError(f"{host} is no host: {error}") from error
        if scheme == "https":
            stream = stream.start_tls(self._tls, host, seconds)
        return _Connection(origin, stream, self._new_http())

    def end(self, connection: _Connection[httpcore.NetworkStream]) -> None:
        """Take a connection back when its reply is closed."""
        surplus = self._kept.put(connection)
        self._places.release()
        if surplus is not None:
            surplus.stream.close()

    def close(self) -> None:
        """Close the idle connections now, and the others when their calls end."""
        for connection in self._kept.close():
            connection.stream.close()


class AsyncTransport(httpx.AsyncBaseTransport):
    """Sends requests within one event loop, as `Transport` does."""

    def __init__(
        self,
        *,
        connections: int,
        idle: int,
        keepalive: float,
        new_http: Callable[[], Http] | None = None,
    ) -> None:
        self._new_http = new_http or H11
        self._tls = _tls()
        # To type checkers it is one of two classes.
        self._network = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())
        self._places = anyio.Semaphore(connections)
        self.keepalive = keepalive
        self._kept: _Kept[httpcore.AsyncNetworkStream] = _Kept(idle, keepalive)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request and return the reply, whose body is still to be read."""
        limits = _Limits(request)
        origin = _origin(request.url)
        try:
            self._places.acquire_nowait()
        except anyio.WouldBlock:
            await self._wait_for_place(limits.pool)
        connection = None
        try:
            connection = await self._idle(origin)
            connection = connection or await self._connected(origin, limits.connect)
            pieces = cast("httpx.AsyncByteStream", request.stream)
            body = b"".join([piece async for piece in pieces])
            with contextlib.suppress(httpcore.WriteError):
                # A server may answer and close before it has read everything.
                await connection.stream.write(connection.http.sent(request, body), limits.write)
            while (head := connection.http.head()) is None:
                connection.http.receive(await connection.stream.read(_STEP, limits.read()))
        except BaseException as error:
            self._places.release()
            if connection is not None:
                await connection.stream.aclose()
            _raise_as_httpx(error)
        return _reply(head, _AsyncBody(self, connection, limits))

    async def _wait_for_place(self, seconds: float | None) -> None:
        try:
            with anyio.fail_after(seconds):
                await self._places.acquire()
        except TimeoutError:
            raise _no_place() from None

    async def _idle(self, origin: Origin) -> _Connection[httpcore.AsyncNetworkStream] | None:
        while (connection := self._kept.take(origin)) and connection.has_expired():
            await connection.stream.aclose()
        return connection

    async def _connected(
        self, origin: Origin, seconds: float | None
    ) -> _Connection[httpcore.AsyncNetworkStream]:
        tls = self._tls if origin[0] == "https" else None
        stream = await self._opened(origin[1], origin[2], tls, seconds)
        return _Connection(origin, stream, self._new_http())

    async def _opened(
        self, host: str, port: int, tls: ssl.SSLContext | None, seconds: float | None
    ) -> httpcore.AsyncNetworkStream:
        stream = await self._network.connect_tcp(host, port, seconds)
        if tls is None:
            return stream
        try:
            return await stream.start_tls(tls, host, seconds)
        except BaseException:
            # httpcore forgets it if the task is cancelled. The socket would stay open until the
            # garbage collector comes by.
            await stream.aclose()
            raise

    async def end(self, connection: _Connection[httpcore.AsyncNetworkStream]) -> None:
        """Take a connection back when its reply is closed."""
        surplus = self._kept.put(connection)
        self._places.release()
        if surplus is not None:
            await surplus.stream.aclose()

    async def aclose(self) -> None:
        """Close the idle connections now, and the others when their calls end."""
        for connection in self._kept.close():
            await connection.stream.aclose()


class _Limits:
    """How many seconds each step of a call may take, from its request's extensions."""

    def __init__(self, request: httpx.Request) -> None:
        seconds: dict[str, float | None] = request.extensions.get("timeout", {})
        self.pool = seconds.get("pool")
        self.connect = seconds.get("connect")
        self.write = seconds.get("write")
        self._read = seconds.get("read")
        total = seconds.get("total")
        self._ends_at = None if total is None else time.monotonic() + total

    def read(self) -> float | None:
        """Return the seconds that the next read may take."""
        if self._ends_at is None:
            return self._read
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise httpx.ReadTimeout("the reply was still coming in when its time was over")
        return left if self._read is None else min(left, self._read)


class Head(NamedTuple):
    """The beginning of a reply."""

    status: int
    headers: list[tuple[bytes, bytes]]
    version: bytes
    reason: bytes


class Http(Protocol):
    """One exchange after the other in HTTP/1.1. It reads and writes nothing by itself."""

    def sent(self, request: httpx.Request, body: bytes) -> bytes:
        """Return the bytes of a request."""
        ...

    def receive(self, data: bytes) -> None:
        """Take bytes that were read; nothing at all is the end of the connection."""
        ...

    def head(self) -> Head | None:
        """Return the reply's head, None while more has to be read."""
        ...

    def piece(self) -> bytes | None:
        """Return a piece of the body, b"" after the last one, None while more has to be read."""
        ...

    def is_reusable(self) -> bool:
        """Begin anew if the exchange is complete and nothing came behind it."""
        ...


class H11:
    """HTTP/1.1 by h11."""

    def __init__(self) -> None:
        self._h11 = h11.Connection(h11.CLIENT, max_incomplete_event_size=LONGEST_HEAD)

    def sent(self, request: httpx.Request, body: bytes) -> bytes:
        target: bytes = request.extensions.get("target", request.url.raw_path)
        send = self._h11.send
        # Without names for the parts: they have a signature, and an error shows what has a name.
        return b"".join(
            part
            for part in (
                send(
                    h11.Request(method=request.method, target=target, headers=request.headers.raw)
                ),
                send(h11.Data(data=body)) if body else None,
                send(h11.EndOfMessage()),
            )
            if part
        )

    def receive(self, data: bytes) -> None:
        if not data and self._h11.their_state is h11.SEND_RESPONSE:
            raise httpx.RemoteProtocolError(NO_REPLY)
        self._h11.receive_data(data)

    def head(self) -> Head | None:
        event = self._h11.next_event()
        while isinstance(event, h11.InformationalResponse):
            event = self._h11.next_event()
        if isinstance(event, h11.Response):
            version = b"HTTP/" + event.http_version
            return Head(event.status_code, event.headers.raw_items(), version, bytes(event.reason))
        if event is not h11.NEED_DATA:
            raise httpx.RemoteProtocolError(SWITCHED)
        return None

    def piece(self) -> bytes | None:
        event = self._h11.next_event()
        if isinstance(event, h11.Data):
            return bytes(event.data)
        return None if event is h11.NEED_DATA else b""

    def is_reusable(self) -> bool:
        if not (self._h11.our_state is self._h11.their_state is h11.DONE):
            return False
        if self._h11.trailing_data[0]:
            return False  # nobody asked for it, and it would pass for the next reply
        self._h11.start_next_cycle()
        return True


class _Connection(Generic[Stream]):
    def __init__(self, origin: Origin, stream: Stream, http: Http) -> None:
        self.origin = origin
        self.stream = stream
        self.http = http
        self.idle_until = 0.0

    def has_expired(self) -> bool:
        """Whether it was idle for too long, or the server closed it or speaks without being asked."""
        return (
            time.monotonic() > self.idle_until
            or bool(self.stream.get_extra_info("is_readable"))
            or _has_read_ahead(self.stream)
        )


class _Kept(Generic[Stream]):
    """The idle connections."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._lock = threading.Lock()
        self._by_origin: dict[Origin, deque[_Connection[Stream]]] = {}
        self._is_closed = False

    def take(self, origin: Origin) -> _Connection[Stream] | None:
        """Return the one that was used last, which may have expired; None if there is none."""
        with self._lock:
            kept = self._by_origin.get(origin)
            return kept.pop() if kept else None

    def put(self, connection: _Connection[Stream]) -> _Connection[Stream] | None:
        """Keep a connection if it is of use; what is returned is to be closed."""
        if not connection.http.is_reusable():
            return connection
        connection.idle_until = time.monotonic() + self._seconds
        with self._lock:
            if self._is_closed:
                return connection
            kept = self._by_origin.setdefault(connection.origin, deque())
            kept.append(connection)
            surplus = len(kept) > self._most or (len(kept) > 1 and kept[0].has_expired())
            return kept.popleft() if surplus else None

    def close(self) -> list[_Connection[Stream]]:
        """Keep none from now on, and return those that were kept."""
        with self._lock:
            self._is_closed = True
            kept = [connection for some in self._by_origin.values() for connection in some]
            self._by_origin.clear()
            return kept


class _Body(httpx.SyncByteStream):
    """The body of a reply, read once."""

    def __init__(
        self,
        transport: Transport,
        connection: _Connection[httpcore.NetworkStream],
        limits: _Limits,
    ) -> None:
        self._transport: Transport | None = transport
        self._connection = connection
        self._limits = limits

    def __iter__(self) -> Iterator[bytes]:
        connection = self._connection
        try:
            while (piece := connection.http.piece()) != b"":
                if piece is None:
                    connection.http.receive(connection.stream.read(_STEP, self._limits.read()))
                else:
                    yield piece
        except (h11.ProtocolError, httpcore.NetworkError, httpcore.TimeoutException) as error:
            _raise_as_httpx(error)

    def close(self) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.end(self._connection)


class _AsyncBody(httpx.AsyncByteStream):
    """The body of a reply, read once."""

    def __init__(
        self,
        transport: AsyncTransport,
        connection: _Connection[httpcore.AsyncNetworkStream],
        limits: _Limits,
    ) -> None:
        self._transport: AsyncTransport | None = transport
        self._connection = connection
        self._limits = limits

    async def __aiter__(self) -> AsyncIterator[bytes]:
        connection = self._connection
        try:
            while (piece := connection.http.piece()) != b"":
                if piece is None:
                    data = await connection.stream.read(_STEP, self._limits.read())
                    connection.http.receive(data)
                else:
                    yield piece
        except (h11.ProtocolError, httpcore.NetworkError, httpcore.TimeoutException) as error:
            _raise_as_httpx(error)

    async def aclose(self) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            await transport.end(self._connection)


def _has_read_ahead(stream: object) -> bool:
    # Only the socket is asked whether it is readable, but anyio may have read more of it than it
    # gave out. There is no public name for that.
    inner: object = getattr(stream, "_stream", None)
    waiting: object = getattr(inner, "_read_bio", None)  # TLS that is not decrypted yet
    decrypted: object = getattr(inner, "_ssl_object", None)
    if getattr(waiting, "pending", 0) or (
        isinstance(decrypted, ssl.SSLObject) and decrypted.pending()
    ):
        return True
    inner = getattr(inner, "transport_stream", inner)
    return bool(getattr(getattr(inner, "_protocol", None), "read_queue", None))


def _tls() -> ssl.SSLContext:
    context = httpx.create_ssl_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _origin(url: httpx.URL) -> Origin:
    scheme = url.scheme
    port = _PORTS.get(scheme)
    if port is None:
        raise httpx.UnsupportedProtocol(f"{url} is neither https nor http")
    return scheme, url.raw_host.decode(), port if url.port is None else url.port


def _reply(head: Head, body: httpx.SyncByteStream | httpx.AsyncByteStream) -> httpx.Response:
    return httpx.Response(
        head.status,
        headers=head.headers,
        stream=body,
        extensions={"http_version": head.version, "reason_phrase": head.reason},
    )


def _no_place() -> httpx.PoolTimeout:
    return httpx.PoolTimeout("all connections stayed in use")


def _raise_as_httpx(error: BaseException) -> Never:
    kind = _ERRORS.get(type(error))
    if kind is None:
        raise error
    raise kind(str(error)) from error
