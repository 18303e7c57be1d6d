"""The checks every request passes before its operation runs, in the platform's order."""

from __future__ import annotations

import datetime as dt
import re

from ._crypto import is_signature, request_message
from ._errors import RefusedError, sign_error_detail
from ._http import Request
from ._keys import Keys
from ._operations import Call
from ._settings import Settings

SCHEME = "WECHATPAY2-SHA256-RSA2048"
TOLERANCE = 300
"""Seconds a timestamp may be off; more than that is refused."""

_PAIR = r'[a-z_]+="[^"]*"'
_AUTHORIZATION = re.compile(rf"{SCHEME} {_PAIR}(?:,{_PAIR}){{4}}")
_FIELDS = {"mchid", "nonce_str", "signature", "timestamp", "serial_no"}
_TIMESTAMP = re.compile("[0-9]{1,12}")
_HEX = re.compile("[0-9A-Fa-f]{1,40}")
_BODY_SHOWN = 8
"""Characters of the body that `truncated_sign_message` shows."""


def check_headers(request: Request, settings: Settings) -> None:
    """Refuse a request without User-Agent or with an Accept that excludes JSON."""
    if settings.require_user_agent and not request.headers.get("User-Agent"):
        raise RefusedError(
            "INVALID_REQUEST", "HTTP头缺少User-Agent", "The User-Agent header is missing"
        )
    accepted = (request.headers.get("Accept") or "").split(",")
    kinds = {kind.partition(";")[0].strip().lower() for kind in accepted}
    if not kinds & {"application/json", "application/*", "*/*"}:
        raise RefusedError(
            "INVALID_REQUEST",
            "HTTP头Accept必须为application/json",
            "The Accept header must allow application/json",
        )


def check_authorization(
    call: Call, keys: Keys, now: float, seen_nonces: set[str], settings: Settings
) -> None:
    """Refuse a request that the merchant did not sign, here and now."""
    request = call.request
    header = request.headers.get("Authorization") or ""
    fields = request.authorization
    if not _AUTHORIZATION.fullmatch(header) or fields.keys() != _FIELDS:
        raise RefusedError(
            "SIGN_ERROR", "Authorization不合法", "The Authorization header is malformed"
        )
    if not _TIMESTAMP.fullmatch(fields["timestamp"]):
        raise RefusedError("SIGN_ERROR", "时间戳不合法", "The timestamp is malformed")
    off = abs(int(now) - int(fields["timestamp"]))
    if off > TOLERANCE or (off == TOLERANCE and settings.timestamp_edge == "refuse"):
        raise RefusedError(
            "SIGN_ERROR", "时间戳超出允许的范围", "The timestamp is too far from now"
        )
    nonce = fields["nonce_str"]
    if not nonce:
        raise RefusedError("SIGN_ERROR", "随机串不合法", "The nonce is malformed")
    if settings.refuse_reused_nonce and nonce in seen_nonces:
        raise RefusedError("SIGN_ERROR", "随机串重复", "The nonce was used before")
    _check_signer(fields, keys, now, settings)
    _check_signature(call, fields, keys, settings)
    seen_nonces.add(nonce)


def _check_signer(fields: dict[str, str], keys: Keys, now: float, settings: Settings) -> None:
    certificate = keys.merchant
    serial = fields["serial_no"]
    if settings.compare_serial == "number" and _HEX.fullmatch(serial):
        serial = serial.upper().zfill(40)
    if fields["mchid"] != keys.mchid or serial != certificate.serial_no:
        raise RefusedError(
            "SIGN_ERROR",
            "商户号与商户API证书序列号不匹配",
            "The merchant has no API certificate of this serial",
        )
    moment = dt.datetime.fromtimestamp(now, dt.UTC)
    if not certificate.x509.not_valid_before_utc <= moment <= certificate.x509.not_valid_after_utc:
        raise RefusedError(
            "SIGN_ERROR", "商户API证书已过期", "The merchant API certificate is not valid now"
        )


def _check_signature(call: Call, fields: dict[str, str], keys: Keys, settings: Settings) -> None:
    request, body = call.request, call.signed_body
    head = (request.method, request.target, fields["timestamp"], fields["nonce_str"])
    message = request_message(*head, body)
    public_key = keys.merchant.private_key.public_key()
    if is_signature(public_key, message, fields["signature"]):
        return
    shown = "".join(f"{line}\n" for line in head)
    shown += body.decode("utf-8", "replace")[:_BODY_SHOWN] + "\n"
    in_bytes = settings.sign_message_length == "bytes"
    length = len(message) if in_bytes else len(message.decode("utf-8", "replace"))
    raise RefusedError(
        "SIGN_ERROR", detail=sign_error_detail(request.method, request.target, shown, length)
    )
