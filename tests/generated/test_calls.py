"""Calls through a transport in memory: what the client gives to the library and makes of it."""

from __future__ import annotations

import asyncio
import gc
import logging
import weakref
from collections.abc import AsyncGenerator, Callable, Generator
from types import ModuleType
from typing import Any

import httpx
import pytest
from wechatpay_ecommerce_refund import Attempt, Call, Client, OutcomeUnknown, Retry
from wechatpay_ecommerce_refund.client import SERVERS, USER_AGENT
from wechatpay_ecommerce_refund.connections import Connections

from tests.end_to_end.test_success import CREATE, QUERY
from tests.generated.test_settle import RESULT

URL = "https://a.example"


class Trusting(httpx.Auth):
    """Signs nothing, and says of every response that it is verified."""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        response = yield request
        response.extensions["wechatpay_verified"] = True


class Stuck(httpx.Auth):
    """Never lets the request out."""

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        await asyncio.Event().wait()
        yield request


def done(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, content=RESULT)


def busy(_: httpx.Request) -> httpx.Response:
    return httpx.Response(500, headers={"Request-ID": "a\tb"}, content=b'{"code":"SYSTEM_ERROR"}')


async def never(_: httpx.Request) -> httpx.Response:
    await asyncio.Event().wait()
    raise AssertionError


def ended(
    handler: Callable[[httpx.Request], Any],
    call: Call[Any] = QUERY,
    *,
    is_async: bool = False,
    auth: httpx.Auth | None = None,
    **options: Any,  # noqa: ANN401 - of Client
) -> Any:  # noqa: ANN401 - a response or an exception
    """Call through the handler, and return what came of it."""
    transport = httpx.MockTransport(handler)

    async def acall() -> object:
        async with httpx.AsyncClient(transport=transport, follow_redirects=True) as http:
            client = Client(auth or Trusting(), base_url=URL, async_http=http, **options)
            return await client.acall(call)

    try:
        if is_async:
            return asyncio.run(acall())
        with httpx.Client(transport=transport, follow_redirects=True) as http:
            return Client(auth or Trusting(), base_url=URL, http=http, **options).call(call)
    except Exception as error:  # noqa: BLE001 - the test looks at it
        return error


def requested(**options: Any) -> list[httpx.Request]:  # noqa: ANN401 - of Client
    """Return the requests of one call that succeeds at once."""
    requests: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return done(request)

    assert ended(handler, **options).verified
    return requests


BOTH = pytest.mark.parametrize("is_async", [False, True], ids=["sync", "asyncio"])


# --- what is sent


def test_the_user_agent_names_package_and_library_or_is_the_callers() -> None:
    (ours,) = requested()
    assert ours.headers["User-Agent"] == f"{USER_AGENT} httpx/{httpx.__version__}"
    (own,) = requested(user_agent="shop/1.0")
    assert own.headers["User-Agent"] == "shop/1.0"
    assert [*map(str, (ours.url, own.url))] == [URL + QUERY.target] * 2


@pytest.mark.parametrize("language", ["en", "zh-CN", "zh-HK", "zh-TW"])
def test_every_language_of_the_spec_may_be_asked_for(language: str) -> None:
    (request,) = requested(language=language)
    assert request.headers["Accept-Language"] == language
    assert request.headers["User-Agent"].startswith(USER_AGENT), "it joins the other headers"


def test_no_wait_outlasts_its_limit_or_its_part_of_the_whole() -> None:
    limits = httpx.Timeout(connect=1.0, read=2.0, write=None, pool=50.0)
    (request,) = requested(timeout=limits, retries=Retry(deadline=30.0, clock=lambda: 0.0))
    assert request.extensions["timeout"] == {
        "connect": 1.0,
        "read": 2.0,
        "write": 30.0,
        "pool": 10.0,
        "total": 30.0,
    }
    (request,) = requested(retries=Retry(clock=lambda: 0.0))
    assert request.extensions["timeout"] == {
        **dict.fromkeys(("connect", "read", "write", "pool"), 10.0),
        "total": 60.0,
    }


def test_the_second_host_is_the_specs_own_unless_the_first_is_the_callers() -> None:
    def hosts(**options: Any) -> str:  # noqa: ANN401 - of Client
        return repr(Client(httpx.BasicAuth("a", "b"), **options))

    assert hosts() == f"Client({SERVERS[0]}, {SERVERS[1]})"
    assert hosts(base_url=SERVERS[1]) == f"Client({SERVERS[1]})"
    assert hosts(base_url=URL) == f"Client({URL})"
    assert hosts(base_url=URL, backup_url=SERVERS[0]) == f"Client({URL}, {SERVERS[0]})"
    assert hosts(backup_url=None) == f"Client({SERVERS[0]})"


# --- what comes of it


@BOTH
def test_a_redirect_is_an_error_and_not_followed(is_async: bool) -> None:
    asked: list[str] = []

    def elsewhere(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(307, headers={"Location": "https://b.example/"})

    assert ended(elsewhere, is_async=is_async).status_code == 307
    assert asked == ["a.example"]


@BOTH
def test_what_the_library_lets_out_of_a_parser_is_its_protocol_error(is_async: bool) -> None:
    def garbled(_: httpx.Request) -> httpx.Response:
        raise UnicodeError("no host")

    error = ended(garbled, is_async=is_async, retries=0)
    assert type(error) is httpx.RemoteProtocolError
    assert isinstance(error.__cause__, UnicodeError)


@BOTH
def test_a_closed_client_of_the_callers_is_said_to_be_closed(is_async: bool) -> None:
    async def acall() -> None:
        http = httpx.AsyncClient(transport=httpx.MockTransport(done))
        await http.aclose()
        await Client(Trusting(), base_url=URL, async_http=http).acall(QUERY)

    def call() -> None:
        http = httpx.Client(transport=httpx.MockTransport(done))
        http.close()
        Client(Trusting(), base_url=URL, http=http).call(QUERY)

    with pytest.raises(RuntimeError, match=r"^the client is closed$"):
        asyncio.run(acall()) if is_async else call()


def test_under_asyncio_a_response_that_never_comes_ends_with_the_whole_time() -> None:
    rules = Retry(deadline=0.02, retries=0)
    unknown = ended(never, CREATE, is_async=True, retries=rules)
    assert isinstance(unknown, OutcomeUnknown)
    assert unknown.reason == "ReadTimeout: the time for all attempts is over"
    late = unknown.__cause__
    assert isinstance(late, httpx.ReadTimeout)
    assert str(late.request.url) == URL + CREATE.target
    assert isinstance(late.__cause__, TimeoutError)


def test_a_request_that_was_never_let_out_in_time_is_not_unknown() -> None:
    late = ended(done, CREATE, is_async=True, auth=Stuck(), retries=Retry(deadline=0.02))
    assert type(late) is httpx.ReadTimeout
    assert str(late.request.url) == URL + CREATE.target


@BOTH
def test_pauses_are_waited_for_without_a_sleep_of_the_callers(is_async: bool) -> None:
    rules = Retry(first_pause=0.001, retries=1)
    assert len(ended(busy, is_async=is_async, retries=rules).attempts) == 2


# --- what is told


def told(caplog: pytest.LogCaptureFixture, level: int, **options: Any) -> list[tuple[str, str]]:  # noqa: ANN401
    with caplog.at_level(level, "wechatpay_ecommerce_refund"):
        ended(busy, retries=0, **options)
        ended(done, **options)
    name = "wechatpay_ecommerce_refund"
    return [(one.levelname, one.getMessage()) for one in caplog.records if one.name == name]


def test_a_line_of_the_log_tells_one_attempt(caplog: pytest.LogCaptureFixture) -> None:
    failed, passed = told(caplog, logging.DEBUG)
    assert failed[0] == "INFO"
    assert failed[1].startswith(
        f"queryReturnAdvance at {URL}: attempt 1 failed (status 500, Request-ID a\\tb), no other: "
        "PlatformSystemError: 500 SYSTEM_ERROR"
    )
    assert passed == (
        "DEBUG",
        f"queryReturnAdvance at {URL}: attempt 1 succeeded (status 200)",
    )


def test_the_level_of_the_log_decides(caplog: pytest.LogCaptureFixture) -> None:
    assert [level for level, _ in told(caplog, logging.INFO)] == ["INFO"]


def test_a_hook_that_fails_is_logged_with_its_reason(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: Attempt) -> None:
        raise ValueError("metrics are away")

    assert ("ERROR", "on_attempt failed") in told(caplog, logging.INFO, on_attempt=broken)
    assert "metrics are away" in caplog.text


# --- connections


def connections(**own: Any) -> Connections:  # noqa: ANN401
    limits = {"connect": 1.0, "read": 2.0, "write": 3.0, "pool": None}
    return Connections(httpx, limits, own.get("http"), own.get("async_http"))


@pytest.mark.parametrize(
    ("name", "idle"), [("httpx", 20), ("httpx2", 100)], ids=["httpx", "its successor"]
)
def test_each_library_keeps_as_many_connections_as_suit_it(name: str, idle: int) -> None:
    library: Any = ModuleType(name)  # which writes down what it is given
    library.Client = library.AsyncClient = library.Limits = library.Timeout = dict
    ours = Connections(library, {"read": 2.0}, None, None)
    for made in (ours.http(), ours.async_http()):
        options: Any = made
        assert options["limits"] == {
            "max_connections": 100,
            "max_keepalive_connections": idle,
            "keepalive_expiry": 7.0,
        }
        assert options["timeout"] == {"read": 2.0}


def test_a_client_is_made_once_with_the_limits_that_were_given() -> None:
    ours = connections()
    http = ours.http()
    assert ours.http() is http
    assert http.timeout.as_dict() == {"connect": 1.0, "read": 2.0, "write": 3.0, "pool": None}
    ours.close()
    assert http.is_closed


def test_each_event_loop_has_a_client_of_its_own_and_closes_only_that() -> None:
    ours = connections()
    early = ours.async_http()

    async def use() -> Any:  # noqa: ANN401 - of either library
        http = ours.async_http()
        assert ours.async_http() is http
        return http

    with asyncio.Runner() as one, asyncio.Runner() as two:
        first, second = one.run(use()), two.run(use())
        assert first is early, "what was made before any loop goes to the first"
        assert second is not first
        two.run(ours.aclose())
        assert (first.is_closed, second.is_closed) == (False, True)
        one.run(ours.aclose())
        assert first.is_closed


def test_the_client_of_a_loop_that_ended_is_forgotten() -> None:
    ours = connections()

    async def use() -> weakref.ref[Any]:
        return weakref.ref(ours.async_http())

    with asyncio.Runner() as ended_runner:
        first = ended_runner.run(use())
    with asyncio.Runner() as runner:
        runner.run(use())
        gc.collect()
        assert first() is None
        runner.run(ours.aclose())


def test_what_was_given_is_used_and_never_closed() -> None:
    with httpx.Client() as http:
        own = connections(http=http)
        assert own.http() is http
        own.close()
        own.leave()
        assert own.http() is http
        assert not http.is_closed


def test_a_child_makes_new_connections_and_lets_the_parents_be() -> None:
    ours = connections()
    parents = weakref.ref(ours.http())
    ours.leave()
    gc.collect()
    left = parents()
    assert left is not None, "if it went, it would close the connections of the parent"
    assert not left.is_closed
    made = ours.http()
    assert isinstance(made, httpx.Client)
    assert made is not left


def test_a_client_that_was_closed_before_the_fork_stays_closed() -> None:
    ours = connections()
    http = ours.http()
    ours.close()
    ours.leave()
    assert ours.http() is http
