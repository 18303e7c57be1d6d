"""A key that lives elsewhere, in an HSM or a cloud's KMS, signs through the two protocols.

The classes here are those of auth/README.md.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Coroutine, Generator
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from wechatpay_auth import (
    SHA256_RSA2048,
    AsyncSigner,
    ConfigurationError,
    RSASigner,
    RSAVerifier,
    Signer,
    SigningError,
    WeChatPayAuth,
    build_request_message,
)

from tests.auth.support import MCHID, MERCHANT_SERIAL, NOW, Library, Server, check_request


class Vault:
    """Stands for the HSM: it signs, and never hands out the key."""

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        self._key = key
        self.signed: list[bytes] = []

    def rsa_pkcs1_sha256(self, message: bytes) -> bytes:
        self.signed.append(message)
        return self._key.sign(message, padding.PKCS1v15(), hashes.SHA256())


class VaultSigner:
    algorithm = SHA256_RSA2048

    def __init__(self, vault: Vault, serial_no: str) -> None:
        self.serial_no = serial_no
        self._vault = vault

    def sign(self, message: bytes) -> bytes:
        return self._vault.rsa_pkcs1_sha256(message)


class AsyncVaultSigner:
    algorithm = SHA256_RSA2048

    def __init__(self, vault: Vault, serial_no: str) -> None:
        self.serial_no = serial_no
        self._vault = vault

    async def sign(self, message: bytes) -> bytes:
        return await asyncio.to_thread(self._vault.rsa_pkcs1_sha256, message)


class Deferring:
    """Returns something to await."""

    algorithm = SHA256_RSA2048
    serial_no = MERCHANT_SERIAL

    def __init__(self, later: Awaitable[bytes]) -> None:
        self._later = cast(Coroutine[None, None, bytes], later)

    def sign(self, message: bytes) -> Coroutine[None, None, bytes]:
        return self._later


@pytest.fixture
def vault(merchant_key: rsa.RSAPrivateKey) -> Vault:
    return Vault(merchant_key)


def test_vault_signs(
    library: Library,
    vault: Vault,
    verifier: RSAVerifier,
    server: Server,
    merchant_key: rsa.RSAPrivateKey,
) -> None:
    signer: Signer = VaultSigner(vault, MERCHANT_SERIAL)
    auth = library.auth(MCHID, signer=signer, verifier=verifier, clock=lambda: NOW)
    library.call(auth, "POST", f"{server.url}/v3/x", content=b"{}")
    fields = check_request(server.received[0], merchant_key.public_key())
    assert fields["serial"] == MERCHANT_SERIAL


def test_vault_signs_while_the_loop_goes_on(
    library: Library,
    vault: Vault,
    verifier: RSAVerifier,
    server: Server,
    merchant_key: rsa.RSAPrivateKey,
) -> None:
    signer: AsyncSigner = AsyncVaultSigner(vault, MERCHANT_SERIAL)
    auth = library.auth(MCHID, signer=signer, verifier=verifier, clock=lambda: NOW)
    if library.is_async:
        library.call(auth, "POST", f"{server.url}/v3/x", content=b"{}")
        check_request(server.received[0], merchant_key.public_key())
        return
    with pytest.raises(ConfigurationError, match="async, which needs an async client"):
        library.call(auth, "POST", f"{server.url}/v3/x", content=b"{}")
    assert server.received == []


def test_a_blocking_client_refuses_whatever_would_have_to_be_awaited(
    library: Library, verifier: RSAVerifier, server: Server
) -> None:
    """A future, unlike a coroutine, has no close()."""

    class Later:
        def __await__(self) -> Generator[None, None, bytes]:
            yield
            return b"signature"

    signer = Deferring(Later())
    auth = library.auth(MCHID, signer=signer, verifier=verifier, clock=lambda: NOW)
    if library.is_async:
        library.call(auth, "GET", f"{server.url}/v3/x")
        assert 'signature="c2lnbmF0dXJl"' in server.received[0].headers["authorization"]
        return
    with pytest.raises(ConfigurationError, match="async, which needs an async client"):
        library.call(auth, "GET", f"{server.url}/v3/x")
    assert server.received == []


def test_a_blocking_client_closes_the_coroutine_that_it_refuses(verifier: RSAVerifier) -> None:
    """Python warns of a coroutine that is neither awaited nor closed."""

    async def later() -> bytes:
        return b"signature"

    coroutine = later()
    signer: Any = Deferring(coroutine)
    auth = WeChatPayAuth(MCHID, signer=signer, verifier=verifier)
    with pytest.raises(ConfigurationError, match="async, which needs an async client"):
        next(auth.sync_auth_flow(httpx.Request("GET", "https://pay.example/v3/x")))
    assert inspect.getcoroutinestate(coroutine) == inspect.CORO_CLOSED


def test_algorithm_and_serial_number_are_the_signer_s(
    library: Library, vault: Vault, verifier: RSAVerifier, server: Server
) -> None:
    """The seam for SM2: the scheme is whatever the signer names."""

    class OtherFamily(VaultSigner):
        algorithm = "WECHATPAY2-SM2-WITH-SM3"

    signer = OtherFamily(vault, "ABC")
    auth = library.auth(MCHID, signer=signer, verifier=verifier, clock=lambda: NOW)
    library.call(auth, "GET", f"{server.url}/v3/x")
    authorization = server.received[0].headers["authorization"]
    assert authorization.startswith("WECHATPAY2-SM2-WITH-SM3 mchid=")
    assert authorization.endswith('serial_no="ABC"')


@pytest.mark.parametrize("field", ["algorithm", "serial_no"])
@pytest.mark.parametrize("value", ["", 'x"', "a b", "a\r\nX-Evil: 1", "é", "\x7f"])
def test_signer_cannot_break_out_of_the_header(
    library: Library, vault: Vault, verifier: RSAVerifier, server: Server, field: str, value: str
) -> None:
    signer = VaultSigner(vault, MERCHANT_SERIAL)
    auth = library.auth(MCHID, signer=signer, verifier=verifier, clock=lambda: NOW)
    setattr(signer, field, value)
    with pytest.raises(SigningError, match=f"^{field}: "):
        library.call(auth, "GET", f"{server.url}/v3/x")
    assert (server.received, vault.signed) == ([], []), "no signature may be left in a frame"


@pytest.mark.parametrize("field", ["algorithm", "serial_no"])
@pytest.mark.parametrize("value", ["", "a b", None, 0x1DDE])
def test_what_the_signer_says_of_itself_is_checked_before_the_first_call(
    library: Library, vault: Vault, verifier: RSAVerifier, field: str, value: object
) -> None:
    signer = VaultSigner(vault, MERCHANT_SERIAL)
    setattr(signer, field, value)
    with pytest.raises(ConfigurationError, match=f"^signer: VaultSigner is none; {field}: "):
        library.auth(MCHID, signer=signer, verifier=verifier)


@pytest.mark.parametrize(
    ("signer", "missing"),
    [
        ("s3cr3t", "str is none; has no algorithm"),
        (
            SimpleNamespace(algorithm="A", serial_no="5"),
            r"SimpleNamespace is none; has no sign\(\)",
        ),
        (SimpleNamespace(algorithm="A", sign=bytes), "SimpleNamespace is none; has no serial_no"),
    ],
)
def test_what_is_no_signer_is_refused_without_being_shown(
    library: Library, verifier: RSAVerifier, signer: object, missing: str
) -> None:
    with pytest.raises(ConfigurationError, match=f"^signer: {missing}$") as caught:
        library.auth(MCHID, signer=signer, verifier=verifier)
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize("value", ["", 'x"', "a b", "a\nb", "é"])
def test_nonce_cannot_move_a_boundary_of_the_message(
    library: Library, vault: Vault, verifier: RSAVerifier, server: Server, value: str
) -> None:
    signer = VaultSigner(vault, MERCHANT_SERIAL)
    auth = library.auth(
        MCHID, signer=signer, verifier=verifier, clock=lambda: NOW, nonce=lambda: value
    )
    with pytest.raises(SigningError, match="nonce"):
        library.call(auth, "GET", f"{server.url}/v3/x")
    assert server.received == []


@pytest.mark.parametrize("part", ["method", "url", "timestamp", "nonce"])
@pytest.mark.parametrize("value", ["", "a b", "a\nb", "é"])
def test_part_that_would_move_a_boundary_is_named(part: str, value: str) -> None:
    parts: dict[str, Any] = {"method": "GET", "url": "/", "timestamp": 1, "nonce": "n", "body": b""}
    changed: dict[str, Any] = {**parts, part: value}
    with pytest.raises(SigningError, match=f"^{part}: "):
        build_request_message(**changed)


def test_method_is_signed_in_upper_case() -> None:
    messages = {
        build_request_message(method=method, url="/", timestamp=1, nonce="n", body=b"")
        for method in ("get", "Get", "GET")
    }
    assert messages == {b"GET\n/\n1\nn\n\n"}


def test_error_of_the_vault_reaches_the_caller_and_nothing_is_sent(
    library: Library, vault: Vault, verifier: RSAVerifier, server: Server
) -> None:
    class Sealed(VaultSigner):
        def sign(self, message: bytes) -> bytes:
            raise PermissionError(f"refused to sign {len(message)} bytes")

    signer = Sealed(vault, MERCHANT_SERIAL)
    auth = library.auth(MCHID, signer=signer, verifier=verifier, clock=lambda: NOW)
    with pytest.raises(PermissionError, match="refused to sign"):
        library.call(auth, "GET", f"{server.url}/v3/x")
    assert server.received == []


def test_async_signer_is_awaited_only_where_it_is_one(vault: Vault) -> None:
    assert not isinstance(VaultSigner(vault, "2A").sign(b""), Awaitable)


@pytest.mark.parametrize(
    ("verifier", "found"),
    [(None, "NoneType"), ("s3cr3t", "str"), (RSAVerifier, "RSAVerifier"), (5, "int")],
)
def test_what_is_no_verifier_is_refused_without_being_shown(
    library: Library, vault: Vault, verifier: object, found: str
) -> None:
    signer = VaultSigner(vault, MERCHANT_SERIAL)
    words = rf"^verifier: expected RSAVerifier\..*, found {found}$"
    with pytest.raises(ConfigurationError, match=words) as caught:
        library.auth(MCHID, signer=signer, verifier=verifier)
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize("mchid", [1900000109, None, b"1900000109"], ids=repr)
def test_a_number_where_text_belongs_is_named(
    library: Library, vault: Vault, verifier: RSAVerifier, mchid: object
) -> None:
    """YAML and JSON give a number where nobody put quotes."""
    signer = VaultSigner(vault, MERCHANT_SERIAL)
    found = type(mchid).__name__
    with pytest.raises(ConfigurationError, match=f"^mchid: expected digits as text, found {found}"):
        library.auth(mchid, signer=signer, verifier=verifier)


def test_numbers_where_text_belongs_are_named_in_the_keys_as_well(
    merchant_key: rsa.RSAPrivateKey,
) -> None:
    serial: Any = 5
    with pytest.raises(ConfigurationError, match=r"^serial_no: expected text, found int; put"):
        RSASigner(merchant_key, serial_no=serial)
    with pytest.raises(ConfigurationError, match=r"^public_key_id: expected text, found int; put"):
        RSAVerifier.from_public_key(serial, merchant_key.public_key())
