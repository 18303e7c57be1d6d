"""``python -m tests.bench``: measure, print the table, and say which targets are met."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import random
import sys
import tempfile
from pathlib import Path
from statistics import median

from . import measure, targets
from .arena import arena, needed
from .contenders import HOMES

SEED = 20180608


def main() -> int:
    """Print the table; return 1 if a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--rounds", type=int, default=36)
    parser.add_argument("--quick", action="store_true", help="6 rounds, and no memory")
    options = parser.parse_args()
    rounds = 6 if options.quick else options.rounds
    order = random.Random(SEED)  # noqa: S311 - an order, and always the same one
    print(f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC, {rounds} rounds")
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    found = needed(*(requirement for home in HOMES.values() for requirement in home))
    print(", ".join(f"{name} {version}" for name, version in found.items()))
    with tempfile.TemporaryDirectory() as folder, arena(Path(folder)) as ring:
        costs = measure.race(ring, rounds, order)
        print(*targets.rows(costs), sep="\n")
        own = measure.own_code(ring, 5 * rounds)
        cold = measure.cold_starts(ring, rounds // 2, order)
        imported = measure.imports(ring, rounds // 2, order)
        # In fewer calls, what is lost would hide in what the allocator moves by.
        used = {} if options.quick else measure.memory(ring, 20_000)
    for title, seconds in (("cold start", cold), ("import of one operation", imported)):
        print(f"\n{title:<37}    ms")
        for name, values in seconds.items():
            print(f"  {name:<33}{median(values) * 1e3:>8.0f}")
    print()
    judged = [*targets.of_calls(costs), *targets.of_processes(own, cold, imported, used)]
    print(*judged, sep="\n")
    return 1 if any(target.is_missed for target in judged) else 0


if __name__ == "__main__":
    sys.exit(main())
