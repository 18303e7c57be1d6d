"""The vectors that every language shares (spec/vectors) hold for this implementation, too."""

import base64
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import yaml
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from wechatpay_auth import (
    CertificateDownloadError,
    ConfigurationError,
    DecryptionError,
    EncryptionError,
    ExpiredTimestampError,
    InvalidSignatureError,
    MissingSignatureError,
    RawResponse,
    RSASigner,
    RSAVerifier,
    SigningError,
    UnknownSerialError,
    UnreadableNoticeError,
    UnsupportedSignatureTypeError,
    VerificationError,
    WeChatPayAuth,
    authorization_header,
    build_request_message,
    verify_response,
)
from wechatpay_auth._api_v3_key import APIv3Key
from wechatpay_auth._certificate_download import read_certificates
from wechatpay_auth._key_forms import Problem

SPEC = Path(__file__).parents[2] / "spec"
VECTORS = SPEC / "vectors"
SCHEMES = yaml.safe_load((SPEC / "openapi.yaml").read_text("utf-8"))["components"][
    "securitySchemes"
]
GRAMMAR: str = SCHEMES["wechatpay"]["x-wechatpay-signature"]["request"]["pattern"]

REASONS: dict[str, type[VerificationError]] = {
    "missing_signature": MissingSignatureError,
    "expired_timestamp": ExpiredTimestampError,
    "unsupported_signature_type": UnsupportedSignatureTypeError,
    "unknown_serial": UnknownSerialError,
    "invalid_signature": InvalidSignatureError,
}

Group = dict[str, Any]
Case = dict[str, Any]


def cases(kind: str) -> list[Any]:
    """Group and case of every case, under its id."""
    content: dict[str, Any] = json.loads((VECTORS / f"{kind}.json").read_text(encoding="utf-8"))
    return [
        pytest.param(group, case, id=case["id"])
        for group in content["groups"]
        for case in group["cases"]
    ]


@pytest.mark.parametrize(("group", "case"), cases("request_signing"))
def test_request_signing(group: Group, case: Case) -> None:
    given = case["given"]
    message = build_request_message(
        method=given["method"],
        url=given["url"],
        timestamp=given["timestamp"],
        nonce=given["nonce"],
        body=base64.b64decode(given["body"]),
    )
    assert message == base64.b64decode(case["message"])
    if case["signature"] is None:
        return
    if group["private_key"] is None:
        assert verifies(group, case, message) is (case["result"] == "valid")
        return
    signer = RSASigner.from_pem(VECTORS / group["private_key"], serial_no=group["serial_no"])
    signature = signer.sign(message)
    assert base64.b64encode(signature).decode() == case["signature"]
    header = authorization_header(
        mchid=group["mchid"],
        serial_no=signer.serial_no,
        nonce=given["nonce"],
        timestamp=given["timestamp"],
        signature=signature,
    )
    assert re.fullmatch(GRAMMAR, header)
    assert dict(re.findall(r'(\w+)="([^"]*)"', header)) == case["authorization"]["fields"]


def verifies(group: Group, case: Case, message: bytes) -> bool:
    key = load_pem_public_key((VECTORS / group["public_key"]).read_bytes())
    assert isinstance(key, rsa.RSAPublicKey)
    signature = base64.b64decode(case["signature"])
    try:
        key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


@pytest.mark.parametrize(("group", "case"), cases("response_verification"))
def test_response_verification(group: Group, case: Case) -> None:
    given = case["given"]
    # HTTP libraries hand over one value for a header, and the body decoded.
    joined = {
        name: value if isinstance(value, str) else ", ".join(value)
        for name, value in given["headers"].items()
    }
    body = base64.b64decode(given["body"])
    if "encoded_body" in given:
        packed = base64.b64decode(given["encoded_body"])
        assert httpx.Response(given["status"], headers=joined, content=packed).content == body
    response = RawResponse.of(given["status"], joined, body)
    verifier = verifier_of(group["trusted"])
    outcome = judged(response, verifier, given["now"])
    possible: list[object] = []
    if case["result"] != "invalid":
        possible.append(case["proven"])
    if case["result"] != "valid":
        possible.append(REASONS[case["reason"]])
    assert outcome in possible


def verifier_of(trusted: list[Any]) -> RSAVerifier:
    verifier = RSAVerifier([])
    for one in trusted:
        if one["certificate"] is not None:
            verifier |= RSAVerifier.from_certificates(VECTORS / one["certificate"])
        else:
            path = VECTORS / one["public_key"]
            verifier |= RSAVerifier.from_public_key(one["serial"], path)
    return verifier


def judged(response: RawResponse, verifier: RSAVerifier, now: float) -> object:
    """Whether the response is proven, or the class of the error."""
    try:
        return verify_response(response, verifier, now=now)
    except VerificationError as error:
        return type(error)


@pytest.mark.parametrize(("group", "case"), cases("certificate_decryption"))
def test_certificate_decryption(group: Group, case: Case) -> None:
    given = case["given"]
    key = APIv3Key.load(base64.b64decode(given["api_v3_key"]))
    if isinstance(key, Problem):
        assert case["reason"] == "invalid_key_length"
        return
    sealed = given["encrypt_certificate"]
    if group["reads"] == "text" and case["result"] == "valid":
        plain = key.decrypt(
            ciphertext=sealed["ciphertext"],
            nonce=sealed["nonce"],
            associated_data=sealed.get("associated_data", ""),
        )
        assert plain == base64.b64decode(case["plaintext"])
        return
    # Every certificate in the vectors has this serial number, so no case fails by its lack.
    listed = {
        "serial_no": "7A3C91D2E45B60F81729C4AB53DE06881B9F2E75",
        "encrypt_certificate": sealed,
    }
    body = json.dumps({"data": [listed]}).encode()
    now = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    if case["result"] == "invalid":
        with pytest.raises(CertificateDownloadError):
            read_certificates(body, key, now=now)
        return
    (trusted,) = read_certificates(body, key, now=now)
    assert int(trusted.serial_no, 16) == int(case["serial_no"], 16)


def auth_of(private_key: str, verifier: RSAVerifier, **options: Any) -> WeChatPayAuth:  # noqa: ANN401
    signer = RSASigner.from_pem(VECTORS / private_key, serial_no="5A")
    return WeChatPayAuth("1900000108", signer=signer, verifier=verifier, **options)


UNREADABLE = {"unsupported_algorithm", "malformed_notice", "decryption_failed"}


@pytest.mark.parametrize(("group", "case"), cases("notices"))
def test_notices(group: Group, case: Case) -> None:
    given = case["given"]
    expected: dict[str, type[Exception]] = dict.fromkeys(UNREADABLE, UnreadableNoticeError)
    expected |= REASONS
    expected |= {"invalid_key_length": ConfigurationError}

    def read() -> object:
        key = base64.b64decode(given["api_v3_key"])
        verifier = verifier_of(group["trusted"])
        auth = auth_of(MERCHANT, verifier, clock=lambda: given["now"], api_v3_key=key)
        return auth.read_notice(given["headers"], base64.b64decode(given["body"])).resource

    if case["result"] == "valid":
        assert read() == json.loads(base64.b64decode(case["resource"]))
        return
    with pytest.raises(Exception) as caught:  # noqa: PT011 - compared in the next line
        read()
    assert type(caught.value) is expected[case["reason"]]


MERCHANT = "keys/merchant.key.pem"


@pytest.mark.parametrize(("group", "case"), cases("encryption"))
def test_encryption(group: Group, case: Case) -> None:
    key = RSAVerifier.from_public_key(group["serial"] or "K", VECTORS / group["public_key"])
    auth = auth_of(group["private_key"], key)
    given = case["given"]
    if group["does"] == "decrypt":

        def made() -> str:
            return auth.decrypt(given["ciphertext"])

        plain = base64.b64decode(case.get("plaintext", "")).decode()
    else:
        plain = base64.b64decode(given["plaintext"]).decode()
        assert auth.encryptor().serial_no == group["serial"]

        def made() -> str:
            return auth.decrypt(auth.encryptor().encrypt(plain))

    if case["result"] == "valid":
        assert made() == plain
        return
    with pytest.raises((EncryptionError, DecryptionError)):
        made()


@pytest.mark.parametrize(("group", "case"), cases("uploads"))
def test_uploads(group: Group, case: Case) -> None:
    given = case["given"]
    request = httpx.Request(
        given["method"],
        f"https://api.mch.weixin.qq.com{given['url']}",
        content=base64.b64decode(given["body"]),
        headers={"Content-Type": given["content_type"]},
        extensions={"wechatpay_signed_body": base64.b64decode(given["signed_body"])},
    )
    signed: list[bytes] = []

    def sign(message: bytes) -> bytes:
        signed.append(message)
        return own.sign(message)

    own = RSASigner.from_pem(VECTORS / MERCHANT, serial_no=group["serial_no"])
    signer: Any = SimpleNamespace(algorithm=own.algorithm, serial_no=own.serial_no, sign=sign)
    auth = WeChatPayAuth(
        group["mchid"],
        signer=signer,
        verifier=RSAVerifier([]),
        clock=lambda: float(given["timestamp"]),
        nonce=lambda: given["nonce"],
    )
    flow = auth.sync_auth_flow(request)
    if case["result"] == "invalid":
        with pytest.raises(SigningError):
            next(flow)
        return
    sent = next(flow)
    assert signed == [base64.b64decode(case["message"])]
    if group["private_key"] is None:
        assert verifies(group, case, signed[0])
    else:
        assert f'signature="{case["signature"]}"' in sent.headers["Authorization"]
