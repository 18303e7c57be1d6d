"""`settle` over any clock, pauses and answers: each ending is documented, none claims too much.

A call that was never sent must not be called unknown, one that was sent must not be called failed.
"""

from __future__ import annotations

import json
import logging
import socket
from typing import Any

import aiohttp
import attrs
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wechatpay_auth import InvalidSignatureError, SigningError, WeChatPayAuthError
from wechatpay_ecommerce_refund import (
    APIError,
    Attempt,
    Call,
    InvalidResponseError,
    OutcomeUnknown,
    Response,
    Retry,
    UnverifiedResponseError,
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


def cause_of_no_connection() -> BaseException | None:
    """What httpx names as the cause where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(httpx.ConnectError) as caught:
        httpx.get(f"http://127.0.0.1:{port}", trust_env=False)
    return caught.value.__cause__


NO_CONNECTION = cause_of_no_connection()


def unsent(error: Exception) -> Exception:
    """As the library raises it when its own connections say that nothing left."""
    error.__cause__ = NO_CONNECTION
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
    *(APIError, InvalidResponseError, UnverifiedResponseError, OutcomeUnknown),
    *(WeChatPayAuthError, httpx.TransportError),
)


def answer_to(send: Send, said: Said | Broke) -> Answer:
    request: Any = send.call.request(httpx, send.host, {}, {})
    if isinstance(said, Broke):
        if isinstance(said.error, httpx.RequestError):
            said.error.request = request
        return Failed(said.error, httpx, request if said.let_out else None, said.by_library)
    headers = {"Retry-After": said.retry_after} if said.retry_after else {}
    return httpx.Response(
        said.status,
        headers={**headers, "Request-ID": f"request-{said.verified:d}"},
        content=said.body,
        request=request,
        extensions={"wechatpay_verified": said.verified},
    )


def happened(said: Said | Broke) -> bool:
    """Whether the create may have had its effect although this came of it."""
    if isinstance(said, Broke):
        return said.left
    return not 400 <= said.status < 500 or said.status == 429


@attrs.define
class Course:
    """How one call went: what was sent, what was waited for, and how it ended."""

    sends: list[Send] = attrs.field(factory=list[Send])
    pauses: list[float] = attrs.field(factory=list[float])
    noted: list[Attempt] = attrs.field(factory=list[Attempt])
    response: Response[Any] | None = None
    error: BaseException | None = None

    @property
    def operations(self) -> list[str]:
        return [send.call.operation.method for send in self.sends]

    @property
    def hosts(self) -> str:
        """The first letters of the hosts."""
        return "".join(send.host.removeprefix("https://")[0] for send in self.sends)


def course(
    *said: Said | Broke,
    call: Call[Any] = CREATE,
    hosts: tuple[str, ...] = HOSTS,
    seconds_each: float = 0.0,
    **rules: Any,  # noqa: ANN401 - of Retry
) -> Course:
    """Go through a call, each attempt of which takes so long; the last answer stays."""
    found, now = Course(), 100.0
    retry = Retry(clock=lambda: now, jitter=lambda: 1.0, now=lambda: 0.0, **rules)
    steps = settle(call, hosts, retry, found.noted.append)
    answer: Answer = None
    try:
        while True:
            step = steps.send(answer)
            answer = None
            if isinstance(step, Wait):
                found.pauses.append(step.seconds)
                now += step.seconds
                continue
            found.sends.append(step)
            assert len(found.sends) <= 2 * (retry.retries + 1), "it ends"
            now += seconds_each
            answer = answer_to(step, said[min(len(found.sends), len(said)) - 1])
    except StopIteration as end:
        found.response = end.value
    except AssertionError:
        raise
    except Exception as error:  # noqa: BLE001 - the test looks at it
        found.error = error
    return found


def refused(status: int, body: bytes = b"", *, verified: bool = True) -> Said:
    return Said(status, body, verified, None)


DONE = refused(200, RESULT)
BUSY = refused(500, b'{"code":"SYSTEM_ERROR"}')
LIMITED = refused(429)
NOT_FOUND = refused(404, b'{"code":"RESOURCE_NOT_EXISTS"}')
FORBIDDEN = refused(403, b'{"code":"NO_AUTH"}')


def lost() -> Broke:
    return Broke(httpx.ReadTimeout("slow"), let_out=True, left=True, by_library=True)


def never_sent() -> Broke:
    return Broke(unsent(httpx.ConnectError("refused")), let_out=True, left=False, by_library=True)


def test_a_success_tells_every_attempt() -> None:
    done = course(BUSY, DONE)
    assert done.response is not None
    assert done.response.attempts == tuple(done.noted)
    assert [attempt.number for attempt in done.response.attempts] == [
        *range(1, len(done.noted) + 1)
    ]
    first, last = done.noted
    assert (first.operation, first.host) == ("createReturnAdvance", HOSTS[0])
    assert first.status_code == 500
    assert (first.request_id, last.request_id) == ("request-1", "request-1")
    assert first.problem is not None
    assert first.problem.startswith("PlatformSystemError: 500 SYSTEM_ERROR")
    assert (last.status_code, last.problem) == (200, None)


def test_an_unknown_outcome_says_of_what_and_why_and_who_knows_it() -> None:
    unknown = course(BUSY, lost()).error
    assert isinstance(unknown, OutcomeUnknown)
    assert (unknown.call, unknown.query) == (CREATE, QUERY)
    assert unknown.reason == "ReadTimeout: slow"
    assert isinstance(unknown.__cause__, httpx.ReadTimeout)
    assert [attempt.status_code for attempt in unknown.attempts] == [500, None, None, None]


def test_a_retried_and_an_unknown_create_are_warnings(caplog: pytest.LogCaptureFixture) -> None:
    """Python shows warnings by default. Each tells attempt and pause, and has no None."""
    course(never_sent(), BUSY, lost(), retries=2)
    course(BUSY, call=QUERY, retries=1)
    course(FORBIDDEN)
    shown = [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING]
    begun = f"createReturnAdvance at {HOSTS[0]}: attempt 1 failed, the next one in 0.5 seconds: "
    failed = (
        f"createReturnAdvance at {HOSTS[1]}: attempt 2 failed (status 500, Request-ID request-1)"
    )
    assert len(shown) == 3, shown
    assert shown[0] == f"{begun}ConnectError: refused"
    assert shown[1].startswith(f"{failed}, the next one in 1.0 seconds: PlatformSystemError: 500")
    assert shown[2].startswith(f"attempt 3 was the last: outcome unknown: {CREATE} may or may not")
    assert not [text for text in shown if "None" in text]


def test_an_error_of_ours_tells_every_attempt_and_another_how_many_there_were() -> None:
    ended = course(BUSY, call=QUERY, retries=1)
    assert isinstance(ended.error, APIError)
    assert ended.error.attempts == tuple(ended.noted)
    for retries, notes in ((0, []), (1, [f"{QUERY} was tried 2 times"])):
        error = course(never_sent(), call=QUERY, retries=retries).error
        assert isinstance(error, httpx.ConnectError)
        assert getattr(error, "__notes__", []) == notes


def test_what_the_auth_object_refused_is_known_by_status_and_request_id() -> None:
    error = InvalidSignatureError("forged")
    error.status_code, error.request_id = 200, "request-7"
    attempt = course(Broke(error, let_out=True, left=True), retries=0).noted[0]
    assert (attempt.status_code, attempt.request_id) == (200, "request-7")
    assert attempt.problem is not None
    assert attempt.problem.startswith("InvalidSignatureError: forged")


def test_what_another_error_calls_a_status_is_none() -> None:
    class OddError(Exception):
        status_code = "200"
        request_id = 7

    attempt = course(Broke(OddError(), let_out=True, left=True), retries=0).noted[0]
    assert (attempt.status_code, attempt.request_id) == (None, None)


def test_what_is_told_of_an_error_is_one_line() -> None:
    lines = Broke(httpx.ReadError("a\nb"), let_out=True, left=True)
    assert course(lines, retries=0).noted[0].problem == r"ReadError: a\nb"


@pytest.mark.parametrize(
    ("said", "pauses"),
    [(BUSY, [0.5, 1.0, 2.0]), (LIMITED, [0.5, 1.0, 2.0])],
)
def test_pauses_grow_from_one_repetition_to_the_next(said: Said, pauses: list[float]) -> None:
    assert course(said, call=QUERY).pauses == pauses


def test_network_trouble_goes_to_the_next_host_and_round_again() -> None:
    hosts = (*HOSTS, "https://c.example")
    assert course(lost(), hosts=hosts, retries=4).hosts == "abcab"
    assert course(BUSY, hosts=hosts).hosts == "aaaa"
    assert course(lost(), BUSY, lost(), DONE).hosts == "abba"
    forged = Broke(InvalidSignatureError("forged"), let_out=True, left=True)
    assert course(forged).hosts == "aaaa"


def test_the_time_that_is_left_goes_with_each_request() -> None:
    ended = course(BUSY, call=QUERY, seconds_each=10.0)
    assert [send.seconds for send in ended.sends] == [60.0, 49.5, 38.5, 26.5]


@pytest.mark.parametrize(("deadline", "attempts"), [(10.5, 1), (10.51, 2)])
def test_nothing_is_sent_at_the_very_end_of_the_time(deadline: float, attempts: int) -> None:
    ended = course(BUSY, call=QUERY, seconds_each=10.0, deadline=deadline)
    assert len(ended.sends) == attempts
    assert len(ended.pauses) == attempts - 1, "who gives up does not wait before"


def test_a_pause_of_nothing_is_not_waited_for() -> None:
    ended = course(Said(503, b"", verified=True, retry_after="0"), call=QUERY)
    assert (len(ended.sends), ended.pauses) == (4, [])


def test_after_429_the_query_is_asked_until_it_knows() -> None:
    found = course(LIMITED, BUSY, LIMITED, DONE)
    assert found.operations == ["POST", "GET", "GET", "GET"]
    assert found.response is not None
    assert course(BUSY, LIMITED, DONE).operations == ["POST", "POST", "GET"]


def test_after_429_a_create_that_its_query_does_not_know_is_sent_at_once() -> None:
    ended = course(LIMITED, NOT_FOUND, BUSY, DONE)
    assert ended.operations == ["POST", "GET", "POST", "POST"]
    assert ended.pauses == [0.5, 1.0], "not found is no failure, and is not waited for"


def test_not_found_counts_as_no_failure() -> None:
    ended = course(LIMITED, NOT_FOUND, retries=1)
    assert ended.operations == ["POST", "GET"] * 1 + ["POST"]
    assert isinstance(ended.error, APIError)


def test_after_429_a_query_is_asked_again_itself() -> None:
    assert course(LIMITED, DONE, call=QUERY).operations == ["GET", "GET"]
    alone = attrs.evolve(CREATE, query=None)
    assert course(LIMITED, DONE, call=alone).operations == ["POST", "POST"]


@pytest.mark.parametrize("status", [202, 429, 500, 599])
def test_these_statuses_pass(status: int) -> None:
    assert len(course(refused(status), call=QUERY).sends) == 4


@pytest.mark.parametrize("status", [204, 302, 400, 403, 404, 428, 430, 499])
def test_other_statuses_stay(status: int) -> None:
    assert len(course(refused(status), call=QUERY).sends) == 1


@pytest.mark.parametrize(
    ("error", "times"),
    [
        (httpx.ReadError("broken"), 4),
        (httpx.UnsupportedProtocol("gopher"), 1),
        (httpx.LocalProtocolError("no header"), 1),
        (KeyError("a mistake"), 1),
        (SigningError("no key"), 1),
        (InvalidSignatureError("forged"), 4),
    ],
    ids=repr,
)
def test_these_errors_pass(error: Exception, times: int) -> None:
    assert len(course(Broke(error, let_out=True, left=True), call=QUERY).sends) == times


@pytest.mark.parametrize("status", [400, 403, 404, 428, 430, 499])
def test_a_refusal_says_that_nothing_happened(status: int) -> None:
    error = course(refused(status, verified=False)).error
    assert isinstance(error, APIError)
    assert error.status_code == status


def test_a_response_has_to_be_this_calls_own() -> None:
    other = RESULT.replace(REFUND.encode(), b"1")
    assert isinstance(course(refused(200, other), call=QUERY).error, InvalidResponseError)
    assert isinstance(course(refused(200, other)).error, OutcomeUnknown)


@pytest.mark.parametrize("status", [204, 302, 399, 429, 500])
def test_another_status_does_not(status: int) -> None:
    assert isinstance(course(refused(status)).error, OutcomeUnknown)


def test_after_a_lost_attempt_only_a_proven_refusal_of_the_call_counts() -> None:
    assert isinstance(course(lost(), FORBIDDEN).error, APIError)
    assert isinstance(course(lost(), refused(403, verified=False)).error, OutcomeUnknown)
    assert isinstance(course(LIMITED, FORBIDDEN).error, OutcomeUnknown)
    assert isinstance(course(lost(), never_sent()).error, OutcomeUnknown)
    assert isinstance(course(never_sent(), FORBIDDEN).error, APIError)
    assert isinstance(course(never_sent()).error, httpx.ConnectError)


@pytest.mark.parametrize(
    ("broke", "kind"),
    [
        (Broke(OSError("tls"), let_out=True, left=True), httpx.ReadError),
        (Broke(OSError("tls"), let_out=False, left=False, by_library=True), httpx.ReadError),
        (Broke(OSError("tls"), let_out=False, left=False), OSError),
        (Broke(httpx.InvalidURL("x"), let_out=False, left=False), httpx.RemoteProtocolError),
        (Broke(httpx.DecodingError("x"), let_out=True, left=True), httpx.RemoteProtocolError),
        (
            Broke(ValueError("x"), let_out=True, left=True, by_library=True),
            httpx.RemoteProtocolError,
        ),
        (
            Broke(aiohttp.ServerDisconnectedError("x"), let_out=True, left=True, by_library=True),
            httpx.RemoteProtocolError,
        ),
        (
            Broke(aiohttp.ServerDisconnectedError("x"), let_out=True, left=True),
            aiohttp.ServerDisconnectedError,
        ),
        (Broke(ValueError("x"), let_out=True, left=True), ValueError),
        (Broke(KeyError("x"), let_out=False, left=False, by_library=False), KeyError),
        (Broke(TypeError("x"), let_out=True, left=True, by_library=True), TypeError),
    ],
    ids=repr,
)
def test_what_a_library_lets_through_becomes_its_own_error(
    broke: Broke, kind: type[Exception]
) -> None:
    ended = course(broke, call=QUERY, retries=0)
    error = ended.error
    assert type(error) is kind
    if kind is type(broke.error):
        assert error is broke.error
    elif error is not None and not isinstance(broke.error, httpx.RequestError):
        assert str(error) == f"{type(broke.error).__name__}: {broke.error}"
        assert error.__cause__ is broke.error
        sent = error.request if broke.let_out and isinstance(error, httpx.RequestError) else None
        assert (sent is not None) is broke.let_out


def test_an_answer_of_nothing_is_a_mistake_of_the_client() -> None:
    noted: list[Attempt] = []
    steps = settle(QUERY, HOSTS, Retry(), noted.append)
    next(steps)
    with pytest.raises(TypeError):
        steps.send(None)
    assert [(one.status_code, one.request_id) for one in noted] == [(None, None)]


def test_a_call_that_is_not_idempotent_is_never_repeated() -> None:
    once = attrs.evolve(CREATE, operation=attrs.evolve(CREATE.operation, idempotent=False))
    for said in (BUSY, LIMITED, lost(), never_sent()):
        assert len(course(said, call=once).sends) == 1


def test_the_defaults_are_three_repetitions_in_a_minute() -> None:
    rules = Retry()
    assert (rules.retries, rules.deadline) == (3, 60.0)
    assert (rules.first_pause, rules.longest_pause) == (0.5, 8.0)


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
        assert len(asked) < 2 * (retries + 1), "it ends"
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


@pytest.mark.parametrize("after", [60.0, 61.0])
def test_no_time_is_left_after_a_pause_that_took_too_long(after: float) -> None:
    now = 0.0
    steps = settle(CREATE, HOSTS, Retry(clock=lambda: now), lambda _: None)
    first = next(steps)
    assert isinstance(first, Send)
    error = unsent(httpx.ConnectError("refused"))
    assert isinstance(steps.send(answer_to(first, Broke(error, let_out=True, left=False))), Wait)
    now = after
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


def test_a_pause_is_doubled_32_times_at_most() -> None:
    tiny = Retry(jitter=lambda: 1.0, first_pause=2.0**-32)
    assert [tiny.pause(number, None) for number in (31, 32, 33)] == [0.5, 1.0, 1.0]
