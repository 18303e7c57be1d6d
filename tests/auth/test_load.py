"""Threads and tasks at once, while certificates rotate and a part of the responses is forged.

One auth object, a real server on loopback. No forged response gets through, no true one is lost.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from wechatpay_auth import PlatformCertificates, RSASigner, VerificationError, WeChatPayAuth
from wechatpay_auth._certificate_download import Outcome, Refresh

from tests.auth.support import (
    API_V3_KEY,
    MCHID,
    NO_TLS,
    NOW,
    Answer,
    CertificatePlatform,
    Received,
    Server,
    serving,
    sign,
)

THREADS, TASKS, CALLS = 8, 8, 40
ROTATE_EVERY = 60


class Rotating(CertificatePlatform):
    """Replaces its certificate every so many calls, and forges every fifth response."""

    def __init__(self, key: rsa.RSAPrivateKey, attacker: rsa.RSAPrivateKey) -> None:
        super().__init__(key)
        self.now = NOW
        self.clock = lambda: self.now
        self.own, self.attacker = key, attacker
        self.served = self.rotations = 0
        self.lock = threading.Lock()

    def __call__(self, received: Received) -> Answer:
        if received.target == "/v3/certificates":
            return super().__call__(received)
        with self.lock:
            self.served += 1
            if self.served % ROTATE_EVERY == 0:
                self.rotate()
        number = int(received.target.rpartition("/")[2])
        if number % 5 == 0:
            return self.forged(number)
        return self.signed(b'{"ok":%d}' % number)

    def rotate(self) -> None:
        """A new certificate is listed first, and signs later; the old ones stay valid."""
        self.rotations += 1
        serial = self.publish(self.own, 100 + self.rotations)
        self.now += 61
        self.signing = serial

    def forged(self, number: int) -> Answer:
        true = self.signed(b'{"ok":%d}' % number)
        false = replace(true, body=b'{"forged":%d}' % number)
        headers = true.headers
        message = f"{headers['Wechatpay-Timestamp']}\n{headers['Wechatpay-Nonce']}\n".encode()
        by_attacker = sign(self.attacker, message + false.body + b"\n")
        changes: list[dict[str, str]] = [
            {},
            {"Wechatpay-Signature": by_attacker},
            {"Wechatpay-Signature": by_attacker, "Wechatpay-Serial": "BAD"},
            {"Wechatpay-Signature": "WECHATPAY/SIGNTEST/" + "A" * 336},
        ]
        return replace(false, headers=headers | changes[number // 5 % len(changes)])


@dataclass
class Tally:
    """What became of the calls, by their number."""

    accepted: dict[int, bytes] = field(default_factory=dict[int, bytes])
    refused: dict[int, str] = field(default_factory=dict[int, str])
    broken: dict[int, str] = field(default_factory=dict[int, str])

    def take(self, number: int, error: Exception | None, body: bytes) -> None:
        if error is None:
            self.accepted[number] = body
        elif isinstance(error, VerificationError):
            self.refused[number] = repr(error)
        else:
            self.broken[number] = repr(error)


def in_thread(auth: WeChatPayAuth, url: str, first: int, tally: Tally) -> None:
    with httpx.Client(auth=auth, verify=NO_TLS, trust_env=False, timeout=30) as client:
        for number in range(first, first + CALLS):
            try:
                body = client.post(f"{url}/v3/{number}", content=b"{}").content
                tally.take(number, None, body)
            except Exception as error:  # noqa: BLE001 - counted
                tally.take(number, error, b"")


async def in_task(auth: WeChatPayAuth, url: str, first: int, tally: Tally) -> None:
    async with httpx.AsyncClient(auth=auth, verify=NO_TLS, trust_env=False, timeout=30) as client:
        for number in range(first, first + CALLS):
            try:
                body = (await client.post(f"{url}/v3/{number}", content=b"{}")).content
                tally.take(number, None, body)
            except Exception as error:  # noqa: BLE001 - counted
                tally.take(number, error, b"")


def test_rotation_under_load_has_no_false_accept_and_no_lost_call(
    platform_key: rsa.RSAPrivateKey, other_key: rsa.RSAPrivateKey, signer: RSASigner
) -> None:
    platform = Rotating(platform_key, other_key)
    certificates = PlatformCertificates(MCHID, api_v3_key=API_V3_KEY)
    auth = WeChatPayAuth(MCHID, signer=signer, verifier=certificates, clock=platform.clock)
    tally = Tally()

    async def tasks(url: str) -> None:
        firsts = range(THREADS * CALLS, (THREADS + TASKS) * CALLS, CALLS)
        await asyncio.gather(*(in_task(auth, url, first, tally) for first in firsts))

    with serving(platform) as server, ThreadPoolExecutor(THREADS) as pool:
        for first in range(0, THREADS * CALLS, CALLS):
            pool.submit(in_thread, auth, server.url, first, tally)
        asyncio.run(tasks(server.url))

    numbers = range((THREADS + TASKS) * CALLS)
    assert tally.broken == {}
    assert {n for n in numbers if n % 5 == 0} == set(tally.refused), "false accepts or lost calls"
    assert tally.accepted == {n: b'{"ok":%d}' % n for n in numbers if n % 5}
    assert platform.rotations == len(numbers) // ROTATE_EVERY
    # The clock stands still between rotations, so each of them allows one download at most.
    assert platform.rotations < platform.downloads <= platform.rotations + 1


class Watched(PlatformCertificates):
    """Tells how many calls wait for the download that another one makes."""

    waiting = 0
    expected = 0

    def __init__(self) -> None:
        super().__init__(MCHID, api_v3_key=API_V3_KEY)
        self.all_wait = threading.Event()

    def begin_refresh(
        self, now: float, *, unknown_serial_no: str | None = None
    ) -> Refresh | Future[Outcome] | None:
        task = super().begin_refresh(now, unknown_serial_no=unknown_serial_no)
        if isinstance(task, Future):
            self.waiting += 1
            if self.waiting == self.expected:
                self.all_wait.set()
        return task


def must_come(event: threading.Event) -> None:
    assert event.wait(10), "it never came"


@pytest.fixture
def watched() -> Watched:
    return Watched()


@pytest.fixture
def all_at_once(
    platform_key: rsa.RSAPrivateKey, signer: RSASigner, watched: Watched
) -> Callable[[int, int], tuple[CertificatePlatform, Server, list[bytes]]]:
    """So many threads and tasks make their first call; the download waits until all others do."""

    def run(threads: int, tasks: int) -> tuple[CertificatePlatform, Server, list[bytes]]:
        platform = CertificatePlatform(platform_key)
        platform.before_download = lambda: must_come(watched.all_wait)
        watched.expected = threads + tasks - 1
        auth = WeChatPayAuth(MCHID, signer=signer, verifier=watched, clock=lambda: NOW)

        def get(url: str) -> bytes:
            with httpx.Client(auth=auth, verify=NO_TLS, trust_env=False, timeout=30) as client:
                return client.get(f"{url}/v3/x").content

        async def get_in_tasks(url: str) -> list[bytes]:
            async with httpx.AsyncClient(
                auth=auth, verify=NO_TLS, trust_env=False, timeout=30
            ) as client:
                calls = (client.get(f"{url}/v3/x") for _ in range(tasks))
                return [response.content for response in await asyncio.gather(*calls)]

        with serving(platform) as server, ThreadPoolExecutor(threads + 1) as pool:
            started = [pool.submit(get, server.url) for _ in range(threads)]
            bodies = asyncio.run(get_in_tasks(server.url))
            bodies += [future.result() for future in started]
        return platform, server, bodies

    return run


@pytest.mark.parametrize(("threads", "tasks"), [(12, 0), (0, 12), (6, 6)])
def test_first_calls_at_once_share_one_download(
    all_at_once: Callable[[int, int], tuple[CertificatePlatform, Server, list[bytes]]],
    threads: int,
    tasks: int,
) -> None:
    platform, server, bodies = all_at_once(threads, tasks)
    assert bodies == [b'{"ok":true}'] * 12
    assert platform.downloads == 1
    assert len(server.received) == 13


@pytest.mark.parametrize(
    ("cancelled", "downloads"),
    [pytest.param(1, 1, id="one that waits"), pytest.param(0, 2, id="the one that downloads")],
)
def test_cancelled_call_does_not_harm_the_others(
    platform_key: rsa.RSAPrivateKey,
    signer: RSASigner,
    watched: Watched,
    cancelled: int,
    downloads: int,
) -> None:
    platform = CertificatePlatform(platform_key)
    arrived, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        arrived.set()
        must_come(go_on)

    platform.before_download = hold
    watched.expected = 2
    auth = WeChatPayAuth(MCHID, signer=signer, verifier=watched, clock=lambda: NOW)

    async def run(url: str) -> list[object]:
        async with httpx.AsyncClient(auth=auth, verify=NO_TLS, trust_env=False) as client:
            calls = [asyncio.create_task(client.get(f"{url}/v3/x")) for _ in range(3)]
            await asyncio.to_thread(must_come, watched.all_wait)
            await asyncio.to_thread(must_come, arrived)
            calls[cancelled].cancel()
            await asyncio.wait([calls[cancelled]])
            go_on.set()
            return [*await asyncio.gather(*calls, return_exceptions=True)]

    with serving(platform) as server:
        outcomes = asyncio.run(run(server.url))
    assert isinstance(outcomes.pop(cancelled), asyncio.CancelledError)
    for response in outcomes:
        assert isinstance(response, httpx.Response)
        assert response.content == b'{"ok":true}'
    assert platform.downloads == downloads
