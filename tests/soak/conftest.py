"""The broken network in front of the platform, and each way that a call can take into it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from wechatpay_sandbox import RunningServer

from tests.soak.kept import Kind
from tests.soak.proxy import FaultProxy


@pytest.fixture
def proxy(server: RunningServer) -> Iterator[FaultProxy]:
    with FaultProxy(server.port) as proxy:
        yield proxy


@pytest.fixture(params=["sync", "asyncio"])
def kind(request: pytest.FixtureRequest) -> Kind:
    chosen: Kind = request.param
    return chosen
