# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""Checks the settings of a client, so that a wrong one never ends in an unknown outcome later."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from inspect import iscoroutinefunction
from types import ModuleType
from typing import Final, cast

from .base_errors import InvalidInputError

_LONGEST: Final = 1_000_000.0
"""Seconds. Operating systems store the milliseconds of a wait in 31 bits."""

_LEAST: Final = 0.001

_PHASES: Final = ("connect", "read", "write", "pool")


BASE_URL: Final = "WECHATPAY_BASE_URL"
BACKUP_URL: Final = "WECHATPAY_BACKUP_URL"


def hosts_of(environ: Mapping[str, str] | None, library: ModuleType) -> dict[str, str]:
    """Return the hosts in the environment variables, as arguments of `Client`.

    Spaces and quotes around a value are dropped, because `docker run --env-file` keeps them.

    Raises:
        InvalidInputError: A value is no usable URL. The error names the variable.
    """
    source = os.environ if environ is None else environ
    found: dict[str, str] = {}
    for argument, variable in {"base_url": BASE_URL, "backup_url": BACKUP_URL}.items():
        value = source.get(variable) or ""
        if not isinstance(cast("object", value), str):
            raise InvalidInputError(variable, "must be text", type(value))
        value = value.strip()
        if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1].strip()
        if value:
            found[argument] = require_url(variable, value, library)
    return found


def require_url(name: str, url: object, library: ModuleType) -> str:
    """Return a base URL without its last slash.

    Raises:
        InvalidInputError: The value is no usable URL. The error names the argument.
    """
    if not isinstance(url, str):
        raise InvalidInputError(name, "must be text such as https://api.example.com", type(url))
    shown: object = type(url) if "@" in url else url  # do not show a password before the @
    if not url.isprintable() or any(map(str.isspace, url)):
        raise InvalidInputError(name, "must have neither spaces nor control characters", shown)
    try:
        parsed = library.URL(url)
        scheme, host, port = parsed.scheme, parsed.host, parsed.port
        # The connection will do the same; it fails for an empty or too long label.
        parsed.raw_host.decode("ascii").encode("idna")
    except Exception:  # noqa: BLE001 - URL parsers raise many kinds of errors
        raise InvalidInputError(
            name, "must be a URL such as https://api.example.com", shown
        ) from None
    if scheme not in {"https", "http"} or not host:
        raise InvalidInputError(name, "must begin with https:// and a host", shown)
    if parsed.userinfo:
        raise InvalidInputError(name, "must name no user and no password", shown)
    if port is not None and not 0 < port < 1 << 16:
        raise InvalidInputError(name, "must have a port from 1 to 65535", shown)
    if "?" in url or "#" in url:
        raise InvalidInputError(name, "must end before ? and #", shown)
    return url.rstrip("/")


def require_header(name: str, text: object) -> str:
    """Return a header's text, or raise InvalidInputError with the header's name."""
    if not isinstance(text, str):
        raise InvalidInputError(name, "must be text", type(text))
    if not text.isascii() or not text.isprintable() or text != text.strip():
        raise InvalidInputError(name, "must be printable ASCII text without spaces around it", text)
    return text


def require_count(name: str, count: object) -> int:
    """Return a whole number from 0 on, or raise InvalidInputError."""
    if isinstance(count, bool) or not isinstance(count, int):
        raise InvalidInputError(name, "must be a whole number", count)
    if count < 0:
        raise InvalidInputError(name, "must be at least 0", count)
    return count


def require_seconds(
    name: str, seconds: object, *, least: float = 0.0, most: float = _LONGEST
) -> float:
    """Return a number of seconds from `least` to `most`, or raise InvalidInputError."""
    # NaN fails this comparison, too.
    if (
        isinstance(seconds, bool)
        or not isinstance(seconds, int | float)
        or not least <= seconds <= most
    ):
        raise InvalidInputError(name, f"must be seconds from {least:g} to {most:.0f}", seconds)
    return seconds


def require_callable(name: str, given: object, *, is_async: bool = False) -> None:
    """Raise InvalidInputError unless it is a function; an async one is allowed with `is_async`."""
    if not callable(given):
        raise InvalidInputError(name, "must be a function", type(given))
    if iscoroutinefunction(given) and not is_async:
        raise InvalidInputError(name, "must not be an async function", given)


def limits_of(timeout: object) -> dict[str, float | None]:
    """Return the seconds of each phase, or raise InvalidInputError.

    Args:
        timeout: Seconds for each phase, or a Timeout of httpx or httpx2.
    """
    as_dict: Callable[[], dict[str, float | None]] | None = getattr(timeout, "as_dict", None)
    if as_dict is None:
        return dict.fromkeys(_PHASES, require_seconds("timeout", timeout, least=_LEAST))
    limits = as_dict()
    for seconds in limits.values():
        if seconds is not None:  # None: the phase has no limit of its own
            require_seconds("timeout", seconds, least=_LEAST)
    return limits
