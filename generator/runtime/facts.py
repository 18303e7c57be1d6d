"""Placeholder for the module which the template writes: the facts of a spec."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from .operation import Call

    SettlingQuery: TypeAlias = Call[object] | None

REQUEST_ID: Final = "Request-ID"
MUST_BE_VERIFIED: Final = True
