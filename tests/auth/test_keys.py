"""Keys and certificates are understood in every form they come in, and mistaken ones are named."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs12,
)
from wechatpay_auth import (
    ConfigurationError,
    InvalidSignatureError,
    PlatformCertificates,
    RSASigner,
    RSAVerifier,
    TrustedKey,
    UnknownSerialError,
)
from wechatpay_auth._key_forms import Problem, read_file

from tests.auth.support import API_V3_KEY, KEY_ID, MCHID, MERCHANT_SERIAL, NOW, make_certificate

PASSWORD = b"open sesame"
SHORT = 1024

Form = Callable[[rsa.RSAPrivateKey], Any]


def pem_of(key: rsa.RSAPrivateKey, form: PrivateFormat = PrivateFormat.PKCS8) -> str:
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()


def der_of(key: rsa.RSAPrivateKey, form: PrivateFormat = PrivateFormat.PKCS8) -> bytes:
    return key.private_bytes(Encoding.DER, form, NoEncryption())


def public_pem_of(key: rsa.RSAPrivateKey) -> str:
    encoded = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return encoded.decode()


def public_der_of(key: rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def bare(pem: str) -> str:
    return "".join(pem.splitlines()[1:-1])


def as_certificate_pem(key: rsa.RSAPrivateKey) -> str:
    return make_certificate(key).public_bytes(Encoding.PEM).decode()


TEXT_FORMS: dict[str, Callable[[str], str | bytes]] = {
    "as it is": lambda pem: pem,
    "bytes": lambda pem: pem.encode(),
    "CRLF": lambda pem: pem.replace("\n", "\r\n"),
    "CR": lambda pem: pem.replace("\n", "\r"),
    "typed line ends": lambda pem: pem.replace("\n", "\\n"),
    "typed CRLF": lambda pem: pem.replace("\n", "\\r\\n"),
    "spaces for line ends": lambda pem: pem.replace("\n", " "),
    "byte order mark": lambda pem: "\ufeff" + pem,
    "byte order mark, bytes": lambda pem: pem.encode("utf-8-sig"),
    "indented": lambda pem: "\n".join(f"    {line}  " for line in pem.splitlines()),
    "in quotes": lambda pem: f'"{pem}"',
    "one line": lambda pem: pem.replace("\n", ""),
    "text around": lambda pem: f"Bag Attributes\n  name: x\n{pem}\nend",
    "no spaces": lambda pem: "".join(pem.split()),
    "base64 of a PEM": lambda pem: base64.b64encode(pem.encode()).decode(),
    "base64 of a PEM, lines": lambda pem: base64.encodebytes(pem.encode()).decode(),
    "UTF-16": lambda pem: pem.encode("utf-16"),
    "curly quotes": lambda pem: f"“{pem}”",
    "typed twice": lambda pem: pem.replace("\n", "\\\\n"),
    "base64 alone": bare,
    "base64 alone, bytes": lambda pem: bare(pem).encode(),
    "base64 alone, lines": lambda pem: "\n".join(pem.splitlines()[1:-1]) + "\n",
}

text_forms = pytest.mark.parametrize("form", TEXT_FORMS.values(), ids=TEXT_FORMS.keys())


def assert_signs_with(signer: RSASigner, key: rsa.RSAPrivateKey) -> None:
    key.public_key().verify(signer.sign(b"m"), b"m", padding.PKCS1v15(), hashes.SHA256())


def assert_trusts(verifier: RSAVerifier, key: rsa.RSAPrivateKey, serial_no: str = KEY_ID) -> None:
    signature = key.sign(b"m", padding.PKCS1v15(), hashes.SHA256())
    verifier.verify(
        b"m", serial_no=serial_no, signature=signature, now=datetime.now(UTC).timestamp()
    )


# Private keys.


@text_forms
@pytest.mark.parametrize("encoding", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_private_key_text_is_understood(
    merchant_key: rsa.RSAPrivateKey, form: Callable[[str], str | bytes], encoding: PrivateFormat
) -> None:
    source = form(pem_of(merchant_key, encoding))
    assert_signs_with(RSASigner.from_pem(source, serial_no=MERCHANT_SERIAL), merchant_key)


@pytest.mark.parametrize("encoding", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_private_key_in_der_is_understood(
    merchant_key: rsa.RSAPrivateKey, encoding: PrivateFormat
) -> None:
    source = der_of(merchant_key, encoding)
    assert_signs_with(RSASigner.from_pem(source, serial_no=MERCHANT_SERIAL), merchant_key)


def test_private_key_is_read_from_a_path(merchant_key: rsa.RSAPrivateKey, tmp_path: Path) -> None:
    path = tmp_path / "apiclient_key.pem"
    path.write_text(pem_of(merchant_key))
    for source in (path, str(path), f" {path}\n"):
        assert_signs_with(RSASigner.from_pem(source, serial_no=MERCHANT_SERIAL), merchant_key)
    path.write_bytes(der_of(merchant_key))
    assert_signs_with(RSASigner.from_pem(path, serial_no=MERCHANT_SERIAL), merchant_key)


def test_loaded_private_key_is_taken(merchant_key: rsa.RSAPrivateKey) -> None:
    assert_signs_with(RSASigner.from_pem(merchant_key, serial_no=MERCHANT_SERIAL), merchant_key)


def test_encrypted_private_key_needs_its_password(merchant_key: rsa.RSAPrivateKey) -> None:
    encryption = BestAvailableEncryption(PASSWORD)
    pem = merchant_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    der = merchant_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, encryption)
    for source in (pem, der):
        signer = RSASigner.from_pem(source, serial_no=MERCHANT_SERIAL, password=PASSWORD)
        assert_signs_with(signer, merchant_key)
        with pytest.raises(
            ConfigurationError, match="is encrypted; give its password in WECHATPAY"
        ):
            RSASigner.from_pem(source, serial_no=MERCHANT_SERIAL)
        with pytest.raises(ConfigurationError, match="password is wrong"):
            RSASigner.from_pem(source, serial_no=MERCHANT_SERIAL, password=b"x")
    with pytest.raises(ConfigurationError, match="is not encrypted"):
        RSASigner.from_pem(pem_of(merchant_key), serial_no=MERCHANT_SERIAL, password=b"x")


def other_private_keys() -> dict[str, bytes]:
    pem, pkcs8, plain = Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    return {
        "EC": ec.generate_private_key(ec.SECP256R1()).private_bytes(pem, pkcs8, plain),
        "Ed": ed25519.Ed25519PrivateKey.generate().private_bytes(pem, pkcs8, plain),
    }


@pytest.mark.parametrize("pem", other_private_keys().values(), ids=other_private_keys().keys())
def test_private_key_of_another_kind_is_named(pem: bytes) -> None:
    with pytest.raises(ConfigurationError, match="found a private key of another kind"):
        RSASigner.from_pem(pem, serial_no=MERCHANT_SERIAL)


def test_short_keys_are_refused() -> None:
    short = rsa.generate_private_key(public_exponent=65537, key_size=SHORT)
    for source in (short, pem_of(short)):
        with pytest.raises(ConfigurationError, match="1024 bits, at least 2048"):
            RSASigner.from_pem(source, serial_no=MERCHANT_SERIAL)
    with pytest.raises(ConfigurationError, match=r"^private key: .* 1024 bits"):
        RSASigner(short, serial_no=MERCHANT_SERIAL)
    for public in (short.public_key(), public_pem_of(short)):
        with pytest.raises(ConfigurationError, match="1024 bits"):
            RSAVerifier.from_public_key(KEY_ID, public)
    with pytest.raises(ConfigurationError, match="1024 bits"):
        RSAVerifier.from_certificates(as_certificate_pem(short))


NOT_PRIVATE_KEYS: list[tuple[Form, str]] = [
    (public_pem_of, "expected an RSA private key, found a public key"),
    (public_der_of, "expected an RSA private key, found a public key"),
    (as_certificate_pem, "expected an RSA private key, found a certificate"),
    (lambda key: bare(as_certificate_pem(key)), "found a certificate"),
    (
        lambda key: public_pem_of(key) + as_certificate_pem(key),
        "a public key and a certificate",
    ),
    (lambda key: pem_of(key)[:900], "found PEM that is cut off"),
    (lambda key: pem_of(key).replace("MII", "*II", 1), "PEM whose base64 is damaged"),
    (lambda key: pem_of(key).replace("MII", "AII", 1), "the private key is damaged"),
    (
        lambda key: pem_of(key).replace("\n", "\nProc-Type: 4,ENCRYPTED\n", 1),
        "encrypted in the old form",
    ),
    (lambda _: "-----BEGIN DSA X-----\nAAAA\n-----END DSA X-----", "found something else"),
    (lambda _: "", "found nothing"),
    (lambda _: b"", "found nothing"),
    (lambda _: " \r\n", "found nothing"),
    (lambda _: b"\xff\xfa", "found bytes that are neither PEM nor DER"),
    (lambda _: b"\xff\xfe", "found nothing"),
    (lambda _: b"hello, world", "found text that is not PEM"),
    (lambda _: b"0\x03\x02\x01\x00", "found DER that is neither a key nor a certificate"),
]


@pytest.mark.parametrize(("form", "found"), NOT_PRIVATE_KEYS)
def test_what_is_not_a_private_key_is_named(
    merchant_key: rsa.RSAPrivateKey,
    form: Form,
    found: str,
) -> None:
    with pytest.raises(ConfigurationError, match=found) as caught:
        RSASigner.from_pem(form(merchant_key), serial_no=MERCHANT_SERIAL)
    assert str(caught.value).startswith("private key: ")


FOREIGN: list[tuple[bytes, str]] = [
    (b"ssh-rsa AAAA shop@host", "an SSH key"),
    (b"PuTTY-User-Key-File-3: ssh-rsa", "a PuTTY key"),
    (b'{"kty":"RSA"}', "JSON"),
    (b"<RSAKeyValue/>", "XML or HTML"),
    (b"\xfe\xed\xfe\xed\0\0\0\2", "a Java key store"),
    (b"PK\x03\x04\0", "a ZIP archive"),
    (b"\x1f\x8b\x08\0", "a gzip archive"),
    (b"%PDF-1.7\n", "a PDF"),
    (bytes.fromhex("300d06092a864886f70d010702a000"), "a PKCS#7 bundle"),
    (b"----BEGIN PRIVATE KEY----\nAAAA\n----END PRIVATE KEY----", "PEM without the five hyphens"),
    (b"AAAA\n-----END PRIVATE KEY-----\n", "PEM that is cut off, its BEGIN line is missing"),
    (b"-----BEGIN PRIVATE KEY-----", "PEM that is cut off after its first line"),
    (b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----", "OpenSSH"),
    (b"-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----", "a PKCS#7 bundle"),
]


@pytest.mark.parametrize(("content", "name"), FOREIGN)
def test_another_format_is_named(content: bytes, name: str, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    for source in (content, path):
        with pytest.raises(
            ConfigurationError, match=f"expected an RSA private key, found .*{name}"
        ):
            RSASigner.from_pem(source, serial_no=MERCHANT_SERIAL)


def test_pkcs12_where_a_pem_belongs_is_named(merchant_key: rsa.RSAPrivateKey) -> None:
    content = pkcs12_of(merchant_key, make_certificate(merchant_key))
    for source in (content, base64.b64encode(content).decode()):
        with pytest.raises(ConfigurationError, match=r"a PKCS#12 file .* use RSASigner\.from_p"):
            RSASigner.from_pem(source, serial_no=MERCHANT_SERIAL)


def test_certificate_request_in_der_is_named(merchant_key: rsa.RSAPrivateKey) -> None:
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    request = builder.sign(merchant_key, hashes.SHA256()).public_bytes(Encoding.DER)
    with pytest.raises(ConfigurationError, match="found a certificate request"):
        RSASigner.from_pem(request, serial_no=MERCHANT_SERIAL)


@pytest.mark.parametrize("password", [PASSWORD, PASSWORD.decode()])
def test_key_encrypted_in_the_old_form_is_read(
    merchant_key: rsa.RSAPrivateKey, password: bytes | str
) -> None:
    encryption = BestAvailableEncryption(PASSWORD)
    pem = merchant_key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, encryption)
    for source in (pem, pem.replace(b"\n", b" ")):
        signer = RSASigner.from_pem(source, serial_no=MERCHANT_SERIAL, password=password)
        assert_signs_with(signer, merchant_key)


def test_password_of_another_type_is_named(merchant_key: rsa.RSAPrivateKey) -> None:
    wrong: Any = 5
    with pytest.raises(ConfigurationError, match=r"^private key: its password .* found int"):
        RSASigner.from_pem(pem_of(merchant_key), serial_no="2A", password=wrong)
    with pytest.raises(ConfigurationError, match=r"^PKCS#12: its password .* found int"):
        RSASigner.from_pkcs12(b"", wrong)
    with pytest.raises(ConfigurationError, match=r"^PKCS#12: expected a path or bytes"):
        RSASigner.from_pkcs12(wrong, "x")


def test_path_is_read_as_people_have_it(
    merchant_key: rsa.RSAPrivateKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "key.pem"
    path.write_text(pem_of(merchant_key))
    monkeypatch.setenv("HOME", str(tmp_path))
    for source in (f'"{path}"', f"file://{path}", "~/key.pem", Path("~/key.pem")):
        assert_signs_with(RSASigner.from_pem(source, serial_no=MERCHANT_SERIAL), merchant_key)


def test_missing_folder_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "mount"
    with pytest.raises(ConfigurationError, match=f"mount the folder {folder}, which is missing"):
        RSASigner.from_pem(folder / "key.pem", serial_no=MERCHANT_SERIAL)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        RSASigner.from_pem("~nobody-of-that-name/key.pem", serial_no=MERCHANT_SERIAL)


def test_certificate_of_the_key_is_found_in_a_chain(
    merchant_key: rsa.RSAPrivateKey, other_key: rsa.RSAPrivateKey
) -> None:
    authorities = (other_key, ec.generate_private_key(ec.SECP256R1()))
    own = make_certificate(merchant_key, serial=43).public_bytes(Encoding.PEM)
    for authority in authorities:
        first = make_certificate(authority, serial=42).public_bytes(Encoding.PEM)
        signer = RSASigner.from_pem(pem_of(merchant_key), certificate=first + own)
        assert signer.serial_no == f"{43:040X}"


def test_missing_file_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"no file certs/apiclient_key\.pem; give an abs"):
        RSASigner.from_pem("certs/apiclient_key.pem", serial_no=MERCHANT_SERIAL)
    with pytest.raises(ConfigurationError, match=r"no file /etc/apiclient_key; correct the name"):
        RSASigner.from_pem(Path("/etc/apiclient_key"), serial_no=MERCHANT_SERIAL)


def test_secret_taken_for_a_path_is_not_repeated(merchant_key: rsa.RSAPrivateKey) -> None:
    """An APIv3 key, or a piece of a private key, pasted into the wrong place."""
    for secret in ("a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb", bare(pem_of(merchant_key))[4:200], "x\0y"):
        with pytest.raises(ConfigurationError, match="of that name") as caught:
            RSASigner.from_pem(secret, serial_no=MERCHANT_SERIAL)
        assert secret not in str(caught.value)


def test_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.touch()

    class Unreadable(type(path)):  # type: ignore[misc]
        def read_bytes(self) -> bytes:
            raise PermissionError

    loaded = read_file(Unreadable(path))
    assert isinstance(loaded, Problem)
    assert loaded.text == f"the file {path} cannot be read: permission denied"


def test_certificate_of_a_key_nobody_knows_is_named(platform_key: rsa.RSAPrivateKey) -> None:
    der = make_certificate(platform_key).public_bytes(Encoding.DER)
    rsa_encryption = bytes.fromhex("06092a864886f70d010101")
    unknown = der.replace(rsa_encryption, bytes.fromhex("06092a864886f70d010163"))
    assert unknown != der
    with pytest.raises(ConfigurationError, match="key is damaged or of an unknown kind"):
        RSAVerifier.from_certificates(unknown)


def test_file_with_something_else_is_named(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_text("hello")
    with pytest.raises(ConfigurationError, match=r"text that is not PEM in the file .*key\.pem"):
        RSASigner.from_pem(path, serial_no=MERCHANT_SERIAL)
    path.write_bytes(bytes(1_000_001))
    with pytest.raises(ConfigurationError, match="far too large"):
        RSASigner.from_pem(path, serial_no=MERCHANT_SERIAL)
    with pytest.raises(ConfigurationError, match=f"found a folder, {tmp_path}; give the path"):
        RSASigner.from_pem(tmp_path, serial_no=MERCHANT_SERIAL)


# Serial numbers.


@pytest.mark.parametrize(
    "text",
    [
        MERCHANT_SERIAL,
        MERCHANT_SERIAL.lower(),
        f" {MERCHANT_SERIAL}\n",
        ":".join(MERCHANT_SERIAL[i : i + 2] for i in range(0, 40, 2)),
        " ".join(MERCHANT_SERIAL[i : i + 2] for i in range(0, 40, 2)),
        f"serial={MERCHANT_SERIAL}\n",
        f"Serial Number: {MERCHANT_SERIAL.lower()}",
        f"0x{MERCHANT_SERIAL}",
        f'"{MERCHANT_SERIAL}"',
    ],
)
def test_serial_number_is_sent_as_the_platform_prints_it(
    merchant_key: rsa.RSAPrivateKey, text: str
) -> None:
    assert RSASigner(merchant_key, serial_no=text).serial_no == MERCHANT_SERIAL


@pytest.mark.parametrize("text", ["", "x", "A" * 41, "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb"])
def test_serial_number_that_is_none_is_not_repeated(
    merchant_key: rsa.RSAPrivateKey, text: str
) -> None:
    with pytest.raises(ConfigurationError, match=f"serial_no: .* found {len(text)} char") as caught:
        RSASigner(merchant_key, serial_no=text)
    assert len(text) < 2 or text not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (str(2**159), "48 digits, as of the number in decimal; `openssl x509"),
        ("/run/secrets/serial", "found a path, /run/secrets/serial"),
        ("-----BEGIN CERTIFICATE-----", "found a PEM"),
        (5, "expected text, found int; put quotes around it"),
    ],
)
def test_what_stands_in_place_of_a_serial_number_is_named(
    merchant_key: rsa.RSAPrivateKey,
    text: Any,  # noqa: ANN401
    words: str,
) -> None:
    with pytest.raises(ConfigurationError, match=f"^serial_no: .*{words}"):
        RSASigner(merchant_key, serial_no=text)


def test_id_of_the_platform_s_key_is_not_the_merchant_s_serial(
    merchant_key: rsa.RSAPrivateKey,
) -> None:
    with pytest.raises(
        ConfigurationError, match="WeChat Pay's public key, which is for verifying; "
    ):
        RSASigner(merchant_key, serial_no=KEY_ID)


# Merchant certificates.


def test_wrong_settings_of_a_signer_are_named(merchant_key: rsa.RSAPrivateKey) -> None:
    with pytest.raises(ConfigurationError, match=r"^serial_no: expected"):
        RSASigner.from_pem(merchant_key, serial_no="x")
    with pytest.raises(ConfigurationError, match=r"^certificate: expected a certificate"):
        RSASigner.from_pem(merchant_key, certificate="none.pem")
    with pytest.raises(ConfigurationError, match=r"^certificate: .* of an RSA key"):
        TrustedKey.from_certificate(make_certificate(ec.generate_private_key(ec.SECP256R1())))


def test_serial_number_and_merchant_are_read_from_the_certificate(
    merchant_key: rsa.RSAPrivateKey, tmp_path: Path
) -> None:
    certificate = make_certificate(merchant_key, serial=0x0ABC, name=MCHID)
    path = tmp_path / "apiclient_cert.pem"
    path.write_bytes(certificate.public_bytes(Encoding.PEM))
    for source in (certificate, path, path.read_text()):
        signer = RSASigner.from_pem(merchant_key, certificate=source)
        assert signer.serial_no == "0" * 37 + "ABC"
        assert signer.mchid == MCHID
    assert RSASigner.from_pem(merchant_key, serial_no="abc", certificate=certificate)


def test_certificate_that_names_no_merchant_names_none(merchant_key: rsa.RSAPrivateKey) -> None:
    for name in ("Some Company", "１９００"):
        certificate = make_certificate(merchant_key, name=name)
        assert RSASigner.from_pem(merchant_key, certificate=certificate).mchid is None


def test_certificate_whose_subject_is_damaged_names_no_merchant(
    merchant_key: rsa.RSAPrivateKey,
) -> None:
    """It is read only when it is asked for, so the certificate itself loads."""
    der = make_certificate(merchant_key, name=MCHID).public_bytes(Encoding.DER)
    name = b"\x0c\x0a" + MCHID.encode()
    damaged = der.replace(name, b"\x05" + name[1:])
    assert RSASigner.from_pem(merchant_key, certificate=damaged).mchid is None


def test_key_and_certificate_must_belong_together(
    merchant_key: rsa.RSAPrivateKey, other_key: rsa.RSAPrivateKey
) -> None:
    with pytest.raises(ConfigurationError, match=r"does not belong to the certificate 0{38}2A"):
        RSASigner.from_pem(merchant_key, certificate=make_certificate(other_key, serial=42))


def test_serial_number_and_certificate_must_belong_together(
    merchant_key: rsa.RSAPrivateKey,
) -> None:
    certificate = make_certificate(merchant_key, serial=42)
    with pytest.raises(ConfigurationError, match=r"certificate's, which is 0{38}2A"):
        RSASigner.from_pem(merchant_key, serial_no="2B", certificate=certificate)


def test_signer_needs_a_serial_number_from_somewhere(merchant_key: rsa.RSAPrivateKey) -> None:
    with pytest.raises(ConfigurationError, match="serial_no: give it, or the certificate"):
        RSASigner.from_pem(merchant_key)


# PKCS#12.


def pkcs12_of(
    key: pkcs12.PKCS12PrivateKeyTypes | None, certificate: x509.Certificate | None
) -> bytes:
    encryption = BestAvailableEncryption(PASSWORD)
    return pkcs12.serialize_key_and_certificates(b"x", key, certificate, None, encryption)


def test_pkcs12_brings_key_serial_number_and_merchant(
    merchant_key: rsa.RSAPrivateKey, tmp_path: Path
) -> None:
    content = pkcs12_of(merchant_key, make_certificate(merchant_key, serial=42, name=MCHID))
    path = tmp_path / "apiclient_cert.p12"
    path.write_bytes(content)
    for source in (content, path, str(path)):
        signer = RSASigner.from_pkcs12(source, PASSWORD)
        assert (signer.serial_no, signer.mchid) == (f"{42:040X}", MCHID)
        assert_signs_with(signer, merchant_key)
    assert RSASigner.from_pkcs12(content, PASSWORD.decode()).mchid == MCHID


def test_pkcs12_that_will_not_do_is_named(merchant_key: rsa.RSAPrivateKey, tmp_path: Path) -> None:
    short = rsa.generate_private_key(public_exponent=65537, key_size=SHORT)
    curve = ec.generate_private_key(ec.SECP256R1())
    certificate = make_certificate(merchant_key)
    whole = pkcs12_of(merchant_key, certificate)
    cases: list[tuple[bytes | Path, bytes, str]] = [
        (whole, b"x", "the password is wrong"),
        (b"hello", PASSWORD, "not a PKCS#12 file"),
        (tmp_path / "none.p12", PASSWORD, "cannot be read"),
        (pkcs12_of(None, certificate), PASSWORD, "lacks the private key"),
        (pkcs12_of(merchant_key, None), PASSWORD, "lacks the private key or its certificate"),
        (pkcs12_of(curve, make_certificate(curve)), PASSWORD, "found one of another kind"),
        (pkcs12_of(short, make_certificate(short)), PASSWORD, "1024 bits"),
    ]
    for source, password, words in cases:
        with pytest.raises(ConfigurationError, match=words) as caught:
            RSASigner.from_pkcs12(source, password)
        assert str(caught.value).startswith("PKCS#12: ")


# Public keys.


@text_forms
def test_public_key_text_is_understood(
    platform_key: rsa.RSAPrivateKey, form: Callable[[str], str | bytes]
) -> None:
    source = form(public_pem_of(platform_key))
    assert_trusts(RSAVerifier.from_public_key(KEY_ID, source), platform_key)


def test_public_key_in_pkcs1_and_der_is_understood(platform_key: rsa.RSAPrivateKey) -> None:
    public = platform_key.public_key()
    sources = [
        public.public_bytes(Encoding.PEM, PublicFormat.PKCS1),
        public.public_bytes(Encoding.DER, PublicFormat.PKCS1),
        public_der_of(platform_key),
    ]
    for source in sources:
        assert_trusts(RSAVerifier.from_public_key(KEY_ID, source), platform_key)


NOT_PUBLIC_KEYS: list[tuple[Form, str]] = [
    (pem_of, "expected an RSA public key, found a private key"),
    (der_of, "expected an RSA public key, found a private key"),
    (as_certificate_pem, "expected an RSA public key, found a certificate"),
    (lambda key: public_pem_of(key).replace("M", "A", 1), "the public key is damaged"),
    (lambda _: "", "found nothing"),
    (
        lambda _: (
            ec.generate_private_key(ec.SECP256R1())
            .public_key()
            .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        ),
        "found a public key of another kind",
    ),
]


@pytest.mark.parametrize(("form", "found"), NOT_PUBLIC_KEYS)
def test_what_is_not_a_public_key_is_named(
    platform_key: rsa.RSAPrivateKey,
    form: Form,
    found: str,
) -> None:
    with pytest.raises(ConfigurationError, match=found) as caught:
        RSAVerifier.from_public_key(KEY_ID, form(platform_key))
    assert str(caught.value).startswith("public key: ")


@pytest.mark.parametrize("key_id", ["", "a b", "x" * 129, "é", "a\nb"])
def test_key_id_that_cannot_be_one_is_refused(platform_key: rsa.RSAPrivateKey, key_id: str) -> None:
    with pytest.raises(ConfigurationError, match=f"public_key_id: .* found {len(key_id)} char"):
        RSAVerifier.from_public_key(key_id, platform_key.public_key())


@pytest.mark.parametrize(
    "text", [f'"{KEY_ID}"', f" {KEY_ID}\n", KEY_ID.lower(), f"'{KEY_ID}'", f"\ufeff{KEY_ID}"]
)
def test_key_id_is_read_as_people_have_it(platform_key: rsa.RSAPrivateKey, text: str) -> None:
    assert_trusts(RSAVerifier.from_public_key(text, platform_key.public_key()), platform_key)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (KEY_ID.removeprefix("PUB_KEY_ID_"), "found the digits alone; put PUB_KEY_ID_ in front"),
        ("/run/secrets/key_id", "found a path; give the id itself"),
        (KEY_ID.replace("_", "-"), "found the same with another beginning"),
        (KEY_ID.removeprefix("PUB_"), "found the same with another beginning"),
        (f"WECHATPAY_PUBLIC_KEY_ID={KEY_ID}", "found the same with another beginning"),
        (5, "expected text, found int"),
    ],
)
def test_key_id_that_is_a_slip_is_named(
    platform_key: rsa.RSAPrivateKey,
    text: Any,  # noqa: ANN401
    words: str,
) -> None:
    with pytest.raises(ConfigurationError, match=f"^public_key_id: .*{words}"):
        RSAVerifier.from_public_key(text, platform_key.public_key())


def test_key_id_is_opaque(platform_key: rsa.RSAPrivateKey) -> None:
    for key_id in ("PUB_KEY_ID_1", "anything-else", "x" * 128):
        verifier = RSAVerifier.from_public_key(key_id, platform_key.public_key())
        assert_trusts(verifier, platform_key, key_id)
        assert verifier.preferred_serial_no(0) == key_id


# Platform certificates, and both kinds side by side.


@pytest.mark.parametrize("given", [None, 5])
def test_what_cannot_be_certificates_is_refused(given: Any) -> None:  # noqa: ANN401
    found = type(given).__name__
    with pytest.raises(ConfigurationError, match=f"^certificate: expected .*, found {found}$"):
        RSAVerifier.from_certificates(given)
    with pytest.raises(ConfigurationError, match=f"^certificate: expected .*, found {found}$"):
        PlatformCertificates(MCHID, api_v3_key=API_V3_KEY, issuers=given)


START = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("trusted", "serial_no", "advice"),
    [
        ("public key", "PUB_KEY_ID_1", ": WeChat Pay signs with another public key"),
        ("both", "PUB_KEY_ID_1", ": WeChat Pay signs with another public key"),
        ("certificate", "PUB_KEY_ID_1", ": certificate mode is set here, .*; set WECHATPAY_PUBLIC"),
        ("nothing", "PUB_KEY_ID_1", ": certificate mode is set here"),
        ("public key", "5F", ": public key mode is set here, .*; set WECHATPAY_API_V3_KEY beside"),
        ("certificate", "5F", ": WeChat Pay signs with another platform certificate"),
        ("both", "5F", ": WeChat Pay signs with another platform certificate"),
        ("nothing", "5F", "$"),
        ("public key", "no serial", "$"),
    ],
)
def test_unknown_serial_says_if_the_other_mode_is_the_right_one(
    platform_key: rsa.RSAPrivateKey, trusted: str, serial_no: str, advice: str
) -> None:
    public_key = RSAVerifier.from_public_key(KEY_ID, platform_key.public_key())
    certificate = RSAVerifier.from_certificates(make_certificate(platform_key))
    verifier = {
        "public key": public_key,
        "certificate": certificate,
        "both": public_key | certificate,
        "nothing": RSAVerifier([]),
    }[trusted]
    with pytest.raises(UnknownSerialError, match=f"^no trusted key has its serial number{advice}"):
        verifier.verify(b"", serial_no=serial_no, signature=b"", now=NOW)


def test_certificate_is_found_by_its_serial_as_a_number(platform_key: rsa.RSAPrivateKey) -> None:
    certificate = make_certificate(platform_key, serial=0x0ABCDEF)
    verifier = RSAVerifier.from_certificates(certificate)
    for text in ("ABCDEF", "abcdef", "0abCDef", "ABCDEF".rjust(40, "0")):
        assert_trusts(verifier, platform_key, text)
    for text in ("0xABCDEF", "ABCDEE", "-ABCDEF", "AB_CDEF", " ABCDEF", "", "ABCDEF" + "0" * 5000):
        with pytest.raises(UnknownSerialError):
            assert_trusts(verifier, platform_key, text)


def test_several_certificates_are_trusted_and_the_newest_is_preferred(
    platform_key: rsa.RSAPrivateKey, other_key: rsa.RSAPrivateKey
) -> None:
    old = make_certificate(platform_key, serial=1, start=START, end=START + timedelta(days=1825))
    new = make_certificate(other_key, serial=2, start=START + timedelta(days=300))
    bundle = old.public_bytes(Encoding.PEM) + new.public_bytes(Encoding.PEM)
    for verifier in (
        RSAVerifier.from_certificates([old, new]),
        RSAVerifier.from_certificates(bundle),
    ):
        assert_trusts(verifier, platform_key, "1")
        assert_trusts(verifier, other_key, "2")
        with pytest.raises(InvalidSignatureError):
            assert_trusts(verifier, platform_key, "2")
        day_299 = (START + timedelta(days=299)).timestamp()
        assert verifier.preferred_serial_no(day_299) == f"{1:040X}"
        assert verifier.preferred_serial_no(day_299 + 86400) == f"{2:040X}"


def test_expired_certificate_is_trusted_no_more(platform_key: rsa.RSAPrivateKey) -> None:
    end = START + timedelta(days=1)
    verifier = RSAVerifier.from_certificates(make_certificate(platform_key, start=START, end=end))
    signature = platform_key.sign(b"m", padding.PKCS1v15(), hashes.SHA256())
    last = end.timestamp() - 1
    verifier.verify(b"m", serial_no="2A", signature=signature, now=last)
    assert verifier.preferred_serial_no(last) is not None
    assert verifier.knows("2A", last)
    assert not verifier.knows("2A", last + 1)
    with pytest.raises(UnknownSerialError, match="has expired"):
        verifier.verify(b"m", serial_no="2A", signature=signature, now=last + 1)
    assert verifier.preferred_serial_no(last + 1) is None


NOT_CERTIFICATES: list[tuple[Form, str]] = [
    (pem_of, "expected a certificate, found a private key"),
    (public_pem_of, "expected a certificate, found a public key"),
    (lambda _: "", "expected a certificate, found nothing"),
    (lambda key: as_certificate_pem(key).replace("M", "A", 1), "the certificate is damaged"),
    (lambda _: make_certificate(ec.generate_private_key(ec.SECP256R1())), "another kind"),
    (lambda _: [], "found none"),
]


@pytest.mark.parametrize(("form", "found"), NOT_CERTIFICATES)
def test_what_is_not_a_platform_certificate_is_named(
    platform_key: rsa.RSAPrivateKey,
    form: Form,
    found: str,
) -> None:
    with pytest.raises(ConfigurationError, match=found) as caught:
        RSAVerifier.from_certificates(form(platform_key))
    assert str(caught.value).startswith("platform certificate: ")


def test_changeover_holds_both_kinds_and_prefers_the_first(
    platform_key: rsa.RSAPrivateKey, other_key: rsa.RSAPrivateKey
) -> None:
    by_key = RSAVerifier.from_public_key(KEY_ID, platform_key.public_key())
    by_certificate = RSAVerifier.from_certificates(make_certificate(other_key, serial=42))
    now = datetime.now(UTC).timestamp()
    for both, preferred in (
        (by_key | by_certificate, KEY_ID),
        (by_certificate | by_key, f"{42:040X}"),
    ):
        assert_trusts(both, platform_key, KEY_ID)
        assert_trusts(both, other_key, "2A")
        with pytest.raises(InvalidSignatureError):
            assert_trusts(both, platform_key, "2A")
        assert both.preferred_serial_no(now) == preferred
    assert repr(by_key | by_certificate) == f"RSAVerifier({KEY_ID}, {42:040X})"


def test_first_of_two_keys_of_one_serial_holds(
    platform_key: rsa.RSAPrivateKey, other_key: rsa.RSAPrivateKey
) -> None:
    both = RSAVerifier.from_public_key(KEY_ID, platform_key.public_key()) | (
        RSAVerifier.from_public_key(KEY_ID, other_key.public_key())
    )
    assert_trusts(both, platform_key)
