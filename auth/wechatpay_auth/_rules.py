"""The rules by which a response is verified. Pure: no clock, no network, no HTTP library.

https://pay.weixin.qq.com/doc/v3/partner/4013059017 (public key),
https://pay.weixin.qq.com/doc/v3/partner/4013059030 (platform certificate)
"""

import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ._errors import (
    ExpiredTimestampError,
    InvalidSignatureError,
    MissingSignatureError,
    UnsupportedSignatureTypeError,
    VerificationError,
)
from ._message import build_response_message
from ._trusted_keys import Verifier

MAX_AGE_SECONDS = 300

SIGNATURE_HEADERS = (
    "Wechatpay-Timestamp",
    "Wechatpay-Nonce",
    "Wechatpay-Signature",
    "Wechatpay-Serial",
)
SIGNATURE_TYPE = "Wechatpay-Signature-Type"
REQUEST_ID = "Request-ID"
DATE = "Date"
SERIAL = "Wechatpay-Serial"

# `RawResponse` has its names in lower case.
_TIMESTAMP, _NONCE, _SIGNATURE, _SERIAL = (name.lower() for name in SIGNATURE_HEADERS)
_SIGNATURE_TYPE = SIGNATURE_TYPE.lower()

_SIGNED_NAMES = (*SIGNATURE_HEADERS, SIGNATURE_TYPE)
_JOINT = ", "
_UNIX_SECONDS = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class RawResponse:
    """A response as it arrived: header names in lower case, the body after content decoding."""

    status_code: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @classmethod
    def of(cls, status_code: int, headers: Mapping[str, str], body: bytes) -> "RawResponse":
        """A response from headers in any case."""
        return cls(status_code, {name.lower(): value for name, value in headers.items()}, body)

    def header(self, name: str) -> str | None:
        """The header's value; None if it is absent or empty."""
        return self.headers.get(name.lower()) or None


def verify_response(
    response: RawResponse,
    verifier: Verifier,
    *,
    now: float,
    max_age: float = MAX_AGE_SECONDS,
    unsigned_is_expected: bool = False,
) -> bool:
    """Whether the response is verified as the platform's. Raises if it claims to be and is not.

    1. All four headers are there, once each. If all four are absent from a response that is not a
       2xx, the platform may have responded before it knew who asked: it is let through, unverified.
    2. The timestamp is not more than five minutes from now, either way.
    3. The signature type, if named, is the verifier's.
    4. The key is the one that ``Wechatpay-Serial`` names.
    5. The signature is that key's, over timestamp, nonce and body. A nonce with a line feed is
       refused before the key is looked up: it would move the boundary between nonce and body.
       Undecodable base64 is a failed signature: the platform's probes
       (https://pay.weixin.qq.com/doc/v3/partner/4016241895) hold values that are none.

    Args:
        response: The response.
        verifier: Knows the platform's keys.
        now: Unix seconds.
        max_age: Seconds a timestamp may be off; twelve hours for a list kept on disk.
        unsigned_is_expected: Let an unsigned 2xx through, too; for downloads of files and bills,
            which the platform does not sign.

    Returns:
        True if the signature was verified, False if the response is unsigned and let through.

    Raises:
        VerificationError: One of its subclasses, by the rule that was broken first.
    """
    header = response.headers.get
    timestamp, nonce = header(_TIMESTAMP), header(_NONCE)
    signature, serial_no = header(_SIGNATURE), header(_SERIAL)
    if not (timestamp and nonce and signature and serial_no):
        absent = [name for name in SIGNATURE_HEADERS if response.header(name) is None]
        successful = 200 <= response.status_code < 300
        if len(absent) == len(SIGNATURE_HEADERS) and (unsigned_is_expected or not successful):
            return False
        raise MissingSignatureError(f"it lacks {', '.join(absent)}")
    # HTTP libraries join the values of a repeated header with this; no single value contains it.
    if _JOINT in "\n".join((timestamp, nonce, signature, serial_no, header(_SIGNATURE_TYPE, ""))):
        repeated = [name for name in _SIGNED_NAMES if _JOINT in (response.header(name) or "")]
        raise MissingSignatureError(f"it has more than one {', '.join(repeated)}")

    _require_fresh(timestamp, now, max_age)
    signature_type = header(_SIGNATURE_TYPE)
    if signature_type and signature_type != verifier.algorithm:
        raise UnsupportedSignatureTypeError(
            f"Wechatpay-Signature-Type is not {verifier.algorithm}, which this verifier serves"
        )
    if "\n" in nonce:
        raise InvalidSignatureError("Wechatpay-Nonce has a line feed")
    raw = _decoded(signature)
    verifier.verify(
        build_response_message(timestamp=timestamp, nonce=nonce, body=response.body),
        serial_no=serial_no,
        signature=raw,
        now=now,
    )
    if not raw:  # a custom verifier may accept an empty signature; we do not
        raise InvalidSignatureError("Wechatpay-Signature is not base64")
    return True


def describe(
    error: VerificationError, response: RawResponse, *, method: str | None, url: str | None
) -> None:
    """Write into the error which call and which response it is about."""
    error.method = method
    error.url = url
    error.status_code = response.status_code
    error.request_id = response.header(REQUEST_ID)
    error.serial_no = response.header(SERIAL)


def _require_fresh(timestamp: str, now: float, max_age: float) -> None:
    if not _UNIX_SECONDS.fullmatch(timestamp):
        raise ExpiredTimestampError("Wechatpay-Timestamp is not a number of Unix seconds")
    # Timestamps are whole seconds, so time is compared in whole seconds: 300 passes, 301 fails.
    age = int(now) - int(timestamp)
    if age > max_age:
        raise ExpiredTimestampError(f"Wechatpay-Timestamp is {age} s behind the local clock")
    if age < -max_age:
        raise ExpiredTimestampError(f"Wechatpay-Timestamp is {-age} s ahead of the local clock")


def _decoded(signature: str) -> bytes:
    """The raw signature, or nothing at all if the text is not base64."""
    try:
        raw = binascii.a2b_base64(signature)
    except ValueError:
        return b""
    # The decoder ignores foreign characters and surplus bits. Encoding the result again and
    # comparing it shows whether there were any.
    return raw if binascii.b2a_base64(raw, newline=False).decode() == signature else b""
