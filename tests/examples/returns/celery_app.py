"""Celery on top of the table.

    celery -A returns.celery_app worker
    celery -A returns.celery_app beat

The table is the truth; a message is only a hint to look at one row. A message that is lost, or
delivered twice, costs time and nothing else.
"""

import os

from celery import Celery

from .work import table, worker

EVERY = float(os.environ.get("REFUND_EVERY", "1"))
BATCH = int(os.environ.get("REFUND_BATCH", "100"))  # in the queue and at work together
LEASE = float(os.environ.get("REFUND_LEASE", "300"))

app = Celery("returns", broker=os.environ.get("REFUND_REDIS", "redis://127.0.0.1:6379/0"))
app.conf.update(
    beat_schedule={
        "hand out": {
            "task": "returns.hand_out",
            "schedule": EVERY,
            # While no worker runs, these must not pile up.
            "options": {"expires": max(EVERY, 5.0)},
        }
    },
    task_ignore_result=True,
    task_default_queue="returns",
    worker_prefetch_multiplier=4,
    broker_connection_retry_on_startup=True,
)


@app.task(name="returns.hand_out")
def hand_out() -> None:
    """Queue a step for each row that is due, but no more than workers do before a lease ends."""
    # A queue that is longer than a lease holds nothing but messages that came too late.
    free = BATCH - table().leased()
    for leased in table().hand_out(free, lease_for=LEASE) if free > 0 else ():
        step.apply_async(leased, expires=LEASE)


@app.task(name="returns.step")
def step(refund_id: str, lease: str) -> None:
    """Do one step of one return."""
    worker().step((refund_id, lease))
