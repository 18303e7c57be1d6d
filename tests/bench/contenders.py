"""Everyone who makes the call. A contender imports nothing that its user would not have.

By hand is the yardstick: sign, send through a client that stays open, verify, `json.loads`. It does
not retry, check arguments, build models, or tell one error from another.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

if TYPE_CHECKING:
    from wechatpay_ecommerce_refund import Client

Call = Callable[[], Any]
"""Makes one call and returns its result, or what to await for it."""
Setting = dict[str, str]
"""Names, keys, and the server's addresses."""

REFUND_ID, SUB_MCHID = "50000000382019052709732678859", "1900000109"
PATH = f"/v3/ecommerce/refunds/{REFUND_ID}/return-advance"
BODY = json.dumps({"sub_mchid": SUB_MCHID}, separators=(",", ":")).encode()
HOMES = {
    "by hand, httpx": ("httpx", "cryptography"),
    "by hand, httpx2": ("httpx2", "cryptography"),
    "by hand, httpx-aiohttp": ("httpx-aiohttp", "cryptography"),
    "ours, httpx": ("wechatpay-ecommerce-refund",),
    "ours, httpx2": ("wechatpay-ecommerce-refund[httpx2]",),
    "ours, httpx-aiohttp": ("wechatpay-ecommerce-refund", "httpx-aiohttp"),
    "wechatpayv3": ("wechatpayv3[async]",),
}
"""All contenders, and what each has installed."""

_RULES = padding.PKCS1v15(), hashes.SHA256()


def opened(contender: str, setting: Setting, address: str, *, is_async: bool) -> Call:
    """Return what makes one call, through a client that stays open."""
    who, _, library = contender.partition(", ")
    if who == "wechatpayv3":
        return _wechatpayv3(setting, setting[address], is_async=is_async)
    over_aiohttp = _httpx_over_aiohttp() if library == "httpx-aiohttp" else None
    if who == "ours":
        from wechatpay_auth import RSASigner, RSAVerifier

        signer = RSASigner.from_pem(setting["private_key"], serial_no=setting["serial_no"])
        verifier = RSAVerifier.from_public_key(setting["public_key_id"], setting["public_key"])
        client = _client(
            setting, library, signer, verifier, base_url=setting[address], async_http=over_aiohttp
        )
        return _ours(client, is_async=is_async)
    hand, url = ByHand(setting), setting[address] + PATH
    if is_async:
        http = over_aiohttp or _module(library).AsyncClient()

        async def call() -> object:
            return hand.verified(await http.post(url, content=BODY, headers=hand.signed()))

        return call
    blocking = _module(library).Client()
    return lambda: hand.verified(blocking.post(url, content=BODY, headers=hand.signed()))


class ByHand:
    """Signs and verifies as a careful person writes it."""

    def __init__(self, setting: Setting) -> None:
        private = load_pem_private_key(setting["private_key"].encode(), None)
        public = load_pem_public_key(setting["public_key"].encode())
        self._private = cast("rsa.RSAPrivateKey", private)
        self._public = cast("rsa.RSAPublicKey", public)
        self._setting = setting

    def signed(self) -> dict[str, str]:
        """Return the headers of a request."""
        timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
        message = f"POST\n{PATH}\n{timestamp}\n{nonce}\n".encode() + BODY + b"\n"
        signature = base64.b64encode(self._private.sign(message, *_RULES)).decode()
        return {
            "Authorization": f'WECHATPAY2-SHA256-RSA2048 mchid="{self._setting["mchid"]}",'
            f'nonce_str="{nonce}",signature="{signature}",timestamp="{timestamp}",'
            f'serial_no="{self._setting["serial_no"]}"',
            "Wechatpay-Serial": self._setting["public_key_id"],
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "by-hand/1.0",
        }

    def verified(self, response: Any) -> object:  # noqa: ANN401 - of either library
        """Return what the response says; raise if the platform did not sign that."""
        timestamp, nonce, signature, serial_no = (
            response.headers[f"Wechatpay-{name}"]
            for name in ("Timestamp", "Nonce", "Signature", "Serial")
        )
        if abs(time.time() - int(timestamp)) > 300 or serial_no != self._setting["public_key_id"]:
            raise ValueError("the response is too old, or signed with another key")
        message = f"{timestamp}\n{nonce}\n".encode() + response.content + b"\n"
        self._public.verify(base64.b64decode(signature), message, *_RULES)
        response.raise_for_status()
        return json.loads(response.content)


class NoRSA:
    """A signer and a public key that compute nothing."""

    algorithm = "WECHATPAY2-SHA256-RSA2048"
    serial_no = "0" * 40
    signature = bytes(range(256))

    def sign(self, message: bytes) -> bytes:
        return self.signature

    def verify(self, *_: object) -> None:
        return


def in_memory(
    setting: Setting,
    name: str,
    response: tuple[list[tuple[bytes, bytes]], bytes],
    *,
    is_async: bool,
) -> tuple[Call, Call]:
    """Return our call without RSA and sockets, and the library's share of it.

    That is the same request, sent with an auth object that is trivial.
    """
    from wechatpay_auth import RSAVerifier, TrustedKey

    library = _module(name)

    def respond(_: object) -> object:
        # The caller has to read a body that is given as a stream, as one from a socket.
        return library.Response(200, headers=response[0], stream=library.ByteStream(response[1]))

    transport = library.MockTransport(respond)
    http, async_http = library.Client(transport=transport), library.AsyncClient(transport=transport)
    key = TrustedKey(setting["public_key_id"], cast("rsa.RSAPublicKey", NoRSA()))
    client = _client(setting, name, NoRSA(), RSAVerifier([key]), http=http, async_http=async_http)
    headers = {**ByHand(setting).signed(), "Authorization": ""}
    url, trivial = "https://api.mch.weixin.qq.com" + PATH, library.BasicAuth("merchant", "secret")
    extensions = {"timeout": {"connect": 10, "read": 10, "write": 10, "pool": 10}}
    send = (async_http if is_async else http).send

    def alone() -> object:
        request = library.Request("POST", url, headers=headers, content=BODY, extensions=extensions)
        return send(request, auth=trivial, follow_redirects=False)

    return _ours(client, is_async=is_async), alone


def _client(setting: Setting, library: str, signer: Any, verifier: Any, **given: Any) -> Client:  # noqa: ANN401
    from wechatpay_ecommerce_refund import Client

    auth = _module("wechatpay_auth.httpx2" if library == "httpx2" else "wechatpay_auth")
    return Client(auth.WeChatPayAuth(setting["mchid"], signer=signer, verifier=verifier), **given)


def _ours(client: Client, *, is_async: bool) -> Call:
    from wechatpay_ecommerce_refund.api.ecommerce_refund import create_return_advance
    from wechatpay_ecommerce_refund.models import CreateReturnAdvanceRequest

    call: Any = create_return_advance.asyncio if is_async else create_return_advance.sync
    return lambda: call(
        REFUND_ID, client=client, body=CreateReturnAdvanceRequest(sub_mchid=SUB_MCHID)
    )


def _httpx_over_aiohttp() -> Any:  # noqa: ANN401 - only two contenders have it
    """Return a client of httpx whose connections are aiohttp's, kept as our README recommends."""
    httpx = _module("httpx")
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100, keepalive_expiry=7)
    return httpx.AsyncClient(transport=_module("httpx_aiohttp").AiohttpTransport(limits=limits))


def _wechatpayv3(setting: Setting, base_url: str, *, is_async: bool) -> Call:
    package = "wechatpayv3.async_" if is_async else "wechatpayv3"
    make = getattr(_module(f"{package}.core"), "AsyncCore" if is_async else "Core")
    names = ("mchid", "serial_no", "private_key", "api_v3_key")
    keys = {name: setting[name] for name in ("public_key", "public_key_id")}
    core = make(*(setting[name] for name in names), timeout=(10, 10), **keys)
    core._gate_way = base_url  # wechatpayv3 has no option for the host
    if is_async:
        import asyncio  # a blocking program does without, and it takes time to import

        asyncio.run(core.__aenter__())  # makes its client of httpx, and connects to nothing
    post = _module(f"{package}.type").RequestType.POST
    return lambda: core.request(PATH, method=post, data={"sub_mchid": SUB_MCHID})


def _module(name: str) -> Any:  # noqa: ANN401 - each is installed for some contenders only
    return import_module(name)
