"""The platform behind broken networks, in a process of its own so that it costs the client no time.

It obeys one message at a time; see `World`.
"""

from __future__ import annotations

import logging
import multiprocessing
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, cast

from wechatpay_sandbox import (
    SUB_MCHID,
    Platform,
    Refund,
    Settings,
    environment,
    make_keys,
    make_tls,
    serve,
)

from tests.soak.plan import BY_NAME, Planned
from tests.soak.weather import PLATFORM, Weather, WeatherProxy

ROTATION_SECONDS = 61
"""Time that passes before each rotation, and after it: a client downloads certificates once a
minute at most, and a forged serial number may have cost it the one before the rotation."""


@dataclass(frozen=True)
class Address:
    """How the platform is reached and trusted."""

    hosts: dict[bool, tuple[str, str]]
    """First and second host, without and with TLS."""
    environment: dict[str, str]
    authority: Path


@dataclass(frozen=True)
class Books:
    """What the platform says happened in a round."""

    opened: frozenset[int]
    """Refunds whose create took effect."""
    exchanges: int
    bytes: int


class World:
    """The near end: starts the process and asks it."""

    def __init__(self, directory: Path) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, far = context.Pipe()
        # Started from a thread of a test run, say: no fork.
        self._process = context.Process(target=run, args=(far, directory), daemon=True)
        self._process.start()
        far.close()
        self.address = cast("Address", self._pipe.recv())

    def begin(self, plan: Sequence[Planned]) -> None:
        """Prepare a round: its refunds, and what goes wrong with the calls about them."""
        self._ask(("begin", plan))

    def calm(self) -> Books:
        """End all faults and say what happened in the round."""
        return cast("Books", self._ask(("calm", ())))

    def _ask(self, message: tuple[Literal["begin", "calm"], Sequence[Planned]]) -> object:
        self._pipe.send(message)
        return self._pipe.recv()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._pipe.close()  # the far end takes it for the end
        self._process.join(10)
        self._process.kill()
        self._process.join()
        self._process.close()


def run(pipe: Connection, directory: Path) -> None:
    """The far end."""
    # A proxy that writes to clients who hung up has asyncio complain.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    ahead = [0.0]
    platform = Platform(
        make_keys(),
        settings=Settings(key_mode="changeover"),
        clock=lambda: time.time() + ahead[0],
    )

    def rotate() -> None:
        ahead[0] += 2 * ROTATION_SECONDS
        old = platform.certificates
        platform.rotate_certificate()
        for certificate in old:
            platform.retire_certificate(certificate.serial_no)

    weather = Weather(rotate)
    tls = make_tls()
    authority = directory / "authority.pem"
    authority.write_text(tls.authority_pem, "ascii")
    with ExitStack() as stack:
        server = stack.enter_context(serve(platform))
        hosts: dict[bool, tuple[str, str]] = {}
        for secure in (False, True):
            proxies = [
                WeatherProxy(server.port, tls=tls.context() if secure else None) for _ in range(2)
            ]
            for proxy in proxies:
                proxy.weather = weather
                stack.enter_context(proxy)
            proxies[1].first_host = False
            hosts[secure] = (proxies[0].base_url, proxies[1].base_url)
        variables = environment(platform.keys, directory, hosts[False][0])
        pipe.send(Address(hosts, variables, authority))
        serve_orders(pipe, platform, weather)


def serve_orders(pipe: Connection, platform: Platform, weather: Weather) -> None:
    while True:
        try:
            order, plan = cast("tuple[str, Sequence[Planned]]", pipe.recv())
        except EOFError:
            return
        if order == "begin":
            _prepare(platform, plan)
            weather.begin(plan)
            pipe.send(None)
        else:
            platform.clear()
            weather.begin(())
            pipe.send(_books(platform, weather))


def _prepare(platform: Platform, plan: Sequence[Planned]) -> None:
    for one in plan:
        if one.operation == "create":
            platform.add_refund(
                Refund(refund_id=one.refund_id, sub_mchid=SUB_MCHID, amount=one.amount)
            )
        if BY_NAME[one.kind].where == "platform" and one.times:
            platform.next(*PLATFORM[one.kind], times=one.times, target=f"/{one.refund_id}/")


def _books(platform: Platform, weather: Weather) -> Books:
    log = platform.log
    platform.clear_log()
    opened = {
        int(exchange.request.segments[3])
        for exchange in log
        if exchange.state_changed and exchange.request.method == "POST"
    }
    seen, weather.bytes = weather.bytes, 0
    return Books(frozenset(opened), len(log), seen)
