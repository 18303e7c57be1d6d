"""Calls which tell the auth object more than the body: what to sign, and what comes unsigned."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

import attrs

from .base_errors import InvalidResponseError
from .operation import Call

if TYPE_CHECKING:
    from types import ModuleType

    from .library import HTTPResponse

T = TypeVar("T")

SIGNED_BODY: Final = "wechatpay_signed_body"
UNSIGNED_RESPONSE: Final = "wechatpay_unsigned_response"
RESPONSE_LIMIT: Final = "wechatpay_response_limit"
"""Keys in a request's extensions: the bytes to sign in place of the body, whether a success may
come unsigned, and how many bytes the body of the response may have."""

LIMIT: Final = 1 << 27
"""Bytes of an unsigned response which is read into memory."""

_SPARE: Final = 1 << 20


def extended_call(
    call: Call[T], *, signed: bytes | None = None, unsigned: bool = False, limit: int = LIMIT
) -> Call[T]:
    """Return a call with further extensions.

    Args:
        call: The call.
        signed: The bytes to sign in place of the body.
        unsigned: Whether its success is unsigned by design.
        limit: How many bytes such a success may have.
    """
    if signed is not None:
        call = attrs.evolve(call, extensions={**call.extensions, SIGNED_BODY: signed})
    if unsigned:
        # Our own bound comes first, because its error is not retried.
        about = {UNSIGNED_RESPONSE: True, RESPONSE_LIMIT: limit + _SPARE}
        call = attrs.evolve(
            call,
            headers={**call.headers, "Accept-Encoding": "identity"},
            extensions={**call.extensions, **about},
        )
    return call


def late_after(seconds: float, clock: Callable[[], float]) -> Callable[[], bool]:
    """Return a function which tells whether the seconds are over."""
    end = clock() + seconds
    return lambda: clock() > end


def require_no_coding(response: HTTPResponse) -> None:
    """Raise InvalidResponseError for a coded body: we ask for none, and it may expand endlessly."""
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    if coding != "identity":
        problem = f"has the content coding {coding[:40]!r}, although the request asked for none"
        raise InvalidResponseError("body", problem)


def receive(
    response: HTTPResponse, library: ModuleType, is_late: Callable[[], bool], limit: int = LIMIT
) -> None:
    """Read the body of a response within bounds, unless the auth object has read it.

    Args:
        response: Afterwards its body is in memory.
        library: httpx or httpx2.
        is_late: Tells whether the time is over.
        limit: How many bytes the body may have.

    Raises:
        InvalidResponseError: The body is too long or coded.
        ReadTimeout: Of the library. The time is over.
    """
    if response.is_closed:
        return
    stream: Any = response.stream  # of either library
    body = bytearray()
    try:
        require_no_coding(response)
        for piece in stream:
            _add(body, piece, response, library, is_late, limit)
    except BaseException:
        response.close()
        raise
    stream.close()
    response.stream = library.ByteStream(bytes(body))
    response.read()


async def areceive(
    response: HTTPResponse, library: ModuleType, is_late: Callable[[], bool], limit: int = LIMIT
) -> None:
    """Do the same as `receive` under asyncio."""
    if response.is_closed:
        return
    stream: Any = response.stream  # of either library
    body = bytearray()
    try:
        require_no_coding(response)
        async for piece in stream:
            _add(body, piece, response, library, is_late, limit)
    except BaseException:
        await response.aclose()
        raise
    await stream.aclose()
    response.stream = library.ByteStream(bytes(body))
    await response.aread()


def _add(
    body: bytearray,
    piece: bytes,
    response: HTTPResponse,
    library: ModuleType,
    is_late: Callable[[], bool],
    limit: int,
) -> None:
    if body and is_late():
        raise library.ReadTimeout(
            "the response was still coming in when its time was over", request=response.request
        )
    body += piece
    if len(body) > limit:
        raise InvalidResponseError("body", f"has more than {limit} bytes")
