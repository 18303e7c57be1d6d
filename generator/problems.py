"""What is wrong with a spec: where, what, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Problem(NamedTuple):
    """One thing that is wrong with a spec."""

    pointer: str
    """JSON pointer of the place, with a leading `#`; empty where there is none."""
    message: str
    """What was found; behind a semicolon, what to do."""
    source: str = ""
    line: int = 0

    def __str__(self) -> str:
        where = f"{self.source}:{self.line}" if self.line else self.source
        return ": ".join(filter(None, (where, self.pointer, self.message)))


class UnreadableError(Exception):
    """A page or a spec can't be read; the message says where and why."""


class GenerationError(UnreadableError):
    """A spec can't be turned into a client; `problems` has every reason that was found."""

    def __init__(self, *problems: Problem | str) -> None:
        self.problems = tuple(dict.fromkeys(map(_problem, problems)))
        super().__init__("\n".join(map(str, self.problems)))

    def located(self, source: str, line_of: Callable[[str], int]) -> GenerationError:
        """Return the same with the line of each place, in the order of the file."""
        located = [
            one._replace(source=source, line=line_of(one.pointer)) if one.pointer else one
            for one in self.problems
        ]
        return GenerationError(*sorted(located, key=lambda one: one.line))


def _problem(found: Problem | str) -> Problem:
    """Take the pointer out of a text that begins with one."""
    if isinstance(found, Problem):
        return found
    pointer, colon, message = found.partition(": ")
    if colon and pointer.startswith("#/"):
        return Problem(pointer, message)
    return Problem("", found)
