"""The arithmetic of the table and the verdicts. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from .race import Cost, Run

Costs = Mapping[Run, Sequence[Cost]]
What = Literal["cpu", "wall"]
WHATS: tuple[What, What] = ("cpu", "wall")

REFERENCE_SIGN = 222e-6
"""Seconds that one RSA-2048 signature takes on the machine that the targets speak of."""


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

    def times(self, factor: float) -> Middle:
        return Middle(self.value * factor, self.low * factor, self.high * factor)


@dataclass(frozen=True, slots=True)
class Target:
    """A figure, the limit it has to keep, and whether it does."""

    name: str
    figure: Middle | None
    """None if it could not be measured."""
    limit: float
    at_least: bool = False
    unit: str = ""
    judged: bool = True
    note: str = ""

    @property
    def verdict(self) -> str:
        if self.figure is None:
            return "not measured"
        kept = self.figure.value >= self.limit if self.at_least else self.figure.value <= self.limit
        if not self.judged:
            return "(met)" if kept else "(missed)"
        near = ", within the noise" if self.figure.low <= self.limit <= self.figure.high else ""
        return ("met" if kept else "MISSED") + near

    @property
    def is_missed(self) -> bool:
        return self.verdict.startswith("MISSED")

    def __str__(self) -> str:
        sign = ">=" if self.at_least else "<="
        figure = "-"
        if self.figure is not None:
            figure = f"{self.figure.value:.3g}"
            if self.figure.low != self.figure.high:
                figure += f" ({self.figure.low:.3g} .. {self.figure.high:.3g})"
        limit = f"{sign} {self.limit:g}{self.unit}"
        note = f"; {self.note}" if self.note else ""
        return f"  {self.name:<52}{figure:>24}  {limit:<11} {self.verdict}{note}"


def cost_of(cost: Cost, what: What) -> float:
    return cost.cpu if what == "cpu" else cost.wall


def middle(costs: Costs, run: Run, what: What) -> float:
    """The median cost of a call."""
    return median(cost_of(cost, what) for cost in costs[run])


def calm(costs: Costs, run: Run) -> float:
    """The CPU of a call in the calmest tenth of the rounds, where others disturbed it least."""
    ordered = sorted(cost.cpu for cost in costs[run])
    return ordered[len(ordered) // 10]


def ratio(costs: Costs, above: Run, below: Run, what: What) -> Middle:
    """The median of the ratios of two rows, each taken within a round."""
    pairs = zip(costs[above], costs[below], strict=True)
    return Middle.of([cost_of(one, what) / cost_of(other, what) for one, other in pairs])


def remainder(costs: Costs, whole: Run, parts: Sequence[Run], unit: Run | None = None) -> Middle:
    """The median of a row's CPU less its own RSA and some other rows; in seconds, or in units."""
    left: list[float] = []
    for number, cost in enumerate(costs[whole]):
        rest = cost.cpu - cost.sign - cost.verify - sum(costs[part][number].cpu for part in parts)
        left.append(rest / costs[unit][number].cpu if unit else rest)
    return Middle.of(left)
