"""Takes many refunds back under asyncio, a few calls at a time, with a progress bar.

many_refunds.py FILE: each line of the file is REFUND_ID,SUB_MCHID.

FILE.db has the last word on each refund. Run it again after it was stopped, whatever stopped it:
it goes on with those that are not final, and asks the platform what became of them.
"""

import asyncio
import csv
import os
import sqlite3
import sys
from collections import Counter
from pathlib import Path
from typing import TypeVar

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from wechatpay_auth import WeChatPayAuth, WeChatPayAuthError
from wechatpay_ecommerce_refund import Call, Client, ClientError, Response
from wechatpay_ecommerce_refund.api.ecommerce_refund.create_return_advance import (
    wait_until_settled_asyncio,
)
from wechatpay_ecommerce_refund.models import ReturnAdvance
from wechatpay_ecommerce_refund.polling import Step

T = TypeVar("T")
SECOND = float(os.environ.get("REFUND_SECOND", "1"))  # how long a second of a pause lasts
DEADLINE = float(os.environ.get("REFUND_DEADLINE", "86400"))
AT_ONCE = 8  # no rate limit is documented: begin low


class AFew:
    """Sends a few calls at a time; refunds that wait for their next query hold nobody up."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._turn = asyncio.Semaphore(AT_ONCE)

    def call(self, call: Call[T]) -> Response[T]:
        return self._client.call(call)

    async def acall(self, call: Call[T]) -> Response[T]:
        async with self._turn:
            return await self._client.acall(call)


class Results:
    """The last word on each refund, in a SQLite file."""

    def __init__(self, path: str, refunds: list[tuple[str, str]]) -> None:
        self._file = sqlite3.connect(path, isolation_level=None)
        self._file.execute(
            "CREATE TABLE IF NOT EXISTS results (refund_id TEXT PRIMARY KEY, sub_mchid TEXT,"
            " state TEXT DEFAULT 'new', advance_return_id TEXT, fen INTEGER, note TEXT)"
        )
        self._file.execute("BEGIN")
        self._file.executemany(
            "INSERT OR IGNORE INTO results (refund_id, sub_mchid) VALUES (?, ?)", refunds
        )
        self._file.execute("COMMIT")

    def open(self) -> list[tuple[str, str]]:
        """Return the refunds that are not final."""
        return self._file.execute(
            "SELECT refund_id, sub_mchid FROM results WHERE state NOT IN ('SUCCESS', 'FAILED')"
        ).fetchall()

    def write(self, refund_id: str, found: ReturnAdvance | Exception) -> None:
        """Write down what came of a step."""
        values: dict[str, str | int | None]
        if isinstance(found, Exception):
            values = {"state": type(found).__name__, "note": str(found)}
        else:
            values = {"state": str(found.result), "fen": found.return_amount, "note": None}
            values["advance_return_id"] = found.advance_return_id
        columns = ", ".join(f"{name} = ?" for name in values)
        self._file.execute(
            f"UPDATE results SET {columns} WHERE refund_id = ?",  # noqa: S608 - our own names
            [*values.values(), refund_id],
        )

    def counts(self) -> Counter[str]:
        """Count the refunds by state."""
        return Counter(state for (state,) in self._file.execute("SELECT state FROM results"))


async def follow(refund_id: str, sub_mchid: str, client: AFew, results: Results) -> None:
    """Follow one refund to its end, or to what somebody has to look at."""

    def write(step: Step[ReturnAdvance]) -> None:
        found = step.response.parsed if step.response else step.problem
        if found is not None:
            results.write(refund_id, found)

    try:
        await wait_until_settled_asyncio(
            client,
            refund_id,
            sub_mchid,
            deadline=DEADLINE,
            on_step=write,
            sleep=lambda seconds: asyncio.sleep(seconds * SECOND),
        )
    except (ClientError, WeChatPayAuthError, httpx.TransportError) as error:
        results.write(refund_id, error)


async def main(file: str) -> int:
    """Read the file, take all back, print what became of them."""
    with Path(file).open(encoding="utf-8", newline="") as lines:
        refunds = [(refund_id, sub_mchid) for refund_id, sub_mchid in csv.reader(lines)]
    results = Results(f"{file}.db", refunds)
    todo = results.open()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as progress:
        bar = progress.add_task("refunds", total=len(refunds), completed=len(refunds) - len(todo))
        async with Client.from_env(WeChatPayAuth) as client:
            few = AFew(client)

            async def work(refund_id: str, sub_mchid: str) -> None:
                await follow(refund_id, sub_mchid, few, results)
                progress.advance(bar)

            async with asyncio.TaskGroup() as group:
                for refund in todo:
                    group.create_task(work(*refund))
    for state, number in sorted(results.counts().items()):
        print(f"{state}: {number}")
    return 1 if results.open() else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1])))
