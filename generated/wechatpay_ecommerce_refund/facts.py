# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""Facts of the contract that every call needs."""

from typing import Final

REQUEST_ID: Final = "Request-ID"
"""Header of a reply that names it for support."""

MUST_BE_VERIFIED: Final = True
"""The contract's replies are signed: a success that nobody verified is not believed."""
