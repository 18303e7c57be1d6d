"""What is planned to go wrong, and with which request."""

from __future__ import annotations

from dataclasses import dataclass

from ._http import Request
from .faults import Fault


@dataclass(slots=True)
class _Entry:
    faults: tuple[Fault, ...]
    times: int | None
    method: str | None
    target: str | None
    host: str | None

    def fits(self, request: Request) -> bool:
        return (
            self.method in {None, request.method}
            and (self.target is None or self.target in request.target)
            and self.host in {None, request.headers.get("Host")}
        )


class Plan:
    """Planned faults; each request takes the oldest entry that fits it."""

    def __init__(self) -> None:
        self._entries: list[_Entry] = []

    def add(
        self,
        faults: tuple[Fault, ...],
        times: int | None,
        *,
        method: str | None = None,
        target: str | None = None,
        host: str | None = None,
    ) -> None:
        """Plan faults for a number of requests; None means for all that come."""
        if times is not None and times < 1:
            raise ValueError(f"times: {times} is not at least 1")
        self._entries.append(_Entry(faults, times, method, target, host))

    def take(self, request: Request) -> tuple[Fault, ...]:
        """Give what goes wrong with a request, and count it."""
        for index, entry in enumerate(self._entries):
            if entry.fits(request):
                if entry.times is not None:
                    entry.times -= 1
                    if entry.times <= 0:
                        del self._entries[index]
                return entry.faults
        return ()

    def clear(self) -> None:
        """Forget everything planned."""
        self._entries.clear()
