"""The life of a return order (回补单): what the official pages say, then our assumptions."""

from __future__ import annotations

from dataclasses import replace

import pytest
from wechatpay_sandbox import (
    POOR_SUB_MCHID,
    REFUND_ID,
    REFUNDS,
    SUB_MCHID,
    Delivery,
    Platform,
    Refund,
    Reply,
    Settlement,
)

from tests.merchant_by_hand import NOW, Clock, Merchant, new_platform, shared_keys

DAY = 86400
AMOUNT = 888


@pytest.fixture
def merchant() -> Merchant:
    return Merchant()


def add(merchant: Merchant, settlement: Settlement, sub_mchid: str = SUB_MCHID) -> None:
    merchant.platform.add_refund(
        Refund(refund_id="R", sub_mchid=sub_mchid, amount=AMOUNT, settlement=settlement)
    )


def results(merchant: Merchant, times: int, sub_mchid: str = SUB_MCHID) -> list[object]:
    return [merchant.query("R", sub_mchid)[1]["result"] for _ in range(times)]


def error(answer: tuple[int, dict[str, object]]) -> tuple[int, object]:
    return answer[0], answer[1].get("code")


def test_a_return_is_in_progress_for_two_queries_and_then_succeeds(merchant: Merchant) -> None:
    status, created = merchant.create()
    assert status == 200
    order = created["advance_return_id"]
    assert isinstance(order, str)
    assert len(order) == 28
    expected = {
        "refund_id": REFUND_ID,
        "advance_return_id": order,
        "return_amount": AMOUNT,
        "payer_mchid": SUB_MCHID,
        "payer_account": "BASIC",
        "payee_mchid": shared_keys().mchid,
        "payee_account": "BASIC",
        "result": "PROCESSING",
    }
    assert created == expected
    assert [merchant.query()[1] for _ in range(2)] == [expected] * 2
    done = expected | {"result": "SUCCESS", "success_time": "2026-09-21T22:13:20+08:00"}
    assert [merchant.query()[1] for _ in range(2)] == [done] * 2
    changes = [exchange.state_changed for exchange in merchant.platform.log]
    assert changes == [True, False, False, True, False]


def test_create_repeated_while_in_progress_gives_the_same_order(merchant: Merchant) -> None:
    first, second = merchant.create(), merchant.create()
    assert first == second
    assert [e.state_changed for e in merchant.platform.log] == [True, False]


def test_each_refund_has_its_own_order(merchant: Merchant) -> None:
    add(merchant, Settlement())
    assert merchant.create()[1]["advance_return_id"] != merchant.create("R")[1]["advance_return_id"]


@pytest.mark.parametrize("result", ["SUCCESS", "FAILED"])
def test_a_return_settles_after_seconds_of_the_clock(merchant: Merchant, result: str) -> None:
    outcome = Settlement(result="FAILED" if result == "FAILED" else "SUCCESS", after_seconds=60)
    add(merchant, outcome)
    merchant.create("R")
    merchant.clock.now += 59
    assert results(merchant, 9) == ["PROCESSING"] * 9
    merchant.clock.now += 61
    answer = merchant.query("R")[1]
    assert answer["result"] == result
    # It settled when it was due, not when somebody looked.
    time = "2026-09-21T22:14:20+08:00" if result == "SUCCESS" else None
    assert answer.get("success_time") == time


def test_zero_seconds_settle_within_create(merchant: Merchant) -> None:
    add(merchant, Settlement(after_seconds=0))
    assert merchant.create("R")[1]["result"] == "SUCCESS"


def test_after_90_days_a_pending_return_fails_for_good(merchant: Merchant) -> None:
    add(merchant, Settlement(after_queries=None))
    merchant.create("R")
    merchant.platform.advance(days=90, seconds=-1)
    assert results(merchant, 1) == ["PROCESSING"]
    merchant.platform.advance(seconds=1)
    status, answer = merchant.query("R")
    assert (status, answer["result"]) == (200, "FAILED")
    assert "success_time" not in answer
    assert error(merchant.create("R")) == (400, "INVALID_REQUEST")


def test_advance_leaves_the_clock_of_the_wire_alone(merchant: Merchant) -> None:
    merchant.platform.advance(days=400)
    assert merchant.create()[0] == 200
    headers = merchant.platform.log[-1].reply.headers
    assert headers.get("Wechatpay-Timestamp") == str(NOW)


def test_an_empty_account_is_refused_until_topped_up(merchant: Merchant) -> None:
    add(merchant, Settlement(after_seconds=0), POOR_SUB_MCHID)
    assert error(merchant.create("R", POOR_SUB_MCHID)) == (403, "NOT_ENOUGH")
    assert error(merchant.query("R", POOR_SUB_MCHID)) == (404, "RESOURCE_NOT_EXISTS")
    merchant.platform.top_up(POOR_SUB_MCHID, AMOUNT - 1)
    assert error(merchant.create("R", POOR_SUB_MCHID)) == (403, "NOT_ENOUGH")
    merchant.platform.top_up(POOR_SUB_MCHID, 1)
    assert merchant.create("R", POOR_SUB_MCHID)[1]["result"] == "SUCCESS"


def test_a_return_takes_the_money_out_of_the_account_once(merchant: Merchant) -> None:
    add(merchant, Settlement(after_seconds=0), POOR_SUB_MCHID)
    merchant.platform.top_up(POOR_SUB_MCHID, 2 * AMOUNT - 1)
    merchant.create("R", POOR_SUB_MCHID)
    merchant.query("R", POOR_SUB_MCHID)
    merchant.platform.add_refund(Refund(refund_id="S", sub_mchid=POOR_SUB_MCHID, amount=AMOUNT))
    assert error(merchant.create("S", POOR_SUB_MCHID)) == (403, "NOT_ENOUGH")
    merchant.platform.top_up(POOR_SUB_MCHID, 1)
    assert merchant.create("S", POOR_SUB_MCHID)[0] == 200


def test_a_short_balance_may_also_leave_the_return_in_progress(merchant: Merchant) -> None:
    merchant.platform = new_platform(merchant.clock, short_balance="PROCESSING")
    add(merchant, Settlement(after_seconds=10), POOR_SUB_MCHID)
    assert merchant.create("R", POOR_SUB_MCHID)[1]["result"] == "PROCESSING"
    merchant.platform.advance(seconds=3600)
    assert results(merchant, 5, POOR_SUB_MCHID) == ["PROCESSING"] * 5
    merchant.platform.top_up(POOR_SUB_MCHID, AMOUNT)
    merchant.platform.advance(seconds=60)
    answer = merchant.query("R", POOR_SUB_MCHID)[1]
    assert (answer["result"], answer["success_time"]) == ("SUCCESS", "2026-09-21T23:13:20+08:00")


def test_money_after_the_90_days_comes_too_late(merchant: Merchant) -> None:
    merchant.platform = new_platform(merchant.clock, short_balance="PROCESSING")
    add(merchant, Settlement(after_seconds=10), POOR_SUB_MCHID)
    merchant.create("R", POOR_SUB_MCHID)
    merchant.platform.advance(days=91)
    merchant.platform.top_up(POOR_SUB_MCHID, AMOUNT)
    assert results(merchant, 1, POOR_SUB_MCHID) == ["FAILED"]


def test_a_short_balance_may_also_fail_at_once(merchant: Merchant) -> None:
    merchant.platform = new_platform(merchant.clock, short_balance="FAILED")
    add(merchant, Settlement(), POOR_SUB_MCHID)
    status, answer = merchant.create("R", POOR_SUB_MCHID)
    assert (status, answer["result"]) == (200, "FAILED")


def test_money_on_time_counts_though_nobody_looked_for_90_days(merchant: Merchant) -> None:
    add(merchant, Settlement(after_seconds=10))
    merchant.create("R")
    merchant.platform.advance(days=100)
    assert results(merchant, 1) == ["SUCCESS"]


def test_later_money_does_not_change_when_a_return_settled(merchant: Merchant) -> None:
    add(merchant, Settlement(after_seconds=60))
    merchant.create("R")
    merchant.platform.advance(seconds=3600)
    merchant.platform.top_up(SUB_MCHID, 1)
    assert merchant.query("R")[1]["success_time"] == "2026-09-21T22:14:20+08:00"


def test_each_wrong_number_has_its_own_error(merchant: Merchant) -> None:
    assert error(merchant.create(REFUND_ID, "1900000999")) == (400, "MCH_NOT_EXISTS")
    assert error(merchant.query(REFUND_ID, "1900000999")) == (400, "MCH_NOT_EXISTS")
    assert error(merchant.create("404")) == (404, "RESOURCE_NOT_EXISTS")
    assert error(merchant.query("404")) == (404, "RESOURCE_NOT_EXISTS")
    assert error(merchant.query()) == (404, "RESOURCE_NOT_EXISTS"), "never created"
    assert error(merchant.create(REFUND_ID, POOR_SUB_MCHID)) == (403, "NO_AUTH")
    merchant.create()
    assert error(merchant.query(REFUND_ID, POOR_SUB_MCHID)) == (404, "RESOURCE_NOT_EXISTS")


def test_a_refusal_can_be_given_to_a_refund_and_taken_back(merchant: Merchant) -> None:
    refund = Refund(refund_id="R", sub_mchid=SUB_MCHID, amount=AMOUNT, refusal="REQUEST_BLOCKED")
    merchant.platform.add_refund(refund)
    assert error(merchant.create("R")) == (403, "REQUEST_BLOCKED")
    merchant.platform.add_refund(replace(refund, refusal=None))
    assert merchant.create("R")[0] == 200


@pytest.mark.parametrize("code", ["INVALID_REQUEST", "NO_AUTH", "RESOURCE_NOT_EXISTS"])
def test_create_for_a_refund_that_was_not_advanced(merchant: Merchant, code: str) -> None:
    merchant.platform = new_platform(merchant.clock, not_advanced_code=code)
    merchant.platform.add_refund(
        Refund(refund_id="R", sub_mchid=SUB_MCHID, amount=AMOUNT, advanced=False)
    )
    assert merchant.create("R")[1]["code"] == code


def test_create_after_success_gives_the_same_order_or_refuses(merchant: Merchant) -> None:
    add(merchant, Settlement(after_seconds=0))
    assert merchant.create("R") == merchant.create("R")
    settings = replace(merchant.platform.settings, create_after_success="refuse")
    merchant.platform.settings = settings
    assert error(merchant.create("R")) == (400, "INVALID_REQUEST")


def test_create_after_failure_can_answer_the_failed_order(merchant: Merchant) -> None:
    merchant.platform = new_platform(
        merchant.clock, create_after_failed="same", failed_has_success_time=True
    )
    add(merchant, Settlement(result="FAILED", after_seconds=0))
    assert merchant.create("R") == merchant.create("R")
    assert merchant.create("R")[1]["success_time"] == "2026-09-21T22:13:20+08:00"


OUTCOMES = {
    "859": (200, "PROCESSING", "SUCCESS"),
    "860": (200, "SUCCESS", "SUCCESS"),
    "861": (200, "PROCESSING", "FAILED"),
    "862": (200, "PROCESSING", "PROCESSING"),
    "863": (403, "NOT_ENOUGH", "RESOURCE_NOT_EXISTS"),
    "864": (403, "NO_AUTH", "RESOURCE_NOT_EXISTS"),
    "865": (403, "REQUEST_BLOCKED", "RESOURCE_NOT_EXISTS"),
    "866": (400, "INVALID_REQUEST", "RESOURCE_NOT_EXISTS"),
    "867": (500, "SYSTEM_ERROR", "RESOURCE_NOT_EXISTS"),
    "868": (429, "FREQUENCY_LIMITED", "RESOURCE_NOT_EXISTS"),
}


def test_the_ready_made_refunds_do_what_the_readme_says(merchant: Merchant) -> None:
    seen: dict[str, tuple[int, object, object]] = {}
    for refund in REFUNDS:
        if refund.refund_id[-3:] not in OUTCOMES:
            continue
        status, created = merchant.create(refund.refund_id, refund.sub_mchid)
        *_, (_, last) = [merchant.query(refund.refund_id, refund.sub_mchid) for _ in range(3)]
        words = [answer.get("result") or answer.get("code") for answer in (created, last)]
        seen[refund.refund_id[-3:]] = (status, words[0], words[1])
    assert seen == OUTCOMES


TROUBLE = {
    "869": ([500, 200], True),
    "870": ([202, 200], True),
    "871": ([502, 200], False),
    "872": ([200, 200], True),  # the first is lost on its way
    "873": ([200, 200], True),
    "874": ([401, 401], False),
    "875": ([403, 403], False),
    "876": ([200, 200], True),
    "877": ([200, 200], True),
    "878": ([200, 200], True),
}


def test_the_ready_made_troubles_are_those_of_the_readme(merchant: Merchant) -> None:
    seen: dict[str, tuple[list[int], bool]] = {}
    replies: dict[str, list[Reply]] = {}
    for last in TROUBLE:
        request = merchant.create_request(f"{REFUND_ID[:-3]}{last}")
        replies[last] = [merchant.platform.handle(request) for _ in range(2)]
        signed = replies[last][0].headers.get("Wechatpay-Signature") is not None
        seen[last] = ([reply.status for reply in replies[last]], signed)
    assert seen == TROUBLE
    assert replies["872"][0].delivery is Delivery.NOTHING
    assert replies["872"][1].delivery is Delivery.WHOLE
    probe = replies["873"][0].headers.get("Wechatpay-Signature") or ""
    assert probe.startswith("WECHATPAY/SIGNTEST/")
    assert b'"sign_information"' in replies["874"][0].body
    assert replies["876"][1].headers.get("Wechatpay-Serial") == "PUB_KEY_ID_0"
    assert b'"result":"REVIEWING"' in replies["877"][1].body
    assert b'"fee":{"total":3}' in replies["878"][1].body
    assert {refund.refund_id[-3:] for refund in REFUNDS} == OUTCOMES.keys() | TROUBLE.keys()


def test_reset_goes_back_to_the_start(merchant: Merchant) -> None:
    first = merchant.create()
    merchant.platform.advance(days=1)
    merchant.platform.settings = replace(merchant.platform.settings, key_mode="certificate")
    merchant.platform.rotate_certificate()
    merchant.platform.reset()
    assert merchant.platform.log == ()
    assert merchant.platform.settings.key_mode == "public_key"
    assert merchant.platform.certificates == (shared_keys().certificate,)
    assert error(merchant.query()) == (404, "RESOURCE_NOT_EXISTS")
    assert merchant.create() == first


def test_impossible_refunds_are_refused_when_they_are_made() -> None:
    with pytest.raises(ValueError, match="1 to 32"):
        Refund(refund_id="5" * 33, sub_mchid=SUB_MCHID, amount=1)
    with pytest.raises(ValueError, match="OOPS"):
        Refund(refund_id="5", sub_mchid=SUB_MCHID, amount=1, refusal="OOPS")


def test_money_for_an_unknown_merchant_is_refused() -> None:
    platform = Platform(shared_keys(), clock=Clock())
    with pytest.raises(LookupError, match="1900000999"):
        platform.top_up("1900000999", 1)
