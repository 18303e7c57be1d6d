"""The blocking twin of many_refunds.py: threads, and the table in a SQLite file.

python -m returns.threads FILE: each line of the file is REFUND_ID,SUB_MCHID,FEN.

FILE.db has the last word on each refund. Run it again after it was stopped, whatever stopped it.
"""

import csv
import os
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .rules import Row, State
from .work import worker

AT_ONCE = 8  # no rate limit is documented: begin low
WAITS_FOR_SOMEBODY = {State.SUCCESS, State.FAILED, State.REFUSED, State.SHORT}


def main(file: str) -> int:
    """Read the file, take all back, print what became of them."""
    os.environ.setdefault("REFUND_DATABASE", f"sqlite:///{file}.db")
    one = worker()
    one.table.create()
    with Path(file).open(encoding="utf-8", newline="") as lines:
        one.table.add(
            Row(refund_id=refund_id, sub_mchid=sub_mchid, fen=int(fen))
            for refund_id, sub_mchid, fen in csv.reader(lines)
        )
    with ThreadPoolExecutor(AT_ONCE) as threads:
        while True:
            states = Counter(row.state for row in one.table.rows())
            print(", ".join(f"{state}: {states[state]}" for state in sorted(states)), flush=True)
            if states.keys() <= WAITS_FOR_SOMEBODY:
                return 0 if states.keys() <= {State.SUCCESS, State.FAILED} else 1
            if not list(threads.map(one.step, one.table.hand_out(100, lease_for=one.lease))):
                time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
