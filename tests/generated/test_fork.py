"""A fork inside a running event loop. Forks of busy programs are in tests/soak/test_fork.py."""

from __future__ import annotations

import asyncio
import os

import pytest
from wechatpay_ecommerce_refund import Client

from tests.conftest import AnyAuth


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system knows no fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_child_forked_inside_a_running_loop_has_connections_of_its_own(auth: AnyAuth) -> None:
    """The loop is the same object there, so it does not tell them apart."""

    async def forked() -> int:
        client = Client(auth)
        parents = client.get_async_httpx_client()
        child = os.fork()
        if not child:
            code = 2
            try:
                code = int(client.get_async_httpx_client() is parents)
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        assert client.get_async_httpx_client() is parents
        await client.aclose()
        return os.waitstatus_to_exitcode(status)

    assert asyncio.run(forked()) == 0
