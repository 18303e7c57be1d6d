"""Each dial makes exactly one thing go wrong."""

from __future__ import annotations

import base64
import inspect
import json
from collections.abc import Callable, Iterable

import pytest
from cryptography.exceptions import InvalidSignature
from wechatpay_sandbox import Delivery, Fault, Reply, faults

from tests.merchant_by_hand import (
    NOW,
    Merchant,
    header,
    is_signed,
    query_target,
    shared_keys,
    verify,
)

KEY = shared_keys().public_key_pair.public_key()


@pytest.fixture
def merchant() -> Merchant:
    return Merchant()


def create(merchant: Merchant, *given: Fault) -> Reply:
    merchant.platform.next(*given)
    return merchant.platform.handle(merchant.create_request())


def changed(merchant: Merchant) -> bool:
    return merchant.platform.log[-1].state_changed


def verifies(reply: Reply) -> bool:
    try:
        verify(reply, KEY)
    except (InvalidSignature, ValueError):
        return False
    return True


INSTEAD: dict[str, Callable[[bool], Fault]] = {
    "error": lambda after: faults.error("SYSTEM_ERROR", after_change=after),
    "answer": lambda after: faults.answer(202, after_change=after),
    "bad_gateway": lambda after: faults.bad_gateway(after_change=after),
    "drop_connection": lambda after: faults.drop_connection(after_change=after),
}


@pytest.mark.parametrize("name", INSTEAD)
def test_an_answer_in_place_of_the_operation_changes_state_only_when_told(
    merchant: Merchant, name: str
) -> None:
    before = create(merchant, INSTEAD[name](False))
    assert not changed(merchant)
    assert merchant.query()[0] == 404
    after = create(merchant, INSTEAD[name](True))
    assert changed(merchant)
    assert merchant.query()[0] == 200
    assert (before.status, before.delivery) == (after.status, after.delivery)


@pytest.mark.parametrize(
    ("code", "status"),
    [("SYSTEM_ERROR", 500), ("FREQUENCY_LIMITED", 429), ("RATELIMIT_EXCEEDED", 429)],
)
def test_error_answers_a_code_with_its_status_signed(
    merchant: Merchant, code: str, status: int
) -> None:
    reply = create(merchant, faults.error(code, retry_after="7"))
    assert (reply.status, json.loads(reply.body)["code"]) == (status, code)
    assert header(reply, "Retry-After") == "7"
    assert verifies(reply)


def test_what_cannot_happen_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="NOPE"):
        faults.error("NOPE")
    for make in (faults.answer, faults.status):
        with pytest.raises(ValueError, match="199"):
            make(199)
    with pytest.raises(ValueError, match="at least 1"):
        Merchant().platform.next(faults.unsigned(), times=0)


def test_a_gateway_page_is_html_and_unsigned(merchant: Merchant) -> None:
    reply = create(merchant, faults.bad_gateway())
    assert (reply.status, header(reply, "Content-Type")) == (502, "text/html")
    assert reply.body.startswith(b"<html>")
    assert not is_signed(reply)


def test_an_answer_of_2xx_is_signed_and_others_are_not_unless_told(merchant: Merchant) -> None:
    assert verifies(create(merchant, faults.answer(202)))
    assert not is_signed(create(merchant, faults.answer(503)))
    assert verifies(create(merchant, faults.answer(503, "{}", signed=True)))
    assert not is_signed(create(merchant, faults.answer(200, "{}", signed=False)))


def test_set_and_remove_fields_are_signed_and_leave_the_rest(merchant: Merchant) -> None:
    plain = json.loads(create(merchant).body)
    reply = create(
        merchant,
        faults.set_fields(result="MAYBE", return_amount="888", extra={"a": [1]}),
        faults.remove_fields("payer_mchid", "payee_mchid"),
    )
    expected = plain | {"result": "MAYBE", "return_amount": "888", "extra": {"a": [1]}}
    del expected["payer_mchid"], expected["payee_mchid"]
    assert json.loads(reply.body) == expected
    assert verifies(reply)


def test_fields_of_a_body_that_is_no_object_are_left_alone(merchant: Merchant) -> None:
    for text in ("", "[]", "<html>"):
        reply = create(merchant, faults.body(text), faults.set_fields(result="X"))
        assert reply.body == text.encode()


def test_body_status_and_truncation_come_before_signing(merchant: Merchant) -> None:
    for dial, status, body in (
        (faults.body(""), 200, b""),
        (faults.body("nonsense", content_type="text/plain"), 200, b"nonsense"),
        (faults.status(599), 599, None),
        (faults.truncate_body(20), 200, b'{"refund_id":"500000'),
    ):
        reply = create(merchant, dial)
        assert reply.status == status
        assert body is None or reply.body == body
        assert verifies(reply)


def test_timestamp_off_is_signed_as_sent(merchant: Merchant) -> None:
    reply = create(merchant, faults.timestamp_off(-301))
    assert header(reply, "Wechatpay-Timestamp") == str(NOW - 301)
    assert verifies(reply)


def test_unsigned_and_signed_switch_the_headers(merchant: Merchant) -> None:
    assert not is_signed(create(merchant, faults.unsigned()))
    merchant.platform.next(faults.signed())
    refused = merchant.platform.handle(merchant.request("GET", query_target(), signature="AA=="))
    assert refused.status == 401
    assert verifies(refused)


@pytest.mark.parametrize(
    "name",
    [
        "Wechatpay-Timestamp",
        "Wechatpay-Nonce",
        "Wechatpay-Signature",
        "Wechatpay-Serial",
        "Wechatpay-Signature-Type",
        "Request-ID",
    ],
)
def test_any_header_can_be_dropped_or_set(merchant: Merchant, name: str) -> None:
    complete = create(merchant)
    lacking = create(merchant, faults.drop_headers(name.lower()))
    assert lacking.headers.get(name) is None
    assert len(lacking.headers.lines) == len(complete.headers.lines) - 1
    assert header(create(merchant, faults.set_header(name, "X")), name) == "X"


def test_a_flipped_signature_is_still_base64_and_wrong(merchant: Merchant) -> None:
    for byte in (0, 100, -1):
        reply = create(merchant, faults.flip_signature(byte))
        raw = base64.b64decode(header(reply, "Wechatpay-Signature"), validate=True)
        assert len(raw) == 256
        assert not verifies(reply)


def test_flipping_an_absent_signature_changes_nothing(merchant: Merchant) -> None:
    assert not is_signed(create(merchant, faults.unsigned(), faults.flip_signature()))


def test_a_probe_looks_like_a_real_one(merchant: Merchant) -> None:
    reply = create(merchant, faults.probe_signature())
    signature = header(reply, "Wechatpay-Signature")
    assert signature.startswith("WECHATPAY/SIGNTEST/")
    assert (len(signature), signature[-2:]) == (355, "==")
    assert not verifies(reply)
    assert changed(merchant), "the request behind a probe was processed"


def test_a_tampered_body_no_longer_matches(merchant: Merchant) -> None:
    reply = create(merchant, faults.tamper_body('"return_amount":888', '"return_amount":1'))
    assert json.loads(reply.body)["return_amount"] == 1
    assert not verifies(reply)


def test_delivery_faults_leave_the_reply_itself_alone(merchant: Merchant) -> None:
    assert create(merchant, faults.break_off()).delivery is Delivery.CUT
    assert create(merchant, faults.delay(1.5)).delay == 1.5
    assert create(merchant, faults.drop_connection(after_change=True)).status == 200


def statuses(merchant: Merchant, requests: Iterable[str]) -> list[int]:
    send = {"create": merchant.create, "query": merchant.query}
    return [send[name]()[0] for name in requests]


def test_faults_are_taken_in_the_order_they_were_planned(merchant: Merchant) -> None:
    merchant.platform.next(faults.answer(503), times=2)
    merchant.platform.next(faults.error("SYSTEM_ERROR"))
    assert statuses(merchant, ["create"] * 4) == [503, 503, 500, 200]


def test_a_fault_without_end_stays_until_cleared(merchant: Merchant) -> None:
    merchant.platform.next(faults.error("SYSTEM_ERROR"), times=None)
    assert statuses(merchant, ["create"] * 5) == [500] * 5
    merchant.platform.clear()
    assert statuses(merchant, ["create"]) == [200]


def test_a_fault_waits_for_the_request_it_is_meant_for(merchant: Merchant) -> None:
    merchant.platform.next(faults.answer(503), method="GET")
    merchant.platform.next(faults.answer(504), target="/v3/certificates")
    merchant.platform.next(faults.answer(505), host="127.0.0.1:1")
    assert statuses(merchant, ["create", "create", "query", "query"]) == [200, 200, 503, 200]
    host = {"Host": "127.0.0.1:1"}
    request = merchant.request("GET", query_target(), headers=host)
    assert [merchant.platform.handle(request).status for _ in range(2)] == [505, 200]
    certificates = merchant.request("GET", "/v3/certificates")
    assert merchant.platform.handle(certificates).status == 504


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("name", INSTEAD)
def test_no_fault_hides_that_a_request_was_wrongly_signed(
    merchant: Merchant, name: str, after: bool
) -> None:
    merchant.platform.next(INSTEAD[name](after))
    reply = merchant.platform.handle(merchant.request("GET", query_target(), signature="AA=="))
    assert (reply.status, reply.delivery) == (401, Delivery.WHOLE)


def test_the_record_names_the_faults_and_keeps_the_reply_as_sent(merchant: Merchant) -> None:
    sent = create(merchant, faults.status(599), faults.flip_signature())
    assert merchant.platform.log[-1].faults == ("status", "flip_signature")
    assert merchant.platform.log[-1].reply == sent


def test_every_dial_has_its_name_in_the_control_api() -> None:
    public = {
        name
        for name, function in inspect.getmembers(faults, inspect.isfunction)
        if function.__module__ == faults.__name__ and not name.startswith("_")
    }
    assert set(faults.DIALS) == public
