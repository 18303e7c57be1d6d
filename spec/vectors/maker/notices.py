"""Make the cases for notices (回调通知)."""

from __future__ import annotations

import json

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
from .openssl import sha256
from .responses._reply import (
    BAD,
    EXPIRED,
    KEY_ID,
    MISSING,
    NOW,
    PROBE,
    SERIAL_A,
    TYPE,
    UNKNOWN,
    headers_of,
    trusted_key,
)

FLAGS = {
    "Age": "At most 300 seconds between the notice's time and the clock, either way.",
    "Algorithm": "Only AEAD_AES_256_GCM is supported here; merchants with SM have their own.",
    "AssociatedData": "Authenticated as UTF-8; empty when the field is absent, null or empty.",
    "Form": "The envelope or the resource is not of the documented form.",
    "HeaderForm": "Header names have no case, and WSGI names them HTTP_WECHATPAY_….",
    "KeyLength": "The APIv3 key is exactly 32 bytes, although AES also takes 16.",
    "Missing": "A header is absent.",
    "OtherKey": "Encrypted for another merchant, or signed by somebody else.",
    "Probe": "A deliberately wrong signature by which the platform tests its receivers.",
    "Published": "The signature verifies; the test of the official Go SDK has it.",
    "Repeated": "A header came more than once; WSGI servers join the values with a comma.",
    "Success": "Verifies and decrypts.",
    "Tampered": "A true signature or ciphertext of something else.",
    "UnknownField": "A field that nobody knows yet, or a length above the documented one.",
}
GRAVITY = {
    BYPASS: "Age Form KeyLength Missing OtherKey Probe Repeated Tampered",
    INTEROPERABILITY: "Algorithm AssociatedData HeaderForm Published Success UnknownField",
    LEGACY: "",
}
GO_TEST = "https://github.com/wechatpay-apiv3/wechatpay-go/blob/main/core/notify/notify_test.go"
KEY = b"a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb"
NONCE = "61f9c719728a"
RESOURCE = (
    b'{"sp_mchid":"1900000100","sub_mchid":"1900000109",'
    b'"refund_id":"50200207182018070300011301001","refund_status":"SUCCESS"}'
)
# Computed with another program; a GCM of ours that changed would not give them any more.
PINNED = {
    "refund": "oEsy+gOOIWpg9VpWtm85y7KkTuiYmXmoyc5feWIEw05YjBPB2IaxsCIc5KBjCZ/Rny3AGd7R/3RUssu03I64"
    "1+Esp7bjoBA9r0JEAL2FOA6cEggALMJghnBiRCmFFxd/qDSqRUCipJd/c2lIVhlNcno8AFz2A84LkWmtNLZrxhilW0lE"
    "KqL5hw==",
    "": "oEsy+gOOIWpg9VpWtm85y7KkTuiYmXmoyc5feWIEw05YjBPB2IaxsCIc5KBjCZ/Rny3AGd7R/3RUssu03I641+Esp7"
    "bjoBA9r0JEAL2FOA6cEggALMJghnBiRCmFFxd/qDSqRUCipJd/c2lIVhlNcno8AFz2A84LzjmCm1yuuWw+Eg9iaQTy0w"
    "==",
}
VALID, INVALID = "valid", "invalid"
ALGORITHM, MALFORMED, FAILED = "unsupported_algorithm", "malformed_notice", "decryption_failed"
KEY_LENGTH = "invalid_key_length"


def _sealed(plain: bytes = RESOURCE, aad: str | None = "refund", /, **changes: Json) -> Json:
    sealed: dict[str, Json] = {
        "original_type": "refund",
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": b64(encrypt(KEY, NONCE.encode(), (aad or "").encode(), plain)),
        "associated_data": aad,
        "nonce": NONCE,
        **changes,
    }
    return {name: value for name, value in sealed.items() if value != "<absent>"}


def _envelope(resource: Json = None, **changes: Json) -> bytes:
    envelope: dict[str, Json] = {
        "id": "EV-2018022511223320873",
        "create_time": "2018-06-08T10:34:56+08:00",
        "resource_type": "encrypt-resource",
        "event_type": "REFUND.SUCCESS",
        "summary": "退款成功",
        "resource": _sealed() if resource is None else resource,
        **changes,
    }
    kept = {name: value for name, value in envelope.items() if value != "<absent>"}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode()


def _case(
    name: str,
    comment: str,
    flag: str,
    reason: str | None = None,
    *,
    body: bytes | None = None,
    headers: dict[str, Json] | None = None,
    now: int = NOW,
    key: bytes = KEY,
    plain: bytes = RESOURCE,
) -> Case:
    body = _envelope() if body is None else body
    case: Case = {
        "id": f"notice-{name}",
        "comment": comment,
        "flags": [flag],
        "given": {
            "headers": dict(headers_of(body)) if headers is None else headers,
            "body": b64(body),
            "now": now,
            "api_v3_key": b64(key),
        },
        "result": VALID if reason is None else INVALID,
    }
    if reason is None:
        case["resource"] = b64(plain)
    else:
        case["reason"] = reason
    return case


def _good() -> list[Case]:
    body = _envelope()
    named = headers_of(body)

    def success(name: str, comment: str, flag: str, body: bytes, plain: bytes = RESOURCE) -> Case:
        return _case(name, comment, flag, body=body, plain=plain)

    return [
        success("certificate", "Signed by a platform certificate", "Success", body),
        _case(
            "public-key",
            "By the public key",
            "Success",
            headers={**headers_of(body, serial=KEY_ID)},
        ),
        _case(
            "no-type",
            "Most pages list no signature type",
            "Success",
            headers={**headers_of(body, signature_type=None)},
        ),
        _case(
            "lower-case",
            "As ASGI has the names",
            "HeaderForm",
            headers={name.lower(): value for name, value in named.items()},
        ),
        _case(
            "wsgi",
            "As WSGI has the names",
            "HeaderForm",
            headers={
                "HTTP_" + name.upper().replace("-", "_"): text for name, text in named.items()
            },
        ),
        success("aad-empty", "Empty", "AssociatedData", _envelope(_sealed(RESOURCE, ""))),
        success("aad-null", "null", "AssociatedData", _envelope(_sealed(RESOURCE, None))),
        success(
            "aad-absent",
            "Absent",
            "AssociatedData",
            _envelope(_sealed(RESOURCE, None, associated_data="<absent>")),
        ),
        success("aad-chinese", "Not ASCII", "AssociatedData", _envelope(_sealed(RESOURCE, "退款"))),
        success(
            "long-fields",
            "Longer than the documented type",
            "UnknownField",
            _envelope(event_type="BRAND_MEMBER_CARD_SP.POINT_EXCHANGE_COUPON", summary="退" * 99),
        ),
        success("new-field", "In the envelope", "UnknownField", _envelope(service_version=2)),
        success("chinese", "Text in UTF-8", "Success", *_with('{"说明":"退款成功"}'.encode())),
        success("empty-resource", "An object without fields", "Success", *_with(b"{}")),
    ]


def _with(plain: bytes) -> tuple[bytes, bytes]:
    return _envelope(_sealed(plain)), plain


def _headers() -> list[Case]:
    body = _envelope()
    named: dict[str, Json] = {**headers_of(body)}
    wsgi = {"HTTP_" + name.upper().replace("-", "_"): text for name, text in named.items()}
    cases: list[Case] = []
    for name in list(named)[:4]:
        short = name.removeprefix("Wechatpay-").lower()
        left = {other: text for other, text in named.items() if other != name}
        cases += [
            _case(f"missing-{short}", f"No {name}", "Missing", MISSING, headers=left),
            _case(
                f"repeated-{short}",
                f"{name} came twice",
                "Repeated",
                MISSING,
                headers={**named, name: [named[name], "1767225601"]},
            ),
        ]
    serial = {**wsgi, "HTTP_WECHATPAY_SERIAL": f"{SERIAL_A},{KEY_ID}"}
    other = "WECHATPAY2-SM2-WITH-SM3"
    typed: dict[str, Json] = {**headers_of(body, signature_type=other)}
    return [
        *cases,
        _case("missing-all", "None of the four", "Missing", MISSING, headers={}),
        _case("repeated-wsgi", "As WSGI joins", "Repeated", MISSING, headers=serial),
        _case("old", "301 s old", "Age", EXPIRED, now=NOW + 301),
        _case("ahead", "301 s ahead", "Age", EXPIRED, now=NOW - 301),
        _case("fresh", "299 s old", "Age", now=NOW + 299),
        _case("other-type", "SM2", "Algorithm", TYPE, headers=typed),
    ]


def _forged() -> list[Case]:
    body = _envelope()
    other = _envelope(id="EV-2018022511223320874")
    of_body: dict[str, Json] = {**headers_of(body)}
    probe: dict[str, Json] = {**headers_of(body, signature=f"{PROBE}{b64(b'x' * 200)}")}
    stranger: dict[str, Json] = {**headers_of(body, key="stranger")}
    unknown: dict[str, Json] = {**headers_of(body, key="stranger", serial="5A" * 20)}
    return [
        _case("probe", "The platform's own", "Probe", BAD, headers=probe),
        _case("stranger", "By a stranger's key", "OtherKey", BAD, headers=stranger),
        _case("unknown", "A serial nobody has", "OtherKey", UNKNOWN, headers=unknown),
        _case("other-body", "Of another notice", "Tampered", BAD, body=other, headers=of_body),
        _case(
            "spaces",
            "Parsed and written again",
            "Tampered",
            BAD,
            body=json.dumps(json.loads(body), ensure_ascii=False).encode(),
            headers=of_body,
        ),
        _case("forged-form", "Not even JSON", "Tampered", BAD, body=b"{", headers=of_body),
    ]


def _unreadable() -> list[Case]:
    def case(name: str, comment: str, flag: str, reason: str, body: bytes) -> Case:
        return _case(name, comment, flag, reason, body=body)

    def form(name: str, comment: str, body: bytes) -> Case:
        return case(name, comment, "Form", MALFORMED, body)

    wrong = b64(encrypt(b"b" * 32, NONCE.encode(), b"refund", RESOURCE))
    sealed = encrypt(KEY, NONCE.encode(), b"refund", RESOURCE)
    changed = b64(sealed[:-1] + bytes([sealed[-1] ^ 1]))

    def sealed_as(name: str, comment: str, flag: str, reason: str, **changes: Json) -> Case:
        return case(name, comment, flag, reason, _envelope(_sealed(**changes)))

    return [
        sealed_as("sm4", "SM4", "Algorithm", ALGORITHM, algorithm="AEAD_SM4_GCM"),
        sealed_as("no-algorithm", "Absent", "Algorithm", ALGORITHM, algorithm="<absent>"),
        sealed_as("aad-other", "Another one", "Tampered", FAILED, associated_data="x"),
        sealed_as("aad-lost", "Forgotten", "Tampered", FAILED, associated_data=""),
        sealed_as("tag", "One bit of the tag", "Tampered", FAILED, ciphertext=changed),
        sealed_as("nonce", "Another nonce", "Tampered", FAILED, nonce="71f9c719728a"),
        sealed_as("no-base64", "The text as it was", "Tampered", FAILED, ciphertext="{}"),
        sealed_as("merchant", "Another merchant's", "OtherKey", FAILED, ciphertext=wrong),
        form("list", "A list", b"[]"),
        form("no-json", "Not JSON", b"{"),
        form("no-utf8", "Not UTF-8", b'{"id":"\xff"}'),
        form("no-resource", "No resource", _envelope(resource="<absent>")),
        form("no-event", "No event_type", _envelope(event_type="<absent>")),
        form("no-id", "No id", _envelope(id="<absent>")),
        form("numbers", "The nonce is a number", _envelope(_sealed(nonce=1))),
        form("plain-list", "A list inside", _with(b"[]")[0]),
        form("plain-text", "Not JSON inside", _with(b"refund")[0]),
        form("plain-utf16", "UTF-16 inside", _with('{"a":1}'.encode("utf-16"))[0]),
        form("plain-nan", "NaN inside", _with(b'{"a":NaN}')[0]),
        form("plain-latin", "Not UTF-8 inside", _with(b'{"a":"\xe9"}')[0]),
    ]  # fmt: skip


# Facts of the SDK's test: what was signed, when, and by which certificate.
GO_BODY = (
    '{"id":"3119dfba-e649-5eec-ab1e-3412bc4d2e17","create_time":"2021-06-24T16:37:26+08:00",'
    '"resource_type":"encrypt-resource","event_type":"PAYSCORE.USER_OPEN_SERVICE",'
    '"summary":"签约成功","resource":{"original_type":"payscore","algorithm":"AEAD_AES_256_GCM",'
    '"ciphertext":"YDS3lKPaC4Y52Gf3uhft5qUBlIa8b428AWTtTauHQfQrRw+X1WpiuHIDy0vo1Vd6VEq67aVyqPdDYMkR'
    "VSDaZL3iZttevRMOoPKMifozg6XPWjIZumks/GpT48lI4NizyeaqLBokNebthah3o1H76qSlO9NkDjp9bzmKLEYYH9TEkl"
    'FUpsvPqOTOcgSLgh21YJXYR7dEBXFgRLiNIKRgO5JdXh1hccRUAlyVWxE54PXpnQ==",'
    '"associated_data":"payscore","nonce":"Kj7QIyUiYx1q"}}'
)
GO_HEADERS: dict[str, Json] = {
    "Wechatpay-Nonce": "EcZ9Cmy4Xyx1i6RlJQzLcCyEqDa26NBz",
    "Wechatpay-Timestamp": "1624523846",
    "Wechatpay-Serial": "D7CE59D1F522D701",
    "Wechatpay-Signature": ""
    "tJHIiIS9eB2hAYstmAmbbD3ZE5LiIm/Ug5tuL4fC0YOFRWIHV39UFIZXC0e9Wl6lBu6sKvkqDkzpqzBsVHyX"
    "FlbYZTOQrVdG4b6LfTnK4mikv9++ixJMd3vTf2yCqvBkh98zs3Ds5zsYQakzbcwhmw4fMJs4nPLws28H0UW9"
    "FjDR//rxELLwXvV1VEA1IBLX70xptjL8hrfUjEE8kkry6yNJTHZRU8CAc7qHli2Ng1V1qb9ARbK8A3ThmFmP"
    "QvRGrapI/jS2laKKgYUmfdEdkNO6B2Cke5e8VTxY406ArAmQ90GAihDwIcb16TQMnzCMBoutnwZKNiKRACrF"
    "mtxw2Q==",
}
GO_NOW = 1624523846
GO_MESSAGE = "d2c90663606e98fc711012c768a5150ff0f953e4bccecc69395f4fe977dc4257"


def _published() -> list[Case]:
    body = GO_BODY.encode()
    message = f"{GO_NOW}\n{GO_HEADERS['Wechatpay-Nonce']}\n".encode() + body + b"\n"
    if sha256(message).hex() != GO_MESSAGE:
        text = "the published notice is not what it was"
        raise AssertionError(text)

    def case(name: str, comment: str, flag: str, reason: str, **given: bytes) -> Case:
        headers = {**GO_HEADERS}
        return _case(name, comment, flag, reason, headers=headers, now=GO_NOW, **given)

    of_16 = "Its APIv3 key has 16 bytes, so it is AES-128"
    short = b"testMchAPIv3Key0"
    return [
        case("published-key", of_16, "KeyLength", KEY_LENGTH, body=body, key=short),
        case("published", "Verifies, of another merchant", "Published", FAILED, body=body),
        case("published-changed", "One byte more", "Tampered", BAD, body=body + b" "),
    ]


def make() -> Json:
    """Build `notices.json`."""
    for aad, expected in PINNED.items():
        if b64(encrypt(KEY, NONCE.encode(), aad.encode(), RESOURCE)) != expected:
            message = "AES-256-GCM gives another ciphertext than the one computed before"
            raise AssertionError(message)
    trusted: Json = [
        trusted_key(SERIAL_A, "platform_a"),
        trusted_key(KEY_ID, "platform_public_key", certificate=False),
    ]
    go: Json = [trusted_key("D7CE59D1F522D701", "doc_go_notice")]
    page = f"{DOC}4012082320"
    groups = [
        group("published", GO_TEST, "A signed notice.", _published(), trusted=go),
        group("success", page, "Notices to accept.", _good(), trusted=trusted),
        group("headers", PROJECT, "Signed, and not as it must be.", _headers(), trusted=trusted),
        group("forged", PROJECT, "Not the platform's.", _forged(), trusted=trusted),
        group("unreadable", PROJECT, "Signed, and of no use.", _unreadable(), trusted=trusted),
    ]
    about = "From the headers and the body of a notice to its decrypted resource."
    return document("notices", about, FLAGS, groups, GRAVITY)
