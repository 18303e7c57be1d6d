# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""The models and enums of the contract."""

from .account import Account
from .create_return_advance_request import CreateReturnAdvanceRequest
from .return_advance import ReturnAdvance
from .return_advance_result import ReturnAdvanceResult

__all__ = [
    "Account",
    "CreateReturnAdvanceRequest",
    "ReturnAdvance",
    "ReturnAdvanceResult",
]
