"""`settle` over any clock, pauses and answers: each ending is documented, none claims too much.

A call that was never sent must not be called unknown, one that was sent must not be called failed.
"""

from __future__ import annotations

import json
from typing import Any

import attrs
import httpcore
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wechatpay_auth import InvalidSignatureError, SigningError, WeChatPayAuthError
from wechatpay_ecommerce_refund import (
    APIError,
    Attempt,
    Call,
    InvalidReply,
    OutcomeUnknown,
    Response,
    Retry,
    UnverifiedReply,
)
from wechatpay_ecommerce_refund.resilience import Answer, Failed, Send, Wait, settle

from tests.conftest import REFUND, SUB_MCHID
from tests.end_to_end.test_success import CREATE, QUERY

HOSTS = ("https://a.example", "https://b.example")
RESULT = json.dumps(
    {
        "refund_id": REFUND,
        "advance_return_id": "1",
        "return_amount": 888,
        "payer_mchid": SUB_MCHID,
        "payer_account": "BASIC",
        "payee_mchid": SUB_MCHID,
        "payee_account": "OPERATION",
        "result": "PROCESSING",
    }
).encode()
ASKED = st.sampled_from(
    [None, "0", "1", "7", "3600", "9" * 400, "soon", "Mon, 01 Jan 99999999999999999 00:00:00 GMT"]
)


@attrs.frozen
class Said:
    """A response: what it says, and whether that is proven."""

    status: int
    body: bytes
    verified: bool
    retry_after: str | None


@attrs.frozen
class Broke:
    """What was raised instead of a response, by whom, and whether the request had left by then."""

    error: Exception
    let_out: bool
    left: bool
    by_library: bool = False


def unsent(error: Exception) -> Exception:
    """As the library raises it when its own connections say that nothing left."""
    error.__cause__ = httpcore.ConnectError()
    return error


SAID = st.builds(
    Said,
    st.sampled_from([200, 202, 204, 302, 400, 403, 404, 429, 500, 502, 503, 599]),
    st.sampled_from([RESULT, b'{"code":"NO_AUTH"}', b"", b"[" * 9000, b"9" * 9000, b"\xff"]),
    st.booleans(),
    ASKED,
)
BROKE = st.sampled_from(
    [
        Broke(unsent(httpx.ConnectError("refused")), let_out=True, left=False),
        Broke(unsent(httpx.PoolTimeout("busy")), let_out=True, left=False),
        Broke(httpx.ConnectTimeout("in another transport's words"), let_out=True, left=True),
        Broke(SigningError("the key store is away"), let_out=False, left=False),
        Broke(OSError("the key store is away"), let_out=False, left=False),
        Broke(httpx.ReadTimeout("slow"), let_out=True, left=True),
        Broke(httpx.WriteError("broken"), let_out=True, left=True),
        Broke(InvalidSignatureError("forged"), let_out=True, left=True),
        Broke(OSError("broken"), let_out=True, left=True),
        Broke(UnicodeError("no host"), let_out=True, left=True, by_library=True),
        Broke(OverflowError("too large"), let_out=True, left=True, by_library=True),
        Broke(RecursionError("too deep"), let_out=True, left=True, by_library=True),
        # Of another request, such as a download of certificates before the call.
        Broke(UnicodeError("no host"), let_out=False, left=False, by_library=True),
        Broke(httpx.InvalidURL("no URL"), let_out=False, left=False, by_library=True),
        Broke(KeyError("a mistake of the auth object"), let_out=True, left=True),
        Broke(httpx.InvalidURL("no URL"), let_out=True, left=True),
        Broke(httpx.DecodingError("no gzip"), let_out=True, left=True),
    ]
)

DOCUMENTED = (
    *(APIError, InvalidReply, UnverifiedReply, OutcomeUnknown),
    *(WeChatPayAuthError, httpx.TransportError),
)


def answer_to(send: Send, said: Said | Broke) -> Answer:
    request: Any = send.call.request(httpx, send.host, {}, {})
    if isinstance(said, Broke):
        if isinstance(said.error, httpx.RequestError):
            said.error.request = request
        return Failed(said.error, httpx, request if said.let_out else None, said.by_library)
    return httpx.Response(
        said.status,
        headers={"Retry-After": said.retry_after} if said.retry_after else {},
        content=said.body,
        request=request,
        extensions={"wechatpay_verified": said.verified},
    )


def happened(said: Said | Broke) -> bool:
    """Whether the create may have had its effect although this came of it."""
    if isinstance(said, Broke):
        return said.left
    return not 400 <= said.status < 500 or said.status == 429


@settings(max_examples=1500, derandomize=True, deadline=None, database=None)
@given(
    call=st.sampled_from([CREATE, QUERY]),
    said=st.lists(SAID | BROKE, min_size=1, max_size=12),
    ticks=st.lists(st.sampled_from([0.0, 0.0, 0.001, 1.0, 70.0]), min_size=1),
    oversleeps=st.lists(st.sampled_from([0.0, 0.1, 100.0]), min_size=1),
    retries=st.integers(0, 6),
    hosts=st.sampled_from([HOSTS, HOSTS[:1]]),
)
def test_every_ending_is_documented_and_claims_what_is_known(
    call: Call[object],
    said: list[Said | Broke],
    ticks: list[float],
    oversleeps: list[float],
    retries: int,
    hosts: tuple[str, ...],
) -> None:
    now, reads, sleeps = 0.0, 0, 0
    asked: list[tuple[Send, Said | Broke]] = []
    noted: list[Attempt] = []

    def clock() -> float:
        nonlocal now, reads
        now, reads = now + ticks[reads % len(ticks)], reads + 1
        return now

    rules = Retry(retries=retries, clock=clock, jitter=lambda: 0.5, now=lambda: 0.0)
    steps = settle(call, hosts, rules, noted.append)
    answer: Answer = None
    while True:
        try:
            step = steps.send(answer)
        except StopIteration as end:
            ending: object = end.value
            break
        except Exception as error:  # noqa: BLE001 - judged below
            ending = error
            break
        answer = None
        if isinstance(step, Wait):
            assert 0 < step.seconds < rules.deadline
            now, sleeps = now + step.seconds + oversleeps[sleeps % len(oversleeps)], sleeps + 1
            continue
        assert 0 < step.seconds <= rules.deadline, "no attempt without time"
        asked.append((step, said[len(asked) % len(said)]))
        answer = answer_to(*asked[-1])

    assert len(noted) == len(asked)
    assert all(one.problem for one in noted[:-1])
    last = asked[-1][1]
    if isinstance(ending, Response):
        assert isinstance(last, Said)
        assert (last.status, last.body, last.verified) == (200, RESULT, True)
        return
    # What the auth object raises comes out as it is, but for trouble after the request left.
    if isinstance(last, Broke) and ending is last.error and not isinstance(ending, DOCUMENTED):
        assert not last.by_library
        assert not (last.left and isinstance(ending, OSError))
    else:
        assert isinstance(ending, DOCUMENTED)
    created = [one for step, one in asked if step.call.operation == CREATE.operation]
    maybe = any(map(happened, created))
    assert maybe or not isinstance(ending, OutcomeUnknown), "never sent is never unknown"
    if maybe and not isinstance(ending, OutcomeUnknown):
        assert isinstance(ending, APIError), "sent is never failed"
        assert ending.verified
        assert not happened(last)


def test_no_time_is_left_after_a_pause_that_took_too_long() -> None:
    now = 0.0
    steps = settle(CREATE, HOSTS, Retry(clock=lambda: now), lambda _: None)
    first = next(steps)
    assert isinstance(first, Send)
    error = unsent(httpx.ConnectError("refused"))
    assert isinstance(steps.send(answer_to(first, Broke(error, let_out=True, left=False))), Wait)
    now = 61.0
    with pytest.raises(httpx.ConnectError) as caught:
        steps.send(None)
    assert caught.value is error


@pytest.mark.parametrize(
    "asked",
    [
        "Mon, 01 Jan 99999999999999999 00:00:00 GMT",
        "Mon, 01 Jan 2024 00:00:00 +99999999999999999999",
        "²",
        "\ud800",
        ",",
        "(" * 5000,
        "0 0 0 0 0:0:0",
    ],
)
def test_a_retry_after_that_is_none_asks_for_no_pause(asked: str) -> None:
    assert Retry(jitter=lambda: 1.0, now=lambda: 0.0).pause(1, asked) == 1.0


@pytest.mark.parametrize("asked", ["9" * 400, "9" * 15, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_retry_after_of_more_than_a_day_is_a_day(asked: str) -> None:
    assert Retry(now=lambda: 0.0).pause(0, asked) == 86_400


def test_pauses_stay_finite_however_often_a_call_is_repeated() -> None:
    assert Retry(jitter=lambda: 1.0).pause(5000, None) == 8.0
