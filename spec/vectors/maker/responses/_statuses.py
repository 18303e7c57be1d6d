"""Cases about true replies, other statuses and the order of checks."""

from __future__ import annotations

from ..document import Case, b64
from ._gzip import gzip
from ._reply import (
    BAD,
    BODY,
    ERROR,
    EXPIRED,
    FOUR,
    INVALID,
    MISSING,
    NOW,
    PROBE,
    SERIAL_A,
    TYPE,
    UNKNOWN,
    VALID,
    case_of,
    headers_of,
    headers_without,
)


def success() -> list[Case]:
    """Send replies to accept."""
    chinese = '{"message":"垫付退款回补成功","emoji":"🧾"}'.encode()
    flags = ["Success"]
    cases = [
        case_of("certificate", "Signed by a platform certificate", flags, VALID),
        case_of(
            "no-content", "204 with an empty body", [*flags, "Body"], VALID, status=204, body=b""
        ),
        case_of("empty-200", "200 with an empty body", [*flags, "Body"], VALID, body=b""),
        case_of("accepted", "202 is a success status", flags, VALID, status=202, body=b"{}"),
        case_of(
            "utf-8", "Chinese text and a four-byte character", [*flags, "Body"], VALID, body=chinese
        ),
        case_of(
            "not-utf-8",
            "Bytes that are no UTF-8",
            [*flags, "Body"],
            VALID,
            body=bytes(range(128, 256)),
        ),
        case_of("not-json", "A body that is no JSON", [*flags, "Body"], VALID, body=b"<html>"),
        case_of(
            "body-ends-in-lf",
            "A final LF belongs to the body",
            [*flags, "Body"],
            VALID,
            body=BODY + b"\n",
        ),
        case_of(
            "body-crlf",
            "Line ends stay as they are",
            [*flags, "Body"],
            VALID,
            body=b'{\r\n"a":1\r\n}\r\n',
        ),
        case_of(
            "body-bom",
            "A byte order mark belongs to the body",
            [*flags, "Body"],
            VALID,
            body=b"\xef\xbb\xbf{}",
        ),
        case_of(
            "nonce-short", "A nonce of one character", flags, VALID, headers=headers_of(nonce="0")
        ),
    ]
    nonces = {
        "upper": ("Upper-case letters and digits", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"),
        "mixed": ("Letters in both cases", "aBcDeFgHiJkLmNoPqRsTuVwXyZ012345"),
        "base64": ("Characters of base64", "q+/9Zx0Jk1=="),
        "punctuation": ("Punctuation", "-._~!$&'()*+;=:@/?#[]"),
        "uuid": ("Hyphens", "6F1C2F6E-3b1d-4a52-9f0e-0C7C6D1D9A10"),
        "long": ("128 characters", "A1b2" * 32),
    }
    cases += [
        case_of(f"nonce-{name}", comment, ["Nonce"], VALID, headers=headers_of(nonce=nonce))
        for name, (comment, nonce) in nonces.items()
    ]
    for name, change in (("lower", str.lower), ("upper", str.upper), ("swapped", str.swapcase)):
        headers = {change(key): value for key, value in headers_of().items()}
        cases.append(
            case_of(
                f"header-names-{name}",
                f"Header names {name}",
                ["HeaderCase"],
                VALID,
                headers=headers,
            )
        )
    return cases


def encoded() -> list[Case]:
    """Compress the body: the signature is over the text that comes out."""
    packed = gzip(BODY)
    named = {"Content-Encoding": "gzip"}

    def case(name: str, comment: str, result: str, signed: bytes) -> Case:
        return case_of(
            f"encoded-{name}",
            comment,
            ["Encoded"],
            result,
            None if result == VALID else BAD,
            headers={**headers_of(signed), **named},
            encoded_body=packed,
        )

    return [
        case("gzip", "Signed before it was compressed", VALID, BODY),
        case("gzip-signed-packed", "Signed after it was compressed", INVALID, packed),
    ]


def other_statuses() -> list[Case]:
    """Send replies that are no success."""
    flags = ["NotSuccess"]
    sign_error = '{"code":"SIGN_ERROR","message":"签名错误"}'.encode()
    unsigned = (
        (300, b""),
        (301, b""),
        (399, b""),
        (400, ERROR),
        (401, sign_error),
        (404, b""),
        (405, b""),
        (429, ERROR),
        (500, ERROR),
        (502, b"<html>Bad Gateway</html>"),
        (503, b""),
    )
    signed = {**headers_of(ERROR)}
    cases = [
        case_of(
            f"unsigned-{status}",
            f"{status} without any of the four headers",
            flags,
            VALID,
            headers={},
            status=status,
            body=body,
            proven=False,
        )
        for status, body in unsigned
    ]
    cases += [
        case_of(
            f"signed-{status}",
            f"{status} with a true signature",
            flags,
            VALID,
            headers=signed,
            status=status,
            body=ERROR,
        )
        for status in (400, 403, 404, 429, 500)
    ]
    cases += [
        case_of(
            "error-all-empty",
            "403 with four empty headers: unsigned",
            [*flags, "Empty"],
            VALID,
            headers=dict.fromkeys(FOUR, ""),
            status=403,
            body=ERROR,
            proven=False,
        ),
        case_of(
            "error-some-empty",
            "403 with two empty headers, the others absent: unsigned",
            [*flags, "Empty"],
            VALID,
            headers=dict.fromkeys(FOUR[:2], ""),
            status=403,
            body=ERROR,
            proven=False,
        ),
        case_of(
            "signed-299",
            "299, the last success status",
            ["Success"],
            VALID,
            status=299,
        ),
        case_of(
            "no-headers-299",
            "299 without any header",
            ["Missing"],
            INVALID,
            MISSING,
            headers={},
            status=299,
        ),
        case_of(
            "error-forged",
            "403 with a bad signature",
            flags,
            INVALID,
            BAD,
            headers=headers_of(ERROR, key="stranger"),
            status=403,
            body=ERROR,
        ),
        case_of(
            "error-other-body",
            "404 whose body was replaced",
            flags,
            INVALID,
            BAD,
            headers=signed,
            status=404,
            body=b'{"code":"RESOURCE_NOT_EXISTS","message":""}',
        ),
        case_of(
            "error-probe",
            "500 with a probe",
            flags,
            INVALID,
            BAD,
            headers=headers_of(ERROR, signature=PROBE),
            status=500,
            body=ERROR,
        ),
        case_of(
            "error-expired",
            "403, too old",
            flags,
            INVALID,
            EXPIRED,
            headers=headers_of(ERROR, timestamp=str(NOW - 301)),
            status=403,
            body=ERROR,
        ),
        case_of(
            "error-unknown-serial",
            "403, unknown serial",
            flags,
            INVALID,
            UNKNOWN,
            headers=headers_of(ERROR, serial="55" + SERIAL_A[2:], key="platform_a"),
            status=403,
            body=ERROR,
        ),
        case_of(
            "error-type",
            "403, SM2",
            flags,
            INVALID,
            TYPE,
            headers=headers_of(ERROR, signature_type="WECHATPAY2-SM2-WITH-SM3"),
            status=403,
            body=ERROR,
        ),
    ]
    cases += [
        case_of(
            f"error-no-{header.removeprefix('Wechatpay-').lower()}",
            f"403 without {header}",
            [*flags, "Missing"],
            INVALID,
            MISSING,
            status=403,
            body=ERROR,
            headers={name: text for name, text in signed.items() if name != header},
        )
        for header in FOUR
    ]
    cases += [
        case_of(
            f"error-only-{header.removeprefix('Wechatpay-').lower()}",
            f"404 with only {header}",
            [*flags, "Missing"],
            INVALID,
            MISSING,
            status=404,
            body=b"",
            headers={header: signed[header]},
        )
        for header in FOUR
    ]
    return cases


def check_order() -> list[Case]:
    """Combine two faults."""
    old = str(NOW - 301)
    forged = b64(bytes(256))
    sm2 = "WECHATPAY2-SM2-WITH-SM3"
    without_nonce = headers_of(timestamp=old)
    del without_nonce["Wechatpay-Nonce"]

    def case(name: str, comment: str, reason: str, headers: dict[str, str]) -> Case:
        return case_of(f"order-{name}", comment, ["CheckOrder"], INVALID, reason, headers=headers)

    stranger = "55" + SERIAL_A[2:]
    return [
        case("missing-before-expired", "No nonce and too old", MISSING, without_nonce),
        case(
            "missing-before-type",
            "No serial and SM2",
            MISSING,
            {**headers_without("Wechatpay-Serial"), "Wechatpay-Signature-Type": sm2},
        ),
        case(
            "expired-before-type",
            "Too old and SM2",
            EXPIRED,
            headers_of(timestamp=old, signature_type=sm2),
        ),
        case(
            "expired-before-unknown",
            "Too old and unknown serial",
            EXPIRED,
            headers_of(timestamp=old, serial=stranger, key="platform_a"),
        ),
        case(
            "expired-before-signature",
            "Too old and forged",
            EXPIRED,
            headers_of(timestamp=old, signature=forged),
        ),
        case(
            "type-before-unknown",
            "SM2 and unknown serial",
            TYPE,
            headers_of(signature_type=sm2, serial=stranger, key="platform_a"),
        ),
        case(
            "type-before-signature",
            "SM2 and forged",
            TYPE,
            headers_of(signature_type=sm2, signature=forged),
        ),
        case(
            "unknown-before-signature",
            "Unknown serial and no base64",
            UNKNOWN,
            headers_of(serial=stranger, signature="*"),
        ),
    ]
