"""Fields are encrypted for the platform and decrypted with the merchant's key, and stay unseen."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from wechatpay_auth import (
    SHA256_RSA2048,
    ConfigurationError,
    DecryptionError,
    EncryptionError,
    Encryptor,
    PlatformCertificates,
    RSASigner,
    RSAVerifier,
    TrustedKey,
    Verifier,
    WeChatPayAuth,
)

from tests.auth.support import (
    API_V3_KEY,
    KEY_ID,
    MCHID,
    MERCHANT_SERIAL,
    NOW,
    CertificatePlatform,
    Library,
    Server,
    make_certificate,
    serving,
)
from tests.auth.test_secrets import assert_hidden, shown_by

SECRET = "6222021234567890123-张三-of-no-one"  # noqa: S105 - nobody's
OLD, NEW = f"{42:040X}", f"{43:040X}"


def oaep(hash_of: Callable[[], hashes.HashAlgorithm] = hashes.SHA1) -> padding.OAEP:
    return padding.OAEP(padding.MGF1(hash_of()), hash_of(), label=None)


def sealed(key: rsa.RSAPrivateKey, plain: bytes, **options: Any) -> str:  # noqa: ANN401
    return base64.b64encode(key.public_key().encrypt(plain, oaep(**options))).decode()


def opened(key: rsa.RSAPrivateKey, sealed: str) -> str:
    return key.decrypt(base64.b64decode(sealed, validate=True), oaep()).decode()


Make = Callable[..., Any]


@pytest.fixture
def make(signer: RSASigner, verifier: RSAVerifier) -> Make:
    """Makes an auth object, of any library; each part can be replaced."""

    def made(library: Any = WeChatPayAuth, **parts: object) -> object:  # noqa: ANN401
        given = {"signer": signer, "verifier": verifier, "clock": lambda: NOW, **parts}
        return library(MCHID, **given)

    return made


# Encryption.


@pytest.mark.parametrize("text", ["x", "张三", "x" * 214, "张" * 71, "\0\n"])
def test_what_is_encrypted_is_what_the_platform_decrypts(
    make: Make, platform_key: rsa.RSAPrivateKey, text: str
) -> None:
    encryptor = make().encryptor()
    first, second = encryptor.encrypt(text), encryptor.encrypt(text)
    assert first != second, "OAEP is random"
    assert len(first) == 344
    assert opened(platform_key, first) == opened(platform_key, second) == text
    assert encryptor.serial_no == KEY_ID


def test_empty_text_stays_empty(make: Make) -> None:
    assert make().encryptor().encrypt("") == ""
    assert make().decrypt("") == ""


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (SECRET + "x" * 180, "expected at most 214 bytes of UTF-8, found 216; shorten it"),
        (SECRET + "张" * 60, "expected at most 214 bytes of UTF-8, found 216; shorten it"),
        (SECRET + "\ud83d", "found half of a surrogate pair; decode the text"),
        (SECRET.encode(), "expected text, found bytes; give it as str"),
    ],
    ids=["long", "long in bytes", "surrogate", "bytes"],
)
def test_a_text_that_cannot_be_encrypted_is_named_and_not_shown(
    make: Make, text: str, problem: str
) -> None:
    with pytest.raises(EncryptionError, match=f"^text: {problem}") as caught:
        make().encryptor().encrypt(text)
    assert_hidden(shown_by(caught.value), SECRET, SECRET.encode())


def test_the_limit_follows_the_key() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    encryptor = Encryptor(TrustedKey("K", key.public_key()))
    assert encryptor.max_bytes == 342
    assert opened(key, encryptor.encrypt("x" * 342)) == "x" * 342
    with pytest.raises(EncryptionError, match="at most 342 bytes of UTF-8, found 343"):
        encryptor.encrypt("x" * 343)


# Whose key.


@pytest.fixture
def trusting(
    platform_key: rsa.RSAPrivateKey, other_key: rsa.RSAPrivateKey
) -> dict[str, tuple[Verifier, str]]:
    """Each kind of trust that needs no download, and the key that encrypts."""
    public = RSAVerifier.from_public_key(KEY_ID, platform_key.public_key())

    def certificate(serial: int, year: int, end: int = 2100) -> Any:  # noqa: ANN401
        start, stop = datetime(year, 1, 1, tzinfo=UTC), datetime(end, 1, 1, tzinfo=UTC)
        return make_certificate(other_key, serial=serial, start=start, end=stop)

    old, new = certificate(42, 2024), certificate(43, 2025)
    later, expired = certificate(44, 2026), certificate(45, 2024, 2025)
    certificates = RSAVerifier.from_certificates([old, later, new, expired])
    return {
        "public key": (public, KEY_ID),
        "certificates": (certificates, NEW),
        "changeover": (public | certificates, KEY_ID),
        "way back": (certificates | public, NEW),
        "downloads beside the public key": (
            PlatformCertificates(MCHID, api_v3_key=API_V3_KEY, public_keys=public),
            KEY_ID,
        ),
    }


@pytest.mark.parametrize(
    "kind",
    [
        "public key",
        "certificates",
        "changeover",
        "way back",
        "downloads beside the public key",
    ],
)
def test_the_key_is_the_one_that_requests_name_by_default(
    make: Make, trusting: dict[str, tuple[Verifier, str]], kind: str
) -> None:
    """The public key, else the newest certificate in force."""
    verifier, expected = trusting[kind]
    encryptor = make(verifier=verifier).encryptor()
    assert encryptor.serial_no == verifier.preferred_serial_no(NOW) == expected
    assert repr(encryptor) == f"Encryptor({expected})"


def test_in_certificate_mode_the_first_call_loads_the_key_and_the_cache_keeps_it(
    library: Library, make: Make, platform_key: rsa.RSAPrivateKey, tmp_path: Path
) -> None:
    def certificates() -> PlatformCertificates:
        return PlatformCertificates(MCHID, api_v3_key=API_V3_KEY, cache_dir=tmp_path)

    auth = make(library.auth, verifier=certificates())
    with pytest.raises(ConfigurationError, match="found none loaded; make any call with this auth"):
        auth.encryptor()
    with serving(CertificatePlatform(platform_key)) as server:
        library.call(auth, "GET", f"{server.url}/v3/certificates")
        for loaded in (auth, make(verifier=certificates())):
            encryptor = loaded.encryptor()
            assert encryptor.serial_no == OLD
            assert opened(platform_key, encryptor.encrypt(SECRET)) == SECRET


def test_a_request_with_encrypted_fields_names_their_key(
    library: Library, make: Make, server: Server, trusting: dict[str, tuple[Verifier, str]]
) -> None:
    auth = make(library.auth)
    other = make(verifier=trusting["certificates"][0]).encryptor()
    for encryptor in (auth.encryptor(), other):
        content = encryptor.encrypt(SECRET).encode()
        headers = {"Wechatpay-Serial": encryptor.serial_no}
        library.call(auth, "POST", f"{server.url}/v3/x", content=content, headers=headers)
        assert server.received[-1].headers["wechatpay-serial"] == encryptor.serial_no
        assert SECRET.encode() not in server.received[-1].body


def test_without_a_key_the_error_says_what_to_give(
    make: Make, platform_key: rsa.RSAPrivateKey
) -> None:
    ended = datetime(2025, 1, 2, tzinfo=UTC)
    expired = RSAVerifier.from_certificates(make_certificate(platform_key, end=ended))
    with pytest.raises(ConfigurationError, match="a key that is valid now, found none; give a new"):
        make(verifier=expired).encryptor()
    custom = SimpleNamespace(algorithm=SHA256_RSA2048, preferred_serial_no=str, verify=str)
    with pytest.raises(ConfigurationError, match=r"with preferred_key\(now\).*found SimpleName"):
        make(verifier=custom).encryptor()


# Decryption.


@pytest.mark.parametrize("text", ["x", "张三", "x" * 214])
def test_a_field_of_a_response_is_decrypted_with_the_merchants_key(
    make: Make, merchant_key: rsa.RSAPrivateKey, text: str
) -> None:
    assert make().decrypt(sealed(merchant_key, text.encode())) == text


# From the merchant's key and another one to the field of a response.
Change = Callable[[rsa.RSAPrivateKey, rsa.RSAPrivateKey], Any]
UNREADABLE: dict[str, tuple[Change, str]] = {
    "other key": (
        lambda own, other: sealed(other, SECRET.encode()),
        "found 256 bytes that do not decrypt",
    ),
    "SHA-256": (
        lambda own, other: sealed(own, SECRET.encode(), hash_of=hashes.SHA256),
        f"certificate {MERCHANT_SERIAL}, found 256 bytes that do not decrypt; use the private key",
    ),
    "PKCS1": (
        lambda own, other: base64.b64encode(
            own.public_key().encrypt(SECRET.encode(), padding.PKCS1v15())
        ).decode(),
        "found 256 bytes that do not decrypt",
    ),
    "short": (lambda own, other: "AAAA", "found 3 bytes that do not decrypt"),
    "plain number": (lambda own, other: SECRET[:16], "found 12 bytes that do not decrypt"),
    "plain text": (lambda own, other: SECRET, "expected base64, found 32 characters that are none"),
    "not UTF-8": (
        lambda own, other: sealed(own, b"\xff" + SECRET.encode()),
        "expected UTF-8 in it, found 37 bytes that are none",
    ),
    "bytes": (lambda own, other: SECRET.encode(), "expected base64 as text, found bytes"),
}


@pytest.mark.parametrize(("change", "problem"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_does_not_decrypt_is_one_error_that_shows_nothing(
    make: Make,
    merchant_key: rsa.RSAPrivateKey,
    other_key: rsa.RSAPrivateKey,
    change: Change,
    problem: str,
) -> None:
    ciphertext = change(merchant_key, other_key)
    with pytest.raises(DecryptionError, match=problem) as caught:
        make().decrypt(ciphertext)
    assert_hidden(shown_by(caught.value), SECRET, SECRET.encode())
    assert caught.value.outcome_unknown is False


# A key that lives elsewhere.


def kms(sign: Any, decrypt: Any = None) -> object:  # noqa: ANN401
    parts = {"algorithm": SHA256_RSA2048, "serial_no": MERCHANT_SERIAL, "sign": sign}
    return SimpleNamespace(**parts | ({"decrypt": decrypt} if decrypt else {}))


def test_a_signer_of_ones_own_may_decrypt(make: Make, merchant_key: rsa.RSAPrivateKey) -> None:
    def decrypt(raw: bytes) -> bytes:
        return merchant_key.decrypt(raw, oaep())

    signer = kms(bytes, decrypt)
    assert make(signer=signer).decrypt(sealed(merchant_key, SECRET.encode())) == SECRET


def test_a_signer_that_only_signs_is_told_what_to_add(make: Make) -> None:
    found = r"signer: expected one with decrypt\(\), found SimpleNamespace, which only signs; add"
    with pytest.raises(ConfigurationError, match=found):
        make(signer=kms(bytes)).decrypt("AAAA")


async def awaited(_: bytes) -> bytes:
    raise AssertionError(SECRET)


def text(_: bytes) -> str:
    return SECRET


@pytest.mark.parametrize(("decrypt", "found"), [(awaited, "coroutine"), (text, "str")])
def test_what_is_not_bytes_is_no_plain_text(
    make: Make, decrypt: Callable[[bytes], object], found: str
) -> None:
    with pytest.raises(DecryptionError, match=rf"bytes from decrypt\(\), found {found};") as caught:
        make(signer=kms(bytes, decrypt)).decrypt("AAAA")
    assert_hidden(shown_by(caught.value), SECRET, SECRET.encode())
