"""Bytes that a server sends behind a response, and what they can do to the next call.

httpx and httpx2 keep what arrived together with a response, and read it as the response to the
next call on that connection; what arrives later they notice, and connect anew. Whoever sends such
bytes gets no further with them than with a wrong response: at worst an unsigned refusal, which says
that it is one, or an unknown outcome.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import pytest
import trustme
from wechatpay_auth import MissingSignatureError
from wechatpay_ecommerce_refund import APIError, Call, InvalidResponseError, errors
from wechatpay_ecommerce_refund.api.ecommerce_refund import (
    create_return_advance,
    query_return_advance,
)
from wechatpay_ecommerce_refund.models import CreateReturnAdvanceRequest
from wechatpay_sandbox import Platform, Refund, RunningServer

from tests.conftest import SUB_MCHID, AnyAuth
from tests.soak.kept import Ending, Kept, Kind
from tests.soak.proxy import FaultProxy
from tests.soak.test_tls import presenting
from tests.soak.wire_faults import Action, answer

Operation = Callable[[str], Call[Any]]
FIRST, SECOND, OTHER = (f"{number:032d}" for number in range(1, 4))
BODY = CreateReturnAdvanceRequest(sub_mchid=SUB_MCHID)


def create(refund_id: str) -> Call[Any]:
    return create_return_advance.bind(refund_id, body=BODY)


def query(refund_id: str) -> Call[Any]:
    return query_return_advance.bind(refund_id, sub_mchid=SUB_MCHID)


@pytest.fixture(autouse=True)
def refunds(platform: Platform) -> None:
    for amount, refund_id in enumerate((FIRST, SECOND, OTHER), 1):
        platform.add_refund(Refund(refund_id=refund_id, sub_mchid=SUB_MCHID, amount=amount))


@pytest.fixture(params=["http", "https"])
def proxy(
    request: pytest.FixtureRequest,
    server: RunningServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[FaultProxy]:
    tls = None
    if request.param == "https":
        authority = trustme.CA()
        tls = presenting(authority.issue_cert("127.0.0.1"))
        authority.cert_pem.write_to_path(tmp_path / "authority.pem")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    with FaultProxy(server.port, tls=tls) as proxy:
        yield proxy


@pytest.fixture
def kept(auth: AnyAuth, proxy: FaultProxy, kind: Kind) -> Iterator[Kept]:
    with Kept(auth, proxy.base_url, kind, timeout=5) as kept:
        yield kept


def response_to(kept: Kept, proxy: FaultProxy, call: Call[Any]) -> bytes:
    """Make a call and return the whole response that the platform gave, to be shown again."""
    seen: list[bytes] = []

    def record(response: bytes) -> Iterable[bytes]:
        seen.append(response)
        return (response,)

    proxy.plan(answer(record, then=Action.GO_ON))
    kept.ending(call)
    return seen[0]


def after(kept: Kept, proxy: FaultProxy, extra: bytes, call: Call[Any]) -> Ending:
    """Make a call with something behind its response, then another, and return its ending."""
    proxy.plan(answer(lambda response: (response + extra,), then=Action.GO_ON))
    assert kept.ending(create(FIRST)).verdict == "verified", "the call itself takes no harm"
    kept.settle(proxy)
    turns = len(proxy.turns) + 1
    ending = kept.ending(call)
    kept.settle(proxy, turns)
    return ending


def told(kept: Kept) -> bool:
    """Whether a query tells what became of the second refund, at the latest when repeated."""
    return any(kept.ending(query(SECOND)).verdict == "verified" for _ in range(2))


def opened(platform: Platform, refund_id: str) -> bool:
    return any(line.state_changed and refund_id in line.request.target for line in platform.log)


def unsigned(status: bytes, code: bytes) -> bytes:
    body = b'{"code":"%b","message":"forged"}' % code
    return b"HTTP/1.1 %b x\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body)


@attrs.frozen
class Lost:
    """What the next call comes to if it is given these bytes."""

    extra: bytes
    why: type[Exception] | str | None
    """Why the outcome is unknown; a name is that of an error of the library. None: it is known."""


NO_RESPONSE: dict[str, Lost] = {
    "an unsigned success": Lost(
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", MissingSignatureError
    ),
    "no content": Lost(b"HTTP/1.1 204 No Content\r\n\r\n", MissingSignatureError),
    "an unsigned failure": Lost(unsigned(b"500", b"SYSTEM_ERROR"), errors.PlatformSystemError),
    "no HTTP": Lost(b"\x16\x03\x01 nonsense \r\n\r\n", "RemoteProtocolError"),
    "a line end": Lost(b"\r\n", "RemoteProtocolError"),
    "a word": Lost(b"HTTP/1.1 200 OK\r\n", "RemoteProtocolError"),
    "a response cut short": Lost(
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", MissingSignatureError
    ),
    "an announcement": Lost(b"HTTP/1.1 100 Continue\r\n\r\n", None),
}


@pytest.mark.parametrize("lost", NO_RESPONSE.values(), ids=list(NO_RESPONSE))
def test_what_stands_behind_a_response_is_no_response_to_the_next_call(
    library: ModuleType, kept: Kept, proxy: FaultProxy, platform: Platform, lost: Lost
) -> None:
    ending = after(kept, proxy, lost.extra, create(SECOND))
    why = getattr(library, lost.why) if isinstance(lost.why, str) else lost.why
    assert ending.verdict == "verified" or (ending.verdict, type(ending.why)) == ("unknown", why)
    assert opened(platform, SECOND)
    assert told(kept)


@pytest.mark.parametrize("operation", [create, query])
def test_a_genuine_success_behind_a_response_is_believed_for_no_other_refund(
    kept: Kept, proxy: FaultProxy, platform: Platform, operation: Operation
) -> None:
    genuine = response_to(kept, proxy, create(OTHER))
    assert kept.ending(create(SECOND)).verdict == "verified"
    ending = after(kept, proxy, genuine, operation(SECOND))
    if ending.verdict != "verified":
        assert ending.verdict == ("unknown" if operation is create else "failed")
        assert isinstance(ending.why, InvalidResponseError)
    assert told(kept)


@pytest.mark.parametrize("operation", [create, query])
@pytest.mark.parametrize("status", [b"403", b"404"])
def test_an_unsigned_refusal_behind_a_response_is_never_a_proven_one(
    kept: Kept, proxy: FaultProxy, platform: Platform, operation: Operation, status: bytes
) -> None:
    kept.ending(create(SECOND))
    ending = after(kept, proxy, unsigned(status, b"NO_AUTH"), operation(SECOND))
    if ending.verdict != "verified":
        assert isinstance(ending.why, APIError)
        assert not ending.why.verified
    assert told(kept)


def test_a_genuine_refusal_of_another_call_is_what_remains_and_a_query_contradicts_it(
    kept: Kept, proxy: FaultProxy, platform: Platform
) -> None:
    """No refusal says whose it is. Only the platform, or who is inside TLS, can show one."""
    genuine = response_to(kept, proxy, query(OTHER))
    ending = after(kept, proxy, genuine, create(SECOND))
    assert ending.verdict == "verified" or type(ending.why) is errors.ResourceNotExistsError
    assert opened(platform, SECOND)
    assert told(kept)


def test_what_comes_after_a_response_has_ended_costs_the_connection_only(
    kept: Kept, proxy: FaultProxy, platform: Platform
) -> None:
    has_ended = threading.Event()

    def late(response: bytes) -> Iterator[bytes]:
        yield response
        assert has_ended.wait(10)
        yield unsigned(b"403", b"NO_AUTH")

    proxy.plan(answer(late, then=Action.GO_ON))
    assert kept.ending(create(FIRST)).verdict == "verified"
    has_ended.set()
    kept.settle(proxy)
    assert kept.ending(create(SECOND)).verdict == "verified"
