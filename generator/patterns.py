"""Patterns of JSON Schema (ECMA-262) as patterns of Python."""

from __future__ import annotations

import re
import warnings

from .problems import GenerationError

_PARTS = re.compile(r"\\[\s\S]|\(\?<(?![=!])|\[\^?|[\s\S]")
_IN_PYTHON = {"$": r"\Z", "(?<": "(?P<"}


def python_pattern(pattern: str, where: str) -> str:
    r"""Return the pattern for `re.search` with `re.ASCII`.

    In Python `$` lets a final newline pass, so it becomes `\Z`; named groups are spelled
    differently; and a bracket inside a class has to be escaped.
    """
    translated = "".join(_translated(pattern))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(translated, re.ASCII)
    except (re.error, FutureWarning) as error:
        problem = f"{where}: the pattern {pattern} is not understood: {error}"
        raise GenerationError(problem) from None
    return translated


def _translated(pattern: str) -> list[str]:
    result: list[str] = []
    in_class = False
    for part in map(re.Match[str].group, _PARTS.finditer(pattern)):
        if in_class:
            result.append(f"\\{part}" if part in {"[", "[^", "&", "~", "|"} else part)
            in_class = part != "]"
        else:
            result.append(_IN_PYTHON[part] if part in _IN_PYTHON else part)  # noqa: SIM401
            in_class = part[0] == "["
    return result
