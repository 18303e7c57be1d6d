"""The merchant's side, just enough of it for the demo: signed requests."""

from __future__ import annotations

import json
import secrets

from ._checks import SCHEME
from ._crypto import request_message, sign
from ._http import Headers, Request
from ._keys import Keys


def create_request(keys: Keys, refund_id: str, sub_mchid: str, *, now: float) -> Request:
    """Ask for an advanced refund back."""
    body = json.dumps({"sub_mchid": sub_mchid}).encode()
    return signed_request(keys, "POST", _path(refund_id), body, now=now)


def query_request(keys: Keys, refund_id: str, sub_mchid: str, *, now: float) -> Request:
    """Ask how a return stands."""
    return signed_request(keys, "GET", f"{_path(refund_id)}?sub_mchid={sub_mchid}", now=now)


def signed_request(
    keys: Keys, method: str, target: str, body: bytes = b"", *, now: float
) -> Request:
    """Build a request and sign it with the merchant's key."""
    timestamp, nonce = str(int(now)), secrets.token_hex(16).upper()
    message = request_message(method, target, timestamp, nonce, body)
    fields = {
        "mchid": keys.mchid,
        "nonce_str": nonce,
        "signature": sign(keys.merchant.private_key, message),
        "timestamp": timestamp,
        "serial_no": keys.merchant.serial_no,
    }
    pairs = ",".join(f'{name}="{value}"' for name, value in fields.items())
    headers = {
        "Accept": "application/json",
        "Accept-Language": "en",
        "Authorization": f"{SCHEME} {pairs}",
        "User-Agent": "wechatpay-sandbox-demo",
    }
    if body:
        headers["Content-Type"] = "application/json"
    return Request(method, target, Headers(tuple(headers.items())), body)


def _path(refund_id: str) -> str:
    return f"/v3/ecommerce/refunds/{refund_id}/return-advance"
