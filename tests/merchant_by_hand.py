"""A merchant who signs and verifies by hand, sharing no code with the sandbox or the client."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from itertools import count

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from wechatpay_sandbox import (
    REFUND_ID,
    SUB_MCHID,
    Headers,
    Keys,
    Platform,
    Reply,
    Request,
    Settings,
    make_keys,
)

NOW = 1_790_000_000
"""Where the injected clock starts."""


@cache
def shared_keys() -> Keys:
    """Give the keys of this test run; making them is slow."""
    return make_keys(now=NOW)


@dataclass
class Clock:
    """A clock that moves only when told."""

    now: float = NOW

    def __call__(self) -> float:
        return self.now


def new_platform(clock: Callable[[], float], **settings: object) -> Platform:
    """Give a fresh platform on an injected clock with predictable nonces."""
    numbers = count(1)
    return Platform(
        shared_keys(),
        settings=Settings(**settings),  # type: ignore[arg-type]  # named by each test
        clock=clock,
        nonce=lambda: f"{next(numbers):032X}",
    )


def path(refund_id: str = REFUND_ID) -> str:
    return f"/v3/ecommerce/refunds/{refund_id}/return-advance"


def query_target(refund_id: str = REFUND_ID, sub_mchid: str = SUB_MCHID) -> str:
    return f"{path(refund_id)}?sub_mchid={sub_mchid}"


def sign(key: rsa.RSAPrivateKey, message: bytes) -> str:
    raw = key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(raw).decode()


def verify(response: Reply, key: rsa.RSAPublicKey) -> None:
    """Raise unless the response's signature belongs to its body."""
    timestamp, nonce = header(response, "Wechatpay-Timestamp"), header(response, "Wechatpay-Nonce")
    message = b"\n".join([timestamp.encode(), nonce.encode(), response.body, b""])
    signature = base64.b64decode(header(response, "Wechatpay-Signature"), validate=True)
    key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())


def header(response: Reply, name: str) -> str:
    value = response.headers.get(name)
    assert value is not None, f"the response has no {name}"
    return value


def is_signed(response: Reply) -> bool:
    return any(name.startswith("Wechatpay-") for name, _ in response.headers.lines)


@dataclass
class Merchant:
    """The merchant of `shared_keys`, talking to the platform without sockets."""

    clock: Clock = field(default_factory=Clock)
    platform: Platform = field(init=False)

    def __post_init__(self) -> None:
        self.platform = new_platform(self.clock)
        self._nonces = count(1)

    def authorization(
        self, method: str, target: str, body: bytes = b"", **changed: str
    ) -> dict[str, str]:
        """Sign, then put `changed` over the five fields."""
        keys = shared_keys()
        timestamp = changed.get("timestamp", str(int(self.clock.now)))
        nonce = changed.get("nonce_str", f"{next(self._nonces):032d}")
        head = f"{method}\n{target}\n{timestamp}\n{nonce}\n"
        return {
            "mchid": keys.mchid,
            "nonce_str": nonce,
            "signature": sign(keys.merchant.private_key, head.encode() + body + b"\n"),
            "timestamp": timestamp,
            "serial_no": keys.merchant.serial_no,
        } | changed

    def request(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        **changed: str,
    ) -> Request:
        """Build a signed request; an empty header value takes the header away."""
        fields = self.authorization(method, target, body, **changed)
        values = {
            "User-Agent": "by-hand/1",
            "Accept": "application/json",
            "Authorization": authorization_line(fields),
        }
        if method == "POST":
            values["Content-Type"] = "application/json"
        values |= headers or {}
        return Request(method, target, Headers(tuple((n, v) for n, v in values.items() if v)), body)

    def send(self, request: Request) -> tuple[int, dict[str, object]]:
        """Send, and give status and JSON body."""
        response = self.platform.handle(request)
        return response.status, json.loads(response.body) if response.body else {}

    def create_request(self, refund_id: str = REFUND_ID, sub_mchid: str = SUB_MCHID) -> Request:
        body = json.dumps({"sub_mchid": sub_mchid}).encode()
        return self.request("POST", path(refund_id), body)

    def query_request(self, refund_id: str = REFUND_ID, sub_mchid: str = SUB_MCHID) -> Request:
        return self.request("GET", query_target(refund_id, sub_mchid))

    def create(
        self, refund_id: str = REFUND_ID, sub_mchid: str = SUB_MCHID
    ) -> tuple[int, dict[str, object]]:
        return self.send(self.create_request(refund_id, sub_mchid))

    def query(
        self, refund_id: str = REFUND_ID, sub_mchid: str = SUB_MCHID
    ) -> tuple[int, dict[str, object]]:
        return self.send(self.query_request(refund_id, sub_mchid))


def authorization_line(fields: dict[str, str]) -> str:
    pairs = ",".join(f'{name}="{value}"' for name, value in fields.items())
    return f"WECHATPAY2-SHA256-RSA2048 {pairs}"
