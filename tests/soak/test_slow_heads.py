"""How long a call can last whose response comes one line at a time, each of them in time.

Under asyncio the deadline bounds the whole call, whoever made the client. Neither library lets a
blocking call be bounded as a whole: there it is each read, and the body.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import cast

import pytest
import trustme
from wechatpay_ecommerce_refund import Retry
from wechatpay_ecommerce_refund.client import SERVERS
from wechatpay_sandbox import Platform, RunningServer, serve_proxy

from tests.conftest import AnyAuth
from tests.end_to_end.test_success import CREATE
from tests.soak.kept import Kept, Kind, happened
from tests.soak.proxy import FaultProxy
from tests.soak.test_tls import presenting
from tests.soak.wire_faults import Point, drip, stall

DEADLINE = 0.3
RULES = Retry(deadline=DEADLINE)
SLOW = drip(20, 0.05)
"""The head takes some two seconds."""
READ = 5.0
"""Seconds that a single read may take."""


def must_end_at_the_deadline(kept: Kept, proxy: FaultProxy, library: ModuleType) -> None:
    proxy.plan(SLOW)
    start = time.monotonic()
    ending = kept.ending(CREATE)
    took = time.monotonic() - start
    assert (ending.verdict, type(ending.why)) == ("unknown", library.ReadTimeout)
    assert DEADLINE <= took < DEADLINE + 1


def test_under_asyncio_a_slow_head_ends_at_the_deadline(
    library: ModuleType, auth: AnyAuth, proxy: FaultProxy, platform: Platform
) -> None:
    with Kept(auth, proxy.base_url, "asyncio", timeout=READ, retry=RULES) as kept:
        must_end_at_the_deadline(kept, proxy, library)
        assert kept.ending(CREATE).verdict == "verified", "the client is in order"
    assert happened(platform)


def test_under_asyncio_a_slow_head_ends_at_the_deadline_over_your_own_client_too(
    library: ModuleType, auth: AnyAuth, proxy: FaultProxy, platform: Platform
) -> None:
    own = library.AsyncClient(timeout=None)
    with Kept(auth, proxy.base_url, "asyncio", timeout=READ, retry=RULES, async_http=own) as kept:
        must_end_at_the_deadline(kept, proxy, library)
        assert kept.ending(CREATE).verdict == "verified"
        kept.run(own.aclose())
    assert happened(platform)


@pytest.fixture
def named_by_the_environment(
    server: RunningServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FaultProxy]:
    """The platform's own host behind a proxy of the environment."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    tls = presenting(authority.issue_cert(SERVERS[0].removeprefix("https://")))
    with (
        FaultProxy(server.port, tls=tls) as slow,
        serve_proxy(cast("RunningServer", slow)) as tunnel,
    ):
        monkeypatch.setenv("HTTPS_PROXY", tunnel.url)
        yield slow
        assert tunnel.hosts, "the way led through the proxy"


def test_under_asyncio_a_slow_head_ends_at_the_deadline_behind_a_proxy_too(
    library: ModuleType, auth: AnyAuth, named_by_the_environment: FaultProxy, platform: Platform
) -> None:
    with Kept(auth, SERVERS[0], "asyncio", timeout=READ, retry=RULES) as kept:
        must_end_at_the_deadline(kept, named_by_the_environment, library)
        assert kept.ending(CREATE).verdict == "verified"
    assert happened(platform)


def test_a_slow_head_outlasts_the_deadline_of_a_blocking_call_and_ends_where_the_body_begins(
    library: ModuleType, auth: AnyAuth, proxy: FaultProxy, platform: Platform
) -> None:
    """Each line is in time, and only the library sees it."""
    proxy.plan(SLOW)
    start = time.monotonic()
    with Kept(auth, proxy.base_url, "sync", timeout=READ, retry=RULES) as kept:
        ending = kept.ending(CREATE)
    assert (ending.verdict, type(ending.why)) == ("unknown", library.ReadTimeout)
    assert time.monotonic() - start > 2 * DEADLINE
    assert happened(platform)


@pytest.mark.parametrize("point", [Point.FORWARDED, Point.HEAD, Point.BODY])
def test_no_single_read_outlasts_the_deadline(
    library: ModuleType, auth: AnyAuth, proxy: FaultProxy, kind: Kind, point: Point
) -> None:
    proxy.plan(stall(point))
    start = time.monotonic()
    with Kept(auth, proxy.base_url, kind, timeout=READ, retry=RULES) as kept:
        ending = kept.ending(CREATE)
    assert (ending.verdict, type(ending.why)) == ("unknown", library.ReadTimeout)
    assert time.monotonic() - start < DEADLINE + 2


def test_a_slow_body_ends_at_the_deadline(
    library: ModuleType, auth: AnyAuth, proxy: FaultProxy, kind: Kind
) -> None:
    proxy.plan(drip(5, 0.05, point=Point.HEAD))
    start = time.monotonic()
    with Kept(auth, proxy.base_url, kind, timeout=READ, retry=RULES) as kept:
        ending = kept.ending(CREATE)
    assert (ending.verdict, type(ending.why)) == ("unknown", library.ReadTimeout)
    assert time.monotonic() - start < DEADLINE + 2
