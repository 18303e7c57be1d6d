"""The platform on a real socket of the loopback interface, in a thread."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from ._app import HANG_UP, SandboxApp
from ._platform import Platform
from ._tls import TLS

_START_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class RunningServer:
    """Where a served platform can be reached."""

    host: str
    """Host and port, as the Host header names them."""

    scheme: str = "http"

    @property
    def base_url(self) -> str:
        return f"{self.scheme}://{self.host}"

    @property
    def port(self) -> int:
        return int(self.host.partition(":")[2])


@contextmanager
def serve(platform: Platform, *, port: int = 0, tls: TLS | None = None) -> Generator[RunningServer]:
    """Serve a platform on 127.0.0.1 while the block runs; port 0 takes a free one.

    One platform may be served on several ports at once, as the real one is on two hosts.
    """
    # asyncio switches Nagle's delay off (40 ms for each reply on a connection that is kept) only
    # where the socket names its protocol.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with listener:
        listener.bind(("127.0.0.1", port))
        server = _Server(_config(platform, tls))
        thread = threading.Thread(
            target=server.run, args=([listener],), name="wechatpay-sandbox", daemon=True
        )
        thread.start()
        try:
            if not server.ready.wait(_START_SECONDS):
                raise TimeoutError(f"the sandbox did not start within {_START_SECONDS:.0f} s")
            host = f"127.0.0.1:{listener.getsockname()[1]}"
            yield RunningServer(host, "https" if tls else "http")
        finally:
            server.should_exit = True
            thread.join()


def _config(platform: Platform, tls: TLS | None) -> uvicorn.Config:
    return uvicorn.Config(
        cast("Any", SandboxApp(platform)),
        ssl_context_factory=(lambda _config, _default: tls.context()) if tls else None,
        http=_Protocol,
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,  # the platform writes it, from its own clock
        timeout_keep_alive=8,  # what the Keep-Alive header promises
        timeout_graceful_shutdown=1,
    )


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


class _Protocol(H11Protocol):
    """HTTP/1.1 whose application may hang up, for which ASGI has no message."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        inner = cast("ASGIApp", self.app)

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope["extensions"] = {HANG_UP: transport.close}
            await inner(scope, receive, send)

        self.app = cast("Any", app)

    def shutdown(self) -> None:
        super().shutdown()
        # A reply that is being held back must not hold back the end of the server.
        self.transport.close()
