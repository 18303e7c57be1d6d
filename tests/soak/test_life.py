"""Cancelled anywhere, a call takes nothing with it: the client goes on and nothing is left over.

With one exception, which is the libraries': cancelled during a TLS handshake, the connection stays
open until Python collects garbage, because neither httpx 0.28 nor httpx2 2.16 closes it.
"""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType

import pytest
from wechatpay_auth import PlatformCertificates, RSASigner
from wechatpay_ecommerce_refund import Client, Retry
from wechatpay_sandbox import TLS, Keys, Platform, Settings, make_tls

from tests.conftest import AUTHS, AnyAuth
from tests.end_to_end.test_success import CREATE
from tests.soak.stages import Stage, Stages

CANCELLATIONS = 300
POOL = 2
IN_A_ROW = 5


@pytest.fixture(autouse=True)
def no_garbage_collector() -> Iterator[None]:
    """What is left over must not be closed by chance."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(scope="module")
def tls() -> TLS:
    return make_tls()


@pytest.fixture(params=["http", "https"])
def security(
    request: pytest.FixtureRequest, tls: TLS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> TLS | None:
    """TLS or none; httpx finds the authority where users tell it."""
    if request.param == "http":
        return None
    authority = tmp_path / "authority.pem"
    authority.write_text(tls.authority_pem, "ascii")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    return tls


@asynccontextmanager
async def staged(
    platform: Platform,
    tls: TLS | None,
    client_of: Callable[[str], Client],
    *,
    in_handshakes: bool = False,
) -> AsyncGenerator[tuple[Stages, Client]]:
    """A platform and a client; afterwards no connection and no task is left.

    If calls were cancelled in handshakes, it takes the garbage collector to close theirs.
    """
    async with Stages(platform, tls.context() if tls else None) as stages:
        client = client_of(stages.base_url)
        yield stages, client
        await client.aclose()
        if tls and in_handshakes:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ResourceWarning)
                gc.collect()
        await stages.all_closed()
        assert asyncio.all_tasks() == {asyncio.current_task()}


async def must_work(client: Client) -> None:
    assert str((await client.acall(CREATE)).parsed.result) == "PROCESSING"


async def cancel(task: asyncio.Task[object]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("stage", ["connecting", "waiting", "reading", "pausing"])
def test_cancelled_at_a_stage(
    platform: Platform, auth: AnyAuth, security: TLS | None, stage: Stage
) -> None:
    async def run() -> None:
        pausing = asyncio.Event()

        async def pause(_: float) -> None:
            pausing.set()
            await asyncio.Event().wait()

        def client_of(url: str) -> Client:
            return Client(auth, base_url=url, async_sleep=pause)

        in_handshakes = stage == "connecting"
        async with staged(platform, security, client_of, in_handshakes=in_handshakes) as (
            stages,
            client,
        ):
            stages.stop_at = stage
            task: asyncio.Task[object] = asyncio.create_task(client.acall(CREATE))
            await (pausing if stage == "pausing" else stages.reached).wait()
            await cancel(task)
            stages.stop_at = None
            await must_work(client)

    asyncio.run(run())
    # A cancelled create may have happened. To repeat it is the way to know, and opens no second.
    assert sum(exchange.state_changed for exchange in platform.log) == 1
    assert len(platform.requests("POST")) == (1 if stage == "connecting" else 2)


@pytest.mark.parametrize("cancelled", [0, 1], ids=["the one that downloads", "one that waits"])
def test_cancelled_during_a_certificate_download(
    library: ModuleType, platform: Platform, keys: Keys, cancelled: int
) -> None:
    platform.settings = Settings(key_mode="certificate")
    auth: AnyAuth = AUTHS[library](
        keys.mchid,
        signer=RSASigner.from_pem(keys.merchant.private_key_pem, serial_no=keys.merchant.serial_no),
        verifier=PlatformCertificates(keys.mchid, api_v3_key=keys.api_v3_key),
    )

    async def run() -> None:
        def client_of(url: str) -> Client:
            return Client(auth, base_url=url)

        async with staged(platform, None, client_of) as (stages, client):
            stages.stop_at = "downloading"
            tasks: list[asyncio.Task[object]] = [
                asyncio.create_task(client.acall(CREATE)) for _ in range(2)
            ]
            await stages.reached.wait()
            await cancel(tasks[cancelled])
            stages.stop_at = None
            if cancelled:
                await cancel(tasks[0])  # which still waits for the platform
            else:
                await tasks[1]  # takes the download over
            await must_work(client)

    asyncio.run(run())


def test_cancelled_while_an_async_signer_signs(
    library: ModuleType, platform: Platform, keys: Keys
) -> None:
    async def run() -> None:
        signing, go_on = asyncio.Event(), asyncio.Event()
        signer = RSASigner.from_pem(
            keys.merchant.private_key_pem, serial_no=keys.merchant.serial_no
        )

        class Vault:
            algorithm = signer.algorithm
            serial_no = signer.serial_no

            async def sign(self, message: bytes) -> bytes:
                signing.set()
                await go_on.wait()
                return signer.sign(message)

        verifier = PlatformCertificates(keys.mchid, api_v3_key=keys.api_v3_key)
        auth: AnyAuth = AUTHS[library](keys.mchid, signer=Vault(), verifier=verifier)
        platform.settings = Settings(key_mode="certificate")

        def client_of(url: str) -> Client:
            return Client(auth, base_url=url)

        async with staged(platform, None, client_of) as (_, client):
            task: asyncio.Task[object] = asyncio.create_task(client.acall(CREATE))
            await signing.wait()
            await cancel(task)
            go_on.set()
            await must_work(client)

    asyncio.run(run())
    assert len(platform.requests("POST")) == 1, "what was not signed was not sent"


def test_many_cancellations_do_not_exhaust_a_small_pool(
    library: ModuleType, platform: Platform, auth: AnyAuth
) -> None:
    async def run() -> None:
        own = library.AsyncClient(limits=library.Limits(max_connections=POOL))

        def client_of(url: str) -> Client:
            return Client(auth, base_url=url, async_http=own)

        async with staged(platform, None, client_of) as (stages, client):
            for number in range(CANCELLATIONS // (2 * POOL)):
                stages.stop_at = "waiting" if number % 2 else "reading"
                stages.reached.clear()
                # As many as find a connection, and as many that wait for one.
                tasks: list[asyncio.Task[object]] = [
                    asyncio.create_task(client.acall(CREATE)) for _ in range(2 * POOL)
                ]
                await stages.reached.wait()
                for task in tasks:
                    await cancel(task)
            stages.stop_at = None
            async with asyncio.timeout(10):
                await asyncio.gather(*(must_work(client) for _ in range(2 * POOL)))
            await own.aclose()

    asyncio.run(run())


def test_cancelled_at_any_moment(platform: Platform, auth: AnyAuth, security: TLS | None) -> None:
    """Step by step of the event loop, until a call comes to its end in so many steps."""

    async def run() -> None:
        def client_of(url: str) -> Client:
            return Client(auth, base_url=url, retries=Retry(retries=0))

        async with staged(platform, security, client_of, in_handshakes=True) as (stages, client):
            steps = completed = 0
            while completed < IN_A_ROW:
                if steps % 3 == 0:  # a third of them on new connections
                    await client.aclose()
                    client = client_of(stages.base_url)
                task: asyncio.Task[object] = asyncio.create_task(client.acall(CREATE))
                for _ in range(steps):
                    await asyncio.sleep(0)
                if task.done():
                    await task
                    completed += 1
                else:
                    await cancel(task)
                    completed = 0
                steps += 1
            for _ in range(3):
                await must_work(client)
            await client.aclose()

    asyncio.run(run())
    assert sum(exchange.state_changed for exchange in platform.log) == 1
