"""Connections that break, one way after another: no call is reported as what it is not.

What a call ends in is one of three things: a proven response, a typed error that says that nothing
happened (or that nothing could: a query only reads), or OutcomeUnknown. The platform's books say
whether that was right.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest
from wechatpay_auth import (
    ExpiredTimestampError,
    RSASigner,
    RSAVerifier,
)
from wechatpay_ecommerce_refund import OutcomeUnknown, Retry, errors
from wechatpay_sandbox import Keys, Platform, RunningServer

from tests.conftest import AUTHS, AnyAuth
from tests.end_to_end.test_success import CREATE, QUERY
from tests.soak.kept import Kept, Kind, happened
from tests.soak.proxy import FaultProxy
from tests.soak.wire_faults import Fault, Point, close, close_idle, drip, reset, stall

IN_A_CALL = [point for point in Point if point not in (Point.ACCEPT, Point.END)]
LOST = [
    *(end(point) for end in (reset, close) for point in IN_A_CALL),
    close(Point.ACCEPT),
    stall(Point.FORWARDED),
]
"""Faults that cost the response."""

SILENT = [stall(point) for point in (Point.REQUEST, Point.HEAD, Point.BODY)]

ONCE_MORE = Retry(retries=1, jitter=lambda: 1.0)


@pytest.fixture
def kept(auth: AnyAuth, proxy: FaultProxy, kind: Kind) -> Iterator[Kept]:
    with Kept(auth, proxy.base_url, kind) as kept:
        yield kept


# The response is lost.


@pytest.mark.parametrize("fault", [*LOST, *SILENT], ids=lambda fault: fault.name)
def test_a_create_whose_response_is_lost_is_unknown_and_its_query_tells(
    library: ModuleType, kept: Kept, proxy: FaultProxy, platform: Platform, fault: Fault
) -> None:
    proxy.plan(fault)
    with pytest.raises(OutcomeUnknown) as caught:
        kept.call(CREATE)
    assert isinstance(caught.value.__cause__, library.TransportError)
    assert happened(platform) is proxy.turns[0].answered, "the books agree"
    asked = kept.ending(QUERY)
    if proxy.turns[0].answered:
        assert asked.verdict == "verified"
    else:
        assert isinstance(asked.why, errors.ResourceNotExistsError)
        assert asked.why.verified


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: fault.name)
def test_a_query_whose_response_is_lost_fails_and_the_next_one_does_not(
    library: ModuleType, kept: Kept, proxy: FaultProxy, fault: Fault
) -> None:
    assert kept.ending(CREATE).verdict == "verified"
    proxy.plan(fault)
    lost = kept.ending(QUERY)
    assert lost.verdict == "failed"
    assert isinstance(
        lost.why, library.ReadTimeout | library.ReadError | library.RemoteProtocolError
    )
    assert kept.ending(QUERY).verdict == "verified"


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: fault.name)
def test_a_create_whose_response_is_lost_once_is_settled_by_repeating(
    auth: AnyAuth, proxy: FaultProxy, platform: Platform, kind: Kind, fault: Fault
) -> None:
    proxy.plan(fault)
    with Kept(auth, proxy.base_url, kind, retry=ONCE_MORE) as kept:
        assert kept.call(CREATE).parsed.result == "PROCESSING"
    assert sum(line.state_changed for line in platform.log) == 1


# The response arrives, and the connection dies afterwards.


@pytest.mark.parametrize("fault", [reset(Point.END), close(Point.END), close_idle(0.02)], ids=repr)
def test_a_kept_connection_that_died_is_not_used_again(
    kept: Kept, proxy: FaultProxy, fault: Fault
) -> None:
    proxy.plan(fault)
    assert kept.ending(CREATE).verdict == "verified"
    kept.settle(proxy)
    assert kept.ending(QUERY).verdict == "verified"
    assert len(proxy.turns) == 2, "without repeating"


def test_the_last_words_of_a_dying_connection_are_not_the_next_calls_response(
    kept: Kept, proxy: FaultProxy
) -> None:
    """Load balancers say 408 to an idle connection before they close it."""
    goodbye = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    proxy.plan(close_idle(0.02, last_words=goodbye))
    assert kept.ending(QUERY).verdict == "failed"  # not made yet
    kept.settle(proxy)
    assert kept.ending(CREATE).verdict == "verified"


@pytest.mark.parametrize("fault", [reset(Point.ACCEPT), close(Point.ACCEPT)], ids=repr)
def test_a_kept_connection_that_dies_as_the_next_call_is_sent_costs_one_repetition(
    auth: AnyAuth, proxy: FaultProxy, platform: Platform, kind: Kind, fault: Fault
) -> None:
    """The race that no look at the connection can win: nobody knows whether that one arrived."""
    with Kept(auth, proxy.base_url, kind, retry=ONCE_MORE) as kept:
        kept.ending(QUERY)
        proxy.plan(fault)
        response = kept.call(CREATE)
    assert [attempt.problem is None for attempt in response.attempts] == [False, True]
    assert sum(line.state_changed for line in platform.log) == 1


def test_a_kept_connection_in_good_health_is_used_again(
    auth: AnyAuth, proxy: FaultProxy, kind: Kind
) -> None:
    proxy.plan(None, None, None, close(Point.ACCEPT))  # of the second connection, if there is one
    with Kept(auth, proxy.base_url, kind) as kept:
        assert [kept.ending(call).verdict for call in (CREATE, QUERY, QUERY)] == ["verified"] * 3


# Slow, but alive.


def test_a_response_that_comes_slowly_is_a_response(kept: Kept, proxy: FaultProxy) -> None:
    proxy.plan(drip(40, 0.001))
    assert kept.ending(CREATE).verdict == "verified"


# Nobody is there.


def test_a_connection_that_is_reset_as_it_opens_costs_nothing_but_the_call(
    library: ModuleType, kept: Kept, proxy: FaultProxy, platform: Platform
) -> None:
    """It depends on the moment whether that is no connection or a lost one; both are right."""
    proxy.plan(reset(Point.ACCEPT))
    ending = kept.ending(CREATE)
    assert ending.verdict == ("failed" if type(ending.why) is library.ConnectError else "unknown")
    assert isinstance(ending.why, library.TransportError)
    assert not happened(platform)
    assert kept.ending(CREATE).verdict == "verified"


def test_a_refused_connection_is_a_failure_and_the_next_call_works(
    library: ModuleType, kept: Kept, proxy: FaultProxy, platform: Platform
) -> None:
    with proxy.refused():
        refused = kept.ending(CREATE)
    assert (refused.verdict, type(refused.why)) == ("failed", library.ConnectError)
    assert not happened(platform)
    assert kept.ending(CREATE).verdict == "verified"


@pytest.mark.parametrize(
    ("first", "may_have_happened"), [(reset(Point.FORWARDED), True), (None, False)], ids=repr
)
def test_both_hosts_fail_in_turn(
    library: ModuleType,
    auth: AnyAuth,
    server: RunningServer,
    platform: Platform,
    kind: Kind,
    refused_url: str,
    first: Fault | None,
    may_have_happened: bool,
) -> None:
    """The last attempt was refused; that says nothing about the one before it."""
    with FaultProxy(server.port) as proxy:
        proxy.plan(first)
        base_url = proxy.base_url if first else refused_url
        with Kept(auth, base_url, kind, backup_url=refused_url, retry=ONCE_MORE) as kept:
            ending = kept.ending(CREATE)
    assert ending.verdict == ("unknown" if may_have_happened else "failed")
    assert isinstance(ending.why, library.ConnectError)
    assert happened(platform) is may_have_happened


# The caller gives up.


@pytest.mark.parametrize("point", [Point.REQUEST, Point.FORWARDED, Point.BODY])
def test_a_cancelled_call_leaves_the_client_in_order(
    auth: AnyAuth, proxy: FaultProxy, point: Point
) -> None:
    proxy.plan(stall(point))
    with Kept(auth, proxy.base_url, "asyncio", timeout=5) as patient:
        with pytest.raises(TimeoutError):
            patient.run(asyncio.wait_for(patient.client.acall(CREATE), 0.1))
        assert patient.call(CREATE).parsed.result == "PROCESSING"


# Time jumps.


def auth_with(library: ModuleType, keys: Keys, clock: Callable[[], float]) -> AnyAuth:
    return AUTHS[library](
        keys.mchid,
        signer=RSASigner.from_pem(keys.merchant.private_key_pem, serial_no=keys.merchant.serial_no),
        verifier=RSAVerifier.from_public_key(keys.public_key_id, keys.public_key_pem),
        clock=clock,
    )


@pytest.mark.parametrize("jump", [-400, 400])
def test_a_clock_that_jumps_during_a_call_makes_it_unknown_and_repeating_settles_it(
    library: ModuleType,
    keys: Keys,
    server: RunningServer,
    platform: Platform,
    kind: Kind,
    jump: int,
) -> None:
    now = time.time()
    times = [now, now + jump, now, now]  # signs, proves, and again
    with Kept(auth_with(library, keys, iter(times[:2]).__next__), server.base_url, kind) as kept:
        ending = kept.ending(CREATE)
    assert ending.verdict == "unknown"
    assert isinstance(ending.why, ExpiredTimestampError)
    assert happened(platform)
    auth = auth_with(library, keys, iter(times).__next__)
    with Kept(auth, server.base_url, kind, retry=ONCE_MORE) as kept:
        assert kept.call(CREATE).parsed.result == "PROCESSING"
    assert sum(line.state_changed for line in platform.log) == 1


@pytest.mark.parametrize("jump", [-400, 400])
def test_a_clock_that_is_wrong_all_the_time_is_refused_by_the_platform_and_nothing_happens(
    library: ModuleType,
    keys: Keys,
    server: RunningServer,
    platform: Platform,
    kind: Kind,
    jump: int,
) -> None:
    with Kept(auth_with(library, keys, lambda: time.time() + jump), server.base_url, kind) as kept:
        ending = kept.ending(CREATE)
    assert (ending.verdict, type(ending.why)) == ("failed", errors.SignError)
    assert not happened(platform)
