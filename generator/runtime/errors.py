"""Stands for the module that the templates write: the errors of a contract without any codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .base_errors import APIError, error_of

BY_STATUS: Final[Mapping[int, type[APIError]]] = {}


def api_error(status: int, document: object) -> APIError:
    """Return the error that a status and an error body of any shape stand for."""
    return error_of(status, document, BY_STATUS, {})
