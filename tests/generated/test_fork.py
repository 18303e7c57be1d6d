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


def test_a_child_in_which_the_loop_goes_on_has_connections_of_its_own(auth: AnyAuth) -> None:
    """Python forgets the running loop at a fork; another loop's library may go on with it."""

    async def left() -> None:
        client = Client(auth)
        parents = client.get_async_httpx_client()
        client._connections.leave()  # pyright: ignore[reportPrivateUsage]
        assert client.get_async_httpx_client() is not parents
        await client.aclose()
        await parents.aclose()

    asyncio.run(left())
