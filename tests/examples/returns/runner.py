"""The same work without a queue: any number of these, or cron with --once.

python -m returns.runner [--once]
"""

import sys
import time

from .work import Worker, worker


def run(worker: Worker, *, most: int = 10) -> int:
    """Do the steps that are due, and tell how many there were."""
    leased = worker.table.hand_out(most, lease_for=worker.lease)
    for one in leased:
        worker.step(one)
    return len(leased)


def main(*arguments: str) -> None:
    """Work until stopped, or until nothing is due."""
    while True:
        if not run(worker()):
            if "--once" in arguments:
                return
            time.sleep(1.0)


if __name__ == "__main__":
    main(*sys.argv[1:])
