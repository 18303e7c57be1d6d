"""Four Celery workers over real Redis and PostgreSQL, while everything around them breaks.

    python -m tests.soak.machines [--refunds N] [--seed N]

Ends with an error unless the table and the sandbox's books agree line by line.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
from wechatpay_auth import RSASigner, RSAVerifier, WeChatPayAuth
from wechatpay_ecommerce_refund import Client, errors
from wechatpay_ecommerce_refund.api.ecommerce_refund import query_return_advance
from wechatpay_sandbox import (
    Keys,
    Platform,
    Refund,
    SandboxTransport,
    Settlement,
    environment,
    faults,
    make_keys,
    serve,
)
from wechatpay_sandbox._http import Reply, Request

from tests.examples.returns.rules import Row, State
from tests.examples.returns.table import Table
from tests.soak.services import Postgres, ask_redis, free_port, run_postgres, run_redis

EXAMPLES = Path(__file__).parent.parent / "examples"
RICH, POOR = "1900000109", "1900000110"
LATENCY = 0.02
"""Seconds a response takes. While it is on its way, nobody else may ask about the same refund."""


QUICK = {
    "REFUND_PAUSE": "0.3",
    "REFUND_LONGEST_PAUSE": "1",
    "REFUND_LEASE": "4",
    "REFUND_EVERY": "0.2",
    "REFUND_BATCH": "40",
    "REFUND_RATE": "400/second",
}
"""Days in seconds."""


class Watched(Platform):
    """A platform that notes two requests about one refund at the same time."""

    def __init__(self, keys: Keys) -> None:
        super().__init__(keys)
        self.settings = replace(self.settings, latency=LATENCY)
        self.last: dict[str, float] = {}
        self.at_once: list[str] = []
        self.calls = 0

    def handle(self, request: Request) -> Reply:
        """Answer one request."""
        now = time.monotonic()
        refund_id = request.target.split("/")[4]
        if now - self.last.get(refund_id, 0.0) < LATENCY:
            self.at_once.append(refund_id)
        self.last[refund_id] = now
        self.calls += 1
        return super().handle(request)


TROUBLES = (
    (faults.drop_connection(after_change=True),),
    (faults.drop_connection(),),
    (faults.error("FREQUENCY_LIMITED"),),
    (faults.error("SYSTEM_ERROR"),),
    (faults.error("SYSTEM_ERROR", after_change=True),),
    (faults.probe_signature(),),
    (faults.break_off(),),
    (faults.answer(202),),
    (faults.bad_gateway(after_change=True),),
    (faults.error("RESOURCE_NOT_EXISTS"), faults.unsigned()),
)
"""What goes wrong with the first two responses about a refund; each with one of twenty."""


def fill(platform: Platform, number: int) -> list[Row]:
    """Give the platform its refunds, with all that goes wrong, and return the rows of the table."""
    platform.add_sub_merchant(POOR, 0)
    rows: list[Row] = []
    for count in range(number):
        refund_id = f"{50000000382019052709732000000 + count}"
        short = count % 20 == 19
        sub_mchid, fen = POOR if short else RICH, 100 + count % 7
        plan = Settlement(
            result="FAILED" if count % 20 == 18 else "SUCCESS", after_queries=count % 2
        )
        platform.add_refund(
            Refund(refund_id=refund_id, sub_mchid=sub_mchid, amount=fen, settlement=plan)
        )
        if count % 20 < len(TROUBLES):
            platform.next(*TROUBLES[count % 20], times=2, target=f"/{refund_id}/")
        rows.append(Row(refund_id=refund_id, sub_mchid=sub_mchid, fen=fen))
    return rows


@dataclass
class Workers:
    """Programs of the engine, each a process of its own that may be killed."""

    env: Mapping[str, str]
    log: Path
    running: list[subprocess.Popen[bytes]] = field(default_factory=list[subprocess.Popen[bytes]])

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Start one."""
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", *command], env=self.env, stdout=log, stderr=log, cwd=EXAMPLES
            )

    def add(self) -> None:
        """Start a worker, which takes its steps one after another."""
        name = f"{len(self.running)}-{time.monotonic_ns()}@here"
        self.running.append(
            self.start(
                *("celery", "-A", "returns.celery_app", "worker", "--pool=solo", "-n", name),
                *("--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "WARNING"),
            )
        )

    def kill(self, index: int) -> None:
        """Kill one with SIGKILL and start another in its place."""
        process = self.running.pop(index)
        process.kill()
        process.wait()
        self.add()

    def stop(self) -> None:
        """End all."""
        for process in self.running:
            process.kill()
        for process in self.running:
            process.wait()


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What is left after a run."""

    table: dict[str, tuple[str, str | None, int, str]]
    books: dict[str, tuple[str, str | None, int, str]]
    at_once: list[str]
    kills: int
    seconds: float
    calls: int
    states: Counter[str]
    poor_balance: int | None
    poor_sum: int
    log: str


@contextmanager
def machines(
    keys: Keys, folder: Path, settings: Mapping[str, str]
) -> Generator[tuple[Workers, Table, Postgres, str]]:
    """Run Redis, PostgreSQL and what the workers need of the environment."""
    port = free_port()
    files = folder / "keys"
    files.mkdir()
    with run_redis() as broker, run_postgres() as database:
        env = environment(keys, files, f"http://127.0.0.1:{port}", key_mode="public_key") | {
            "PATH": os.environ["PATH"],
            "REFUND_DATABASE": database.url,
            "REFUND_REDIS": broker,
            **settings,
        }
        table = Table(database.url)
        table.create()
        workers = Workers(env, folder / "log")
        try:
            yield workers, table, database, broker
        finally:
            workers.stop()
            table.engine.dispose()


def run(
    keys: Keys,
    number: int,
    *,
    kill_every: float,
    calls_between: int,
    seed: int,
    bound: float,
) -> Outcome:
    """Bring all refunds to their end while workers, database and broker fail."""
    chance = random.Random(seed)  # noqa: S311 - a test's
    platform = Watched(keys)
    rows = fill(platform, number)
    with (
        tempfile.TemporaryDirectory() as folder,
        machines(keys, Path(folder), QUICK) as (workers, table, database, broker),
        ExitStack() as served,
    ):
        port = int(workers.env["WECHATPAY_BASE_URL"].rpartition(":")[2])
        table.add(rows)
        served.enter_context(serve(platform, port=port))
        start = time.monotonic()
        beat = ("celery", "-A", "returns.celery_app", "beat", "-s", f"{folder}/beat", "-l", "ERROR")
        scheduler = workers.start(*beat)
        for _ in range(4):
            workers.add()

        def top_up() -> None:
            platform.top_up(POOR, sum(row.fen for row in rows if row.sub_mchid == POOR))
            table.again(state=State.SHORT, sub_mchid=POOR)

        def refuse_connections() -> None:
            served.close()
            time.sleep(0.5)
            served.enter_context(serve(platform, port=port))

        def empty_broker() -> None:
            ask_redis(broker, "FLUSHALL")

        # Each at its share of the rows that are done.
        plan: list[tuple[float, Callable[[], None]]] = [
            (0.1, refuse_connections),
            (0.3, empty_broker),
            (0.5, database.restart),
            (0.7, top_up),
        ]
        kills, next_kill, next_call = 0, start + kill_every, calls_between
        while left := table.open():
            now = time.monotonic()
            if now - start > bound:
                break
            if plan and number - left >= plan[0][0] * number:
                plan.pop(0)[1]()
            # A busy machine needs seconds to start a worker: let them do something in between.
            if now > next_kill and platform.calls > next_call:
                workers.kill(chance.randrange(len(workers.running)))
                kills, next_kill, next_call = (
                    kills + 1,
                    now + kill_every,
                    platform.calls + calls_between,
                )
            time.sleep(0.1)
        seconds = time.monotonic() - start
        scheduler.kill()
        scheduler.wait()
        calls = platform.calls
        lines = table.rows()
        log = (Path(folder) / "log").read_text(encoding="utf-8", errors="replace")
    return Outcome(
        table={row.refund_id: _line(row) for row in lines},
        books=books(keys, platform, rows),
        at_once=platform.at_once,
        kills=kills,
        seconds=seconds,
        calls=calls,
        states=Counter(str(row.state) for row in lines),
        poor_balance=platform.balance(POOR),
        poor_sum=sum(row.fen for row in lines if row.sub_mchid == POOR),
        log=log,
    )


def _line(row: Row) -> tuple[str, str | None, int, str]:
    return row.sub_mchid, row.advance_return_id, row.fen, str(row.state)


def books(
    keys: Keys, platform: Platform, rows: list[Row]
) -> dict[str, tuple[str, str | None, int, str]]:
    """Ask the platform about each refund, without any of the engine."""
    platform.clear()
    platform.settings = replace(platform.settings, latency=0.0)
    auth = WeChatPayAuth(
        keys.mchid,
        signer=RSASigner.from_pem(keys.merchant.private_key_pem, serial_no=keys.merchant.serial_no),
        verifier=RSAVerifier.from_public_key(keys.public_key_id, keys.public_key_pem),
    )
    found: dict[str, tuple[str, str | None, int, str]] = {}
    with (
        httpx.Client(transport=SandboxTransport(platform)) as http,
        Client(auth, http=http) as client,
    ):
        for row in rows:
            try:
                returned = query_return_advance.sync(
                    row.refund_id, client=client, sub_mchid=row.sub_mchid
                )
            except errors.ResourceNotExistsError:
                found[row.refund_id] = (row.sub_mchid, None, row.fen, "not there")
                continue
            found[row.refund_id] = (
                *(returned.payer_mchid, returned.advance_return_id),
                *(returned.return_amount, str(returned.result)),
            )
    return found


def judge(outcome: Outcome, number: int) -> list[str]:
    """Return what is wrong after a run."""
    wrong = [
        f"{refund_id}: table {outcome.table.get(refund_id)}, books {line}"
        for refund_id, line in outcome.books.items()
        if outcome.table.get(refund_id) != line
    ]
    if len(outcome.table) != number:
        wrong.append(f"{len(outcome.table)} of {number} rows are left")
    if len({line[1] for line in outcome.table.values()}) != number:
        wrong.append("two refunds share a return")
    if outcome.poor_balance:
        wrong.append(f"{outcome.poor_balance} fen are left in an account of {outcome.poor_sum}")
    wrong += [f"{refund_id} was worked on twice at once" for refund_id in outcome.at_once]
    return wrong


def main() -> int:
    """Run it, long, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--refunds", type=int, default=10_000)
    parser.add_argument("--kill-every", type=float, default=4.0)
    parser.add_argument("--seed", type=int, default=18)
    options = parser.parse_args()
    outcome = run(
        make_keys(),
        options.refunds,
        kill_every=options.kill_every,
        calls_between=100,
        seed=options.seed,
        bound=60.0 + options.refunds,
    )
    wrong = judge(outcome, options.refunds)
    print(
        f"{options.refunds} refunds, {outcome.calls} calls in {outcome.seconds:.0f} s;",
        f"workers killed: {outcome.kills}; {dict(outcome.states)}",
    )
    print(*(wrong or ["Table and books agree line by line."])[:20], sep="\n")
    if wrong:
        print(*Counter(re.findall(r"\w+Error\b.*", outcome.log)).most_common(10), sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
