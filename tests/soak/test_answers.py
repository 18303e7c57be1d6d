"""Responses that no client should have to read: each ends in a verdict that the books confirm.

All take the place of the platform's response to a create that did happen, so none of them may be
reported as a failure.
"""

from __future__ import annotations

import gzip
import re
import time
from collections.abc import Iterator
from itertools import chain, count, repeat
from types import ModuleType

import pytest
from wechatpay_auth import (
    InvalidSignatureError,
    MissingSignatureError,
    UnknownSerialError,
    UnreadableResponseError,
    VerificationError,
)
from wechatpay_ecommerce_refund import APIError, Retry
from wechatpay_sandbox import Platform

from tests.conftest import AnyAuth
from tests.end_to_end.test_success import CREATE, QUERY
from tests.soak.kept import Kept, Kind, happened
from tests.soak.proxy import FaultProxy
from tests.soak.wire_faults import Action, Rewrite, answer

OK = b"HTTP/1.1 200 OK\r\n"
BOMB = gzip.compress(bytes(64 << 20))
GZIP = OK + b"Content-Encoding: gzip\r\n"
NO_HTTP = "RemoteProtocolError"
"""Name of the library's error."""


@pytest.fixture
def kept(auth: AnyAuth, proxy: FaultProxy, kind: Kind) -> Iterator[Kept]:
    with Kept(auth, proxy.base_url, kind, timeout=2) as kept:
        yield kept


def changed(pattern: bytes, to: bytes) -> Rewrite:
    """Change the genuine response."""

    def change(response: bytes) -> tuple[bytes]:
        made = re.sub(pattern, to, response, count=1, flags=re.IGNORECASE)
        assert made != response, f"{pattern!r} is not in {response!r}"
        return (made,)

    return change


def with_line(line: bytes) -> Rewrite:
    """Add a header to the genuine response."""
    return changed(rb"\r\n", b"\r\n" + line.replace(b"\\", rb"\\") + b"\r\n")


def twice(name: bytes) -> Rewrite:
    """Send a header of the genuine response twice."""
    return changed(rb"(\r\n" + name + rb": [^\r]*)", rb"\1\1")


def without(name: bytes) -> Rewrite:
    return changed(rb"\r\n" + name + rb": [^\r]*", b"")


# What is no proven response.

TOO_LONG: dict[str, bytes | Rewrite] = {
    "long": OK + b"Content-Length: 2097152\r\n\r\n" + bytes(2 << 20),
    "endless": lambda _: chain(
        [OK + b"Transfer-Encoding: chunked\r\n\r\n"], repeat(b"10000\r\n%b\r\n" % bytes(1 << 16))
    ),
    "endless, no length": lambda _: chain([OK + b"\r\n"], repeat(bytes(1 << 16))),
    "bomb": GZIP + b"Content-Length: %d\r\n\r\n" % len(BOMB) + BOMB,
    "bomb, no length": GZIP + b"\r\n" + BOMB,
    "brotli": OK + b"Content-Encoding: br\r\nContent-Length: 1\r\n\r\nx",
}

NOT_HTTP: dict[str, bytes | Rewrite] = {
    "endless headers": lambda _: chain([OK], (b"X-%d: y\r\n" % number for number in count())),
    "endless header": lambda _: chain([OK + b"X: "], repeat(b"y" * 65536)),
    "bomb, length too great": GZIP + b"Content-Length: 99999999\r\n\r\n" + BOMB,
    "negative length": changed(rb"content-length: \d+", b"content-length: -1"),
    "two lengths": with_line(b"Content-Length: 3"),
    "length and chunks": with_line(b"Transfer-Encoding: chunked"),
    "HTTP/0.9": b'{"result":"SUCCESS"}',
    "SSH": b"SSH-2.0-OpenSSH_9.9\r\n",
    "TLS alert": b"\x15\x03\x03\x00\x02\x02\x28",
    "HTTP/2": b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + bytes(18),
    "NUL in a header": with_line(b"X: a\0b"),
}

UNPROVEN: dict[str, tuple[bytes | Rewrite, type[VerificationError]]] = {
    "204": (b"HTTP/1.1 204 No Content\r\n\r\n", MissingSignatureError),
    "no UTF-8 in the body": (changed(b"PROCESSING", b"\xff" * 10), InvalidSignatureError),
    "no UTF-8 in the nonce": (changed(b"nonce: ", b"nonce: \xff"), InvalidSignatureError),
    "cut short, no length": (
        lambda response: (next(iter(without(b"content-length")(response)))[:-9],),
        InvalidSignatureError,
    ),
    "serial in two lines": (changed(b"(serial: .{9})", rb"\1\r\n "), UnknownSerialError),
    "nonce goes on": (changed(b"(-nonce: [^\r]*)", rb"\1\r\n x"), InvalidSignatureError),
}
for name in (b"signature", b"nonce", b"timestamp", b"serial", b"signature-type"):
    field = b"Wechatpay-" + name
    UNPROVEN[f"{field.decode()} twice"] = (twice(field), MissingSignatureError)
    UNPROVEN[f"{field.decode()} and another"] = (with_line(field + b": 1"), MissingSignatureError)
    UNPROVEN[f"{field.decode()} and an empty one"] = (
        with_line(field + b":"),
        MissingSignatureError,
    )


@pytest.mark.parametrize(
    ("response", "why"),
    [
        *((response, UnreadableResponseError) for response in TOO_LONG.values()),
        *((response, NO_HTTP) for response in NOT_HTTP.values()),
        *UNPROVEN.values(),
    ],
    ids=[*TOO_LONG, *NOT_HTTP, *UNPROVEN],
)
def test_what_is_no_proven_response_leaves_a_create_unknown_and_fails_a_query(
    library: ModuleType,
    kept: Kept,
    proxy: FaultProxy,
    platform: Platform,
    response: bytes | Rewrite,
    why: type[Exception] | str,
) -> None:
    expected = getattr(library, why) if isinstance(why, str) else why
    proxy.plan(answer(response), answer(response), None)
    created = kept.ending(CREATE)
    kept.settle(proxy)
    asked = kept.ending(QUERY)
    kept.settle(proxy)
    assert (created.verdict, type(created.why)) == ("unknown", expected)
    assert happened(platform)
    assert (asked.verdict, type(asked.why)) == ("failed", expected)
    assert kept.ending(QUERY).verdict == "verified", "the client is in order"


# What is unusual, but a proven response: neither of these is in the signed message.

UNUSUAL: dict[str, Rewrite] = {
    "no UTF-8 in another header": with_line(b"X-Note: \xff\xfe"),
    "another content type": changed(rb"content-type: [^\r]*", b"Content-Type: text/html"),
    "no content type": without(b"content-type"),
    "no length": without(b"content-length"),
    "HTTP/1.0": changed(b"^HTTP/1.1", b"HTTP/1.0"),
    "Request-ID twice": twice(b"request-id"),
    "a thousand interim responses": lambda response: (
        b"HTTP/1.1 100 Continue\r\n\r\n" * 500,
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 500,
        response,
    ),
}


@pytest.mark.parametrize("response", UNUSUAL.values(), ids=list(UNUSUAL))
def test_what_is_unusual_but_proven_is_a_response(
    kept: Kept, proxy: FaultProxy, response: Rewrite
) -> None:
    proxy.plan(answer(response), None)
    assert kept.ending(CREATE).verdict == "verified"
    kept.settle(proxy)
    assert kept.ending(QUERY).verdict == "verified"


@pytest.mark.parametrize(
    "response",
    [twice(b"content-length"), changed(b"-nonce: ", b"-nonce:\r\n ")],
    ids=["same length twice", "nonce in the next line"],
)
def test_what_one_parser_takes_and_another_does_not_is_a_response_or_none(
    library: ModuleType, kept: Kept, proxy: FaultProxy, response: Rewrite
) -> None:
    proxy.plan(answer(response))
    ending = kept.ending(CREATE)
    assert ending.verdict == "verified" or (ending.verdict, type(ending.why)) == (
        "unknown",
        library.RemoteProtocolError,
    )


@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
        changed(rb"1\.1 200", b"1.1 099"),
    ],
    ids=["101", "99"],
)
def test_a_status_that_is_no_answer_leaves_a_create_unknown(
    library: ModuleType, kept: Kept, proxy: FaultProxy, response: bytes | Rewrite
) -> None:
    proxy.plan(answer(response))
    ending = kept.ending(CREATE)
    assert ending.verdict == "unknown"
    assert type(ending.why) in (library.RemoteProtocolError, APIError)


# Each byte in a chunk of its own: it would be minutes before there are too many.
BODY = OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 64
# Blocking clients end no head that goes on and on; see test_slow_heads.py.
HEAD = b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 64


@pytest.mark.parametrize(
    ("kind", "crawl"),
    [("sync", BODY), ("asyncio", BODY), ("asyncio", HEAD)],
    ids=["sync-body", "asyncio-body", "asyncio-announcements"],
)
def test_an_endless_crawl_ends_in_time(
    library: ModuleType,
    auth: AnyAuth,
    proxy: FaultProxy,
    platform: Platform,
    kind: Kind,
    crawl: tuple[bytes, bytes],
) -> None:
    first, more = crawl
    proxy.plan(answer(lambda _: chain([first], repeat(more))))
    rules = Retry(retries=0, deadline=0.4)
    start = time.monotonic()
    with Kept(auth, proxy.base_url, kind, timeout=5, retry=rules) as kept:
        ending = kept.ending(CREATE)
    assert (ending.verdict, type(ending.why)) == ("unknown", library.ReadTimeout)
    assert time.monotonic() - start < 4
    assert happened(platform)


def test_a_bomb_behind_too_short_a_length_is_no_response_to_the_next_call(
    library: ModuleType, kept: Kept, proxy: FaultProxy, platform: Platform
) -> None:
    """The rest stays in the connection, which is kept; it may cost the next call, and no more."""
    short = GZIP + b"Content-Length: 1000\r\n\r\n" + BOMB
    proxy.plan(answer(short, then=Action.GO_ON))
    created = kept.ending(CREATE)
    assert created.verdict == "unknown"
    assert type(created.why) in (MissingSignatureError, library.RemoteProtocolError)
    assert happened(platform)
    asked = kept.ending(QUERY)
    assert asked.verdict == "verified" or type(asked.why) is library.RemoteProtocolError
    assert kept.ending(QUERY).verdict == "verified"
