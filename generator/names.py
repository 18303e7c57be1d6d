"""Names in generated code that can't collide."""

from __future__ import annotations

import builtins
import hashlib
import re
from collections.abc import Sequence, Set
from itertools import chain, count
from typing import Final

from openapi_python_client.strings import pascal_case

BASE_ERRORS: Final = frozenset(
    {"APIError", "ClientError", "InvalidInputError", "InvalidResponseError", "OutcomeUnknown"}
    | {"ResponseError", "UnverifiedResponseError"}
)
"""The exceptions of every package, whatever its spec."""


def unique(names: Sequence[str], reserved: Set[str]) -> list[str]:
    """Return the names, with an underscore behind reserved ones and a number behind duplicates.

    A name that is free as it is keeps it, whatever stands before it.
    """
    result: list[str] = []
    for name in names:
        behind = "_" if name in reserved else ""
        candidates = chain([name + behind], (f"{name}_{number}" for number in count(2)))
        result.append(
            next(
                found
                for found in candidates
                if found not in reserved
                and found not in result
                and (found == name or found not in names)
            )
        )
    return result


def constant(value: str | int, spare: str, index: int) -> str:
    """Return the name of an enum's value: the value itself, if need be made fit.

    Args:
        value: The value.
        spare: The spec's own name for it. Often it has a prefix, for languages whose enums
            share one name space, so it comes second.
        index: The position of the value.
    """
    if isinstance(value, int):
        own = f"VALUE_MINUS_{-value}" if value < 0 else f"VALUE_{value}"
        return _identifier(spare) or own
    exact = value.upper()
    if exact.isidentifier() and not exact.startswith("_"):
        return exact
    return _identifier(spare) or _identifier(value) or f"VALUE_{index}"


def _identifier(text: str) -> str | None:
    """Return text as an upper-case identifier, if enough of it is left."""
    name = re.sub(r"\W+", "_", text.upper()).strip("_")
    if name[:1].isdecimal():
        name = f"VALUE_{name}"
    return name if name.isidentifier() else None


def short(name: str) -> str:
    """Return a name that fits into a file's name; of a long one its beginning and a hash.

    Some 250 bytes are allowed, and spelling in snake case may double a name.
    """
    encoded = name.encode()
    if len(encoded) <= 100:
        return name
    return f"{encoded[:60].decode(errors='ignore')}_{hashlib.sha256(encoded).hexdigest()[:8]}"


def error_class(code: str) -> str:
    """Return the name of the exception for an error code: `NOT_ENOUGH` gives `NotEnoughError`.

    A name that is taken, by Python or by a base class, gets `Platform` in front: `SYSTEM_ERROR`
    gives `PlatformSystemError`, because `SystemError` would hide Python's own.
    """
    name = re.sub("(?i:error)$", "", pascal_case(code.lower())) + "Error"
    return f"Platform{name}" if name in BASE_ERRORS or hasattr(builtins, name) else name
