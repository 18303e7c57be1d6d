"""A server on a real socket, an auth object which takes part, and a caller of each kind."""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType
from typing import Any

import attrs

from tests.generator.support import Contract, Generated


@attrs.frozen
class Request:
    """A request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


Answer = tuple[int, dict[str, str], bytes | Callable[[Callable[[bytes], object]], object]]
"""Status, headers, and the body: bytes, or what writes them piece by piece."""


@attrs.define
class Server:
    """Keeps what arrived, and answers with what `answer` returns."""

    url: str
    answer: Callable[[Request], Answer]
    log: list[Request] = attrs.field(factory=list[Request])


@contextmanager
def served() -> Generator[Server]:
    """Serve on a port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, self.path, headers, self.rfile.read(length))
            server.log.append(request)
            status, more, body = server.answer(request)
            self.send_response(status)
            if isinstance(body, bytes):
                more = {"Content-Length": str(len(body)), **more}
            for name, value in more.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                if isinstance(body, bytes):
                    self.wfile.write(body)
                else:
                    body(self.wfile.write)
            except OSError:
                self.close_connection = True  # the client left in the middle of a body

        do_POST = do_GET  # noqa: N815 - the name is the one of http.server

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        server = Server(f"http://127.0.0.1:{http.server_port}", lambda _: (204, {}, b""))
        thread = threading.Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            http.shutdown()
            thread.join()


class Encryptor:
    """Stands in for the platform's key: its cipher texts can be read here."""

    def __init__(self, serial_no: str) -> None:
        self.serial_no = serial_no

    def encrypt(self, text: str) -> str:
        return base64.b64encode(f"{self.serial_no}:{text}".encode()).decode()


class Double:
    """What an auth object does, as far as the client knows; `auth` gives it a library."""

    requires_request_body = True
    key = "KEY_1"

    def __init__(self, *, verified: bool = True) -> None:
        self.verified = verified
        self.asked: list[dict[str, object]] = []

    def encryptor(self) -> Encryptor:
        return Encryptor(self.key)

    def decrypt(self, ciphertext: str) -> str:
        if not ciphertext.startswith("sealed "):
            raise ValueError("not with this key")
        return ciphertext.removeprefix("sealed ")

    def _signed(self, request: Any) -> Any:  # noqa: ANN401 - of either library
        self.asked.append(dict(request.extensions))
        return request

    def sync_auth_flow(self, request: Any) -> Generator[Any, Any, None]:  # noqa: ANN401
        response = yield self._signed(request)
        if not request.extensions.get("wechatpay_unsigned_response"):
            response.read()
        response.extensions["wechatpay_verified"] = self.verified

    async def async_auth_flow(self, request: Any) -> AsyncGenerator[Any, Any]:  # noqa: ANN401
        response = yield self._signed(request)
        if not request.extensions.get("wechatpay_unsigned_response"):
            await response.aread()
        response.extensions["wechatpay_verified"] = self.verified


def double(library: ModuleType, kind: type[Double] = Double, **settings: Any) -> Any:  # noqa: ANN401
    """Return an auth object of a library."""
    return type("Auth", (kind, library.Auth), {})(**settings)


@attrs.define
class Caller:
    """Calls through a client of a generated package, blocking or under asyncio."""

    contract: Contract
    library: ModuleType
    is_async: bool
    url: str
    auth: Any = None
    retries: int = 0
    options: dict[str, Any] = attrs.field(factory=dict[str, Any])

    def do(self, blocking: str, awaiting: str, *args: object, **more: object) -> Generated:
        """Call one of two methods of a client of its own."""
        self.auth = self.auth or double(self.library)
        module = self.contract.module("client")

        async def no_sleep(_: float) -> None:
            pass

        client = module.Client(
            self.auth,
            base_url=self.url,
            retries=self.retries,
            sleep=lambda _: None,
            async_sleep=no_sleep,
            **self.options,
        )

        async def awaited() -> Generated:
            async with client:
                return await getattr(client, awaiting)(*args, **more)

        if self.is_async:
            return asyncio.run(awaited())
        with client:
            return getattr(client, blocking)(*args, **more)

    def call(self, call: Generated) -> Generated:
        """Send a call."""
        return self.do("call", "acall", call)

    def download(self, result: object, **more: object) -> Generated:
        """Download what a result announces."""
        return self.do("download", "adownload", result, **more)
