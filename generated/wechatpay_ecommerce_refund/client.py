# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""The client: it sends calls through an HTTP library and an auth object, and retries them."""

from __future__ import annotations

import copy
import time
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from types import TracebackType
from typing import (
    TYPE_CHECKING,
    Any,
    Final,
    Generic,
    Literal,
    Self,
    TypedDict,
    TypeVar,
    cast,
    overload,
)

from .attempts import Attempt
from .base_errors import InvalidInputError
from .connections import Connections, async_sleep, running_loop
from .library import library_of, require_client, watch_of
from .operation import Call, Response
from .resilience import Answer, Failed, Retry, Send, Step, Wait, rules_of, settle
from .settings import hosts_of, limits_of, require_callable, require_header, require_url

T = TypeVar("T")
if TYPE_CHECKING:
    from typing import Unpack

    import httpx
    import httpx2
    from typing_extensions import TypeVar as TypeVarWithDefault

    from .library import (
        AsyncHTTPClient,
        AsyncHTTPX2Client,
        Auth,
        FromEnv,
        HTTPClient,
        HTTPResponse,
        HTTPX2Auth,
        HTTPX2Client,
        Request,
        Timeout,
    )

    HttpT = TypeVarWithDefault("HttpT", default=Any)
    AsyncHttpT = TypeVarWithDefault("AsyncHttpT", default=Any)
else:
    HttpT, AsyncHttpT = TypeVar("HttpT"), TypeVar("AsyncHttpT")

SERVERS: Final[Sequence[str]] = (
    "https://api.mch.weixin.qq.com",  # Primary, nearest entry point · 主域名，就近接入
    "https://api2.mch.weixin.qq.com",  # Backup, entry point in another city · 备域名，异地接入
)
"""The spec's hosts, the preferred one first."""

USER_AGENT: Final = "wechatpay-ecommerce-refund/0.1.0"


class Options(TypedDict, total=False):
    """The further arguments of `Client`; its docstring explains each."""

    base_url: str
    backup_url: str | None
    timeout: float | Timeout
    retries: int | Retry
    language: Literal["en", "zh-CN", "zh-HK", "zh-TW"] | None
    user_agent: str | None
    on_attempt: Callable[[Attempt], None] | None
    sleep: Callable[[float], None]
    async_sleep: Callable[[float], Awaitable[None]]


class Client(Generic[HttpT, AsyncHttpT]):
    """Calls the platform. One client serves all threads and tasks of a program.

    It uses the HTTP library of its auth object, httpx or httpx2.

    Use it as a context manager (`with` or `async with`), or close it yourself. Each event loop
    gets its own connections, which have to be closed in it, and so does each child after a fork.

    Args:
        auth: Signs every request and verifies every response, for example
            `wechatpay_auth.WeChatPayAuth`. It must set `"wechatpay_verified": True` in the
            extensions of each verified response; a success without it is refused.
        base_url: The host for calls.
        backup_url: The host after connection trouble; None for no other host. By default the
            spec's second host, unless you pass your own `base_url`.
        timeout: Seconds to connect, to wait for each read and write, and for a free connection.
        retries: How many times an idempotent call is retried (0 for never), or all the rules.
        language: Language of error messages, zh-CN if absent. 错误信息的语言，缺省为 zh-CN。
        user_agent: Product and version to send; by default this package's and the library's.
        http: Your own client of this library, for a proxy, a TLS context, HTTP/2 or tracing. Its
            transport and event hooks are used; its auth, headers and base URL are not. Close it
            yourself. Make it after a fork: a child must not use its parent's connections.
        async_http: The same for asyncio; it serves one event loop.
        on_attempt: Called after every attempt, for metrics and logs. An error in it is logged.
        sleep: Waits between attempts.
        async_sleep: Waits between attempts under asyncio.
    """

    @overload
    def __init__(
        self: Client[httpx.Client, httpx.AsyncClient],
        auth: httpx.Auth,
        *,
        http: httpx.Client | None = None,
        async_http: httpx.AsyncClient | None = None,
        **options: Unpack[Options],
    ) -> None: ...
    @overload
    def __init__(
        self: Client[httpx2.Client, httpx2.AsyncClient],
        auth: HTTPX2Auth,
        *,
        http: HTTPX2Client | None = None,
        async_http: AsyncHTTPX2Client | None = None,
        **options: Unpack[Options],
    ) -> None: ...
    def __init__(
        self,
        auth: Auth | HTTPX2Auth,
        *,
        base_url: str = SERVERS[0],
        backup_url: str | Literal["default"] | None = "default",
        timeout: float | Timeout = 10.0,
        retries: int | Retry = 3,
        language: Literal["en", "zh-CN", "zh-HK", "zh-TW"] | None = None,
        user_agent: str | None = None,
        http: httpx.Client | HTTPX2Client | None = None,
        async_http: httpx.AsyncClient | AsyncHTTPX2Client | None = None,
        on_attempt: Callable[[Attempt], None] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        async_sleep: Callable[[float], Awaitable[None]] = async_sleep,
    ) -> None:
        if backup_url == "default":
            backup_url = next(iter(SERVERS[1:]), None) if base_url in SERVERS[:1] else None
        library = library_of(auth)
        if library is None:
            found = type(auth)
            del auth  # it may be a key by mistake, and error reports contain local variables
            rule = "must be an auth object of httpx or httpx2, such as wechatpay_auth.WeChatPayAuth"
            raise InvalidInputError("auth", rule, found)
        self._library = library
        require_client("http", http, library, "Client")
        require_client("async_http", async_http, library, "AsyncClient")
        self._hosts = (require_url("base_url", base_url, library),)
        if backup_url is not None:
            self._hosts += (require_url("backup_url", backup_url, library),)
        self._auth = cast("Auth", auth)
        self._watch = watch_of(library)
        self._headers = {
            "User-Agent": require_header("user_agent", user_agent)
            if user_agent is not None
            else f"{USER_AGENT} {library.__name__}/{library.__version__}"
        }
        self._timeout = limits_of(timeout)
        self._retry = rules_of(retries)
        self._set(None, None, language)
        if on_attempt is not None:
            require_callable("on_attempt", on_attempt)
        require_callable("sleep", sleep)
        require_callable("async_sleep", async_sleep, is_async=True)
        self._on_attempt = on_attempt
        self._sleep = sleep
        self._async_sleep = async_sleep
        self._connections = Connections(
            library,
            self._timeout,
            cast("HTTPClient | None", http),
            cast("AsyncHTTPClient | None", async_http),
        )

    @overload
    @classmethod
    def from_env(
        cls,
        auth: FromEnv[httpx.Auth],
        environ: Mapping[str, str] | None = None,
        *,
        http: httpx.Client | None = None,
        async_http: httpx.AsyncClient | None = None,
        **options: Unpack[Options],
    ) -> Client[httpx.Client, httpx.AsyncClient]: ...
    @overload
    @classmethod
    def from_env(
        cls,
        auth: FromEnv[HTTPX2Auth],
        environ: Mapping[str, str] | None = None,
        *,
        http: HTTPX2Client | None = None,
        async_http: AsyncHTTPX2Client | None = None,
        **options: Unpack[Options],
    ) -> Client[httpx2.Client, httpx2.AsyncClient]: ...
    @classmethod
    def from_env(
        cls,
        auth: FromEnv[httpx.Auth] | FromEnv[HTTPX2Auth],
        environ: Mapping[str, str] | None = None,
        **options: object,
    ) -> Client:
        """Return a client with the settings of the environment.

        `WECHATPAY_BASE_URL` and `WECHATPAY_BACKUP_URL` name the hosts; without them calls go to
        the spec's hosts. `auth.from_env` reads the keys.

        Args:
            auth: The class of the auth object, for example `wechatpay_auth.WeChatPayAuth`.
            environ: Variables to read in place of `os.environ`.
            options: Further arguments of `Client`; they win over the environment.

        Raises:
            InvalidInputError: A setting breaks a rule; the error names it.
            Exception: Any error of `auth.from_env`.
        """
        require_callable("auth.from_env", getattr(auth, "from_env", None))
        made = auth.from_env(environ)
        library = library_of(made)
        hosts = hosts_of(environ, library) if library else {}
        make = cast("Callable[..., Client]", cls)
        return make(made, **{**hosts, **options})

    def _set(
        self,
        timeout: float | Timeout | None,
        retries: int | Retry | None,
        language: Literal["en", "zh-CN", "zh-HK", "zh-TW"] | None,
    ) -> None:
        if timeout is not None:
            self._timeout = limits_of(timeout)
        if retries is not None:
            self._retry = rules_of(retries)
        if language is not None:
            if language not in (
                "en",
                "zh-CN",
                "zh-HK",
                "zh-TW",
            ):
                raise InvalidInputError(
                    "language",
                    "must be one of en, zh-CN, zh-HK, zh-TW",
                    language,
                )
            self._headers = {**self._headers, "Accept-Language": language}

    def with_options(
        self,
        *,
        timeout: float | Timeout | None = None,
        retries: int | Retry | None = None,
        language: Literal["en", "zh-CN", "zh-HK", "zh-TW"] | None = None,
    ) -> Self:
        """Return a client with other settings and the same connections, for a part of a program.

        Settings you do not pass stay unchanged. Such a client is cheap. If you close one, you close
        the connections of all.

        Raises:
            InvalidInputError: A setting breaks a rule; the error names it.
        """
        other = copy.copy(self)
        other._set(timeout, retries, language)
        return other

    _hosts: tuple[str, ...] = ()  # for repr, if `__init__` failed before it set the hosts

    def __repr__(self) -> str:
        return f"Client({', '.join(self._hosts)})"

    def get_httpx_client(self) -> HttpT:
        """Return the client of httpx or httpx2 which sends the calls, made at the first use."""
        return cast("HttpT", self._connections.http())

    def get_async_httpx_client(self) -> AsyncHttpT:
        """Return the async client of the running event loop, made at the first use."""
        return cast("AsyncHttpT", self._connections.async_http())

    def call(self, call: Call[T]) -> Response[T]:
        """Send a call, retry it as the rules allow, and return its result.

        Raises:
            APIError: The platform refused the call, or failed and the call only reads.
            InvalidResponseError: A call that only reads got a response that breaks the spec.
            UnverifiedResponseError: A call that only reads got a success that nobody verified.
            OutcomeUnknown: A call that changes something may or may not have happened.
            TransportError: Of httpx or httpx2. The network failed; nothing was sent or the call
                only reads.
            Exception: An error of the auth plugin: it cannot sign, or cannot verify the response
                to a call that only reads.
        """
        http: Any = self._connections.http()  # of either library
        steps = self._settle(call, closed=http.is_closed)
        answer: Answer = None
        try:
            while True:
                step = steps.send(answer)
                if isinstance(step, Wait):
                    answer = self._waited(step)
                    continue
                request = self._request(step)
                watch = self._watch(self._auth, request)
                if not step.call.is_safe and self._connections.is_given(http):
                    request.extensions["trace"] = watch.trace
                try:
                    answer = http.send(request, auth=watch, follow_redirects=False)
                except Exception as error:  # noqa: BLE001 - `settle` judges it
                    answer = Failed(error, self._library, watch.sent, watch.is_out, watch.has_left)
        except StopIteration as end:
            result: Response[T] = end.value
            return result

    async def acall(self, call: Call[T]) -> Response[T]:
        """Do the same as `call` under asyncio. If you cancel it, the outcome is unknown."""
        if running_loop() is None:
            raise RuntimeError("calls need asyncio, this is another event loop; nothing was sent")
        http = self._connections.async_http()
        steps = self._settle(call, closed=http.is_closed)
        answer: Answer = None
        try:
            while True:
                step = steps.send(answer)
                if isinstance(step, Wait):
                    answer = await self._awaited(step)
                else:
                    answer = await self._asend(http, step)
        except StopIteration as end:
            result: Response[T] = end.value
            return result

    def _waited(self, step: Wait) -> Answer:
        try:
            self._sleep(step.seconds)
        except Exception as error:  # noqa: BLE001 - the call before it may have happened
            return Failed(error, self._library, None)
        return None

    async def _awaited(self, step: Wait) -> Answer:
        try:
            await self._async_sleep(step.seconds)
        except Exception as error:  # noqa: BLE001 - the call before it may have happened
            return Failed(error, self._library, None)
        return None

    async def _asend(self, http: Any, step: Send) -> Answer:  # noqa: ANN401 - of either library
        import asyncio  # slow to import, so blocking programs do without it

        request = self._request(step)
        watch = self._watch(self._auth, request)
        if not step.call.is_safe and self._connections.is_given(http):
            request.extensions["trace"] = watch.atrace
        limit = asyncio.timeout(step.seconds)
        try:
            async with limit:
                response: HTTPResponse = await http.send(
                    request, auth=watch, follow_redirects=False
                )
                return response
        except Exception as error:  # noqa: BLE001 - `settle` judges it
            if limit.expired():
                late = self._library.ReadTimeout(
                    "the time for all attempts is over", request=watch.sent or request
                )
                late.__cause__ = error
                error = late
            return Failed(error, self._library, watch.sent, watch.is_out, watch.has_left)

    def _settle(self, call: Call[T], *, closed: bool) -> Generator[Step, Answer, Response[T]]:
        if closed:
            raise RuntimeError("the client is closed")
        return settle(call, self._hosts, self._retry, self._on_attempt)

    def _request(self, step: Send) -> Request:
        # Connecting has three waits: for a free connection, for TCP, for TLS. Each gets a third of
        # the time left, so that at the deadline the request is either sent or refused.
        third = step.seconds / 3
        waits = {"connect": third, "pool": third, "read": step.seconds, "write": step.seconds}
        timeout = {
            phase: seconds if (own := self._timeout[phase]) is None else min(own, seconds)
            for phase, seconds in waits.items()
        }
        # The libraries cannot limit the whole; the auth plugin applies this limit while it reads.
        timeout["total"] = step.seconds
        return step.call.request(self._library, step.host, self._headers, timeout)

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
