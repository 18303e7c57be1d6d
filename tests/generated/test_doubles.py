"""Test doubles and instrumentation of users see every attempt, and a mocked create goes nowhere.

With the real packages: pytest_httpx and respx for httpx, pytest_httpx2 for httpx2, OpenTelemetry
for both.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import httpx
import httpx2
import pytest
import respx
from opentelemetry.instrumentation.httpx import HTTPX2ClientInstrumentor, HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from wechatpay_ecommerce_refund import APIError, Client, OutcomeUnknown
from wechatpay_sandbox import Keys, Platform, RunningServer, faults

from tests.conftest import AnyAuth, Caller, auth_for
from tests.end_to_end.test_success import CREATE

REFUSAL = {"code": "NO_AUTH", "message": "没有权限"}


@pytest.fixture(params=["sync", "asyncio"])
def create(request: pytest.FixtureRequest, refused_url: str) -> Callable[[AnyAuth], object]:
    """Create through a client of its own, which goes where nobody listens."""

    def called(auth: AnyAuth) -> object:
        async def acall() -> object:
            async with Client(auth, base_url=refused_url, retries=0) as client:
                return await client.acall(CREATE)

        if request.param == "asyncio":
            return asyncio.run(acall())
        with Client(auth, base_url=refused_url, retries=0) as client:
            return client.call(CREATE)

    return called


def test_pytest_httpx_answers(
    create: Callable[[AnyAuth], object],
    keys: Keys,
    httpx_mock: Any,  # noqa: ANN401
) -> None:
    httpx_mock.add_response(status_code=403, json=REFUSAL)
    with pytest.raises(APIError, match="NO_AUTH"):
        create(auth_for(httpx, keys))
    (sent,) = httpx_mock.get_requests()
    assert sent.headers["Authorization"].startswith("WECHATPAY2-SHA256-RSA2048 ")


def test_pytest_httpx2_answers(
    create: Callable[[AnyAuth], object],
    keys: Keys,
    httpx2_mock: Any,  # noqa: ANN401
) -> None:
    httpx2_mock.add_response(status_code=403, json=REFUSAL)
    with pytest.raises(APIError, match="NO_AUTH"):
        create(auth_for(httpx2, keys))
    (sent,) = httpx2_mock.get_requests()
    assert sent.headers["Authorization"].startswith("WECHATPAY2-SHA256-RSA2048 ")


@pytest.mark.parametrize("using", ["httpx", "httpcore"])
def test_respx_answers(create: Callable[[AnyAuth], object], keys: Keys, using: str) -> None:
    with respx.mock(using=using) as router:
        route = router.post(path=CREATE.target).respond(403, json=REFUSAL)
        with pytest.raises(APIError, match="NO_AUTH"):
            create(auth_for(httpx, keys))
    assert route.call_count == 1


def test_a_success_that_a_mock_made_up_is_not_believed(
    create: Callable[[AnyAuth], object],
    keys: Keys,
    httpx_mock: Any,  # noqa: ANN401
) -> None:
    """It has no signature. Who wants to test successes takes the sandbox, which signs."""
    httpx_mock.add_response(json={"result": "SUCCESS"})
    with pytest.raises(OutcomeUnknown):
        create(auth_for(httpx, keys))


INSTRUMENTORS = {httpx: HTTPXClientInstrumentor, httpx2: HTTPX2ClientInstrumentor}


@pytest.fixture
def spans(library: ModuleType) -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    instrumentor = INSTRUMENTORS[library]()
    instrumentor.instrument(tracer_provider=provider)
    yield exporter
    instrumentor.uninstrument()


def test_a_span_appears_for_each_attempt(
    spans: InMemorySpanExporter, retrying: Caller, platform: Platform, server: RunningServer
) -> None:
    platform.next(faults.error("SYSTEM_ERROR"))
    retrying.call(CREATE)
    found = [span.attributes or {} for span in spans.get_finished_spans()]
    assert [attributes["http.status_code"] for attributes in found] == [500, 200]
    assert [attributes["http.url"] for attributes in found] == [server.base_url + CREATE.target] * 2
