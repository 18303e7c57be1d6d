"""The judge of the other languages' answers accepts right ones and finds each wrong one."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.cross.judge import COMPARISONS, VECTORS, judge

Json = dict[str, Any]


def right_answers() -> dict[str, Json]:
    """Answer every vector as it wants to be answered, by its id."""
    found: dict[str, Json] = {}
    for kind in COMPARISONS:
        content = json.loads((VECTORS / f"{kind}.json").read_text(encoding="utf-8"))
        for group in content["groups"]:
            for case in group["cases"]:
                found[case["id"]] = {"id": case["id"], **right(kind, group, case)}
    return found


def right(kind: str, group: Json, case: Json) -> Json:
    if kind == "request_signing":
        answer: Json = {"message": case["message"]}
        if group["private_key"]:
            answer["authorization"] = case["authorization"]["header"]
        elif case["signature"]:
            answer["verified"] = case["result"] == "valid"
        return answer
    if kind == "error_bodies":
        expected: Json = case["expected"]
        return expected
    if case["result"] == "invalid":
        return {"error": f"{case['field']} is wrong"} if kind == "models" else reason(case)
    if kind == "models":
        model = dict(case["expected"])
        del model["success_time"]
        model["return_amount"] = str(model["return_amount"])
        return {"success_time_utc": model.pop("success_time_utc"), "model": model}
    if kind == "response_verification":
        return {"proven": case["proven"]}
    answer = {"plaintext": case["plaintext"]}
    return answer | ({"serial_no": case["serial_no"]} if group["reads"] == "certificate" else {})


def error_without_code(status: int) -> Json:
    names = ("code", "message", "detail", "field", "issue", "location")
    return {"status": status, **dict.fromkeys(names)}


def reason(case: Json) -> Json:
    return {"reason": case["reason"]}


def judged(answers: dict[str, Json]) -> list[str]:
    return judge(json.dumps(answer) for answer in answers.values())


def test_right_answers_pass() -> None:
    assert judged(right_answers()) == []


def test_an_acceptable_case_may_be_refused_for_its_reason() -> None:
    answers = right_answers()
    answers["response-age-old-300"] = {"id": "response-age-old-300", "reason": "expired_timestamp"}
    answers["error-bom"] = {"id": "error-bom", **error_without_code(403)}
    answers["model-time-number"] = {"id": "model-time-number", "error": "success_time: no text"}
    assert judged(answers) == []


def test_undocumented_members_need_not_be_kept() -> None:
    answers = right_answers()
    del answers["model-extra-text"]["model"]["extra"]
    assert judged(answers) == []


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("request-published-path", {"verified": False}),
        ("request-published-query", {"verified": True}),
        ("request-digest-create", {"message": ""}),
        ("response-certificate", {"proven": False}),
        ("response-unsigned-404", {"proven": True}),
        ("response-no-nonce", {"reason": "invalid_signature"}),
        ("response-serial-unknown", {"reason": None, "proven": True}),
        ("response-age-old-300", {"reason": "unknown_serial"}),
        ("certificate-published", {"plaintext": ""}),
        ("certificate-good", {"serial_no": "1"}),
        ("certificate-wrong-key", {"reason": "invalid_key_length"}),
        ("certificate-sm4", {"reason": "decryption_failed"}),
        ("error-detail-body", {"field": None}),
        ("error-no-code", {"code": ""}),
        ("error-not-json-html", {"status": 200}),
        ("error-bom", {"code": None, "message": "m"}),
        ("model-time-february-30", {"success_time_utc": "2018-03-02T02:34:56.000Z"}),
        ("model-amount-text", {"error": "something is wrong"}),
        ("model-sample", {"success_time_utc": "2018-06-08T10:34:56Z"}),
        ("model-sample", {"success_time_utc": None}),
        ("model-new-result", {"error": "result is unknown"}),
        ("model-no-result", {"error": "The field is missing"}),
        ("model-time-empty", {"error": "success_time: unreadable"}),
    ],
)
def test_a_wrong_answer_is_found(name: str, change: Json) -> None:
    answers = right_answers()
    if "error" in change or "reason" in change:
        answers[name] = {"id": name}
    answers[name] |= change
    assert [complaint.split(":")[0] for complaint in judged(answers)] == [name]


@pytest.mark.parametrize(
    ("name", "member", "value"),
    [
        ("model-sample", "result", "FAILED"),
        ("model-amount-beyond-double", "return_amount", "9007199254740992"),
        ("model-extra-text", "extra", {}),
    ],
)
def test_a_wrong_member_is_found(name: str, member: str, value: object) -> None:
    answers = right_answers()
    answers[name]["model"][member] = value
    assert [complaint.split(":")[0] for complaint in judged(answers)] == [name]


def test_a_wrong_signature_is_found() -> None:
    answers = right_answers()
    name = next(name for name, answer in answers.items() if "authorization" in answer)
    answers[name]["authorization"] = answers[name]["authorization"].replace(
        'signature="', 'signature="A'
    )
    assert [complaint.split(":")[0] for complaint in judged(answers)] == [name]


def test_the_order_of_the_fields_is_free() -> None:
    answers = right_answers()
    for answer in answers.values():
        if "authorization" in answer:
            scheme, fields = answer["authorization"].split(" ")
            pairs = re.findall(r'\w+="[^"]*"', fields)
            answer["authorization"] = f"{scheme} {','.join(reversed(pairs))}"
    assert judged(answers) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param('",', '", ', id="a space behind commas"),
        pytest.param('",', '" ,', id="a space before commas"),
        pytest.param('",', '";', id="semicolons"),
        pytest.param('",', '" ', id="spaces for commas"),
        pytest.param('",', '"', id="no commas"),
        pytest.param('",', '"\n', id="line feeds for commas"),
        pytest.param("2048 ", "2048  ", id="two spaces behind the scheme"),
        pytest.param("2048 ", "2048", id="no space behind the scheme"),
        pytest.param("2048 ", "2048 [", id="a bracket in front"),
        pytest.param('mchid="', 'mchid="1900000108",mchid="', id="a field twice"),
        pytest.param('mchid="1900000108",', "", id="a field missing"),
        pytest.param('mchid="', 'mch_id="', id="a field with another name"),
        pytest.param('="', ' = "', id="spaces around equals signs"),
        pytest.param('"', "'", id="single quotes"),
        pytest.param('"', "", id="no quotes"),
        pytest.param("WECHATPAY2-", "WechatPay2-", id="the scheme in another case"),
        pytest.param("WECHATPAY2-SHA256-RSA2048", "Bearer", id="another scheme"),
        pytest.param("$", ",", id="a comma at the end"),
        pytest.param("$", "\n", id="a line feed at the end"),
        pytest.param("$", " ", id="a space at the end"),
        pytest.param("^", " ", id="a space in front"),
    ],
)
def test_a_wrong_form_of_the_header_is_found(old: str, new: str) -> None:
    answers = right_answers()
    signed = [name for name, answer in answers.items() if "authorization" in answer]
    for name in signed:
        text = answers[name]["authorization"]
        changed = {"$": text + new, "^": new + text}.get(old, text.replace(old, new))
        answers[name]["authorization"] = changed
    assert [complaint.split(":")[0] for complaint in judged(answers)] == signed


def test_every_case_is_answered_once() -> None:
    answers = right_answers()
    twice = [json.dumps(answer) for answer in answers.values()]
    assert judge([*twice, twice[0]]) == [f"{next(iter(answers))}: answered twice"]
    assert judge(twice[1:]) == [f"{next(iter(answers))}: not answered"]
    assert judge([*twice, '{"id": "other"}']) == ["other: no such case"]


def test_some_kinds_alone_can_be_judged() -> None:
    answers = [json.dumps(answer) for name, answer in right_answers().items() if "model-" in name]
    assert judge(answers, ["models"]) == []
    assert len(judge(answers)) > len(answers)
