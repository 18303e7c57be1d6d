"""Verification and decryption as careless libraries do them; for broken verifiers only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


def block_fits(
    key: rsa.RSAPublicKey,
    signature: bytes,
    message: bytes,
    fits: Callable[[bytes, bytes], object],
) -> None:
    """Look at the block under a signature in a way of one's own."""
    numbers = key.public_numbers()
    number = int.from_bytes(signature)
    hasher = hashes.Hash(hashes.SHA256())
    hasher.update(message)
    if len(signature) != 256 or number >= numbers.n:
        raise InvalidSignature
    block = pow(number, numbers.e, numbers.n).to_bytes(256)
    if not fits(block, SHA256_INFO + hasher.finalize()):
        raise InvalidSignature


def with_hash(
    key: rsa.RSAPublicKey, signature: bytes, message: bytes, name: str, *, pss: bool = False
) -> None:
    """Take SHA-256, or another hash or padding."""
    try:
        key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        hasher = getattr(hashes, name)()
        scheme = padding.PSS(padding.MGF1(hasher), 0) if pss else padding.PKCS1v15()
        key.verify(signature, message, scheme, hasher)


def signature_fits(key: rsa.RSAPublicKey, signature: bytes, message: bytes) -> bool:
    try:
        key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def untagged(key: Any, nonce: bytes, sealed: bytes, _data: bytes) -> bytes:  # noqa: ANN401
    """Decrypt in counter mode, without a look at the tag."""
    counter = nonce[:12].ljust(12, b"\0") + b"\0\0\0\2"
    return Cipher(algorithms.AES(key), modes.CTR(counter)).decryptor().update(sealed[:-16])


def short_tag(key: Any, size: int, nonce: bytes, sealed: bytes, data: bytes) -> bytes:  # noqa: ANN401
    """Decrypt with a tag of `size` bytes, or of 16."""
    for length in (16, size):
        mode = modes.GCM(nonce, sealed[-length:], min_tag_length=length)
        opened = Cipher(algorithms.AES(key), mode).decryptor()
        opened.authenticate_additional_data(data)
        text = opened.update(sealed[:-length])
        try:
            return text + opened.finalize()
        except Exception:  # noqa: BLE001, S112 - the next length may fit
            continue
    raise ValueError("no tag fits")


def rolled(text: str) -> datetime:
    """Read a time as lenient calendars do: 30 February is 2 March."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        year, month, rest = text.split("-", 2)
        day, clock = rest.split("T")
        first = datetime.fromisoformat(f"{year}-{month}-01T{clock}")
        return first + timedelta(days=int(day) - 1)
