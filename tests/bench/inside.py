"""Our own code without sockets and without RSA: the client over a transport that answers at once.

The same httpx client sends a finished request by the same transport; what remains between the two
is ours, and the making of the `httpx.Request`, which is measured by itself.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import httpx

from .contenders import SPENT, AsyncCall, Call, calling, calling_async, our_request
from .setting import REFUND_ID, SUB_MCHID, Setting

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from wechatpay_auth import WeChatPayAuth
    from wechatpay_ecommerce_refund import Client

_SIGNATURE = bytes(range(256))


class _NoRSA:
    """Stands where the RSA keys stand."""

    def sign(self, *_: object) -> bytes:
        return _SIGNATURE

    def verify(self, *_: object) -> None:
        return


_NO_RSA = _NoRSA()


class _Timed:
    """A key that notes the CPU seconds that it takes, where it really stands: within calls."""

    def __init__(self, key: Any) -> None:  # noqa: ANN401 - either kind
        self._key = key

    def sign(self, *arguments: object) -> bytes:
        start = time.thread_time()
        signature: bytes = self._key.sign(*arguments)
        SPENT["sign"] += time.thread_time() - start
        return signature

    def verify(self, *arguments: object) -> None:
        start = time.thread_time()
        self._key.verify(*arguments)
        SPENT["verify"] += time.thread_time() - start


class _Memory(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Gives the reply that the server gave, as from this second."""

    def __init__(
        self, example: httpx.Response, sign: Callable[[bytes], bytes] | None = None
    ) -> None:
        self._body = example.content
        self._headers = example.headers.raw
        self._sign = sign or _NO_RSA.sign
        self._second = 0
        self._signed: list[tuple[bytes, bytes]] = []
        self.replies = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.replies += 1
        second = int(time.time())
        if second != self._second:
            self._second, self._signed = second, self._headers_of(second)
        return httpx.Response(200, headers=self._signed, stream=httpx.ByteStream(self._body))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)

    def _headers_of(self, second: int) -> list[tuple[bytes, bytes]]:
        nonce = b"A" * 32
        message = b"%d\n%s\n%s\n" % (second, nonce, self._body)
        fresh = {
            b"wechatpay-timestamp": b"%d" % second,
            b"wechatpay-nonce": nonce,
            b"wechatpay-signature": base64.b64encode(self._sign(message)),
        }
        return [(name, fresh.get(name.lower(), value)) for name, value in self._headers]


def _auth(setting: Setting, key: object = _NO_RSA, platform: object = _NO_RSA) -> WeChatPayAuth:
    from wechatpay_auth import RSASigner, RSAVerifier, TrustedKey, WeChatPayAuth

    signer = RSASigner.from_pem(setting.private_key, serial_no=setting.serial_no)
    assert "_key" in vars(signer)
    vars(signer)["_key"] = key
    verifier = RSAVerifier([TrustedKey(setting.public_key_id, cast("rsa.RSAPublicKey", platform))])
    return WeChatPayAuth(setting.mchid, signer=signer, verifier=verifier)


def _without_sockets(http: httpx.Client | httpx.AsyncClient, transport: _Memory) -> None:
    # Ours makes a client of a kind of its own, so the transport has to be put in afterwards.
    assert vars(http)["only_way"] is not None
    vars(http)["only_way"] = transport


def _example(setting: Setting, base_url: str) -> tuple[httpx.Request, httpx.Response]:
    request = our_request(setting, base_url)
    with httpx.Client() as http:
        return request, http.send(request)


def _sync(
    client: Client, example: httpx.Response, sign: Callable[[bytes], bytes] | None = None
) -> Call:
    from wechatpay_ecommerce_refund.api.ecommerce_refund import create_return_advance
    from wechatpay_ecommerce_refund.models import CreateReturnAdvanceRequest

    transport = _Memory(example, sign)
    _without_sockets(client.get_httpx_client(), transport)

    def call() -> object:
        return create_return_advance.sync(
            REFUND_ID, client=client, body=CreateReturnAdvanceRequest(sub_mchid=SUB_MCHID)
        )

    call()
    assert transport.replies == 1, "the call went by another way"
    return call


def ours(setting: Setting, base_url: str) -> Call:
    from wechatpay_ecommerce_refund import Client

    _, example = _example(setting, base_url)
    return _sync(Client(_auth(setting), base_url=base_url), example)


def ours_rsa(setting: Setting, base_url: str) -> Call:
    """With RSA, for threads: where no server wants a core, two threads have two."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding
    from wechatpay_auth import RSASigner, RSAVerifier, WeChatPayAuth
    from wechatpay_ecommerce_refund import Client

    from .by_hand import ByHand

    _, example = _example(setting, base_url)
    key = ByHand(setting).private  # the platform has the merchant's key here
    auth = WeChatPayAuth(
        setting.mchid,
        signer=RSASigner(key, serial_no=setting.serial_no),
        verifier=RSAVerifier.from_public_key(setting.public_key_id, key.public_key()),
    )
    return _sync(
        Client(auth, base_url=base_url),
        example,
        lambda message: key.sign(message, padding.PKCS1v15(), hashes.SHA256()),
    )


def ours_async(setting: Setting, base_url: str) -> AsyncCall:
    from wechatpay_ecommerce_refund import Client
    from wechatpay_ecommerce_refund.api.ecommerce_refund import create_return_advance
    from wechatpay_ecommerce_refund.models import CreateReturnAdvanceRequest

    _, example = _example(setting, base_url)
    client = Client(_auth(setting), base_url=base_url)
    transport = _Memory(example)
    _without_sockets(client.get_async_httpx_client(), transport)

    async def call() -> object:
        body = CreateReturnAdvanceRequest(sub_mchid=SUB_MCHID)
        result = await create_return_advance.asyncio(REFUND_ID, client=client, body=body)
        assert transport.replies, "the call went by another way"
        return result

    return call


def stack(setting: Setting, base_url: str) -> Call:
    from wechatpay_ecommerce_refund import Client
    from wechatpay_ecommerce_refund.shortcut import send

    request, example = _example(setting, base_url)
    http = Client(_auth(setting), base_url=base_url).get_httpx_client()
    _without_sockets(http, _Memory(example))
    return lambda: send(http, request, httpx.Auth()).content


def stack_async(setting: Setting, base_url: str) -> AsyncCall:
    from wechatpay_ecommerce_refund import Client
    from wechatpay_ecommerce_refund.shortcut import asend

    request, example = _example(setting, base_url)
    http = Client(_auth(setting), base_url=base_url).get_async_httpx_client()
    _without_sockets(http, _Memory(example))

    async def call() -> object:
        return (await asend(http, request, httpx.Auth())).content

    return call


def request(setting: Setting, base_url: str) -> Call:
    """The making of the `httpx.Request`, as httpx's documentation has it."""
    made = our_request(setting, base_url)
    method, url, content = made.method, str(made.url), made.content
    headers = {
        name: value
        for name, value in made.headers.items()
        if name in {"user-agent", "accept", "content-type"}
    }
    timeout = httpx.Timeout(10).as_dict()

    def call() -> object:
        return (
            httpx.Request(
                method, url, headers=headers, content=content, extensions={"timeout": timeout}
            ),
            "SUCCESS",
        )

    return call


def _timed_auth(setting: Setting) -> WeChatPayAuth:
    from .by_hand import ByHand

    hand = ByHand(setting)
    return _auth(setting, _Timed(hand.private), _Timed(hand.public))


def timed(setting: Setting, base_url: str) -> Call:
    return calling(_timed_auth(setting), base_url)


def timed_async(setting: Setting, base_url: str) -> AsyncCall:
    return calling_async(_timed_auth(setting), base_url)


def timed_fast(setting: Setting, base_url: str) -> AsyncCall:
    return calling_async(_timed_auth(setting), base_url, fast=True)
