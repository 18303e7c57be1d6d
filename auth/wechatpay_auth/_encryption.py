"""Encrypts fields for the platform, and decrypts the platform's fields (敏感信息加解密).

RSAES-OAEP with SHA-1, MGF1 with SHA-1, and no label, as in the guides and the official SDKs. An
FAQ recommends SHA-256, which the platform's own code cannot decrypt.

https://pay.weixin.qq.com/doc/v3/partner/4013059044 (public key),
https://pay.weixin.qq.com/doc/v3/partner/4013059053 (platform certificate),
https://pay.weixin.qq.com/doc/v3/partner/4013059060 (fields of responses)

No frame of this module that an error leaves holds a plain text; `_key_forms` gives the reason.
"""

import base64
import inspect
from collections.abc import Callable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from ._errors import (
    ConfigurationError,
    DecryptionError,
    EncryptionError,
    WeChatPayAuthError,
)
from ._key_forms import Problem
from ._trusted_keys import TrustedKey

_SHA1 = hashes.SHA1()  # noqa: S303 - OAEP needs no collision resistance; the platform takes no other
OAEP = padding.OAEP(mgf=padding.MGF1(_SHA1), algorithm=_SHA1, label=None)
_OVERHEAD = 2 * _SHA1.digest_size + 2


class Encryptor:
    """Encrypts texts with one public key of the platform. Immutable.

    Attributes:
        serial_no: What ``Wechatpay-Serial`` of the request has to be: the id of the public key, or
            the serial number of the platform certificate.
        max_bytes: How many bytes of UTF-8 a text may have: 214 for a key of 2048 bits.
    """

    def __init__(self, trusted: TrustedKey) -> None:
        self.serial_no = trusted.serial_no
        self.max_bytes = trusted.key.key_size // 8 - _OVERHEAD
        self._key = trusted.key

    def encrypt(self, text: str) -> str:
        """The encrypted text in base64; a different one each time. Empty text stays empty.

        Raises:
            EncryptionError: The text is too long, or is none.
        """
        problem = self._problem_of(text)
        if problem is not None:
            del text
            raise EncryptionError(f"text: {problem}")
        if not text:
            return ""
        return base64.b64encode(self._key.encrypt(text.encode(), OAEP)).decode()

    def _problem_of(self, text: object) -> Problem | None:
        if not isinstance(text, str):
            return Problem(f"expected text, found {type(text).__name__}", "give it as str")
        try:
            size = len(text.encode())
        except UnicodeEncodeError:
            return Problem("found half of a surrogate pair", "decode the text as UTF-8 or UTF-16")
        if size > self.max_bytes:
            return Problem(
                f"expected at most {self.max_bytes} bytes of UTF-8, found {size}",
                f"shorten it: RSA-OAEP with the key {self.serial_no} has no room for more",
            )
        return None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.serial_no})"


def encryptor_of(verifier: object, now: float) -> Encryptor:
    """The encryptor over the verifier's preferred key.

    Raises:
        ConfigurationError: The verifier knows none now.
    """
    preferred_key: Callable[[float], TrustedKey | None] | None
    preferred_key = getattr(verifier, "preferred_key", None)
    if preferred_key is None:
        raise ConfigurationError(
            f"verifier: expected one with preferred_key(now), which gives the key to encrypt with, "
            f"found {type(verifier).__name__}; use RSAVerifier or PlatformCertificates, or add it"
        )
    trusted = preferred_key(now)
    if trusted is not None:
        return Encryptor(trusted)
    if hasattr(verifier, "begin_refresh"):
        raise ConfigurationError(
            "verifier: expected a platform certificate to encrypt with, found none loaded; make "
            "any call with this auth object first, for example GET /v3/certificates: it downloads "
            "them. With the WeChat Pay public key (WECHATPAY_PUBLIC_KEY) no call is needed"
        )
    raise ConfigurationError(
        "verifier: expected a key that is valid now, found none; give a new platform certificate, "
        "or the WeChat Pay public key (WECHATPAY_PUBLIC_KEY)"
    )


def decrypted(ciphertext: object, signer: object) -> str | WeChatPayAuthError:
    """The text of a field that was encrypted for the signer's certificate, or what is wrong."""
    decrypt: Callable[[bytes], object] | None = getattr(signer, "decrypt", None)
    if decrypt is None:
        return ConfigurationError(
            f"signer: expected one with decrypt(), found {type(signer).__name__}, which only "
            "signs; add `decrypt(self, ciphertext: bytes) -> bytes`: RSA-OAEP with SHA-1 and MGF1 "
            "with SHA-1, by the key that signs"
        )
    if not isinstance(ciphertext, str):
        return DecryptionError(
            f"ciphertext: expected base64 as text, found {type(ciphertext).__name__}; give the "
            "field of the response as it is"
        )
    try:
        raw = base64.b64decode(ciphertext, validate=True)
    except ValueError:
        return DecryptionError(
            f"ciphertext: expected base64, found {len(ciphertext)} characters that are none; give "
            "the field of the response as it is, unless it is a plain text already"
        )
    return _text(decrypt, raw) if raw else ""


def _text(decrypt: Callable[[bytes], object], raw: bytes) -> str | DecryptionError:
    try:
        plain = decrypt(raw)
    except DecryptionError as error:
        return DecryptionError(str(error))  # without the frames that it has seen
    found = type(plain).__name__
    if inspect.iscoroutine(plain):
        plain.close()
    if not isinstance(plain, bytes):
        return DecryptionError(
            f"signer: expected bytes from decrypt(), found {found}; return the plain bytes, and do "
            "not await"
        )
    try:
        return plain.decode()
    except UnicodeDecodeError:
        return DecryptionError(
            f"ciphertext: expected UTF-8 in it, found {len(plain)} bytes that are none; decrypt "
            "them yourself, with the private key and RSA-OAEP (SHA-1)"
        )
