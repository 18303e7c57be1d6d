"""What is not a call's price: imports, memory, how late a timer is, and regeneration."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from . import installed
from .race import Arena, environment
from .table import Middle, Target

OURS = "wechatpay_ecommerce_refund, wechatpay_auth"
READY = (
    "from wechatpay_ecommerce_refund import Client\n"
    "from wechatpay_ecommerce_refund.api.ecommerce_refund import create_return_advance\n"
    "from wechatpay_auth import WeChatPayAuth"
)
GROWTH_KIB = 1024
"""Allowed between 20 000 and 100 000 calls. One lost object a call, of the smallest kind there is,
would be 1250; the allocator alone moves by a few hundred."""
GROWTH_OBJECTS = 100
CHUNK = 2000

_TIMED = """
import time
start = time.process_time()
{}
print(time.process_time() - start)
"""
_NEEDED = """
{}
import json, sys
print(json.dumps([name for name in sys.modules if name.split(".")[0] == "cryptography"]))
"""


class Imports:
    """CPU seconds of import statements, each in a process of its own."""

    def __init__(self, home: Path) -> None:
        self._home = home
        needed: list[str] = json.loads(self._run(_NEEDED.format(READY)))
        base = f"import {', '.join(['httpx', *needed])}"
        self.statements = {
            "base": base,
            "base and attrs": f"{base}, attr",
            "ours": f"import {OURS}",
            "ready": READY,
        }
        self.times: dict[str, list[float]] = {name: [] for name in self.statements}

    def round(self) -> None:
        """Import each once."""
        for name, statement in self.statements.items():
            self.times[name].append(float(self._run(_TIMED.format(statement))))

    def lines(self) -> Iterator[str]:
        labels = {
            "base": "httpx and the needed parts of cryptography",
            "base and attrs": "the same and attrs",
            "ours": f"import {OURS}",
            "ready": "ready to call",
        }
        yield "import, CPU".ljust(62) + "ms    : base"
        for name, times in self.times.items():
            yield f"  {labels[name]:<54}{median(times) * 1e3:>8.1f}{self.ratio(name).value:>10.2f}"

    def ratio(self, name: str) -> Middle:
        pairs = zip(self.times[name], self.times["base"], strict=True)
        return Middle.of([one / base for one, base in pairs])

    def targets(self) -> Iterator[Target]:
        yield Target("import : base", self.ratio("ours"), 1.15)
        # The packages import httpx when it is asked for, so this is what a program really waits.
        yield Target("ready to call : base", self.ratio("ready"), 1.15, judged=False)

    def _run(self, statement: str) -> str:
        command = installed.command(self._home, f"exec({statement!r})")
        done = subprocess.run(
            command, check=True, stdout=subprocess.PIPE, text=True, env=environment()
        )
        return done.stdout


@dataclass(frozen=True, slots=True)
class Memory:
    """What a process has in use after so many calls."""

    contender: str
    goals: tuple[int, int, int]
    used: Mapping[int, Mapping[str, int]]

    def __str__(self) -> str:
        steps = "".join(
            f"{calls:>10}: {used['kib'] / 1024:6.1f} MiB, {used['objects']} objects"
            for calls, used in self.used.items()
        )
        return f"  {self.contender:<20}{steps}"

    def targets(self) -> Iterator[Target]:
        _, early, late = (self.used.get(calls) for calls in self.goals)
        for what, limit, unit in (("kib", GROWTH_KIB, " KiB"), ("objects", GROWTH_OBJECTS, "")):
            grown = Middle.of([float(late[what] - early[what])]) if early and late else None
            name = "memory" if what == "kib" else "objects"
            yield Target(f"{name} grown, {self.contender}", grown, limit, unit=unit)


def memory(ring: Arena, contenders: list[str], last: int, seconds: float) -> list[Memory]:
    """Make calls over TLS, all contenders at once: nobody looks at the time here.

    On a machine with more to do, who is not done after so many seconds is not judged.
    """
    goals = (last // 100, last // 5, last)
    end = time.monotonic() + seconds

    def grown(contender: str) -> Memory:
        worker = ring.fresh(contender)
        used: dict[int, Mapping[str, int]] = {}
        done = 0
        while done < last and time.monotonic() < end:
            more = min(CHUNK, *(goal - done for goal in goals if goal > done))
            worker.ask("calls", contender=contender, scheme="tls", calls=more, at_once=8, threads=1)
            done += more
            if done in goals:
                used[done] = worker.ask("memory")
        return Memory(contender, goals, used)

    with ThreadPoolExecutor() as threads:
        return list(threads.map(grown, contenders))


def beside(ring: Arena, contenders: list[str], rounds: int, calls: int) -> Iterator[str]:
    """What others in the same event loop notice while 8 tasks call over TLS."""
    late: dict[str, list[float]] = {contender: [] for contender in contenders}
    steps: dict[str, list[float]] = {contender: [] for contender in contenders}
    for _ in range(rounds):
        for contender in contenders:
            noted = ring.worker(contender).ask(
                "beside", contender=contender, scheme="tls", calls=calls, at_once=8
            )
            late[contender] += noted["late"]
            steps[contender] += noted["steps"]
    head = "timer of 1 ms late: median   p99    loop's step, CPU: p99  longest"
    yield "beside 8 calls in flight, tls; ms".ljust(38) + head
    for contender, values in late.items():
        late_parts, step_parts = quantiles(values, n=100), quantiles(steps[contender], n=100)
        yield (
            f"  {contender:<36}{late_parts[49] * 1e3:>26.2f}{late_parts[98] * 1e3:>6.2f}"
            f"{step_parts[98] * 1e3:>26.2f}{max(steps[contender]) * 1e3:>9.2f}"
        )


def regeneration(times: int) -> Target:
    """How long `python -m generator check` takes: it generates into a folder and compares."""
    command = [sys.executable, "-m", "generator", "check"]
    walls: list[float] = []
    cpus: list[float] = []
    for _ in range(times):
        wall, cpu = time.perf_counter(), _children()
        subprocess.run(command, check=True, cwd=installed.ROOT, stdout=subprocess.DEVNULL)
        walls.append(time.perf_counter() - wall)
        cpus.append(_children() - cpu)
    note = f"CPU {median(cpus):.1f} s"
    return Target("regeneration", Middle.of(walls), 5, unit=" s", note=note)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
