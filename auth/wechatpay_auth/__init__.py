"""Signs WeChat Pay APIv3 requests and verifies the responses, as an `httpx.Auth`."""

from typing import TYPE_CHECKING

from ._certificate_store import PlatformCertificates
from ._diagnosis import diagnose_sign_error
from ._encryption import Encryptor
from ._errors import (
    CertificateDownloadError,
    ConfigurationError,
    DecryptionError,
    EncryptionError,
    ExpiredTimestampError,
    InvalidSignatureError,
    MissingSignatureError,
    ReplayedNoticeError,
    SigningError,
    UnknownSerialError,
    UnreadableNoticeError,
    UnreadableResponseError,
    UnsupportedSignatureTypeError,
    VerificationError,
    WeChatPayAuthError,
)
from ._message import (
    SHA256_RSA2048,
    RequestMessage,
    authorization_header,
    build_request_message,
    build_response_message,
)
from ._notices import Notice, NoticeResponse
from ._rules import RawResponse, verify_response
from ._signer import AsyncSigner, RSASigner, Signer
from ._trusted_keys import RSAVerifier, TrustedKey, Verifier

if TYPE_CHECKING:
    from ._httpx import WeChatPayAuth

__all__ = [
    "SHA256_RSA2048",
    "AsyncSigner",
    "CertificateDownloadError",
    "ConfigurationError",
    "DecryptionError",
    "EncryptionError",
    "Encryptor",
    "ExpiredTimestampError",
    "InvalidSignatureError",
    "MissingSignatureError",
    "Notice",
    "NoticeResponse",
    "PlatformCertificates",
    "RSASigner",
    "RSAVerifier",
    "RawResponse",
    "ReplayedNoticeError",
    "RequestMessage",
    "Signer",
    "SigningError",
    "TrustedKey",
    "UnknownSerialError",
    "UnreadableNoticeError",
    "UnreadableResponseError",
    "UnsupportedSignatureTypeError",
    "VerificationError",
    "Verifier",
    "WeChatPayAuth",
    "WeChatPayAuthError",
    "authorization_header",
    "build_request_message",
    "build_response_message",
    "diagnose_sign_error",
    "verify_response",
]


def __getattr__(name: str) -> object:
    # It needs httpx, which a program over httpx2 may do without.
    if name == "WeChatPayAuth":
        from ._httpx import WeChatPayAuth

        return WeChatPayAuth
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
