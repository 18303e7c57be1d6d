"""Notices (回调通知): how one is verified and decrypted, and what to respond.

https://pay.weixin.qq.com/doc/v3/partner/4012082570 (rules),
https://pay.weixin.qq.com/doc/v3/partner/4012082320 (decryption)

A notice is signed as a response is, so `verify_response` verifies both. No frame of this module
that an error leaves holds the decrypted text: a `Problem` is returned instead.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Self, cast

import attrs

from ._api_v3_key import AEAD_AES_256_GCM, NOT_THIS_KEY, APIv3Key
from ._certificate_download import shown
from ._errors import (
    ConfigurationError,
    ExpiredTimestampError,
    InvalidSignatureError,
    MissingSignatureError,
    ReplayedNoticeError,
    UnknownSerialError,
    VerificationError,
)
from ._key_forms import Problem
from ._rules import (
    REQUEST_ID,
    SIGNATURE_HEADERS,
    SIGNATURE_TYPE,
    RawResponse,
    describe,
    verify_response,
)
from ._trusted_keys import Verifier

Headers = Mapping[str, object] | Mapping[str, str] | Iterable[tuple[str | bytes, str | bytes]]
"""The headers of a request, as web frameworks have them."""

_TIMESTAMP, _NONCE = (name.lower() for name in SIGNATURE_HEADERS[:2])
_NAMES = frozenset(name.lower() for name in (*SIGNATURE_HEADERS, SIGNATURE_TYPE, REQUEST_ID))
_WSGI = "HTTP_"
_WAYS: dict[type[VerificationError], str] = {
    MissingSignatureError: "if WeChat Pay sent it, a proxy or CDN before this program removed them",
    ExpiredTimestampError: "check the clock of this machine",
    InvalidSignatureError: "if WeChat Pay sent it, something changed the body: give its raw bytes",
}
_DOWNLOAD = (
    "make a call with this auth object, for example GET /v3/certificates: it downloads the "
    "certificates, and WeChat Pay sends the notice again"
)


@attrs.frozen(kw_only=True)
class Notice:
    """A notice that the platform signed, with its resource decrypted.

    https://pay.weixin.qq.com/doc/v3/partner/4012124635

    The same notice may come several times and in any order, also after it was accepted. Compare
    the resource with your own records, and handle each state of a business number once.
    """

    id: str
    """通知ID · Number of the notice; no page states whether it stays when the notice is resent."""

    event_type: str
    """通知类型 · What happened, for example ``REFUND.SUCCESS``."""

    resource: dict[str, object] = attrs.field(repr=False)
    """通知数据 · What it is about, decrypted. It may hold personal data, so `repr` hides it."""

    original_type: str | None
    """原始类型 · Kind of the resource, for example ``refund``."""

    create_time: str | None
    """通知创建时间 · When the notice was made, RFC 3339."""

    summary: str | None
    """回调摘要 · What happened, for people."""

    timestamp: int
    """Unix seconds at which the platform signed it."""

    nonce: str
    """Random text that the platform signed along with it; for `seen`."""

    additional_properties: dict[str, object] = attrs.field(repr=False)
    """Fields of the envelope that are not documented."""


@attrs.frozen
class NoticeResponse:
    """What to send back for a notice, within five seconds.

    https://pay.weixin.qq.com/doc/v3/partner/4012082570
    """

    status_code: int
    headers: dict[str, str]
    body: bytes

    @classmethod
    def accepted(cls) -> Self:
        """204: the notice is verified and stored, or was handled before."""
        return cls(204, {}, b"")

    @classmethod
    def failed(cls, error: Exception | None = None) -> Self:
        """401 for what does not verify, 500 for anything else: the platform sends it again.

        The text is always the same: whoever forged a notice must not learn which rule it broke.
        What `seen` knew already is accepted.
        """
        if isinstance(error, ReplayedNoticeError):
            return cls.accepted()
        status = 401 if isinstance(error, VerificationError) else 500
        body = json.dumps({"code": "FAIL", "message": "the notice was not accepted"}).encode()
        return cls(status, {"Content-Type": "application/json"}, body)


def arrived_notice(headers: object, body: object) -> RawResponse:
    """The notice as it arrived, in the form that `verify_response` takes.

    Raises:
        ConfigurationError: The body is not the raw bytes, or the headers are none.
    """
    if not isinstance(body, bytes):
        found = type(body).__name__
        raise ConfigurationError(
            f"body: expected the raw bytes of the body, found {found}; take them before anything "
            "parses them: `await request.body()`, `request.body` or `request.get_data()`"
        )
    return RawResponse(200, _signed_headers(headers), body)


def _signed_headers(headers: object) -> dict[str, str]:
    """The headers that matter, names in lower case; values that came several times are joined."""
    items: Callable[[], object] | None = getattr(headers, "items", None)
    pairs = headers if items is None else items()
    found: dict[str, list[str]] = {}
    try:
        for given, value in cast("Iterable[tuple[object, object]]", pairs):
            name = _name(given)
            if name in _NAMES:
                found.setdefault(name, []).extend(_values(name, value))
    except (TypeError, ValueError):
        found.clear()
        kind = type(headers).__name__
        del headers, pairs
        raise ConfigurationError(
            f"headers: expected the headers of the request, a mapping or pairs, found {kind}; give "
            "`request.headers`"
        ) from None
    return {name: ", ".join(values) for name, values in found.items()}


def _name(given: object) -> str:
    name = _text(given)
    if name.startswith(_WSGI):
        name = name.removeprefix(_WSGI).replace("_", "-")
    return name.lower()


def _values(name: str, value: object) -> list[str]:
    several = cast("list[object]", value) if isinstance(value, list | tuple) else [value]
    texts = [_text(one) for one in several]
    if name != _NONCE:  # WSGI servers join repeated headers with a comma, which no other value has
        texts = [part.strip() for text in texts for part in text.split(",")]
    return texts


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def verify_notice(arrived: RawResponse, verifier: Verifier, now: float) -> None:
    """Return if the platform signed the notice, at most five minutes ago; raise otherwise.

    Raises:
        VerificationError: One of its subclasses, by the rule that was broken first.
    """
    try:
        verify_response(arrived, verifier, now=now)
    except VerificationError as error:
        describe(error, arrived, method=None, url=None)
        error.is_notice, error.outcome_unknown, error.status_code = True, False, None
        way_on = _WAYS.get(type(error))
        want_download = getattr(verifier, "want_download", None)
        if isinstance(error, UnknownSerialError) and want_download is not None:
            want_download()
            way_on = _DOWNLOAD
        if way_on is not None:
            error.reason = f"{error.reason}; {way_on}"
        raise


def opened_notice(arrived: RawResponse, key: APIv3Key) -> Notice | Problem:
    """The content of a verified notice, or the problem with it."""
    envelope = _object_in(arrived.body)
    if envelope is None:
        return Problem("body: expected a JSON object, found something else", _FORM)
    sealed = envelope.pop("resource", None)
    notice_id, event_type = envelope.pop("id", None), envelope.pop("event_type", None)
    if not isinstance(notice_id, str) or not isinstance(event_type, str):
        return Problem("body: expected texts in `id` and `event_type`, found none", _FORM)
    if not isinstance(sealed, dict):
        return Problem("body: expected an object in `resource`, found none", _FORM)
    fields = cast("dict[str, object]", sealed)
    resource = _opened(fields, key)
    if isinstance(resource, Problem):
        return resource
    return Notice(
        id=notice_id,
        event_type=event_type,
        resource=resource,
        original_type=_optional(fields.get("original_type")),
        create_time=_optional(envelope.pop("create_time", None)),
        summary=_optional(envelope.pop("summary", None)),
        timestamp=int(arrived.headers[_TIMESTAMP]),
        nonce=arrived.headers[_NONCE],
        additional_properties=envelope,
    )


_FORM = "the signature is WeChat Pay's, so the form of notices may have changed"


def _opened(sealed: dict[str, object], key: APIv3Key) -> dict[str, object] | Problem:
    algorithm = sealed.get("algorithm")
    if algorithm != AEAD_AES_256_GCM:
        return Problem(
            f"resource.algorithm: expected {AEAD_AES_256_GCM}, found {shown(str(algorithm))}",
            "choose the international algorithms in the merchant console (API security)",
        )
    ciphertext, nonce = sealed.get("ciphertext"), sealed.get("nonce")
    associated = sealed.get("associated_data")
    associated = "" if associated is None else associated
    if not (isinstance(ciphertext, str) and isinstance(nonce, str) and isinstance(associated, str)):
        return Problem(
            "resource: expected texts in `ciphertext`, `nonce` and `associated_data`, found others",
            _FORM,
        )
    plain = key.decrypt(ciphertext=ciphertext, nonce=nonce, associated_data=associated)
    if plain is None:
        return Problem(f"resource: does not decrypt: {NOT_THIS_KEY}")
    opened = _object_in(plain)
    return (
        Problem("resource: expected a JSON object in it, found none", _FORM)
        if opened is None
        else opened
    )


def _object_in(text: bytes) -> dict[str, object] | None:
    """The JSON object in a text of UTF-8, if there is one."""
    try:
        parsed: object = json.loads(text.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, object]", parsed) if isinstance(parsed, dict) else None


def _refuse(constant: str) -> None:
    raise ValueError(constant)  # NaN and Infinity are no JSON


def _optional(value: object) -> str | None:
    return value if isinstance(value, str) else None
