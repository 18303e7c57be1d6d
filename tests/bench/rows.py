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
SYNC = ("raw", "stack", "by hand", "ours", "wechatpayv3")
ASYNC = (*(f"{name} async" for name in SYNC), "stack fast", "ours fast")
SIGN, VERIFY = Run("sign"), Run("verify")
INSIDE = tuple(Run(f"inside: {name}") for name in ("ours", "httpx", "ours async", "httpx async"))
ALONE, THREADS = Run("inside: RSA"), Run("inside: RSA", threads=2)
PROCESSES = Run("inside: RSA", processes=2)
CORES = 3  # for two threads and a server
FREE = 1.8
"""Two cores are free if two processes get so much more done than one."""

LABELS = {
    "raw": "raw httpx, unsigned",
    "stack": "our httpx client, our request, unsigned",
    "by hand": "by hand: httpx + cryptography (yardstick)",
    "ours": "this client",
    "stack fast": "its httpx client, our request, unsigned",
    "ours fast": "this client, fast=True",
}


def groups() -> list[list[Run]]:
    """Everybody, beside those they are compared with."""
    found: list[list[Run]] = []
    for scheme in SCHEMES:
        threads = Run("ours", scheme, threads=2)
        found.append([*(Run(name, scheme) for name in (*SYNC, "timed")), threads])
        names = (*ASYNC, *(f"timed {way}" for way in WAYS))
        found += [[Run(name, scheme, at_once) for name in names] for at_once in AT_ONCE]
    found += [[SIGN, VERIFY, *INSIDE], [ALONE, THREADS, PROCESSES]]
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
    """Our own code by itself: without RSA, and without what httpx, httpcore and h11 do for it."""
    tail = " async" if is_async else ""
    return remainder(costs, Run(f"inside: ours{tail}"), [Run(f"inside: httpx{tail}")], unit)


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
    for is_async in (False, True):
        way, tail = ("async", " async") if is_async else ("sync", "")
        signs, seconds = (own(costs, is_async=is_async, unit=unit) for unit in (SIGN, None))
        total = middle(costs, Run(f"ours{tail}"), "cpu")
        scaled = signs.times(REFERENCE_SIGN * 1e6)
        part = seconds.times(100 / total)
        yield Target(f"own code, {way}, scaled", scaled, 60, unit=" µs")
        yield Target(f"own code, {way}, of CPU per call, tls", part, 10, unit=" %")


def _thread_targets(costs: Costs) -> Iterator[Target]:
    free = ratio(costs, ALONE, PROCESSES, "wall")
    is_free = free.value >= FREE
    note = f"two processes reach {free.value:.2f}"
    yield Target(
        "calls/s, 2 threads : 1, without a server",
        ratio(costs, ALONE, THREADS, "wall"),
        1.6,
        at_least=True,
        judged=is_free,
        note=note,
    )
    for scheme in SCHEMES:
        yield Target(
            f"calls/s, 2 threads : 1, {scheme}",
            ratio(costs, Run("ours", scheme), Run("ours", scheme, threads=2), "wall"),
            1.6,
            at_least=True,
            # The server has one core, the two threads have what is left.
            judged=is_free and (os.cpu_count() or 1) >= CORES,
        )
