"""The platform's side of the cryptography, written with `cryptography` alone.

Nothing is shared with the client packages: a mistake made on both sides would cancel out.
"""

from __future__ import annotations

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

# What both official SDKs do; an FAQ that recommends SHA-256 has no code behind it.
_OAEP = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)  # noqa: S303


def request_message(method: str, target: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    """Build the string a merchant signs."""
    return f"{method}\n{target}\n{timestamp}\n{nonce}\n".encode("latin-1") + body + b"\n"


def reply_message(timestamp: str, nonce: str, body: bytes) -> bytes:
    """Build the string the platform signs."""
    return f"{timestamp}\n{nonce}\n".encode("latin-1") + body + b"\n"


def sign(key: rsa.RSAPrivateKey, message: bytes) -> str:
    """Sign with SHA-256 and RSA, PKCS#1 v1.5, as base64 on one line."""
    signature = key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(signature).decode("ascii")


def is_signature(key: rsa.RSAPublicKey, message: bytes, signature: str) -> bool:
    """Tell whether a base64 signature belongs to the message."""
    try:
        raw = base64.b64decode(signature)
        # Stricter than any mode of the decoder, which lets stray bits at the end pass.
        if base64.b64encode(raw).decode("ascii") != signature:
            return False
        key.verify(raw, message, padding.PKCS1v15(), hashes.SHA256())
    except (binascii.Error, ValueError, InvalidSignature):
        return False
    return True


def seal(key: rsa.RSAPublicKey, plain: str) -> str:
    """Encrypt a field of a response, which the merchant's private key opens."""
    return base64.b64encode(key.encrypt(plain.encode(), _OAEP)).decode("ascii")


def unseal(key: rsa.RSAPrivateKey, sealed: str) -> str:
    """Decrypt a field of a request.

    Raises:
        ValueError: It was not encrypted for this key.
    """
    raw = base64.b64decode(sealed, validate=True)
    if len(raw) != key.key_size // 8:
        raise ValueError("not as long as the key")
    return key.decrypt(raw, _OAEP).decode()


def encrypt(api_v3_key: bytes, nonce: str, associated_data: str, plain: bytes) -> str:
    """Encrypt as `AEAD_AES_256_GCM` does: base64 of the ciphertext with its tag."""
    sealed = AESGCM(api_v3_key).encrypt(nonce.encode(), plain, associated_data.encode())
    return base64.b64encode(sealed).decode("ascii")
