"""Cases about headers: missing ones, age, timestamps, signature type."""

from __future__ import annotations

from ..document import Case
from ._reply import (
    ACCEPTABLE,
    EXPIRED,
    FOUR,
    INVALID,
    MISSING,
    NONCE,
    NOW,
    RSA_TYPE,
    TYPE,
    VALID,
    case_of,
    headers_of,
    headers_without,
)

TYPE_HEADER = "Wechatpay-Signature-Type"


def missing() -> list[Case]:
    """Leave out or empty each header."""
    cases: list[Case] = []
    for header in FOUR:
        short = header.removeprefix("Wechatpay-").lower()
        cases += [
            case_of(
                f"no-{short}",
                f"{header} absent",
                ["Missing"],
                INVALID,
                MISSING,
                headers=headers_without(header),
            ),
            case_of(
                f"empty-{short}",
                f"{header} empty",
                ["Empty"],
                INVALID,
                MISSING,
                headers={**headers_of(), header: ""},
            ),
        ]
    all_empty = dict.fromkeys(FOUR, "")
    cases += [
        case_of("no-headers", "200 without any header", ["Missing"], INVALID, MISSING, headers={}),
        case_of(
            "no-headers-204",
            "204 without any header",
            ["Missing"],
            INVALID,
            MISSING,
            headers={},
            status=204,
            body=b"",
        ),
        case_of(
            "no-headers-202",
            "202 without any header",
            ["Missing"],
            INVALID,
            MISSING,
            headers={},
            status=202,
            body=b"",
        ),
        case_of(
            "all-empty", "All four headers empty", ["Empty"], INVALID, MISSING, headers=all_empty
        ),
        case_of(
            "only-type",
            "Only the signature type",
            ["Missing"],
            INVALID,
            MISSING,
            headers={"Wechatpay-Signature-Type": RSA_TYPE},
        ),
    ]
    return cases


def repeated() -> list[Case]:
    """Give each header twice: joined as HTTP libraries join them, and on two lines."""
    cases: list[Case] = []
    for header in (*FOUR, TYPE_HEADER):
        headers = headers_of()
        headers[header] = f"{headers[header]}, {headers[header]}"
        short = header.removeprefix("Wechatpay-").lower()
        # One of them is older than this group; an id never changes.
        name = "base64-two-joined" if short == "signature" else f"repeated-{short}"
        text = f"{header} twice"
        cases.append(case_of(name, text, ["Repeated"], INVALID, MISSING, headers=headers))
        true = headers_of()[header]
        lines: dict[str, list[str]] = {
            "same": [true, true],
            "wrong-last": [true, "0"],
            "wrong-first": ["0", true],
        }
        cases += [
            case_of(
                f"repeated-{short}-{word}",
                f"{header} on two lines: {word.replace('-', ' ')}",
                ["Repeated"],
                INVALID,
                MISSING,
                headers={**headers_of(), header: values},
            )
            for word, values in lines.items()
        ]
    nonce = f"{NONCE}, {NONCE}"
    cases.append(
        case_of(
            "repeated-nonce-signed",
            "The signature is over both nonces, joined",
            ["Repeated"],
            INVALID,
            MISSING,
            headers=headers_of(nonce=nonce),
        )
    )
    return cases


def age() -> list[Case]:
    """Walk over both edges of the 300 seconds."""
    cases: list[Case] = []
    for age, result, reason in (
        (1, VALID, None),
        (299, VALID, None),
        (300, ACCEPTABLE, EXPIRED),
        (301, INVALID, EXPIRED),
        (86400, INVALID, EXPIRED),
    ):
        for word, sign_of in (("old", -1), ("future", 1)):
            timestamp = str(NOW + sign_of * age)
            cases.append(
                case_of(
                    f"age-{word}-{age}",
                    f"{age} s {word}",
                    ["Age"],
                    result,
                    reason,
                    headers=headers_of(timestamp=timestamp),
                )
            )
    return cases


def timestamp_forms() -> list[Case]:
    """Write the timestamp in ways that are not plain digits."""
    wrong = {
        "text": ("yesterday", "Not a number"),
        "date": ("2026-01-01T00:00:00Z", "A date"),
        "float": (f"{NOW}.0", "A decimal point"),
        "exponent": ("1.7672256e9", "An exponent"),
        "hexadecimal": (hex(NOW), "Hexadecimal"),
        "negative": (f"-{NOW}", "A minus sign"),
        "milliseconds": (f"{NOW}000", "Milliseconds: far in the future"),
        "zero": ("0", "Zero is 1970, not 'unknown'"),
        "int64-overflow": ("9223372036854775808", "One more than 64 bits hold"),
        "wraps-to-now": (str(2**64 + NOW), "Equal to now after a 64-bit overflow"),
        "huge": ("9" * 5000, "5000 digits"),
        "inner-space": ("17672 25600", "A space inside"),
        "underscores": ("1_767_225_600", "Digit separators of programming languages"),
        "comma": ("1,767,225,600", "Thousands separators"),
        "trailing-letter": (f"{NOW}s", "Digits, then a letter"),
        "nan": ("NaN", "A float that compares with nothing"),
        "infinity": ("Infinity", "A float that is no number of seconds"),
    }
    forgiving = {"leading-zero": (f"0{NOW}", "A leading zero"), "plus": (f"+{NOW}", "A plus sign")}
    cases = [
        case_of(
            f"timestamp-{name}",
            comment,
            ["TimestampForm"],
            INVALID,
            EXPIRED,
            headers=headers_of(timestamp=text),
        )
        for name, (text, comment) in wrong.items()
    ] + [
        case_of(
            f"timestamp-{name}",
            comment,
            ["TimestampForm"],
            ACCEPTABLE,
            EXPIRED,
            headers=headers_of(timestamp=text),
        )
        for name, (text, comment) in forgiving.items()
    ]
    # Signed over the bare digits: HTTP libraries strip the spaces before anyone can look.
    spaced = {**headers_of(), "Wechatpay-Timestamp": f" {NOW} "}
    cases.append(
        case_of(
            "timestamp-outer-spaces",
            "Spaces around the digits",
            ["TimestampForm"],
            ACCEPTABLE,
            EXPIRED,
            headers=spaced,
        )
    )
    return cases


def signature_type() -> list[Case]:
    """Name other algorithms."""
    wrong = {
        "sm2": "WECHATPAY2-SM2-WITH-SM3",
        "brand": "WECHATPAY-BRAND-SHA256-RSA2048",
        "lower": RSA_TYPE.lower(),
        "short": "RSA",
        "none": "none",
    }
    flags = ["SignatureType"]
    return [
        case_of(
            "type-absent",
            "No signature type: RSA",
            flags,
            VALID,
            headers=headers_of(signature_type=None),
        ),
        case_of(
            "type-empty",
            "Present but empty: absent to some, unsupported to others",
            [*flags, "Empty"],
            ACCEPTABLE,
            TYPE,
            headers=headers_of(signature_type=""),
        ),
        *(
            case_of(
                f"type-{name}", text, flags, INVALID, TYPE, headers=headers_of(signature_type=text)
            )
            for name, text in wrong.items()
        ),
    ]
