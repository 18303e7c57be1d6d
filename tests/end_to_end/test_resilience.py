"""Repeating: an idempotent call is repeated until its outcome is known, and never beyond."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Generator
from types import ModuleType
from typing import Any

import attrs
import httpx
import pytest
from wechatpay_auth import RSAVerifier, SigningError, VerificationError
from wechatpay_ecommerce_refund import (
    Attempt,
    Client,
    InvalidInputError,
    OutcomeUnknown,
    Retry,
    errors,
)
from wechatpay_sandbox import Keys, Platform, RunningServer, faults, serve

from tests.conftest import AnyAuth, Caller, auth_with
from tests.end_to_end.test_success import CREATE, QUERY


@pytest.mark.parametrize(
    "fault",
    [
        faults.answer(202),
        faults.error("SYSTEM_ERROR"),
        faults.error("SYSTEM_ERROR", after_change=True),
        faults.bad_gateway(),
        faults.answer(503),
        faults.drop_connection(),
        faults.drop_connection(after_change=True),
        faults.break_off(),
        faults.probe_signature(),
        faults.flip_signature(),
        faults.unsigned(),
    ],
    ids=lambda fault: fault.name,
)
def test_a_passing_trouble_is_repeated_and_then_settled(
    retrying: Caller, platform: Platform, fault: faults.Fault
) -> None:
    platform.next(fault, method="POST", times=2)
    response = retrying.call(CREATE)
    assert response.parsed.result == "PROCESSING"
    assert len(platform.requests("POST")) == 3
    assert [attempt.problem is None for attempt in response.attempts] == [False, False, True]
    assert sum(exchange.state_changed for exchange in platform.log) == 1
    assert retrying.pauses == [0.5, 1.0]


def test_each_attempt_is_freshly_signed(retrying: Caller, platform: Platform) -> None:
    platform.next(faults.error("SYSTEM_ERROR"), times=3)
    retrying.call(CREATE)
    sent = platform.requests("POST")
    assert len({request.authorization["nonce_str"] for request in sent}) == len(sent) == 4
    assert len({request.body for request in sent}) == 1


@pytest.mark.parametrize(
    "code", ["PARAM_ERROR", "SIGN_ERROR", "NO_AUTH", "NOT_ENOUGH", "RESOURCE_NOT_EXISTS"]
)
def test_a_refusal_is_not_repeated(retrying: Caller, platform: Platform, code: str) -> None:
    platform.next(faults.error(code))
    with pytest.raises(errors.APIError):
        retrying.call(CREATE)
    assert len(platform.log) == 1


def test_trouble_that_stays_ends_after_the_last_repetition(
    retrying: Caller, platform: Platform
) -> None:
    platform.next(faults.error("SYSTEM_ERROR"), times=None)
    with pytest.raises(OutcomeUnknown) as created:
        retrying.call(CREATE)
    assert len(created.value.attempts) == 4
    with pytest.raises(errors.PlatformSystemError) as queried:
        retrying.call(QUERY)
    assert len(queried.value.attempts) == 4
    assert len(platform.log) == 8


def test_a_stale_clock_on_every_response_stays_a_trust_error(
    retrying: Caller, platform: Platform
) -> None:
    platform.next(faults.timestamp_off(900), times=None)
    with pytest.raises(VerificationError) as caught:
        retrying.call(QUERY)
    assert caught.value.__notes__ == [f"{QUERY} was tried 4 times"]


def test_without_repetitions_there_is_one_attempt(
    platform: Platform, server: RunningServer, auth: AnyAuth
) -> None:
    platform.next(faults.error("SYSTEM_ERROR"))
    with (
        Client(auth, base_url=server.base_url, retries=0) as client,
        pytest.raises(OutcomeUnknown) as caught,
    ):
        client.call(CREATE)
    assert len(caught.value.attempts) == len(platform.log) == 1


def test_connection_trouble_moves_to_the_other_host_and_back(
    retrying: Caller, platform: Platform, server: RunningServer
) -> None:
    with serve(platform) as backup:
        retrying.backup_url = backup.base_url
        platform.next(faults.drop_connection(), times=2)
        response = retrying.call(CREATE)
    assert [attempt.host for attempt in response.attempts] == [
        server.base_url,
        backup.base_url,
        server.base_url,
    ]


def test_a_host_that_refuses_connections_is_left_for_the_other(
    retrying: Caller, server: RunningServer, refused_url: str
) -> None:
    retrying.base_url, retrying.backup_url = refused_url, server.base_url
    assert retrying.call(CREATE).attempts[1].host == server.base_url


def test_an_answer_keeps_the_host(retrying: Caller, platform: Platform, refused_url: str) -> None:
    retrying.backup_url = refused_url
    platform.next(faults.error("SYSTEM_ERROR"))
    response = retrying.call(CREATE)
    assert len({attempt.host for attempt in response.attempts}) == 1


def test_after_429_a_create_is_not_repeated_before_its_query(
    retrying: Caller, platform: Platform
) -> None:
    platform.next(faults.error("FREQUENCY_LIMITED", after_change=True), method="POST")
    response = retrying.call(CREATE)
    assert [request.method for request in platform.requests()] == ["POST", "GET"]
    assert response.parsed.result == "PROCESSING"
    assert [a.operation for a in response.attempts] == ["createReturnAdvance", "queryReturnAdvance"]


def test_after_429_a_create_that_was_refused_is_repeated(
    retrying: Caller, platform: Platform
) -> None:
    platform.next(faults.error("FREQUENCY_LIMITED"), method="POST")
    response = retrying.call(CREATE)
    assert [request.method for request in platform.requests()] == ["POST", "GET", "POST"]
    assert response.parsed.result == "PROCESSING"
    assert retrying.pauses == [0.5], "the query's answer is no reason to wait again"


def test_after_429_the_query_is_asked_until_it_answers(
    retrying: Caller, platform: Platform
) -> None:
    platform.next(faults.error("FREQUENCY_LIMITED", after_change=True), method="POST")
    platform.next(faults.error("SYSTEM_ERROR"), method="GET")
    retrying.call(CREATE)
    assert [request.method for request in platform.requests()] == ["POST", "GET", "GET"]


def test_a_create_that_stays_rate_limited_is_an_unknown_outcome(
    retrying: Caller, platform: Platform
) -> None:
    """What its query is answered meanwhile, 404 for one, is no answer to the create."""
    platform.next(faults.error("FREQUENCY_LIMITED"), method="POST", times=None)
    with pytest.raises(OutcomeUnknown) as caught:
        retrying.call(CREATE)
    assert type(caught.value.__cause__) is errors.RateLimitError
    methods = [request.method for request in platform.requests()]
    assert methods == ["POST", "GET", "POST", "GET", "POST", "GET", "POST"]


def test_a_refusal_of_the_query_does_not_pass_for_one_of_the_create(
    retrying: Caller, platform: Platform
) -> None:
    platform.next(faults.error("FREQUENCY_LIMITED", after_change=True), method="POST")
    platform.next(faults.error("NO_AUTH"), method="GET")
    with pytest.raises(OutcomeUnknown) as caught:
        retrying.call(CREATE)
    assert type(caught.value.__cause__) is errors.NoAuthError


def test_429_obeys_retry_after(retrying: Caller, platform: Platform) -> None:
    platform.next(faults.error("FREQUENCY_LIMITED", retry_after="7"))
    retrying.call(CREATE)
    assert retrying.pauses == [7.0]


def test_a_retry_after_beyond_the_deadline_gives_up_at_once(
    retrying: Caller, platform: Platform
) -> None:
    platform.next(faults.error("FREQUENCY_LIMITED", retry_after="3600"), times=None)
    with pytest.raises(errors.RateLimitError) as caught:
        retrying.call(QUERY)
    assert len(caught.value.attempts) == 1
    assert retrying.pauses == []


def test_the_deadline_ends_repeating(retrying: Caller, platform: Platform) -> None:
    seconds = iter([0.0, 5.0, 5.0, 9.9, 9.9])
    retrying.retry = attrs.evolve(retrying.retry, deadline=10.0, clock=lambda: next(seconds))
    platform.next(faults.error("SYSTEM_ERROR"), times=None)
    with pytest.raises(errors.PlatformSystemError) as caught:
        retrying.call(QUERY)
    assert len(caught.value.attempts) == 2


def test_an_attempt_never_outlasts_the_deadline(
    platform: Platform, server: RunningServer, auth: AnyAuth, library: ModuleType
) -> None:
    given: list[dict[str, float]] = []

    def note(request: httpx.Request) -> None:
        given.append(request.extensions["timeout"])

    seconds = iter([0.0, 1.0, 3.0])
    rules = Retry(deadline=6.0, clock=lambda: next(seconds), jitter=lambda: 1.0)
    platform.next(faults.error("SYSTEM_ERROR"))
    with (
        library.Client(event_hooks={"request": [note]}) as http,
        Client(
            auth,
            base_url=server.base_url,
            timeout=library.Timeout(5.0, write=None),
            retries=rules,
            http=http,
            sleep=lambda _: None,
        ) as client,
    ):
        client.call(CREATE)
    # Waiting for a place, TCP and TLS get a third each of what is left.
    assert given == [
        {"connect": 2.0, "pool": 2.0, "read": 5.0, "write": 6.0, "total": 6.0},
        {"connect": 1.0, "pool": 1.0, "read": 3.0, "write": 3.0, "total": 3.0},
    ]


def test_an_operation_that_is_not_idempotent_is_not_repeated(
    retrying: Caller, platform: Platform
) -> None:
    once = attrs.evolve(CREATE, operation=attrs.evolve(CREATE.operation, idempotent=False))
    platform.next(faults.error("SYSTEM_ERROR"))
    with pytest.raises(OutcomeUnknown):
        retrying.call(once)
    assert len(platform.log) == 1


def test_an_unproven_refusal_after_an_unknown_attempt_settles_nothing(
    retrying: Caller, platform: Platform
) -> None:
    platform.next(faults.drop_connection(after_change=True), method="POST")
    platform.next(faults.error("RESOURCE_NOT_EXISTS"), faults.unsigned(), method="POST")
    with pytest.raises(OutcomeUnknown):
        retrying.call(CREATE)


def test_a_proven_refusal_after_an_unknown_attempt_settles_it(
    retrying: Caller, platform: Platform
) -> None:
    platform.next(faults.drop_connection(), method="POST")
    platform.next(faults.error("NO_AUTH"), method="POST")
    with pytest.raises(errors.NoAuthError) as caught:
        retrying.call(CREATE)
    assert len(caught.value.attempts) == 2


@pytest.mark.parametrize(
    "error",
    [SigningError("the key store is away"), TimeoutError("the key store is away")],
    ids=repr,
)
def test_a_request_that_cannot_be_signed_is_no_unknown_outcome(
    retrying: Caller, platform: Platform, keys: Keys, error: Exception
) -> None:
    class Broken:
        algorithm = "WECHATPAY2-SHA256-RSA2048"
        serial_no = "1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8C"

        def sign(self, message: bytes) -> bytes:
            raise error

    verifier = RSAVerifier.from_public_key(keys.public_key_id, keys.public_key_pem)
    retrying.auth = type(retrying.auth)(keys.mchid, signer=Broken(), verifier=verifier)
    with pytest.raises(type(error), match="the key store is away"):
        retrying.call(CREATE)
    assert platform.log == ()


def test_every_attempt_is_told_and_logged_without_secrets(
    retrying: Caller, platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    platform.next(faults.error("SYSTEM_ERROR"))
    with caplog.at_level(logging.DEBUG, logger="wechatpay_ecommerce_refund"):
        response = retrying.call(CREATE)
    assert tuple(retrying.attempts) == response.attempts
    ours = [r for r in caplog.records if r.name == "wechatpay_ecommerce_refund"]
    assert [record.levelname for record in ours] == ["WARNING", "DEBUG"]
    assert "SYSTEM_ERROR" in ours[0].getMessage()
    sent = platform.requests()[0].authorization["signature"]
    assert not any(sent in r.getMessage() or "signature=" in r.getMessage() for r in ours)


def test_a_hook_that_fails_does_not_cost_the_response(
    server: RunningServer, auth: AnyAuth, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: Attempt) -> None:
        raise ValueError("metrics are away")

    with Client(auth, base_url=server.base_url, on_attempt=broken) as client:
        assert client.call(CREATE).parsed.result == "PROCESSING"
    assert "on_attempt failed" in caplog.text


@pytest.mark.parametrize(
    ("asked", "pause"),
    [
        (None, 2.0),
        ("", 2.0),
        ("soon", 2.0),
        ("0", 0.0),
        ("30", 30.0),
        ("Thu, 01 Jan 1970 00:01:40 GMT", 60.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
    ],
)
def test_retry_after_may_be_seconds_or_a_date(asked: str | None, pause: float) -> None:
    rules = Retry(jitter=lambda: 1.0, now=lambda: 40.0)
    assert rules.pause(2, asked) == pause


def test_pauses_double_up_to_a_limit_and_keep_at_least_half() -> None:
    longest = Retry(jitter=lambda: 1.0)
    shortest = Retry(jitter=lambda: 0.0)
    assert [longest.pause(n, None) for n in range(6)] == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0]
    assert [shortest.pause(n, None) for n in range(3)] == [0.25, 0.5, 1.0]


def test_a_failed_request_of_the_plugin_does_not_hide_that_the_call_left(
    retrying: Caller, platform: Platform, refused_url: str
) -> None:
    """A plugin may fetch keys to judge a response; the call has left by then."""
    library, sign_and_verify = retrying.library, retrying.auth

    def fetching(request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        yield from sign_and_verify.sync_auth_flow(request)
        yield library.Request("GET", refused_url)

    retrying.retry = Retry(retries=0)
    retrying.auth = auth_with(library, fetching)
    with pytest.raises(OutcomeUnknown) as caught:
        retrying.call(CREATE)
    assert isinstance(caught.value.__cause__, library.ConnectError)
    assert platform.log[-1].state_changed


@pytest.mark.parametrize("more", [{}, {"key": "1"}], ids=["the same URL", "another URL"])
def test_a_signed_copy_in_place_of_the_request_is_the_call_as_well(
    retrying: Caller, platform: Platform, refused_url: str, more: dict[str, str]
) -> None:
    """Whoever copies the request leaves ours unsigned; the create was sent all the same."""
    library, sign_and_verify = retrying.library, retrying.auth

    def copying(request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        copy = library.Request(
            request.method,
            request.url.copy_merge_params(more),
            headers=request.headers,
            content=request.content,
        )
        yield from sign_and_verify.sync_auth_flow(copy)
        raise KeyError("a mistake of the auth object")

    retrying.auth = auth_with(library, copying)
    with pytest.raises(OutcomeUnknown) as caught:
        retrying.call(CREATE)
    assert isinstance(caught.value.__cause__, KeyError)
    assert platform.requests()[-1].target == CREATE.target + ("?key=1" if more else "")
    retrying.base_url, retrying.retry = refused_url, Retry(retries=0)
    with pytest.raises(library.ConnectError):
        retrying.call(CREATE)


def test_an_auth_object_that_fails_before_anything_goes_out_makes_no_unknown_outcome(
    retrying: Caller, platform: Platform
) -> None:
    def failing(request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = "half of it"
        if request.headers["No-Such-Header"]:  # a mistake of the auth object
            yield request

    retrying.auth = auth_with(retrying.library, failing)
    with pytest.raises(KeyError):
        retrying.call(CREATE)
    assert platform.log == ()


def broken_pause(_: float) -> None:
    raise ValueError("a mistake of the caller's")


async def broken_async_pause(_: float) -> None:
    raise ValueError("a mistake of the caller's")


def test_a_pause_that_fails_does_not_hide_that_a_create_may_have_happened(
    platform: Platform, server: RunningServer, auth: AnyAuth
) -> None:
    async def acreate() -> None:
        async with Client(auth, base_url=server.base_url, async_sleep=broken_async_pause) as client:
            await client.acall(CREATE)

    platform.next(faults.error("SYSTEM_ERROR", after_change=True), times=2)
    with Client(auth, base_url=server.base_url, sleep=broken_pause) as client:
        with pytest.raises(OutcomeUnknown) as caught:
            client.call(CREATE)
        assert isinstance(caught.value.__cause__, ValueError)
    with pytest.raises(OutcomeUnknown) as acaught:
        asyncio.run(acreate())
    assert isinstance(acaught.value.__cause__, ValueError)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("sleep", 5),
        ("sleep", asyncio.sleep),
        ("async_sleep", None),
        ("on_attempt", "metrics"),
    ],
)
def test_what_cannot_be_called_is_refused_by_name(auth: AnyAuth, name: str, given: object) -> None:
    options: dict[str, Any] = {name: given}
    with pytest.raises(InvalidInputError, match=f"^{name} must"):
        Client(auth, **options)


@pytest.mark.parametrize("name", ["jitter", "clock", "now"])
def test_rules_that_cannot_be_called_are_refused_by_name(name: str) -> None:
    rules: dict[str, Any] = {name: 5}
    with pytest.raises(InvalidInputError, match=f"^{name} must be a function"):
        Retry(**rules)
