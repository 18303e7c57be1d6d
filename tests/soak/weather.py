"""The faults of a plan by name: what the network and an attacker do, and what the platform does."""

from __future__ import annotations

import asyncio
import base64
import gzip
import re
import zlib
from collections.abc import Callable, Iterable, Mapping
from itertools import chain, repeat

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from wechatpay_sandbox import faults, make_private_key

from tests.soak.plan import FORGED_AMOUNT, Planned
from tests.soak.proxy import FaultProxy
from tests.soak.proxy import _Connection as Connection  # pyright: ignore[reportPrivateUsage]
from tests.soak.proxy import _request as read_request  # pyright: ignore[reportPrivateUsage]
from tests.soak.wire_faults import Action, Fault, Point, answer, close, drip, reset, stall

PLATFORM: Mapping[str, tuple[faults.Fault, ...]] = {
    "probe signature": (faults.probe_signature(),),
    "500": (faults.error("SYSTEM_ERROR"),),
    "500 after the change": (faults.error("SYSTEM_ERROR", after_change=True),),
    "502 after the change": (faults.bad_gateway(after_change=True),),
    "202": (faults.answer(202),),
    "503": (faults.answer(503),),
    "429 storm": (faults.error("FREQUENCY_LIMITED"),),
    "429 after the change": (faults.error("FREQUENCY_LIMITED", after_change=True),),
    "no answer": (faults.drop_connection(),),
    "lost response": (faults.drop_connection(after_change=True),),
    "broken off": (faults.break_off(),),
    "stale timestamp": (faults.timestamp_off(-900),),
    "no signature": (faults.unsigned(),),
    "refused": (faults.error("NO_AUTH"),),
    "new enum value": (faults.set_fields(result="REVIEWING"),),
}

_MEGABYTE = b"x" * (1 << 20)
_AMOUNT = re.compile(rb'"return_amount":\s*\d+')
_FIELD = re.compile(rb"\r\n(wechatpay-[a-z]+): ([^\r]*)", re.IGNORECASE)
_SIGNATURE = re.compile(rb"(\r\nwechatpay-signature): [^\r]*", re.IGNORECASE)
_LENGTH = re.compile(rb"(\r\ncontent-length): *\d+", re.IGNORECASE)
_TYPE = re.compile(rb"(\r\ncontent-type): [^\r]*", re.IGNORECASE)


def _split(response: bytes) -> tuple[bytes, bytes]:
    head, _, body = response.partition(b"\r\n\r\n")
    return head, body


def _whole(head: bytes, body: bytes, *lines: bytes) -> bytes:
    head = _LENGTH.sub(rb"\1: %d" % len(body), head)
    return b"\r\n".join([head, *lines]) + b"\r\n\r\n" + body


def _forged(body: bytes) -> bytes:
    """What an attacker would like to have believed: another amount of money."""
    return _AMOUNT.sub(b'"return_amount":%d' % FORGED_AMOUNT, body)


def _tampered(response: bytes) -> Iterable[bytes]:
    head, body = _split(response)
    return [_whole(head, _forged(body) + b" ")]


class Attacker:
    """Signs what it forges, with a key of its own."""

    def __init__(self) -> None:
        self._key = make_private_key()

    def signed(self, response: bytes) -> Iterable[bytes]:
        head, body = _split(response)
        body = _forged(body) + b" "
        fields = {name.lower(): value for name, value in _FIELD.findall(head)}
        time, nonce = fields.get(b"wechatpay-timestamp", b""), fields.get(b"wechatpay-nonce", b"")
        message = b"\n".join([time, nonce, body, b""])
        signature = self._key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        return [_whole(_SIGNATURE.sub(rb"\1: " + base64.b64encode(signature), head), body)]


def _unsigned(response: bytes) -> Iterable[bytes]:
    head, body = _split(response)
    head = _FIELD.sub(b"", head)
    return [_whole(re.sub(rb"^HTTP/1.1 \d+", b"HTTP/1.1 200", head), _forged(body) + b" ")]


def _coded(response: bytes, body: bytes) -> Iterable[bytes]:
    return [_whole(_split(response)[0], body, b"Content-Encoding: gzip")]


def _signature_twice(response: bytes) -> Iterable[bytes]:
    head, body = _split(response)
    line = _SIGNATURE.search(head)
    return [_whole(head, body, line[0].strip()) if line else response]


def _folded(response: bytes) -> Iterable[bytes]:
    return [_whole(*_split(response), b"X-Folded: one", b" two")]


def _not_utf8(response: bytes) -> Iterable[bytes]:
    head, body = _split(response)
    return [_whole(head, body[:-1] + b'\xff\xfe"')]


def _other_type(response: bytes) -> Iterable[bytes]:
    head, body = _split(response)
    return [_whole(_TYPE.sub(rb"\1: text/html; charset=gb2312", head), body)]


def _oversized(response: bytes) -> Iterable[bytes]:
    head, body = _split(response)
    head = _LENGTH.sub(rb"\1: %d" % (len(body) + 4 * len(_MEGABYTE)), head)
    return [head + b"\r\n\r\n", *repeat(_MEGABYTE, 4), body]


def _endless(response: bytes) -> Iterable[bytes]:
    head = _LENGTH.sub(b"", _split(response)[0])
    return chain([head + b"\r\n\r\n"], repeat(_MEGABYTE))


def wire(attacker: Attacker) -> dict[str, Fault]:
    bomb = gzip.compress(_MEGABYTE * 20, 9)
    broken = gzip.compress(b"{}")[:-4] + zlib.compress(b"")
    made: dict[str, Fault] = {
        "reset on the way there": reset(Point.REQUEST),
        "reset before the response": reset(Point.FORWARDED),
        "reset after the headers": reset(Point.HEAD),
        "reset in the body": reset(Point.BODY),
        "close on the way there": close(Point.REQUEST),
        "close before the response": close(Point.FORWARDED),
        "close in the body": close(Point.BODY),
        "close after the response": close(Point.END),
        "half-open before the response": stall(Point.FORWARDED),
        "half-open in the body": stall(Point.BODY),
        "slow drip": drip(100, 0.002),
        "first host lost": reset(Point.REQUEST),
        "both hosts lost": reset(Point.FORWARDED),
        "endless body": answer(_endless),
        "oversized body": answer(_oversized),
        "gzip bomb": answer(lambda response: _coded(response, bomb)),
        "no HTTP": answer(b"SSH-2.0-OpenSSH_9.9\r\n"),
        "broken gzip": answer(lambda response: _coded(response, broken)),
    }
    rewriting: dict[str, Callable[[bytes], Iterable[bytes]]] = {
        "signature twice": _signature_twice,
        "folded header": _folded,
        "invalid UTF-8": _not_utf8,
        "wrong content type": _other_type,
        "signed by another key": attacker.signed,
        "tampered body": _tampered,
        "forged without signature": _unsigned,
    }
    return made | {name: answer(how, then=Action.GO_ON) for name, how in rewriting.items()}


class Weather:
    """What goes wrong with the calls of this round, by the refunds they are about."""

    def __init__(self, rotate: Callable[[], None]) -> None:
        self._wire = wire(Attacker())
        self._rotate = rotate
        self._planned: dict[bytes, Planned] = {}
        self._hits: dict[bytes, int] = {}
        self._genuine: bytes | None = None
        self.bytes = 0

    def begin(self, plan: Iterable[Planned]) -> None:
        self._planned = {one.refund_id.encode(): one for one in plan}
        self._hits.clear()

    def fault(self, request: bytes, *, first_host: bool) -> Fault | None:
        """Give what goes wrong with a request."""
        self.bytes += len(request)
        refund = request.split(b"/", 5)[4] if request.count(b"/", 0, 200) > 4 else b""
        planned = self._planned.get(refund)
        if planned is None or self._hits.get(refund, 0) >= planned.times:
            return None
        if planned.kind == "first host lost" and not first_host:
            return None
        self._hits[refund] = self._hits.get(refund, 0) + 1
        if planned.kind == "certificate rotated":
            self._rotate()
        if planned.kind == "response to another refund":
            other = self._genuine
            return answer(lambda response: [other or response], then=Action.GO_ON)
        return self._wire.get(planned.kind)

    def came(self, response: bytes, *, untouched: bool) -> None:
        """Take note of a genuine response; it may be replayed for another refund."""
        self.bytes += len(response)
        if untouched and response.startswith(b"HTTP/1.1 200"):
            self._genuine = response


class WeatherProxy(FaultProxy):
    """Chooses by the call that a request belongs to, so that a seed gives the same to each."""

    weather: Weather
    first_host = True

    async def _relay_turns(self, connection: Connection) -> None:
        while True:
            request = await read_request(connection.client)
            planned = self.weather.fault(request, first_host=self.first_host)
            fault = planned or Fault(Point.END, Action.GO_ON)
            if fault.point is Point.REQUEST:
                await connection.act(fault, b"")
            head, body = await connection.ask_platform(request)
            self.weather.came(head + body, untouched=planned is None)
            if fault.rewrite:
                for piece in fault.rewrite(head + body):
                    self.weather.bytes += len(piece)
                    await connection.send(piece)
                    await asyncio.sleep(0)  # to notice that the client hung up
                head = body = b""
            cut = {
                Point.FORWARDED: 0,
                Point.HEAD: len(head),
                Point.BODY: len(head) + len(body) // 2,
            }.get(fault.point, len(head + body))
            await connection.send((head + body)[:cut])
            await connection.act(fault, (head + body)[cut:])
