"""httpx-aiohttp lets errors of aiohttp out: they reach nobody as what httpx does not know."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

import httpx
import pytest
from httpx_aiohttp import AiohttpTransport
from wechatpay_ecommerce_refund import Retry
from wechatpay_sandbox import Platform

from tests.conftest import AnyAuth
from tests.end_to_end.test_success import CREATE, QUERY
from tests.soak.kept import Kept, happened
from tests.soak.proxy import FaultProxy
from tests.soak.test_answers import NOT_HTTP
from tests.soak.wire_faults import Rewrite, answer


@pytest.mark.parametrize("response", NOT_HTTP.values(), ids=list(NOT_HTTP))
def test_what_is_no_http_is_an_error_of_httpx(
    auths: Mapping[ModuleType, AnyAuth],
    proxy: FaultProxy,
    platform: Platform,
    response: bytes | Rewrite,
) -> None:
    own = httpx.AsyncClient(transport=AiohttpTransport())
    proxy.plan(answer(response), answer(response), answer(response), None)
    with Kept(auths[httpx], proxy.base_url, "asyncio", timeout=5, async_http=own) as kept:
        created, asked = kept.ending(CREATE), kept.ending(QUERY)
        patient = kept.client.with_options(retries=Retry(retries=1))
        assert kept.run(patient.acall(QUERY)).verified, "it is repeated, like any such trouble"
        kept.run(own.aclose())
    assert created.verdict == "unknown"
    assert happened(platform)
    assert asked.verdict == "failed"
    for ending in (created, asked):
        assert isinstance(ending.why, httpx.RemoteProtocolError | httpx.ReadError)
