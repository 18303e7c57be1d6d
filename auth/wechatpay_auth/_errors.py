"""The errors of this package: one tree, outside the HTTP library's.

    WeChatPayAuthError
    ├── ConfigurationError            a setting is missing or wrong; nothing was sent
    ├── SigningError                  the request could not be signed; nothing was sent
    ├── CertificateDownloadError      no platform certificate could be had; the call was not sent
    └── VerificationError             a reply arrived and is not proven: outcome unknown
        ├── MissingSignatureError
        ├── ExpiredTimestampError
        ├── UnsupportedSignatureTypeError
        ├── UnknownSerialError
        ├── InvalidSignatureError
        └── UnreadableReplyError      it is too long, or coded in a way that has no bounds

None derives from an HTTP library's error: a handler for network trouble must not swallow a
reply that somebody tampered with. None carries a key or a signature.
"""

from typing import ClassVar

_SAFE_METHODS = frozenset({"GET", "HEAD"})


class WeChatPayAuthError(Exception):
    """Anything this package raises on purpose."""

    outcome_unknown: ClassVar[bool] = False
    """Whether the platform may have carried out the request all the same."""


class ConfigurationError(WeChatPayAuthError):
    """A setting is missing or wrong. The text says which, and what was found there."""


class SigningError(WeChatPayAuthError):
    """The request could not be signed, and so was not sent."""


class CertificateDownloadError(WeChatPayAuthError):
    """No platform certificate could be downloaded, so the caller's request was not sent."""


class VerificationError(WeChatPayAuthError):
    """A reply arrived and is not proven to come from the platform; it was discarded.

    The platform may have carried out the request. For anything but a read, repeat the call with
    the same parameters, or query, to learn what happened. The platform itself sends a few replies
    with a wrong signature on purpose, and never twice for a repeated call:
    https://pay.weixin.qq.com/doc/v3/partner/4016241895

    Attributes:
        reason: What is wrong with the reply.
        serial_no: ``Wechatpay-Serial`` of the reply, unproven; None if it had none.
        status_code: HTTP status of the reply.
        request_id: ``Request-ID`` of the reply, for WeChat Pay's support; it can be missing.
        method: Method of the request.
        url: Path and query of the request, as signed.
    """

    outcome_unknown: ClassVar[bool] = True

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.serial_no: str | None = None
        self.status_code: int | None = None
        self.request_id: str | None = None
        self.method: str | None = None
        self.url: str | None = None

    def __str__(self) -> str:
        """Reason, call and reply in one line, and the way on."""
        if self.method is None:
            return self.reason
        text = (
            f"{self.method} {self.url}: the reply (status {self.status_code}, "
            f"Request-ID {_shown(self.request_id)}, Wechatpay-Serial {_shown(self.serial_no)}) "
            f"is not proven to come from WeChat Pay: {self.reason}."
        )
        if self.method in _SAFE_METHODS:
            return text
        return (
            f"{text} The outcome is unknown, the platform may have carried the request out: "
            "repeat the call with the same parameters, or query."
        )


class MissingSignatureError(VerificationError):
    """The reply lacks some or all of the four signature headers, or has one more than once."""


class ExpiredTimestampError(VerificationError):
    """The reply's timestamp is unreadable, or more than five minutes from the local clock."""


class UnsupportedSignatureTypeError(VerificationError):
    """The reply names a signature algorithm that the verifier does not serve."""


class UnknownSerialError(VerificationError):
    """No trusted key has the reply's ``Wechatpay-Serial``."""


class InvalidSignatureError(VerificationError):
    """The signature is not the platform's over this reply."""


class UnreadableReplyError(VerificationError):
    """The reply was not read to its end: too long, or of a content coding that has no bounds.

    Attributes:
        limit: How many bytes were allowed, if it was too long.
        seen: How many had come by then.
    """

    def __init__(self, reason: str, *, limit: int | None = None, seen: int | None = None) -> None:
        super().__init__(reason)
        self.limit = limit
        self.seen = seen


def _shown(value: str | None) -> str:
    # Whoever forged the reply chose this text: no control characters, no endless lines.
    if value is None:
        return "none"
    return repr(value if len(value) <= 80 else f"{value[:80]}…")
