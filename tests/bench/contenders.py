"""Everyone who makes the call. A contender imports nothing that its user would not have.

What a call returns holds the word SUCCESS somewhere, which shows that the reply was read.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from .setting import BODY, PATH, REFUND_ID, SUB_MCHID, Setting

if TYPE_CHECKING:
    import httpx
    from wechatpay_auth import WeChatPayAuth

Call = Callable[[], object]
AsyncCall = Callable[[], Awaitable[object]]

# What a request by hand has that nobody signed; as long as the real thing.
_CONSTANT = {
    "Authorization": "WECHATPAY2-SHA256-RSA2048 " + "x" * 520,
    "Wechatpay-Serial": "PUB_KEY_ID_0119000001082024010100000000",
    "Accept": "application/json",
    "Content-Type": "application/json",
    "User-Agent": "raw/1.0",
}

# What is signed and what is proven, by length.
_MESSAGE = f"POST\n{PATH}\n1700000000\n{'A' * 32}\n".encode() + BODY + b"\n"
_REPLY = b"1700000000\n" + b"A" * 32 + b"\n" + b"x" * 310 + b"\n"


SPENT = {"sign": 0.0, "verify": 0.0}
"""CPU seconds of RSA within the calls of whoever measures them."""


def raw(setting: Setting, base_url: str) -> Call:
    import httpx

    http = httpx.Client(timeout=10)
    url = base_url + PATH
    return lambda: http.post(url, content=BODY, headers=_CONSTANT).content


def raw_async(setting: Setting, base_url: str) -> AsyncCall:
    import httpx

    http = httpx.AsyncClient(timeout=10)
    url = base_url + PATH

    async def call() -> object:
        return (await http.post(url, content=BODY, headers=_CONSTANT)).content

    return call


def by_hand(setting: Setting, base_url: str) -> Call:
    from .by_hand import SyncByHand

    return SyncByHand(setting, base_url)


def by_hand_async(setting: Setting, base_url: str) -> AsyncCall:
    from .by_hand import AsyncByHand

    return AsyncByHand(setting, base_url)


def our_auth(setting: Setting) -> WeChatPayAuth:
    from wechatpay_auth import RSASigner, RSAVerifier, WeChatPayAuth

    return WeChatPayAuth(
        setting.mchid,
        signer=RSASigner.from_pem(setting.private_key, serial_no=setting.serial_no),
        verifier=RSAVerifier.from_public_key(setting.public_key_id, setting.public_key),
    )


def calling(auth: WeChatPayAuth, base_url: str, *, fast: bool = False) -> Call:
    from wechatpay_ecommerce_refund import Client
    from wechatpay_ecommerce_refund.api.ecommerce_refund import create_return_advance
    from wechatpay_ecommerce_refund.models import CreateReturnAdvanceRequest

    client = Client(auth, base_url=base_url, fast=fast)
    return lambda: create_return_advance.sync(
        REFUND_ID, client=client, body=CreateReturnAdvanceRequest(sub_mchid=SUB_MCHID)
    )


def calling_async(auth: WeChatPayAuth, base_url: str, *, fast: bool = False) -> AsyncCall:
    from wechatpay_ecommerce_refund import Client
    from wechatpay_ecommerce_refund.api.ecommerce_refund import create_return_advance
    from wechatpay_ecommerce_refund.models import CreateReturnAdvanceRequest

    client = Client(auth, base_url=base_url, fast=fast)

    async def call() -> object:
        body = CreateReturnAdvanceRequest(sub_mchid=SUB_MCHID)
        return await create_return_advance.asyncio(REFUND_ID, client=client, body=body)

    return call


def ours(setting: Setting, base_url: str) -> Call:
    return calling(our_auth(setting), base_url)


def ours_fast_sync(setting: Setting, base_url: str) -> Call:
    return calling(our_auth(setting), base_url, fast=True)


def ours_async(setting: Setting, base_url: str) -> AsyncCall:
    return calling_async(our_auth(setting), base_url)


def ours_fast(setting: Setting, base_url: str) -> AsyncCall:
    return calling_async(our_auth(setting), base_url, fast=True)


def our_request(setting: Setting, base_url: str) -> httpx.Request:
    """A request as ours really is, taken on its way out."""
    import httpx
    from wechatpay_ecommerce_refund import Client
    from wechatpay_ecommerce_refund.api.ecommerce_refund import create_return_advance
    from wechatpay_ecommerce_refund.models import CreateReturnAdvanceRequest

    taken: list[httpx.Request] = []

    def take(request: httpx.Request) -> httpx.Response:
        taken.append(request)
        raise httpx.ConnectError("that is enough")

    with (
        httpx.Client(transport=httpx.MockTransport(take)) as http,
        contextlib.suppress(httpx.ConnectError),
    ):
        create_return_advance.sync(
            REFUND_ID,
            client=Client(our_auth(setting), base_url=base_url, http=http, retries=0),
            body=CreateReturnAdvanceRequest(sub_mchid=SUB_MCHID),
        )
    return taken[-1]


def stack(setting: Setting, base_url: str) -> Call:
    import httpx
    from wechatpay_ecommerce_refund import Client
    from wechatpay_ecommerce_refund.shortcut import send

    request = our_request(setting, base_url)
    http = Client(our_auth(setting), base_url=base_url).get_httpx_client()
    return lambda: send(http, request, httpx.Auth()).content


def stack_async(setting: Setting, base_url: str, *, fast: bool = False) -> AsyncCall:
    import httpx
    from wechatpay_ecommerce_refund import Client
    from wechatpay_ecommerce_refund.shortcut import asend

    request = our_request(setting, base_url)
    http = Client(our_auth(setting), base_url=base_url, fast=fast).get_async_httpx_client()

    async def call() -> object:
        return (await asend(http, request, httpx.Auth())).content

    return call


def stack_fast(setting: Setting, base_url: str) -> AsyncCall:
    return stack_async(setting, base_url, fast=True)


def foreign(setting: Setting, base_url: str) -> Call:
    from wechatpayv3.core import Core  # type: ignore[import-untyped]
    from wechatpayv3.type import RequestType  # type: ignore[import-untyped]

    core, post = _foreign(Core, setting, base_url), cast("Any", RequestType).POST
    return lambda: core.request(PATH, method=post, data={"sub_mchid": SUB_MCHID})


def foreign_async(setting: Setting, base_url: str) -> AsyncCall:
    from wechatpayv3.async_.core import AsyncCore  # type: ignore[import-untyped]
    from wechatpayv3.async_.type import RequestType  # type: ignore[import-untyped]

    core, post = _foreign(AsyncCore, setting, base_url), cast("Any", RequestType).POST
    opened = False

    async def call() -> object:
        nonlocal opened
        if not opened:
            opened = True
            await core.__aenter__()
        return await core.request(PATH, method=post, data={"sub_mchid": SUB_MCHID})

    return call


def _foreign(core: object, setting: Setting, base_url: str) -> Any:  # noqa: ANN401 - untyped
    made = cast("Any", core)(
        setting.mchid,
        setting.serial_no,
        setting.private_key,
        setting.api_v3_key,
        timeout=(10, 10),
        public_key=setting.public_key,
        public_key_id=setting.public_key_id,
    )
    made._gate_way = base_url  # its own constant; there is no option for it
    return made


class SignAndVerify:
    """RSA by itself, on texts as long as those of a call."""

    def __init__(self, setting: Setting) -> None:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding

        from .by_hand import ByHand

        self._key = ByHand(setting).private
        self._public = self._key.public_key()
        self._rules = padding.PKCS1v15(), hashes.SHA256()
        self._signature = self._key.sign(_REPLY, *self._rules)

    def sign(self) -> object:
        return self._key.sign(_MESSAGE, *self._rules), "SUCCESS"

    def verify(self) -> object:
        return self._public.verify(self._signature, _REPLY, *self._rules), "SUCCESS"


def sign(setting: Setting, base_url: str) -> Call:
    return SignAndVerify(setting).sign


def verify(setting: Setting, base_url: str) -> Call:
    return SignAndVerify(setting).verify


def _inside(name: str) -> Callable[[Setting, str], Call | AsyncCall]:
    def opened(setting: Setting, base_url: str) -> Call | AsyncCall:
        from . import inside  # imports httpx, which not everybody has

        made: Call | AsyncCall = getattr(inside, name)(setting, base_url)
        return made

    return opened


@dataclass(frozen=True, slots=True)
class Contender:
    """Who calls, and with what installed."""

    open: Callable[[Setting, str], Call | AsyncCall]
    home: str
    is_async: bool = False
    share: float = 1.0
    """Part of a round's calls; slow ones make fewer."""
    company: str = ""
    """Those of the same company share a process: differences of microseconds need that."""


CONTENDERS = {
    "raw": Contender(raw, "httpx"),
    "stack": Contender(stack, "ours"),
    "by hand": Contender(by_hand, "httpx"),
    "ours": Contender(ours, "ours"),
    "ours fast sync": Contender(ours_fast_sync, "fast"),
    "wechatpayv3": Contender(foreign, "wechatpayv3", share=0.1),
    "raw async": Contender(raw_async, "httpx", is_async=True),
    "stack async": Contender(stack_async, "ours", is_async=True),
    "by hand async": Contender(by_hand_async, "httpx", is_async=True),
    "ours async": Contender(ours_async, "ours", is_async=True),
    "ours fast": Contender(ours_fast, "fast", is_async=True),
    "stack fast": Contender(stack_fast, "fast", is_async=True),
    "wechatpayv3 async": Contender(foreign_async, "wechatpayv3", is_async=True),
    "timed": Contender(_inside("timed"), "ours"),
    "timed async": Contender(_inside("timed_async"), "ours", is_async=True),
    "timed fast": Contender(_inside("timed_fast"), "fast", is_async=True),
    "sign": Contender(sign, "httpx"),
    "verify": Contender(verify, "httpx"),
    "inside: ours": Contender(_inside("ours"), "ours", share=5, company="inside"),
    "inside: httpx": Contender(_inside("httpx_alone"), "ours", share=5, company="inside"),
    "inside: ours async": Contender(
        _inside("ours_async"), "ours", is_async=True, share=5, company="inside"
    ),
    "inside: httpx async": Contender(
        _inside("httpx_alone_async"), "ours", is_async=True, share=5, company="inside"
    ),
    "inside: RSA": Contender(_inside("ours_rsa"), "ours", share=2),
    "inside: httpx, RSA": Contender(_inside("httpx_rsa"), "ours", share=2),
}

HOMES = {
    "httpx": ("httpx", "cryptography"),
    "ours": ("wechatpay-ecommerce-refund",),
    "fast": ("wechatpay-ecommerce-refund[fast]",),
    "wechatpayv3": ("wechatpayv3[async]",),
}
