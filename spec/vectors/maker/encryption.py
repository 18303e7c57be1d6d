"""Make the cases for sensitive fields."""

from __future__ import annotations

from .document import (
    BYPASS,
    DOC,
    INTEROPERABILITY,
    LEGACY,
    Case,
    Json,
    b64,
    document,
    group,
)
from .oaep import encrypt
from .openssl import encrypt_pkcs1

FLAGS = {
    "Algorithm": "Only RSAES-OAEP with SHA-1, MGF1 with SHA-1 and no label is the platform's.",
    "Base64": "The field is not base64.",
    "Changed": "One bit of the ciphertext is another one.",
    "Empty": "Empty text is not encrypted, and an empty field is empty text.",
    "Length": "A key of 2048 bits takes 214 bytes of UTF-8; they count, not characters.",
    "OtherKey": "It was encrypted for somebody else's key.",
    "Text": "A text in UTF-8.",
}
GRAVITY = {
    BYPASS: "Changed OtherKey",
    INTEROPERABILITY: "Algorithm Base64 Empty Length Text",
    LEGACY: "",
}
KEY_ID = "PUB_KEY_ID_0119000001082026010100112233445566"
VALID, INVALID = "valid", "invalid"
TOO_LONG, MALFORMED, FAILED = "too_long", "malformed_ciphertext", "decryption_failed"
TEXTS = {
    "ascii": ("Digits", b"6222021234567890123"),
    "chinese": ("Chinese characters", "张三丰".encode()),
    "emoji": ("Four bytes a character", "😀".encode()),
    "control": ("A zero byte and a line feed", b"\0\n"),
    "longest": ("214 bytes", b"x" * 214),
    "longest-chinese": ("71 characters of three bytes, and one byte", "张".encode() * 71 + b"x"),
}
LONG = {
    "too-long": ("215 bytes", b"x" * 215),
    "too-long-chinese": ("72 characters of three bytes are 216", "张".encode() * 72),
}
SAMPLE = TEXTS["ascii"][1]


def _case(name: str, comment: str, flag: str, given: dict[str, Json], **expected: Json) -> Case:
    return {
        "id": f"encryption-{name}",
        "comment": comment,
        "flags": [flag],
        "given": given,
        **expected,
    }


def _encrypt() -> list[Case]:
    def case(name: str, comment: str, flag: str, text: bytes, **expected: Json) -> Case:
        return _case(f"encrypt-{name}", comment, flag, {"plaintext": b64(text)}, **expected)

    good = [
        case(name, comment, "Length" if "longest" in name else "Text", text, result=VALID)
        for name, (comment, text) in TEXTS.items()
    ]
    long = [
        case(name, comment, "Length", text, result=INVALID, reason=TOO_LONG)
        for name, (comment, text) in LONG.items()
    ]
    return [*good, case("empty", "Stays empty", "Empty", b"", result=VALID), *long]


def _decrypt() -> list[Case]:
    def case(name: str, comment: str, flag: str, field: str, **expected: Json) -> Case:
        return _case(f"decrypt-{name}", comment, flag, {"ciphertext": field}, **expected)

    def bad(name: str, comment: str, flag: str, sealed: bytes) -> Case:
        return case(name, comment, flag, b64(sealed), result=INVALID, reason=FAILED)

    good = [
        case(
            name,
            comment,
            "Length" if "longest" in name else "Text",
            b64(encrypt(text, "merchant")),
            result=VALID,
            plaintext=b64(text),
        )
        for name, (comment, text) in TEXTS.items()
    ]
    sealed = encrypt(SAMPLE, "merchant")
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    sha256 = encrypt(SAMPLE, "merchant", digest="sha256", mask="sha256")
    mixed = encrypt(SAMPLE, "merchant", digest="sha256")
    return [
        *good,
        case("empty", "Stays empty", "Empty", "", result=VALID, plaintext=""),
        bad("other-key", "For a stranger", "OtherKey", encrypt(SAMPLE, "stranger")),
        bad("platform-key", "For the platform", "OtherKey", encrypt(SAMPLE, "platform_a")),
        bad("sha256", "OAEP with SHA-256 and MGF1 with SHA-256", "Algorithm", sha256),
        bad("sha256-mgf1-sha1", "OAEP with SHA-256, MGF1 with SHA-1", "Algorithm", mixed),
        bad("pkcs1", "PKCS#1 v1.5", "Algorithm", encrypt_pkcs1(SAMPLE, "merchant")),
        bad("changed", "The last bit", "Changed", changed),
        bad("cut", "255 bytes", "Changed", sealed[:-1]),
        case(
            "plain-text", "A text in place of base64", "Base64", "张三", result=INVALID,
            reason=MALFORMED,
        ),
        case(
            "cut-base64", "One character is lost", "Base64", b64(sealed)[:-3], result=INVALID,
            reason=MALFORMED,
        ),
    ]  # fmt: skip


def make() -> Json:
    """Build `encryption.json`."""
    groups = [
        group(
            "requests",
            f"{DOC}4013059044",
            "Encrypt for the platform; the private key shows whether it can decrypt the result.",
            _encrypt(),
            does="encrypt",
            serial=KEY_ID,
            public_key="keys/platform_public_key.pub.pem",
            private_key="keys/platform_public_key.key.pem",
        ),
        group(
            "responses",
            f"{DOC}4013059060",
            "Decrypt with the merchant's private key.",
            _decrypt(),
            does="decrypt",
            serial=None,
            public_key="keys/merchant.pub.pem",
            private_key="keys/merchant.key.pem",
        ),
    ]
    about = "From a text to an encrypted field, and back."
    return document("encryption", about, FLAGS, groups, GRAVITY)
