# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""The client: where calls go, how they are signed, and how long to try."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Generator, Sequence
from types import TracebackType
from typing import Final, Literal, Self, TypeVar

import httpx

from .connections import Connections
from .errors import InvalidInput, in_one_line
from .operation import Attempt, Call, Response
from .resilience import Answer, Failed, Retry, Send, Step, settle
from .shortcut import asend, send

T = TypeVar("T")

SERVERS: Final[Sequence[str]] = (
    "https://api.mch.weixin.qq.com",  # Primary, nearest entry point · 主域名，就近接入
    "https://api2.mch.weixin.qq.com",  # Backup, entry point in another city · 备域名，异地接入
)
"""The contract's hosts, the preferred one first."""

USER_AGENT: Final = "wechatpay-ecommerce-refund/0.1.0 httpx/" + httpx.__version__


async def _async_sleep(seconds: float) -> None:
    import asyncio  # slow to import, and of no use to a program without it

    await asyncio.sleep(seconds)


_logger = logging.getLogger("wechatpay_ecommerce_refund")


class Client:
    """Calls the platform; one for the whole program, shared by its threads or tasks.

    Use it as a context manager (`with` or `async with`), or close it yourself. Each event loop
    gets connections of its own, to be closed in it, and so does each child after a fork.

    Args:
        auth: Signs every request and verifies every reply, for example
            `wechatpay_auth.WeChatPayAuth`. It has to leave `"wechatpay_verified": True` in the
            extensions of each reply that it proved; a success without it is not believed.
        base_url: Where calls go.
        backup_url: Where they go after trouble with the connection; None for nowhere else. By
            default the contract's second host, unless `base_url` is your own.
        timeout: Seconds to connect, to wait for each read and write, and for a free connection.
        retries: How many times an idempotent call is repeated (0 for never), or all rules of it.
        language: Language of error messages, zh-CN if absent. 错误信息的语言，缺省为 zh-CN。
        user_agent: Product and version to send.
        http: Your own httpx client, for a proxy, a TLS context, HTTP/2 or tracing. Only its
            transport is used, not its auth, headers or base URL, and it stays yours to close.
            Make it after a fork: a child must not use the connections of its parent.
        async_http: The same for asyncio; it serves one event loop.
        fast: Read HTTP with httptools, from the extra `fast`, for less CPU time. Where the
            environment has a proxy, and over your own clients, calls go httpx's way.
        on_attempt: Told of every attempt, for metrics and logs. What it raises is logged.
        sleep: Waits between attempts.
        async_sleep: Waits between attempts under asyncio.
    """

    def __init__(
        self,
        auth: httpx.Auth,
        *,
        base_url: str = SERVERS[0],
        backup_url: str | Literal["default"] | None = "default",
        timeout: float | httpx.Timeout = 10.0,
        retries: int | Retry = 3,
        language: Literal["en", "zh-CN", "zh-HK", "zh-TW"] | None = None,
        user_agent: str = USER_AGENT,
        http: httpx.Client | None = None,
        async_http: httpx.AsyncClient | None = None,
        fast: bool = False,
        on_attempt: Callable[[Attempt], None] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        async_sleep: Callable[[float], Awaitable[None]] = _async_sleep,
    ) -> None:
        if backup_url == "default":
            backup_url = next(iter(SERVERS[1:]), None) if base_url in SERVERS[:1] else None
        self._hosts = tuple(url.rstrip("/") for url in (base_url, backup_url) if url)
        self._auth = auth
        self._timeout = timeout if isinstance(timeout, httpx.Timeout) else httpx.Timeout(timeout)
        self._limits: dict[str, float | None] = self._timeout.as_dict()
        self._retry = retries if isinstance(retries, Retry) else Retry(retries=retries)
        self._headers = {"User-Agent": user_agent}
        if language is not None:
            if language not in (
                "en",
                "zh-CN",
                "zh-HK",
                "zh-TW",
            ):
                raise InvalidInput("language", "must be one of en, zh-CN, zh-HK, zh-TW", language)
            self._headers["Accept-Language"] = language
        if fast and async_http is not None:
            raise InvalidInput("fast", "must be absent where async_http is given", fast)
        self._on_attempt = on_attempt
        self._sleep = sleep
        self._async_sleep = async_sleep
        self._connections = Connections(self._timeout, http, async_http, fast=fast)

    def __repr__(self) -> str:
        return f"Client({', '.join(self._hosts)})"

    def get_httpx_client(self) -> httpx.Client:
        """Return the httpx client that calls go through, made at the first use."""
        return self._connections.http()

    def get_async_httpx_client(self) -> httpx.AsyncClient:
        """Return the httpx client of the running event loop, made at the first use."""
        return self._connections.async_http()

    def call(self, call: Call[T]) -> Response[T]:
        """Send a call, repeat it as the rules allow, and return its result.

        Raises:
            APIError: The platform refused the call, or failed and the call only reads.
            InvalidReply, UnverifiedReply: A call that only reads got a reply of no use.
            OutcomeUnknown: A call that changes something may or may not have happened.
            httpx.TransportError: The network failed; nothing was sent or the call only reads.
            Exception: What the auth plugin raises if it can't sign, or doesn't trust a reply to
                a call that only reads.
        """
        http = self.get_httpx_client()
        steps = self._settle(call, closed=http.is_closed)
        answer: Answer = None
        try:
            while True:
                step = steps.send(answer)
                answer = None
                if isinstance(step, Send):
                    request = self._request(step)
                    try:
                        answer = send(http, request, self._auth)
                    except Exception as error:  # noqa: BLE001 - the rules of repeating judge it
                        answer = Failed(error, request)
                else:
                    self._sleep(step.seconds)
        except StopIteration as end:
            result: Response[T] = end.value
            return result

    async def acall(self, call: Call[T]) -> Response[T]:
        """Do what `call` does, under asyncio. Cancelled halfway, the outcome is unknown."""
        http = self.get_async_httpx_client()
        steps = self._settle(call, closed=http.is_closed)
        answer: Answer = None
        try:
            while True:
                step = steps.send(answer)
                answer = None
                if isinstance(step, Send):
                    request = self._request(step)
                    try:
                        answer = await asend(http, request, self._auth)
                    except Exception as error:  # noqa: BLE001 - the rules of repeating judge it
                        answer = Failed(error, request)
                else:
                    await self._async_sleep(step.seconds)
        except StopIteration as end:
            result: Response[T] = end.value
            return result

    def _settle(self, call: Call[T], *, closed: bool) -> Generator[Step, Answer, Response[T]]:
        if closed:
            raise RuntimeError("the client is closed")
        return settle(call, self._hosts, self._retry, self._note)

    def _request(self, step: Send) -> httpx.Request:
        limits = {
            phase: seconds if seconds is not None and seconds < step.seconds else step.seconds
            for phase, seconds in self._limits.items()
        }
        # httpx knows no limit of the whole; the auth plugin and the fast transport heed this one.
        limits["total"] = step.seconds
        return step.call.request(step.host, self._headers, limits)

    def _note(self, attempt: Attempt) -> None:
        level = logging.INFO if attempt.problem else logging.DEBUG
        if _logger.isEnabledFor(level):
            # Neither headers nor bodies: a log is no place for signatures.
            _logger.log(
                level,
                "%s at %s: status %s, Request-ID %s, %s",
                attempt.operation,
                attempt.host,
                attempt.status,
                in_one_line(str(attempt.request_id)),
                in_one_line(attempt.problem or "done"),
            )
        if self._on_attempt is not None:
            try:
                self._on_attempt(attempt)
            except Exception:  # noqa: BLE001 - a broken hook must not cost the reply
                _logger.exception("on_attempt failed")

    def close(self) -> None:
        """Close the connections that the client opened itself."""
        self._connections.close()

    async def aclose(self) -> None:
        """Close the connections that the client opened itself under the running event loop."""
        await self._connections.aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()
