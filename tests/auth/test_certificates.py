"""Reading a certificate download: the encryption, the form, what is refused and what is dropped."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from wechatpay_auth import CertificateDownloadError, TrustedKey
from wechatpay_auth._api_v3_key import APIv3Key
from wechatpay_auth._certificate_download import read_certificates
from wechatpay_auth._certificate_forms import load_certificates
from wechatpay_auth._key_forms import Problem

from tests.auth.support import API_V3_KEY, encrypted, entry, make_certificate

START = datetime(2025, 1, 1, tzinfo=UTC)
NOW = (START + timedelta(days=100)).timestamp()
DAY = 86400


def loaded_key(key: str | bytes = API_V3_KEY) -> APIv3Key:
    loaded = APIv3Key.load(key)
    assert not isinstance(loaded, Problem)
    return loaded


@pytest.fixture
def certificate(platform_key: rsa.RSAPrivateKey) -> x509.Certificate:
    return make_certificate(platform_key, start=START, end=START + timedelta(days=1825))


def read(*entries: object, now: float = NOW, **options: Any) -> list[TrustedKey]:  # noqa: ANN401
    return read_certificates(
        json.dumps({"data": entries}).encode(), loaded_key(), now=now, **options
    )


# The encryption.


def test_published_sample_decrypts() -> None:
    plain = loaded_key().decrypt(
        ciphertext="ulwSiIajGClcvcOYvOQ7+l+0PAbzzwI=",
        nonce="uluk4a9R25RW",
        associated_data="associatedData",
    )
    assert plain == b"message"


@pytest.mark.parametrize(
    "change",
    [
        {"ciphertext": "VlwSiIajGClcvcOYvOQ7+l+0PAbzzwI="},
        {"ciphertext": "ulwS"},
        {"ciphertext": "é"},
        {"ciphertext": ""},
        {"nonce": "vluk4a9R25RW"},
        {"nonce": ""},
        {"nonce": "x" * 200},
        {"nonce": "\ud800"},
        {"associated_data": ""},
        {"associated_data": "associatedDatb"},
    ],
)
def test_changed_sample_does_not_decrypt(change: dict[str, str]) -> None:
    sample = {
        "ciphertext": "ulwSiIajGClcvcOYvOQ7+l+0PAbzzwI=",
        "nonce": "uluk4a9R25RW",
        "associated_data": "associatedData",
    }
    assert loaded_key().decrypt(**(sample | change)) is None


def test_key_of_another_merchant_does_not_decrypt(certificate: x509.Certificate) -> None:
    with pytest.raises(CertificateDownloadError, match=r"APIv3 key .* is not the merchant's"):
        read(entry(certificate, api_v3_key="b" * 32))


@pytest.mark.parametrize("key", ["", "a" * 31, "a" * 33, b"a" * 16, "é" * 32])
def test_api_v3_key_has_32_bytes(key: str | bytes) -> None:
    problem = APIv3Key.load(key)
    length = len(key.encode() if isinstance(key, str) else key)
    assert isinstance(problem, Problem)
    assert problem.text == f"expected exactly 32 bytes, found {length}"


# What is read.


def test_certificate_is_trusted_under_its_serial_for_its_time(
    certificate: x509.Certificate, platform_key: rsa.RSAPrivateKey
) -> None:
    assert read(entry(certificate)) == [
        TrustedKey(
            serial_no=f"{42:040X}",
            key=platform_key.public_key(),
            not_before=START.timestamp(),
            not_after=(START + timedelta(days=1825)).timestamp(),
        )
    ]


def test_newest_of_several_comes_first(
    certificate: x509.Certificate, other_key: rsa.RSAPrivateKey
) -> None:
    newer = make_certificate(other_key, serial=7, start=START + timedelta(days=1))
    for entries in ([certificate, newer], [newer, certificate]):
        serials = [one.serial_no[-2:] for one in read(*map(entry, entries))]
        assert serials == ["07", "2A"]


def test_keys_may_end_in_a_space_and_times_may_be_missing(certificate: x509.Certificate) -> None:
    """As in the documentation's own sample."""
    members = entry(certificate)
    del members["effective_time"], members["expire_time"]
    assert len(read({f"{name} ": value for name, value in members.items()})) == 1


def test_serial_number_is_compared_as_a_number(certificate: x509.Certificate) -> None:
    for text in ("2a", "2A", "02A", f"{42:040x}"):
        assert len(read(entry(certificate, serial_no=text))) == 1


def test_certificates_of_another_family_are_passed_over(certificate: x509.Certificate) -> None:
    sealed = encrypted(b"") | {"algorithm": "AEAD_SM4_GCM"}
    assert len(read(entry(certificate, encrypt_certificate=sealed), entry(certificate))) == 1


def test_unknown_members_are_passed_over(certificate: x509.Certificate) -> None:
    assert len(read(entry(certificate, new=[1, {"a": None}]))) == 1


# Time.


def test_expired_certificate_is_dropped(
    certificate: x509.Certificate, other_key: rsa.RSAPrivateKey
) -> None:
    ended = make_certificate(other_key, serial=7, start=START, end=START + timedelta(days=100))
    assert [one.serial_no[-2:] for one in read(entry(certificate), entry(ended))] == ["2A"]
    with pytest.raises(CertificateDownloadError, match="no certificate that is valid now"):
        read(entry(ended))
    assert len(read(entry(ended), now=NOW - 1)) == 1


@pytest.mark.parametrize(
    "stated",
    [
        (START + timedelta(days=101)).isoformat(),
        "2025-04-12T08:00:00+08:00",
        "2025-04-12T00:00:00Z",
        "2025-04-12T00:00:00",
        " 2025-04-12T00:00:00.000Z ",
        int(NOW) + DAY,
    ],
)
def test_stated_end_holds_if_it_is_the_earlier_one(
    certificate: x509.Certificate, stated: object
) -> None:
    """A platform that replaces a certificate may end its entry before the certificate."""
    assert read(entry(certificate, expire_time=stated))[0].not_after == NOW + DAY


@pytest.mark.parametrize(
    "stated", ["2099-01-01T00:00:00Z", "soon", "", None, [], {}, 1e400, 10**400, ["2025"]]
)
def test_certificate_s_own_end_holds_otherwise(
    certificate: x509.Certificate, stated: object
) -> None:
    end = (START + timedelta(days=1825)).timestamp()
    assert read(entry(certificate, expire_time=stated))[0].not_after == end


# What is refused.


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b'"data"',
        b'{"data":{}}',
        b'{"data":[1]}',
        b'{"data":[{}]}',
        b'{"data":[{"encrypt_certificate":[]}]}',
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"data":' + b"1" * 5000 + b"}",
    ],
)
def test_response_of_another_form_is_refused(body: bytes) -> None:
    with pytest.raises(CertificateDownloadError, match="not of the documented form"):
        read_certificates(body, loaded_key(), now=NOW)


def test_empty_list_is_refused() -> None:
    with pytest.raises(CertificateDownloadError, match="no certificate that is valid now"):
        read()


@pytest.mark.parametrize("name", ["ciphertext", "nonce", "associated_data"])
def test_entry_whose_encryption_lacks_a_text_is_refused(
    certificate: x509.Certificate, name: str
) -> None:
    sealed: dict[str, object] = {**encrypted(b"x"), name: 7}
    with pytest.raises(CertificateDownloadError, match=f"no text for {name}"):
        read(entry(certificate, encrypt_certificate=sealed))


@pytest.mark.parametrize("serial", ["2B", "", "42", "x", "X2A", "0x2A", None, 42])
def test_entry_under_another_serial_number_is_refused(
    certificate: x509.Certificate, serial: object
) -> None:
    with pytest.raises(CertificateDownloadError, match="serial_no"):
        read(entry(certificate, serial_no=serial))


def test_entry_that_holds_no_usable_certificate_is_refused(
    certificate: x509.Certificate, platform_key: rsa.RSAPrivateKey
) -> None:
    curve = make_certificate(ec.generate_private_key(ec.SECP256R1()))
    for plain, words in (
        (b"hello", "not encrypted as one certificate and nothing else"),
        (curve.public_bytes(Encoding.PEM), "an entry is not usable: .*another kind"),
    ):
        with pytest.raises(CertificateDownloadError, match=words):
            read(entry(certificate, encrypt_certificate=encrypted(plain)))


def test_what_was_encrypted_for_something_else_is_no_certificate(
    certificate: x509.Certificate,
) -> None:
    """A notice's content is encrypted with the same key, and others may write into it."""
    pem = certificate.public_bytes(Encoding.PEM).decode()
    notice = json.dumps({"remark": pem}).encode()
    notices = [
        encrypted(pem.encode(), associated_data="transaction"),
        encrypted(notice, associated_data="transaction"),
        encrypted(notice),
        encrypted(pem.encode(), associated_data=""),
    ]
    for sealed in notices:
        with pytest.raises(CertificateDownloadError, match="one certificate and nothing else"):
            read(entry(certificate, encrypt_certificate=sealed))


def test_a_certificate_of_a_version_that_does_not_exist_is_refused(
    certificate: x509.Certificate,
) -> None:
    """Its parser raises what is no ValueError."""
    der = certificate.public_bytes(Encoding.DER).replace(
        bytes.fromhex("a003020102"), bytes.fromhex("a003020130"), 1
    )
    problem = load_certificates(der)
    assert isinstance(problem, Problem)
    assert problem.text == (
        "expected a certificate, found DER that is neither a key nor a certificate"
    )
    lines = base64.encodebytes(der)
    pem = b"-----BEGIN CERTIFICATE-----\n" + lines + b"-----END CERTIFICATE-----\n"
    with pytest.raises(CertificateDownloadError, match="the certificate is damaged"):
        read(entry(certificate, encrypt_certificate=encrypted(pem)))


def test_one_bad_entry_spoils_the_response(certificate: x509.Certificate) -> None:
    with pytest.raises(CertificateDownloadError):
        read(entry(certificate), entry(certificate, serial_no="7"))


# Issuers.


def test_issuers_must_have_issued_the_certificate(
    platform_key: rsa.RSAPrivateKey, other_key: rsa.RSAPrivateKey, merchant_key: rsa.RSAPrivateKey
) -> None:
    root = make_certificate(other_key, name="Root CA")
    impostor = make_certificate(merchant_key, name="Root CA")
    namesake = make_certificate(other_key, name="Other CA")
    issued = make_certificate(platform_key, issuer=("Root CA", other_key))
    accepted: Callable[..., int] = lambda *issuers: len(read(entry(issued), issuers=issuers))  # noqa: E731
    assert accepted(root) == 1
    assert accepted(impostor, root) == 1
    for issuers in (
        [impostor],
        [namesake],
        [make_certificate(ec.generate_private_key(ec.SECP256R1()), name="Root CA")],
    ):
        with pytest.raises(CertificateDownloadError, match="not issued by any"):
            accepted(*issuers)
