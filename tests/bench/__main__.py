"""``python -m tests.bench``: measure everything and say which targets are met."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from . import around, installed
from .contenders import HOMES
from .race import Arena, arena, race
from .rows import SIGN, VERIFY, groups, rows, split, targets
from .table import REFERENCE_SIGN, WHATS, Costs, Target, cost_of, middle

RACE_SECONDS = 220
MEMORY_SECONDS = 400


def main() -> int:
    """Print the table; 1 if a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--calls", type=int, default=30, help="of each contender in a round")
    parser.add_argument("--quick", action="store_true", help="a quarter of it, less sure")
    parser.add_argument("--only-calls", action="store_true", help="neither imports nor memory")
    options = parser.parse_args()
    rounds = options.rounds // 4 if options.quick else options.rounds
    with tempfile.TemporaryDirectory() as folder, arena(Path(folder)) as ring:
        costs = race(ring, groups(), rounds, options.calls, RACE_SECONDS)
        judged = list(targets(costs))
        for line in (*heading(), *rows(costs), "", *split(costs), "", *limits(costs), ""):
            print(line)
        if not options.only_calls:
            for found in rest(ring, quick=options.quick):
                if isinstance(found, Target):
                    judged.append(found)
                else:
                    print(found)
            print()
    print("target".ljust(54) + "figure (95 % confidence)".rjust(24))
    for target in judged:
        print(target)
    return 1 if any(target.is_missed for target in judged) else 0


def rest(ring: Arena, *, quick: bool) -> Iterator[str | Target]:
    """All but the price of calls."""
    asking = ["raw async", "by hand async", "ours async", "ours fast"]
    yield from around.beside(ring, asking, rounds=5 if quick else 20, calls=100)
    imports = around.Imports(ring.home("ours"))
    for _ in range(5 if quick else 20):
        imports.round()
    yield ""
    yield from imports.lines()
    yield from imports.targets()
    last = 10_000 if quick else 100_000
    yield ""
    yield "memory after so many calls, tls"
    for one in around.memory(ring, ["ours", "ours async", "ours fast"], last, MEMORY_SECONDS):
        yield str(one)
        yield from one.targets()
    yield around.regeneration(1 if quick else 3)


def heading() -> Iterator[str]:
    """When, where and with what."""
    yield f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC"
    yield f"{_cpu()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    for name, wanted in HOMES.items():
        found = installed.needed(*wanted)
        yield f"{name}: " + ", ".join(f"{one} {version}" for one, version in found.items())


def limits(costs: Costs) -> Iterator[str]:
    """What RSA alone allows."""
    sign, verify = (1 / middle(costs, run, "cpu") for run in (SIGN, VERIFY))
    yield f"RSA-2048 on one core: {sign:.0f} signatures, {verify:.0f} verifications per second"
    factor = 1 / sign / REFERENCE_SIGN
    yield f"so a CPU second is worth {1 / factor:.2f} of the reference; {len(costs[SIGN])} rounds"
    # RSA waits for nothing but a core.
    cpu, wall = (sum(cost_of(cost, what) for cost in costs[SIGN]) for what in WHATS)
    yield f"other programs had the core for {max(0.0, 1 - cpu / wall):.0%} of the time"


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


if __name__ == "__main__":
    sys.exit(main())
