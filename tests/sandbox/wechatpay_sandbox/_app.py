"""The platform as an ASGI application, served or called directly."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, cast

import anyio  # comes with starlette, and works under asyncio and trio
from starlette.types import Receive, Scope, Send

from ._control import PREFIX, Control
from ._http import BODILESS, Delivery, Headers, Reply, Request
from ._platform import Platform

HANG_UP = "wechatpay_sandbox.hang_up"
"""ASGI extension under which the server offers to close the connection."""

HangUp: TypeAlias = Callable[[], None]


class SandboxApp:
    """The ASGI application of one platform."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._control = Control(platform).router

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise NotImplementedError(f"the sandbox speaks HTTP only, not {scope['type']}")
        if scope["path"].startswith(PREFIX):
            await self._control(scope, receive, send)
        else:
            await self._exchange(scope, receive, send)

    async def _exchange(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await _read(scope, receive)
        if request is None:
            return
        reply = self._platform.handle(request)
        if reply.delay and await _gone_within(receive, reply.delay):
            return
        if reply.delivery is Delivery.NOTHING:
            await _hang_up(scope, receive)
            return
        await send(
            {"type": "http.response.start", "status": reply.status, "headers": _lines(reply)}
        )
        if reply.delivery is Delivery.CUT:
            half = reply.body[: len(reply.body) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
            await _hang_up(scope, receive)
            return
        await send({"type": "http.response.body", "body": reply.body})


async def _read(scope: Scope, receive: Receive) -> Request | None:
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":  # the caller left in the middle of its body
            return None
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    # The raw bytes: anything decoded and encoded again would no longer match the signature.
    target = cast("bytes", scope["raw_path"]) + (
        b"?" + scope["query_string"] if scope["query_string"] else b""
    )
    lines = tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in scope["headers"])
    return Request(scope["method"], target.decode("latin-1"), Headers(lines), body, scope["scheme"])


def _lines(reply: Reply) -> list[tuple[bytes, bytes]]:
    headers = reply.headers
    if reply.status not in BODILESS:
        headers = headers.with_values({"Content-Length": str(len(reply.body))})
    return [(n.encode("latin-1"), v.encode("latin-1")) for n, v in headers.lines]


async def _gone_within(receive: Receive, seconds: float) -> bool:
    """Wait, and tell whether the caller left meanwhile."""
    with anyio.move_on_after(seconds):
        while (await receive())["type"] != "http.disconnect":
            pass
        return True
    return False


async def _hang_up(scope: Scope, receive: Receive) -> None:
    extensions = cast("dict[str, HangUp]", scope.get("extensions") or {})
    if HANG_UP not in extensions:
        # Without a socket there is no connection to close: the call itself fails.
        raise ConnectionResetError("the sandbox closed the connection")
    extensions[HANG_UP]()
    while (await receive())["type"] != "http.disconnect":
        pass
