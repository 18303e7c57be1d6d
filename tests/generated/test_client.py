"""The client's defaults are safe, and what a caller brings along is respected."""

from __future__ import annotations

import inspect
import threading

import httpx
import pytest
import wechatpay_ecommerce_refund
from wechatpay_auth import WeChatPayAuth
from wechatpay_ecommerce_refund import Client, InvalidInput, OutcomeUnknown, UnverifiedReply
from wechatpay_ecommerce_refund.api.ecommerce_refund import (
    create_return_advance,
    query_return_advance,
)
from wechatpay_ecommerce_refund.client import SERVERS
from wechatpay_ecommerce_refund.models import CreateReturnAdvanceRequest
from wechatpay_sandbox import Platform, RunningServer, SandboxApp

from tests.conftest import REFUND, SUB_MCHID

CREATE = create_return_advance.bind(REFUND, body=CreateReturnAdvanceRequest(sub_mchid=SUB_MCHID))
QUERY = query_return_advance.bind(REFUND, sub_mchid=SUB_MCHID)


def test_calls_go_to_the_contracts_hosts(auth: WeChatPayAuth) -> None:
    assert SERVERS == ("https://api.mch.weixin.qq.com", "https://api2.mch.weixin.qq.com")
    assert repr(Client(auth)) == f"Client({', '.join(SERVERS)})"
    assert repr(Client(auth, base_url="https://proxy/")) == "Client(https://proxy)"
    assert repr(Client(auth, backup_url=None)) == f"Client({SERVERS[0]})"


def test_waiting_is_finite_and_redirects_are_off(auth: WeChatPayAuth) -> None:
    with Client(auth) as client:
        http = client.get_httpx_client()
        async_http = client.get_async_httpx_client()
    for inner in (http, async_http):
        assert None not in inner.timeout.as_dict().values()
        assert not inner.follow_redirects


def test_a_redirect_is_not_followed(
    platform: Platform, server: RunningServer, auth: WeChatPayAuth
) -> None:
    from wechatpay_ecommerce_refund import APIError
    from wechatpay_sandbox import faults

    platform.next(faults.answer(302), faults.set_header("Location", f"{server.base_url}/elsewhere"))
    following = httpx.Client(follow_redirects=True)
    with (
        following,
        Client(auth, base_url=server.base_url, http=following) as client,
        pytest.raises(APIError) as caught,
    ):
        client.call(QUERY)
    assert caught.value.status == 302
    assert len(platform.log) == 1


def test_wrong_settings_are_refused_by_name(auth: WeChatPayAuth) -> None:
    with pytest.raises(InvalidInput, match=r"^language must be one of en, zh-CN, zh-HK, zh-TW"):
        Client(auth, language="fr")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidInput, match=r"^retries must be at least 0"):
        Client(auth, retries=-1)


def test_there_is_no_bearer_client() -> None:
    assert not [name for name in dir(wechatpay_ecommerce_refund) if "Authenticated" in name]
    assert "token" not in inspect.signature(Client).parameters


def test_the_httpx_client_is_made_once_for_all_threads(auth: WeChatPayAuth) -> None:
    client = Client(auth)
    start = threading.Barrier(8)
    made: set[int] = set()

    def use() -> None:
        start.wait()
        made.add(id(client.get_httpx_client()))

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    client.close()
    assert len(made) == 1


def test_an_own_httpx_client_lends_its_transport_only(
    platform: Platform, auth: WeChatPayAuth
) -> None:
    """Its base URL, parameters and headers would change what is signed."""
    from wechatpay_sandbox import serve

    with serve(platform) as server:
        own = httpx.Client(
            base_url="http://elsewhere",
            params={"a": "b"},
            headers={"X-Own": "1"},
            cookies={"c": "d"},
        )
        with own, Client(auth, base_url=server.base_url, http=own) as client:
            client.call(CREATE)
            (request,) = platform.requests()
            client.close()
            assert not own.is_closed, "it is the caller's to close"
    assert request.target == CREATE.target
    assert request.headers.get("X-Own") is None
    assert request.headers.get("Cookie") is None


def test_asyncio_works_without_sockets_over_an_own_transport(
    platform: Platform, auth: WeChatPayAuth
) -> None:
    import asyncio

    async def create() -> str:
        transport = httpx.ASGITransport(app=SandboxApp(platform))
        async with (
            httpx.AsyncClient(transport=transport) as own,
            Client(auth, base_url="http://127.0.0.1", async_http=own) as client,
        ):
            return str((await client.acall(CREATE)).parsed.result)

    assert asyncio.run(create()) == "PROCESSING"


def test_a_closed_client_says_so(auth: WeChatPayAuth) -> None:
    client = Client(auth)
    client.get_httpx_client()
    client.close()
    with pytest.raises(RuntimeError, match="the client is closed"):
        client.call(QUERY)


def test_a_success_that_no_plugin_verified_is_not_believed(
    platform: Platform, server: RunningServer, auth: WeChatPayAuth
) -> None:
    """A plugin that signs but does not verify must not open the door to forged replies."""

    class SignsOnly(httpx.Auth):
        def auth_flow(self, request: httpx.Request):  # type: ignore[no-untyped-def]  # noqa: ANN202
            flow = auth.sync_auth_flow(request)
            yield next(flow)

    with Client(SignsOnly(), base_url=server.base_url, retries=0) as client:
        with pytest.raises(OutcomeUnknown) as created:
            client.call(CREATE)
        assert isinstance(created.value.__cause__, UnverifiedReply)
        with pytest.raises(UnverifiedReply):
            client.call(QUERY)
    assert len(platform.log) == 2


def test_the_package_says_its_version() -> None:
    from importlib.metadata import version

    assert wechatpay_ecommerce_refund.__version__ == version("wechatpay-ecommerce-refund")
