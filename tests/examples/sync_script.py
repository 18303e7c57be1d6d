"""Takes one advanced refund back and waits for the outcome: sync_script.py REFUND_ID SUB_MCHID.

Run it again whenever it was interrupted: the refund's number is the key, nothing happens twice.
"""

import os
import sys
import time

from wechatpay_auth import WeChatPayAuth
from wechatpay_ecommerce_refund import Client, OutcomeUnknown, errors
from wechatpay_ecommerce_refund.api.ecommerce_refund import (
    create_return_advance,
    query_return_advance,
)
from wechatpay_ecommerce_refund.models import CreateReturnAdvanceRequest, ReturnAdvanceResult

PAUSE = float(os.environ.get("REFUND_PAUSE", "60"))  # seconds between two queries


def main(refund_id: str, sub_mchid: str) -> int:
    """Create, query until it is final, and give an exit code."""
    with Client.from_env(WeChatPayAuth) as client:
        body = CreateReturnAdvanceRequest(sub_mchid=sub_mchid)
        try:
            returned = create_return_advance.sync(refund_id, client=client, body=body)
            while returned.result == ReturnAdvanceResult.PROCESSING:
                print("in progress, asking again soon")
                time.sleep(PAUSE)
                returned = query_return_advance.sync(refund_id, client=client, sub_mchid=sub_mchid)
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
