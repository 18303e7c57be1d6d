"""Takes many refunds back under asyncio, a few at a time, with a progress bar.

many_refunds.py FILE: each line of the file is REFUND_ID,SUB_MCHID.
"""

import asyncio
import csv
import sys
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from wechatpay_auth import VerificationError, WeChatPayAuth
from wechatpay_ecommerce_refund import Client, ClientError
from wechatpay_ecommerce_refund.api.ecommerce_refund import create_return_advance
from wechatpay_ecommerce_refund.models import CreateReturnAdvanceRequest

AT_ONCE = 8  # no rate limit is documented: begin low


async def take_all_back(
    refunds: list[tuple[str, str]], client: Client, progress: Progress
) -> Counter[str]:
    """Create all returns and count how they stand; one that fails stops no other."""
    outcomes: Counter[str] = Counter()
    todo = iter(refunds)
    bar = progress.add_task("refunds", total=len(refunds))

    async def work() -> None:
        for refund_id, sub_mchid in todo:  # all workers share one iterator
            body = CreateReturnAdvanceRequest(sub_mchid=sub_mchid)
            try:
                returned = await create_return_advance.asyncio(refund_id, client=client, body=body)
                outcomes[str(returned.result)] += 1
            except (ClientError, VerificationError) as error:
                outcomes[type(error).__name__] += 1
                progress.console.print(f"{refund_id}: {error}", highlight=False)
            progress.advance(bar)

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(work())
    return outcomes


async def main(file: str) -> int:
    """Read the file, take all back, print what became of them."""
    with Path(file).open(encoding="utf-8", newline="") as lines:
        refunds = [(refund_id, sub_mchid) for refund_id, sub_mchid in csv.reader(lines)]
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as progress:
        async with Client.from_env(WeChatPayAuth) as client:
            outcomes = await take_all_back(refunds, client, progress)
    for outcome, number in sorted(outcomes.items()):
        print(f"{outcome}: {number}")
    return 0 if outcomes.keys() <= {"SUCCESS", "PROCESSING"} else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1])))
