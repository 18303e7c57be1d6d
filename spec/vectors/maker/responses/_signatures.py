"""Cases about signatures that are not the right one."""

from __future__ import annotations

import base64

from ..document import Case, b64
from ..openssl import sha256, sign, sign_bare_hash, sign_block
from ._reply import (
    ACCEPTABLE,
    BAD,
    BODY,
    INVALID,
    NONCE,
    NOW,
    PROBE,
    VALID,
    case_of,
    headers_of,
    message_of,
    true_signature,
)


def forged() -> list[Case]:
    """Replace the signature."""
    message = message_of(str(NOW), NONCE, BODY)
    true = base64.b64decode(true_signature())
    pss = ("-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:0")
    crlf = message.replace(b"\n", b"\r\n")
    signatures = {
        "stranger": ("Signed by a key nobody trusts", sign(message, "stranger")),
        "merchant": ("Signed by the merchant's own key", sign(message, "merchant")),
        "weak": ("Signed by a key of 1024 bits", sign(message, "weak")),
        # Without a salt, so that the bytes are the same on every run.
        "pss": ("PSS padding", sign(message, "platform_a", *pss)),
        "md5": ("MD5", sign(message, "platform_a", digest="md5")),
        "sha1": ("SHA-1", sign(message, "platform_a", digest="sha1")),
        "sha224": ("SHA-224", sign(message, "platform_a", digest="sha224")),
        "sha384": ("SHA-384", sign(message, "platform_a", digest="sha384")),
        "sha512": ("SHA-512", sign(message, "platform_a", digest="sha512")),
        "bare-hash": ("The hash without its name", sign_bare_hash(message, "platform_a")),
        "sha3-256": ("SHA3-256", sign(message, "platform_a", digest="sha3-256")),
        "hash-of-hash": ("Hashed twice", sign(sha256(message), "platform_a")),
        "first-bit": ("First bit flipped", bytes([true[0] ^ 0x80]) + true[1:]),
        "last-bit": ("Last bit flipped", true[:-1] + bytes([true[-1] ^ 1])),
        "one-byte-short": ("Last byte missing", true[:-1]),
        "one-byte-long": ("One byte too many", true + b"\0"),
        "leading-zero": ("A zero byte in front: the right number, the wrong length", b"\0" + true),
        "zeros": ("All zero", bytes(256)),
        "one": ("The number one", bytes(255) + b"\1"),
        "ones": ("Larger than the modulus", b"\xff" * 256),
        "one-byte": ("A single byte", b"\0"),
        "message": ("The message instead of a signature", message),
        "other-body": ("Of another body", sign(message_of(str(NOW), NONCE, b"{}"), "platform_a")),
        "other-nonce": (
            "Of another nonce",
            sign(message_of(str(NOW), NONCE.upper(), BODY), "platform_a"),
        ),
        "other-time": (
            "Of another second",
            sign(message_of(str(NOW - 1), NONCE, BODY), "platform_a"),
        ),
        "no-final-lf": ("Of a message without its last LF", sign(message[:-1], "platform_a")),
        "crlf": ("Of a message with CR LF", sign(crlf, "platform_a")),
        "swapped": (
            "Of a message with nonce and time swapped",
            sign(message_of(NONCE, str(NOW), BODY), "platform_a"),
        ),
        "request-form": (
            "Of a message in the form of requests",
            sign(b"GET\n/v3/certificates\n" + message, "platform_a"),
        ),
        "body-only": ("Of the body alone", sign(BODY, "platform_a")),
    }
    # The signature of the usual reply under this nonce happens to begin with a zero byte.
    short = headers_of(nonce="leadingzero301")
    raw = base64.b64decode(short["Wechatpay-Signature"])
    assert raw[0] == 0  # noqa: S101 - the nonce was searched for
    return [
        case_of(
            "signature-leading-zero",
            "A signature which begins with a zero byte",
            ["ForgedSignature"],
            VALID,
            headers=short,
        ),
        case_of(
            "forged-zero-dropped",
            "The same without its zero byte: the right number, the wrong length",
            ["ForgedSignature"],
            INVALID,
            BAD,
            headers={**short, "Wechatpay-Signature": b64(raw[1:])},
        ),
    ] + [
        case_of(
            f"forged-{name}",
            comment,
            ["ForgedSignature"],
            INVALID,
            BAD,
            headers=headers_of(signature=b64(signature)),
        )
        for name, (comment, signature) in signatures.items()
    ]


# DigestInfo of SHA-256 up to the hash (RFC 8017, 9.2); the two bytes before the last two are NULL.
_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")


def padding() -> list[Case]:
    """Sign blocks that are not what PKCS#1 v1.5 prescribes, with the right key and hash."""
    digest = sha256(message_of(str(NOW), NONCE, BODY))
    info = _SHA256 + digest
    fill = b"\xff" * (256 - 3 - len(info))
    good = b"\0\1" + fill + b"\0" + info
    no_null = bytes.fromhex("302f300b0609608648016503040201") + b"\x04\x20" + digest
    long_length = bytes.fromhex("308131300d060960864801650304020105000420") + digest
    other_name = info.replace(
        bytes.fromhex("608648016503040201"), bytes.fromhex("608648016503040203")
    )

    def padded(tail: bytes) -> bytes:
        return b"\0\1" + b"\xff" * (256 - 3 - len(tail)) + b"\0" + tail

    def behind(count: int) -> bytes:
        """Pad with `count` bytes, and fill the block with zeros behind the hash."""
        return (b"\0\1" + b"\xff" * count + b"\0" + info).ljust(256, b"\0")

    def nested(garbage: int) -> bytes:
        """Hide garbage in the parameters of the hash function, where NULL belongs."""
        filler = bytes.fromhex("0482") + garbage.to_bytes(2) + bytes(garbage)
        name = bytes.fromhex("0609608648016503040201") + filler
        algorithm = bytes.fromhex("3082") + len(name).to_bytes(2) + name
        rest = algorithm + b"\x04\x20" + digest
        return bytes.fromhex("3082") + len(rest).to_bytes(2) + rest

    wrong = {
        "byte-changed": ("One padding byte is FE", good[:9] + b"\xfe" + good[10:]),
        "last-byte-changed": ("The last padding byte is FE", good[:203] + b"\xfe" + good[204:]),
        "zero-bytes": ("Padding of zeros", b"\0\1" + bytes(len(fill)) + b"\0" + info),
        "type-0": ("Block type 00", b"\0\0" + good[2:]),
        "type-2": ("Block type 02, as for encryption", b"\0\2" + good[2:]),
        "type-2-random": (
            "Block type 02, other bytes",
            b"\0\2" + b"\x5a" * len(fill) + b"\0" + info,
        ),
        "no-separator": ("No zero between padding and hash", b"\0\1" + fill + b"\xff" + info),
        "first-byte": ("The block begins with 01", b"\1" + good[1:]),
        "garbage-behind": ("Eight padding bytes, zeros behind the hash", behind(8)),
        "garbage-behind-short": ("No padding bytes, zeros behind the hash", behind(0)),
        "one-byte-behind": ("One byte behind the hash", padded(info + b"\0")),
        "garbage-parameters": ("Garbage in the parameters of SHA-256", padded(nested(160))),
        "other-name": ("The hash is SHA-256 and named SHA-512", padded(other_name)),
        "no-name": ("The hash as OCTET STRING, without a name", padded(b"\x04\x20" + digest)),
        "hash-cut": (
            "DigestInfo with half of the hash",
            padded(_SHA256[:-1] + b"\x10" + digest[:16]),
        ),
        "hash-first": ("The hash before its DigestInfo", padded(digest + _SHA256)),
    }
    old = {
        "no-null": ("DigestInfo without NULL", "MissingNull", no_null),
        "long-length": ("A length in two bytes (BER)", "BerLength", long_length),
    }
    return [
        case_of(
            f"padding-{name}",
            comment,
            [flag],
            result,
            BAD,
            headers=headers_of(signature=b64(sign_block(block, "platform_a"))),
        )
        for result, flag, name, comment, block in [
            *((INVALID, "Padding", name, *what) for name, what in wrong.items()),
            *(
                (ACCEPTABLE, flag, name, text, padded(tail))
                for name, (text, flag, tail) in old.items()
            ),
        ]
    ]


def changed() -> list[Case]:
    """Change the reply after signing."""
    headers = headers_of()
    bodies = {
        "bit": ("One bit flipped", bytes([BODY[0] ^ 1]) + BODY[1:]),
        "amount": ("Another amount", BODY.replace(b":888,", b":889,")),
        "result": ("Another result", BODY.replace(b"SUCCESS", b"FAILED!")),
        "cut": ("Last byte missing", BODY[:-1]),
        "empty": ("Nothing left", b""),
        "lf": ("A final LF added", BODY + b"\n"),
        "bom": ("A byte order mark added", b"\xef\xbb\xbf" + BODY),
        "spaces": ("Same JSON, other spacing", BODY.replace(b",", b", ")),
        "nul": ("A zero byte added", BODY + b"\0"),
    }
    times = {
        "Wechatpay-Timestamp": ("Another fresh second", str(NOW + 1)),
        "Wechatpay-Nonce": ("Another nonce", NONCE[::-1]),
    }
    two_lines = b'{"remark":"?"}\n' + BODY
    moved = headers_of(two_lines) | {"Wechatpay-Nonce": NONCE + '\n{"remark":"?"}'}
    return [
        case_of(
            "changed-line-feed-in-nonce",
            "The body's first line as the nonce's second",
            ["LineFeed"],
            INVALID,
            BAD,
            headers=moved,
        ),
        *(
            case_of(
                f"changed-body-{name}", comment, ["Body"], INVALID, BAD, headers=headers, body=body
            )
            for name, (comment, body) in bodies.items()
        ),
        *(
            case_of(
                f"changed-{header.removeprefix('Wechatpay-').lower()}",
                comment,
                ["ForgedSignature"],
                INVALID,
                BAD,
                headers={**headers, header: text},
            )
            for header, (comment, text) in times.items()
        ),
    ]


def base64_forms() -> list[Case]:
    """Spell the signature in other encodings."""
    true = true_signature()
    wrong = {
        "garbage": ("Not base64", "not*base64!"),
        "cut": ("Cut inside a group of four", true[:-5]),
        "one-character": ("One character cannot hold a byte", "A"),
        "padding-only": ("Only padding", "===="),
        "hexadecimal": ("Hex instead", base64.b64decode(true).hex()),
        "percent-encoded": ("Percent-encoded", true.replace("=", "%3D").replace("+", "%2B")),
    }
    forgiving = {
        "inner-space": ("A space inside", true[:100] + " " + true[100:]),
        "outer-spaces": ("Spaces around it", f" {true} "),
        "no-padding": ("Without padding", true.rstrip("=")),
        "url-alphabet": ("The URL alphabet", true.replace("+", "-").replace("/", "_")),
        "spare-bits": ("Unused bits set in the last character", _spare_bits(true)),
        "more-padding": ("One equals sign too many", true + "="),
        "garbage-inside": ("A stray character inside", true[:100] + "*" + true[100:]),
        "doubled": ("Two signatures, one after the other", true + true),
        "garbage-behind": ("Characters after the padding", true + "AAAA"),
    }
    return [
        *(
            case_of(
                f"base64-{name}",
                comment,
                ["Base64"],
                INVALID,
                BAD,
                headers=headers_of(signature=text),
            )
            for name, (comment, text) in wrong.items()
        ),
        *(
            case_of(
                f"base64-{name}",
                comment,
                ["Base64"],
                ACCEPTABLE,
                BAD,
                headers=headers_of(signature=text),
            )
            for name, (comment, text) in forgiving.items()
        ),
    ]


def _spare_bits(text: str) -> str:
    """Set a bit that decoders drop: 256 bytes leave four bits of the last character unused."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = text.rstrip("=")[-1]
    return text.rstrip("=")[:-1] + alphabet[alphabet.index(last) | 1] + "=="


def probes() -> list[Case]:
    """Send the platform's deliberate bad signatures."""
    true = true_signature()
    probes = {
        "355": ("355 characters, as seen in the wild: no base64", PROBE + "A1b2" * 83 + "Cg=="),
        "before-true": ("A true signature behind the prefix", PROBE + true),
        "decodes": ("Decodes to 256 bytes", PROBE + (true[len(PROBE) :])),
        "only-prefix": ("The prefix alone", PROBE),
        "no-slash": ("The prefix without its last slash, which decodes", PROBE[:-1] + "AA"),
    }
    cases = [
        case_of(
            f"probe-{name}", comment, ["Probe"], INVALID, BAD, headers=headers_of(signature=text)
        )
        for name, (comment, text) in probes.items()
    ]
    cases.append(
        case_of(
            "probe-204",
            "On an empty reply",
            ["Probe"],
            INVALID,
            BAD,
            headers=headers_of(b"", signature=probes["355"][1]),
            status=204,
            body=b"",
        )
    )
    return cases
