# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""Facts of the spec that every call needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from .models.return_advance import ReturnAdvance
    from .operation import Call

    SettlingQuery: TypeAlias = Call[ReturnAdvance]
    """The call that tells how a call of unknown outcome ended."""

REQUEST_ID: Final = "Request-ID"
"""Header of a response that names it for support."""

MUST_BE_VERIFIED: Final = True
"""Whether responses are signed, and a success that nobody verified is refused."""
