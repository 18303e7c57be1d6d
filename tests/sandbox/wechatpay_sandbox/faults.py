"""The dials: each function makes one thing go wrong with one reply.

Queue them with `platform.next(...)`; several given together hit the same reply, in their order
within each stage.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from ._errors import (
    ERROR_CODES,
    JSON_TYPE,
    Json,
    RefusedError,
    error_reply,
    json_reply,
    sign_error_detail,
)
from ._http import Delivery, Headers, Reply


class Stage(Enum):
    """When a fault takes hold."""

    INSTEAD = "instead"
    """In place of the operation: the platform's state does not change."""
    AFTER = "after"
    """In place of the operation's reply, after its change of state."""
    CONTENT = "content"
    """What the reply says, before signing."""
    WIRE = "wire"
    """After signing: what a network or an attacker could do."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong: a named change of a reply at a stage."""

    name: str
    stage: Stage
    change: Callable[[Reply], Reply]


def error(
    code: str,
    *,
    status: int | None = None,
    after_change: bool = False,
    retry_after: str | None = None,
) -> Fault:
    """Answer a documented error code, signed, with the status of the table.

    A code which is not in our table, such as one of your spec, needs its status.
    """
    if code not in ERROR_CODES and status is None:
        raise ValueError(f"error: {code!r} needs a status, or is one of {', '.join(ERROR_CODES)}")
    reply = error_reply(RefusedError(code, status=status), signed=True)
    if retry_after is not None:
        reply = replace(reply, headers=reply.headers.with_values({"Retry-After": retry_after}))
    return _instead("error", reply, after_change=after_change)


def sign_error() -> Fault:
    """Answer 401 with `sign_information`, as if something on the way had changed the URL."""
    shown = 'POST\n/changed/on/the/way\n1554208460\n593BEC0C930BF1AFEB40B4A08C8FB242\n{"sub_mc\n'
    detail = sign_error_detail("POST", "/changed/on/the/way", shown, len(shown))
    reply = error_reply(RefusedError("SIGN_ERROR", detail=detail), signed=False)
    return _instead("sign_error", reply, after_change=False)


def answer(
    status: int,
    body: str = "",
    *,
    content_type: str = JSON_TYPE,
    signed: bool | None = None,
    after_change: bool = False,
) -> Fault:
    """Answer any status and text, like a gateway that does not know the operation.

    Unless told, a 2xx is signed and anything else is not.
    """
    _check_status(status)
    signed = 200 <= status < 300 if signed is None else signed
    headers = Headers((("Content-Type", content_type),))
    reply = Reply(status, body.encode(), headers, signed=signed)
    return _instead("answer", reply, after_change=after_change)


def bad_gateway(*, after_change: bool = False) -> Fault:
    """Answer 502 with an HTML page, unsigned."""
    page = "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"
    return answer(502, page, content_type="text/html", after_change=after_change)


def drop_connection(*, after_change: bool = False) -> Fault:
    """Close the connection without an answer; `after_change` makes it a lost reply."""
    stage = Stage.AFTER if after_change else Stage.INSTEAD
    return Fault("drop_connection", stage, lambda r: replace(r, delivery=Delivery.NOTHING))


def break_off() -> Fault:
    """Close the connection in the middle of the body."""
    return Fault("break_off", Stage.WIRE, lambda r: replace(r, delivery=Delivery.CUT))


def delay(seconds: float) -> Fault:
    """Hold the reply back, for as long as the caller stays connected."""
    return Fault("delay", Stage.WIRE, lambda r: replace(r, delay=seconds))


def status(value: int) -> Fault:
    """Answer another status with the body as it is."""
    _check_status(value)
    return Fault("status", Stage.CONTENT, lambda r: replace(r, status=value))


def body(text: str, *, content_type: str = JSON_TYPE) -> Fault:
    """Answer another body; the signature covers it."""
    return Fault(
        "body",
        Stage.CONTENT,
        lambda r: replace(
            r, body=text.encode(), headers=r.headers.with_values({"Content-Type": content_type})
        ),
    )


def truncate_body(keep: int) -> Fault:
    """Keep only the first bytes of the body; the signature covers what is left."""
    return Fault("truncate_body", Stage.CONTENT, lambda r: replace(r, body=r.body[:keep]))


def set_fields(**fields: Json) -> Fault:
    """Set members of the JSON body: unknown enum values, other types, new or longer fields."""
    return Fault("set_fields", Stage.CONTENT, lambda r: _edit(r, lambda value: value | fields))


def remove_fields(*names: str) -> Fault:
    """Leave members out of the JSON body."""

    def without(value: dict[str, Json]) -> dict[str, Json]:
        return {key: kept for key, kept in value.items() if key not in names}

    return Fault("remove_fields", Stage.CONTENT, lambda r: _edit(r, without))


def unsigned() -> Fault:
    """Send the reply without any Wechatpay header."""
    return Fault("unsigned", Stage.CONTENT, lambda r: replace(r, signed=False))


def signed() -> Fault:
    """Sign a reply that would go unsigned, such as a 401."""
    return Fault("signed", Stage.CONTENT, lambda r: replace(r, signed=True))


def timestamp_off(seconds: int) -> Fault:
    """Sign a timestamp that lies this far in the future, or in the past if negative."""
    return Fault("timestamp_off", Stage.CONTENT, lambda r: replace(r, timestamp_offset=seconds))


def set_header(name: str, value: str) -> Fault:
    """Set a header after signing, e.g. another Wechatpay-Serial or Wechatpay-Signature-Type."""
    return Fault(
        "set_header", Stage.WIRE, lambda r: replace(r, headers=r.headers.with_values({name: value}))
    )


def drop_headers(*names: str) -> Fault:
    """Take headers away after signing."""
    return Fault(
        "drop_headers", Stage.WIRE, lambda r: replace(r, headers=r.headers.without(*names))
    )


def flip_signature(byte: int = 0) -> Fault:
    """Flip one bit of the signature; it stays valid base64."""

    def flip(reply: Reply) -> Reply:
        text = reply.headers.get("Wechatpay-Signature")
        if text is None:
            return reply
        raw = bytearray(base64.b64decode(text))
        raw[byte] ^= 1
        value = base64.b64encode(raw).decode("ascii")
        return replace(reply, headers=reply.headers.with_values({"Wechatpay-Signature": value}))

    return Fault("flip_signature", Stage.WIRE, flip)


def tamper_body(old: str, new: str) -> Fault:
    """Replace text of the body after signing, as someone on the way could."""
    return Fault(
        "tamper_body",
        Stage.WIRE,
        lambda r: replace(r, body=r.body.replace(old.encode(), new.encode())),
    )


def probe_signature() -> Fault:
    """Send the deliberately wrong signature (签名探测) of the platform."""
    # 355 characters ending in `==`, as a real one: that is not valid base64.
    return set_header("Wechatpay-Signature", "WECHATPAY/SIGNTEST/".ljust(353, "A") + "==")


def _instead(name: str, reply: Reply, *, after_change: bool) -> Fault:
    return Fault(name, Stage.AFTER if after_change else Stage.INSTEAD, lambda _: reply)


def _edit(reply: Reply, change: Callable[[dict[str, Json]], dict[str, Json]]) -> Reply:
    try:
        value: Json = json.loads(reply.body)
    except ValueError:
        return reply
    if not isinstance(value, dict):
        return reply
    return replace(reply, body=json_reply(change(value)).body)


def _check_status(value: int) -> None:
    if not 200 <= value <= 599:
        raise ValueError(f"status: {value} is not within 200 to 599")


DIALS: dict[str, Callable[..., Fault]] = {
    dial.__name__: dial
    for dial in (
        error,
        sign_error,
        answer,
        bad_gateway,
        drop_connection,
        break_off,
        delay,
        status,
        body,
        truncate_body,
        set_fields,
        remove_fields,
        unsigned,
        signed,
        timestamp_off,
        set_header,
        drop_headers,
        flip_signature,
        tamper_body,
        probe_signature,
    )
}
"""Every dial under its name, for the control API."""
