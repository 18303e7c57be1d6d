"""The benchmark itself: everyone can call, and the verdicts follow from what was measured."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from wechatpay_sandbox import Keys, Platform, RunningServer

from tests.bench import measure, targets
from tests.bench.arena import OURS, ROOT, Arena, arena, install, setting_of
from tests.bench.contenders import HOMES, ByHand
from tests.bench.measure import ASYNC_50, MODES, SYNC, Cost, Costs, Row
from tests.bench.server import RESULT, headers
from tests.bench.targets import Middle, Target

ORDER = random.Random(1)  # noqa: S311 - an order
EVERY_ROW = [
    row for mode in MODES for scheme in ("tls", "plain") for row in measure.rivals(mode, scheme)
]


@pytest.fixture(scope="module")
def ring(
    tmp_path_factory: pytest.TempPathFactory, keys: Keys, served: tuple[Platform, RunningServer]
) -> Iterator[Arena]:
    with arena(tmp_path_factory.mktemp("arena"), keys) as ring:
        setting = json.loads(ring.setting.read_text())
        ring.setting.write_text(json.dumps({**setting, "sandbox": served[1].base_url}))
        yield ring


def test_everyone_calls_in_every_mode(ring: Arena) -> None:
    for row in EVERY_ROW:
        if row.mode.delay and row.scheme == "plain":
            continue  # another port of the same, and each takes a client more
        few = row._replace(mode=row.mode._replace(at_once=min(2, row.mode.at_once)))
        assert measure.burst(ring.worker(row.contender), few, 2).cpu > 0
    assert ring.worker("wechatpayv3").ask("memory")["objects"] > 1000


@pytest.mark.parametrize("contender", HOMES)
def test_the_sandbox_verifies_what_everyone_signs(
    ring: Arena, platform: Platform, contender: str
) -> None:
    for is_async in {True, "aiohttp" in contender}:
        how = {"calls": 1, "at_once": 1, "is_async": is_async}
        assert ring.worker(contender).ask("calls", address="sandbox", **how)


def test_what_is_no_race_is_measured_as_well(ring: Arena) -> None:
    assert all(ring.worker("ours, httpx2").ask("own_code", blocks=1, is_async=True))
    assert list(measure.cold_starts(ring, 0, ORDER)) == list(HOMES)[:2] + list(HOMES)[3:5]
    assert measure.imports(ring, 1, ORDER, (4,))["of_4"] > [0.0]


def test_a_process_that_ends_is_noticed(ring: Arena) -> None:
    worker = ring.fresh("by hand, httpx")
    with pytest.raises(RuntimeError, match="has ended"):
        worker.ask("calls", address="nowhere", calls=1, at_once=1, is_async=False)


def test_a_user_has_what_pip_would_bring_and_nothing_else(tmp_path: Path) -> None:
    found = {one.name: one.resolve() for one in install(tmp_path / "home", OURS).iterdir()}
    assert {"httpx", "h11", "certifi", "attrs", "cryptography"} <= set(found)
    assert found["wechatpay_auth"] == ROOT / "auth" / "wechatpay_auth"
    assert found.keys().isdisjoint({"click", "rich", "trio", "sniffio", "httpx2", "aiohttp"})


def test_by_hand_is_careful(keys: Keys) -> None:
    setting = setting_of(keys, {})
    hand, now = ByHand(setting), int(time.time())
    for age, key_id in ((0, "another"), (400, setting["public_key_id"])):
        response = httpx.Response(200, headers=headers(f"{now - age}", "n", b"", key_id))
        with pytest.raises(ValueError, match="too old, or signed with another key"):
            hand.verified(response)
    signed = headers(f"{now}", "n", b"forged", setting["public_key_id"])
    with pytest.raises(InvalidSignature):
        hand.verified(httpx.Response(200, headers=signed, content=RESULT))


def test_confidence_narrows_with_the_rounds() -> None:
    assert Middle.of([5.0]) == Middle(5.0, 5.0, 5.0)
    assert Middle.of([float(n) for n in range(101)]) == Middle(50.0, 40.0, 60.0)


@pytest.mark.parametrize(
    ("figure", "at_least", "verdict"),
    [
        (Middle(0.9, 0.8, 0.94), False, "met"),
        (Middle(0.95, 0.95, 0.95), False, "met, within the noise"),
        (Middle(1.0, 0.96, 1.1), False, "MISSED"),
        (Middle(1.0, 0.9, 1.1), False, "MISSED, within the noise"),
        (Middle(1.0, 0.96, 1.1), True, "met"),
        (Middle(0.9, 0.8, 0.94), True, "MISSED"),
    ],
)
def test_verdicts(figure: Middle, at_least: bool, verdict: str) -> None:
    target = Target("a figure", figure, 0.95, at_least=at_least)
    assert target.is_missed is verdict.startswith("MISSED")
    assert str(target).endswith(f" {verdict}")


def invented() -> Costs:
    """Three rounds in which every target is met; everything but these takes 1 ms."""
    costs: Costs = {}
    for row in EVERY_ROW:
        wall = 20e-3 if row.contender == "wechatpayv3" else 1e-3
        cpu = 0.5e-3 if row.contender.endswith(("httpx2", "aiohttp")) else 1e-3
        costs[row] = [Cost(cpu * busy, wall * busy) for busy in (1, 10, 2)]
    return costs


def missed(costs: Costs) -> list[str]:
    return [target.name for target in targets.of_calls(costs) if target.is_missed]


def test_ratios_are_taken_within_a_round() -> None:
    costs = invented()
    assert missed(costs) == []
    table = list(targets.rows(costs))
    assert table[1].split() == ["by", "hand,", "httpx", "2000", "500", "1.00", "1.00", "20.00"]
    costs[Row("ours, httpx", SYNC)] = [Cost(1.1e-3 * busy, 1e-3) for busy in (1, 10, 2)]
    costs[Row("ours, httpx2", ASYNC_50)] = [Cost(0.5e-3, 12e-3 * busy) for busy in (1, 10, 2)]
    assert missed(costs) == [
        "CPU : by hand, httpx; sync",
        "calls/s of httpx2 : wechatpayv3; asyncio, 50 in flight, 60 ms",
    ]


def test_everything_else_is_judged() -> None:
    own, imported = {"httpx": [70e-6]}, {"of_2": [0.1], "of_1000": [0.3]}
    cold = {f"{who}, {one}": [0.1] for who in ("ours", "by hand") for one in measure.LIBRARIES}
    used = {"ours": [{"KiB": 1, "objects": 1}, {"KiB": 1000, "objects": 102}]}
    judged = list(targets.of_processes(own, cold, imported, used))
    assert [target.is_missed for target in judged] == [True, False, False, True, False, True]
