# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""Facts of the spec which every call needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from .models.return_advance import ReturnAdvance
    from .operation import Call

    SettlingQuery: TypeAlias = Call[ReturnAdvance]
    """The query which tells how a call with an unknown outcome ended."""

REQUEST_ID: Final = "Request-ID"
"""Header of a response with its id for the platform's support."""

MUST_BE_VERIFIED: Final = True
"""Whether responses are signed; an unverified success is then refused."""
