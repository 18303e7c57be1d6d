"""The rounds: who calls when, and what each call cost.

This measures on machines whose speed changes from second to second. So a round is short, everybody
calls in it, in another order each time, one at a time; those who are compared with each other call
within a fraction of a second. A ratio is taken within a round, and the median of those stands.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from wechatpay_sandbox import Keys, make_keys, make_tls

from . import installed
from .contenders import CONTENDERS, HOMES
from .server import serving
from .setting import Setting

SEED = 20180608


@dataclass(frozen=True, slots=True)
class Run:
    """One row of the table: who calls, by what road, and how many calls are on their way."""

    contender: str
    scheme: str = "tls"
    at_once: int = 1
    threads: int = 1
    processes: int = 1


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds that one call took."""

    cpu: float
    wall: float
    sign: float = 0.0
    """Of the CPU, if the contender measures it."""
    verify: float = 0.0


class Worker:
    """The process of one contender, seen from here."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, do: str, **arguments: object) -> Any:  # noqa: ANN401 - what JSON gives
        self.tell(do, **arguments)
        return self.hear()

    def tell(self, do: str, **arguments: object) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self._process.stdin.flush()

    def hear(self) -> Any:  # noqa: ANN401 - what JSON gives
        assert self._process.stdout
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("a contender has ended; what it wrote is above")
        return json.loads(answer)


class Arena:
    """The server, the environments and the workers, as long as the block runs."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack
        self._workers: dict[str, Worker] = {}

    def home(self, name: str) -> Path:
        return self._folder / name

    def worker(self, contender: str, number: int = 0) -> Worker:
        """The contender's process; the same one each time."""
        name = f"{CONTENDERS[contender].company or contender} {number}"
        if name not in self._workers:
            self._workers[name] = self.fresh(contender)
        return self._workers[name]

    def fresh(self, contender: str) -> Worker:
        """A new process for the contender."""
        home = self.home(CONTENDERS[contender].home)
        statement = (
            f"from tests.bench import worker; worker.main({str(self._folder / 'setting.json')!r})"
        )
        process = subprocess.Popen(
            installed.command(home, statement),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        return Worker(self._stack.enter_context(_ending(process)))

    def calls(self, run: Run, calls: int) -> Cost:
        """Let a contender call, several times as often where threads or tasks share the calls."""
        # The first and the last of several calls at once are not several at once.
        several = 2 if run.at_once > 1 else 4 if run.threads > 1 else 1
        share = CONTENDERS[run.contender].share * several
        workers = [self.worker(run.contender, number) for number in range(run.processes)]
        for worker in workers:
            worker.tell(
                "calls",
                contender=run.contender,
                scheme=run.scheme,
                calls=max(1, run.threads, round(calls * share)),
                at_once=run.at_once,
                threads=run.threads,
            )
        costs = [Cost(**worker.hear()) for worker in workers]
        # Together they are done when the slower one is, and have made that many more calls.
        return replace(costs[0], wall=max(cost.wall for cost in costs) / len(costs))


@contextmanager
def arena(folder: Path, keys: Keys | None = None) -> Generator[Arena]:
    """Make keys, environments and a server; end every process in the end."""
    keys, tls = keys or make_keys(), make_tls()
    with ExitStack() as stack:
        target = stack.enter_context(serving(keys, tls, folder))
        setting = Setting(
            mchid=keys.mchid,
            serial_no=keys.merchant.serial_no,
            private_key=keys.merchant.private_key_pem,
            public_key_id=keys.public_key_id,
            public_key=keys.public_key_pem,
            api_v3_key=keys.api_v3_key,
            plain=target.plain,
            tls=target.tls,
            authority=str(target.authority),
        )
        setting.write(folder / "setting.json")
        for name, wanted in HOMES.items():
            home = installed.install(folder / name, *wanted, authority=tls.authority_pem)
            (home / "tests").mkdir()
            (home / "tests" / "bench").symlink_to(Path(__file__).parent)
        yield Arena(folder, stack)


def environment() -> dict[str, str]:
    """A clean one: no proxy, no variable that an HTTP library listens to."""
    return {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}


@contextmanager
def _ending(process: subprocess.Popen[str]) -> Generator[subprocess.Popen[str]]:
    with process:
        try:
            yield process
        finally:
            process.kill()


def race(
    ring: Arena, groups: Sequence[Sequence[Run]], rounds: int, calls: int, seconds: float
) -> Mapping[Run, list[Cost]]:
    """Let everybody call in every round; those of a group shortly after each other.

    On a machine with more to do there are fewer rounds: none begins after so many seconds.
    """
    end = time.monotonic() + seconds
    order = random.Random(SEED)  # noqa: S311 - an order, and always the same one
    costs: dict[Run, list[Cost]] = {run: [] for group in groups for run in group}
    assert len(costs) == sum(map(len, groups)), "a row that runs twice in a round has no neighbours"
    for number in range(rounds):
        if number and time.monotonic() > end:
            break
        for group in order.sample(list(groups), len(groups)):
            for run in order.sample(list(group), len(group)):
                costs[run].append(ring.calls(run, calls))
    return costs
