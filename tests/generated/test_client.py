"""The client's defaults are safe, and what a caller brings along is respected."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Generator, Mapping
from types import ModuleType
from typing import Any

import httpx
import httpx2
import pytest
import trio
import wechatpay_ecommerce_refund
from wechatpay_ecommerce_refund import (
    APIError,
    Client,
    InvalidInputError,
    OutcomeUnknown,
    UnverifiedResponseError,
)
from wechatpay_ecommerce_refund.api.ecommerce_refund import (
    create_return_advance,
    query_return_advance,
)
from wechatpay_ecommerce_refund.client import SERVERS
from wechatpay_ecommerce_refund.models import CreateReturnAdvanceRequest
from wechatpay_sandbox import Keys, Platform, RunningServer, SandboxApp, faults

from tests.conftest import REFUND, SUB_MCHID, AnyAuth, auth_for, auth_with

CREATE = create_return_advance.bind(REFUND, body=CreateReturnAdvanceRequest(sub_mchid=SUB_MCHID))
QUERY = query_return_advance.bind(REFUND, sub_mchid=SUB_MCHID)


def test_calls_go_to_the_contracts_hosts(auth: AnyAuth) -> None:
    assert SERVERS == ("https://api.mch.weixin.qq.com", "https://api2.mch.weixin.qq.com")
    assert repr(Client(auth)) == f"Client({', '.join(SERVERS)})"
    assert repr(Client(auth, base_url="https://proxy/")) == "Client(https://proxy)"
    assert repr(Client(auth, backup_url=None)) == f"Client({SERVERS[0]})"


class FromEnv:
    """An auth object whose class reads nothing but what it is given."""

    def __init__(self, auth: AnyAuth) -> None:
        self.auth = auth
        self.environs: list[Mapping[str, str] | None] = []

    def from_env(self, environ: Mapping[str, str] | None = None) -> AnyAuth:
        self.environs.append(environ)
        return self.auth


@pytest.mark.parametrize(
    ("environ", "options", "hosts"),
    [
        ({}, {}, ", ".join(SERVERS)),
        ({"WECHATPAY_BASE_URL": " "}, {}, ", ".join(SERVERS)),
        ({"WECHATPAY_BASE_URL": "https://a.test/"}, {}, "https://a.test"),
        ({"WECHATPAY_BASE_URL": " 'https://a.test' "}, {}, "https://a.test"),
        ({"WECHATPAY_BASE_URL": '"https://a.test"'}, {}, "https://a.test"),
        ({"WECHATPAY_BASE_URL": '""'}, {}, ", ".join(SERVERS)),
        (
            {"WECHATPAY_BASE_URL": "https://a.test", "WECHATPAY_BACKUP_URL": "https://b.test"},
            {},
            "https://a.test, https://b.test",
        ),
        (
            {"WECHATPAY_BASE_URL": "https://a.test"},
            {"base_url": "https://c.test"},
            "https://c.test",
        ),
    ],
)
def test_the_environment_says_where_calls_go(
    environ: dict[str, str], options: dict[str, Any], hosts: str, auth: AnyAuth
) -> None:
    maker = FromEnv(auth)
    shown = repr(Client.from_env(maker, environ, **options))  # pyright: ignore[reportUnknownArgumentType]
    assert shown == f"Client({hosts})"
    assert maker.environs == [environ]


def test_the_programs_own_environment_is_read_by_default(
    auth: AnyAuth, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WECHATPAY_BASE_URL", "https://a.test")
    assert repr(Client.from_env(FromEnv(auth), language="en")) == "Client(https://a.test)"


@pytest.mark.parametrize("variable", ["WECHATPAY_BASE_URL", "WECHATPAY_BACKUP_URL"])
def test_a_host_that_is_none_is_named_by_its_variable(variable: str, auth: AnyAuth) -> None:
    with pytest.raises(InvalidInputError, match=f"^{variable} must begin with https://"):
        Client.from_env(FromEnv(auth), {variable: "api.mch.weixin.qq.com"})
    with pytest.raises(InvalidInputError, match=f"^{variable} must begin with https://"):
        Client.from_env(FromEnv(auth), {variable: "'"})


def test_a_host_that_is_no_text_is_named_by_its_variable(auth: AnyAuth) -> None:
    environ: dict[str, Any] = {"WECHATPAY_BASE_URL": 5}
    with pytest.raises(InvalidInputError, match=r"^WECHATPAY_BASE_URL must be text"):
        Client.from_env(FromEnv(auth), environ)


def test_an_environment_without_an_auth_object_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"^auth must be an auth object"):
        Client.from_env(FromEnv(None))
    made: Any = None
    with pytest.raises(InvalidInputError, match=r"^auth\.from_env must be a function"):
        Client.from_env(made)


def test_waiting_is_finite_and_redirects_are_off(auth: AnyAuth) -> None:
    with Client(auth) as client:
        http = client.get_httpx_client()
        async_http = client.get_async_httpx_client()
    for inner in (http, async_http):
        assert None not in inner.timeout.as_dict().values()
        assert not inner.follow_redirects


def test_a_redirect_is_not_followed(
    platform: Platform, server: RunningServer, auth: AnyAuth, library: ModuleType
) -> None:
    platform.next(faults.answer(302), faults.set_header("Location", f"{server.base_url}/elsewhere"))
    following = library.Client(follow_redirects=True)
    with (
        following,
        Client(auth, base_url=server.base_url, http=following) as client,
        pytest.raises(APIError) as caught,
    ):
        client.call(QUERY)
    assert caught.value.status_code == 302
    assert len(platform.log) == 1


def test_wrong_settings_are_refused_by_name(auth: AnyAuth) -> None:
    with pytest.raises(
        InvalidInputError, match=r"^language must be one of en, zh-CN, zh-HK, zh-TW"
    ):
        Client(auth, language="fr")  # type: ignore[call-overload]  # pyright: ignore
    with pytest.raises(InvalidInputError, match=r"^retries must be at least 0"):
        Client(auth, retries=-1)


def test_there_is_no_bearer_client() -> None:
    assert not [name for name in dir(wechatpay_ecommerce_refund) if "Authenticated" in name]
    assert "token" not in inspect.signature(Client).parameters


def test_the_httpx_client_is_made_once_for_all_threads(auth: AnyAuth) -> None:
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
    platform: Platform, auth: AnyAuth, library: ModuleType
) -> None:
    """Its base URL, parameters and headers would change what is signed."""
    from wechatpay_sandbox import serve

    with serve(platform) as server:
        own = library.Client(
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
    platform: Platform, auth: AnyAuth, library: ModuleType
) -> None:
    import asyncio

    async def create() -> str:
        transport = library.ASGITransport(app=SandboxApp(platform))
        async with (
            library.AsyncClient(transport=transport) as own,
            Client(auth, base_url="http://127.0.0.1", async_http=own) as client,
        ):
            return str((await client.acall(CREATE)).parsed.result)

    assert asyncio.run(create()) == "PROCESSING"


def test_a_closed_client_says_so(auth: AnyAuth) -> None:
    client = Client(auth)
    client.get_httpx_client()
    client.close()
    with pytest.raises(RuntimeError, match="the client is closed"):
        client.call(QUERY)


def test_the_auth_object_decides_which_library_a_client_speaks(
    auth: AnyAuth, library: ModuleType
) -> None:
    with Client(auth) as client:
        assert type(client.get_httpx_client()) is library.Client
        assert type(client.get_async_httpx_client()) is library.AsyncClient


@pytest.mark.parametrize("kind", ["Client", "AsyncClient"])
@pytest.mark.parametrize(("one", "other"), [(httpx, httpx2), (httpx2, httpx)])
def test_a_client_of_the_other_library_is_refused_with_the_reason(
    keys: Keys, one: ModuleType, other: ModuleType, kind: str
) -> None:
    name = "http" if kind == "Client" else "async_http"
    strange = getattr(other, kind)()
    with pytest.raises(
        InvalidInputError,
        match=rf"^{name} must be an {one.__name__}\.{kind}, because the auth object is made for "
        rf"{one.__name__}: <class '{other.__name__}\.{kind}'>$",
    ):
        Client(auth_for(one, keys), **{name: strange})


def test_blocking_and_async_clients_are_not_mixed_up(auth: AnyAuth, library: ModuleType) -> None:
    with pytest.raises(InvalidInputError, match=r"^http must be an"):
        Client(auth, http=library.AsyncClient())
    with pytest.raises(InvalidInputError, match=r"^async_http must be an"):
        Client(auth, async_http=library.Client())


@pytest.mark.parametrize("auth", ["s3cr3t", None, object(), ("user", "s3cr3t")])
def test_what_is_no_auth_object_is_refused_without_being_shown(auth: AnyAuth) -> None:
    with pytest.raises(
        InvalidInputError, match=r"^auth must be an auth object of httpx or httpx2"
    ) as e:
        Client(auth)
    assert "s3cr3t" not in str(e.value)


def test_a_client_with_other_options_shares_the_connections(
    platform: Platform, server: RunningServer, auth: AnyAuth
) -> None:
    with Client(auth, base_url=server.base_url, retries=0, sleep=lambda _: None) as client:
        other = client.with_options(timeout=3.0, retries=1, language="en")
        assert other.get_httpx_client() is client.get_httpx_client()
        platform.next(faults.error("SYSTEM_ERROR"))
        assert len(other.call(CREATE).attempts) == 2
        client.call(CREATE)
    languages = [request.headers.get("Accept-Language") for request in platform.requests()]
    assert languages == ["en", "en", None]


def test_what_is_not_given_stays_as_it_is(auth: AnyAuth, server: RunningServer) -> None:
    given: list[dict[str, float]] = []
    client = Client(auth, base_url=server.base_url, timeout=3.0, language="en")

    def note(request: httpx.Request) -> None:
        given.append(dict(request.extensions["timeout"]))

    client.get_httpx_client().event_hooks = {"request": [note]}
    with client:
        client.with_options(retries=1).call(CREATE)
        client.with_options(timeout=2.0).call(CREATE)
        client.call(CREATE)
    assert [timeout["read"] for timeout in given] == [3.0, 2.0, 3.0]


def test_other_options_are_checked_as_well(auth: AnyAuth) -> None:
    with pytest.raises(InvalidInputError, match=r"^retries must be at least 0"):
        Client(auth).with_options(retries=-1)


def test_under_trio_the_first_call_says_so_before_anything_is_sent(
    auth: AnyAuth, platform: Platform, server: RunningServer
) -> None:
    with (
        Client(auth, base_url=server.base_url) as client,
        pytest.raises(RuntimeError, match="need asyncio, this is another event loop; nothing was"),
    ):
        trio.run(client.acall, CREATE)
    assert platform.log == ()


def test_a_success_that_no_plugin_verified_is_not_believed(
    platform: Platform, server: RunningServer, auth: AnyAuth, library: ModuleType
) -> None:
    """A plugin that signs but does not verify must not open the door to forged responses."""

    def sign_only(request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        yield next(auth.sync_auth_flow(request))

    with Client(auth_with(library, sign_only), base_url=server.base_url, retries=0) as client:
        with pytest.raises(OutcomeUnknown) as created:
            client.call(CREATE)
        assert isinstance(created.value.__cause__, UnverifiedResponseError)
        with pytest.raises(UnverifiedResponseError):
            client.call(QUERY)
    assert len(platform.log) == 2


def test_the_package_says_its_version() -> None:
    from importlib.metadata import version

    assert wechatpay_ecommerce_refund.__version__ == version("wechatpay-ecommerce-refund")
