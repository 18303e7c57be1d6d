"""Tens of thousands of calls through a network that breaks, each judged against the books.

    python -m tests.soak.soak --calls 50000 --seed 1

A seed gives every call the same trouble again. Exits with 1, and says which calls broke which
promise, if one did.
"""

from __future__ import annotations

import argparse
import ctypes  # noqa: F401  # pyright: ignore  # newer versions of libffi now keep a file open
import faulthandler
import gc
import logging
import os
import sys
import threading
import time
import warnings
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from wechatpay_ecommerce_refund import Client

from tests.soak.drive import Fleet, MakeClient
from tests.soak.judge import HOWS, Ending, Judge
from tests.soak.plan import rounds
from tests.soak.world import World

ROUND_BOUND = 240.0
"""Seconds after which a round that does not end is ended, with a dump of all threads."""
GROWTH = 16 << 20
"""Bytes that the process may grow by between the middle and the end."""
_PROC = Path("/proc/self")


@dataclass
class Report:
    """What a soak found."""

    seed: int
    calls: int = 0
    queries: int = 0
    exchanges: int = 0
    bytes: int = 0
    seconds: float = 0.0
    judge: Judge = field(default_factory=Judge)
    resources: list[str] = field(default_factory=list[str])
    leaks: list[str] = field(default_factory=list[str])

    @property
    def broken(self) -> list[str]:
        return self.judge.broken + self.leaks

    def table(self) -> str:
        width = max(map(len, self.judge.counts), default=0)
        lines = [f"{'trouble':{width}}" + "".join(f"{name:>9}" for name in ("calls", *HOWS))]
        total: Counter[str] = Counter()
        for kind, counts in sorted(self.judge.counts.items()):
            total.update({str(how): number for how, number in counts.items()})
            numbers = [counts.total(), *(counts[how] for how in HOWS)]
            lines.append(f"{kind:{width}}" + "".join(f"{number:9}" for number in numbers))
        numbers = [total.total(), *(total[how] for how in HOWS)]
        lines.append(f"{'all':{width}}" + "".join(f"{number:9}" for number in numbers))
        lines += [
            "",
            f"{self.calls} calls, {self.queries} queries of unknown outcomes, {self.exchanges} "
            f"requests at the platform, {self.bytes / 1e6:.0f} MB",
            f"{self.seconds:.0f} s, {self.calls / max(self.seconds, 0.001):.0f} calls a second; "
            f"seed {self.seed}",
            *self.resources,
        ]
        return "\n".join(lines)


@dataclass(frozen=True)
class Resources:
    """What this process holds; None where the system does not say."""

    files: int | None
    threads: int
    memory: int | None

    @classmethod
    def now(cls) -> Resources:
        gc.collect()
        if not (_PROC / "fd").is_dir():
            return cls(None, threading.active_count(), None)
        pages = int((_PROC / "statm").read_text("ascii").split()[1])
        files = len(os.listdir(_PROC / "fd"))  # noqa: PTH208 - counts one more, always
        return cls(files, threading.active_count(), pages * os.sysconf("SC_PAGE_SIZE"))


class Watch:
    """Looks at what this process holds, and listens for what nobody catches."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._before = Resources.now()
        self._memory: list[int] = []
        self._hooks = sys.unraisablehook, threading.excepthook
        sys.unraisablehook = lambda what: self._leak(f"unraisable: {what.exc_value!r}")
        threading.excepthook = lambda what: self._leak(f"in a thread: {what.exc_value!r}")

    def _leak(self, what: str) -> None:
        self._report.leaks.append(what)

    def look(self) -> None:
        memory = Resources.now().memory
        if memory is not None:
            self._memory.append(memory)

    def end(self) -> None:
        sys.unraisablehook, threading.excepthook = self._hooks
        before, after = self._before, Resources.now()
        self._report.resources.append(
            f"files {before.files} before, {after.files} after; "
            f"threads {before.threads} before, {after.threads} after"
        )
        if after.threads > before.threads:
            self._leak(f"threads: {threading.enumerate()}")
        if before.files is None or after.files is None:
            self._report.resources.append("NOT COUNTED on this system: files and memory")
            return
        if after.files > before.files:
            self._leak(f"{after.files - before.files} files are left open")
        if len(self._memory) > 1:
            middle, last = self._memory[len(self._memory) // 2], self._memory[-1]
            self._report.resources.append(
                f"memory {self._memory[0] >> 20} MB at first, {middle >> 20} in the middle, "
                f"{last >> 20} at the end"
            )
            if last - middle > GROWTH:
                self._leak(f"memory grew by {last - middle} bytes in the second half")


def soak(calls: int, seed: int, make: MakeClient = Client, *, size: int = 1000) -> Report:
    """Make the calls and judge them."""
    report = Report(seed)
    begun = time.monotonic()
    with TemporaryDirectory() as directory, World(Path(directory)) as world:
        watch = Watch(report)
        fleet = Fleet(world.address, make)
        for plan in rounds(calls, seed, size):
            world.begin(plan)
            endings = fleet.run(plan)
            books = world.calm()
            report.calls += len(endings)
            report.exchanges += books.exchanges
            report.bytes += books.bytes
            report.judge.enter(books.opened)
            report.judge.judge(endings)
            settle(report, fleet, endings)
            del endings
            watch.look()
        fleet.close()
        del fleet
        watch.end()
    report.seconds = time.monotonic() - begun
    return report


def settle(report: Report, fleet: Fleet, endings: list[Ending]) -> None:
    """Ask the query of every unknown outcome, now that the network is well again."""
    for ending in endings:
        if ending.how == "unknown" and ending.planned.operation == "create":
            report.judge.settle(ending, fleet.query(ending))
            report.queries += 1


def main() -> int:
    parser = argparse.ArgumentParser(description="soak the client")
    parser.add_argument("--calls", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    warnings.simplefilter("error")
    # Thousands of warnings about retries are what a soak makes; its judge looks at the endings.
    logging.getLogger("wechatpay_ecommerce_refund").addHandler(logging.NullHandler())
    faulthandler.dump_traceback_later(ROUND_BOUND + arguments.calls / 20, exit=True)
    report = soak(arguments.calls, arguments.seed)
    faulthandler.cancel_dump_traceback_later()
    print(report.table())  # noqa: T201
    if not report.broken:
        return 0
    print(f"\n{len(report.broken)} promises broken with seed {report.seed}; the first:")  # noqa: T201
    print(*report.broken[:20], sep="\n")  # noqa: T201
    return 1


if __name__ == "__main__":
    sys.exit(main())
