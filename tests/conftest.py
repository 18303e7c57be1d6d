"""Throw-away keys, a platform to talk to, and a caller: over httpx or httpx2, sync or asyncio."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Generator, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias, TypeVar

import attrs
import httpx
import httpx2
import pytest
import trustme
from wechatpay_auth import RSASigner, RSAVerifier, WeChatPayAuth
from wechatpay_auth.httpx2 import WeChatPayAuth as WeChatPayAuth2
from wechatpay_ecommerce_refund import Attempt, Call, Client, Response, Retry
from wechatpay_sandbox import Keys, Platform, RunningServer, make_keys, serve

T = TypeVar("T")
AnyAuth: TypeAlias = Any
"""An auth object of httpx or httpx2."""
AUTHS = {httpx: WeChatPayAuth, httpx2: WeChatPayAuth2}

REFUND = "50000000382019052709732678859"
SUB_MCHID = "1900000109"


@pytest.fixture
def anyio_backend() -> str:
    """Run async tests under asyncio; `tests/generated/test_client.py` says what trio gets."""
    return "asyncio"


@pytest.fixture(scope="session")
def keys() -> Keys:
    """Return keys and certificates of both sides."""
    return _keys()


@cache
def _keys() -> Keys:
    """Make them once in a process, because that is slow: `tests.mutate` forks for each mutant."""
    return make_keys()


@pytest.fixture(scope="session")
def served(keys: Keys) -> Iterator[tuple[Platform, RunningServer]]:
    """Serve a platform on a real socket, for all tests."""
    platform = Platform(keys)
    with serve(platform) as running:
        yield platform, running


@pytest.fixture
def platform(served: tuple[Platform, RunningServer]) -> Platform:
    """Return the platform in its first state."""
    served[0].reset()
    return served[0]


@pytest.fixture
def server(served: tuple[Platform, RunningServer], platform: Platform) -> RunningServer:
    """Return where the platform is served."""
    return served[1]


@pytest.fixture(params=[httpx, httpx2], ids=lambda library: library.__name__)
def library(request: pytest.FixtureRequest) -> ModuleType:
    """Return the HTTP library that everything goes over."""
    chosen: ModuleType = request.param
    return chosen


@pytest.fixture(scope="session")
def one_authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with one trusted certificate."""
    file = tmp_path_factory.mktemp("authority") / "one.pem"
    file.write_bytes(trustme.CA().cert_pem.bytes())
    return file


@pytest.fixture
def quick_clients(monkeypatch: pytest.MonkeyPatch, one_authority: Path) -> None:
    """Have each client read one certificate: to read all that are trusted takes 100 ms."""
    monkeypatch.setenv("SSL_CERT_FILE", str(one_authority))


@pytest.fixture(scope="session")
def auths(keys: Keys) -> Mapping[ModuleType, AnyAuth]:
    """Make an auth object for each library, once, because to check a private key is slow."""
    return {library: auth_for(library, keys) for library in AUTHS}


@pytest.fixture
def auth(auths: Mapping[ModuleType, AnyAuth], library: ModuleType, quick_clients: None) -> AnyAuth:
    """Return an auth plugin that knows both sides' keys."""
    return auths[library]


def auth_for(library: ModuleType, keys: Keys) -> AnyAuth:
    """Return an auth plugin of the library that knows both sides' keys."""
    return AUTHS[library](
        keys.mchid,
        signer=RSASigner.from_pem(keys.merchant.private_key_pem, serial_no=keys.merchant.serial_no),
        verifier=RSAVerifier.from_public_key(keys.public_key_id, keys.public_key_pem),
    )


def auth_with(library: ModuleType, flow: Callable[[Any], Generator[Any, Any, None]]) -> AnyAuth:
    """Return an auth object of the library that does what the flow does."""

    def auth_flow(_: object, request: object) -> Generator[Any, Any, None]:
        return flow(request)

    members: dict[str, object] = {"requires_response_body": True, "auth_flow": auth_flow}
    return type("Auth", (library.Auth,), members)()


@attrs.define
class Caller:
    """Calls through a client, sync or under asyncio, and keeps what it did."""

    auth: AnyAuth
    base_url: str
    is_async: bool
    library: Any = httpx
    backup_url: str | None = None
    retry: Retry = attrs.field(factory=lambda: Retry(jitter=lambda: 1.0))
    timeout: float = 10.0
    options: dict[str, str] = attrs.field(factory=dict[str, str])
    pauses: list[float] = attrs.field(factory=list[float])
    attempts: list[Attempt] = attrs.field(factory=list[Attempt])

    def call(self, call: Call[T]) -> Response[T]:
        """Send a call through a client of its own; pauses are noted, not waited."""
        return asyncio.run(self._acall(call)) if self.is_async else self._call(call)

    def _client(self) -> Client:
        async def note(seconds: float) -> None:
            self.pauses.append(seconds)

        language = self.options.get("language")
        return Client(
            self.auth,
            base_url=self.base_url,
            backup_url=self.backup_url,
            timeout=self.timeout,
            retries=self.retry,
            language="en" if language == "en" else None,
            on_attempt=self.attempts.append,
            sleep=self.pauses.append,
            async_sleep=note,
        )

    def _call(self, call: Call[T]) -> Response[T]:
        with self._client() as client:
            return client.call(call)

    async def _acall(self, call: Call[T]) -> Response[T]:
        async with self._client() as client:
            return await client.acall(call)


@pytest.fixture(params=["sync", "asyncio"])
def caller(
    request: pytest.FixtureRequest, auth: AnyAuth, server: RunningServer, library: ModuleType
) -> Caller:
    """Return a caller of each kind, without retries: a test sets `retry` to see them."""
    return Caller(
        auth,
        server.base_url,
        is_async=request.param == "asyncio",
        library=library,
        retry=Retry(retries=0),
    )


@pytest.fixture
def retrying(caller: Caller) -> Caller:
    """Return the same caller with the default rules of repeating, but no chance in them."""
    caller.retry = Retry(jitter=lambda: 1.0)
    return caller


@pytest.fixture
def refused_url() -> str:
    """Return the URL of a port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"
