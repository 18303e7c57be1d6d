"""Nothing secret in repr, str, pickles, logs, exceptions, or the locals of a traceback."""

import base64
import copy
import logging
import pickle
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace, TracebackType

import pytest
import wechatpay_auth
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs12,
)
from wechatpay_auth import (
    SHA256_RSA2048,
    CertificateDownloadError,
    ConfigurationError,
    PlatformCertificates,
    RSASigner,
    RSAVerifier,
    SigningError,
    VerificationError,
    WeChatPayAuth,
)
from wechatpay_auth._api_v3_key import APIv3Key
from wechatpay_auth._environment import Settings
from wechatpay_auth._key_forms import Problem

from tests.auth.support import (
    API_V3_KEY,
    KEY_ID,
    MCHID,
    MERCHANT_SERIAL,
    NOW,
    Answer,
    CertificatePlatform,
    Library,
    Server,
    make_certificate,
    serving,
)

OURS = str(Path(wechatpay_auth.__file__).parent)
PASSWORD = "correct horse battery staple"  # noqa: S105 - nobody's


def pem_of(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def shown_by(error: BaseException) -> str:
    """All that an error reporter would send: texts, causes, contexts, and our frames' locals."""
    seen: list[str] = []
    todo: list[BaseException | None] = [error]
    while todo:
        current = todo.pop()
        if current is None:
            continue
        seen += [str(current), repr(current), repr(vars(current))]
        seen += locals_of(current.__traceback__)
        todo += [current.__cause__, current.__context__]
    return "\n".join(seen)


def locals_of(traceback: TracebackType | None) -> list[str]:
    found: list[str] = []
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename.startswith(OURS):
            found += [repr(value) for value in traceback.tb_frame.f_locals.values()]
        traceback = traceback.tb_next
    return found


def pieces(*secrets: str | bytes) -> list[str]:
    """Parts of secrets, long enough not to occur by chance, as repr would show them."""
    texts = [one.decode("latin-1") if isinstance(one, bytes) else one for one in secrets]
    return [text[start : start + 16] for text in texts for start in (0, 40, 400) if text[start:]]


def assert_hidden(shown: str, *secrets: str | bytes) -> None:
    for piece in pieces(*secrets):
        assert piece not in shown
        assert repr(piece)[1:-1] not in shown


# Settings that are wrong.

Attempt = Callable[[str], object]

ATTEMPTS: dict[str, Attempt] = {
    "private key, no serial": lambda pem: RSASigner.from_pem(pem),
    "private key, wrong serial": lambda pem: RSASigner.from_pem(pem, serial_no="x"),
    "private key, wrong password": lambda pem: RSASigner.from_pem(
        pem, serial_no="2A", password=PASSWORD.encode()
    ),
    "private key, cut off": lambda pem: RSASigner.from_pem(pem[:800], serial_no="2A"),
    "private key, cut off, bytes": lambda pem: RSASigner.from_pem(pem[:800].encode()),
    "private key, damaged": lambda pem: RSASigner.from_pem(pem.replace("MII", "AII")),
    "private key, base64 in part": lambda pem: RSASigner.from_pem(bare(pem)[3:900]),
    "private key as certificate": lambda pem: RSASigner.from_pem(pem, certificate=pem),
    "private key as public key": lambda pem: RSAVerifier.from_public_key(KEY_ID, pem),
    "private key as public key id": lambda pem: RSAVerifier.from_public_key(pem, pem),
    "private key as platform certificate": lambda pem: RSAVerifier.from_certificates([pem]),
    "private key as issuer": lambda pem: PlatformCertificates(
        MCHID, api_v3_key=API_V3_KEY, issuers=[pem]
    ),
    "private key as APIv3 key": lambda pem: PlatformCertificates(MCHID, api_v3_key=pem),
    "private key as serial": lambda pem: RSASigner.from_pem(pem, serial_no=pem),
    "private key as mchid": lambda pem: WeChatPayAuth(
        pem, signer=RSASigner.from_pem(pem, serial_no="2A"), verifier=RSAVerifier([])
    ),
    "private key as mchid of certificates": lambda pem: PlatformCertificates(
        pem, api_v3_key=API_V3_KEY
    ),
    "PKCS#12, wrong password": lambda pem: RSASigner.from_pkcs12(store_of(pem), PASSWORD + "x"),
    "PKCS#12, another file": lambda pem: RSASigner.from_pkcs12(pem.encode(), PASSWORD),
}


def bare(pem: str) -> str:
    return "".join(pem.splitlines()[1:-1])


def store_of(_: str) -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return pkcs12.serialize_key_and_certificates(
        None, key, make_certificate(key), None, BestAvailableEncryption(PASSWORD.encode())
    )


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS.keys())
def test_wrong_setting_shows_no_secret(attempt: Attempt, merchant_key: rsa.RSAPrivateKey) -> None:
    pem = pem_of(merchant_key)
    with pytest.raises(ConfigurationError) as caught:
        attempt(pem)
    body = bare(pem)
    assert_hidden(shown_by(caught.value), body, body[64:], body[3:], PASSWORD, API_V3_KEY)
    assert_hidden(shown_by(caught.value), base64.b64decode(body))


def test_what_these_tests_look_at_would_show_a_secret() -> None:
    """The check checks: a local of ours that holds a secret is found."""
    code = compile("def leak(secret):\n    raise ValueError('x')", f"{OURS}/leak.py", "exec")
    namespace: dict[str, Callable[[str], None]] = {}
    exec(code, namespace)  # noqa: S102 - our own two lines
    with pytest.raises(ValueError, match="x") as caught:
        namespace["leak"]("s3cr3t-s3cr3t-s3cr3t")
    with pytest.raises(AssertionError):
        assert_hidden(shown_by(caught.value), "s3cr3t-s3cr3t-s3cr3t")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WECHATPAY_MCHID", "x"),
        ("WECHATPAY_SERIAL_NO", "x"),
        ("WECHATPAY_PUBLIC_KEY", "x"),
        ("WECHATPAY_PUBLIC_KEY_ID", " x y "),
        ("WECHATPAY_API_V3_KEY", "a7cde1ZJB1kG2e7VfTs3jQzaWizur8"),
        ("WECHATPAY_CERTIFICATE", "x"),
        ("WECHATPAY_PRIVATE_KEY_PASSWORD", PASSWORD),
        ("WECHATPAY_MCHID", ""),
    ],
)
def test_wrong_environment_shows_no_secret(
    monkeypatch: pytest.MonkeyPatch,
    merchant_key: rsa.RSAPrivateKey,
    platform_key: rsa.RSAPrivateKey,
    name: str,
    value: str,
) -> None:
    pem = pem_of(merchant_key)
    public = platform_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    settings = {
        "WECHATPAY_MCHID": MCHID,
        "WECHATPAY_SERIAL_NO": MERCHANT_SERIAL,
        "WECHATPAY_PRIVATE_KEY": pem,
        "WECHATPAY_PUBLIC_KEY_ID": KEY_ID,
        "WECHATPAY_PUBLIC_KEY": public.decode(),
        "WECHATPAY_API_V3_KEY": API_V3_KEY,
        name: value,
    }
    for variable, text in settings.items():
        monkeypatch.setenv(variable, text)
    for environ in (None, settings):
        with pytest.raises(ConfigurationError) as caught:
            WeChatPayAuth.from_env(environ)
        assert_hidden(shown_by(caught.value), bare(pem), API_V3_KEY, PASSWORD)


# Calls that fail.


def test_refused_response_shows_no_secret(
    library: Library, auth: object, merchant_key: rsa.RSAPrivateKey
) -> None:
    with (
        serving(lambda _: Answer(200, b"{}")) as server,
        pytest.raises(VerificationError) as caught,
    ):
        library.call(auth, "POST", f"{server.url}/v3/x", content=b"{}")
    signature = server.received[0].headers["authorization"].split('signature="')[1][:344]
    shown = shown_by(caught.value)
    assert_hidden(shown, signature, base64.b64decode(signature), bare(pem_of(merchant_key)))


def test_failed_download_shows_no_secret(
    library: Library, signer: RSASigner, platform_key: rsa.RSAPrivateKey
) -> None:
    wrong = API_V3_KEY[::-1]
    certificates = PlatformCertificates(MCHID, api_v3_key=wrong)
    auth = library.auth(MCHID, signer=signer, verifier=certificates, clock=lambda: NOW)
    platform = CertificatePlatform(platform_key)
    with serving(platform) as server, pytest.raises(CertificateDownloadError) as caught:
        library.call(auth, "GET", f"{server.url}/v3/x")
    signature = server.received[0].headers["authorization"].split('signature="')[1][:344]
    assert_hidden(shown_by(caught.value), wrong, signature)


def base64_bytes(signature: bytes) -> bytes:
    return base64.b64encode(signature)


def base64_text(signature: bytes) -> str:
    return base64.b64encode(signature).decode()


def nothing(_: bytes) -> None:
    return None


def no_bytes(_: bytes) -> bytes:
    return b""


@pytest.mark.parametrize(
    ("form", "found"),
    [
        (base64_text, "str"),
        (base64_bytes, "base64"),
        (bytearray, "bytearray"),
        (memoryview, "memoryview"),
        (nothing, "NoneType"),
        (no_bytes, "none"),
    ],
    ids=["base64 text", "base64 bytes", "bytearray", "memoryview", "None", "empty"],
)
def test_a_signature_in_another_form_is_refused_and_not_shown(
    library: Library,
    merchant_key: rsa.RSAPrivateKey,
    verifier: RSAVerifier,
    server: Server,
    form: Callable[[bytes], object],
    found: str,
) -> None:
    made: list[object] = []

    def sign(message: bytes) -> object:
        made.append(form(merchant_key.sign(message, padding.PKCS1v15(), hashes.SHA256())))
        return made[-1]

    async def awaited(message: bytes) -> object:
        return sign(message)

    signer = SimpleNamespace(
        algorithm=SHA256_RSA2048,
        serial_no=MERCHANT_SERIAL,
        sign=awaited if library.is_async else sign,
    )
    auth = library.auth(MCHID, signer=signer, verifier=verifier, clock=lambda: NOW)
    with pytest.raises(SigningError, match=f"as bytes, without base64; found {found}$") as caught:
        library.call(auth, "GET", f"{server.url}/v3/x")
    assert server.received == []
    if made[0]:
        assert repr(made[0]) not in shown_by(caught.value)


class Unsteady:
    """A verifier or a signer that goes wrong where it is asked for the second time."""

    algorithm = SHA256_RSA2048

    def __init__(self, key: rsa.RSAPrivateKey, preferred: object) -> None:
        self._key, self._preferred, self.signatures = key, preferred, list[bytes]()
        self.asked = 0

    @property
    def serial_no(self) -> str:
        self.asked += 1
        return "5" if self.asked < 4 else "not a serial number"

    def sign(self, message: bytes) -> bytes:
        self.signatures.append(self._key.sign(message, padding.PKCS1v15(), hashes.SHA256()))
        return self.signatures[-1]

    def preferred_serial_no(self, _: float) -> object:
        if isinstance(self._preferred, Exception):
            raise self._preferred
        return self._preferred

    def verify(self, message: bytes, **_: object) -> None:
        raise AssertionError(message)


@pytest.mark.parametrize(
    "preferred", [ValueError("x"), 5, "é", None], ids=["raises", "number", "not ascii", "none"]
)
def test_no_signature_is_in_a_frame_whatever_goes_wrong_while_it_is_made(
    library: Library, merchant_key: rsa.RSAPrivateKey, server: Server, preferred: object
) -> None:
    unsteady = Unsteady(merchant_key, preferred)
    auth = library.auth(MCHID, signer=unsteady, verifier=unsteady)
    with pytest.raises(Exception) as caught:  # noqa: PT011, PT012 - whatever it is, whichever
        for _ in range(3):
            library.call(auth, "GET", f"{server.url}/v3/x")
    for signature in unsteady.signatures:
        assert_hidden(shown_by(caught.value), base64.b64encode(signature).decode(), signature)


# Objects.


@pytest.fixture
def secretive(library: Library, signer: RSASigner, auth: object) -> list[object]:
    key = APIv3Key.load(API_V3_KEY)
    assert not isinstance(key, Problem)
    return [auth, signer, key, PlatformCertificates(MCHID, api_v3_key=API_V3_KEY)]


def test_repr_shows_names_and_numbers_only(
    secretive: list[object], library: Library, verifier: RSAVerifier
) -> None:
    assert [repr(one) for one in secretive] == [
        f"WeChatPayAuth(mchid='{MCHID}', signer=RSASigner(serial_no='{MERCHANT_SERIAL}'))",
        f"RSASigner(serial_no='{MERCHANT_SERIAL}')",
        "APIv3Key(…)",
        "PlatformCertificates(RSAVerifier())",
    ]
    assert repr(verifier) == f"RSAVerifier({KEY_ID})"
    environ = {"WECHATPAY_PRIVATE_KEY": "s3cr3t", "WECHATPAY_MCHID": "1", "HOME": "/"}
    assert repr(Settings(environ)) == "Settings(WECHATPAY_MCHID, WECHATPAY_PRIVATE_KEY)"


def test_what_holds_a_secret_is_not_pickled_and_not_copied(secretive: list[object]) -> None:
    for one in secretive:
        with pytest.raises(TypeError, match="don't pickle"):
            pickle.dumps(one)
        with pytest.raises(TypeError, match="don't pickle"):
            copy.deepcopy(one)


def test_call_logs_nothing_of_ours(
    library: Library, auth: object, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        library.call(auth, "POST", f"{server.url}/v3/x", content=b"{}")
    signature = server.received[0].headers["authorization"].split('signature="')[1][:344]
    assert not [record for record in caplog.records if record.pathname.startswith(OURS)]
    assert signature[:16] not in repr(caplog.records)
