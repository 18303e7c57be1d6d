"""``python -m tests.bench``: measure everything and say which targets are met."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from .race import arena, present, race
from .rows import groups, rows, split, targets


def main() -> int:
    """Print the table; 1 if a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--calls", type=int, default=40, help="of each contender in a round")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, arena(Path(folder)) as ring:
        costs = race(ring, present(ring, groups()), options.rounds, options.calls)
    for line in rows(costs):
        print(line)
    print()
    for line in split(costs):
        print(line)
    print()
    judged = list(targets(costs))
    for target in judged:
        print(target)
    return 1 if any(target.verdict == "MISSED" for target in judged) else 0


if __name__ == "__main__":
    sys.exit(main())
