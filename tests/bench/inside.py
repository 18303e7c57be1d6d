"""All code of ours without sockets and without RSA, and beside it what is not ours.

Our client calls over connections whose other end is in memory. `httpx_alone` does what httpx,
httpcore and h11 do for such a call, asked as ours asks them, and nothing else: it makes the
request, writes the two headers, sends and receives through h11, makes the response, reads its body.
What remains between the two is ours: checks, rules of repeating, signing and proving without RSA,
typed parsing, and the keeping of connections.
"""

from __future__ import annotations

import base64
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, cast

import h11
import httpcore
import httpx

from .contenders import (
    SPENT,
    AsyncCall,
    Call,
    SignAndVerify,
    calling,
    calling_async,
    our_request,
)
from .setting import REFUND_ID, SUB_MCHID, Setting

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from wechatpay_auth import WeChatPayAuth
    from wechatpay_ecommerce_refund import Client

_SIGNATURE = bytes(range(256))
_CONSTANT_AUTHORIZATION = "WECHATPAY2-SHA256-RSA2048 " + "x" * 520


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


class _OtherEnd:
    """Gives the reply that the server gave, as from this second."""

    def __init__(
        self, example: httpx.Response, sign: Callable[[bytes], bytes] | None = None
    ) -> None:
        self._body = example.content
        self._headers = example.headers.raw
        self._sign = sign or _NO_RSA.sign
        self._second, self._reply = 0, b""
        self.replies = 0

    def reply(self) -> bytes:
        self.replies += 1
        second = int(time.time())
        if second != self._second:
            self._second, self._reply = second, self._signed(second)
        return self._reply

    def _signed(self, second: int) -> bytes:
        nonce = b"A" * 32
        message = b"%d\n%s\n%s\n" % (second, nonce, self._body)
        fresh = {
            b"wechatpay-timestamp": b"%d" % second,
            b"wechatpay-nonce": nonce,
            b"wechatpay-signature": base64.b64encode(self._sign(message)),
        }
        lines = [
            name + b": " + fresh.get(name.lower(), value) + b"\r\n" for name, value in self._headers
        ]
        return b"HTTP/1.1 200 OK\r\n" + b"".join(lines) + b"\r\n" + self._body


class _Stream(httpcore.NetworkStream):
    def __init__(self, end: _OtherEnd) -> None:
        self._end = end

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        pass

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._end.reply()

    def close(self) -> None:
        pass

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        return self


class _Network(httpcore.NetworkBackend):
    def __init__(self, end: _OtherEnd) -> None:
        self._end = end

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(self._end)


class _AsyncStream(httpcore.AsyncNetworkStream):
    def __init__(self, end: _OtherEnd) -> None:
        self._end = end

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        pass

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._end.reply()

    async def aclose(self) -> None:
        pass

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return self


class _AsyncNetwork(httpcore.AsyncNetworkBackend):
    def __init__(self, end: _OtherEnd) -> None:
        self._end = end

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return _AsyncStream(self._end)


def _auth(setting: Setting, key: object = _NO_RSA, platform: object = _NO_RSA) -> WeChatPayAuth:
    from wechatpay_auth import RSASigner, RSAVerifier, TrustedKey, WeChatPayAuth

    signer = RSASigner.from_pem(setting.private_key, serial_no=setting.serial_no)
    assert "_key" in vars(signer)
    vars(signer)["_key"] = key
    verifier = RSAVerifier([TrustedKey(setting.public_key_id, cast("rsa.RSAPublicKey", platform))])
    return WeChatPayAuth(setting.mchid, signer=signer, verifier=verifier)


def _without_sockets(http: httpx.Client | httpx.AsyncClient, network: object) -> None:
    # The connections are the client's own, and stay so; only what they lead to is another.
    transport = vars(http)["only_way"]
    assert "_network" in vars(transport)
    vars(transport)["_network"] = network


def _example(setting: Setting, base_url: str) -> tuple[httpx.Request, httpx.Response]:
    request = our_request(setting, base_url)
    with httpx.Client() as http:
        return request, http.send(request)


def _sync(client: Client, end: _OtherEnd) -> Call:
    from wechatpay_ecommerce_refund.api.ecommerce_refund import create_return_advance
    from wechatpay_ecommerce_refund.models import CreateReturnAdvanceRequest

    _without_sockets(client.get_httpx_client(), _Network(end))

    def call() -> object:
        return create_return_advance.sync(
            REFUND_ID, client=client, body=CreateReturnAdvanceRequest(sub_mchid=SUB_MCHID)
        )

    call()
    assert end.replies == 1, "the call went by another way"
    return call


def ours(setting: Setting, base_url: str) -> Call:
    from wechatpay_ecommerce_refund import Client

    _, example = _example(setting, base_url)
    return _sync(Client(_auth(setting), base_url=base_url), _OtherEnd(example))


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
    end = _OtherEnd(example, lambda message: key.sign(message, padding.PKCS1v15(), hashes.SHA256()))
    return _sync(Client(auth, base_url=base_url), end)


def ours_async(setting: Setting, base_url: str) -> AsyncCall:
    from wechatpay_ecommerce_refund import Client
    from wechatpay_ecommerce_refund.api.ecommerce_refund import create_return_advance
    from wechatpay_ecommerce_refund.models import CreateReturnAdvanceRequest

    _, example = _example(setting, base_url)
    client, end = Client(_auth(setting), base_url=base_url), _OtherEnd(example)
    _without_sockets(client.get_async_httpx_client(), _AsyncNetwork(end))

    async def call() -> object:
        body = CreateReturnAdvanceRequest(sub_mchid=SUB_MCHID)
        result = await create_return_advance.asyncio(REFUND_ID, client=client, body=body)
        assert end.replies, "the call went by another way"
        return result

    return call


def httpx_rsa(setting: Setting, base_url: str) -> Call:
    """What is left of a call without any code of ours, for threads."""
    own = threading.local()
    made = SignAndVerify(setting)

    def call() -> object:
        if "call" not in vars(own):
            own.call = httpx_alone(setting, base_url)
        made.sign()
        result = own.call()
        made.verify()
        return result

    return call


class _Alone:
    """What httpx, httpcore and h11 do for a call; httpcore's part is nothing without a socket."""

    def __init__(self, setting: Setting, base_url: str) -> None:
        made, example = _example(setting, base_url)
        self._method, self._url, self._content = made.method, str(made.url), made.content
        self._headers = {
            name: value
            for name, value in made.headers.items()
            if name in {"user-agent", "accept", "content-type"}
        }
        self._timeout = httpx.Timeout(10).as_dict()
        self._preferred = setting.public_key_id
        self._h11 = h11.Connection(h11.CLIENT)
        self.end = _OtherEnd(example)

    def sent(self) -> bytes:
        request = httpx.Request(
            self._method,
            self._url,
            headers=self._headers,
            content=self._content,
            extensions={"timeout": self._timeout},
        )
        request.read()
        url, headers = request.url, request.headers
        assert url.scheme
        if "Accept-Encoding" not in headers and "Wechatpay-Serial" not in headers:
            headers["Authorization"] = _CONSTANT_AUTHORIZATION
            headers["Wechatpay-Serial"] = self._preferred
        assert url.host
        assert url.port
        send = self._h11.send
        head = h11.Request(method=request.method, target=url.raw_path, headers=headers.raw)
        first, body = send(head), send(h11.Data(data=request.content))
        return (first or b"") + (body or b"") + (send(h11.EndOfMessage()) or b"")

    def received(self, data: bytes) -> httpx.Response:
        connection = self._h11
        assert connection.next_event() is h11.NEED_DATA
        connection.receive_data(data)
        head, body = connection.next_event(), connection.next_event()
        assert isinstance(head, h11.Response)
        assert isinstance(body, h11.Data)
        assert isinstance(connection.next_event(), h11.EndOfMessage)
        connection.start_next_cycle()
        response = httpx.Response(
            head.status_code,
            headers=head.headers.raw_items(),
            stream=httpx.ByteStream(bytes(body.data)),
            extensions={"http_version": b"HTTP/1.1", "reason_phrase": bytes(head.reason)},
        )
        assert response.headers.raw
        assert response.headers.get("Request-ID")
        return response


def httpx_alone(setting: Setting, base_url: str) -> Call:
    alone = _Alone(setting, base_url)
    stream = _Stream(alone.end)

    def call() -> object:
        stream.write(alone.sent())
        response = alone.received(stream.read(1 << 16))
        response.read()
        response.close()
        return response.content

    return call


def httpx_alone_async(setting: Setting, base_url: str) -> AsyncCall:
    alone = _Alone(setting, base_url)
    stream = _AsyncStream(alone.end)

    async def call() -> object:
        await stream.write(alone.sent())
        response = alone.received(await stream.read(1 << 16))
        await response.aread()
        await response.aclose()
        return response.content

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
