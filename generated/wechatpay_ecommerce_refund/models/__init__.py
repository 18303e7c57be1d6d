# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""The models and enums of the spec."""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
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

_MODULES: Final[dict[str, str]] = {
    "Account": ".account",
    "CreateReturnAdvanceRequest": ".create_return_advance_request",
    "ReturnAdvance": ".return_advance",
    "ReturnAdvanceResult": ".return_advance_result",
}


def __getattr__(name: str) -> object:
    """Import a model at its first use, because a large spec has thousands."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(_MODULES[name], __name__), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
