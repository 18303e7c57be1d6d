"""Coverage-guided fuzzing: hostile responses yield a true signature accepted, or our own error.

    python -m tests.auth.fuzz [-runs=200000] [-seed=1] [-max_total_time=60] [corpus folder]

Four targets share the input, its first byte chooses: the headers and body of a response, the
payload of a certificate download, the body of an error, and the text of a key. Anything that is
raised and not ours, and any acceptance that an independent check does not confirm, is a crash.
"""

import base64
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, Protocol, TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.auth.support import (
    API_V3_KEY,
    KEY_ID,
    MCHID,
    MERCHANT_SERIAL,
    NONCE,
    NOW,
    encrypted,
    entry,
    make_certificate,
    signature_headers,
)

atheris: Any = import_module("atheris")  # untyped, and not there on every platform

with atheris.instrument_imports(include=["wechatpay_auth"]):
    from wechatpay_auth import (
        PlatformCertificates,
        RawResponse,
        RequestMessage,
        RSAVerifier,
        VerificationError,
        diagnose_sign_error,
        verify_response,
    )
    from wechatpay_auth._certificate_download import Refresh
    from wechatpay_auth._certificate_forms import load_certificates
    from wechatpay_auth._key_forms import Problem, load_private_key, load_public_key

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CERTIFICATE = make_certificate(KEY, start=datetime(2025, 1, 1, tzinfo=UTC))
PEM = CERTIFICATE.public_bytes(Encoding.PEM)
VERIFIER = RSAVerifier.from_public_key(KEY_ID, KEY.public_key()) | (
    RSAVerifier.from_certificates(CERTIFICATE)
)
BODY = b'{"result":"SUCCESS"}'
TRUE_HEADERS = signature_headers(KEY, BODY)
NAMES = [*TRUE_HEADERS, "Wechatpay-Signature-Type"]
TEXTS = [
    PEM,
    KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
]


_T = TypeVar("_T")


class Data(Protocol):
    """What is used here of atheris.FuzzedDataProvider."""

    def ConsumeBool(self) -> bool: ...  # noqa: N802 - atheris's names
    def ConsumeBytes(self, count: int) -> bytes: ...  # noqa: N802
    def ConsumeUnicode(self, count: int) -> str: ...  # noqa: N802
    def ConsumeInt(self, size: int) -> int: ...  # noqa: N802
    def ConsumeIntInRange(self, first: int, last: int) -> int: ...  # noqa: N802
    def PickValueInList(self, values: list[_T]) -> _T: ...  # noqa: N802


def response(data: Data) -> None:
    """A response signed at some time, of which some headers, status or body were changed."""
    headers = dict(TRUE_HEADERS)
    if data.ConsumeBool():
        timestamp = int(NOW) + data.ConsumeIntInRange(-400, 400)
        nonce = data.ConsumeBytes(16).hex() or NONCE
        headers = signature_headers(KEY, BODY, timestamp=timestamp, nonce=nonce)
    for name in NAMES:
        change = data.ConsumeIntInRange(0, 9)  # most headers are left as they are
        if change == 1:
            headers.pop(name, None)
        elif change == 2:
            headers[name] = data.ConsumeUnicode(400)
        elif change == 3:
            headers[name] = str(data.ConsumeIntInRange(int(NOW) - 400, int(NOW) + 400))
    body = data.ConsumeBytes(64) if data.ConsumeBool() else BODY
    status = data.ConsumeIntInRange(100, 599)
    try:
        verified = verify_response(RawResponse.of(status, headers, body), VERIFIER, now=NOW)
    except VerificationError:
        return
    if verified:
        require_true(headers, body)
    else:
        assert not 200 <= status < 300
        assert not any(headers.get(name) for name in TRUE_HEADERS)


def require_true(headers: dict[str, str], body: bytes) -> None:
    """What was accepted holds by an independent check."""
    head = f"{headers['Wechatpay-Timestamp']}\n{headers['Wechatpay-Nonce']}\n".encode()
    signature = base64.b64decode(headers["Wechatpay-Signature"])
    try:
        KEY.public_key().verify(signature, head + body + b"\n", padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        raise AssertionError("false accept") from None
    assert abs(int(NOW) - int(headers["Wechatpay-Timestamp"])) <= 300
    serial = headers["Wechatpay-Serial"]
    assert serial == KEY_ID or int(serial, 16) == CERTIFICATE.serial_number
    assert headers.get("Wechatpay-Signature-Type") in (None, "", "WECHATPAY2-SHA256-RSA2048")


def download(data: Data) -> None:
    """A signed and encrypted certificate download, hostile at one of its layers."""
    certificates = PlatformCertificates(MCHID, api_v3_key=API_V3_KEY)
    layer = data.ConsumeIntInRange(0, 4)
    body = payload(layer, data)
    headers = signature_headers(KEY, body, serial=f"{CERTIFICATE.serial_number:040X}")
    if layer == 4:
        headers[data.PickValueInList(NAMES)] = data.ConsumeUnicode(100)
    refresh = certificates.begin_refresh(NOW)
    assert isinstance(refresh, Refresh)
    with refresh:
        failure = refresh.complete(
            RawResponse.of(data.PickValueInList([200, 401]), headers, body), NOW
        )
    trusted = certificates.preferred_serial_no(NOW)
    assert (trusted is None) == (failure is not None)


def payload(layer: int, data: Data) -> bytes:
    """The body of a download: whole, or with one layer replaced by the fuzzer's bytes."""
    good = entry(CERTIFICATE)
    if layer == 0:
        return data.ConsumeBytes(4000)
    if layer == 1:
        plain = data.ConsumeBytes(4000)
        return json.dumps(
            {"data": [entry(CERTIFICATE, encrypt_certificate=encrypted(plain))]}
        ).encode()
    if layer == 2:
        raw = bytearray(PEM)
        for _ in range(data.ConsumeIntInRange(1, 4)):
            raw[data.ConsumeIntInRange(0, len(raw) - 1)] = data.ConsumeIntInRange(0, 255)
        return listing(encrypted(bytes(raw)))
    if layer == 3:
        name = data.PickValueInList([*good, "nonce", "ciphertext", "associated_data", "algorithm"])
        value = any_value(data)
        if name in good:
            return json.dumps({"data": [{**good, name: value}]}).encode()
        return listing({**encrypted(PEM), name: value})
    return json.dumps({"data": [good]}).encode()


def any_value(data: Data) -> object:
    values: list[object] = [data.ConsumeUnicode(80), data.ConsumeInt(8), None, [], {}]
    return data.PickValueInList(values)


def listing(sealed: object) -> bytes:
    return json.dumps({"data": [entry(CERTIFICATE, encrypt_certificate=sealed)]}).encode()


def refusal(data: Data) -> None:
    """The body of a 401, free or in the shape of SIGN_ERROR, and its Date."""
    message = RequestMessage("POST", "/v3/x?a=1", str(int(NOW)), NONCE, BODY)
    headers = {"Date": data.ConsumeUnicode(40)}
    information: dict[str, object] = {
        name: any_value(data)
        for name in ("method", "url", "sign_message_length", "truncated_sign_message")
        if data.ConsumeBool()
    }
    shaped = {"code": "SIGN_ERROR", "detail": {"sign_information": information}}
    body = json.dumps(shaped).encode() if data.ConsumeBool() else data.ConsumeBytes(1000)
    text = diagnose_sign_error(
        RawResponse.of(401, headers, body), message, mchid=MCHID, serial_no=MERCHANT_SERIAL
    )
    assert text is None or text.isprintable()


def key(data: Data) -> None:
    """A key's text with some bytes changed, or anything at all."""
    raw = bytearray(data.PickValueInList(TEXTS))
    if data.ConsumeBool():
        raw = bytearray(data.ConsumeBytes(4000))
    for _ in range(data.ConsumeIntInRange(0, 4)):
        if raw:
            raw[data.ConsumeIntInRange(0, len(raw) - 1)] = data.ConsumeIntInRange(0, 255)
    loaders: list[Callable[[bytes], object]] = [
        load_private_key,
        load_public_key,
        load_certificates,
    ]
    for load in loaders:
        loaded = load(bytes(raw))
        assert isinstance(loaded, Problem) or loaded


TARGETS = [response, download, refusal, key]


def one_input(raw: bytes) -> None:
    """Feed one input to the target it chooses."""
    data: Data = atheris.FuzzedDataProvider(raw)
    TARGETS[data.ConsumeIntInRange(0, len(TARGETS) - 1)](data)


def main(given: list[str]) -> None:
    """Run; libFuzzer takes its options from the command line and ends the process itself."""
    options = [sys.argv[0], "-max_len=5000", "-len_control=0", "-print_final_stats=1"]
    if not any(one.startswith(("-runs", "-max_total_time")) for one in given):
        options.append("-runs=20000")
    if not any(one.startswith("-seed") for one in given):
        options.append("-seed=1")
    atheris.Setup([*options, *given], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
