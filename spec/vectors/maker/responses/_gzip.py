"""Compress to the same bytes everywhere, which no compressor promises."""

from __future__ import annotations

import zlib

_HEADER = bytes.fromhex("1f8b08000000000000ff")  # no name, no time, system unknown


def gzip(data: bytes) -> bytes:
    """Wrap up to 65,535 bytes as one stored block (RFC 1951, 3.2.4; RFC 1952)."""
    size = len(data)
    block = b"\1" + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little") + data
    return _HEADER + block + zlib.crc32(data).to_bytes(4, "little") + size.to_bytes(4, "little")
