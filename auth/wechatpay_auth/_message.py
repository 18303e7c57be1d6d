"""What is signed, byte for byte, and the header that carries it. Pure functions.

Requests: https://pay.weixin.qq.com/doc/v3/partner/4012365862
Responses: https://pay.weixin.qq.com/doc/v3/partner/4013059017
"""

import base64
import re
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from ._errors import SigningError

PADDING, SHA256 = padding.PKCS1v15(), hashes.SHA256()
SHA256_RSA2048 = "WECHATPAY2-SHA256-RSA2048"
"""Name of RSA with SHA-256: the scheme of ``Authorization``, the value of signature type."""

# A line feed would move a boundary of the message, a quote one of the header.
_VALUE = re.compile(r"[!#-~]+")
# Checked together for speed, as lines. No value may contain a line feed, so all lines match if,
# and only if, each value does. Only after a mismatch is each one checked by itself.
_FOUR = re.compile(rf"(?:{_VALUE.pattern}\n){{4}}")
_FIVE = re.compile(rf"(?:{_VALUE.pattern}\n){{5}}")


@dataclass(frozen=True, slots=True)
class RequestMessage:
    """The five parts of a request that are signed.

    Attributes:
        method: HTTP method, upper case.
        url: Path, and ``?query`` if there is one, exactly as they go on the wire.
        timestamp: Unix seconds, the text that also stands in the header.
        nonce: Random text, the same that also stands in the header.
        body: The body's bytes, exactly as sent; empty if there is none.
    """

    method: str
    url: str
    timestamp: str
    nonce: str
    body: bytes

    def to_bytes(self) -> bytes:
        """The sign string: each part followed by one line feed, also the last."""
        return build_request_message(
            method=self.method,
            url=self.url,
            timestamp=self.timestamp,
            nonce=self.nonce,
            body=self.body,
        )


def build_request_message(
    *, method: str, url: str, timestamp: int | str, nonce: str, body: bytes
) -> bytes:
    """The bytes a merchant signs for a request.

    Args:
        method: HTTP method; signed in upper case.
        url: Path, and ``?query`` if there is one, as they go on the wire: nothing is sorted,
            encoded or decoded here.
        timestamp: Unix seconds.
        nonce: Random text without spaces or quotes.
        body: The body's bytes, exactly as sent; empty if there is none.

    Raises:
        SigningError: A part holds characters that would move a boundary of the message.
    """
    method = method.upper()
    head = f"{method}\n{url}\n{timestamp}\n{nonce}\n"
    if not _FOUR.fullmatch(head):
        require_header_values(method=method, url=url, timestamp=str(timestamp), nonce=nonce)
    return head.encode() + body + b"\n"


def build_response_message(*, timestamp: str, nonce: str, body: bytes) -> bytes:
    """The bytes the platform signs for a response.

    Args:
        timestamp: ``Wechatpay-Timestamp``, the text as received.
        nonce: ``Wechatpay-Nonce``, the text as received.
        body: The body after content decoding, before any parsing; empty for a 204.
    """
    # A header may hold lone surrogates. They must not raise here: the signature fails anyway.
    return f"{timestamp}\n{nonce}\n".encode(errors="surrogatepass") + body + b"\n"


def authorization_header(
    *,
    algorithm: str = SHA256_RSA2048,
    mchid: str,
    serial_no: str,
    nonce: str,
    timestamp: int | str,
    signature: bytes,
) -> str:
    """The value of the ``Authorization`` header.

    Args:
        algorithm: Scheme, the name of the signature algorithm.
        mchid: Number of the merchant that sends the request.
        serial_no: Serial number of the merchant's API certificate, not of the platform's.
        nonce: The text that was signed.
        timestamp: The Unix seconds that were signed.
        signature: The raw signature; the header carries it in base64.

    Raises:
        SigningError: A value cannot stand in the header.
    """
    # Base64 is always header-safe; only emptiness has to be checked.
    if not signature:
        raise SigningError("signature: empty; expected the raw signature as bytes")
    if not _FIVE.fullmatch(f"{algorithm}\n{mchid}\n{nonce}\n{timestamp}\n{serial_no}\n"):
        del signature  # none may stay in the locals of a traceback
        require_header_values(
            algorithm=algorithm,
            mchid=mchid,
            nonce_str=nonce,
            timestamp=str(timestamp),
            serial_no=serial_no,
        )
    encoded = base64.b64encode(signature).decode()  # pyright: ignore[reportPossiblyUnboundVariable]
    return (
        f'{algorithm} mchid="{mchid}",nonce_str="{nonce}",signature="{encoded}",'
        f'timestamp="{timestamp}",serial_no="{serial_no}"'
    )


def require_header_values(**values: object) -> None:
    """Raise SigningError for the first value that cannot stand in the ``Authorization`` header."""
    for name, value in values.items():
        if not isinstance(value, str) or not _VALUE.fullmatch(value):
            # The value itself stays out of the text: it may be a secret in the wrong place.
            raise SigningError(f"{name}: empty, or has a character that must not stand there")
