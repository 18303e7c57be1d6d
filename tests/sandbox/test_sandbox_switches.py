"""Each switch changes what the fidelity table says it changes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from wechatpay_sandbox import (
    POOR_SUB_MCHID,
    REFUND_ID,
    Refund,
    Request,
    make_certificate,
    make_private_key,
)

from tests.merchant_by_hand import (
    NOW,
    Merchant,
    new_platform,
    path,
    query_target,
    shared_keys,
)

BODY = b'{"sub_mchid":"1900000109"}'


@pytest.fixture
def merchant() -> Merchant:
    return Merchant()


def switch(merchant: Merchant, **settings: object) -> None:
    current = merchant.platform.settings
    merchant.platform.settings = replace(current, **settings)  # type: ignore[arg-type]


def answer(merchant: Merchant, request: Request) -> tuple[int, object]:
    status, body = merchant.send(request)
    return status, body.get("code")


def both(merchant: Merchant, request: Request, **settings: object) -> list[tuple[int, object]]:
    """Answer a request before and after a switch."""
    before = answer(merchant, request)
    switch(merchant, **settings)
    return [before, answer(merchant, request)]


def test_a_timestamp_at_the_edge_can_be_refused(merchant: Merchant) -> None:
    request = merchant.request("POST", path(), BODY, timestamp=str(NOW - 300))
    assert both(merchant, request, timestamp_edge="refuse") == [(200, None), (401, "SIGN_ERROR")]
    inside = merchant.request("POST", path(), BODY, timestamp=str(NOW - 299))
    assert answer(merchant, inside) == (200, None)


def test_an_undocumented_language_can_be_refused(merchant: Merchant) -> None:
    request = merchant.request("POST", path(), BODY, headers={"Accept-Language": "de"})
    seen = both(merchant, request, refuse_unknown_language=True)
    assert seen == [(200, None), (400, "PARAM_ERROR")]


@pytest.mark.parametrize("serial", ["abc".zfill(40), "ABC"])
def test_a_serial_can_be_compared_as_a_number(merchant: Merchant, serial: str) -> None:
    start = shared_keys().merchant.x509.not_valid_before_utc
    small = make_certificate(shared_keys().mchid, serial_number=0xABC, start=start)
    merchant.platform.keys = replace(
        shared_keys(), merchant=replace(small, private_key=shared_keys().merchant.private_key)
    )
    request = merchant.request("POST", path(), BODY, serial_no=serial)
    seen = both(merchant, request, compare_serial="number")
    assert seen == [(401, "SIGN_ERROR"), (200, None)]
    wrong = merchant.request("POST", path(), BODY, serial_no="XYZ")
    assert answer(merchant, wrong) == (401, "SIGN_ERROR")


def test_the_length_of_a_sign_message_can_be_counted_in_characters(merchant: Merchant) -> None:
    request = merchant.request("POST", path(), '{"x":"回补"}'.encode(), signature="AAAA")

    def length() -> int:
        reply = json.loads(merchant.platform.handle(request).body)
        return int(reply["detail"]["sign_information"]["sign_message_length"])

    in_bytes = length()
    switch(merchant, sign_message_length="characters")
    assert length() == in_bytes - 4


def test_an_unknown_wanted_serial_can_be_refused(merchant: Merchant) -> None:
    request = merchant.request("POST", path(), BODY, headers={"Wechatpay-Serial": "PUB_KEY_ID_9"})
    seen = both(merchant, request, unknown_wanted_serial="refuse")
    assert seen == [(200, None), (400, "INVALID_REQUEST")]
    known = {"Wechatpay-Serial": shared_keys().public_key_id}
    assert answer(merchant, merchant.request("POST", path(), BODY, headers=known)) == (200, None)


def test_other_content_types_can_pass(merchant: Merchant) -> None:
    request = merchant.request("POST", path(), BODY, headers={"Content-Type": "text/plain"})
    seen = both(merchant, request, require_json_content_type=False)
    assert seen == [(400, "INVALID_REQUEST"), (200, None)]


def test_a_get_may_be_allowed_a_body(merchant: Merchant) -> None:
    merchant.create()
    request = merchant.request("GET", query_target(), b"{}")
    assert both(merchant, request, refuse_body_of_get=False) == [
        (400, "INVALID_REQUEST"),
        (200, None),
    ]


@pytest.mark.parametrize(
    ("body", "setting"),
    [
        (b"{", "broken_body_code"),
        (b"[]", "broken_body_code"),
        (b'{"sub_mchid":"1900000109","a":1}', "unknown_parameter_code"),
    ],
)
def test_codes_of_refused_input_can_be_changed(
    merchant: Merchant, body: bytes, setting: str
) -> None:
    request = merchant.request("POST", path(), body)
    seen = both(merchant, request, **{setting: "INVALID_REQUEST"})
    assert seen == [(400, "PARAM_ERROR"), (400, "INVALID_REQUEST")]


def test_create_in_progress_can_be_refused(merchant: Merchant) -> None:
    merchant.create()
    seen = both(merchant, merchant.create_request(), create_while_processing="refuse")
    assert seen == [(200, None), (400, "INVALID_REQUEST")]


def test_another_merchants_refund_can_look_like_none(merchant: Merchant) -> None:
    request = merchant.create_request(REFUND_ID, POOR_SUB_MCHID)
    seen = both(merchant, request, foreign_refund_code="RESOURCE_NOT_EXISTS")
    assert seen == [(403, "NO_AUTH"), (404, "RESOURCE_NOT_EXISTS")]


def test_latency_holds_every_reply_back(merchant: Merchant) -> None:
    merchant.platform = new_platform(merchant.clock, latency=0.25)
    assert merchant.platform.handle(merchant.create_request()).delay == 0.25


@pytest.mark.parametrize("number", ["a/b", "1\n", "１", "..", "a b"])
def test_unusual_characters_in_numbers_are_refused_unless_switched_off(
    merchant: Merchant, number: str
) -> None:
    merchant.platform.add_refund(Refund(refund_id="R", sub_mchid=number, amount=1))
    body = json.dumps({"sub_mchid": number}).encode()
    request = merchant.request("POST", path("R"), body)
    seen = both(merchant, request, check_patterns=False)
    assert seen == [(400, "PARAM_ERROR"), (200, None)]


def test_a_key_that_is_not_the_certificates_signs_nothing(merchant: Merchant) -> None:
    stranger = replace(shared_keys().merchant, private_key=make_private_key())
    merchant.platform.keys = replace(shared_keys(), merchant=stranger)
    assert answer(merchant, merchant.create_request()) == (401, "SIGN_ERROR")
