"""Placeholder for the module which the template writes: the errors of a spec without codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .base_errors import APIError, error_of

BY_STATUS: Final[Mapping[int, type[APIError]]] = {}


def api_error(status: int, document: object) -> APIError:
    """Return the error for a status and an error body of any shape."""
    return error_of(status, document, BY_STATUS, {})
