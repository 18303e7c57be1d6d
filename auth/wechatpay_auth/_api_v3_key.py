"""The key that opens what the platform encrypts for a merchant: certificates and notices.

https://pay.weixin.qq.com/doc/v3/partner/4012082320
"""

import base64
from typing import NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ._key_forms import Problem

AEAD_AES_256_GCM = "AEAD_AES_256_GCM"
NOT_THIS_KEY = (
    "the APIv3 key (WECHATPAY_API_V3_KEY) is not the merchant's current one, or the response was "
    "changed; set it to the one that was set last in the merchant console (API security)"
)

_KEY_BYTES = 32


class APIv3Key:
    """The APIv3 key (APIv3密钥), which opens what the platform encrypts for this merchant."""

    def __init__(self, cipher: AESGCM) -> None:
        self._cipher = cipher

    @classmethod
    def load(cls, key: object) -> "APIv3Key | Problem":
        """The key from its 32 bytes, or the `Problem` with it, as in `_key_forms`."""
        if isinstance(key, APIv3Key):
            return key
        raw = key.encode() if isinstance(key, str) else key
        if not isinstance(raw, bytes):
            return Problem(f"expected text or bytes, found {type(raw).__name__}")
        if len(raw) != _KEY_BYTES:
            return Problem(
                f"expected exactly {_KEY_BYTES} bytes, found {len(raw)}",
                "copy it again; whoever set it in the merchant console (API security) has it",
            )
        return cls(AESGCM(raw))

    def decrypt(self, *, ciphertext: str, nonce: str, associated_data: str) -> bytes | None:
        """Open an ``AEAD_AES_256_GCM`` value; None if it was changed or is not of this key.

        Args:
            ciphertext: Base64; the bytes end in the 16 bytes of the tag.
            nonce: The initialisation vector.
            associated_data: What was authenticated along with it.
        """
        try:
            return self._cipher.decrypt(
                nonce.encode(),
                base64.b64decode(ciphertext),
                associated_data.encode(),
            )
        except (InvalidTag, ValueError, OverflowError):
            return None

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an APIv3 key is a secret: don't pickle it")
