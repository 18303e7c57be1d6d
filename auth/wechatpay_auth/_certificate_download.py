"""A download of the platform's certificates: how it ends, and what is read from its response."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from ._api_v3_key import AEAD_AES_256_GCM, NOT_THIS_KEY, APIv3Key
from ._certificate_forms import load_certificates
from ._errors import CertificateDownloadError
from ._key_forms import Problem
from ._network import explain
from ._rules import RawResponse
from ._trusted_keys import TrustedKey, serial_index

if TYPE_CHECKING:
    from cryptography import x509

_SHOWN = 200
CERTIFICATES_PATH = "/v3/certificates"

Outcome = CertificateDownloadError | None
"""How a download ended, for the calls that wait: why it failed, or None. None means: ask again.
Either the certificates are there, or the download was interrupted and another call makes it."""

_ERROR_CODE = re.compile(r"[A-Z_]{1,64}")
_NONE_FOR_THIS_MERCHANT = frozenset({"RESOURCE_NOT_EXISTS", "NOT_FOUND"})


class Refresh:
    """Held by the one call that downloads.

    Use it in `with`: leaving the block wakes the calls that wait.
    """

    def __init__(
        self,
        install: Callable[[RawResponse, float], CertificateDownloadError | None],
        finish: Callable[[Outcome], None],
    ) -> None:
        self._install = install
        self._finish = finish
        self._outcome: Outcome = None

    def __enter__(self) -> Self:
        return self

    def complete(self, response: RawResponse, now: float) -> CertificateDownloadError | None:
        """Hand in the response; the result is why it could not be used, or None."""
        self._outcome = self._install(response, now)
        return self._outcome

    def fail(self, reason: str) -> CertificateDownloadError:
        """Report a response that broke the bounds; the result is the error for the caller."""
        self._outcome = failure = CertificateDownloadError(
            f"GET {CERTIFICATES_PATH} brought a response, but {reason}"
        )
        return failure

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        cause = network_failure(error) if isinstance(error, GeneratorExit) else error
        if isinstance(cause, Exception):
            self._outcome = CertificateDownloadError(
                f"the download of the platform's certificates failed: {type(cause).__name__}, "
                f"{explain(cause)[0]}"
            )
        self._finish(self._outcome)


def network_failure(closing: GeneratorExit) -> Exception | None:
    """Why an HTTP client closed an auth flow in the middle of a request.

    httpx does not tell the flow that a request failed; it closes the flow while it handles the
    error. A cancelled task or an interrupt is no failure and yields None.
    """
    cause = closing.__context__
    while isinstance(cause, GeneratorExit):
        cause = cause.__context__
    if cause is not None:
        return cause if isinstance(cause, Exception) else None
    # Python sets no __context__ when it closes an async generator. We take it for a network
    # failure unless the task is being cancelled.
    return ConnectionError("the HTTP client gave up") if _task_goes_on() else None


def _task_goes_on() -> bool:
    import asyncio

    try:
        task = asyncio.current_task()
    except RuntimeError:
        return False
    return task is not None and not task.cancelling()


def require_success(response: RawResponse) -> None:
    """Raise for anything but a 200.

    Raises:
        CertificateDownloadError: With status and error code, and what to do about it if known.
    """
    if response.status_code == 200:
        return
    code = error_code(response)
    text = f"GET {CERTIFICATES_PATH} brought {response.status_code} {code or 'without a code'}"
    said = error_message(response)
    if said is not None:
        text += f" {said}"
    if code in _NONE_FOR_THIS_MERCHANT:
        text += (
            ": this merchant has no platform certificate; use the WeChat Pay public key "
            "(WECHATPAY_PUBLIC_KEY_ID and WECHATPAY_PUBLIC_KEY)"
        )
    raise CertificateDownloadError(text)


def error_code(response: RawResponse) -> str | None:
    """The ``code`` of an error response, if it has one of the platform's form."""
    code = _field(response, "code")
    return code if code is not None and _ERROR_CODE.fullmatch(code) else None


def error_message(response: RawResponse) -> str | None:
    """The ``message`` of an error response, in quotes; anybody may have written it."""
    message = _field(response, "message")
    return f'"{shown(message)}"' if message else None


def _field(response: RawResponse, name: str) -> str | None:
    try:
        parsed: object = json.loads(response.body)
    except (ValueError, RecursionError):
        return None
    value: object = cast(dict[str, Any], parsed).get(name) if isinstance(parsed, dict) else None
    return value if isinstance(value, str) else None


def shown(text: str) -> str:
    """A text of somebody else's, in one line and without control characters."""
    cut = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return "".join(character if character.isprintable() else "?" for character in cut)


# The platform encrypts notices with the same key, and others can put text into notices. Somebody
# could have their own certificate encrypted that way. So we require the associated data of a
# certificate, and a plaintext that is exactly one certificate (white space around it aside).
_ASSOCIATED_DATA = "certificate"
_ONE_CERTIFICATE = re.compile(
    rb"\s*-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]*-----END CERTIFICATE-----\s*"
)


def read_certificates(
    body: bytes, key: APIv3Key, *, now: float, issuers: Sequence[x509.Certificate] = ()
) -> list[TrustedKey]:
    """The certificates in the response that are valid now, the one that began last first.

    Args:
        body: The response's body.
        key: The merchant's APIv3 key.
        now: Unix seconds.
        issuers: If there are any, each certificate must be issued by one of them.

    Raises:
        CertificateDownloadError: The response is not of the documented form, a certificate in it
            does not decrypt or is not what its entry says, or none of them is valid.
    """
    trusted: list[TrustedKey] = []
    for entry in _entries(body):
        encrypted = _object(entry.get("encrypt_certificate"))
        if encrypted.get("algorithm") != AEAD_AES_256_GCM:
            continue  # a certificate of another algorithm (SM2), which an RSA verifier cannot use
        pem = key.decrypt(
            ciphertext=_text(encrypted, "ciphertext"),
            nonce=_text(encrypted, "nonce"),
            associated_data=_text(encrypted, "associated_data"),
        )
        if pem is None:
            raise CertificateDownloadError(f"a certificate does not decrypt: {NOT_THIS_KEY}")
        if encrypted["associated_data"] != _ASSOCIATED_DATA or not _ONE_CERTIFICATE.fullmatch(pem):
            raise CertificateDownloadError(
                "an entry was not encrypted as one certificate and nothing else"
            )
        certificates = load_certificates(pem)
        if isinstance(certificates, Problem):
            raise CertificateDownloadError(f"an entry is not usable: {certificates.text}")
        _require_issuer(certificates[0], issuers)
        trusted.append(_checked(certificates[0], entry))
    valid = [one for one in trusted if now < one.not_after]
    if not valid:
        raise CertificateDownloadError("the response holds no certificate that is valid now")
    return sorted(valid, key=lambda one: one.not_before, reverse=True)


def _checked(certificate: x509.Certificate, entry: dict[str, Any]) -> TrustedKey:
    trusted = TrustedKey.from_certificate(certificate)
    if serial_index(_text(entry, "serial_no").strip()) != certificate.serial_number:
        raise CertificateDownloadError("an entry's serial_no is not that of its certificate")
    # During a replacement the platform may end an entry before the certificate itself ends.
    stated_end = _time(entry.get("expire_time"))
    if stated_end is None:
        return trusted
    return replace(trusted, not_after=min(stated_end, trusted.not_after))


def _require_issuer(certificate: x509.Certificate, issuers: Sequence[x509.Certificate]) -> None:
    for issuer in issuers:
        try:
            certificate.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
            continue
        return
    if issuers:
        raise CertificateDownloadError("a certificate is not issued by any of the given issuers")


def _entries(body: bytes) -> list[dict[str, Any]]:
    try:
        parsed: object = json.loads(body)
    except (ValueError, RecursionError):
        parsed = None
    entries = _object(parsed).get("data")
    if not isinstance(entries, list):
        raise CertificateDownloadError("the response is not of the documented form")
    return [_object(entry) for entry in cast(list[object], entries)]


def _object(value: object) -> dict[str, Any]:
    """A JSON object; the documentation's own sample has a space at the end of some keys."""
    if not isinstance(value, dict):
        raise CertificateDownloadError("the response is not of the documented form")
    return {name.strip(): field for name, field in cast(dict[str, Any], value).items()}


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise CertificateDownloadError(f"an entry has no text for {name}")
    return value


def _time(value: object) -> float | None:
    """Unix seconds; None if there is no time that can be read.

    The reference says integer, every response seen has RFC 3339 text. The certificate's own end
    holds in any case, so what cannot be read is left aside.
    """
    try:
        if isinstance(value, int):
            return float(value)
        moment = datetime.fromisoformat(value.strip() if isinstance(value, str) else "")
        return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError):
        return None
