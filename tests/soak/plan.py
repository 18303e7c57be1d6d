"""Which calls a soak makes and what goes wrong with each, drawn from a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Where = Literal["nowhere", "wire", "platform", "clock", "keys"]
Operation = Literal["create", "query", "missing"]

ALWAYS = 1_000
"""More often than any call is repeated."""
RETRIES = 4
PASSING = 2
"""Requests that trouble hits before it passes: the rest is spare, for a connection that the trouble
of another call took along."""
FORGED_AMOUNT = 66_666_666
"""Stands in each forged response and in no genuine one."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One way for a call to go wrong."""

    name: str
    weight: float
    """Calls of a thousand."""
    where: Where
    heals: bool = True
    """Whether the call must succeed once the trouble has passed."""
    silent: bool = False
    """Whether only a time limit ends it; such calls go through a client with a short one."""
    always: bool | None = None
    """Whether every attempt is hit; None leaves it to chance."""
    only: Operation | None = None
    harmless: bool = False
    """Whether the call must succeed however often it is hit."""


CLEAN = Kind("clean", 0, "nowhere")

KINDS: Sequence[Kind] = (
    # What TCP does.
    Kind("reset on the way there", 5, "wire"),
    Kind("reset before the response", 6, "wire"),
    Kind("reset after the headers", 5, "wire"),
    Kind("reset in the body", 5, "wire"),
    Kind("close on the way there", 3, "wire"),
    Kind("close before the response", 4, "wire"),
    Kind("close in the body", 4, "wire"),
    Kind("close after the response", 10, "wire", harmless=True),
    Kind("half-open before the response", 3, "wire", silent=True),
    Kind("half-open in the body", 2, "wire", silent=True),
    Kind("slow drip", 3, "wire", harmless=True),
    Kind("first host lost", 5, "wire", always=True, harmless=True),
    Kind("both hosts lost", 2, "wire", always=True),
    # What HTTP should not do.
    Kind("oversized body", 2, "wire"),
    Kind("endless body", 1, "wire"),
    Kind("gzip bomb", 2, "wire"),
    Kind("broken gzip", 1, "wire"),
    Kind("no HTTP", 2, "wire"),
    Kind("signature twice", 2, "wire"),
    Kind("folded header", 1, "wire", heals=False),
    Kind("invalid UTF-8", 2, "wire"),
    Kind("wrong content type", 2, "wire", harmless=True),
    # What an attacker does.
    Kind("signed by another key", 5, "wire"),
    Kind("tampered body", 5, "wire"),
    Kind("forged without signature", 3, "wire"),
    # The platform made it for another call: no repetition, since it would be as wrong.
    Kind("response to another refund", 5, "wire", heals=False),
    # What the platform does.
    Kind("probe signature", 10, "platform"),
    Kind("500", 4, "platform"),
    Kind("500 after the change", 4, "platform", only="create"),
    Kind("502 after the change", 3, "platform", only="create"),
    Kind("202", 2, "platform"),
    Kind("503", 2, "platform"),
    Kind("429 storm", 4, "platform", always=True, heals=False),
    Kind("429 after the change", 4, "platform", only="create"),
    Kind("no answer", 3, "platform"),
    Kind("lost response", 6, "platform", only="create"),
    Kind("broken off", 3, "platform"),
    Kind("stale timestamp", 3, "platform"),
    Kind("no signature", 3, "platform"),
    Kind("refused", 5, "platform", heals=False, only="create"),
    Kind("new enum value", 2, "platform", harmless=True),
    # What time and keys do.
    Kind("clock off", 2, "clock", always=True, heals=False),
    # Whether it hits signing or proving depends on what else reads the clock.
    Kind("clock jumps", 3, "clock", heals=False),
    Kind("certificate rotated", 0.5, "keys", harmless=True),
)
BY_NAME = {kind.name: kind for kind in (CLEAN, *KINDS)}


@dataclass(frozen=True, slots=True)
class Planned:
    """A call, and what goes wrong with it."""

    number: int
    operation: Operation
    refund: int
    """The refund's number; calls of one round are about different ones."""
    kind: str
    times: int
    """How many of its requests are hit."""

    @property
    def refund_id(self) -> str:
        return f"{self.refund:032d}"

    @property
    def amount(self) -> int:
        """What a genuine response says."""
        return self.refund + 1

    @property
    def must_succeed(self) -> bool:
        """Whether nothing excuses any other end than the documented one."""
        kind = BY_NAME[self.kind]
        if kind.silent or kind.where == "keys":
            return False  # how long things take decides
        return kind.harmless or (kind.heals and self.times <= PASSING) or kind is CLEAN

    def __str__(self) -> str:
        return f"#{self.number} {self.operation} {self.refund_id}: {self.kind}, {self.times} times"


def rounds(calls: int, seed: int, size: int = 1000) -> Iterator[list[Planned]]:
    """Draw the calls, so many at a time."""
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    weights = [kind.weight for kind in KINDS]
    clean = 1000 - sum(weights)
    created: list[int] = []
    for first in range(0, calls, size):
        plan: list[Planned] = []
        for number in range(first, min(first + size, calls)):
            kind = chance.choices((CLEAN, *KINDS), (clean, *weights))[0]
            operation: Operation = (
                kind.only or chance.choices(("create", "query", "missing"), (7, 2, 1))[0]
            )
            if operation == "query" and not created:
                operation = "missing"
            refund = created.pop() if operation == "query" else number
            plan.append(Planned(number, operation, refund, kind.name, _times(kind, chance)))
        created = [one.refund for one in plan if one.operation == "create" and one.kind == "clean"]
        yield plan


def _times(kind: Kind, chance: random.Random) -> int:
    if kind is CLEAN:
        return 0
    if kind.where == "keys" or (kind.where == "clock" and not kind.always):
        return 1
    if kind.always is None:
        return ALWAYS if chance.random() < 0.25 else chance.randint(1, PASSING)
    return ALWAYS if kind.always else 1
