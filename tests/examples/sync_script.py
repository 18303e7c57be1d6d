"""Takes one advanced refund back and waits for the outcome: sync_script.py REFUND_ID SUB_MCHID.

Run it again whenever it was interrupted: the refund's number is the key, nothing happens twice.
"""

import os
import sys
import time

from wechatpay_auth import WeChatPayAuth
from wechatpay_ecommerce_refund import Client, OutcomeUnknown, errors
from wechatpay_ecommerce_refund.api.ecommerce_refund.create_return_advance import wait_until_settled
from wechatpay_ecommerce_refund.models import ReturnAdvance, ReturnAdvanceResult
from wechatpay_ecommerce_refund.polling import Step

SECOND = float(os.environ.get("REFUND_SECOND", "1"))  # how long a second of a pause lasts


def tell(step: Step[ReturnAdvance]) -> None:
    """Print what came of a step."""
    print(step.response.parsed.result if step.response else step.problem)


def main(refund_id: str, sub_mchid: str) -> int:
    """Create, query until it is final, and give an exit code."""
    with Client.from_env(WeChatPayAuth) as client:
        try:
            returned = wait_until_settled(
                client,
                refund_id,
                sub_mchid,
                sleep=lambda seconds: time.sleep(seconds * SECOND),
                on_step=tell,
            )
        except errors.NotEnoughError:
            print("the sub-merchant is short of money: top its account up and run this again")
            return 3
        except OutcomeUnknown as unknown:
            print(f"it may or may not have happened, run this again: {unknown}")
            return 4
        except errors.APIError as refused:
            print(f"refused: {refused}")
            return 1
    print(f"{returned.result}: {returned.return_amount / 100:.2f} yuan")
    return 0 if returned.result == ReturnAdvanceResult.SUCCESS else 2


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
