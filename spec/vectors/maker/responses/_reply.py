"""Build signed replies and the cases around them."""

from __future__ import annotations

from collections.abc import Mapping

from ..document import Case, Json, b64
from ..openssl import sign

NOW = 1767225600
NONCE = "c5ac7061fccab6bf3e254dcf98995b8c"
SERIAL_A = "7A3C91D2E45B60F81729C4AB53DE06881B9F2E75"
SERIAL_B = "0B4E27F6913AD85C70E1628B9D3F45AC017E86D3"
KEY_ID = "PUB_KEY_ID_0119000001082026010100112233445566"
SIGNERS = {SERIAL_A: "platform_a", SERIAL_B: "platform_b", KEY_ID: "platform_public_key"}
RSA_TYPE = "WECHATPAY2-SHA256-RSA2048"
BODY = (
    b'{"advance_return_id":"1215562501201407033233368018","payee_account":"BASIC",'
    b'"payee_mchid":"1900000108","payer_account":"BASIC","payer_mchid":"1900000109",'
    b'"refund_id":"50000000382019052709732678859","result":"SUCCESS","return_amount":888,'
    b'"success_time":"2018-06-08T10:34:56+08:00"}'
)
ERROR = '{"code":"NOT_ENOUGH","message":"余额不足"}'.encode()
PROBE = "WECHATPAY/SIGNTEST/"
FOUR: tuple[str, ...] = (
    "Wechatpay-Timestamp",
    "Wechatpay-Nonce",
    "Wechatpay-Signature",
    "Wechatpay-Serial",
)

VALID, INVALID, ACCEPTABLE = "valid", "invalid", "acceptable"
MISSING = "missing_signature"
EXPIRED = "expired_timestamp"
TYPE = "unsupported_signature_type"
UNKNOWN = "unknown_serial"
BAD = "invalid_signature"


def message_of(timestamp: str, nonce: str, body: bytes) -> bytes:
    """Join the three signed parts."""
    return timestamp.encode() + b"\n" + nonce.encode() + b"\n" + body + b"\n"


def headers_of(
    body: bytes = BODY,
    *,
    serial: str = SERIAL_A,
    key: str | None = None,
    timestamp: str = str(NOW),
    nonce: str = NONCE,
    signature: str | None = None,
    signature_type: str | None = RSA_TYPE,
) -> dict[str, str]:
    """Sign a reply and return its headers; `signature` replaces the true one."""
    if signature is None:
        signer = key or SIGNERS[serial]
        signature = b64(sign(message_of(timestamp, nonce, body), signer))
    headers = {
        "Wechatpay-Timestamp": timestamp,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Signature": signature,
        "Wechatpay-Serial": serial,
    }
    if signature_type is not None:
        headers["Wechatpay-Signature-Type"] = signature_type
    return headers


def case_of(
    name: str,
    comment: str,
    flags: list[str],
    result: str,
    reason: str | None = None,
    *,
    headers: Mapping[str, Json] | None = None,
    status: int = 200,
    body: bytes = BODY,
    now: int = NOW,
    proven: bool = True,
    encoded_body: bytes | None = None,
) -> Case:
    """Build one case; a header which came several times has a list of values."""
    given: dict[str, Json] = {
        "status": status,
        "headers": headers_of(body) if headers is None else headers,
        "body": b64(body),
        "now": now,
    }
    if encoded_body is not None:
        given["encoded_body"] = b64(encoded_body)
    case: Case = {
        "id": f"response-{name}",
        "comment": comment,
        "flags": list(flags),
        "given": given,
        "result": result,
    }
    if result != INVALID:
        case["proven"] = proven
    if result != VALID:
        case["reason"] = reason
    return case


def headers_without(*names: str) -> dict[str, str]:
    """Sign a reply and drop some headers."""
    return {name: value for name, value in headers_of().items() if name not in names}


def true_signature() -> str:
    """Return the signature of the usual reply."""
    return headers_of()["Wechatpay-Signature"]


def trusted_key(serial: str, key: str, *, certificate: bool = True) -> dict[str, Json]:
    """Describe one entry of the map from serial to key."""
    return {
        "serial": serial,
        "public_key": f"keys/{key}.pub.pem",
        "certificate": f"keys/{key}.cert.pem" if certificate else None,
    }
