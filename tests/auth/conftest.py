"""Throw-away keys, a fixed clock and nonce, and the HTTP libraries that the plugin serves."""

import itertools
from collections.abc import Callable, Iterator

import httpx
import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from wechatpay_auth import RSASigner, RSAVerifier, WeChatPayAuth
from wechatpay_auth.httpx2 import WeChatPayAuth as WeChatPayAuth2

from tests.auth.support import (
    KEY_ID,
    MCHID,
    MERCHANT_SERIAL,
    NOW,
    Answer,
    Library,
    Server,
    serving,
    signature_headers,
)

LIBRARIES = [
    Library("httpx", httpx, WeChatPayAuth, is_async=False),
    Library("httpx-async", httpx, WeChatPayAuth, is_async=True),
    Library("httpx2", httpx2, WeChatPayAuth2, is_async=False),
    Library("httpx2-async", httpx2, WeChatPayAuth2, is_async=True),
]


def new_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@pytest.fixture(scope="session")
def merchant_key() -> rsa.RSAPrivateKey:
    return new_key()


@pytest.fixture(scope="session")
def platform_key() -> rsa.RSAPrivateKey:
    return new_key()


@pytest.fixture(scope="session")
def other_key() -> rsa.RSAPrivateKey:
    """Somebody else's."""
    return new_key()


@pytest.fixture(scope="session")
def signer(merchant_key: rsa.RSAPrivateKey) -> RSASigner:
    return RSASigner(merchant_key, serial_no=MERCHANT_SERIAL)


@pytest.fixture(scope="session")
def verifier(platform_key: rsa.RSAPrivateKey) -> RSAVerifier:
    return RSAVerifier.from_public_key(KEY_ID, platform_key.public_key())


@pytest.fixture(params=LIBRARIES, ids=lambda library: library.name)
def library(request: pytest.FixtureRequest) -> Library:
    """Each HTTP library, blocking and async."""
    chosen: Library = request.param
    return chosen


@pytest.fixture
def nonces() -> Callable[[], str]:
    """Gives NONCE0, NONCE1 and so on."""
    count = itertools.count()
    return lambda: f"NONCE{next(count)}"


@pytest.fixture
def auth(
    library: Library, signer: RSASigner, verifier: RSAVerifier, nonces: Callable[[], str]
) -> object:
    return library.auth(MCHID, signer=signer, verifier=verifier, clock=lambda: NOW, nonce=nonces)


@pytest.fixture
def server(platform_key: rsa.RSAPrivateKey) -> Iterator[Server]:
    """Answers every request with a signed `{"ok":true}`."""
    body = b'{"ok":true}'
    with serving(lambda _: Answer(200, body, signature_headers(platform_key, body))) as running:
        yield running
