# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""Carries calls with httptools, whose parser is written in C, and under asyncio without anyio.

Only the way to the wire is another one: requests, replies and errors stay httpx's own. It needs
the extra `fast`.
"""

from __future__ import annotations

import asyncio
import re
import select
import ssl
from typing import cast

import httpcore
import httptools
import httpx

from .transport import LONGEST_HEAD, NO_REPLY, SWITCHED, AsyncTransport, Head, Transport

_MOST_UNREAD = 1 << 18
_TARGET = re.compile(rb"[!-~]+")
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def transport(*, connections: int, idle: int, keepalive: float) -> Transport:
    """Return a transport for any number of threads."""
    return Transport(connections=connections, idle=idle, keepalive=keepalive, new_http=Llhttp)


def async_transport(*, connections: int, idle: int, keepalive: float) -> AsyncTransport:
    """Return a transport for one event loop of asyncio."""
    return _AsyncioTransport(
        connections=connections, idle=idle, keepalive=keepalive, new_http=Llhttp
    )


class Llhttp:
    """HTTP/1.1 by llhttp; `transport.Http` says what the methods do."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        # As lenient as h11: a header that is strange, or goes on in the next line, is no reason to
        # lose a reply; the signature decides.
        self._parser.set_dangerous_leniencies(lenient_headers=True)
        self._status: int | None = None  # of the reply itself, when its head is complete
        self._reason = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._head_size = 0
        self._pieces: list[bytes] = []
        self._has_no_body = False
        self._is_complete = False
        self._is_reusable = False

    def sent(self, request: httpx.Request, body: bytes) -> bytes:
        target: bytes = request.extensions.get("target", request.url.raw_path)
        if not (_TARGET.fullmatch(target) and _TOKEN.fullmatch(request.method.encode())):
            raise httpx.LocalProtocolError("the method or the target is none")
        if not all(_TOKEN.fullmatch(name) for name, _ in request.headers.raw):
            raise httpx.LocalProtocolError("a header has a name that is none")
        body = _framed(body, request.headers)
        lines = [b"%s %s HTTP/1.1" % (request.method.encode(), target)]
        lines += [b"%s: %s" % header for header in request.headers.raw]
        head, breaks = b"\r\n".join(lines), len(lines) - 1
        if head.count(b"\r") != breaks or head.count(b"\n") != breaks or b"\0" in head:
            del head, lines  # they have a signature, and an error shows what has a name
            raise httpx.LocalProtocolError("a header has a line break or a NUL")
        self._has_no_body = request.method == "HEAD"
        return head + b"\r\n\r\n" + body

    def receive(self, data: bytes) -> None:
        if not data:
            self._receive_end()
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            raise httpx.RemoteProtocolError(SWITCHED) from None
        except httptools.HttpParserError as error:
            # What comes behind a complete reply does not take it back.
            if not self._is_complete:
                raise httpx.RemoteProtocolError(f"{type(error).__name__}: {error}") from None
            self._is_reusable = False
        if self._status is None:
            self._head_size += len(data)
            if self._head_size > LONGEST_HEAD:
                raise httpx.RemoteProtocolError("the head of the reply is too long")

    def _receive_end(self) -> None:
        if self._status is None:
            raise httpx.RemoteProtocolError(NO_REPLY)
        names = {name.lower() for name, _ in self._headers}
        if names & {b"content-length", b"transfer-encoding"}:
            raise httpx.RemoteProtocolError(
                "the server closed the connection before the complete message body was there"
            )
        self._is_complete = True

    def head(self) -> Head | None:
        if self._status is None:
            return None
        if any(name != name.strip() or b"\0" in value for name, value in self._headers):
            raise httpx.RemoteProtocolError("a header of the reply has a space or a NUL")
        version = b"HTTP/" + self._parser.get_http_version().encode()
        return Head(self._status, self._headers, version, self._reason)

    def piece(self) -> bytes | None:
        if self._pieces:
            return self._pieces.pop(0)
        return b"" if self._is_complete else None

    def is_reusable(self) -> bool:
        if not self._is_reusable:
            return False
        self._begin()
        return True

    # What the parser calls.

    def on_message_begin(self) -> None:
        # One that comes behind a complete reply was not asked for.
        self._is_reusable = False

    def on_status(self, text: bytes) -> None:
        if self._status is None:
            self._reason += text

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._status is None:  # afterwards come trailers
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        if self._is_complete:
            return
        status = self._parser.get_status_code()
        if status < 200:  # it announces a reply
            self._reason = b""
            self._headers = []
            self._head_size = 0
            return
        self._status = status
        self._is_complete = self._has_no_body

    def on_body(self, piece: bytes) -> None:
        if not self._is_complete:
            self._pieces.append(piece)

    def on_message_complete(self) -> None:
        if self._status is not None and not self._is_complete:
            self._is_complete = True
            self._is_reusable = self._parser.should_keep_alive()


def _framed(body: bytes, headers: httpx.Headers) -> bytes:
    length, coding = headers.get("Content-Length"), headers.get("Transfer-Encoding")
    if coding is None and length == (str(len(body)) if body or length else None):
        return body
    if coding == "chunked" and length is None:
        return (b"%x\r\n%s\r\n" % (len(body), body) if body else b"") + b"0\r\n\r\n"
    raise httpx.LocalProtocolError("the headers do not say how long the body is")


class _AsyncioTransport(AsyncTransport):
    async def _opened(
        self, host: str, port: int, tls: ssl.SSLContext | None, seconds: float | None
    ) -> httpcore.AsyncNetworkStream:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(seconds):
                _, stream = await loop.create_connection(
                    lambda: _Stream(loop),
                    host,
                    port,
                    ssl=tls,
                    server_hostname=host if tls else None,
                )
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from error
        return stream


class _Stream(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """A connection of asyncio. One task reads it, or none."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._unread = bytearray()
        self._is_over = False
        self._error: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._is_paused = False

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if not self._unread and not self._is_over:
            await self._wait(timeout)
        if not self._unread and self._error is not None:
            raise httpcore.ReadError(str(self._error)) from self._error
        data = bytes(self._unread[:max_bytes])
        del self._unread[:max_bytes]
        if self._is_paused and len(self._unread) < _MOST_UNREAD:
            self._is_paused = False
            self._transport.resume_reading()
        return data

    async def _wait(self, seconds: float | None) -> None:
        waiter = self._waiter = self._loop.create_future()
        timer = None if seconds is None else self._loop.call_later(seconds, _give_up, waiter)
        try:
            await waiter
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # It does not wait for the other side: the body is in memory already, and a side that
        # reads nothing answers nothing within the read timeout.
        if not self._is_over:
            self._transport.write(buffer)

    async def aclose(self) -> None:
        self._transport.abort()

    def get_extra_info(self, info: str) -> object:
        if info != "is_readable":
            return None
        # What waits in the kernel is not here yet while the event loop is busy.
        return bool(self._unread) or self._is_over or _is_readable(self._transport)

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._unread += data
        # An idle connection has no reader, and its server no reason to send anything.
        if len(self._unread) >= _MOST_UNREAD and not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        self._is_over = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_over = True
        self._error = exc
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


def _is_readable(transport: asyncio.BaseTransport) -> bool:
    descriptor: int = transport.get_extra_info("socket").fileno()
    if not hasattr(select, "poll"):  # Windows
        return bool(select.select([descriptor], [], [], 0)[0])
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


def _give_up(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_exception(httpcore.ReadTimeout("nothing came in time"))
