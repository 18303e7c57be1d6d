"""`wait_until_settled`: the end that it returns is the one in the books."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from wechatpay_ecommerce_refund import Client, InvalidInputError, OutcomeUnknown, errors
from wechatpay_ecommerce_refund.api.ecommerce_refund.create_return_advance import (
    RULE,
    wait_until_settled,
)
from wechatpay_ecommerce_refund.models import ReturnAdvance
from wechatpay_ecommerce_refund.polling import Step
from wechatpay_sandbox import REFUND_ID, SUB_MCHID, Keys, Platform, RunningServer, faults

from tests.conftest import auth_for
from tests.soak.until_settled import Run


class Time:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.slept.append(seconds)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def client(keys: Keys, server: RunningServer) -> Iterator[Client]:
    with Client(auth_for(httpx, keys), base_url=server.base_url, retries=0) as client:
        yield client


@pytest.mark.parametrize("tens", range(20))
def test_the_end_is_the_one_in_the_books(keys: Keys, tens: int) -> None:
    auth = auth_for(httpx, keys)
    for seed in range(10 * tens, 10 * tens + 10):
        assert Run(keys, auth, seed).follow() in {"SUCCESS", "FAILED"}


def test_each_step_is_told_and_pauses_grow(client: Client, time: Time) -> None:
    told: list[Step[ReturnAdvance]] = []
    end = wait_until_settled(client, REFUND_ID, SUB_MCHID, sleep=time.sleep, on_step=told.append)
    assert end.result == "SUCCESS"
    assert time.slept == [60, 120, 240]
    assert [step.call.operation.method for step in told] == ["POST", "GET", "GET", "GET"]
    assert [step.response and str(step.response.parsed.result) for step in told] == [
        *(["PROCESSING"] * 3),
        "SUCCESS",
    ]


def test_pauses_end_where_the_rule_says() -> None:
    assert [RULE.pause(number) for number in (0, 1, 8, 9, 10_000)] == [60, 120, 15360, 21600, 21600]
    assert RULE.within >= 90 * 86400


def test_what_is_processing_at_the_deadline_is_unknown(client: Client, time: Time) -> None:
    never = REFUND_ID[:-3] + "862"
    with pytest.raises(OutcomeUnknown, match="the deadline passed: PROCESSING") as caught:
        wait_until_settled(
            client,
            never,
            SUB_MCHID,
            sleep=time.sleep,
            deadline=1000,
            clock=lambda: time.seconds,
        )
    assert sum(time.slept) == 1000, "the last query comes when the time is up"
    assert client.call(caught.value.query).parsed.result == "PROCESSING"


def test_a_query_that_finds_nothing_leads_to_a_create(
    client: Client, platform: Platform, time: Time
) -> None:
    platform.next(faults.drop_connection(), method="POST")
    end = wait_until_settled(
        client, REFUND_ID, SUB_MCHID, sleep=time.sleep, clock=lambda: time.seconds
    )
    assert end.result == "SUCCESS"
    assert [request.method for request in platform.requests()][:3] == ["POST", "GET", "POST"]


def test_who_only_watches_creates_nothing(client: Client, platform: Platform, time: Time) -> None:
    with pytest.raises(errors.ResourceNotExistsError):
        wait_until_settled(client, REFUND_ID, SUB_MCHID, sleep=time.sleep, create=False)
    assert platform.requests("POST") == []


def test_the_caller_decides_whether_to_wait_for_money(
    client: Client, platform: Platform, time: Time
) -> None:
    poor = (REFUND_ID[:-3] + "863", "1900000110")
    with pytest.raises(errors.NotEnoughError):
        wait_until_settled(client, *poor, sleep=time.sleep)

    def top_up(refusal: errors.APIError) -> bool:
        platform.top_up("1900000110", 888)
        return refusal.code == "NOT_ENOUGH"

    end = wait_until_settled(client, *poor, sleep=time.sleep, wait_after=top_up)
    assert end.result == "SUCCESS"


def test_nothing_sent_is_no_unknown_outcome(keys: Keys, refused_url: str, time: Time) -> None:
    with (
        Client(auth_for(httpx, keys), base_url=refused_url, retries=0) as client,
        pytest.raises(httpx.ConnectError),
    ):
        wait_until_settled(
            client,
            REFUND_ID,
            SUB_MCHID,
            sleep=time.sleep,
            deadline=100,
            clock=lambda: time.seconds,
        )
    assert time.slept == [60, 40]


@pytest.mark.parametrize("deadline", [0, -1, float("nan"), True])
def test_a_deadline_is_a_number_of_seconds(client: Client, deadline: float) -> None:
    with pytest.raises(InvalidInputError, match="deadline"):
        wait_until_settled(client, REFUND_ID, SUB_MCHID, deadline=deadline)
