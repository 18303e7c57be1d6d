"""Whose signatures are trusted: the protocol, and the verifier over RSA keys.

https://pay.weixin.qq.com/doc/v3/partner/4012925289 recommends what is done here: one map from
``Wechatpay-Serial`` to key, whichever kind the key is of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Protocol, Self, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa

from ._certificate_forms import certificate_key, load_certificates, serial_text
from ._errors import ConfigurationError, InvalidSignatureError, UnknownSerialError
from ._key_forms import QUOTES, KeySource, Problem, is_path_like, load_public_key, need, unquoted
from ._message import PADDING, SHA256, SHA256_RSA2048

if TYPE_CHECKING:
    from cryptography import x509

_FOREVER = float("inf")
_HEX = re.compile(r"[0-9A-Fa-f]{1,40}")
_KEY_ID = re.compile(r"[!-~]{1,128}")
_MANGLED_ID = re.compile(r"key\W?_?id", re.IGNORECASE)

KEY_ID_PREFIX = "PUB_KEY_ID_"
_PLATFORM_USES_PUBLIC_KEY = (
    "certificate mode is set here, and WeChat Pay signs with its public key; set "
    "WECHATPAY_PUBLIC_KEY_ID and WECHATPAY_PUBLIC_KEY (pub_key.pem and its id, from the merchant "
    "console), in code `public_keys=RSAVerifier.from_public_key(…)`"
)
_OTHER_PUBLIC_KEY = (
    "WeChat Pay signs with another public key than the one set here; take pub_key.pem and its id "
    "from the merchant console once more, for WECHATPAY_PUBLIC_KEY and WECHATPAY_PUBLIC_KEY_ID"
)
_OTHER_CERTIFICATE = (
    "WeChat Pay signs with another platform certificate than those trusted here; set "
    "WECHATPAY_API_V3_KEY, in code `PlatformCertificates(…)`, so that new ones are downloaded. If "
    "that is so already, something in between changes headers"
)
_PLATFORM_USES_CERTIFICATE = (
    "public key mode is set here, and WeChat Pay signs with a platform certificate; set "
    "WECHATPAY_API_V3_KEY beside WECHATPAY_PUBLIC_KEY, so that both kinds are trusted, in code "
    "`PlatformCertificates(…, public_keys=…)`"
)


class Verifier(Protocol):
    """Knows the platform's keys. Implement it to keep them somewhere else."""

    @property
    def algorithm(self) -> str:
        """The ``Wechatpay-Signature-Type`` it serves, ``WECHATPAY2-SHA256-RSA2048`` for RSA."""
        ...

    def preferred_serial_no(self, now: float) -> str | None:
        """The key that we ask the platform to sign with (``Wechatpay-Serial``); None for any."""
        ...

    def verify(self, message: bytes, *, serial_no: str, signature: bytes, now: float) -> None:
        """Return if the signature is the platform's over the message; raise otherwise.

        Raises:
            UnknownSerialError: No trusted key has that serial number, or it has expired.
            InvalidSignatureError: The key did not make that signature over that message.
        """
        ...


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A public key of the platform, and the time span in which it is trusted (Unix seconds)."""

    serial_no: str
    key: rsa.RSAPublicKey
    not_before: float = 0.0
    not_after: float = _FOREVER

    @classmethod
    def from_certificate(cls, certificate: x509.Certificate) -> Self:
        """The key of a certificate, for as long as the certificate is valid."""
        return cls(
            serial_no=serial_text(certificate),
            key=need(certificate_key(certificate), "certificate"),
            not_before=certificate.not_valid_before_utc.timestamp(),
            not_after=certificate.not_valid_after_utc.timestamp(),
        )


class RSAVerifier:
    """Verifies with RSA public keys, found by ``Wechatpay-Serial``. Immutable.

    WeChat Pay public keys and platform certificates stand side by side: ``a | b`` holds the keys
    of both and prefers those of ``a``, which is what a changeover needs, in either direction.
    """

    algorithm = SHA256_RSA2048

    def __init__(self, keys: Iterable[TrustedKey]) -> None:
        ordered = tuple(keys)
        self._ordered = ordered
        # In `a | b`, the key of `a` wins where both have the same serial number.
        self._by_serial: Mapping[int | str, TrustedKey] = {
            serial_index(trusted.serial_no): trusted for trusted in reversed(ordered)
        }

    @classmethod
    def from_public_key(cls, public_key_id: str, pem_or_path: KeySource | rsa.RSAPublicKey) -> Self:
        """From the WeChat Pay public key (微信支付公钥) and its id.

        Both come from the merchant console: https://pay.weixin.qq.com/doc/v3/partner/4013059017

        Args:
            public_key_id: The id, usually ``PUB_KEY_ID_`` and digits; compared as it is.
            pem_or_path: ``pub_key.pem``: its text or bytes, its path, or a key already loaded.

        Raises:
            ConfigurationError: The id cannot be one, or the key is missing or is something else.
        """
        loaded, key_id = load_public_key(pem_or_path), checked_key_id(public_key_id)
        del pem_or_path, public_key_id  # see _key_forms: either may be a private key, by mistake
        key = need(loaded, "public key")
        return cls([TrustedKey(need(key_id, "public_key_id"), key)])

    @classmethod
    def from_certificates(
        cls, pems: KeySource | x509.Certificate | Iterable[KeySource | x509.Certificate]
    ) -> Self:
        """From platform certificates (微信支付平台证书), each trusted until it expires.

        https://pay.weixin.qq.com/doc/v3/partner/4013059030

        Args:
            pems: One or several certificates: PEM or DER, text, bytes, path, or loaded.

        Raises:
            ConfigurationError: One of them is missing or is something else, or there is none.
        """
        loaded = [load_certificates(source) for source in each(pems)]
        del pems
        trusted = [
            TrustedKey.from_certificate(certificate)
            for certificates in loaded
            for certificate in need(certificates, "platform certificate")
        ]
        if not trusted:
            raise ConfigurationError("platform certificate: found none")
        return cls(sorted(trusted, key=lambda one: one.not_before, reverse=True))

    def __or__(self, other: RSAVerifier) -> RSAVerifier:
        """Both verifiers' keys; this one's are preferred."""
        return RSAVerifier([*self._ordered, *other._ordered])

    @property
    def serial_numbers(self) -> tuple[str, ...]:
        """Of its keys, the preferred one first."""
        return tuple(trusted.serial_no for trusted in self._ordered)

    def knows(self, serial_no: str, now: float) -> bool:
        """Whether a key of that serial number is trusted now."""
        trusted = self._by_serial.get(serial_index(serial_no))
        return trusted is not None and now < trusted.not_after

    def preferred_serial_no(self, now: float) -> str | None:
        """The serial number of `preferred_key`."""
        trusted = self.preferred_key(now)
        return None if trusted is None else trusted.serial_no

    def preferred_key(self, now: float) -> TrustedKey | None:
        """The first key that is valid now; among certificates, the one that began last."""
        for trusted in self._ordered:
            if trusted.not_before <= now < trusted.not_after:
                return trusted
        return None

    def verify(self, message: bytes, *, serial_no: str, signature: bytes, now: float) -> None:
        """Return if the key of that serial number made the signature; raise otherwise."""
        trusted = self._by_serial.get(serial_index(serial_no))
        if trusted is None:
            raise UnknownSerialError(self._why_unknown(serial_no))
        if now >= trusted.not_after:
            raise UnknownSerialError("the certificate of its serial number has expired")
        try:
            trusted.key.verify(signature, message, PADDING, SHA256)
        except InvalidSignature:
            raise InvalidSignatureError("the signature does not match") from None

    def _why_unknown(self, serial_no: str) -> str:
        """The text for a serial number that no key has; another key mode may be the cause."""
        by_public_key = _is_key_id(serial_no)
        has_public_key = any(_is_key_id(trusted.serial_no) for trusted in self._ordered)
        has_certificate = any(_HEX.fullmatch(trusted.serial_no) for trusted in self._ordered)
        if by_public_key and has_public_key:
            why = _OTHER_PUBLIC_KEY
        elif by_public_key:
            why = _PLATFORM_USES_PUBLIC_KEY
        elif _HEX.fullmatch(serial_no) and has_certificate:
            why = _OTHER_CERTIFICATE
        elif _HEX.fullmatch(serial_no) and has_public_key:
            why = _PLATFORM_USES_CERTIFICATE
        else:
            return "no trusted key has its serial number"
        return f"no trusted key has its serial number: {why}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self.serial_numbers)})"


def checked_key_id(text: object) -> str | Problem:
    """The id of a public key. It is opaque, apart from a few recognisable mistakes."""
    if not isinstance(text, str):
        return Problem(f"expected text, found {type(text).__name__}", QUOTES)
    key_id = unquoted(text)
    if key_id.upper().startswith(KEY_ID_PREFIX):
        key_id = key_id.upper()
    if key_id.isdigit() and key_id.isascii():
        return Problem(
            f"expected {KEY_ID_PREFIX} and digits, found the digits alone",
            f"put {KEY_ID_PREFIX} in front",
        )
    if is_path_like(key_id):
        found = "a path"
    elif not key_id.startswith(KEY_ID_PREFIX) and _MANGLED_ID.search(key_id):
        found = "the same with another beginning"
    elif _KEY_ID.fullmatch(key_id):
        return key_id
    else:
        found = f"{len(text)} characters that cannot be one"
    return Problem(
        f"expected the id shown beside the public key, {KEY_ID_PREFIX}…, found {found}",
        f"give the id itself, as the merchant console shows it, from {KEY_ID_PREFIX} on",
    )


def _is_key_id(serial_no: str) -> bool:
    return serial_no.startswith(KEY_ID_PREFIX)


def serial_index(serial_no: str) -> int | str:
    """Where a serial number stands in the map: certificates by number, key ids by their text.

    Hex text differs between sources, in case and in leading zeros; the number does not.
    """
    return int(serial_no, 16) if _HEX.fullmatch(serial_no) else serial_no


def each(
    pems: KeySource | x509.Certificate | Iterable[KeySource | x509.Certificate],
) -> Iterable[KeySource | x509.Certificate]:
    """One source or several, as they were given.

    It imports X.509 when a verifier is made: later, a fork could come in the middle of the import.
    """
    from cryptography import x509  # see `_certificate_forms`

    if isinstance(pems, (str, bytes, PathLike, x509.Certificate)):
        return [pems]
    if not isinstance(cast(object, pems), Iterable):
        raise ConfigurationError(f"certificate: expected certificates, found {type(pems).__name__}")
    return pems
