"""Make the cases for reading the ReturnAdvance body."""

from __future__ import annotations

import json

from .document import (
    DOC,
    INTEROPERABILITY,
    LEGACY,
    PROJECT,
    WRONG,
    Case,
    Json,
    b64,
    document,
    group,
)

FLAGS = {
    "BadUtf8": "The body is not UTF-8, so it is no JSON. Who repairs a known member believes a "
    "text that nobody sent; beside them it is harmless.",
    "ByteOrderMark": "RFC 8259 (8.1) lets a parser ignore the mark or refuse the text.",
    "Documented": "The documented shape.",
    "DuplicateKey": "A name occurs twice. Most parsers take the last one, some refuse.",
    "EmptyText": "The pages give lengths from 1; nobody knows whether replies keep them.",
    "ExtraMember": "New members may appear at any time. A client that keeps them finds them in "
    "`extra`; no client fails.",
    "Integer": "A whole number within 64 bits. Numbers beyond 2^53 need more than a double.",
    "IntegerForm": "A whole number written as 888.0 or 8.88e2; JSON makes no difference, many "
    "parsers do.",
    "Longer": "Longer than documented; limits on replies are not enforced.",
    "Missing": "A required member is absent.",
    "NameCase": "Names of members have no other case: `Result` is a new member, not `result`.",
    "Negative": "No page gives a range for the amount.",
    "NotObject": "The body is no JSON object; no member is named.",
    "SuccessTime": "Optional; absent and null are the same. No source says what an unreadable "
    "time means: a client may fail and name it, or return the rest. It must not read another time.",
    "Text": "Texts are kept as they came: with spaces around it a value is another one.",
    "Type": "A member has another JSON type than documented.",
    "UnknownValue": "A value of an enumeration that is not documented yet; it is kept as text.",
}

GRAVITY = {
    WRONG: "BadUtf8 DuplicateKey Integer Missing NameCase NotObject SuccessTime Text Type",
    INTEROPERABILITY: "Documented ExtraMember Longer UnknownValue",
    LEGACY: "ByteOrderMark EmptyText IntegerForm Negative",
}

SAMPLE: dict[str, Json] = {
    "refund_id": "50000000382019052709732678859",
    "advance_return_id": "1215562501201407033233368018",
    "return_amount": 888,
    "payer_mchid": "1900000109",
    "payer_account": "BASIC",
    "payee_mchid": "1900000108",
    "payee_account": "BASIC",
    "result": "SUCCESS",
    "success_time": "2018-06-08T10:34:56+08:00",
}
REQUIRED = tuple(name for name in SAMPLE if name != "success_time")
SAMPLE_UTC = "2018-06-08T02:34:56.000Z"
ABSENT = "<absent>"
VALID, INVALID, ACCEPTABLE = "valid", "invalid", "acceptable"


def _case(
    name: str,
    comment: str,
    flags: list[str],
    result: str = VALID,
    *,
    changes: dict[str, Json] | None = None,
    raw: bytes | None = None,
    field: str | None = None,
    utc: str | None = SAMPLE_UTC,
) -> Case:
    """Change the sample; `raw` replaces the bytes that go out, not what is expected."""
    changed = {**SAMPLE, **(changes or {})}
    members = {key: value for key, value in changed.items() if value != ABSENT}
    body = json.dumps(members, ensure_ascii=False).encode() if raw is None else raw
    case: Case = {
        "id": f"model-{name}",
        "comment": comment,
        "flags": list(flags),
        "given": {"body": b64(body)},
        "result": result,
    }
    if result != INVALID:
        known = {key: members.get(key) for key in SAMPLE}
        case["expected"] = {
            **known,
            "success_time_utc": utc,
            "extra": {key: value for key, value in members.items() if key not in SAMPLE},
        }
    if result != VALID:
        case["field"] = field
    return case


def _sample_with(name: str, text: str) -> bytes:
    """Write the sample with one member's JSON text replaced."""
    pairs = (
        f"{json.dumps(key)}: {text if key == name else json.dumps(value)}"
        for key, value in SAMPLE.items()
    )
    return ("{" + ", ".join(pairs) + "}").encode()


def _documented() -> list[Case]:
    flags = ["Documented"]
    absent: dict[str, Json] = {"success_time": ABSENT}
    reordered = json.dumps(dict(reversed(SAMPLE.items()))).encode()
    return [
        _case("sample", "The documented sample", flags),
        _case(
            "processing",
            "PROCESSING, no time yet",
            flags,
            changes={**absent, "result": "PROCESSING", "payee_account": "OPERATION"},
            utc=None,
        ),
        _case("failed", "FAILED, no time", flags, changes={**absent, "result": "FAILED"}, utc=None),
        _case("reordered", "Keys in reverse order", flags, raw=reordered),
        _case(
            "pretty",
            "Line breaks and spaces",
            flags,
            raw=b"\r\n" + json.dumps(SAMPLE, indent=4).encode() + b"\n",
        ),
        _case(
            "escaped",
            "Letters as escapes",
            flags,
            raw=_sample_with("result", '"\\u0053UCCESS"'),
        ),
        _case(
            "escaped-key",
            "A key with an escape",
            flags,
            raw=json.dumps(SAMPLE).replace('"result"', '"r\\u0065sult"').encode(),
        ),
    ]


def _success_time() -> list[Case]:
    flags = ["SuccessTime"]
    good: dict[str, tuple[str, Json, str | None]] = {
        "absent": ("Left out although SUCCESS", ABSENT, None),
        "null": ("Null", None, None),
        "utc": ("Z instead of an offset", "2018-06-08T02:34:56Z", SAMPLE_UTC),
        "fraction": (
            "Milliseconds",
            "2018-06-08T10:34:56.789+08:00",
            "2018-06-08T02:34:56.789Z",
        ),
        "fraction-utc": ("Both", "2018-06-08T02:34:56.120Z", "2018-06-08T02:34:56.120Z"),
        "west": ("A negative offset", "2018-06-07T22:34:56-04:00", SAMPLE_UTC),
        "new-year": (
            "The year differs in UTC",
            "2026-01-01T00:00:00+08:00",
            "2025-12-31T16:00:00.000Z",
        ),
        "leap-day": (
            "29 February",
            "2028-02-29T23:59:59+08:00",
            "2028-02-29T15:59:59.000Z",
        ),
    }
    unclear: dict[str, tuple[str, Json]] = {
        "empty": ("Empty", ""),
        "malformed": ("No date", "soon"),
        "no-offset": ("No offset: RFC 3339 asks for one", "2018-06-08T10:34:56"),
        "spaces": ("The form of older interfaces", "2018-06-08 10:34:56"),
        "february-30": ("30 February is not 2 March", "2018-02-30T10:34:56+08:00"),
        "april-31": ("31 April is not 1 May", "2018-04-31T10:34:56+08:00"),
        "february-29": ("29 February of a common year", "2018-02-29T10:34:56+08:00"),
        "hour-24": ("Hour 24 is not the next day", "2018-06-08T24:00:00+08:00"),
        "hour-25": ("No such hour", "2018-06-08T25:34:56+08:00"),
        "minute-60": ("No such minute", "2018-06-08T10:60:00+08:00"),
        "second-61": ("No such second", "2018-06-08T10:34:61+08:00"),
        "offset-24": ("No such offset", "2018-06-08T10:34:56+24:00"),
        "day-0": ("No such day", "2018-06-00T10:34:56+08:00"),
        "month-13": ("No such month", "2018-13-08T10:34:56+08:00"),
        "compact": ("Without separators", "20180608103456"),
        "number": ("A number", 1528425296),
        "object": ("An object", {}),
    }
    cases = [
        _case(f"time-{name}", comment, flags, changes={"success_time": value}, utc=utc)
        for name, (comment, value, utc) in good.items()
    ]
    cases += [
        _case(
            f"time-{name}",
            comment,
            flags,
            ACCEPTABLE,
            changes={"success_time": value},
            field="success_time",
            utc=None,
        )
        for name, (comment, value) in unclear.items()
    ]
    return cases


def _open_set() -> list[Case]:
    unknown = ["UnknownValue"]
    extra = ["ExtraMember"]
    longer = ["Longer"]
    return [
        _case("new-result", "A new result", unknown, changes={"result": "CLOSED"}),
        _case("new-payer-account", "A new account", unknown, changes={"payer_account": "FEES"}),
        _case("new-payee-account", "A new account", unknown, changes={"payee_account": "FEES"}),
        _case(
            "result-lower", "Lower case is another value", unknown, changes={"result": "success"}
        ),
        _case("result-space", "A space in front", ["Text"], changes={"result": " SUCCESS"}),
        _case("result-lf", "A line feed behind", ["Text"], changes={"result": "SUCCESS\n"}),
        _case("refund-id-spaces", "Spaces around", ["Text"], changes={"refund_id": " 5000 "}),
        *(
            _case(
                f"empty-{name.replace('_', '-')}",
                f"{name} is empty",
                ["EmptyText"],
                ACCEPTABLE,
                changes={name: ""},
                field=name,
            )
            for name in REQUIRED
            if name != "return_amount"
        ),
        _case(
            "extra-other-case",
            "The names of three members in another case",
            ["NameCase", "ExtraMember"],
            changes={
                "result": "PROCESSING",
                "Result": "FAILED",
                "RETURN_AMOUNT": 1,
                "Refund_Id": 5,
            },
        ),
        _case("result-chinese", "Not ASCII", unknown, changes={"result": "处理中"}),
        _case("extra-text", "One new member", extra, changes={"remark": "回补完成"}),
        _case(
            "extra-nested",
            "A new object and list",
            extra,
            changes={"amounts": {"from": [{"account": "BASIC", "amount": 1}]}, "tags": []},
        ),
        _case("extra-null", "A new member that is null", extra, changes={"fail_reason": None}),
        _case(
            "extra-awkward-names",
            "Names that collide with those of generated code",
            extra,
            changes={
                "additional_properties": {"a": 1},
                "class": "x",
                "self": 1,
                "from_dict": "y",
                "__proto__": {"result": "FAILED"},
                "": "empty name",
            },
        ),
        _case("long-refund-id", "64 digits", longer, changes={"refund_id": "5" * 64}),
        _case("long-mchid", "100 digits", longer, changes={"payer_mchid": "1" * 100}),
        _case("long-result", "40 letters", longer, changes={"result": "S" * 40}),
        _case(
            "not-ascii",
            "Chinese where digits are usual",
            longer,
            changes={"advance_return_id": "回补单" * 20},
        ),
    ]


def _amounts() -> list[Case]:
    name = "return_amount"

    def integer(case: str, comment: str, value: int) -> Case:
        return _case(f"amount-{case}", comment, ["Integer"], changes={name: value})

    def form(case: str, comment: str, text: str, value: int = 888) -> Case:
        return _case(
            f"amount-{case}",
            comment,
            ["IntegerForm"],
            ACCEPTABLE,
            changes={name: value},
            raw=_sample_with(name, text),
            field=name,
        )

    def wrong(case: str, comment: str, text: str) -> Case:
        return _case(
            f"amount-{case}",
            comment,
            ["Type"],
            INVALID,
            raw=_sample_with(name, text),
            field=name,
        )

    return [
        integer("one", "One fen", 1),
        integer("zero", "Nothing", 0),
        integer("32-bit", "More than 32 bits", 2**31),
        integer("exact-double", "The last whole number a double holds exactly", 2**53),
        integer("beyond-double", "One more", 2**53 + 1),
        _case(
            "amount-negative",
            "Less than nothing",
            ["Negative"],
            ACCEPTABLE,
            changes={name: -888},
            field=name,
        ),
        integer("int64", "The largest 64-bit number", 2**63 - 1),
        form("point-zero", "888.0", "888.0"),
        form("exponent", "8.88e2", "8.88e2"),
        form("beyond-int64", "More than 64 bits hold", str(2**63), 2**63),
        form("wraps", "888 after a 64-bit overflow", str(2**64 + 888), 2**64 + 888),
        wrong("text", "Digits in quotes", '"888"'),
        wrong("true", "A boolean", "true"),
        wrong("false", "A boolean", "false"),
        wrong("fraction", "8.88: yuan by mistake", "8.88"),
        wrong("null", "Null", "null"),
        wrong("empty-text", "Empty text", '""'),
        wrong("list", "A list", "[888]"),
        wrong("object", "An object", '{"total": 888}'),
    ]


def _types() -> list[Case]:
    cases = [
        _case(
            f"no-{name.replace('_', '-')}",
            f"No {name}",
            ["Missing"],
            INVALID,
            changes={name: ABSENT},
            field=name,
        )
        for name in REQUIRED
    ]
    texts = [name for name in REQUIRED if name != "return_amount"]
    for name in texts:
        for word, text in (("number", "1900000109"), ("null", "null")):
            cases.append(
                _case(
                    f"{name.replace('_', '-')}-{word}",
                    f"{name} is a {word}",
                    ["Type"],
                    INVALID,
                    raw=_sample_with(name, text),
                    field=name,
                )
            )
    mistyped = (
        ("result", "boolean", "true"),
        ("result", "list", '["SUCCESS"]'),
        ("result", "object", '{"value": "SUCCESS"}'),
        ("refund_id", "list", "[]"),
    )
    cases += [
        _case(
            f"{name.replace('_', '-')}-{word}",
            f"{name} is a {word}",
            ["Type"],
            INVALID,
            raw=_sample_with(name, text),
            field=name,
        )
        for name, word, text in mistyped
    ]
    return cases


def _bodies() -> list[Case]:
    sample = json.dumps(SAMPLE).encode()
    bodies: dict[str, tuple[str, bytes]] = {
        "empty": ("Nothing", b""),
        "null": ("null", b"null"),
        "list": ("The sample in a list", b"[" + sample + b"]"),
        "string": ("A string", b'"SUCCESS"'),
        "number": ("A number", b"888"),
        "html": ("A page of a proxy", b"<html>OK</html>"),
        "cut": ("Cut short", sample[:-10]),
        "behind": ("Something behind the object", sample + b"}"),
        "trailing-comma": ("A comma too many", sample[:-1] + b",}"),
        "not-a-number": ("NaN is no JSON", _sample_with("return_amount", "NaN")),
        "binary": ("Bytes that are no UTF-8", bytes(range(128, 256))),
    }
    cases = [
        _case(f"body-{name}", comment, ["NotObject"], INVALID, raw=body)
        for name, (comment, body) in bodies.items()
    ]
    cases += [
        _case(
            "only-other-case",
            "result only in another case: it is missing",
            ["NameCase", "Missing"],
            INVALID,
            raw=sample.replace(b'"result"', b'"Result"'),
            field="result",
        ),
        _case(
            "bad-utf-8",
            "A byte that is no UTF-8 in a known member",
            ["BadUtf8"],
            INVALID,
            raw=sample.replace(b'"1900000109"', b'"190000010\xff"'),
        ),
        _case(
            "extra-bad-utf-8",
            "A byte that is no UTF-8 in a new member",
            ["BadUtf8"],
            ACCEPTABLE,
            changes={"remark": "\ufffd"},
            raw=sample[:-1] + b', "remark": "\xff"}',
        ),
        _case(
            "bom",
            "A byte order mark in front",
            ["ByteOrderMark"],
            ACCEPTABLE,
            raw=b"\xef\xbb\xbf" + sample,
        ),
    ]
    cases.append(
        _case(
            "empty-object",
            "No member at all: any required one is named",
            ["Missing"],
            INVALID,
            raw=b"{}",
            field=None,
        )
    )
    twice = sample[:-1] + b', "result": "PROCESSING"}'
    cases.append(
        _case(
            "duplicate-key",
            "result occurs twice; the last one is expected",
            ["DuplicateKey"],
            ACCEPTABLE,
            changes={"result": "PROCESSING"},
            raw=twice,
            field="result",
        )
    )
    return cases


def make() -> Json:
    """Build `models.json`."""
    groups = [
        group("documented", DOC + "4012476927", "Sample and states.", _documented()),
        group("success_time", DOC + "4012081726", "RFC 3339, optional.", _success_time()),
        group("open set", DOC + "4012081726", "What may change without notice.", _open_set()),
        group("return_amount", DOC + "4012476927", "A whole number.", _amounts()),
        group("members", DOC + "4012476927", "Required members and their types.", _types()),
        group("bodies", PROJECT, "Bodies that are no ReturnAdvance.", _bodies()),
    ]
    about = "From the body of a 200 reply of create or query to its members."
    return document("models", about, FLAGS, groups, GRAVITY)
