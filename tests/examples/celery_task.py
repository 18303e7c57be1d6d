"""A Celery task that follows a return over days: celery -A celery_task worker.

The refund's number is the key of everything. The task may be delivered twice, run twice or die
half-way: create and query give the same return, and money moves once.
"""

import os
from typing import Any

from celery import Celery
from celery.app.task import Task
from wechatpay_auth import VerificationError, WeChatPayAuth
from wechatpay_ecommerce_refund import Client, OutcomeUnknown, errors
from wechatpay_ecommerce_refund.api.ecommerce_refund import (
    create_return_advance,
    query_return_advance,
)
from wechatpay_ecommerce_refund.models import CreateReturnAdvanceRequest, ReturnAdvanceResult

app = Celery("refunds", broker=os.environ.get("CELERY_BROKER_URL", "memory://"))
app.conf.update(
    task_acks_late=True,  # a worker that dies gives its task back
    # Brokers hand a task that waits out again after a while: let it wait a day.
    broker_transport_options={"visibility_timeout": 2 * 86400},
)

MINUTE, HOUR, DAY = 60, 3600, 86400


def wait_before(attempt: int) -> float:
    """Give the seconds before an attempt: few at first, then a day; the platform has 90 days."""
    return float((MINUTE, 10 * MINUTE, HOUR, 6 * HOUR)[attempt] if attempt < 4 else DAY)


def start(refund_id: str, sub_mchid: str) -> str:
    """Queue a return under the refund's number and give the task's id."""
    task_id = f"return-advance-{refund_id}"
    take_back.apply_async((refund_id, sub_mchid), task_id=task_id)
    return task_id


@app.task(bind=True, max_retries=None)
def take_back(self: "Task[Any, Any]", refund_id: str, sub_mchid: str) -> str:
    """Create a return, or look at it, until it is SUCCESS or FAILED."""
    attempt = self.request.retries
    with Client.from_env(WeChatPayAuth) as client:
        try:
            if attempt == 0:
                body = CreateReturnAdvanceRequest(sub_mchid=sub_mchid)
                returned = create_return_advance.sync(refund_id, client=client, body=body)
            else:
                returned = query_return_advance.sync(refund_id, client=client, sub_mchid=sub_mchid)
        except (OutcomeUnknown, VerificationError, errors.PlatformSystemError) as unknown:
            raise self.retry(exc=unknown, countdown=wait_before(attempt)) from unknown
        if returned.result == ReturnAdvanceResult.PROCESSING:
            raise self.retry(countdown=wait_before(attempt))
    return str(returned.result)
