"""An HTTP proxy that leads every tunnel to the sandbox, whatever host was asked for.

It is for clients whose host can't be changed: they keep talking to `api.mch.weixin.qq.com`, over
TLS, and reach the sandbox.
"""

from __future__ import annotations

import re
import selectors
import socket
import socketserver
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import cast

from ._server import RunningServer

_CONNECT = re.compile(rb"CONNECT \S+ HTTP/1\.[01]\r\n")
_CHUNK = 65536
_HEAD_MAX = 16384


class _Tunnel(socketserver.BaseRequestHandler):
    """One connection of a client: its CONNECT, then bytes both ways until one side ends."""

    def handle(self) -> None:
        client = cast("socket.socket", self.request)
        server = cast("_Proxy", self.server)
        head = b""
        while b"\r\n\r\n" not in head and len(head) < _HEAD_MAX:
            received = client.recv(_CHUNK)
            if not received:
                return
            head += received
        if not _CONNECT.match(head):
            client.sendall(b"HTTP/1.1 405 Only CONNECT\r\nContent-Length: 0\r\n\r\n")
            return
        server.note(head)
        with socket.create_connection(("127.0.0.1", server.target)) as sandbox:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            with suppress(OSError):  # either side may break off: the other one will notice
                _relay(client, sandbox)


class _Proxy(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int, target: int) -> None:
        super().__init__(("127.0.0.1", port), _Tunnel)
        self.target = target
        self.hosts: list[str] = []

    def note(self, head: bytes) -> None:
        """Keep which host a client asked for."""
        self.hosts.append(head.split(b" ", 2)[1].decode("latin-1"))


class RunningProxy:
    """Where the proxy can be reached, and what was asked of it."""

    def __init__(self, server: _Proxy) -> None:
        self._server = server

    @property
    def url(self) -> str:
        """The value of HTTPS_PROXY."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def hosts(self) -> tuple[str, ...]:
        """`host:port` of every tunnel, oldest first."""
        return tuple(self._server.hosts)


@contextmanager
def serve_proxy(server: RunningServer, *, port: int = 0) -> Generator[RunningProxy]:
    """Run a proxy on 127.0.0.1 while the block runs; port 0 takes a free one."""
    with _Proxy(port, server.port) as proxy:
        thread = threading.Thread(
            target=proxy.serve_forever, args=(0.05,), name="wechatpay-sandbox-proxy", daemon=True
        )
        thread.start()
        try:
            yield RunningProxy(proxy)
        finally:
            proxy.shutdown()
            thread.join()


def _relay(one: socket.socket, other: socket.socket) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(one, selectors.EVENT_READ, other)
        selector.register(other, selectors.EVENT_READ, one)
        while True:
            for key, _ in selector.select():
                received = cast("socket.socket", key.fileobj).recv(_CHUNK)
                if not received:
                    return
                cast("socket.socket", key.data).sendall(received)
