"""The rules for following a call until its result is final. This module does no I/O itself.

`until_settled` is one generator for both `wait` and `wait_async`: it yields calls to send and
seconds to wait. It stores nothing, because the platform has the state. After a restart it begins
again.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Generator
from typing import TYPE_CHECKING, Generic, Protocol, TypeAlias, TypedDict, TypeVar, cast

import attrs

from .base_errors import (
    APIError,
    ClientError,
    OutcomeUnknown,
    ResponseError,
    in_one_line,
    may_pass,
)
from .library import is_transport_error
from .operation import Call, Response
from .settings import require_callable, require_seconds

if TYPE_CHECKING:
    from .facts import SettlingQuery

T = TypeVar("T")

_NOT_FOUND = 404
_LONGEST = 1e9
"""Seconds of a deadline: thirty years."""


@attrs.frozen(kw_only=True)
class Rule:
    """When a result is final, and how to wait for it: `x-poll` of the spec."""

    field: str
    """The field of the result with its state."""
    final: frozenset[str]
    """The values after which nothing changes. A value which the spec does not list is not final."""
    first_pause: float
    """Seconds before the first query; doubled each time."""
    longest_pause: float
    within: float
    """Seconds after which the platform has always decided."""

    def is_final(self, result: object) -> bool:
        """Tell whether a result is final."""
        return str(getattr(result, self.field)) in self.final

    def pause(self, number: int) -> float:
        """Return the seconds before query `number`, which counts from 0."""
        return min(self.longest_pause, self.first_pause * 2.0 ** min(number, 32))


@attrs.frozen(kw_only=True)
class Step(Generic[T]):
    """One step on the way to the final result."""

    call: Call[T]
    """What was sent."""
    response: Response[T] | None
    """The verified response."""
    problem: Exception | None
    """The error raised instead of a response."""


class Options(TypedDict, Generic[T], total=False):
    """How to wait."""

    create: bool
    """Whether to create if nothing is there. If False, the query's 404 is raised. Default: True."""
    deadline: float
    """Seconds after which to give up. Default: when the platform has always decided."""
    wait_after: Callable[[APIError], bool]
    """Called with each refusal of the create after a query has confirmed it. If it returns True, we
    wait, for example for a top-up, and create again. Default: every refusal is raised."""
    on_step: Callable[[Step[T]], object]
    """Called after each call, with its response or error."""
    clock: Callable[[], float]
    """Returns seconds which never go back. Default: `time.monotonic`."""


class Way(Generic[T]):
    """The calls to follow, and how to follow them."""

    def __init__(self, create: Call[T], query: Call[T], rule: Rule, options: Options[T]) -> None:
        self.create, self.query, self.rule = create, query, rule
        self.creates = options.get("create", True)
        self.deadline = options.get("deadline", rule.within)
        self.wait_after = options.get("wait_after", _never)
        self.on_step: Callable[[Step[T]], object] = options.get("on_step", _ignore)
        self.clock = options.get("clock", time.monotonic)
        require_seconds("deadline", self.deadline, least=0.001, most=_LONGEST)
        for name in ("wait_after", "on_step", "clock"):
            require_callable(name, getattr(self, name))


def _never(_refusal: APIError) -> bool:
    return False


def _ignore(_step: object) -> None:
    """Do nothing: the default of `on_step`."""


Answer: TypeAlias = "Response[T] | Exception | None"


class Caller(Protocol):
    """An object which sends calls, such as a client."""

    def call(self, call: Call[T], /) -> Response[T]:
        """Send a call."""
        ...

    async def acall(self, call: Call[T], /) -> Response[T]:
        """Send a call under asyncio."""
        ...


def wait(client: Caller, way: Way[T], sleep: Callable[[float], object]) -> T:
    """Send the calls of the way until the result is final."""
    steps = until_settled(way)
    answer: Answer[T] = None
    while True:
        try:
            step = steps.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result
        answer = None
        if not isinstance(step, Call):
            sleep(step)
            continue
        try:
            answer = client.call(step)
        except Exception as error:  # noqa: BLE001 - judged by `until_settled`, which raises it
            answer = error


async def wait_async(client: Caller, way: Way[T], sleep: Callable[[float], Awaitable[object]]) -> T:
    """Send the calls of the way until the result is final, under asyncio."""
    steps = until_settled(way)
    answer: Answer[T] = None
    while True:
        try:
            step = steps.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result
        answer = None
        if not isinstance(step, Call):
            await sleep(step)
            continue
        try:
            answer = await client.acall(step)
        except Exception as error:  # noqa: BLE001 - judged by `until_settled`, which raises it
            answer = error


def until_settled(way: Way[T]) -> Generator[Call[T] | float, Answer[T], T]:
    """Yield calls to send and seconds to wait; return the final result.

    Raises:
        APIError: The platform refused the create, and a query confirmed that nothing is there.
        OutcomeUnknown: The deadline passed, or the query was refused.
        TransportError: Of the HTTP library. Nothing could be sent before the deadline.
    """
    end, pauses = way.clock() + way.deadline, 0
    course = _Course(way)
    while True:
        sent = course.next
        answer = yield sent
        response = answer if isinstance(answer, Response) else None
        problem = answer if isinstance(answer, Exception) else None
        way.on_step(Step(call=sent, response=response, problem=problem))
        if response is not None and way.rule.is_final(response.parsed):
            return response.parsed
        if course.goes_on_at_once(problem):
            continue
        left = end - way.clock()
        if left <= 0:
            raise course.at_the_deadline(response, problem)
        yield min(way.rule.pause(pauses), left)
        pauses += 1


class _Course(Generic[T]):
    """The call to send next, and whether a create may have happened."""

    def __init__(self, way: Way[T]) -> None:
        self.next = way.create if way.creates else way.query
        self._way = way
        self._may_be_there = not way.creates
        self._refusal: APIError | None = None  # of the last create, until a query has confirmed it

    def goes_on_at_once(self, problem: Exception | None) -> bool:
        """Choose the next call; return False if a pause comes first. Raise a permanent problem."""
        sent_create = self.next is self._way.create
        if problem is None or (sent_create and isinstance(problem, APIError | OutcomeUnknown)):
            # Query also after a refusal: a create of an earlier run may have happened.
            verified = isinstance(problem, APIError) and problem.verified
            self._refusal = problem if isinstance(problem, APIError) and verified else None
            self._may_be_there, self.next = True, self._way.query
            return verified
        if sent_create:
            if not is_transport_error(problem):
                raise problem
            return False  # nothing was sent
        if isinstance(problem, APIError) and problem.verified and problem.status_code == _NOT_FOUND:
            return self._nothing_is_there(problem)
        if not _may_pass(problem):
            raise self._unknown(f"{type(problem).__name__}: {problem}", problem)
        return False

    def _nothing_is_there(self, problem: APIError) -> bool:
        refusal, self._refusal = self._refusal, None
        if not self._way.creates:
            raise problem
        self._may_be_there, self.next = False, self._way.create
        if refusal is None:
            return True
        if not self._way.wait_after(refusal):
            raise refusal
        return False

    def at_the_deadline(self, response: Response[T] | None, problem: Exception | None) -> Exception:
        """Return the error to raise after the deadline."""
        if problem is not None and not self._may_be_there:
            return problem
        seen = getattr(response.parsed, self._way.rule.field) if response is not None else problem
        return self._unknown(f"the deadline passed: {seen}", problem)

    def _unknown(self, reason: str, problem: Exception | None) -> OutcomeUnknown:
        query = cast("SettlingQuery", self._way.query)
        unknown = OutcomeUnknown(self._way.create, query, in_one_line(reason))
        unknown.__cause__ = problem
        return unknown


def _may_pass(problem: Exception) -> bool:
    """Whether the same query may succeed later."""
    if isinstance(problem, APIError):
        # An unsigned 404 does not show what the platform has, so query again.
        return may_pass(problem) or problem.status_code == _NOT_FOUND
    if isinstance(problem, ClientError):
        return isinstance(problem, ResponseError)
    # The auth plugin sets `outcome_unknown` on the error for a response it could not verify.
    untrusted = getattr(problem, "outcome_unknown", False) is True
    return untrusted or is_transport_error(problem)
