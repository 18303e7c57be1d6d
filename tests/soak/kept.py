"""A client that stays open between calls, sync or under asyncio, and what its calls end in."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

import attrs
import httpx
import httpx2
from wechatpay_auth import VerificationError
from wechatpay_ecommerce_refund import Call, Client, OutcomeUnknown, Response, Retry, errors
from wechatpay_sandbox import Platform

from tests.conftest import AnyAuth
from tests.soak.proxy import FaultProxy

T = TypeVar("T")

Kind = Literal["sync", "asyncio"]
"""How to call: blocking or under asyncio."""


class Kept:
    """Calls through one client and the connections that it makes and keeps. No pause is waited."""

    def __init__(
        self,
        auth: AnyAuth,
        base_url: str,
        kind: Kind,
        *,
        backup_url: str | None = None,
        timeout: float = 0.4,
        retry: Retry | None = None,
        async_http: Any = None,  # noqa: ANN401 - of either library
    ) -> None:
        async def no_wait(_: float) -> None:
            pass

        self._runner = asyncio.Runner()
        self._is_async = kind != "sync"
        self.client = Client(
            auth,
            base_url=base_url,
            backup_url=backup_url,
            timeout=timeout,
            retries=retry or Retry(retries=0),
            async_http=async_http,
            sleep=lambda _: None,
            async_sleep=no_wait,
        )

    def call(self, call: Call[T]) -> Response[T]:
        """Send a call and return its result."""
        if self._is_async:
            return self.run(self.client.acall(call))
        return self.client.call(call)

    def run(self, work: Coroutine[None, None, T]) -> T:
        """Run something in the one loop that all asyncio calls share."""
        return self._runner.run(work)

    def settle(self, proxy: FaultProxy, turns: int = 0) -> None:
        """Wait until the proxy has done all it planned, and let the client's loop notice."""
        proxy.settle(turns)
        self._let_notice()

    def _let_notice(self) -> None:
        for _ in range(5 if self._is_async else 0):
            self.run(asyncio.sleep(0))

    def ending(self, call: Call[object]) -> Ending:
        """Send a call and say what it ended in."""
        try:
            self.call(call)
        except OutcomeUnknown as error:
            return Ending("unknown", error.__cause__)
        except (
            errors.ResponseError,
            VerificationError,
            httpx.TransportError,
            httpx2.TransportError,
        ) as error:
            return Ending("failed", error)
        return Ending("verified", None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._let_notice()
        self.client.close()
        self._runner.run(self.client.aclose())
        self._runner.close()


@attrs.frozen
class Ending:
    """What a call ended in: a proven response, a typed error, or that nobody knows."""

    verdict: Literal["verified", "failed", "unknown"]
    why: BaseException | None


def happened(platform: Platform) -> bool:
    """Whether the platform's books say that the return-advance was made."""
    return any(line.state_changed and line.request.method == "POST" for line in platform.log)
