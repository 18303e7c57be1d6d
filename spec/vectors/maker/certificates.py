"""Make the cases for decrypting platform certificates."""

from __future__ import annotations

from .document import (
    BYPASS,
    DOC,
    INTEROPERABILITY,
    LEGACY,
    PROJECT,
    Case,
    Json,
    b64,
    document,
    group,
)
from .gcm import encrypt
from .openssl import KEYS

FLAGS = {
    "Algorithm": "Only AEAD_AES_256_GCM is supported here; the SM2 family has its own.",
    "AssociatedData": "A certificate's is 'certificate', exactly: the key encrypts notices, too. "
    "In general it is UTF-8, and empty when the member is absent or null.",
    "Base64": "The ciphertext cannot be decoded, or is shorter than its 16-byte tag.",
    "Certificate": "The decrypted text is one PEM certificate of an RSA key, and nothing else.",
    "KeyLength": "The APIv3 key is exactly 32 bytes, although AES also takes 16 and 24.",
    "Member": "A member of encrypt_certificate is missing or mistyped.",
    "NameCase": "Names of members have no other case: `Nonce` is not `nonce`.",
    "NonceLength": "Every real nonce has 12 characters. The documented type allows 16, which "
    "only some libraries take.",
    "NotCertificate": "Decrypts, but the text is not a certificate.",
    "OtherKey": "A certificate of a key that is not RSA. Some functions that verify with such a "
    "key give an error code which an `if` takes for true.",
    "Published": "Known answer from the test-suite of the official Java SDK.",
    "Tampered": "Key, nonce, additional data, ciphertext or tag do not belong together.",
}

GRAVITY = {
    BYPASS: "AssociatedData Base64 KeyLength NotCertificate OtherKey Tampered",
    INTEROPERABILITY: "Algorithm Certificate Member NameCase Published",
    LEGACY: "NonceLength",
}

JAVA_TEST = (
    "https://github.com/wechatpay-apiv3/wechatpay-java/blob/main/core/src/test/java/com/wechat/pay/"
    "java/core/cipher/AeadAesCipherTest.java"
)
ALGORITHM = "AEAD_AES_256_GCM"
KEY = b"VECTORS0TEST0KEY0NOT0A0SECRET032"
MULTI_BYTE_KEY = ("证书密钥向量测试用" + "A0Z9z").encode()
NONCE = "61f9c719728a"
ASSOCIATED = "certificate"
CERTIFICATE_SERIAL = "7A3C91D2E45B60F81729C4AB53DE06881B9F2E75"
VALID, INVALID, ACCEPTABLE = "valid", "invalid", "acceptable"
BAD_KEY = "invalid_key_length"
BAD_ALGORITHM = "unsupported_algorithm"
MALFORMED = "malformed_entry"
FAILED = "decryption_failed"
NOT_CERTIFICATE = "not_a_certificate"
# Marks a member that is left out, which is not the same as null.
ABSENT = "<absent>"


def _case(
    name: str,
    comment: str,
    flags: list[str],
    result: str,
    reason: str | None = None,
    *,
    key: bytes = KEY,
    plaintext: bytes | None = None,
    serial: str | None = None,
    entry: dict[str, Json],
) -> Case:
    members = {name: value for name, value in entry.items() if value != ABSENT}
    case: Case = {
        "id": f"certificate-{name}",
        "comment": comment,
        "flags": list(flags),
        "given": {"api_v3_key": b64(key), "encrypt_certificate": members},
        "result": result,
    }
    if plaintext is not None:
        case["plaintext"] = b64(plaintext)
    if serial is not None:
        case["serial_no"] = serial
    if result != VALID:
        case["reason"] = reason
    return case


def _entry(
    plaintext: bytes,
    *,
    key: bytes = KEY,
    nonce: str = NONCE,
    associated: str = ASSOCIATED,
) -> dict[str, Json]:
    sealed = encrypt(key, nonce.encode(), associated.encode(), plaintext)
    return {
        "algorithm": ALGORITHM,
        "nonce": nonce,
        "associated_data": associated,
        "ciphertext": b64(sealed),
    }


def _published() -> Case:
    key = b"a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb"
    text = b"message"
    entry = _entry(text, key=key, nonce="uluk4a9R25RW", associated="associatedData")
    if entry["ciphertext"] != "ulwSiIajGClcvcOYvOQ7+l+0PAbzzwI=":
        message = "gcm.py does not give the published answer"
        raise ValueError(message)
    return _case(
        "published", "Text 'message'", ["Published"], VALID, key=key, plaintext=text, entry=entry
    )


def _plain() -> list[Case]:
    """Decrypt texts of any kind: the step before a certificate is read."""
    chinese = "证书"
    return [
        _case("text-empty", "No text, only a tag", [], VALID, plaintext=b"", entry=_entry(b"")),
        _case(
            "text-one-block", "16 bytes", [], VALID, plaintext=b"0" * 16, entry=_entry(b"0" * 16)
        ),
        _case(
            "text-non-ascii-associated-data",
            "Additional data of three-byte characters",
            ["AssociatedData"],
            VALID,
            plaintext=b"x",
            entry=_entry(b"x", associated=chinese),
        ),
        _case(
            "text-associated-data-nul",
            "A zero byte ends no additional data",
            ["Tampered"],
            INVALID,
            FAILED,
            entry={**_entry(b"x"), "associated_data": f"{ASSOCIATED}\0"},
        ),
    ]


def _good(pem: bytes) -> list[Case]:
    def case(name: str, comment: str, entry: dict[str, Json], *flags: str) -> Case:
        return _case(
            name,
            comment,
            ["Certificate", *flags],
            VALID,
            plaintext=pem,
            serial=CERTIFICATE_SERIAL,
            entry=entry,
        )

    def nonce_of(name: str, comment: str, nonce: str) -> Case:
        return _case(
            name,
            comment,
            ["Certificate", "NonceLength"],
            ACCEPTABLE,
            FAILED,
            plaintext=pem,
            serial=CERTIFICATE_SERIAL,
            entry=_entry(pem, nonce=nonce),
        )

    def spaced(name: str, comment: str, text: bytes) -> Case:
        return _case(
            name,
            comment,
            ["Certificate"],
            ACCEPTABLE,
            NOT_CERTIFICATE,
            plaintext=text,
            serial=CERTIFICATE_SERIAL,
            entry=_entry(text),
        )

    return [
        case("good", "As the platform sends it", _entry(pem)),
        case("extra-member", "A member nobody knows yet", {**_entry(pem), "version": 2}),
        spaced("no-final-newline", "Without the last line feed", pem.rstrip()),
        spaced("space-around", "Blank lines before and behind", b"\n" + pem + b" \r\n"),
        spaced("crlf", "Lines end in CR LF", pem.replace(b"\n", b"\r\n")),
        case(
            "other-case-beside",
            "Members in another case beside the true ones",
            {**_entry(pem), "Nonce": "0" * 12, "CIPHERTEXT": "AAAA", "Associated_Data": "x"},
            "NameCase",
        ),
        _case(
            "key-multi-byte",
            "32 bytes that are 14 characters",
            ["Certificate", "KeyLength"],
            VALID,
            key=MULTI_BYTE_KEY,
            plaintext=pem,
            serial=CERTIFICATE_SERIAL,
            entry=_entry(pem, key=MULTI_BYTE_KEY),
        ),
        nonce_of("nonce-16", "A nonce of 16 characters", "61f9c719728a0000"),
        nonce_of("nonce-13", "A nonce of 13 characters", "61f9c719728a0"),
        nonce_of("nonce-8", "A nonce of 8 characters", "61f9c719"),
    ]


def _bad_key(pem: bytes) -> list[Case]:
    entry = _entry(pem)
    keys = {
        "empty": b"",
        "16": KEY[:16],
        "24": KEY[:24],
        "31": KEY[:31],
        "33": KEY + b"0",
        "64": KEY.hex().encode(),
        "lf": KEY + b"\n",
        "crlf": KEY + b"\r\n",
        "space": b" " + KEY,
        "chinese": ("密" * 32).encode(),
    }
    return [
        _case(
            f"key-{name}",
            f"{len(key)} bytes",
            ["KeyLength"],
            INVALID,
            BAD_KEY,
            key=key,
            entry=entry,
        )
        for name, key in keys.items()
    ]


def _tampered(pem: bytes) -> list[Case]:
    entry = _entry(pem)
    sealed = encrypt(KEY, NONCE.encode(), ASSOCIATED.encode(), pem)

    def case(name: str, comment: str, key: bytes = KEY, **changes: Json) -> Case:
        changed = {**entry, **changes}
        return _case(name, comment, ["Tampered"], INVALID, FAILED, key=key, entry=changed)

    def padded(name: str, comment: str, padding: str) -> Case:
        made = _entry(pem, nonce=NONCE[:8] + padding)
        return case(name, comment, nonce=NONCE[:8], ciphertext=made["ciphertext"])

    def flipped(index: int) -> str:
        data = bytearray(sealed)
        data[index] ^= 1
        return b64(bytes(data))

    return [
        case("wrong-key", "32 other bytes", key=KEY[::-1]),
        case("wrong-key-case", "One letter in the other case", key=KEY[:-9] + b"s" + KEY[-8:]),
        case("wrong-nonce", "Another nonce", nonce="61f9c719728b"),
        case("empty-nonce", "No nonce", nonce=""),
        case("short-nonce", "A nonce of one character", nonce="6"),
        case("longer-nonce", "The true nonce and one character", nonce=NONCE + "0"),
        case("nonce-space", "The true nonce and a space", nonce=NONCE + " "),
        padded("padded-nonce-zeros", "12 bytes when padded with zero bytes", "\0\0\0\0"),
        padded("padded-nonce-digits", "12 characters when padded with 0", "0000"),
        padded("padded-nonce-spaces", "12 characters when padded with spaces", "    "),
        case("wrong-associated-data", "Other additional data", associated_data="Certificate"),
        case("dropped-associated-data", "Additional data left out", associated_data=ABSENT),
        case("added-nul", "A zero byte behind the data", associated_data=ASSOCIATED + "\0"),
        case("flipped-first", "First bit of text", ciphertext=flipped(0)),
        case("flipped-tag", "Last bit of the tag", ciphertext=flipped(-1)),
        case("flipped-tag-start", "First byte of the tag", ciphertext=flipped(-16)),
        case("cut-one", "Last byte missing", ciphertext=b64(sealed[:-1])),
        case("cut-tag", "The whole tag missing", ciphertext=b64(sealed[:-16])),
        case("short-tag", "A tag of 12 bytes", ciphertext=b64(sealed[:-4])),
        *(
            case(f"tag-{size}", f"A tag of {size} bytes", ciphertext=b64(sealed[: size - 16]))
            for size in (4, 8, 13, 14)
        ),
        case("tag-first", "The tag in front", ciphertext=b64(sealed[-16:] + sealed[:-16])),
        case("zero-tag", "A tag of zeros", ciphertext=b64(sealed[:-16] + bytes(16))),
        case("one-more", "One byte too many", ciphertext=b64(sealed + b"\0")),
    ]


def _malformed(pem: bytes) -> list[Case]:
    entry = _entry(pem)
    changes: list[tuple[str, str, str, str, dict[str, Json]]] = [
        ("no-base64", "Not base64", "Base64", MALFORMED, {"ciphertext": "*" * 64}),
        ("cut-base64", "Cut inside a group", "Base64", MALFORMED, {"ciphertext": "A" * 61}),
        ("empty-ciphertext", "Empty", "Base64", MALFORMED, {"ciphertext": ""}),
        ("no-room-for-tag", "15 bytes", "Base64", MALFORMED, {"ciphertext": b64(bytes(15))}),
        ("no-ciphertext", "Left out", "Member", MALFORMED, {"ciphertext": ABSENT}),
        ("null-ciphertext", "Null", "Member", MALFORMED, {"ciphertext": None}),
        ("number-ciphertext", "A number", "Member", MALFORMED, {"ciphertext": 1}),
        (
            "other-case",
            "Only in another case",
            "NameCase",
            MALFORMED,
            {"ciphertext": ABSENT, "Ciphertext": entry["ciphertext"]},
        ),
        ("no-nonce", "Left out", "Member", MALFORMED, {"nonce": ABSENT}),
        ("null-nonce", "Null", "Member", MALFORMED, {"nonce": None}),
        ("number-associated-data", "A number", "Member", MALFORMED, {"associated_data": 1}),
        ("no-algorithm", "Left out", "Member", MALFORMED, {"algorithm": ABSENT}),
        ("sm4", "SM4-GCM", "Algorithm", BAD_ALGORITHM, {"algorithm": "AEAD_SM4_GCM"}),
        ("aes-128", "AES-128", "Algorithm", BAD_ALGORITHM, {"algorithm": "AEAD_AES_128_GCM"}),
        (
            "algorithm-lower",
            "Lower case",
            "Algorithm",
            BAD_ALGORITHM,
            {"algorithm": ALGORITHM.lower()},
        ),
        ("algorithm-empty", "Empty", "Algorithm", BAD_ALGORITHM, {"algorithm": ""}),
    ]
    return [
        _case(name, comment, [flag], INVALID, reason, entry={**entry, **change})
        for name, comment, flag, reason, change in changes
    ]


def _not_certificate(pem: bytes) -> list[Case]:
    public = (KEYS / "platform_a.pub.pem").read_bytes()
    texts = {
        "not-pem": ("Plain words", b"message"),
        "empty-text": ("Nothing", b""),
        "public-key": ("A public key", public),
        "cut-pem": ("A certificate without its last lines", pem[:-100]),
        "not-utf-8": ("Bytes that are no text", bytes(range(128, 256))),
        "empty-pem": (
            "PEM lines around nothing",
            b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
        ),
        "garbage-pem": (
            "PEM lines around something else",
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ),
    }
    return [
        _case(
            name,
            comment,
            ["NotCertificate"],
            INVALID,
            NOT_CERTIFICATE,
            plaintext=text,
            entry=_entry(text),
        )
        for name, (comment, text) in texts.items()
    ]


def _for_something_else(pem: bytes) -> list[Case]:
    """What the platform encrypts with the same key for other purposes plants no certificate."""
    without = _entry(pem, associated="")
    entries: list[tuple[str, str, dict[str, Json]]] = [
        ("empty-associated-data", "Empty text", without),
        ("absent-associated-data", "Left out", {**without, "associated_data": ABSENT}),
        ("null-associated-data", "Null", {**without, "associated_data": None}),
        ("transaction", "A payment's notice", _entry(pem, associated="transaction")),
        ("capital", "Another case", _entry(pem, associated="Certificate")),
        ("space-in-associated-data", "A space behind", _entry(pem, associated="certificate ")),
    ]
    typed = pem.replace(b"\n", b"\\n")
    curve = (KEYS / "curve.cert.pem").read_bytes()
    texts = {
        "inside-json": ("A certificate inside JSON", b'{"remark":"' + typed + b'"}'),
        "typed-line-feeds": ("Line feeds as the characters \\ and n", typed),
        "text-before": ("Words, then a certificate", b"remark\n" + pem),
        "text-behind": ("A certificate, then words", pem + b"remark\n"),
        "two-certificates": ("Two certificates", pem + pem),
        "curve-and-certificate": ("A foreign one, then the right one", curve + pem),
        "quoted": ("In quotes", b'"' + pem + b'"'),
        "nul-behind": ("A zero byte behind it", pem + b"\0"),
        "other-label": ("Another label", pem.replace(b" CERT", b" TRUSTED CERT")),
        "header-inside": (
            "A header inside the block",
            pem.replace(b"-----\n", b"-----\nA: b\n\n", 1),
        ),
    }
    return [
        _case(name, comment, ["AssociatedData"], INVALID, NOT_CERTIFICATE, entry=entry)
        for name, comment, entry in entries
    ] + [
        _case(
            name,
            comment,
            ["NotCertificate"],
            INVALID,
            NOT_CERTIFICATE,
            plaintext=text,
            entry=_entry(text),
        )
        for name, (comment, text) in texts.items()
    ]


def _other_keys() -> list[Case]:
    kinds = {"curve": "P-256", "sm2": "SM2", "edwards": "Ed25519"}
    texts = {name: (KEYS / f"{name}.cert.pem").read_bytes() for name in kinds}
    return [
        _case(
            name,
            f"A certificate of a key of {kinds[name]}",
            ["OtherKey"],
            INVALID,
            NOT_CERTIFICATE,
            plaintext=text,
            entry=_entry(text),
        )
        for name, text in texts.items()
    ]


def make() -> Json:
    """Build `certificate_decryption.json`."""
    pem = (KEYS / "platform_a.cert.pem").read_bytes()
    page = DOC + "4012082320"
    plain = "Only decrypt; the text is no certificate."
    groups = [
        group("published answer", JAVA_TEST, plain, [_published()], reads="text"),
        group("other texts", PROJECT, plain, _plain(), reads="text"),
        group("good", page, "Decrypt and read.", _good(pem), reads="certificate"),
        group("key length", page, "A configuration error.", _bad_key(pem), reads="certificate"),
        group("tampered", page, "The tag does not match.", _tampered(pem), reads="certificate"),
        group(
            "malformed", page, "Cannot be decrypted at all.", _malformed(pem), reads="certificate"
        ),
        group(
            "no certificate",
            PROJECT,
            "Decrypts to something else.",
            _not_certificate(pem),
            reads="certificate",
        ),
        group(
            "something else",
            PROJECT,
            "The APIv3 key encrypts notices, too: only what was encrypted as a certificate is one.",
            _for_something_else(pem),
            reads="certificate",
        ),
        group("other keys", PROJECT, "Only RSA is supported.", _other_keys(), reads="certificate"),
    ]
    about = "From an APIv3 key and an encrypt_certificate object to a certificate."
    return document("certificate_decryption", about, FLAGS, groups, GRAVITY)
