"""The vectors that every language shares (spec/vectors) hold for this implementation, too."""

import base64
import json
import re
from datetime import UTC, datetime
from pathlib import Path
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
    ExpiredTimestampError,
    InvalidSignatureError,
    MissingSignatureError,
    RawResponse,
    RSASigner,
    RSAVerifier,
    UnknownSerialError,
    UnsupportedSignatureTypeError,
    VerificationError,
    authorization_header,
    build_request_message,
    verify_response,
)
from wechatpay_auth._certificate_download import APIv3Key, read_certificates
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
    verifier = RSAVerifier([])
    for trusted in group["trusted"]:
        if trusted["certificate"] is not None:
            verifier |= RSAVerifier.from_certificates(VECTORS / trusted["certificate"])
        else:
            path = VECTORS / trusted["public_key"]
            verifier |= RSAVerifier.from_public_key(trusted["serial"], path)
    outcome = judged(response, verifier, given["now"])
    possible: list[object] = []
    if case["result"] != "invalid":
        possible.append(case["proven"])
    if case["result"] != "valid":
        possible.append(REASONS[case["reason"]])
    assert outcome in possible


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
