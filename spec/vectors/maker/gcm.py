"""Encrypt with AES-256-GCM, which the openssl command lacks, out of two modes it has.

GCM is counter mode for the text plus a checksum over a Galois field (NIST SP 800-38D). openssl
does the encryption here; only the checksum is ours, ten lines of whole-number arithmetic.
"""

from __future__ import annotations

from .openssl import aes_256_block, aes_256_counter

# x^128 + x^7 + x^2 + x + 1 in GCM's reflected bit order (SP 800-38D, section 6.3).
_POLYNOMIAL = 0xE1 << 120


def _multiply(left: int, right: int) -> int:
    product = 0
    for bit in range(127, -1, -1):
        if left >> bit & 1:
            product ^= right
        right = right >> 1 ^ (_POLYNOMIAL if right & 1 else 0)
    return product


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 16)


def _checksum(hash_key: int, data: bytes) -> int:
    value = 0
    for start in range(0, len(data), 16):
        value = _multiply(value ^ int.from_bytes(data[start : start + 16]), hash_key)
    return value


def encrypt(key: bytes, nonce: bytes, associated_data: bytes, plaintext: bytes) -> bytes:
    """Return ciphertext and tag, joined as the platform joins them."""
    hash_key = int.from_bytes(aes_256_block(key, bytes(16)))
    if len(nonce) == 12:
        first = nonce + b"\0\0\0\1"
    else:
        lengths = bytes(8) + (len(nonce) * 8).to_bytes(8)
        first = _checksum(hash_key, _padded(nonce) + lengths).to_bytes(16)
    counter = first[:12] + (int.from_bytes(first[12:]) + 1 & 0xFFFFFFFF).to_bytes(4)
    ciphertext = aes_256_counter(key, counter, plaintext)
    lengths = (len(associated_data) * 8).to_bytes(8) + (len(ciphertext) * 8).to_bytes(8)
    mask = int.from_bytes(aes_256_block(key, first))
    tag = _checksum(hash_key, _padded(associated_data) + _padded(ciphertext) + lengths) ^ mask
    return ciphertext + tag.to_bytes(16)
