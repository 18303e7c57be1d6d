"""A process that holds one contender and calls on command: JSON lines in, JSON lines out."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from .contenders import CONTENDERS, SPENT, AsyncCall, Call
from .setting import Setting

TICK = 0.001


class Worker:
    """Calls, and says what it cost."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._opened: dict[tuple[str, str], Call | AsyncCall] = {}
        self._runner = asyncio.Runner()
        self._threads = ThreadPoolExecutor(max_workers=8)

    def calls(
        self, contender: str, scheme: str, calls: int, at_once: int, threads: int
    ) -> dict[str, float]:
        """Make calls and give the seconds of CPU and of wall time that one took."""
        call = self._open(contender, scheme)
        if CONTENDERS[contender].is_async:
            awaited = cast("AsyncCall", call)
            return self._runner.run(_async_calls(awaited, calls, at_once))
        return self._sync_calls(call, calls, threads)

    def beside(
        self, contender: str, scheme: str, calls: int, at_once: int
    ) -> dict[str, list[float]]:
        """Make calls; give how late a timer beside them was, and how long the loop's steps took."""
        call = cast("AsyncCall", self._open(contender, scheme))
        return self._runner.run(_beside(call, calls, at_once))

    def memory(self) -> dict[str, int]:
        """What is in use after a collection: resident kibibytes, objects that can hold others."""
        gc.collect()
        return {"kib": _resident_kib(), "objects": len(gc.get_objects())}

    def _open(self, contender: str, scheme: str) -> Call | AsyncCall:
        key = contender, scheme
        if key not in self._opened:
            base_url = self._setting.address(scheme)
            self._opened[key] = CONTENDERS[contender].open(self._setting, base_url)
        return self._opened[key]

    def _sync_calls(self, call: Call, calls: int, threads: int) -> dict[str, float]:
        def several(count: int) -> object:
            result: object = None
            for _ in range(count):
                result = call()
            return result

        each = max(1, calls // threads)
        if each > 1:  # what was idle between two rounds has lost the CPU's caches, if not more
            _require_success(several(2))
        SPENT.update(dict.fromkeys(SPENT, 0.0))
        if threads == 1:
            wall, cpu = time.perf_counter(), time.process_time()
            last = several(each)
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        else:
            list(self._threads.map(several, [2] * threads))
            wall, cpu = time.perf_counter(), time.process_time()
            last = list(self._threads.map(several, [each] * threads))[-1]
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        _require_success(last)
        return _each(each * threads, cpu=cpu, wall=wall, **SPENT)


async def _async_calls(call: AsyncCall, calls: int, at_once: int) -> dict[str, float]:
    await _share(call, max(2, at_once), at_once)
    SPENT.update(dict.fromkeys(SPENT, 0.0))
    wall, cpu = time.perf_counter(), time.process_time()
    last = await _share(call, calls, at_once)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    _require_success(last)
    return _each(calls, cpu=cpu, wall=wall, **SPENT)


async def _share(call: AsyncCall, calls: int, at_once: int) -> object:
    """Make so many calls, by so many tasks that share them."""
    todo = iter(range(calls))
    last: object = None

    async def work() -> None:
        nonlocal last
        for _ in todo:
            last = await call()

    if at_once == 1:
        await work()
    else:
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(work())
    return last


async def _beside(call: AsyncCall, calls: int, at_once: int) -> dict[str, list[float]]:
    late: list[float] = []
    steps: list[float] = []

    async def tick() -> None:
        while True:
            due = time.perf_counter() + TICK
            await asyncio.sleep(TICK)
            late.append(time.perf_counter() - due)

    await _share(call, 2 * at_once, at_once)
    ticker = asyncio.create_task(tick())
    with _timed_steps(steps):
        await _share(call, calls, at_once)
    ticker.cancel()
    await asyncio.gather(ticker, return_exceptions=True)
    return {"late": late, "steps": steps}


@contextmanager
def _timed_steps(steps: list[float]) -> Generator[None]:
    """Note how long each callback of the loop computes: so long, nobody else has a turn."""
    handles = cast("Any", asyncio.Handle)  # there is no public way
    run = handles._run

    def timed(handle: asyncio.Handle) -> None:
        start = time.thread_time()
        run(handle)
        steps.append(time.thread_time() - start)

    handles._run = timed
    try:
        yield
    finally:
        handles._run = run


def _each(calls: int, **seconds: float) -> dict[str, float]:
    return {name: value / calls for name, value in seconds.items()}


def _require_success(result: object) -> None:
    if "SUCCESS" not in str(result):
        raise AssertionError(f"this is no result: {result!r}")


def _resident_kib() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except FileNotFoundError:  # no Linux: the highest it ever was
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak // 1024 if sys.platform == "darwin" else peak
    import resource

    return pages * resource.getpagesize() // 1024


def main(setting: str) -> None:
    """Serve commands, one a line, until there are no more."""
    worker = Worker(Setting.read(setting))
    for line in sys.stdin:
        asked: dict[str, Any] = json.loads(line)
        answer: object = getattr(worker, asked.pop("do"))(**asked)
        print(json.dumps(answer), flush=True)  # noqa: T201 - this is the protocol
