"""The table of outstanding returns: hands out due rows, and writes each step down.

A lease is a random text. Whoever hands a row out, or begins a step, writes a new one and moves the
due time behind it: until then nobody else gets the row, and a worker that died gives it back by
the passing of time. Works over SQLite to try, over PostgreSQL to run.
"""

import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from .rules import FINAL, Row, State, begun

METADATA = sa.MetaData()
RETURNS = sa.Table(
    "outstanding_returns",
    METADATA,
    sa.Column("refund_id", sa.String(32), primary_key=True),
    sa.Column("sub_mchid", sa.String(32), nullable=False),
    sa.Column("fen", sa.BigInteger, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("due", sa.Double),
    sa.Column("steps", sa.Integer, nullable=False),
    sa.Column("sent", sa.Double),
    sa.Column("advance_return_id", sa.String(32)),
    sa.Column("note", sa.String(500), nullable=False),
    sa.Column("lease", sa.String(32)),
)
_C = RETURNS.c
# Most rows of an old table are final: the index holds only the others.
sa.Index(
    "returns_due",
    _C.due,
    postgresql_where=_C.due.is_not(None),
    sqlite_where=_C.due.is_not(None),
)
sa.Index(
    "returns_leased",
    _C.due,
    postgresql_where=_C.lease.is_not(None),
    sqlite_where=_C.lease.is_not(None),
)
_FIELDS = [column for column in _C if column.name != "lease"]
Leased = tuple[str, str]
"""A refund's number and the lease under which it was handed out."""


class Table:
    """The table in one database; every method is one transaction."""

    def __init__(self, url: str, *, now: Callable[[], float] = time.time) -> None:
        self.now = now
        # A database that was restarted costs the step, not the worker.
        self.engine = sa.create_engine(url, pool_pre_ping=True)

    def create(self) -> None:
        """Make the table, unless it is there."""
        METADATA.create_all(self.engine)

    def drop(self) -> None:
        """Remove the table with all that is in it."""
        METADATA.drop_all(self.engine)

    def add(self, rows: Iterable[Row]) -> None:
        """Put returns in; one that is there stays as it stands."""
        dialect = sqlite if self.engine.dialect.name == "sqlite" else postgresql
        with self.engine.begin() as connection:
            statement = dialect.insert(RETURNS).on_conflict_do_nothing()
            connection.execute(statement, [asdict(row) for row in rows])

    def hand_out(self, most: int, *, lease_for: float) -> list[Leased]:
        """Lease the rows that have been due longest."""
        now, lease = self.now(), uuid.uuid4().hex
        statement = due_statement(now, most).values(due=now + lease_for, lease=lease)
        with self.engine.begin() as connection:
            found = connection.execute(statement.returning(_C.refund_id)).scalars()
            return [(refund_id, lease) for refund_id in found]

    def leased(self) -> int:
        """Count the rows that somebody has, or that wait in a queue."""
        chosen = sa.select(sa.func.count()).where(_C.lease.is_not(None), _C.due > self.now())
        with self.engine.begin() as connection:
            return connection.execute(chosen).scalar_one()

    def begin(self, leased: Leased, *, lease_for: float) -> tuple[Row, Leased] | None:
        """Write down that a step begins; None if the lease is no longer this one.

        Returns the row as it stood before, and the lease of the step.
        """
        refund_id, now, lease = leased[0], self.now(), uuid.uuid4().hex
        held = self._held(leased)
        with self.engine.begin() as connection:
            # The lock makes a second delivery of the message wait, and then find another lease.
            chosen = sa.select(*_FIELDS).where(held).with_for_update()
            found = connection.execute(chosen).mappings().one_or_none()
            if found is None:
                return None
            before = _row(found)
            after = begun(before, now)
            values = {"state": after.state, "sent": after.sent}
            changed = connection.execute(
                sa.update(RETURNS).where(held).values(**values, due=now + lease_for, lease=lease)
            )
            return (before, (refund_id, lease)) if changed.rowcount else None

    def finish(self, leased: Leased, row: Row) -> bool:
        """Write down what came of a step; False if another worker has the row by now."""
        statement = sa.update(RETURNS).where(self._held(leased))
        with self.engine.begin() as connection:
            return connection.execute(statement.values(**asdict(row), lease=None)).rowcount == 1

    def again(self, *, state: State, sub_mchid: str | None = None) -> int:
        """Make rows due now: those short of money after a top-up, or those refused."""
        chosen = (
            _C.state == state
            if sub_mchid is None
            else ((_C.state == state) & (_C.sub_mchid == sub_mchid))
        )
        values: dict[str, object] = {"due": self.now(), "steps": 0, "lease": None}
        if state is State.REFUSED:
            values["state"] = State.DUE
        with self.engine.begin() as connection:
            return connection.execute(sa.update(RETURNS).where(chosen).values(values)).rowcount

    def rows(
        self,
        *where: sa.ColumnElement[bool],
        order: Sequence[sa.ColumnElement[Any]] = (_C.refund_id,),
        most: int | None = None,
    ) -> list[Row]:
        """Return rows, by their refund's number unless told."""
        chosen = sa.select(*_FIELDS).where(*where).order_by(*order).limit(most)
        with self.engine.begin() as connection:
            return [_row(one) for one in connection.execute(chosen).mappings()]

    def open(self) -> int:
        """Count the rows on which nobody has had the last word."""
        chosen = sa.select(sa.func.count()).where(_C.state.not_in(FINAL))
        with self.engine.begin() as connection:
            return connection.execute(chosen).scalar_one()

    def _held(self, leased: Leased) -> sa.ColumnElement[bool]:
        return (_C.refund_id == leased[0]) & (_C.lease == leased[1])


def due_statement(now: float, most: int) -> sa.Update:
    """Return the update of the rows that have been due longest and that nobody is taking."""
    picked = (
        sa.select(_C.refund_id)
        .where(_C.due <= now)
        .order_by(_C.due)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("picked")
    )
    return sa.update(RETURNS).where(_C.refund_id.in_(sa.select(picked.c.refund_id)))


def _row(found: sa.RowMapping) -> Row:
    return replace(Row(**found), state=State(found["state"]))
