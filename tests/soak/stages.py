"""The platform in the event loop of the test, which stops where a test wants to cancel the call."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from types import TracebackType
from typing import Literal, Self

from wechatpay_sandbox import Headers, Platform, Reply, Request

Stage = Literal["connecting", "waiting", "reading", "pausing", "downloading"]


class Stages:
    """Answers requests; one that is to stop gets no further until the client hangs up.

    Args:
        platform: Judges and answers the requests.
        tls: Speak TLS with the client, from the first bytes on.
    """

    def __init__(self, platform: Platform, tls: ssl.SSLContext | None = None) -> None:
        self.stop_at: Stage | None = None
        self.reached = asyncio.Event()
        """Set when a call has come to the stage where it stops."""
        self.crowd: asyncio.Barrier | None = None
        """How many requests have to be here before any is answered; None for no such rule."""
        self.accepted = 0
        """Connections so far."""
        self._platform = platform
        self._tls = tls
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def base_url(self) -> str:
        port = self._server.sockets[0].getsockname()[1]
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{port}"

    async def all_closed(self) -> None:
        """Return once the client has closed every connection."""
        async with asyncio.timeout(10):
            await asyncio.gather(*self._connections)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", 0, backlog=512)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._connections.add(task)
        self.accepted += 1
        try:
            # Whoever is cancelled hangs up anywhere.
            with suppress(OSError, EOFError):
                await self._converse(reader, writer)
        finally:
            # Not closed in order, for which TLS would wait: the client is gone.
            writer.transport.abort()
            self._connections.discard(task)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.stop_at == "connecting":
            await reader.readexactly(1)  # the client has begun its handshake, or its request
            await self._stop(reader)
            return
        if self._tls:
            await writer.start_tls(self._tls)
        while True:
            request = await _read(reader)
            if self.crowd is not None:
                await self.crowd.wait()
            stop_at = self.stop_at
            is_download = request.target.startswith("/v3/certificates")
            if stop_at == "downloading" and is_download:
                await self._stop(reader)
                return
            response = self._platform.handle(request)
            if is_download:
                stop_at = None
            if stop_at == "waiting":
                await self._stop(reader)
                return
            head, body = _written(Reply(503) if stop_at == "pausing" else response)
            if stop_at == "reading":
                writer.write(head + body[:10])
                await self._stop(reader)
                return
            writer.write(head + body)
            await writer.drain()

    async def _stop(self, reader: asyncio.StreamReader) -> None:
        self.reached.set()
        while await reader.read(1 << 16):
            pass


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    method, target, _ = head.partition("\r\n")[0].split(" ")
    lines = [line.partition(": ") for line in head.split("\r\n")[1:-2]]
    headers = Headers(tuple((name, value) for name, _, value in lines))
    body = await reader.readexactly(int(headers.get("Content-Length") or 0))
    return Request(method, target, headers, body)


def _written(response: Reply) -> tuple[bytes, bytes]:
    headers = response.headers.with_values({"Content-Length": str(len(response.body))})
    lines = [
        f"HTTP/1.1 {response.status} x",
        *(f"{name}: {value}" for name, value in headers.lines),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"), response.body
