"""Signs WeChat Pay APIv3 requests and verifies the replies, as an `httpx.Auth`.

Nothing that a plain call does not use is imported before it is asked for.
"""

from typing import TYPE_CHECKING

from ._diagnosis import diagnose_sign_error
from ._errors import (
    CertificateDownloadError,
    ConfigurationError,
    ExpiredTimestampError,
    InvalidSignatureError,
    MissingSignatureError,
    SigningError,
    UnknownSerialError,
    UnreadableReplyError,
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
from ._signer import AsyncSigner, RSASigner, Signer
from ._verification import Reply, verify_reply
from ._verifier import RSAVerifier, TrustedKey, Verifier

if TYPE_CHECKING:
    from ._auth import WeChatPayAuth
    from ._platform import PlatformCertificates

__all__ = [
    "SHA256_RSA2048",
    "AsyncSigner",
    "CertificateDownloadError",
    "ConfigurationError",
    "ExpiredTimestampError",
    "InvalidSignatureError",
    "MissingSignatureError",
    "PlatformCertificates",
    "RSASigner",
    "RSAVerifier",
    "Reply",
    "RequestMessage",
    "Signer",
    "SigningError",
    "TrustedKey",
    "UnknownSerialError",
    "UnreadableReplyError",
    "UnsupportedSignatureTypeError",
    "VerificationError",
    "Verifier",
    "WeChatPayAuth",
    "WeChatPayAuthError",
    "authorization_header",
    "build_request_message",
    "build_response_message",
    "diagnose_sign_error",
    "verify_reply",
]

# `WeChatPayAuth` needs httpx, which whoever uses the httpx2 adapter may not have.
_LAZY = {
    "PlatformCertificates": "_platform",
    "WeChatPayAuth": "_auth",
}


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
