"""Clients that a user brings: proxy, TLS and HTTP/2 by the library's own arguments."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, cast

import hypercorn.asyncio
import pytest
from hypercorn.config import Config
from wechatpay_ecommerce_refund import Client, Response
from wechatpay_ecommerce_refund.client import SERVERS
from wechatpay_ecommerce_refund.models import ReturnAdvance
from wechatpay_sandbox import TLS, Platform, SandboxApp, make_tls, serve, serve_proxy

from tests.conftest import AnyAuth
from tests.end_to_end.test_success import CREATE

if TYPE_CHECKING:
    from hypercorn.typing import ASGIFramework


@pytest.fixture(scope="module")
def tls() -> TLS:
    return make_tls()


@pytest.fixture
def authority(tls: TLS) -> ssl.SSLContext:
    """What a user makes out of the file of an authority."""
    return ssl.create_default_context(cadata=tls.authority_pem)


@pytest.fixture(params=["sync", "asyncio"])
def is_async(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "asyncio")


def created(
    library: ModuleType, auth: AnyAuth, base_url: str, *, is_async: bool, **options: object
) -> tuple[Response[ReturnAdvance], list[str]]:
    """Create through a client of the library; returns also which versions of HTTP were spoken."""
    versions: list[str] = []

    def note(response: object) -> None:
        versions.append(getattr(response, "http_version", ""))

    async def anote(response: object) -> None:
        note(response)

    async def acall() -> Response[ReturnAdvance]:
        hooks = {"response": [anote]}
        async with library.AsyncClient(event_hooks=hooks, trust_env=False, **options) as http:
            return await Client(auth, base_url=base_url, async_http=http).acall(CREATE)

    if is_async:
        return asyncio.run(acall()), versions
    hooks = {"response": [note]}
    with library.Client(event_hooks=hooks, trust_env=False, **options) as http:
        return Client(auth, base_url=base_url, http=http).call(CREATE), versions


def test_an_own_tls_context(
    library: ModuleType,
    auth: AnyAuth,
    platform: Platform,
    tls: TLS,
    authority: ssl.SSLContext,
    *,
    is_async: bool,
) -> None:
    with serve(platform, tls=tls) as server:
        response, versions = created(
            library, auth, server.base_url, is_async=is_async, verify=authority
        )
    assert response.verified
    assert versions == ["HTTP/1.1"]


def test_an_own_proxy(
    library: ModuleType,
    auth: AnyAuth,
    platform: Platform,
    tls: TLS,
    authority: ssl.SSLContext,
    *,
    is_async: bool,
) -> None:
    with serve(platform, tls=tls) as server, serve_proxy(server) as proxy:
        response, _ = created(
            library, auth, SERVERS[0], is_async=is_async, verify=authority, proxy=proxy.url
        )
        assert proxy.hosts == ("api.mch.weixin.qq.com:443",)
    assert response.verified


@contextmanager
def serving_http2(platform: Platform, tls: TLS, folder: Path) -> Generator[str]:
    """The sandbox's application behind a server that speaks HTTP/2."""
    certificate, key = folder / "server.pem", folder / "server.key"
    certificate.write_text(tls.server.pem)
    key.write_text(tls.server.private_key_pem)
    config = Config()
    listener = socket.create_server(("127.0.0.1", 0))
    port: int = listener.getsockname()[1]
    config.bind = [f"fd://{listener.detach()}"]
    config.certfile, config.keyfile = str(certificate), str(key)
    config.loglevel = "ERROR"
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    # The two packages write down differently what an ASGI application is.
    app = cast("ASGIFramework", SandboxApp(platform))
    serve = hypercorn.asyncio.serve  # pyright: ignore
    serving = serve(app, config, shutdown_trigger=stop.wait)
    thread = threading.Thread(target=loop.run_until_complete, args=(serving,))
    thread.start()
    try:
        yield f"https://127.0.0.1:{port}"
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def test_http_2(
    library: ModuleType,
    auth: AnyAuth,
    platform: Platform,
    tls: TLS,
    authority: ssl.SSLContext,
    tmp_path: Path,
    *,
    is_async: bool,
) -> None:
    with serving_http2(platform, tls, tmp_path) as url:
        response, versions = created(
            library, auth, url, is_async=is_async, verify=authority, http2=True
        )
    assert response.verified
    assert versions == ["HTTP/2"]
