"""Make the cases for reading error bodies."""

from __future__ import annotations

import json

from .document import (
    DOC,
    INTEROPERABILITY,
    LEGACY,
    PROJECT,
    WRONG,
    Case,
    Group,
    Json,
    b64,
    document,
    group,
)

FLAGS = {
    "BadUtf8": "The body is not UTF-8, so it is no JSON, and there is no code. Who repairs it "
    "reads a text that nobody sent.",
    "ByteOrderMark": "RFC 8259 (8.1) lets a parser ignore the mark or refuse the text.",
    "DetailType": "`detail` is not an object; it is kept as it is, and nothing is read from it.",
    "Documented": "The documented shape.",
    "MemberType": "A member of another type than documented counts as absent; the raw detail "
    "still shows it.",
    "Missing": "A member is left out.",
    "NameCase": "Names of members have no other case: `Code` is not `code`.",
    "Nested": "`issue` sits in a second `detail` object inside the first.",
    "NotJson": "The body is no JSON object: no code, no message, no crash. The status remains.",
    "Seen": "Seen on the live service by third parties.",
    "Text": "Texts are kept as they came, empty or with spaces around them.",
    "Unknown": "Codes and members nobody documented; they are kept.",
}

GRAVITY = {
    INTEROPERABILITY: "DetailType Documented Missing NotJson Seen Unknown",
    WRONG: "BadUtf8 MemberType NameCase Nested Text",
    LEGACY: "ByteOrderMark",
}

SIGN_INFORMATION: Json = {
    "method": "GET",
    "url": "/v3/ecommerce/refunds/5000/return-advance?sub_mchid=1900000109",
    "sign_message_length": 112,
    "truncated_sign_message": "GET\n"
    "/v3/ecommerce/refunds/5000/return-advance?sub_mchid=1900000109\n"
    "1756951532\n593BEC0C930BF1AFEB40B4A08C8FB242\n\n",
}


def _case(
    name: str,
    comment: str,
    flags: list[str],
    status: int,
    body: bytes | Json,
    *,
    code: str | None = None,
    message: str | None = None,
    detail: Json = None,
    field: str | None = None,
    issue: str | None = None,
    location: str | None = None,
    or_nothing: bool = False,
) -> Case:
    """Build one case; with `or_nothing` a client may also take the body for no JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    expected: dict[str, Json] = {
        "status": status,
        "code": code,
        "message": message,
        "detail": detail,
        "field": field,
        "issue": issue,
        "location": location,
    }
    case: Case = {
        "id": f"error-{name}",
        "comment": comment,
        "flags": list(flags),
        "given": {"status": status, "body": b64(raw)},
        "expected": expected,
    }
    if or_nothing:
        case["also_right"] = {**dict.fromkeys(expected), "status": status}
    return case


def _with_detail(
    name: str,
    comment: str,
    flags: list[str],
    detail: Json,
    *,
    field: str | None = None,
    issue: str | None = None,
    location: str | None = None,
    code: str = "PARAM_ERROR",
    message: str = "参数错误",
    status: int = 400,
) -> Case:
    return _case(
        name,
        comment,
        flags,
        status,
        {"code": code, "message": message, "detail": detail},
        code=code,
        message=message,
        detail=detail,
        field=field,
        issue=issue,
        location=location,
    )


def _plain(name: str, status: int, code: str, message: str, *flags: str) -> Case:
    return _case(
        name,
        f"{status} {code}",
        list(flags),
        status,
        {"code": code, "message": message},
        code=code,
        message=message,
    )


def _documented() -> list[Case]:
    query: Json = {"location": "query", "field": "sub_mchid", "value": "", "issue": "required"}
    body: Json = {"location": "body", "field": "/sub_mchid", "value": "", "issue": "too short"}
    path: Json = {"location": "url", "field": "refund_id", "value": "", "issue": "too short"}
    flags = ["Documented"]
    return [
        _with_detail(
            "detail-query",
            "A query parameter",
            flags,
            query,
            field="sub_mchid",
            issue="required",
            location="query",
        ),
        _with_detail(
            "detail-body",
            "A JSON pointer into the body",
            flags,
            body,
            field="/sub_mchid",
            issue="too short",
            location="body",
        ),
        _with_detail(
            "detail-url",
            "A path parameter, with the other code that has details",
            flags,
            path,
            field="refund_id",
            issue="too short",
            location="url",
            code="INVALID_REQUEST",
            message="请求不符合规则",
        ),
    ]


def _tables() -> list[Case]:
    rows = (
        (400, "PARAM_ERROR", "参数错误"),
        (400, "INVALID_REQUEST", "请求不符合业务规则"),
        (400, "MCH_NOT_EXISTS", "商户号不存在"),
        (401, "SIGN_ERROR", "验证不通过"),
        (403, "NO_AUTH", "没有权限"),
        (403, "NOT_ENOUGH", "余额不足"),
        (403, "REQUEST_BLOCKED", "请求受阻"),
        (404, "RESOURCE_NOT_EXISTS", "退款单不存在"),
        (500, "SYSTEM_ERROR", "系统错误"),
    )
    return [
        _plain(f"code-{code.lower().replace('_', '-')}", status, code, message, "Documented")
        for status, code, message in rows
    ]


def _seen() -> list[Group]:
    numeric: Json = {"location": "body", "value": 1}
    template: Json = {"location": "uri_template", "value": "5000"}
    nested: Json = {
        "field": "signature",
        "location": "authorization",
        "detail": {"issue": "sign not match"},
        "sign_information": SIGN_INFORMATION,
    }
    seen = ["Seen"]
    easywechat = [
        _with_detail(
            "seen-numeric-value",
            "No field, no issue, a number as value",
            [*seen, "Missing"],
            numeric,
            location="body",
            message="输入源“/body/out_trade_no”映射到值字段“商户订单号”字符串规则校验失败",
        )
    ]
    template_cases = [
        _with_detail(
            "seen-uri-template",
            "A path parameter, without field and issue",
            [*seen, "Missing"],
            template,
            location="uri_template",
        )
    ]
    signature = [
        _with_detail(
            "seen-sign-information",
            "The platform's view of the message it verified",
            [*seen, "Nested"],
            nested,
            field="signature",
            issue="sign not match",
            location="authorization",
            code="SIGN_ERROR",
            message="签名错误",
            status=401,
        )
    ]
    probes = [
        _plain("seen-sign-error", 401, "SIGN_ERROR", "签名错误", *seen, "Missing"),
        _case("seen-empty-404", "Unknown path", [*seen, "NotJson"], 404, b""),
        _case("seen-empty-405", "Wrong method", [*seen, "NotJson"], 405, b""),
    ]
    about = "Variants of the body; the values are ours."
    community = "https://developers.weixin.qq.com/community/"
    return [
        group(
            "seen, numeric value",
            "https://github.com/w7corp/easywechat/issues/2954",
            about,
            easywechat,
        ),
        group(
            "seen, uri_template",
            PROJECT,
            about + " From a third-party sample of 2021.",
            template_cases,
        ),
        group("seen, sign_information", community, about, signature),
        group("seen, probes", PROJECT, about + " From calls without credentials, 2026-09.", probes),
    ]


def _not_json() -> list[Case]:
    bodies: dict[str, tuple[str, int, bytes]] = {
        "empty-500": ("Nothing", 500, b""),
        "html": ("A gateway's page", 502, b"<html><body>502 Bad Gateway</body></html>"),
        "text": ("Plain text", 503, b"upstream connect error"),
        "cut": ("JSON cut short", 500, b'{"code":"SYSTEM_ERROR","message":"'),
        "behind": ("JSON, then something else", 500, b'{"code":"SYSTEM_ERROR"} oops'),
        "single-quotes": ("Not quite JSON", 500, b"{'code':'SYSTEM_ERROR'}"),
        "spaces": ("Only white space", 404, b" \r\n\t"),
        "array": ("A list on top", 400, b'[{"code":"PARAM_ERROR"}]'),
        "string": ("A string on top", 400, b'"PARAM_ERROR"'),
        "null": ("null on top", 500, b"null"),
        "number": ("A number on top", 500, b"500"),
        "true": ("true on top", 500, b"true"),
        "deep": ("5000 lists inside each other", 400, b"[" * 5000 + b"]" * 5000),
        "nul": ("Zero bytes", 500, bytes(16)),
        "binary": ("Bytes that are no UTF-8", 500, bytes(range(128, 256))),
        "latin": ("A single byte that is no UTF-8", 403, b'{"code":"NO_AUTH","message":"\xff"}'),
        "surrogate": (
            "Half a surrogate pair in UTF-8",
            403,
            b'{"code":"NO_AUTH","message":"\xed\xa0\x80"}',
        ),
        "utf-16": ("UTF-16", 403, '{"code":"NO_AUTH"}'.encode("utf-16-le")),
        "zip": ("The first bytes of a gzip file", 500, b"\x1f\x8b\x08\x00\x00\x00\x00\x00"),
    }
    return [
        _case(
            f"not-json-{name}",
            comment,
            ["BadUtf8" if "UTF" in comment else "NotJson"],
            status,
            body,
        )
        for name, (comment, status, body) in bodies.items()
    ]


def _types() -> list[Case]:
    detail = ["DetailType"]
    member = ["MemberType"]
    deep: Json = {"detail": {"detail": {"issue": "too deep"}}}
    both: Json = {"issue": "outer", "detail": {"issue": "inner"}}
    details: dict[str, tuple[str, Json]] = {
        "list": ("A list", [{"field": "sub_mchid"}]),
        "empty-list": ("An empty list", []),
        "string": ("A string", "sub_mchid is required"),
        "number": ("A number", 1),
        "null": ("Null", None),
        "false": ("A boolean", False),
    }
    codes: dict[str, tuple[str, Json]] = {
        "number": ("A number", 268443699),
        "null": ("Null", None),
        "boolean": ("A boolean", True),
        "object": ("An object", {}),
        "list": ("A list", ["PARAM_ERROR"]),
    }
    return [
        *(
            _with_detail(f"detail-{name}", f"{comment} as detail", detail, value)
            for name, (comment, value) in details.items()
        ),
        _with_detail("detail-empty", "An empty object", ["Missing"], {}),
        _with_detail("detail-issue-wins", "An issue in both", ["Nested"], both, issue="outer"),
        _with_detail(
            "detail-issue-empty",
            "An empty issue is one: the inner issue is not read",
            ["Nested", "Text"],
            {"issue": "", "detail": {"issue": "inner"}},
            issue="",
        ),
        _with_detail(
            "detail-issue-null",
            "A null beside an inner issue counts as absent",
            ["Nested", "MemberType"],
            {"issue": None, "detail": {"issue": "inner"}},
            issue="inner",
        ),
        _with_detail(
            "detail-issue-number",
            "A number beside an inner issue counts as absent",
            ["Nested", "MemberType"],
            {"issue": 1, "detail": {"issue": "inner"}},
            issue="inner",
        ),
        _with_detail("detail-too-deep", "Two levels down is not read", ["Nested"], deep),
        _with_detail(
            "detail-nested-string", "The inner detail is a string", ["Nested"], {"detail": "x"}
        ),
        _with_detail(
            "detail-nested-list",
            "The inner detail is a list",
            ["Nested"],
            {"detail": [{"issue": "x"}]},
        ),
        _with_detail(
            "detail-mistyped",
            "Members of other types",
            member,
            {"field": 1, "issue": ["required"], "location": None, "value": {"a": [1]}},
        ),
        _with_detail(
            "detail-unknown-members",
            "Members nobody documented",
            ["Unknown"],
            {"field": "/a", "hint": "看这里", "n": 1.5},
            field="/a",
        ),
        *(
            _case(
                f"code-{name}",
                f"{comment} as code",
                member,
                400,
                {"code": code, "message": "参数错误"},
                message="参数错误",
            )
            for name, (comment, code) in codes.items()
        ),
        _case(
            "message-object",
            "An object as message",
            member,
            400,
            {"code": "PARAM_ERROR", "message": {"zh": "参数错误"}},
            code="PARAM_ERROR",
        ),
        _case("no-code", "No code", ["Missing"], 400, {"message": "参数错误"}, message="参数错误"),
        _case("no-message", "No message", ["Missing"], 403, {"code": "NO_AUTH"}, code="NO_AUTH"),
        _case("empty-object", "Nothing known inside", ["Missing"], 500, {}),
        _case(
            "empty-texts",
            "Empty texts are texts",
            ["Text"],
            400,
            {"code": "", "message": ""},
            code="",
            message="",
        ),
        _with_detail(
            "untrimmed",
            "Spaces around each text",
            ["Text"],
            {"field": " /a ", "issue": "\tb\n", "location": " body "},
            code="NO_AUTH ",
            message=" m ",
            field=" /a ",
            issue="\tb\n",
            location=" body ",
        ),
        _case(
            "code-lower", "A code in lower case", ["Text"], 403, {"code": "no_auth"}, code="no_auth"
        ),
        _case(
            "other-case",
            "Only in another case",
            ["NameCase"],
            403,
            {"Code": "NO_AUTH", "MESSAGE": "m"},
        ),
        _case(
            "other-case-beside",
            "Another case beside the true names",
            ["NameCase"],
            403,
            {"code": "NO_AUTH", "Code": "NOT_ENOUGH", "message": "a", "Message": "b"},
            code="NO_AUTH",
            message="a",
        ),
        _with_detail(
            "other-case-detail",
            "Another case inside detail",
            ["NameCase"],
            {"Field": "/a", "ISSUE": "b", "location": "body", "Location": "url"},
            location="body",
        ),
        *(
            _case(
                f"{name.replace('_', '-')}-text",
                f"A text under {name}",
                ["Unknown", "Missing"],
                403,
                {name: "NO_AUTH"},
            )
            for name in ("error", "errcode", "err_code", "return_code")
        ),
        _case(
            "bom",
            "A byte order mark in front",
            ["ByteOrderMark"],
            403,
            b'\xef\xbb\xbf{"code":"NO_AUTH"}',
            code="NO_AUTH",
            or_nothing=True,
        ),
        _case(
            "other-api-family",
            "The error shape of another family of WeChat APIs",
            ["Unknown", "Missing"],
            400,
            {"errcode": 40001, "errmsg": "invalid credential"},
        ),
    ]


def _open_set() -> list[Case]:
    return [
        _plain("unknown-code", 403, "A_CODE_OF_TOMORROW", "以后的错误", "Unknown"),
        _plain("code-twin", 500, "SYSTEMERROR", "系统错误", "Unknown"),
        _plain("frequency-limited", 429, "FREQUENCY_LIMITED", "频率限制", "Documented"),
        _plain("ratelimit-exceeded", 429, "RATELIMIT_EXCEEDED", "频率限制", "Documented"),
        _plain("service-unavailable", 503, "SERVICE_UNAVAILABLE", "服务不可用", "Documented"),
        _plain("other-status", 404, "MCH_NOT_EXISTS", "商户号不存在", "Seen"),
        _plain("english", 403, "NOT_ENOUGH", "Insufficient balance.", "Documented"),
        _plain("long-message", 400, "INVALID_REQUEST", "错" * 2000, "Unknown"),
        _case(
            "extra-members",
            "New members beside the known ones",
            ["Unknown"],
            403,
            {"code": "NO_AUTH", "message": "没有权限", "trace": {"id": 1}, "additional": None},
            code="NO_AUTH",
            message="没有权限",
        ),
        _case(
            "escaped",
            "Chinese as escapes",
            ["Documented"],
            403,
            b'{"code":"NOT_ENOUGH","message":"\\u4f59\\u989d\\u4e0d\\u8db3"}',
            code="NOT_ENOUGH",
            message="余额不足",
        ),
        _case(
            "white-space",
            "Line breaks and spaces around everything",
            ["Documented"],
            403,
            b'\n { "message" : "m" ,\n "code" : "NO_AUTH" }\r\n',
            code="NO_AUTH",
            message="m",
        ),
    ]


def make() -> Json:
    """Build `error_bodies.json`."""
    groups = [
        group("documented", DOC + "4012081726", "code, message and detail.", _documented()),
        group("codes of create", DOC + "4012476927", "Every row of the error table.", _tables()),
        *_seen(),
        group("no JSON object", PROJECT, "Only the status is left.", _not_json()),
        group("other types", PROJECT, "Members of unexpected types.", _types()),
        group("open set", DOC + "4012081727", "Codes, texts and members change.", _open_set()),
    ]
    about = "From status and body of a reply that is no success to what a caller can read."
    return document("error_bodies", about, FLAGS, groups, GRAVITY)
