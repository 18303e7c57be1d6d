"""Where the returns stand: for the operator, in a terminal or in a browser.

python -m returns.standing add FILE        REFUND_ID,SUB_MCHID,FEN a line; makes the table
python -m returns.standing                 prints counts, and what somebody has to look at
python -m returns.standing page > F.html   the same as a page that needs nothing else
python -m returns.standing topped-up SUB_MCHID     asks again at once
python -m returns.standing again           tries all that were refused once more
"""

import csv
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from .rules import DAY, PLATFORM_TRIES, Row, State
from .table import RETURNS, Table
from .work import table

NEAR = 14 * DAY
"""Before the end of the 90 days."""
MOST = 20
"""Lines of a list."""
_C = RETURNS.c
Lines = list[tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What an operator wants to know, each part a title, column names and lines."""

    parts: Sequence[tuple[str, tuple[str, ...], Lines]]


def standing(table: Table) -> Standing:
    """Read the table."""
    now = table.now()
    with table.engine.begin() as connection:
        counts = connection.execute(
            sa.select(_C.state, sa.func.count(), sa.func.sum(_C.fen))
            .group_by(_C.state)
            .order_by(_C.state)
        ).all()
        short = connection.execute(
            sa.select(_C.sub_mchid, sa.func.count(), sa.func.sum(_C.fen))
            .where(_C.state == State.SHORT)
            .group_by(_C.sub_mchid)
            .order_by(sa.func.sum(_C.fen).desc())
        ).all()
    by_age = (_C.sent, _C.refund_id)
    unknown = table.rows(_C.state.in_([State.UNKNOWN, State.SENT]), order=by_age, most=MOST)
    late = table.rows(
        _C.state.in_([State.PROCESSING, State.UNKNOWN, State.SENT, State.SHORT]),
        _C.sent < now - PLATFORM_TRIES + NEAR,
        order=by_age,
        most=MOST,
    )
    refused = table.rows(_C.state == State.REFUSED, most=MOST)

    def of(rows: Sequence[Row]) -> Lines:
        return [(r.refund_id, r.sub_mchid, _yuan(r.fen), _age(r, now), r.note) for r in rows]

    row = ("refund", "sub-merchant", "yuan", "days since sent", "last trouble")
    return Standing(
        parts=(
            ("All returns", ("state", "returns", "yuan"), _sums(counts)),
            ("Short of money: top up", ("sub-merchant", "returns", "yuan"), _sums(short)),
            (f"Outcome unknown, the oldest {MOST}", row, of(unknown)),
            ("Within 14 days of their 90 days, or past them", row, of(late)),
            ("Refused: look at the reason", row, of(refused)),
        )
    )


def _sums(found: Sequence[Sequence[Any]]) -> Lines:
    return [(name, str(count), _yuan(int(fen))) for name, count, fen in found]


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def _age(row: Row, now: float) -> str:
    return "" if row.sent is None else f"{(now - row.sent) / DAY:.1f}"


def text(found: Standing) -> str:
    """Return it for a terminal."""
    blocks: list[str] = []
    for title, names, lines in found.parts:
        shown = [names, *lines] if lines else []
        widths = [max(len(line[n]) for line in shown) for n in range(len(names))] if lines else []
        rows = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in shown] or ["none"]
        blocks.append("\n".join([title, *(f"  {row}" for row in rows)]))
    return "\n\n".join(blocks)


def page(found: Standing, at: str) -> str:
    """Return it as a page that loads nothing and runs nothing."""
    parts: list[str] = []
    for title, names, lines in found.parts:
        head = "".join(f"<th>{escape(name)}" for name in names)
        body = "".join("<tr>" + "".join(f"<td>{escape(value)}" for value in line) for line in lines)
        table = f"<table><tr>{head}{body}</table>" if lines else "<p>none</p>"
        parts.append(f"<h2>{escape(title)}</h2>{table}")
    return _PAGE.replace("{at}", escape(at)).replace("{parts}", "".join(parts))


_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="30">
<title>Returns</title><style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 62em; padding: 0 1em }
h2 { font-size: 1.1em; margin: 1.6em 0 .4em } table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .25em .8em .25em 0; border-bottom: 1px solid #ddd }
td { vertical-align: top; font-variant-numeric: tabular-nums }
th, td:not(:last-child) { white-space: nowrap } td:last-child { overflow-wrap: anywhere }
</style><h1>Returns</h1><p>{at}</p>{parts}</html>
"""


def main(*arguments: str) -> None:
    """Do what the operator asked for."""
    match arguments:
        case ("add", file):
            table().create()
            with Path(file).open(encoding="utf-8", newline="") as lines:
                table().add(
                    Row(refund_id=refund_id, sub_mchid=sub_mchid, fen=int(fen))
                    for refund_id, sub_mchid, fen in csv.reader(lines)
                )
        case ("topped-up", sub_mchid):
            print(table().again(state=State.SHORT, sub_mchid=sub_mchid), "are tried again now")
        case ("again",):
            print(table().again(state=State.REFUSED), "are tried again now")
        case ("page",):
            print(page(standing(table()), time.strftime("%Y-%m-%d %H:%M:%S %z")))
        case ():
            print(text(standing(table())))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
