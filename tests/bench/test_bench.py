"""The benchmark itself: everybody can call, and the table says what was measured. No timing."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from wechatpay_sandbox import Keys
from wechatpay_sandbox._keys import private_pem, public_pem

from tests.bench import installed
from tests.bench.around import Memory, memory
from tests.bench.by_hand import SCHEME, ByHand
from tests.bench.contenders import CONTENDERS
from tests.bench.race import Arena, Cost, Run, arena, race
from tests.bench.rows import SIGN, groups, own, rows, split, targets
from tests.bench.setting import Setting
from tests.bench.table import REFERENCE_SIGN, Middle, Target, ratio, remainder

WITHOUT_SOCKETS = {"sign", "verify", *(name for name in CONTENDERS if name.startswith("inside"))}


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> Iterator[Arena]:
    with arena(tmp_path_factory.mktemp("arena"), keys) as ring:
        yield ring


def test_everybody_makes_proven_calls_over_tls_and_without(ring: Arena) -> None:
    # To start a process takes longest: one for each environment, and all at once.
    homes = {CONTENDERS[name].home: ring.fresh(name) for name in CONTENDERS}
    asked = [
        (name, scheme)
        for name in CONTENDERS
        for scheme in ("tls", "plain")
        if scheme == "plain" or name not in WITHOUT_SOCKETS
    ]
    for name, scheme in asked:
        homes[CONTENDERS[name].home].tell(
            "calls", contender=name, scheme=scheme, calls=4, at_once=2, threads=2
        )
    for name, _ in asked:
        assert homes[CONTENDERS[name].home].hear()["cpu"] > 0, name


def test_a_race_gives_every_row_a_cost_in_every_round(ring: Arena) -> None:
    rivals = [Run("raw"), Run("raw", threads=2), Run("raw", processes=2)]
    costs = race(ring, [rivals], rounds=2, calls=2, seconds=60)
    assert {run: len(found) for run, found in costs.items()} == dict.fromkeys(rivals, 2)
    assert len(race(ring, [[Run("raw")]], rounds=9, calls=1, seconds=0)[Run("raw")]) == 1


def test_rsa_is_timed_where_it_stands(ring: Arena) -> None:
    timed = [ring.calls(Run(name, "plain"), 3) for name in ("timed", "timed async")]
    for cost in timed:
        assert 0 < cost.verify < cost.sign < cost.cpu
    assert ring.calls(Run("ours", "plain"), 1).sign == 0


def test_a_worker_tells_of_memory_and_of_its_loop(ring: Arena) -> None:
    worker = ring.worker("raw async")
    assert worker.ask("memory")["kib"] > 1000
    noted = worker.ask("beside", contender="raw async", scheme="tls", calls=16, at_once=8)
    assert noted["steps"]


def test_a_contender_that_gets_no_result_ends_the_race(ring: Arena) -> None:
    worker = ring.fresh("raw")
    worker.tell("calls", contender="nobody", scheme="tls", calls=1, at_once=1, threads=1)
    with pytest.raises(RuntimeError, match="has ended"):
        worker.hear()


def test_a_user_has_what_pip_would_bring_and_nothing_else(tmp_path: Path) -> None:
    theirs = installed.install(tmp_path / "theirs", "httpx", authority="a line more\n")
    ours = installed.install(tmp_path / "ours", installed.OURS)
    assert {"httpx", "h11", "certifi"} <= {one.name for one in theirs.iterdir()}
    assert (theirs / "certifi" / "cacert.pem").read_text().endswith("a line more\n")
    assert not (theirs / "attrs").exists()
    assert (ours / "attrs").exists()
    assert (ours / "wechatpay_auth").resolve() == installed.ROOT / "auth" / "wechatpay_auth"
    for home in (theirs, ours):
        assert not {"click", "rich", "trio", "sniffio", "httptools"} & {
            one.name for one in home.iterdir()
        }


def test_the_yardstick_is_careful(keys: Keys) -> None:
    hand = ByHand(
        Setting(
            mchid=keys.mchid,
            serial_no=keys.merchant.serial_no,
            private_key=keys.merchant.private_key_pem,
            public_key_id=keys.public_key_id,
            public_key=public_pem(keys.public_key_pair.public_key()),
            api_v3_key=keys.api_v3_key,
            plain="",
            tls="",
            authority="",
        )
    )
    assert private_pem(hand.private) == keys.merchant.private_key_pem
    assert hand.signed("GET", "/", b"")["Authorization"].startswith(SCHEME)

    def reply(at: float, serial_no: str = keys.public_key_id) -> dict[str, str]:
        message = f"{int(at)}\nnonce\n{{}}\n".encode()
        made = keys.public_key_pair.sign(message, padding.PKCS1v15(), hashes.SHA256())
        values = {"Timestamp": f"{int(at)}", "Nonce": "nonce", "Serial": serial_no}
        values["Signature"] = base64.b64encode(made).decode()
        return {f"Wechatpay-{name}": value for name, value in values.items()}

    now = time.time()
    assert hand.proven(200, reply(now), b"{}") == {}
    with pytest.raises(InvalidSignature):
        hand.proven(200, reply(now), b"{ }")
    for status, headers in ((200, reply(now - 400)), (200, reply(now, "x")), (403, reply(now))):
        with pytest.raises(ValueError, match=r"reply is|refused"):
            hand.proven(status, headers, b"{}")
    with pytest.raises(KeyError):
        hand.proven(200, {}, b"{}")


def test_ratios_and_remainders_are_worked_out_within_a_round() -> None:
    ours, theirs = Run("ours"), Run("by hand")
    costs = {
        ours: [Cost(2.0, 3.0), Cost(20.0, 30.0), Cost(9.0, 9.0)],
        theirs: [Cost(1.0, 1.0), Cost(10.0, 10.0), Cost(1.0, 1.0)],
    }
    assert ratio(costs, ours, theirs, "cpu") == Middle(2.0, 2.0, 9.0)
    assert ratio(costs, ours, theirs, "wall") == Middle(3.0, 3.0, 9.0)
    assert remainder(costs, ours, [theirs]) == Middle(8.0, 1.0, 10.0)
    assert remainder(costs, ours, [theirs], unit=theirs) == Middle(1.0, 1.0, 8.0)


def test_confidence_narrows_with_the_rounds() -> None:
    assert Middle.of([5.0]) == Middle(5.0, 5.0, 5.0)
    assert Middle.of([float(n) for n in range(101)]) == Middle(50.0, 40.0, 60.0)
    assert Middle(1.0, 0.5, 2.0).times(10) == Middle(10.0, 5.0, 20.0)


@pytest.mark.parametrize(
    ("figure", "at_least", "judged", "verdict"),
    [
        (Middle(0.9, 0.8, 0.94), False, True, "met"),
        (Middle(0.95, 0.95, 0.95), False, True, "met, within the noise"),
        (Middle(0.9, 0.8, 0.96), False, True, "met, within the noise"),
        (Middle(1.0, 0.96, 1.1), False, True, "MISSED"),
        (Middle(1.0, 0.9, 1.1), False, True, "MISSED, within the noise"),
        (Middle(1.0, 0.96, 1.1), True, True, "met"),
        (Middle(0.9, 0.8, 0.94), True, True, "MISSED"),
        (Middle(0.9, 0.8, 0.94), True, False, "(missed)"),
        (Middle(1.0, 1.0, 1.0), True, False, "(met)"),
        (None, False, True, "not measured"),
    ],
)
def test_verdicts(figure: Middle | None, at_least: bool, judged: bool, verdict: str) -> None:
    target = Target("a figure", figure, 0.95, at_least=at_least, judged=judged)
    assert target.verdict == verdict
    assert target.is_missed is verdict.startswith("MISSED")
    assert verdict in str(target)


def invented() -> dict[Run, list[Cost]]:
    """Costs at which every target is met: everything takes 1 ms but these."""
    micro = {
        "ours": 800,
        "ours async": 700,
        "ours fast": 500,
        "wechatpayv3": 20_000,
        "stack": 300,
        "stack async": 300,
        "stack fast": 200,
        "inside: ours": 180,
        "inside: ours async": 190,
        "inside: httpx": 130,
        "inside: httpx async": 140,
        "sign": REFERENCE_SIGN * 1e6,
    }
    costs: dict[Run, list[Cost]] = {}
    for run in (run for group in groups() for run in group):
        seconds = micro.get(run.contender, 1000) / 1e6
        rsa = (200e-6, 20e-6) if run.contender.startswith("timed") else (0.0, 0.0)
        costs[run] = [Cost(seconds, seconds / run.threads / run.processes, *rsa)] * 3
    return costs


def test_the_table_of_invented_costs_meets_every_target() -> None:
    costs = invented()
    assert not [str(one) for one in targets(costs) if one.is_missed or one.figure is None]
    mine = own(costs, is_async=False, unit=SIGN)
    assert mine.value == pytest.approx(50 / 222)
    assert any(
        line.split()[-2:] == ["0.80", "0.80"] for line in rows(costs) if "this client" in line
    )
    first = next(line for line in split(costs) if "sync, tls" in line)
    assert first.split()[-5:] == ["1000", "200", "20", "300", "480"]


def test_a_dearer_call_misses() -> None:
    costs = invented()
    costs[Run("ours")] = [Cost(0.96e-3, 0.96e-3)] * 3
    judged = list(targets(costs))
    assert [one.name for one in judged if one.is_missed] == ["CPU : yardstick, sync, tls"]


def test_memory_may_move_but_not_grow() -> None:
    goals = (1000, 20_000, 100_000)
    used = {n: {"kib": 40_000 + n // 100, "objects": 30_000} for n in goals}
    assert [one.verdict for one in Memory("ours", goals, used).targets()] == ["met", "met"]
    used[100_000] = {"kib": 45_000, "objects": 110_000}
    assert [one.verdict for one in Memory("ours", goals, used).targets()] == ["MISSED", "MISSED"]
    del used[100_000]
    assert {one.verdict for one in Memory("ours", goals, used).targets()} == {"not measured"}


def test_memory_is_measured_at_its_goals(ring: Arena) -> None:
    (found,) = memory(ring, ["raw"], last=100, seconds=60)
    assert list(found.used) == [1, 20, 100]
    (late,) = memory(ring, ["raw"], last=100, seconds=0)
    assert not late.used
