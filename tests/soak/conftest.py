"""The broken network in front of the platform, and each way that a call can take into it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import pytest
import trustme
from wechatpay_sandbox import Keys, RunningServer

from tests.conftest import AUTHS, AnyAuth, auth_for
from tests.soak.kept import Kind
from tests.soak.proxy import FaultProxy


@pytest.fixture(scope="session")
def one_authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("authority") / "one.pem"
    file.write_bytes(trustme.CA().cert_pem.bytes())
    return file


@pytest.fixture(autouse=True)
def quick_clients(monkeypatch: pytest.MonkeyPatch, one_authority: Path) -> None:
    """Have each client read one certificate: to read all that are trusted takes 100 ms."""
    monkeypatch.setenv("SSL_CERT_FILE", str(one_authority))


@pytest.fixture(scope="session")
def auths(keys: Keys) -> Mapping[ModuleType, AnyAuth]:
    """Make an auth object for each library, once, because to check a private key is slow."""
    return {library: auth_for(library, keys) for library in AUTHS}


@pytest.fixture
def auth(auths: Mapping[ModuleType, AnyAuth], library: ModuleType) -> AnyAuth:
    return auths[library]


@pytest.fixture
def proxy(server: RunningServer) -> Iterator[FaultProxy]:
    with FaultProxy(server.port) as proxy:
        yield proxy


@pytest.fixture(params=["sync", "asyncio"])
def kind(request: pytest.FixtureRequest) -> Kind:
    chosen: Kind = request.param
    return chosen
