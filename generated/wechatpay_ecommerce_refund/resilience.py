# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""The rules for retrying a call until its outcome is known. This module does no I/O itself.

`settle` is one generator for both the sync and the async client. It yields the next step, and the
client sends back the result of this step. So the rules are in one place, and tests need neither a
clock nor a network.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Generator, Sequence
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import attrs

from .attempts import Attempt, tell, warn
from .base_errors import (
    APIError,
    ClientError,
    OutcomeUnknown,
    ResponseError,
    in_one_line,
    may_pass,
)
from .facts import REQUEST_ID
from .library import is_of_aiohttp, proves_unsent, request_of
from .operation import Call, Response
from .settings import require_callable, require_count, require_seconds

if TYPE_CHECKING:
    from types import ModuleType

    from .library import HTTPResponse, Request

T = TypeVar("T")

_NOT_FOUND = 404
_TOO_MANY = 429
_LONGEST_ASKED = 86_400.0
"""Seconds: we shorten a longer Retry-After to a day, because `sleep` refuses huge numbers."""
_UNREADABLE: TypeAlias = ValueError | ArithmeticError | LookupError | RecursionError
"""Errors which a parser may raise for a text of unknown origin."""


@attrs.frozen(kw_only=True)
class Retry:
    """When and how often an idempotent call is retried, each time with a fresh signature.

    The client retries after connection trouble (on the other host, as the platform's guide for
    disaster tolerance says), after statuses 202, 429 and 5xx, and after a response which the auth
    plugin could not verify. After a 429 it queries before it retries a call that changes something.
    """

    retries: int = 3
    """How many times a call is retried; 0 switches retries off."""
    deadline: float = 60.0
    """Seconds for all attempts and the pauses between them."""
    first_pause: float = 0.5
    """Seconds before the first retry; doubled each time, then shortened at random."""
    longest_pause: float = 8.0
    """The longest pause in seconds. A Retry-After of the platform may be longer."""
    jitter: Callable[[], float] = random.random
    """Returns a number from 0 to 1."""
    clock: Callable[[], float] = time.monotonic
    """Returns seconds which never go back."""
    now: Callable[[], float] = time.time
    """Returns Unix time, for a Retry-After with a date."""

    def __attrs_post_init__(self) -> None:
        require_count("retries", self.retries)
        require_seconds("deadline", self.deadline, least=0.001)
        require_seconds("first_pause", self.first_pause)
        require_seconds("longest_pause", self.longest_pause)
        for name in ("jitter", "clock", "now"):
            require_callable(name, getattr(self, name))

    def pause(self, number: int, asked: str | None) -> float:
        """Return the seconds to wait before retry `number`, which counts from 0."""
        wanted = _seconds(asked, self.now)
        if wanted is not None:
            return wanted
        longest = min(self.longest_pause, self.first_pause * 2.0 ** min(number, 32))
        return longest * (0.5 + self.jitter() / 2)


def rules_of(retries: int | Retry) -> Retry:
    """Return the rules for retries, or raise InvalidInputError."""
    return retries if isinstance(retries, Retry) else Retry(retries=retries)


@attrs.define(eq=False)
class Send:
    """Send a new request for this call to this host; gives a response or `Failed`."""

    call: Call[object]
    host: str
    seconds: float


@attrs.define(eq=False)
class Wait:
    """Wait; gives None, or `Failed` if the wait raised an error."""

    seconds: float


@attrs.define(eq=False)
class Failed:
    """An attempt or a pause which raised an error."""

    error: Exception
    """The raised error."""
    library: ModuleType
    """The HTTP library."""
    sent: Request | None
    """The call's request as it was sent; None if the auth object never yielded it."""
    is_out: bool = False
    """Whether the library raised the error, while it had a request, and not the auth object."""
    has_left: bool = False
    """Whether the library's transport reported that it began to write the request."""

    @property
    def may_have_left(self) -> bool:
        """Whether the request may have reached the platform."""
        if self.sent is None or self.has_left:
            return self.has_left
        if proves_unsent(self.error, self.library):
            # The auth object may send other requests, for example a key download. If a download
            # failed after the call was sent, the call has left.
            return request_of(self.error) is not self.sent
        # An exception of unknown origin may have come after the request left.
        return getattr(self.error, "outcome_unknown", True) is not False


Step: TypeAlias = Send | Wait
Answer: TypeAlias = "HTTPResponse | Failed | None"


def settle(
    call: Call[T],
    hosts: Sequence[str],
    retry: Retry,
    hook: Callable[[Attempt], None] | None = None,
) -> Generator[Step, Answer, Response[T]]:
    """Retry a call until its outcome is known, and return its result.

    Args:
        call: The call to send.
        hosts: Base URLs, the preferred one first.
        retry: The rules for retries.
        hook: Called after every attempt.

    Raises:
        APIError: The platform refused the call, or failed and the call only reads.
        OutcomeUnknown: A call that changes something may or may not have happened.
        TransportError: Of the HTTP library. The network failed, and either nothing was sent or the
            call only reads.
    """
    left = retry.deadline  # seconds left; always more than 0 when something is sent
    end = retry.clock() + left
    attempts: list[Attempt] = []
    host = 0
    may_have_happened = False
    asking = False  # whether the next request is the query that settles the call
    failures = 0
    while True:
        current = call.query if asking and call.query else call
        answer = yield Send(current, hosts[host], left)
        number = len(attempts) + 1
        done = _attempt(current, hosts[host], answer, number)
        try:
            received = _response_of(answer)
            response = current.operation.read(received, current.echoes, (*attempts, done))
        except Exception as error:  # noqa: BLE001 - judged below, and raised unless retried
            problem = error
        else:
            tell(done, call, hook)
            return response
        if current is call:
            may_have_happened |= _may_have_happened(answer, problem)
        # The query found nothing, so the call had no effect: retry it without a pause.
        not_found = asking and _status(problem) == _NOT_FOUND
        failures += not not_found
        pause = 0.0 if not_found else retry.pause(failures - 1, _asked_pause(problem))
        goes_on = (
            call.operation.idempotent
            and (not_found or _may_pass(answer, problem))
            and failures <= retry.retries
            and retry.clock() + pause < end
        )
        planned = pause if goes_on else None
        failed = _attempt(current, hosts[host], answer, number, _told(problem), planned)
        attempts.append(failed)
        tell(failed, call, hook)
        if goes_on and pause:
            broken = yield Wait(pause)
            if isinstance(broken, Failed):
                problem, goes_on = broken.error, False
        left = end - retry.clock()  # a pause may have taken longer than planned
        if not goes_on or left <= 0:
            refused = current is call and _is_refusal(problem)
            raise _verdict(
                call,
                problem,
                tuple(attempts),
                refused=refused,
                may_have_happened=may_have_happened,
            )
        if _is_network_trouble(answer, problem):
            host = (host + 1) % len(hosts)
        asking = (
            call.query is not None
            and not call.is_safe
            and (_status(problem) == _TOO_MANY or (asking and not not_found))
        )


def _response_of(answer: Answer) -> HTTPResponse:
    if isinstance(answer, Failed):
        error, library = answer.error, answer.library
        kind = None
        # The libraries do not translate every error: a broken TLS session under asyncio raises
        # OSError, an invalid host in a redirect's Location raises InvalidURL, and httpx-aiohttp
        # passes on aiohttp's error for a response that is not HTTP.
        if isinstance(error, OSError) and (answer.is_out or answer.may_have_left):
            kind = library.ReadError
        elif isinstance(error, library.InvalidURL | library.DecodingError) or (
            answer.is_out and (isinstance(error, _UNREADABLE) or is_of_aiohttp(error))
        ):
            kind = library.RemoteProtocolError
        if kind is None:
            raise error
        problem: Exception = kind(_told(error), request=answer.sent)
        raise problem from error
    if answer is None:
        raise TypeError("a request ended with neither a response nor an error")
    return answer


def _attempt(
    call: Call[object],
    host: str,
    answer: Answer,
    number: int,
    problem: str | None = None,
    pause: float | None = None,
) -> Attempt:
    status: object = None
    request_id: object = None
    if isinstance(answer, Failed):  # the auth plugin's errors name the refused response
        status = getattr(answer.error, "status_code", None)
        request_id = getattr(answer.error, "request_id", None)
    elif answer is not None:
        status, request_id = answer.status_code, answer.headers.get(REQUEST_ID)
    return Attempt(
        operation=call.operation.name,
        host=host,
        status_code=status if isinstance(status, int) else None,
        request_id=request_id if isinstance(request_id, str) else None,
        problem=problem,
        number=number,
        pause=pause,
    )


def _told(problem: Exception) -> str:
    # A library's error may contain any text of the response.
    return in_one_line(f"{type(problem).__name__}: {problem}")


def _status(problem: Exception) -> int | None:
    return problem.status_code if isinstance(problem, APIError) else None


def _asked_pause(problem: Exception) -> str | None:
    return problem.headers.get("retry-after") if isinstance(problem, ResponseError) else None


def _is_network_trouble(answer: Answer, problem: Exception) -> bool:
    return isinstance(answer, Failed) and isinstance(problem, answer.library.TransportError)


def _may_pass(answer: Answer, problem: Exception) -> bool:
    """Whether the same call may succeed later."""
    if isinstance(problem, APIError):
        return may_pass(problem)
    if isinstance(answer, Failed) and _is_network_trouble(answer, problem):
        library = answer.library
        return not isinstance(problem, library.UnsupportedProtocol | library.LocalProtocolError)
    # The auth plugin sets `outcome_unknown` on the error for a response it could not verify.
    return getattr(problem, "outcome_unknown", False) is True


def _may_have_happened(answer: Answer, problem: Exception) -> bool:
    """Whether a call may have had its effect although the attempt ended with this problem."""
    if isinstance(answer, Failed):
        return answer.may_have_left
    return not _is_refusal(problem)


def _is_refusal(problem: Exception) -> bool:
    """Whether a response says that the call had no effect."""
    return isinstance(problem, APIError) and problem.status_code >= 400 and not may_pass(problem)


def _verdict(
    call: Call[object],
    problem: Exception,
    attempts: tuple[Attempt, ...],
    *,
    refused: bool,
    may_have_happened: bool,
) -> Exception:
    """Return the error to raise: the problem itself, or OutcomeUnknown with it as the cause."""
    # If an attempt may have had its effect, only a verified refusal of the call itself settles it.
    # A refusal of its query says nothing about the call.
    settled = refused and isinstance(problem, APIError) and problem.verified
    if may_have_happened and not settled and not call.is_safe:
        unknown = OutcomeUnknown(call, call.query, _told(problem))
        unknown.__cause__ = problem
        unknown.attempts = attempts
        warn(unknown)
        return unknown
    if isinstance(problem, ClientError):
        problem.attempts = attempts
    elif len(attempts) > 1:
        problem.add_note(f"{call} was tried {len(attempts)} times")
    return problem


def _seconds(asked: str | None, now: Callable[[], float]) -> float | None:
    """Return the seconds of a Retry-After header: it has a number or a date."""
    if not asked:
        return None
    try:
        seconds = float(asked) if asked.strip().isdigit() else _until(asked, now)
    except Exception:  # noqa: BLE001 - anybody may have written it, and parsers raise many things
        return None
    return min(max(0.0, seconds), _LONGEST_ASKED)


def _until(date: str, now: Callable[[], float]) -> float:
    return parsedate_to_datetime(date).timestamp() - now()
