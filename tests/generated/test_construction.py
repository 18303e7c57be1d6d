"""What a client cannot use is refused when it is made.

A call that could never be sent must not end as unknown.
"""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

import httpx
import httpx2
import pytest
from wechatpay_auth import WeChatPayAuth
from wechatpay_ecommerce_refund import Client, InvalidInputError, Retry


def refused(*arguments: object, **options: object) -> InvalidInputError:
    made: Any = Client
    with pytest.raises(InvalidInputError) as caught:
        made(*arguments, **options)
    return caught.value


def shown(value: object) -> str:
    """Name a case; if a process runs pytest twice, backslashes would be escaped twice."""
    return ascii(value).replace("\\", "/")


@pytest.mark.parametrize("name", ["base_url", "backup_url"])
@pytest.mark.parametrize(
    "url",
    [
        "api.mch.weixin.qq.com",
        "//api.mch.weixin.qq.com",
        "ftp://api.mch.weixin.qq.com",
        "HTTPS//api.mch.weixin.qq.com",
        "https:",
        "https://",
        "https:///v3",
        "https://:443",
        "https://api.mch.weixin.qq.com/?a=b",
        "https://api.mch.weixin.qq.com?",
        "https://api.mch.weixin.qq.com/#a",
        "https://api.mch.weixin.qq.com#",
        " https://api.mch.weixin.qq.com",
        "https://api.mch.weixin.qq.com\r\n",
        "https://api.mch.weixin.qq.com/a b",
        "https://api.mch.weixin.qq.com:0",
        "https://api.mch.weixin.qq.com:65536",
        "https://api.mch.weixin.qq.com:99999",
        "https://api.mch.weixin.qq.com:https",
        "https://[::1",
        "https://api..weixin.qq.com",
        f"https://{'a' * 64}.weixin.qq.com",
        "",
        None,
        7,
        b"https://api.mch.weixin.qq.com",
        httpx.URL("https://api.mch.weixin.qq.com"),
    ],
    ids=shown,
)
def test_a_url_that_no_call_could_go_to_is_refused(
    auth: WeChatPayAuth, name: str, url: object
) -> None:
    if (name, url) == ("backup_url", None):
        return  # nowhere else
    error = refused(auth, **{name: url})
    assert (error.where, error.value) == (name, url if isinstance(url, str) else type(url))
    assert str(error).isprintable()


def test_a_password_in_a_url_is_refused_and_not_repeated(auth: WeChatPayAuth) -> None:
    error = refused(auth, base_url="https://user:secret@api.mch.weixin.qq.com")
    assert (error.where, error.value) == ("base_url", str)
    assert "user" in error.rule
    assert "secret" not in str(error) + repr(error)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.mch.weixin.qq.com",
        "https://api.mch.weixin.qq.com:443/proxy/",
        "https://[::1]:8443",
        "https://api.example:1/X",
        "https://api.example:65535//",
        "http://127.0.0.1:8000",
        "http://localhost",
        "https://xn--fiq228c.example.",
        "https://中文.example",
    ],
)
def test_other_urls_are_taken(auth: WeChatPayAuth, url: str) -> None:
    shortened = url.rstrip("/")
    client = Client(auth, base_url=url, backup_url=url)
    assert repr(client) == f"Client({shortened}, {shortened})"


@pytest.mark.parametrize("agent", ["a\r\nX: y", "a\0", "é", " a", "a ", "a\tb", 7, b"a"], ids=shown)
def test_a_user_agent_that_is_no_header_is_refused(auth: WeChatPayAuth, agent: object) -> None:
    assert refused(auth, user_agent=agent).where == "user_agent"


@pytest.mark.parametrize(
    "timeout",
    [
        *(0, 0.0009, -1, math.nan, math.inf, 10**7, True, "10", None, (1, 2)),
        *(httpx.Timeout(-1), httpx.Timeout(5, read=math.nan), httpx2.Timeout(5, pool=-0.5)),
        *(httpx.Timeout(5, write=0.0009), httpx.Timeout(10**7)),
    ],
    ids=shown,
)
def test_a_timeout_that_is_none_is_refused(auth: WeChatPayAuth, timeout: object) -> None:
    assert refused(auth, timeout=timeout).where == "timeout"


@pytest.mark.parametrize(
    "timeout", [1, 0.001, 10**6, httpx.Timeout(5, pool=None), httpx2.Timeout(None)]
)
def test_other_timeouts_are_taken(auth: WeChatPayAuth, timeout: Any) -> None:  # noqa: ANN401
    Client(auth, timeout=timeout)


@pytest.mark.parametrize("retries", [-1, True, 1.0, "3", None, [], math.nan], ids=shown)
def test_retries_that_are_no_number_are_refused(auth: WeChatPayAuth, retries: object) -> None:
    assert refused(auth, retries=retries).where == "retries"


@pytest.mark.parametrize("name", ["deadline", "first_pause", "longest_pause"])
@pytest.mark.parametrize("seconds", [-1, math.nan, math.inf, 10**7, True, "10", None], ids=shown)
def test_rules_of_repeating_have_seconds(name: str, seconds: object) -> None:
    rules: Any = Retry
    with pytest.raises(InvalidInputError) as caught:
        rules(**{name: seconds})
    assert caught.value.where == name


def test_a_deadline_leaves_time_to_send() -> None:
    with pytest.raises(InvalidInputError, match="deadline"):
        Retry(deadline=0)
    assert Retry(deadline=0.001).deadline == 0.001


@pytest.mark.parametrize("language", ["de", "", 7, [], b"en"], ids=shown)
def test_a_language_that_the_contract_leaves_out_is_refused(
    auth: WeChatPayAuth, language: object
) -> None:
    assert refused(auth, language=language).where == "language"


def test_a_client_of_another_kind_is_refused(auth: WeChatPayAuth, library: ModuleType) -> None:
    other = httpx2 if library is httpx else httpx
    for name, right in (("http", "Client"), ("async_http", "AsyncClient")):
        kinds = {module: (module.Client, module.AsyncClient) for module in (library, other)}
        for wrong in {*kinds[library], *kinds[other]} - {getattr(library, right)}:
            error = refused(auth, **{name: wrong()})
            assert f"{library.__name__}.{right}" in error.rule
            assert (error.where, error.value) == (name, wrong)
    assert refused(auth, http="http://proxy").value is str


@pytest.mark.parametrize("auth", ["secret token", b"secret token", None, ("user", "secret token")])
def test_what_is_no_auth_object_is_refused_and_not_shown(auth: object) -> None:
    """It may be a key in the wrong place, so neither the text nor our frames keep it."""
    error = refused(auth)
    assert error.where == "auth"
    assert "WeChatPayAuth" in error.rule
    assert "secret" not in str(error) + repr(error)
    step = error.__traceback__
    while step is not None:
        if "wechatpay_ecommerce_refund" in step.tb_frame.f_code.co_filename:
            assert "secret" not in repr(step.tb_frame.f_locals)
        step = step.tb_next


def test_an_option_of_a_part_of_a_program_is_checked_as_well(auth: WeChatPayAuth) -> None:
    client: Any = Client(auth)
    for option in ({"timeout": -1}, {"retries": True}, {"language": "de"}):
        with pytest.raises(InvalidInputError):
            client.with_options(**option)
