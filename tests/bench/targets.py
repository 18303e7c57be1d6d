"""The arithmetic, the verdicts and the table. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from .measure import (
    ASYNC_1,
    ASYNC_8,
    ASYNC_50,
    LIBRARIES,
    SYNC,
    THREADS_16,
    Costs,
    Row,
    Seconds,
    Used,
)

GROWTH = {"KiB": 1024, "objects": 100}
"""What 80,000 calls may add. One lost object of the smallest kind (16 bytes) for each call would be
1,250 KiB; the allocator alone moves by some hundreds. Lost objects that hold others are counted."""


@dataclass(frozen=True, slots=True)
class Middle:
    """A median, and where the true one lies with 95 % confidence."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Middle:
        ordered, count = sorted(values), len(values)
        # How many of them lie below the true median is binomial: no shape has to be assumed.
        reach = 0.98 * math.sqrt(count)
        low = max(0, math.floor((count - 1) / 2 - reach))
        high = min(count - 1, math.ceil((count - 1) / 2 + reach))
        return cls(median(ordered), ordered[low], ordered[high])

    @classmethod
    def of_ratios(cls, above: Sequence[float], below: Sequence[float]) -> Middle:
        """Return the median of the ratios, each taken within a round."""
        return cls.of([one / other for one, other in zip(above, below, strict=True)])


@dataclass(frozen=True, slots=True)
class Target:
    """A figure, the limit it has to keep, and whether it does."""

    name: str
    figure: Middle
    limit: float
    at_least: bool = False

    @property
    def is_missed(self) -> bool:
        value = self.figure.value
        return value < self.limit if self.at_least else value > self.limit

    def __str__(self) -> str:
        figure = f"{self.figure.value:.3g} ({self.figure.low:.3g} .. {self.figure.high:.3g})"
        limit = f"{'>=' if self.at_least else '<='} {self.limit:g}"
        near = self.figure.low <= self.limit <= self.figure.high
        verdict = ("MISSED" if self.is_missed else "met") + (", within the noise" if near else "")
        return f"  {self.name:<66}{figure:>24}  {limit:<8} {verdict}"


def cpu(costs: Costs, row: Row, other: str) -> Middle:
    """Return the CPU of a call, as a ratio to another contender's."""
    pair = (costs[one] for one in (row, row._replace(contender=other)))
    return Middle.of_ratios(*([cost.cpu for cost in found] for found in pair))


def speed(costs: Costs, row: Row, other: str) -> Middle:
    """Return the calls per second, as a ratio to another contender's."""
    pair = (costs[one] for one in (row._replace(contender=other), row))
    return Middle.of_ratios(*([cost.wall for cost in found] for found in pair))


def of_calls(costs: Costs) -> Iterator[Target]:
    """Judge the calls, all over TLS."""
    for library in (*LIBRARIES, "httpx-aiohttp"):
        for mode in (SYNC, ASYNC_1, ASYNC_8, ASYNC_50):
            if mode.is_async or library in LIBRARIES:
                figure = cpu(costs, Row(f"ours, {library}", mode), f"by hand, {library}")
                yield Target(f"CPU : by hand, {library}; {mode.name}", figure, 1.08)
    for mode, library, limit in (
        (SYNC, "httpx2", 1.0),
        (ASYNC_8, "httpx2", 0.70),
        (ASYNC_8, "httpx-aiohttp", 0.55),
    ):
        figure = cpu(costs, Row(f"ours, {library}", mode), "by hand, httpx")
        yield Target(f"CPU of {library} : by hand, httpx; {mode.name}", figure, limit)
    for mode, library, limit in (
        (SYNC, "httpx", 15),
        (SYNC, "httpx2", 15),
        (THREADS_16, "httpx", 5),
        (THREADS_16, "httpx2", 5),
        (ASYNC_50, "httpx", 0.95),
        (ASYNC_50, "httpx2", 1.7),
        (ASYNC_50, "httpx-aiohttp", 1.9),
    ):
        figure = speed(costs, Row(f"ours, {library}", mode), "wechatpayv3")
        name = f"calls/s of {library} : wechatpayv3; {mode.name}"
        yield Target(name, figure, limit, at_least=True)


def of_processes(own: Seconds, cold: Seconds, imported: Seconds, used: Used) -> Iterator[Target]:
    """Judge all else."""
    for name, seconds in own.items():
        micro = Middle.of([one * 1e6 for one in seconds])
        yield Target(f"own code in memory, µs; {name}", micro, 60)
    for library in LIBRARIES:
        figure = Middle.of_ratios(cold[f"ours, {library}"], cold[f"by hand, {library}"])
        yield Target(f"cold start : by hand, {library}", figure, 1.15)
    first, *_, last = imported
    figure = Middle.of_ratios(imported[last], imported[first])
    yield Target(f"import of one operation, {last} : {first}", figure, 2)
    for name, (early, late) in used.items():
        for what, limit in GROWTH.items():
            figure = Middle.of([float(late[what] - early[what])])
            yield Target(f"{what} added; {name}", figure, limit)


def rows(costs: Costs) -> Iterator[str]:
    """Return the table of calls."""
    group = None
    for row, found in costs.items():
        if group != row[1:]:
            group = row[1:]
            head = "CPU µs  calls/s  CPU : by hand  : by hand, httpx  calls/s : wechatpayv3"
            yield f"\n{f'{row.mode.name}, {row.scheme}':<37}{head}"
        library = row.contender.partition(", ")[2] or "httpx"
        hand, httpx = (cpu(costs, row, f"by hand, {one}").value for one in (library, "httpx"))
        micro = median(cost.cpu for cost in found) * 1e6
        second = 1 / median(cost.wall for cost in found)
        faster = speed(costs, row, "wechatpayv3").value
        yield (
            f"  {row.contender:<33}{micro:>8.0f}{second:>9.0f}"
            f"{hand:>15.2f}{httpx:>18.2f}{faster:>23.2f}"
        )
