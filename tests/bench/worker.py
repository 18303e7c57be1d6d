"""The process of one contender, which calls on command: JSON lines in, JSON lines out."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from resource import getpagesize
from typing import Any

from .contenders import REFUND_ID, Call, NoRSA, Setting, in_memory, opened
from .server import RESULT, headers

BLOCK = 50


class Worker:
    """Calls, and says what it cost."""

    def __init__(self, setting: Setting, contender: str) -> None:
        self._setting, self._contender = setting, contender
        self._opened: dict[tuple[str, bool], Call] = {}
        self._runner = asyncio.Runner()
        self._threads = ThreadPoolExecutor(max_workers=16)

    def calls(self, address: str, calls: int, at_once: int, is_async: bool) -> list[float]:
        """Make calls and return the seconds of CPU and of wall time that one took."""
        key = address, is_async
        if key not in self._opened:
            self._opened[key] = opened(self._contender, self._setting, address, is_async=is_async)
        call = self._opened[key]
        # What was idle since the last round has lost the caches of the CPU, if not its connections.
        self._burst(call, max(2, at_once), at_once, is_async)
        wall, cpu = time.perf_counter(), time.process_time()
        last = self._burst(call, calls, at_once, is_async)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        if REFUND_ID not in str(last):
            raise AssertionError(f"this is no result: {last!r}")
        return [cpu / calls, wall / calls]

    def memory(self) -> dict[str, int]:
        """Return what is in use after a collection: resident KiB, and objects that hold others."""
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return {"KiB": pages * getpagesize() // 1024, "objects": len(gc.get_objects())}

    def own_code(self, blocks: int, is_async: bool) -> list[float]:
        """Return the CPU seconds of our code in a call, from blocks with it and without it."""
        library, key_id = self._contender.partition(", ")[2], self._setting["public_key_id"]
        signed = headers(str(int(time.time())), "A" * 32, NoRSA.signature, key_id)
        raw = [(name.encode(), value.encode()) for name, value in signed.items()]
        pair = in_memory(self._setting, library, (raw, RESULT), is_async=is_async)
        costs: list[float] = []
        for number in range(2 * blocks):
            start = time.process_time()
            self._burst(pair[number % 2], BLOCK, 1, is_async)
            costs.append((time.process_time() - start) / BLOCK)
        return [ours - alone for ours, alone in zip(costs[::2], costs[1::2], strict=True)]

    def _burst(self, call: Call, calls: int, at_once: int, is_async: bool) -> object:
        if is_async:
            return self._runner.run(_awaited(call, iter(range(calls)), at_once))
        if at_once == 1:
            return _several(call, calls)
        shares = [calls // at_once] * at_once
        return list(self._threads.map(partial(_several, call), shares))


def _several(call: Call, calls: int) -> object:
    for _ in range(calls - 1):
        call()
    return call()


async def _awaited(call: Call, todo: Iterator[int], tasks: int) -> list[object]:
    async def several() -> object:
        last: object = None
        for _ in todo:
            last = await call()
        return last

    return await asyncio.gather(*(several() for _ in range(tasks)))


def main(setting: str, contender: str) -> None:
    """Carry out commands, one a line, until there are no more."""
    worker = Worker(json.loads(Path(setting).read_text(encoding="utf-8")), contender)
    for line in sys.stdin:
        asked: dict[str, Any] = json.loads(line)
        answer: object = getattr(worker, asked.pop("do"))(**asked)
        print(json.dumps(answer), flush=True)  # noqa: T201 - this is the protocol
