"""What the engine of tests/examples/returns costs beside the bare client: PostgreSQL and Redis.

    python -m tests.bench.engine [--refunds N] [--memory N]

The sandbox runs in a process of its own, and each of its responses takes 50 ms. Each refund is one
create.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from wechatpay_auth import WeChatPayAuth
from wechatpay_ecommerce_refund import Client
from wechatpay_ecommerce_refund.api.ecommerce_refund import create_return_advance
from wechatpay_ecommerce_refund.models import CreateReturnAdvanceRequest

from tests.examples.returns.rules import Row
from tests.examples.returns.table import Table, due_statement
from tests.soak.machines import Workers
from tests.soak.services import run_postgres, run_redis

SUB_MCHID = "1900000109"
LATENCY = "0.05"
MILLION = 1_000_000


def number(kind: str, count: int) -> str:
    """Return the number of a refund."""
    return f"{kind}-{count}"


def scenario(path: Path, refunds: int, memory: int) -> None:
    """Write the sandbox's refunds: each settles at once."""
    kinds = {"bare": refunds, "w1": refunds, "w2": refunds, "w4": refunds, "memory": memory}
    path.write_text(
        json.dumps(
            [
                {
                    "add_refund": {
                        "refund_id": number(kind, count),
                        "sub_mchid": SUB_MCHID,
                        "amount": 1,
                        "settlement": {"after_seconds": 0},
                    }
                }
                for kind, most in kinds.items()
                for count in range(most)
            ]
        )
    )


def bare(refunds: int) -> float:
    """Return the calls a second of one client."""
    auth, body = WeChatPayAuth.from_env(), CreateReturnAdvanceRequest(sub_mchid=SUB_MCHID)
    with Client(auth, base_url=os.environ["WECHATPAY_BASE_URL"]) as client:
        create_return_advance.sync(number("bare", 0), client=client, body=body)
        start = time.perf_counter()
        for count in range(refunds):
            create_return_advance.sync(number("bare", count), client=client, body=body)
        return refunds / (time.perf_counter() - start)


@contextmanager
def working(table: Table, broker: str, number_of_workers: int) -> Generator[Workers]:
    """Run Celery workers and the task that hands out, until they have done one refund each."""
    with tempfile.TemporaryDirectory() as folder:
        env = os.environ | {
            "REFUND_DATABASE": table.engine.url.render_as_string(hide_password=False),
            "REFUND_REDIS": broker,
            "REFUND_RATE": "1000/second",
            "REFUND_EVERY": "0.5",
            "REFUND_BATCH": "200",
        }
        workers = Workers(env, Path(folder) / "log")
        workers.running.append(workers.start(*BEAT, "-s", f"{folder}/beat"))
        for _ in range(number_of_workers):
            workers.add()
        try:
            yield workers
        finally:
            workers.stop()


BEAT = ("celery", "-A", "returns.celery_app", "beat", "-l", "ERROR")


def engine(table: Table, broker: str, kind: str, workers: int, refunds: int) -> float:
    """Return the calls a second of the whole engine, from the tenth part of the refunds on."""
    table.add(
        Row(refund_id=number(kind, count), sub_mchid=SUB_MCHID, fen=1) for count in range(refunds)
    )
    with working(table, broker, workers):
        first = _until_left(table, refunds - refunds // 10)
        last = _until_left(table, 0)
        return (first[1] - last[1]) / (last[0] - first[0])


def memory(table: Table, broker: str, refunds: int) -> list[int]:
    """Return the MiB of a worker after a tenth, a half and all of the refunds."""
    table.add(
        Row(refund_id=number("memory", count), sub_mchid=SUB_MCHID, fen=1)
        for count in range(refunds)
    )
    with working(table, broker, 1) as workers:
        found: list[int] = []
        for share in (0.9, 0.5, 0.0):
            _until_left(table, int(refunds * share))
            status = Path(f"/proc/{workers.running[-1].pid}/status").read_text()
            found.append(int(status.partition("VmRSS:")[2].split()[0]) // 1024)
        return found


def _until_left(table: Table, most: int) -> tuple[float, int]:
    while (left := table.open()) > most:
        time.sleep(0.1)
    return time.perf_counter(), left


def million(table: Table) -> None:
    """Print what it takes to hand out 100 of a million outstanding rows, and the plan."""
    with table.engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO outstanding_returns "
                "SELECT 'M' || n, '1900000109', 100, 'processing', :now - 3000 + n % 24600,"
                " 3, :now, 'A' || n, '' FROM generate_series(1, :rows) n"
            ),
            {"now": table.now(), "rows": MILLION},
        )
    with table.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("VACUUM ANALYZE outstanding_returns"))
    times: list[float] = []
    for _ in range(50):
        start = time.perf_counter()
        assert len(table.hand_out(100, lease_for=300)) == 100
        times.append(1000 * (time.perf_counter() - start))
    print(
        f"100 of {MILLION:,} rows: median {statistics.median(times):.1f} ms,",
        f"slowest of 50 {max(times):.1f} ms",
    )
    statement = due_statement(table.now(), 100).values(due=0.0, lease="")
    with table.engine.connect() as connection:
        plain = statement.compile(connection, compile_kwargs={"literal_binds": True})
        explained = sa.text(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {plain}")
        for (line,) in connection.execute(explained):
            print(f"    {line}")


def inside(refunds: int, of_memory: int) -> None:
    """Measure, with the sandbox's variables in the environment."""
    load = os.getloadavg()[0]
    print(f"load of the machine before: {load:.1f} on {os.cpu_count()} cores")
    with run_postgres(durable=True) as database, run_redis() as broker:
        table = Table(database.url)
        table.create()
        alone = bare(refunds)
        print(f"bare client, one thread: {alone:.1f} calls/s")
        for workers in (1, 2, 4):
            found = engine(table, broker, f"w{workers}", workers, refunds)
            print(f"engine, {workers} workers: {found:.1f} calls/s, {found / alone:.2f} of it")
        if of_memory:
            mib = memory(table, broker, of_memory)
            print(f"a worker's memory after 10, 50, 100 % of {of_memory} refunds: {mib} MiB")
        million(table)


def main() -> int:
    """Serve the sandbox and measure against it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--refunds", type=int, default=500)
    parser.add_argument("--memory", type=int, default=10_000)
    parser.add_argument("--inside", action="store_true")
    options = parser.parse_args()
    if options.inside:
        inside(options.refunds, options.memory)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scenario.json"
        scenario(file, options.refunds, options.memory)
        sandbox = ("wechatpay_sandbox", "--latency", LATENCY, "--scenario", str(file), "--")
        own = (sys.executable, "-u", "-m", "tests.bench.engine", "--inside")
        sizes = ("--refunds", str(options.refunds), "--memory", str(options.memory))
        return subprocess.run(
            [sys.executable, "-u", "-m", *sandbox, *own, *sizes], check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
