"""Why the platform refused a signature: its sign string beside ours. Pure.

https://pay.weixin.qq.com/doc/v3/partner/4012082324 lists the documented causes. The details
compared here (``sign_information``) are sent by the platform but not documented, so every one of
them may be missing. Signature and key are not among them, and stay out of the text.
"""

import json
from email.utils import parsedate_to_datetime
from typing import Any, cast
from urllib.parse import unquote

from ._message import RequestMessage
from ._rules import DATE, MAX_AGE_SECONDS, RawResponse

SIGN_DIAGNOSIS = "wechatpay_sign_diagnosis"
"""Key in ``response.extensions`` of a 401 with code ``SIGN_ERROR``: the text of the diagnosis."""

_UNAUTHORIZED = 401

_HEAD_LINES = 4


def diagnose_sign_error(
    response: RawResponse, message: RequestMessage, *, mchid: str, serial_no: str
) -> str | None:
    """What is wrong with the request's signature, in words; None if that is not the error.

    Args:
        response: The platform's response.
        message: What was signed.
        mchid: The merchant in the request's header.
        serial_no: The certificate in the request's header.
    """
    if response.status_code != _UNAUTHORIZED:
        return None
    fields = _parsed(response)
    if fields.get("code") != "SIGN_ERROR":
        return None
    findings = _clock(response, message)
    seen = _object(_object(fields.get("detail")).get("sign_information"))
    if seen:
        findings += _differences(seen, message)
    if findings:
        return "; ".join(findings)
    whose = f"certificate {serial_no} of merchant {mchid}"
    if seen:
        return (
            f"the platform built the same sign string, so the key is the wrong one: it does not "
            f"belong to {whose}. Is it the key of a replaced certificate, of the sub-merchant "
            "instead of the platform merchant, or is the serial number another certificate's?"
        )
    return (
        f"the platform gave no details. Is {whose} in use in the merchant console (API security), "
        "does the private key belong to it, and is that merchant the sender, not the sub-merchant? "
        "`openssl x509 -in apiclient_cert.pem -noout -serial -subject -dates` shows yours"
    )


def clock_offset(response: RawResponse, timestamp: float) -> int | None:
    """Seconds by which the local clock is ahead of the server's, by its ``Date`` header."""
    try:
        date = parsedate_to_datetime(response.header(DATE) or "")
        return int(timestamp) - int(date.timestamp())
    except (ValueError, OverflowError):
        return None


def _clock(response: RawResponse, message: RequestMessage) -> list[str]:
    offset = clock_offset(response, int(message.timestamp))
    if offset is None or abs(offset) <= MAX_AGE_SECONDS:
        return []
    direction = "ahead of" if offset > 0 else "behind"
    return [f"the local clock is {abs(offset)} s {direction} the platform's: set it"]


def _differences(seen: dict[str, Any], message: RequestMessage) -> list[str]:
    lines = str(seen.get("truncated_sign_message", "")).split("\n", _HEAD_LINES)
    names = ("method", "url", "timestamp", "nonce")
    theirs = {name: line for name, line in zip(names, lines, strict=False) if line}
    theirs |= {name: str(seen[name]) for name in ("method", "url") if name in seen}
    found = [
        _difference(name, getattr(message, name), theirs[name])
        for name in names
        if name in theirs and theirs[name] != getattr(message, name)
    ]
    if not found and len(lines) > _HEAD_LINES:
        found = _body_difference(seen, message, lines[_HEAD_LINES])
    return found


def _difference(name: str, ours: str, theirs: str) -> str:
    if name == "url" and unquote(ours) == unquote(theirs):
        name = "URL encoding"
    return f"{name} differs: signed {_shown(ours)}, arrived as {_shown(theirs)}"


def _body_difference(seen: dict[str, Any], message: RequestMessage, start: str) -> list[str]:
    ours = message.to_bytes()
    text = ours.decode("utf-8", "replace")
    length = seen.get("sign_message_length")
    # The documents do not say whether the length counts bytes or characters: accept both.
    same_length = length in (None, len(ours), len(text))
    body = message.body.decode("utf-8", "replace")
    if same_length and body.startswith(start.rstrip("\n.…")):
        return []
    return [
        f"body differs: the signed message has {len(ours)} bytes, the one that arrived "
        f"{length if isinstance(length, int) else 'another number'}. Was it serialised again "
        "after signing, or changed by a proxy?"
    ]


def _parsed(response: RawResponse) -> dict[str, Any]:
    try:
        return _object(json.loads(response.body))
    except (ValueError, RecursionError):
        return {}


def _object(value: object) -> dict[str, Any]:
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}


def _shown(text: str) -> str:
    # An error response is unsigned: anybody may have written this.
    return repr(text if len(text) <= 200 else f"{text[:200]}…")
