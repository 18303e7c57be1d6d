"""Keeps what notices told, one row for each state of a refund; the receivers here share it.

The same notice may come several times and in any order. So the row is found by refund and state,
not by the notice's id, and a state that is there already is a success. Process the rows later: the
platform waits five seconds for the response, then sends the notice again.
"""

import os
import sqlite3
from contextlib import closing

from wechatpay_auth import Notice

TABLE = """CREATE TABLE IF NOT EXISTS told (
    refund_id TEXT, refund_status TEXT, PRIMARY KEY (refund_id, refund_status))"""
ROW = "INSERT OR IGNORE INTO told VALUES (?, ?)"


def keep(notice: Notice) -> None:
    """Write the state down; the notice is accepted only after this."""
    row = (notice.resource["refund_id"], notice.resource["refund_status"])
    path = os.environ.get("REFUND_NOTICES", "notices.db")
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(TABLE)
        database.execute(ROW, row)
