"""Who signs requests: the protocol, and the signer that holds the key in memory.

https://pay.weixin.qq.com/doc/v3/partner/4012365862
"""

from __future__ import annotations

import os
import re
import weakref
from typing import TYPE_CHECKING, NoReturn, Protocol, Self

from cryptography.hazmat.primitives.asymmetric import rsa

from ._certificate_forms import load_own_certificate, load_pkcs12, merchant_of, serial_text
from ._encryption import OAEP
from ._errors import ConfigurationError, DecryptionError
from ._key_forms import (
    QUOTES,
    KeySource,
    Problem,
    is_path_like,
    load_private_key,
    need,
    unquoted,
)
from ._message import PADDING, SHA256, SHA256_RSA2048
from ._trusted_keys import KEY_ID_PREFIX

if TYPE_CHECKING:
    from cryptography import x509

MCHID_MAX = 32
_MCHID = "give the number itself, as the merchant console shows it"

_SERIAL = re.compile(r"[0-9A-F]{1,40}")
_SERIAL_LABEL = re.compile(r"(serial( ?number)?\s*[=:]|0x)\s*", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s:-]")
PRINT_SERIAL = "`openssl x509 -in apiclient_cert.pem -noout -serial` prints the serial number"


class Signer(Protocol):
    """Signs requests for one merchant certificate; implement it over an HSM or a cloud's KMS.

    `sign` may block for as long as the key's home needs. An error it raises reaches
    the caller of the HTTP client, and nothing is sent.
    """

    @property
    def algorithm(self) -> str:
        """Scheme of the ``Authorization`` header, ``WECHATPAY2-SHA256-RSA2048`` for RSA."""
        ...

    @property
    def serial_no(self) -> str:
        """Serial number of the merchant's API certificate."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The raw signature over the message; for RSA: PKCS#1 v1.5 over its SHA-256."""
        ...


class AsyncSigner(Protocol):
    """A `Signer` whose `sign` is awaited. It serves async clients only."""

    @property
    def algorithm(self) -> str:
        """Scheme of the ``Authorization`` header, ``WECHATPAY2-SHA256-RSA2048`` for RSA."""
        ...

    @property
    def serial_no(self) -> str:
        """Serial number of the merchant's API certificate."""
        ...

    async def sign(self, message: bytes) -> bytes:
        """The raw signature over the message; for RSA: PKCS#1 v1.5 over its SHA-256."""
        ...


class RSASigner:
    """Signs with an RSA key held in memory. Stateless, so safe in any thread or task.

    Attributes:
        algorithm: ``WECHATPAY2-SHA256-RSA2048``.
        serial_no: Serial number of the merchant's API certificate, upper-case hex.
        mchid: The merchant the certificate names, where one was given; else None.
    """

    algorithm = SHA256_RSA2048

    def __init__(self, key: rsa.RSAPrivateKey, *, serial_no: str, mchid: str | None = None) -> None:
        serial = checked_serial(serial_no)
        del serial_no  # see _key_forms: it may be a secret that was put into the wrong place
        self._key = need(load_private_key(key), "private key")
        self._numbers = self._key.private_numbers()
        # The first signature imports modules under locks. A child forked in the middle of that
        # would wait for those locks forever, so we sign once here.
        self.sign(b"")
        self.serial_no = need(serial, "serial_no")
        self.mchid = mchid
        _everyone.add(self)

    @classmethod
    def from_pem(
        cls,
        pem_or_path: KeySource | rsa.RSAPrivateKey,
        *,
        serial_no: str | None = None,
        certificate: KeySource | x509.Certificate | None = None,
        password: bytes | str | None = None,
    ) -> Self:
        """From ``apiclient_key.pem``: its text or bytes, its path, or a key already loaded.

        Args:
            pem_or_path: The merchant's private key, PKCS#8 or PKCS#1, PEM or DER.
            serial_no: Serial number of the merchant's API certificate. Can be left out if the
                certificate is given.
            certificate: ``apiclient_cert.pem``, to read the serial number from it and to check
                that the key belongs to it.
            password: For an encrypted key.

        Raises:
            ConfigurationError: A file is missing, or is not what it should be; the key does not
                belong to the certificate; there is neither a serial number nor a certificate.
        """
        loaded = load_private_key(pem_or_path, password)
        own = None
        if certificate is not None:
            matching = loaded if isinstance(loaded, rsa.RSAPrivateKey) else None
            own = load_own_certificate(certificate, matching)
        checked = checked_serial(serial_no) if serial_no is not None else None
        # See _key_forms: no key, in any argument, may stay in the locals of a traceback.
        del pem_or_path, password, certificate, serial_no
        key = need(loaded, "private key")
        serial = need(checked, "serial_no")
        if own is None:
            if serial is None:
                raise ConfigurationError(
                    "serial_no: give it, or the certificate (apiclient_cert.pem) to read it from"
                )
            return cls(key, serial_no=serial)
        own = need(own, "certificate")
        if serial is not None and int(serial, 16) != own.serial_number:
            raise ConfigurationError(
                f"serial_no: differs from the certificate's, which is {serial_text(own)}"
            )
        return cls._from_certificate(key, own)

    @classmethod
    def from_pkcs12(cls, source: KeySource, password: bytes | str) -> Self:
        """From ``apiclient_cert.p12``, which also brings the serial number and the mchid.

        Args:
            source: The file's path, or its bytes.
            password: The file's password.

        Raises:
            ConfigurationError: The file is missing, damaged, lacks a part, or the password is
                not its own.
        """
        loaded = load_pkcs12(source, password)
        del source, password
        return cls._from_certificate(*need(loaded, "PKCS#12"))

    @classmethod
    def _from_certificate(cls, key: rsa.RSAPrivateKey, own: x509.Certificate) -> Self:
        if own.public_key() != key.public_key():
            raise ConfigurationError(
                f"private key: does not belong to the certificate {serial_text(own)}"
            )
        return cls(key, serial_no=serial_text(own), mchid=merchant_of(own))

    def sign(self, message: bytes) -> bytes:
        """The signature over the message."""
        return self._key.sign(message, PADDING, SHA256)

    def decrypt(self, ciphertext: bytes) -> bytes:
        """What was encrypted with the public key of the merchant's API certificate.

        Raises:
            DecryptionError: It was encrypted for another key or in another way, or was changed.
        """
        try:
            return self._key.decrypt(ciphertext, OAEP)
        except ValueError:
            pass  # its text differs between versions of OpenSSL, and must not say how far it came
        raise DecryptionError(
            "ciphertext: expected RSA-OAEP (SHA-1) for the public key of the merchant's API "
            f"certificate {self.serial_no}, found {len(ciphertext)} bytes that do not decrypt; "
            "use the private key of the certificate that signed the request"
        )

    def renew_key(self) -> None:
        """Load the key anew in a forked child.

        OpenSSL locks a key while it signs. Had another thread been signing at the fork, the
        child's copy would stay locked.
        """
        # The key was validated when it was loaded first.
        self._key = self._numbers.private_key(unsafe_skip_rsa_key_validation=True)

    def __repr__(self) -> str:
        # `__init__` may have failed before the serial number was set.
        return f"{type(self).__name__}(serial_no={vars(self).get('serial_no')!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a signer holds a private key: build it in each process, don't pickle it")


_everyone: weakref.WeakSet[RSASigner] = weakref.WeakSet()


def renew_keys() -> None:
    """Reset every signer in a forked child."""
    for signer in _everyone:
        signer.renew_key()


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows knows no fork
    os.register_at_fork(after_in_child=renew_keys)


def checked_serial(text: object) -> str | Problem:
    """The serial number of a merchant certificate, as the platform prints it.

    OpenSSL prints ``serial=5A…`` and colons, browsers print spaces and lower case.
    """
    if not isinstance(text, str):
        return Problem(f"expected text, found {type(text).__name__}", QUOTES)
    serial = _SEPARATORS.sub("", _SERIAL_LABEL.sub("", unquoted(text))).upper()
    if _SERIAL.fullmatch(serial):
        return serial
    way_on = PRINT_SERIAL
    if serial.startswith(KEY_ID_PREFIX):
        found = "the id of WeChat Pay's public key, which is for verifying"
        way_on = f"{PRINT_SERIAL}; the id belongs into WECHATPAY_PUBLIC_KEY_ID"
    elif serial.isdigit():
        found = f"{len(text)} digits, as of the number in decimal"
    else:
        found = _what(text)
    return Problem(
        "expected the serial number of the merchant's API certificate, up to 40 hex digits, "
        f"found {found}",
        way_on,
    )


def checked_mchid(text: object) -> str | Problem:
    """A merchant's number. What is wrong with one is not shown: it may be a secret."""
    if not isinstance(text, str):
        # YAML and JSON give a number where nobody put quotes.
        return Problem(f"expected digits as text, found {type(text).__name__}", QUOTES)
    if text.isascii() and text.isdigit() and len(text) <= MCHID_MAX:
        return text
    return Problem(f"expected digits alone, found {_what(text)}", _MCHID)


def _what(text: str) -> str:
    """What a wrong value is, without showing it."""
    if "-----BEGIN" in text:
        return "a PEM"
    return (
        f"a path, {unquoted(text)}" if is_path_like(unquoted(text)) else f"{len(text)} characters"
    )
