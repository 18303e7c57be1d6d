"""What is measured, in rounds.

The speed of these machines changes from second to second. So a round is short, everyone has a turn
in it, one at a time, in a new order each time; those who are compared run shortly after each other.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from .arena import ROOT, Arena, Process, install
from .contenders import HOMES


class Mode(NamedTuple):
    """How the calls of a burst are made."""

    name: str
    calls: int
    at_once: int = 1
    is_async: bool = False
    delay: str = ""
    """What the server adds, as it stands in the name of its address."""


SYNC = Mode("sync", 40)
THREADS_8 = Mode("8 threads", 80, 8)
THREADS_16 = Mode("16 threads, 60 ms", 96, 16, delay=", 60 ms")
ASYNC_1 = Mode("asyncio, 1 in flight", 40, is_async=True)
ASYNC_8 = Mode("asyncio, 8 in flight", 80, 8, is_async=True)
ASYNC_50 = Mode("asyncio, 50 in flight, 60 ms", 250, 50, is_async=True, delay=", 60 ms")
MODES = (SYNC, THREADS_8, THREADS_16, ASYNC_1, ASYNC_8, ASYNC_50)
LIBRARIES = ("httpx", "httpx2")
SIZES = (2, 100, 1000)


class Row(NamedTuple):
    """One row of the table of calls."""

    contender: str
    mode: Mode
    scheme: str = "tls"


class Cost(NamedTuple):
    """Seconds that one call took."""

    cpu: float
    wall: float


Costs = dict[Row, list[Cost]]
Seconds = dict[str, list[float]]
Used = dict[str, list[dict[str, int]]]


def rivals(mode: Mode, scheme: str) -> list[Row]:
    """Return the rows that are compared with each other."""
    return [Row(one, mode, scheme) for one in HOMES if mode.is_async or "aiohttp" not in one]


def burst(worker: Process, row: Row, calls: int) -> Cost:
    """Let a contender make so many calls."""
    mode = row.mode
    how = {"calls": calls, "at_once": mode.at_once, "is_async": mode.is_async}
    return Cost(*worker.ask("calls", address=row.scheme + mode.delay, **how))


def race(ring: Arena, rounds: int, order: random.Random) -> Costs:
    """Let everyone call in every round.

    TLS, which is judged, is in each; plain, which is not, in every second one. With 60 ms a burst
    takes long and varies little: it is in every third.
    """
    groups = [(mode, scheme) for mode in MODES for scheme in ("tls", "plain")]
    costs: Costs = {row: [] for group in groups for row in rivals(*group)}
    for number in range(rounds):
        for mode, scheme in order.sample(groups, len(groups)):
            if number % ((3 if mode.delay else 1) * (1 if scheme == "tls" else 2)):
                continue
            rows = rivals(mode, scheme)
            for row in order.sample(rows, len(rows)):
                # Blocking, it connects anew for each call: a few of those take long enough.
                is_slow = row.contender == "wechatpayv3" and not mode.is_async
                calls = 2 * mode.at_once if is_slow else mode.calls
                costs[row].append(burst(ring.worker(row.contender), row, calls))
    return costs


def own_code(ring: Arena, blocks: int) -> Seconds:
    """Measure all our code in memory, without RSA."""
    return {
        f"{library}, {form}": ring.fresh(f"ours, {library}").ask(
            "own_code", blocks=blocks, is_async=form == "asyncio"
        )
        for library in LIBRARIES
        for form in ("sync", "asyncio")
    }


def memory(ring: Arena, early: int) -> Used:
    """Return what is in use after so many calls over TLS, and after five times as many."""

    def used(row: Row) -> list[dict[str, int]]:
        worker, found = ring.fresh(row.contender), list[dict[str, int]]()
        for calls in (early, 4 * early):
            burst(worker, row, calls)
            found.append(worker.ask("memory"))
        return found

    rows = (Row("ours, httpx", SYNC), Row("ours, httpx2", ASYNC_8))
    names = [f"{row.contender}, {row.mode.name}" for row in rows]
    with ThreadPoolExecutor() as threads:  # both at once: no one looks at the time here
        return dict(zip(names, threads.map(used, rows), strict=True))


def cold_starts(ring: Arena, rounds: int, order: random.Random) -> Seconds:
    """Measure from the start of a process to its first verified response over TLS."""
    names = [f"{who}, {library}" for who in ("by hand", "ours") for library in LIBRARIES]

    def start(name: str) -> float:
        statement = (
            "import json, time; from tests.bench.contenders import opened; "
            f"setting = json.load(open({str(ring.setting)!r})); "
            f"opened({name!r}, setting, 'tls', is_async=False)(); print(time.monotonic())"
        )
        started = time.monotonic()  # one clock for all processes
        return _printed(ring, name, statement) - started

    return _in_rounds(names, start, rounds, order)


def imports(
    ring: Arena, rounds: int, order: random.Random, sizes: tuple[int, ...] = SIZES
) -> Seconds:
    """Measure the import of one operation out of packages of so many."""
    home = install(ring.folder / "operations", "attrs")
    for size in sizes:
        (home / f"of_{size}").symlink_to(package(ring.folder, size))

    def start(name: str) -> float:
        statement = (
            "import time; start = time.perf_counter(); "
            f"from {name}.api.ecommerce_refund import create_return_advance; "
            "print(time.perf_counter() - start)"
        )
        return _printed(ring, "operations", statement)

    return _in_rounds([f"of_{size}" for size in sizes], start, rounds, order)


def package(folder: Path, operations: int) -> Path:
    """Generate a package of so many operations, and return its folder.

    They are our two again and again, with models of their own. Every pair has an error code more,
    up to 50.
    """
    spec = grown(yaml.safe_load((ROOT / "spec" / "openapi.yaml").read_text("utf-8")), operations)
    name = f"of_{operations}"
    contract, config = folder / f"{name}.json", folder / f"{name}.yaml"
    contract.write_text(json.dumps(spec, default=str))
    config.write_text(f"package_name_override: {name}\npost_hooks: []\n")
    command = [sys.executable, "-m", "generator", "generate", "--output", str(folder / "packages")]
    asked = ["--spec", str(contract), "--config", str(config)]
    subprocess.run([*command, *asked], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    return folder / "packages" / name


def grown(spec: dict[str, Any], operations: int) -> dict[str, Any]:
    """Return our contract with copies of its operations and of their models."""
    own = re.compile(r"\b(\w*ReturnAdvance\w*|Account)\b")
    repeated = {
        kind: {name: node for name, node in spec["components"][kind].items() if own.match(name)}
        for kind in ("responses", "schemas")
    }
    text = json.dumps({"paths": spec["paths"], "components": repeated}, default=str)
    for number in range(1, operations // 2):
        copy = own.sub(rf"\g<0>{number}", text).replace("/return-advance", f"/return-{number}")
        more = json.loads(copy.replace('"NOT_ENOUGH"', f'"NOT_ENOUGH_{number % 50}"'))
        spec["paths"].update(more["paths"])
        for kind in repeated:
            spec["components"][kind].update(more["components"][kind])
    return spec


def _in_rounds(
    names: list[str], measure: Callable[[str], float], rounds: int, order: random.Random
) -> Seconds:
    found: Seconds = {name: [] for name in names}
    for number in range(rounds + 1):
        for name in order.sample(names, len(names)):
            seconds = measure(name)
            if number:  # the first compiles
                found[name].append(seconds)
    return found


def _printed(ring: Arena, home: str, statement: str) -> float:
    command = ring.command(home, statement)
    return float(subprocess.check_output(command, text=True, env=ring.environment))
