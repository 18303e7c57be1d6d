"""An SDK that knows nothing of us, unmodified, completes both operations through its own interface.

Its host is fixed, so it comes through the sandbox's proxy, over TLS, to the official name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from wechatpay_sandbox import (
    REFUND_ID,
    SUB_MCHID,
    Platform,
    RunningProxy,
    Settings,
    faults,
    make_tls,
    serve,
    serve_proxy,
)
from wechatpay_sandbox import Keys as SandboxKeys

PATH = f"/v3/ecommerce/refunds/{REFUND_ID}/return-advance"


@pytest.fixture
def proxy(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RunningProxy]:
    tls = make_tls()
    authority = tmp_path / "authority.pem"
    authority.write_text(tls.authority_pem)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority))
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with serve(platform, tls=tls) as server, serve_proxy(server) as running:
        yield running


def sdk(keys: SandboxKeys, proxy: RunningProxy, key_mode: str) -> tuple[Any, Any]:
    """Give the SDK's client and its names of the methods."""
    from wechatpayv3.core import Core  # type: ignore[import-untyped]
    from wechatpayv3.type import RequestType  # type: ignore[import-untyped]

    public = {"public_key": keys.public_key_pem, "public_key_id": keys.public_key_id}
    client = cast("Any", Core)(
        keys.mchid,
        keys.merchant.serial_no,
        keys.merchant.private_key_pem,
        keys.api_v3_key,
        proxy={"https": proxy.url},
        timeout=(10, 10),
        **({} if key_mode == "certificate" else public),
    )
    return client, cast("Any", RequestType)


@pytest.mark.parametrize("key_mode", ["public_key", "certificate", "changeover"])
def test_a_foreign_client_completes_both_operations(
    platform: Platform, proxy: RunningProxy, key_mode: str
) -> None:
    platform.settings = Settings(key_mode=key_mode)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client, methods = sdk(platform.keys, proxy, key_mode)
    status, body = client.request(PATH, method=methods.POST, data={"sub_mchid": SUB_MCHID})
    assert (status, json.loads(body)["result"]) == (200, "PROCESSING")
    states: list[str] = []
    for _ in range(3):
        status, body = client.request(f"{PATH}?sub_mchid={SUB_MCHID}")
        assert status == 200
        states.append(json.loads(body)["result"])
    assert states == ["PROCESSING", "PROCESSING", "SUCCESS"]
    assert set(proxy.hosts) == {"api.mch.weixin.qq.com:443"}
    downloads = [r for r in platform.requests("GET") if r.target == "/v3/certificates"]
    assert bool(downloads) is (key_mode == "certificate")


def test_it_sees_refusals_and_refuses_a_reply_that_is_not_the_platforms(
    platform: Platform, proxy: RunningProxy
) -> None:
    client, methods = sdk(platform.keys, proxy, "public_key")
    arguments = {"method": methods.POST, "data": {"sub_mchid": SUB_MCHID}}
    platform.next(faults.error("NOT_ENOUGH"))
    status, body = client.request(PATH, **arguments)
    assert (status, json.loads(body)["code"]) == (403, "NOT_ENOUGH")
    platform.next(faults.flip_signature())
    with pytest.raises(Exception, match="failed to verify the signature"):
        client.request(PATH, **arguments)
