"""Stands for the module that the templates write: the facts of a contract."""

from typing import Final

REQUEST_ID: Final = "Request-ID"
MUST_BE_VERIFIED: Final = True
