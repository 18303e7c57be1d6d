"""Who races against whom, and what the targets ask of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from statistics import median

from .race import Run
from .table import REFERENCE_SIGN, Costs, Middle, Target, calm, middle, ratio, remainder

SCHEMES = ("tls", "plain")
AT_ONCE = (1, 8)
WAYS = ("async", "fast")
HEAD = "CPU µs/call   calls/s   CPU : yardstick   calmest tenth"
BOTH = ("raw", "stack", "by hand", "ours", "wechatpayv3")
SYNC = (*BOTH, "ours fast sync")
ASYNC = (*(f"{name} async" for name in BOTH), "stack fast", "ours fast")
SIGN, VERIFY = Run("sign"), Run("verify")
INSIDE = tuple(Run(f"inside: {name}") for name in ("ours", "httpx", "ours async", "httpx async"))
ALONE, THREADS = Run("inside: RSA"), Run("inside: RSA", threads=2)
PROCESSES = Run("inside: RSA", processes=2)
NOTHING_OF_OURS = Run("inside: httpx, RSA"), Run("inside: httpx, RSA", threads=2)
SIGN_THREADS = Run("sign", threads=2)
CORES = 3  # for two threads and a server
FREE = 1.8
"""Two cores are free if two processes get so much more done than one."""
ENOUGH = 1.6
"""What two threads should reach of one."""

LABELS = {
    "raw": "raw httpx, unsigned",
    "stack": "our httpx client, our request, unsigned",
    "by hand": "by hand: httpx + cryptography (yardstick)",
    "ours": "this client",
    "stack fast": "its httpx client, our request, unsigned",
    "ours fast": "this client, fast=True",
    "ours fast sync": "this client, fast=True",
}


def groups() -> list[list[Run]]:
    """Everybody, beside those they are compared with."""
    found: list[list[Run]] = []
    for scheme in SCHEMES:
        threads = Run("ours", scheme, threads=2)
        found.append([*(Run(name, scheme) for name in (*SYNC, "timed")), threads])
        names = (*ASYNC, *(f"timed {way}" for way in WAYS))
        found += [[Run(name, scheme, at_once) for name in names] for at_once in AT_ONCE]
    found += [
        [SIGN, VERIFY, SIGN_THREADS, *INSIDE],
        [*NOTHING_OF_OURS, ALONE, THREADS, PROCESSES],
    ]
    return found


def label(run: Run) -> str:
    text = LABELS.get(run.contender.removesuffix(" async"), run.contender)
    return f"{text}, {run.threads} threads" if run.threads > 1 else text


def rows(costs: Costs) -> Iterator[str]:
    """The table of calls."""
    for group in groups()[:-2]:
        first = group[0]
        is_async = first.contender.endswith("async")
        way = f"asyncio, {first.at_once} in flight" if is_async else "sync"
        yield ""
        yield (
            f"{way}, {first.scheme}".ljust(46)
            + "CPU µs/call   calls/s   CPU : yardstick   calmest tenth"
        )
        yardstick = Run("by hand async" if is_async else "by hand", first.scheme, first.at_once)
        for run in group:
            if run.contender.startswith("timed"):
                continue
            against = ratio(costs, run, yardstick, "cpu")
            calmest = calm(costs, run) / calm(costs, yardstick)
            yield (
                f"  {label(run):<44}{middle(costs, run, 'cpu') * 1e6:>11.0f}"
                f"{1 / middle(costs, run, 'wall'):>10.0f}{against.value:>18.2f}"
                f"{calmest:>16.2f}"
            )


def split(costs: Costs) -> Iterator[str]:
    """Where the CPU of one of our calls goes."""
    yield "CPU of one call of ours".ljust(46) + "   total    sign  verify   stack    rest  (µs)"
    ways = [("sync", "", 1), *((way, f" {way}", at_once) for way in WAYS for at_once in AT_ONCE)]
    for way, tail, at_once in ways:
        for scheme in SCHEMES:
            whole, stack = (Run(f"{name}{tail}", scheme, at_once) for name in ("timed", "stack"))
            rest = remainder(costs, whole, [stack])
            figures = [
                middle(costs, whole, "cpu"),
                median(cost.sign for cost in costs[whole]),
                median(cost.verify for cost in costs[whole]),
                middle(costs, stack, "cpu"),
                rest.value,
            ]
            name = f"{way}, {at_once} in flight, {scheme}" if tail else f"{way}, {scheme}"
            yield f"  {name:<44}" + "".join(f"{one * 1e6:>8.0f}" for one in figures)


def own(costs: Costs, *, is_async: bool, unit: Run | None = None) -> Middle:
    """All code of ours by itself: without RSA, and without what httpx, httpcore and h11 do."""
    tail = " async" if is_async else ""
    return remainder(costs, Run(f"inside: ours{tail}"), [Run(f"inside: httpx{tail}")], unit)


def beyond(costs: Costs, *, is_async: bool, unit: Run | None = None) -> Middle:
    """What a real call costs beyond its RSA and an unsigned call of httpx."""
    tail = " async" if is_async else ""
    return remainder(costs, Run(f"timed{tail}"), [Run(f"raw{tail}")], unit)


def beyond_by_hand(costs: Costs) -> Middle:
    """The same of the yardstick, whose RSA is that of our own call in the same round."""
    found: list[float] = []
    for hand, mine, raw, sign in zip(
        *(costs[run] for run in (Run("by hand"), Run("timed"), Run("raw"), SIGN)), strict=True
    ):
        found.append((hand.cpu - mine.sign - mine.verify - raw.cpu) / sign.cpu)
    return Middle.of(found)


def targets(costs: Costs) -> Iterator[Target]:
    """What the calls have to keep."""
    for scheme in SCHEMES:
        yield Target(
            f"CPU : yardstick, sync, {scheme}",
            ratio(costs, Run("ours", scheme), Run("by hand", scheme), "cpu"),
            0.95,
        )
        for name, limit in (("ours async", 0.85), ("ours fast", 0.55)):
            for at_once in AT_ONCE:
                below = Run("by hand async", scheme, at_once)
                yield Target(
                    f"CPU : yardstick, {name}, {at_once} in flight, {scheme}",
                    ratio(costs, Run(name, scheme, at_once), below, "cpu"),
                    limit,
                )
    yield Target(
        "calls/s : wechatpayv3, sync, tls",
        ratio(costs, Run("wechatpayv3"), Run("ours"), "wall"),
        15,
        at_least=True,
    )
    for name, limit in (("ours async", 1.2), ("ours fast", 1.9)):
        for at_once in AT_ONCE:
            above = Run("wechatpayv3 async", "tls", at_once)
            yield Target(
                f"calls/s : wechatpayv3, {name}, {at_once} in flight, tls",
                ratio(costs, above, Run(name, "tls", at_once), "wall"),
                limit,
                at_least=True,
            )
    yield from _own_targets(costs)
    yield from _thread_targets(costs)


def _own_targets(costs: Costs) -> Iterator[Target]:
    micro = REFERENCE_SIGN * 1e6
    for is_async in (False, True):
        way, tail = ("async", " async") if is_async else ("sync", "")
        signs, seconds = (beyond(costs, is_async=is_async, unit=unit) for unit in (SIGN, None))
        part = seconds.times(100 / middle(costs, Run(f"timed{tail}"), "cpu"))
        yield Target(f"beyond RSA and raw httpx, {way}", signs.times(micro), 60, unit=" µs")
        yield Target(f"beyond RSA and raw httpx, {way}, of CPU", part, 10, unit=" %")
    hand = beyond_by_hand(costs).times(micro)
    yield Target("beyond RSA and raw httpx, by hand", hand, 60, unit=" µs", judged=False)
    for is_async in (False, True):
        alone = own(costs, is_async=is_async, unit=SIGN).times(micro)
        way = "async" if is_async else "sync"
        yield Target(f"own code in memory, {way}", alone, 60, unit=" µs", judged=False)


def _thread_targets(costs: Costs) -> Iterator[Target]:
    free, without_us = (
        ratio(costs, one, two, "wall") for one, two in ((ALONE, PROCESSES), NOTHING_OF_OURS)
    )
    # Where httpx and RSA do not reach it without a line of ours, it says nothing about us.
    is_free = free.value >= FREE and without_us.value >= ENOUGH
    note = f"two processes reach {free.value:.2f}"
    yield Target(
        "calls/s, 2 threads : 1, without a server",
        ratio(costs, ALONE, THREADS, "wall"),
        ENOUGH,
        at_least=True,
        judged=is_free,
        note=note,
    )
    for name, (one, two) in {
        "RSA alone": (SIGN, SIGN_THREADS),
        "RSA and httpx, no code of ours": NOTHING_OF_OURS,
    }.items():
        yield Target(
            f"calls/s, 2 threads : 1, {name}",
            ratio(costs, one, two, "wall"),
            ENOUGH,
            at_least=True,
            judged=False,
        )
    for scheme in SCHEMES:
        yield Target(
            f"calls/s, 2 threads : 1, {scheme}",
            ratio(costs, Run("ours", scheme), Run("ours", scheme, threads=2), "wall"),
            ENOUGH,
            at_least=True,
            # The server has one core, the two threads have what is left.
            judged=is_free and (os.cpu_count() or 1) >= CORES,
        )
