"""The errors of this package: one tree, outside the HTTP library's.

    WeChatPayAuthError
    ├── ConfigurationError            a setting is missing or wrong; nothing was sent
    ├── SigningError                  the request could not be signed; nothing was sent
    ├── EncryptionError               a text cannot be encrypted; nothing was sent
    ├── DecryptionError               a text does not decrypt with the merchant's private key
    ├── CertificateDownloadError      no platform certificate could be had; the call was not sent
    ├── UnreadableNoticeError         a notice is the platform's, and cannot be decrypted or read
    ├── ReplayedNoticeError           a notice is the platform's, and was handled before
    └── VerificationError             a response or a notice arrived and does not verify
        ├── MissingSignatureError
        ├── ExpiredTimestampError
        ├── UnsupportedSignatureTypeError
        ├── UnknownSerialError
        ├── InvalidSignatureError
        └── UnreadableResponseError      it is too long, or coded in a way that has no bounds

None derives from an HTTP library's error: a handler for network trouble must not swallow a
response that somebody tampered with. None carries a key or a signature.
"""

_SAFE_METHODS = frozenset({"GET", "HEAD"})


class WeChatPayAuthError(Exception):
    """Anything this package raises on purpose."""

    outcome_unknown: bool = False
    """Whether the platform may have carried out the request all the same."""


class ConfigurationError(WeChatPayAuthError):
    """A setting is missing or wrong. The text says which, and what was found there."""


class SigningError(WeChatPayAuthError):
    """The request could not be signed, and so was not sent."""


class EncryptionError(WeChatPayAuthError):
    """A text cannot be encrypted, for example because it is too long. It is not in the message."""


class DecryptionError(WeChatPayAuthError):
    """A text does not decrypt with the merchant's private key. Nothing of it is in the message."""


class CertificateDownloadError(WeChatPayAuthError):
    """No platform certificate could be downloaded, so the caller's request was not sent."""


class UnreadableNoticeError(WeChatPayAuthError):
    """A notice was verified, and its content does not decrypt or is not of the documented form."""


class ReplayedNoticeError(WeChatPayAuthError):
    """A notice was verified, and the store behind `seen` knows it: respond as to success."""


class VerificationError(WeChatPayAuthError):
    """A response or a notice arrived, was not verified as the platform's, and was discarded.

    After a notice nothing is unknown: do not act on it. After a response, the platform may have
    carried out the request: for anything but a read, retry the call with the same parameters, or
    query, to learn what happened. The platform itself sends a few responses and notices with a
    wrong signature on purpose, and never twice for a retried call:
    https://pay.weixin.qq.com/doc/v3/partner/4016241895

    Attributes:
        reason: What is wrong with the response.
        serial_no: ``Wechatpay-Serial`` of the response, unverified; None if it had none.
        status_code: HTTP status of the response.
        request_id: ``Request-ID`` of the response, for WeChat Pay's support; it can be missing.
        method: Method of the request.
        url: Path and query of the request, as signed.
        is_notice: Whether it was a notice; then only reason, serial_no and request_id are set.
    """

    outcome_unknown = True

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.serial_no: str | None = None
        self.status_code: int | None = None
        self.request_id: str | None = None
        self.method: str | None = None
        self.url: str | None = None
        self.is_notice = False

    def __str__(self) -> str:
        """Reason, call and response in one line, and the way on."""
        if self.is_notice:
            return (
                f"the notice (Request-ID {_shown(self.request_id)}, Wechatpay-Serial "
                f"{_shown(self.serial_no)}) was not verified as coming from WeChat Pay: "
                f"{self.reason}"
            )
        if self.method is None:
            return self.reason
        text = (
            f"{self.method} {self.url}: the response (status {self.status_code}, "
            f"Request-ID {_shown(self.request_id)}, Wechatpay-Serial {_shown(self.serial_no)}) "
            f"was not verified as coming from WeChat Pay: {self.reason}."
        )
        if self.method in _SAFE_METHODS:
            return text
        return (
            f"{text} The outcome is unknown, the platform may have carried the request out: "
            "retry the call with the same parameters, or query."
        )


class MissingSignatureError(VerificationError):
    """The response lacks some or all of the four signature headers, or has one more than once."""


class ExpiredTimestampError(VerificationError):
    """The response's timestamp is unreadable, or more than five minutes from the local clock."""


class UnsupportedSignatureTypeError(VerificationError):
    """The response names a signature algorithm that the verifier does not serve."""


class UnknownSerialError(VerificationError):
    """No trusted key has the response's ``Wechatpay-Serial``."""


class InvalidSignatureError(VerificationError):
    """The signature is not the platform's over this response."""


class UnreadableResponseError(VerificationError):
    """The response was not read to its end: too long, or of a content coding that has no bounds.

    Attributes:
        limit: How many bytes were allowed, if it was too long.
        seen: How many had come by then.
    """

    def __init__(self, reason: str, *, limit: int | None = None, seen: int | None = None) -> None:
        super().__init__(reason)
        self.limit = limit
        self.seen = seen


def _shown(value: str | None) -> str:
    # Whoever forged the response chose this text: no control characters, no endless lines.
    if value is None:
        return "none"
    return repr(value if len(value) <= 80 else f"{value[:80]}…")
