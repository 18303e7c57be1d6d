"""The judge can fail: clients that break a promise are found out, each by its own."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx
import httpx2
import pytest
from wechatpay_ecommerce_refund import Call, Client, OutcomeUnknown, Response, errors

from tests.soak.drive import WORKERS, AnyAuth, Fleet, MakeClient
from tests.soak.judge import LONGEST, Ending, Judge
from tests.soak.plan import ALWAYS, Operation, Planned
from tests.soak.soak import Report, Watch, settle
from tests.soak.world import World

T = TypeVar("T")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(tmp_path_factory.mktemp("world")) as world:
        yield world


first = iter(range(0, 1_000_000, 100))


def judged(
    world: World, make: MakeClient, kind: str, operation: Operation = "create", times: int = ALWAYS
) -> Judge:
    """Let a client make calls that all meet with the same trouble."""
    start = next(first)
    plan = [Planned(start + n, operation, start + n, kind, times) for n in range(WORKERS)]
    report, fleet = Report(0), Fleet(world.address, make)
    world.begin(plan)
    endings = fleet.run(plan)
    report.judge.enter(world.calm().opened)
    report.judge.judge(endings)
    settle(report, fleet, endings)
    fleet.close()
    return report.judge


def promises(judge: Judge) -> set[str]:
    return {text.partition(": ")[0] for text in judge.broken}


class Credulous(Client):
    """Its plugin believes every response."""

    def __init__(self, auth: AnyAuth, **options: Any) -> None:  # noqa: ANN401 - passed on
        class SignsOnly:
            requires_response_body = True

            def auth_flow(self, request: object) -> Generator[object, Any, None]:
                response = yield next(auth.sync_auth_flow(request))
                response.extensions["wechatpay_verified"] = True

        library: Any = httpx2 if isinstance(auth, httpx2.Auth) else httpx
        super().__init__(type("SignsOnly", (SignsOnly, library.Auth), {})(), **options)


class Hasty(Client):
    """Takes an unknown outcome for a failure."""

    def call(self, call: Call[T]) -> Response[T]:
        try:
            return super().call(call)
        except OutcomeUnknown as unknown:
            raise unknown.__cause__ or unknown from None

    async def acall(self, call: Call[T]) -> Response[T]:
        try:
            return await super().acall(call)
        except OutcomeUnknown as unknown:
            raise unknown.__cause__ or unknown from None


class Hopeful(Client):
    """Never repeats, so that it succeeds only where nothing is wrong."""

    def __init__(self, auth: AnyAuth, **options: Any) -> None:  # noqa: ANN401 - passed on
        options["retries"] = 0
        super().__init__(auth, **options)


class Leaky(Client):
    """Lets errors out that no caller expects."""

    def call(self, call: Call[T]) -> Response[T]:
        raise KeyError("return_amount")


@pytest.mark.parametrize("kind", ["signed by another key", "tampered body"])
def test_a_forged_response_that_is_believed(world: World, kind: str) -> None:
    assert promises(judged(world, Client, kind)) == set()
    assert "no forged response is believed" in promises(judged(world, Credulous, kind))


@pytest.mark.parametrize(
    "kind", ["lost response", "reset before the response", "500 after the change"]
)
def test_a_create_that_is_reported_failed_but_happened(world: World, kind: str) -> None:
    assert promises(judged(world, Client, kind)) == set()
    assert promises(judged(world, Hasty, kind)) == {"what is reported as failed did not happen"}


def test_trouble_that_is_not_overcome(world: World) -> None:
    assert promises(judged(world, Client, "probe signature", times=1)) == set()
    assert promises(judged(world, Hopeful, "probe signature", times=1)) == {
        "trouble that passes is overcome"
    }


@pytest.mark.parametrize("operation", ["create", "missing"])
def test_no_http_is_overcome_whatever_the_call_goes_over(
    world: World, operation: Operation
) -> None:
    assert promises(judged(world, Client, "no HTTP", operation, times=1)) == set()
    assert promises(judged(world, Client, "no HTTP", operation)) == set()


def test_an_untyped_error(world: World) -> None:
    assert "every error is typed" in promises(judged(world, Leaky, "clean", times=0))


def test_a_success_that_the_books_do_not_have(world: World) -> None:
    """As if the response to a create that never reached the platform had been made up."""
    plan = [Planned(0, "create", next(first), "clean", 0)]
    fleet, judge = Fleet(world.address), Judge()
    world.begin(plan)
    endings = fleet.run(plan)
    world.calm()
    judge.judge(endings)
    fleet.close()
    assert promises(judge) == {"what is reported as done was done"}


def test_a_query_that_does_not_tell_the_truth(world: World) -> None:
    start = next(first)
    plan = [
        Planned(start + n, "create", start + n, "lost response", ALWAYS) for n in range(WORKERS)
    ]
    report, fleet = Report(0), Fleet(world.address)
    world.begin(plan)
    endings = fleet.run(plan)
    world.calm()  # the judge does not get to see these books: for it, nothing happened
    settle(report, fleet, endings)
    fleet.close()
    assert promises(report.judge) == {"the query must tell that it did not happen"}
    assert report.queries == WORKERS


def test_a_call_that_took_too_long() -> None:
    judge, planned = Judge(), Planned(0, "missing", 0, "clock off", ALWAYS)
    judge.judge([Ending(planned, LONGEST + 1, None, errors.SignError(401))])
    assert promises(judge) == {"no call hangs"}


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="this system does not say")
def test_what_is_left_open_or_running(tmp_path: Path) -> None:
    report, done = Report(0), threading.Event()
    watch = Watch(report)
    thread = threading.Thread(target=done.wait)
    thread.start()
    with (tmp_path / "left open").open("w"):
        watch.end()
    done.set()
    thread.join()
    threads, files = report.leaks
    assert threads.startswith("threads: ")
    assert files == "1 files are left open"


def test_what_nobody_caught() -> None:
    class Careless:
        def __del__(self) -> None:
            raise ResourceWarning("unclosed")

    report = Report(0)
    watch = Watch(report)
    Careless()
    thread = threading.Thread(target=os.environ.__getitem__, args=("NOTHING",))
    thread.start()
    thread.join()
    watch.end()
    assert report.leaks == [
        "unraisable: ResourceWarning('unclosed')",
        "in a thread: KeyError('NOTHING')",
    ]
