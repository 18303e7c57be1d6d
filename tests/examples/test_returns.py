"""The engine for many machines: its rules, its table, and one worker against the sandbox."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from wechatpay_auth import SigningError
from wechatpay_ecommerce_refund import APIError, Client, InvalidInputError, Retry
from wechatpay_ecommerce_refund.models import Account, ReturnAdvance, ReturnAdvanceResult
from wechatpay_sandbox import REFUND_ID, SUB_MCHID, Keys, Platform, RunningServer

from tests.conftest import auth_for
from tests.examples.conftest import Clock
from tests.examples.returns.rules import DAY, PLATFORM_TRIES, Pauses, Row, State, begun, judged
from tests.examples.returns.runner import run
from tests.examples.returns.standing import page, standing, text
from tests.examples.returns.table import Table
from tests.examples.returns.work import Rate, Worker
from tests.soak import machines

NOW = 1000.0
ROW = Row(refund_id="R", sub_mchid="1", fen=1)


def returned(result: str) -> ReturnAdvance:
    return ReturnAdvance(
        refund_id="R",
        advance_return_id="A",
        return_amount=888,
        payer_mchid="1",
        payer_account=Account.BASIC,
        payee_mchid="2",
        payee_account=Account.BASIC,
        result=ReturnAdvanceResult(result),
    )


def refusal(code: str, *, verified: bool = True) -> APIError:
    error = APIError(400, code, "no")
    error.verified = verified
    return error


@pytest.mark.parametrize(
    ("state", "outcome", "then", "due"),
    [
        (State.DUE, returned("SUCCESS"), State.SUCCESS, None),
        (State.UNKNOWN, returned("FAILED"), State.FAILED, None),
        (State.DUE, returned("PROCESSING"), State.PROCESSING, NOW + 60),
        (State.PROCESSING, returned("REVIEWING"), State.PROCESSING, NOW + 60),
        # Nothing was sent: the same again, later.
        (State.DUE, httpx.ConnectError("refused"), State.DUE, NOW + 60),
        (State.SHORT, SigningError("no key"), State.SHORT, NOW + 60),
        # Something may have been.
        (State.DUE, MemoryError(), State.UNKNOWN, NOW + 60),
        (State.DUE, refusal("NO_AUTH", verified=False), State.UNKNOWN, NOW + 60),
        (State.DUE, refusal("NOT_ENOUGH"), State.SHORT, NOW + 60),
        # A refusal is believed once a query agrees.
        (State.DUE, refusal("NO_AUTH"), State.REFUSED, NOW),
        (State.REFUSED, refusal("RESOURCE_NOT_EXISTS"), State.REFUSED, None),
        (State.REFUSED, returned("PROCESSING"), State.PROCESSING, NOW + 60),
        # A query that finds nothing leads to a create, never to an end; unless nobody verified it.
        (State.SENT, refusal("RESOURCE_NOT_EXISTS"), State.DUE, NOW),
        (State.UNKNOWN, refusal("RESOURCE_NOT_EXISTS"), State.DUE, NOW),
        (State.UNKNOWN, refusal("RESOURCE_NOT_EXISTS", verified=False), State.UNKNOWN, NOW + 60),
        (State.SENT, httpx.ReadError("broken"), State.SENT, NOW + 60),
        (State.PROCESSING, refusal("PARAM_ERROR"), State.PROCESSING, NOW + 60),
        # Wrong input waits for somebody.
        (State.DUE, InvalidInputError("sub_mchid", "is too long", "1" * 33), State.REFUSED, None),
    ],
)
def test_each_outcome_has_one_next_state(
    state: State, outcome: ReturnAdvance | Exception, then: State, due: float | None
) -> None:
    after = judged(replace(ROW, state=state), outcome, NOW, Pauses())
    assert (after.state, after.due) == (then, due)


def test_pauses_grow_and_stop_at_the_end_of_the_90_days() -> None:
    row, waited = begun(ROW, NOW), list[float]()
    now = NOW
    while now < NOW + PLATFORM_TRIES + 2 * DAY:
        row = judged(replace(row, state=State.PROCESSING), returned("PROCESSING"), now, Pauses())
        assert row.due is not None
        waited.append(row.due - now)
        now = row.due
    assert waited[:4] == [60, 120, 240, 480]
    assert max(waited) == DAY / 4
    ends = [NOW + sum(waited[:count]) for count in range(len(waited))]
    assert NOW + PLATFORM_TRIES + 60 in [pytest.approx(end) for end in ends]


def test_a_row_is_handed_out_once_until_its_lease_lapses(table: Table, clock: Clock) -> None:
    table.add([replace(ROW, refund_id=f"R{number}") for number in range(5)])
    table.add([replace(ROW, refund_id="R0", fen=9)])
    assert [row.fen for row in table.rows()] == [1] * 5, "a row that is there stays as it stands"
    assert table.leased() == 0
    first = table.hand_out(3, lease_for=10)
    assert table.leased() == 3
    second = table.hand_out(3, lease_for=10)
    assert sorted(refund_id for refund_id, _ in first + second) == ["R0", "R1", "R2", "R3", "R4"]
    clock.seconds += 10
    assert table.leased() == 0
    assert len(table.hand_out(9, lease_for=10)) == 5


def test_a_step_belongs_to_the_lease_that_began_it(table: Table, clock: Clock) -> None:
    table.add([ROW])
    (handed,) = table.hand_out(1, lease_for=10)
    begun_step = table.begin(handed, lease_for=10)
    assert begun_step is not None
    before, lease = begun_step
    assert table.begin(handed, lease_for=10) is None, "a message that is delivered twice"
    assert (before.state, table.rows()[0].state) == (State.DUE, State.SENT)
    clock.seconds += 10
    (again,) = table.hand_out(1, lease_for=10)
    done = replace(before, state=State.SUCCESS, due=None)
    assert not table.finish(lease, done), "a worker that was taken for dead"
    other = table.begin(again, lease_for=10)
    assert other is not None
    assert other[0].state == State.SENT
    assert other[0].sent == clock.seconds - 10, "the 90 days count from the first create"
    assert table.finish(other[1], done)
    clock.seconds += 1000
    assert table.hand_out(1, lease_for=10) == []


def test_no_two_workers_are_handed_the_same_row(table: Table) -> None:
    table.add([replace(ROW, refund_id=f"R{number}") for number in range(300)])
    handed: list[str] = []

    def take() -> None:
        while found := table.hand_out(7, lease_for=1000):
            handed.extend(refund_id for refund_id, _ in found)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(handed) == len(set(handed)) == 300


ENDS = dict.fromkeys(("859", "860", "863", "869", "870", "871", "872", "873", "878"), "SUCCESS") | {
    "861": "FAILED",
    "862": "FAILED",
    "864": "refused",
    "866": "refused",
}


def test_the_runner_brings_each_ready_made_refund_to_its_end(
    table: Table, clock: Clock, platform: Platform, server: RunningServer, keys: Keys
) -> None:
    numbers = {REFUND_ID[:-3] + last: end for last, end in ENDS.items()}
    poor = REFUND_ID[:-3] + "863"
    table.add(
        Row(refund_id=number, sub_mchid="1900000110" if number == poor else SUB_MCHID, fen=888)
        for number in numbers
    )
    auth = auth_for(httpx, keys)
    with Client(auth, base_url=server.base_url, retries=Retry(retries=0)) as client:
        worker = Worker(
            table=table,
            client=client,
            wait_for_turn=lambda: None,
            pauses=Pauses(longest=10 * DAY),
        )
        shorts = 0
        while next_due := [row.due for row in table.rows() if row.due is not None]:
            passed = max(0.0, min(next_due) - clock.seconds)
            clock.seconds += passed
            platform.advance(seconds=passed)
            while run(worker):
                pass
            if [row.state for row in table.rows() if row.refund_id == poor] == [State.SHORT]:
                shorts += 1
                if shorts == 5:
                    platform.top_up("1900000110", 888)
                    assert table.again(state=State.SHORT, sub_mchid="1900000110") == 1
    assert {row.refund_id: str(row.state) for row in table.rows()} == numbers
    notes = [row.note for row in table.rows() if row.state is State.REFUSED]
    assert ["NO_AUTH" in notes[0], "INVALID_REQUEST" in notes[1]] == [True, True]


def test_cron_does_what_is_due_and_ends(
    table: Table,
    monkeypatch: pytest.MonkeyPatch,
    platform: Platform,
    server: RunningServer,
    keys: Keys,
) -> None:
    from tests.examples.returns import runner

    table.add([Row(refund_id=REFUND_ID, sub_mchid=SUB_MCHID, fen=888)])
    with Client(auth_for(httpx, keys), base_url=server.base_url, retries=0) as client:
        made = Worker(table=table, client=client, wait_for_turn=lambda: None)
        monkeypatch.setattr(runner, "worker", lambda: made)
        runner.main("--once")
    assert [row.state for row in table.rows()] == [State.PROCESSING]
    assert len(platform.log) == 1


def test_the_queue_is_no_longer_than_a_batch(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.examples.returns import celery_app

    queued: list[str] = []

    def note(leased: tuple[str, str], expires: float) -> None:
        queued.append(leased[0])

    monkeypatch.setattr(celery_app, "table", lambda: table)
    monkeypatch.setattr(celery_app.step, "apply_async", note)
    monkeypatch.setattr(celery_app, "BATCH", 5)
    table.add([replace(ROW, refund_id=f"R{number}") for number in range(9)])
    celery_app.hand_out()
    celery_app.hand_out()
    assert len(queued) == 5, "the workers have done nothing yet"


def test_two_workers_share_one_rate(redis_url: str) -> None:
    both = [Rate("5/second", redis_url), Rate("5/second", redis_url)]
    start = time.monotonic()
    for turn in range(12):
        both[turn % 2].wait()
    assert time.monotonic() - start >= 1.5, "5 at once, 5 after a second, 2 after two"


def test_killed_workers_lose_no_refund_and_double_none(keys: Keys) -> None:
    outcome = machines.run(keys, 300, kill_every=1.0, calls_between=300, seed=18, bound=300.0)
    assert machines.judge(outcome, 300) == [], outcome.log[-3000:]
    assert outcome.kills >= 2
    assert outcome.states == {"SUCCESS": 285, "FAILED": 15}


def test_the_operator_sees_what_somebody_has_to_look_at(table: Table, clock: Clock) -> None:
    def row(
        state: State, number: int, *, days: float | None, fen: int = 100, note: str = ""
    ) -> Row:
        sent = None if days is None else clock.seconds - days * DAY
        name = f"{state}-{number}"
        return Row(refund_id=name, sub_mchid="19", fen=fen, state=state, sent=sent, note=note)

    table.add(
        [
            *(row(State.DUE, number, days=None) for number in range(3)),
            row(State.UNKNOWN, 1, days=2, note="<script>"),
            row(State.SENT, 2, days=3),
            row(State.PROCESSING, 1, days=80),
            row(State.PROCESSING, 2, days=10),
            row(State.SHORT, 1, days=1, fen=12345),
            row(State.SHORT, 2, days=1, fen=5),
            row(State.REFUSED, 1, days=1, note="NO_AUTH"),
            row(State.SUCCESS, 1, days=89),
        ]
    )
    found = standing(table)
    lines = {title.split(":")[0]: part for title, _, part in found.parts}
    assert ("due", "3", "3.00") in lines["All returns"]
    assert lines["Short of money"] == [("19", "2", "123.50")]
    assert [line[0] for line in lines["Outcome unknown, the oldest 20"]] == ["sent-2", "unknown-1"]
    near = lines["Within 14 days of their 90 days, or past them"]
    assert [(line[0], line[3]) for line in near] == [("processing-1", "80.0")]
    assert lines["Refused"][0][4] == "NO_AUTH"
    assert "123.50" in text(found)
    shown = page(found, "now")
    assert "&lt;script&gt;" in shown
    assert "<script" not in shown


def test_the_operators_command_adds_shows_and_tries_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.examples.returns import standing as command

    made = Table(f"sqlite:///{tmp_path / 'r.db'}")
    monkeypatch.setattr(command, "table", lambda: made)
    file = tmp_path / "refunds.csv"
    file.write_text("R1,19,100\nR2,19,200\n")
    command.main("add", str(file))
    command.main()
    assert "due    2        3.00" in capsys.readouterr().out
    (leased, _) = made.hand_out(2, lease_for=9)
    begun_step = made.begin(leased, lease_for=9)
    assert begun_step is not None
    made.finish(begun_step[1], replace(begun_step[0], state=State.REFUSED, due=None))
    command.main("again")
    assert capsys.readouterr().out == "1 are tried again now\n"
    command.main("topped-up", "19")
    assert capsys.readouterr().out == "0 are tried again now\n"
    command.main("page")
    assert "<h1>Returns</h1>" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        command.main("nonsense")
    made.engine.dispose()
