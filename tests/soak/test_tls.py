"""TLS that is not what it should be, and faults underneath it.

A handshake that fails is a call that was never sent. Once it stands, what comes in between is
noticed by TLS itself.
"""

from __future__ import annotations

import datetime as dt
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
import trustme
from wechatpay_ecommerce_refund import Retry
from wechatpay_sandbox import TLS, Platform, RunningServer, make_tls, serve

from tests.conftest import AnyAuth
from tests.end_to_end.test_success import CREATE, QUERY
from tests.soak.kept import Kept, Kind, happened
from tests.soak.proxy import FaultProxy
from tests.soak.wire_faults import Action, Fault, Point, answer, close, drip, reset, stall

YESTERDAY = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def tls() -> TLS:
    """What the platform presents, where it speaks TLS itself."""
    return make_tls()


@pytest.fixture
def trusting(
    authority: trustme.CA, tls: TLS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Have clients trust both, by the environment."""
    file = tmp_path / "authorities.pem"
    file.write_bytes(authority.cert_pem.bytes() + tls.authority_pem.encode())
    monkeypatch.setenv("SSL_CERT_FILE", str(file))


def presenting(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with certificate.private_key_and_cert_chain_pem.tempfile() as file:
        context.load_cert_chain(file)
    return context


@pytest.fixture(scope="module")
def tls_server(served: tuple[Platform, RunningServer], tls: TLS) -> Iterator[RunningServer]:
    """The platform behind TLS of its own."""
    with serve(served[0], tls=tls) as running:
        yield running


# Handshakes that fail.


def expired(authority: trustme.CA) -> trustme.LeafCert:
    return authority.issue_cert("127.0.0.1", not_after=YESTERDAY)


def of_another_host(authority: trustme.CA) -> trustme.LeafCert:
    return authority.issue_cert("api.mch.weixin.qq.com")


def of_an_untrusted_authority(_: trustme.CA) -> trustme.LeafCert:
    return trustme.CA().issue_cert("127.0.0.1")


@pytest.mark.parametrize("certificate", [expired, of_another_host, of_an_untrusted_authority])
def test_a_certificate_that_proves_nothing_ends_the_call_before_it_is_sent(
    library: ModuleType,
    auth: AnyAuth,
    server: RunningServer,
    platform: Platform,
    kind: Kind,
    authority: trustme.CA,
    trusting: None,
    certificate: Callable[[trustme.CA], trustme.LeafCert],
) -> None:
    with (
        FaultProxy(server.port, tls=presenting(certificate(authority))) as proxy,
        Kept(auth, proxy.base_url, kind) as kept,
    ):
        ending = kept.ending(CREATE)
    assert (ending.verdict, type(ending.why)) == ("failed", library.ConnectError)
    assert "CERTIFICATE_VERIFY_FAILED" in str(ending.why)
    assert platform.log == ()


def test_plain_http_where_tls_is_expected_ends_the_call_before_it_is_sent(
    library: ModuleType, auth: AnyAuth, server: RunningServer, platform: Platform, kind: Kind
) -> None:
    with Kept(auth, f"https://127.0.0.1:{server.port}", kind) as kept:
        ending = kept.ending(CREATE)
    assert (ending.verdict, type(ending.why)) == ("failed", library.ConnectError)
    assert platform.log == ()


def test_tls_where_plain_http_is_expected_is_unknown_because_it_was_sent(
    library: ModuleType,
    auth: AnyAuth,
    server: RunningServer,
    platform: Platform,
    kind: Kind,
    authority: trustme.CA,
) -> None:
    tls = presenting(authority.issue_cert("127.0.0.1"))
    with (
        FaultProxy(server.port, tls=tls) as proxy,
        Kept(auth, f"http://127.0.0.1:{proxy.port}", kind) as kept,
    ):
        ending = kept.ending(CREATE)
    assert ending.verdict == "unknown"
    assert isinstance(ending.why, library.RemoteProtocolError | library.ReadError)
    assert platform.log == ()


@pytest.mark.parametrize("fault", [reset(Point.FORWARDED), stall(Point.FORWARDED)], ids=repr)
def test_a_handshake_that_breaks_off_ends_the_call_before_it_is_sent(
    library: ModuleType,
    auth: AnyAuth,
    server: RunningServer,
    platform: Platform,
    kind: Kind,
    fault: Fault,
) -> None:
    with (
        FaultProxy(server.port, opaque=True) as proxy,
        Kept(auth, proxy.base_url, kind) as kept,
    ):
        proxy.plan(fault)
        ending = kept.ending(CREATE)
    assert ending.verdict == "failed"
    assert isinstance(ending.why, library.ConnectError | library.ConnectTimeout)
    assert platform.log == ()


def test_a_name_that_is_not_found_ends_the_call_before_it_is_sent(
    library: ModuleType, auth: AnyAuth, server: RunningServer, platform: Platform, kind: Kind
) -> None:
    with Kept(auth, "https://api.mch.invalid", kind, timeout=10) as kept:
        ending = kept.ending(CREATE)
    assert (ending.verdict, type(ending.why)) == ("failed", library.ConnectError)
    with Kept(
        auth,
        "https://api.mch.invalid",
        kind,
        backup_url=server.base_url,
        timeout=10,
        retry=Retry(retries=1),
    ) as kept:
        assert kept.ending(CREATE).verdict == "verified"
    assert happened(platform)


# Faults within a session.


@pytest.fixture
def proxy(server: RunningServer, authority: trustme.CA) -> Iterator[FaultProxy]:
    """TLS up to the proxy, so that it knows where in a response it is."""
    tls = presenting(authority.issue_cert("127.0.0.1"))
    with FaultProxy(server.port, tls=tls) as proxy:
        yield proxy


@pytest.mark.parametrize(
    "fault",
    [
        *(end(point) for end in (reset, close) for point in (Point.REQUEST, Point.HEAD)),
        *(end(point) for end in (reset, close, stall) for point in (Point.FORWARDED, Point.BODY)),
    ],
    ids=lambda fault: fault.name,
)
def test_a_create_whose_session_breaks_is_unknown_and_its_query_tells(
    library: ModuleType,
    auth: AnyAuth,
    proxy: FaultProxy,
    platform: Platform,
    kind: Kind,
    trusting: None,
    fault: Fault,
) -> None:
    with Kept(auth, proxy.base_url, kind) as kept:
        kept.ending(QUERY)
        proxy.plan(fault)
        created = kept.ending(CREATE)
        asked = kept.ending(QUERY)
    assert created.verdict == "unknown"
    assert isinstance(
        created.why, library.ReadTimeout | library.ReadError | library.RemoteProtocolError
    )
    assert happened(platform) is proxy.turns[1].answered
    assert asked.verdict == ("verified" if proxy.turns[1].answered else "failed")


@pytest.mark.parametrize("end", [reset, close])
def test_a_kept_session_that_ended_is_not_used_again(
    auth: AnyAuth,
    proxy: FaultProxy,
    kind: Kind,
    trusting: None,
    end: Callable[[Point], Fault],
) -> None:
    proxy.plan(end(Point.END))
    with Kept(auth, proxy.base_url, kind) as kept:
        assert kept.ending(CREATE).verdict == "verified"
        kept.settle(proxy)
        assert kept.ending(QUERY).verdict == "verified"


def test_bytes_that_are_changed_on_the_way_end_the_session(
    library: ModuleType,
    auth: AnyAuth,
    platform: Platform,
    tls_server: RunningServer,
    trusting: None,
    kind: Kind,
) -> None:
    """TLS notices before the signature would."""
    flipped = answer(lambda sent: (sent[:-1] + bytes([sent[-1] ^ 1]),), then=Action.GO_ON)
    with (
        FaultProxy(tls_server.port, opaque=True) as proxy,
        Kept(auth, proxy.base_url, kind) as kept,
    ):
        kept.ending(QUERY)
        proxy.plan(flipped)
        ending = kept.ending(CREATE)
        assert ending.verdict == "unknown"
        assert isinstance(ending.why, library.ReadError | library.RemoteProtocolError)
    assert happened(platform)
    with (
        FaultProxy(tls_server.port, opaque=True) as proxy,
        Kept(auth, proxy.base_url, kind, retry=Retry(retries=1)) as kept,
    ):
        kept.ending(QUERY)
        proxy.plan(flipped)
        assert len(kept.call(CREATE).attempts) == 2, "it is repeated like any lost connection"


# The drip: nobody on the way can make a read last, because a record is read as a whole.


def test_bytes_that_drip_underneath_tls_do_not_outlast_the_read_timeout(
    library: ModuleType,
    auth: AnyAuth,
    platform: Platform,
    tls_server: RunningServer,
    trusting: None,
    kind: Kind,
) -> None:
    """A byte each 50 ms: every single one is in time, a record would take more than a minute."""
    with FaultProxy(tls_server.port, opaque=True) as proxy:
        kept = Kept(auth, proxy.base_url, kind)
        kept.ending(QUERY)
        proxy.plan(drip(1, 0.05))
        start = time.monotonic()
        ending = kept.ending(CREATE)
        took = time.monotonic() - start
        again = kept.ending(CREATE)
    with kept:
        assert (ending.verdict, type(ending.why)) == ("unknown", library.ReadTimeout)
        assert took < 5
        assert again.verdict == "verified"
    assert happened(platform)
