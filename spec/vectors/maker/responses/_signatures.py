"""Cases about signatures that are not the right one."""

from __future__ import annotations

import base64

from ..document import Case, b64
from ..openssl import sha256, sign, sign_bare_hash
from ._reply import (
    ACCEPTABLE,
    BAD,
    BODY,
    INVALID,
    NONCE,
    NOW,
    PROBE,
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
        "sha1": ("SHA-1", sign(message, "platform_a", digest="sha1")),
        "sha384": ("SHA-384", sign(message, "platform_a", digest="sha384")),
        "sha512": ("SHA-512", sign(message, "platform_a", digest="sha512")),
        "bare-hash": ("The hash without its name", sign_bare_hash(message, "platform_a")),
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
    return [
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
        "cut-cleanly": ("Cut between groups: decodes, but is short", true[:-4]),
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
