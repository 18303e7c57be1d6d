"""Encrypt with RSAES-OAEP under a fixed seed, so that two runs give the same bytes.

The openssl command draws a seed of its own. Here the padding is put together (RFC 8017, section
7.1.1), openssl applies the bare RSA operation, and openssl's own OAEP has to decrypt the result.
"""

from __future__ import annotations

import hashlib

from .openssl import decrypt_oaep, rsa_bare

KEY_BYTES = 256


def _mask(seed: bytes, length: int, digest: str) -> bytes:
    size = hashlib.new(digest).digest_size
    blocks = range(-(-length // size))
    return b"".join(hashlib.new(digest, seed + n.to_bytes(4)).digest() for n in blocks)[:length]


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def encrypt(plaintext: bytes, key: str, *, digest: str = "sha1", mask: str = "sha1") -> bytes:
    """Encrypt for the public key; the seed is a hash of the plaintext."""
    size = hashlib.new(digest).digest_size
    filling = bytes(KEY_BYTES - len(plaintext) - 2 * size - 2)
    block = hashlib.new(digest).digest() + filling + b"\1" + plaintext
    seed = hashlib.sha512(b"seed" + plaintext).digest()[:size]
    masked = _xor(block, _mask(seed, len(block), mask))
    masked_seed = _xor(seed, _mask(masked, size, mask))
    sealed = rsa_bare(b"\0" + masked_seed + masked, key)
    if decrypt_oaep(sealed, key, digest=digest, mask=mask) != plaintext:
        message = "openssl's OAEP does not decrypt what was encrypted here"
        raise AssertionError(message)
    return sealed
