"""The platform as a transport of httpx, sync and async: no sockets, no server, no waiting."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx

from ._http import BODILESS, Delivery, Headers, Reply, Request
from ._platform import Platform


class SandboxTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Give it to `httpx.Client(transport=...)` or `httpx.AsyncClient(transport=...)`.

    Troubles of a connection are raised as httpx raises them. A reply that is held back for longer
    than the client's read timeout is that timeout at once, a shorter delay is none.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer as the platform does."""
        return self._answer(request, request.read())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer as the platform does."""
        return self._answer(request, await request.aread())

    def _answer(self, request: httpx.Request, body: bytes) -> httpx.Response:
        lines = tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in request.headers.raw)
        target = request.url.raw_path.decode("latin-1")
        scheme = request.url.scheme
        asked = Request(request.method, target, Headers(lines), body, scheme)
        reply = self._platform.handle(asked)
        limit = request.extensions.get("timeout", {}).get("read")
        if limit is not None and reply.delay > limit:
            raise httpx.ReadTimeout("the sandbox held its reply back", request=request)
        if reply.delivery is Delivery.NOTHING:
            raise httpx.RemoteProtocolError("the sandbox closed the connection", request=request)
        headers = reply.headers
        if reply.status not in BODILESS:
            headers = headers.with_values({"Content-Length": str(len(reply.body))})
        return httpx.Response(reply.status, headers=list(headers.lines), stream=_Body(reply))


class _Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    def __iter__(self) -> Iterator[bytes]:
        body = self._reply.body
        if self._reply.delivery is Delivery.CUT:
            yield body[: len(body) // 2]
            raise httpx.RemoteProtocolError("the sandbox closed the connection in the body")
        yield body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self:
            yield part
