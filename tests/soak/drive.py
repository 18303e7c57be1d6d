"""Makes the calls of a round: from threads and, at the same time, from tasks of an event loop.

They go over httpx, httpx2 and, from tasks only, httpx-aiohttp.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import httpx
from httpx_aiohttp import AiohttpTransport
from wechatpay_auth import PlatformCertificates, RSASigner, RSAVerifier, WeChatPayAuth
from wechatpay_auth.httpx2 import WeChatPayAuth as WeChatPayAuth2
from wechatpay_ecommerce_refund import Call, Client, Retry
from wechatpay_ecommerce_refund.api.ecommerce_refund import (
    create_return_advance,
    query_return_advance,
)
from wechatpay_ecommerce_refund.models import CreateReturnAdvanceRequest, ReturnAdvance

from tests.soak.judge import Ending
from tests.soak.plan import BY_NAME, RETRIES, Planned
from tests.soak.world import ROTATION_SECONDS, Address

JUMP = 900.0
SHORT = 0.2
"""Seconds to wait for a read where nothing will come."""

MakeClient = Callable[..., Client]
Library = Literal["httpx", "httpx2", "httpx-aiohttp"]
AnyAuth: TypeAlias = Any
"""An auth object of httpx or httpx2."""
_AUTHS: Mapping[Library, AnyAuth] = {
    "httpx": WeChatPayAuth,
    "httpx2": WeChatPayAuth2,
    "httpx-aiohttp": WeChatPayAuth,
}

_offsets: ContextVar[Iterator[float] | None] = ContextVar("offsets", default=None)


class Clock:
    """The plugin's clock: jumps for the call that is planned so, and goes ahead for all."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        offsets = _offsets.get()
        return time.time() + self.ahead + (next(offsets) if offsets else 0.0)


@dataclass(frozen=True)
class Lane:
    """What the calls of one thread or task have in common."""

    library: Library
    secure: bool
    certificates: bool


def _lanes(library: Library) -> list[Lane]:
    return [
        Lane(library, secure=secure, certificates=certificates)
        for certificates in (False, True)
        for secure in (False, True)
    ]


THREAD_LANES = _lanes("httpx") + _lanes("httpx2")
TASK_LANES = THREAD_LANES + _lanes("httpx-aiohttp")
"""Each has one thread, or one task."""
WORKERS = len(THREAD_LANES) + len(TASK_LANES)


class Fleet:
    """The clients: each serves threads and tasks alike, and every round's new event loop.

    All that trust the platform in the same way share one auth object.

    Args:
        address: Where the platform is.
        make: Makes a client; another transport, or a client that breaks its promises.
    """

    def __init__(self, address: Address, make: MakeClient = Client) -> None:
        variables = address.environment
        # How both libraries are told whom to trust when they make their clients.
        os.environ["SSL_CERT_FILE"] = str(address.authority)
        self.clock = Clock()
        self._sub_mchid = variables["WECHATPAY_SUB_MCHID"]
        self._address, self._make = address, make
        self._auths = {
            (kind, certificates): self._auth(_AUTHS[kind], variables, certificates=certificates)
            for kind in ("httpx", "httpx2")
            for certificates in (False, True)
        }
        self._clients: dict[tuple[Lane, bool], Client] = {
            (lane, silent): self._client(lane, silent)
            for lane in THREAD_LANES
            for silent in (False, True)
        }

    def _client(self, lane: Lane, silent: bool, **more: object) -> Client:
        kind = "httpx2" if lane.library == "httpx2" else "httpx"
        hosts = self._address.hosts[lane.secure]
        return self._make(
            # A certificate download that a call with so little time makes may fail on a busy
            # machine, and the next one may come a minute later at the earliest.
            self._auths[kind, lane.certificates and not silent],
            base_url=hosts[0],
            backup_url=hosts[1],
            timeout=httpx.Timeout(15.0, read=SHORT if silent else 15.0),
            retries=Retry(retries=RETRIES),
            sleep=_no_wait,
            async_sleep=_no_pause,
            **more,
        )

    @asynccontextmanager
    async def _own_clients(self) -> AsyncGenerator[None]:
        """Make the clients of httpx-aiohttp, which serve one event loop."""
        async with httpx.AsyncClient(transport=AiohttpTransport()) as http:
            own = {
                (lane, silent): self._client(lane, silent, async_http=http)
                for lane in TASK_LANES[len(THREAD_LANES) :]
                for silent in (False, True)
            }
            self._clients.update(own)
            yield
            for key in own:
                del self._clients[key]

    def _auth(self, kind: AnyAuth, variables: Mapping[str, str], *, certificates: bool) -> AnyAuth:
        mchid = variables["WECHATPAY_MCHID"]
        signer = RSASigner.from_pem(
            variables["WECHATPAY_PRIVATE_KEY"], serial_no=variables["WECHATPAY_SERIAL_NO"]
        )
        if certificates:
            return kind(
                mchid,
                signer=signer,
                verifier=PlatformCertificates(mchid, api_v3_key=variables["WECHATPAY_API_V3_KEY"]),
                clock=self.clock,
            )
        verifier = RSAVerifier.from_public_key(
            variables["WECHATPAY_PUBLIC_KEY_ID"], variables["WECHATPAY_PUBLIC_KEY"]
        )
        return kind(mchid, signer=signer, verifier=verifier, clock=self.clock)

    def run(self, plan: Sequence[Planned]) -> list[Ending]:
        """Make all calls of a round; returns when each has ended."""
        shares = [plan[number::WORKERS] for number in range(WORKERS)]
        work = list(zip(shares, THREAD_LANES + TASK_LANES, strict=True))
        threads = len(THREAD_LANES)
        with ThreadPoolExecutor(threads) as pool:
            in_threads = [pool.submit(self._in_thread, *one) for one in work[:threads]]
            endings = asyncio.run(self._in_tasks(work[threads:]))
            for future in in_threads:
                endings += future.result()
        return endings

    def query(self, unknown: Ending) -> Ending:
        """Ask how a call ended whose outcome was unknown."""
        query = getattr(unknown.error, "query", None)
        assert query, "an unknown outcome brings its query"
        return _call(self._clients[THREAD_LANES[0], False], unknown.planned, query)

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def _in_thread(self, share: Sequence[Planned], lane: Lane) -> list[Ending]:
        endings: list[Ending] = []
        for planned in share:
            _offsets.set(self._prepared(planned))
            client = self._clients[lane, BY_NAME[planned.kind].silent]
            endings.append(_call(client, planned, self._bound(planned)))
            self._pass_time(planned)
        return endings

    async def _in_tasks(self, work: Sequence[tuple[Sequence[Planned], Lane]]) -> list[Ending]:
        broken: list[str] = []

        def note(loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
            broken.append(f"{loop}: {context}")

        asyncio.get_running_loop().set_exception_handler(note)
        async with self._own_clients():
            done = await asyncio.gather(*(self._in_task(*one) for one in work))
        for client in self._clients.values():
            await client.aclose()
        await asyncio.sleep(0)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left, f"tasks are left: {left}"
        assert not broken, f"the event loop was told of {broken}"
        return [ending for endings in done for ending in endings]

    async def _in_task(self, share: Sequence[Planned], lane: Lane) -> list[Ending]:
        endings: list[Ending] = []
        for planned in share:
            _offsets.set(self._prepared(planned))
            client = self._clients[lane, BY_NAME[planned.kind].silent]
            call, begun = self._bound(planned), time.monotonic()
            try:
                response = await client.acall(call)
            except Exception as error:  # noqa: BLE001 - judged
                endings.append(Ending(planned, time.monotonic() - begun, None, error))
            else:
                endings.append(Ending(planned, time.monotonic() - begun, response, None))
            self._pass_time(planned)
        return endings

    def _pass_time(self, planned: Planned) -> None:
        if planned.kind == "certificate rotated":
            self.clock.ahead += ROTATION_SECONDS

    def _prepared(self, planned: Planned) -> Iterator[float] | None:
        self._pass_time(planned)
        if planned.kind == "clock off":
            return itertools.repeat(JUMP)
        if planned.kind == "clock jumps":
            # The clock is read to sign, then to judge the response.
            return itertools.chain([0.0, JUMP], itertools.repeat(0.0))
        return None

    def _bound(self, planned: Planned) -> Call[ReturnAdvance]:
        if planned.operation == "create":
            body = CreateReturnAdvanceRequest(sub_mchid=self._sub_mchid)
            return create_return_advance.bind(planned.refund_id, body=body)
        return query_return_advance.bind(planned.refund_id, sub_mchid=self._sub_mchid)


def _call(client: Client, planned: Planned, call: Call[ReturnAdvance]) -> Ending:
    begun = time.monotonic()
    try:
        response = client.call(call)
    except Exception as error:  # noqa: BLE001 - judged
        return Ending(planned, time.monotonic() - begun, None, error)
    return Ending(planned, time.monotonic() - begun, response, None)


def _no_wait(_: float) -> None:
    pass


async def _no_pause(_: float) -> None:
    await asyncio.sleep(0)
