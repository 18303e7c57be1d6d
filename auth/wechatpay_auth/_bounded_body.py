"""Reads the body of a response that is not verified yet, within bounds of length and time.

Whoever sends the response chose its length, its content coding and its pace. Here the body is
gathered from the response's raw stream, piece by piece and counted, and what it would expand to is
measured before the HTTP library decodes it. The connection of a response that breaks a bound is
closed.
"""

import time
import zlib
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from ._errors import UnreadableResponseError
from ._rules import RawResponse
from ._steps import Received, ResponseLike, ResponseT

UNSIGNED_RESPONSE = "wechatpay_unsigned_response"
"""Key in ``request.extensions``: True lets an unsigned 2xx through, as unverified."""

RESPONSE_LIMIT = "wechatpay_response_limit"
"""Key in ``request.extensions``: how many bytes the response's body may have, coded and decoded."""

SIGNED_LIMIT = 1 << 20
"""Bytes of a signed response. The largest known, lists of certificates, have a few thousand."""

UNSIGNED_LIMIT = 1 << 27
"""Bytes of an unsigned download. The bill of a busy day has tens of millions."""

_ENCODING = "Content-Encoding"
_ACCEPTED = "Accept-Encoding"
_BOUNDED = "gzip, deflate"
# HTTP libraries may decode these, and Python's own modules cannot measure them.
_UNBOUNDED = ("br", "zstd")
_STEP = 1 << 16

_GZIP = zlib.MAX_WBITS | 16
_ZLIB = zlib.MAX_WBITS
_BARE = -zlib.MAX_WBITS
_WINDOWS = {"gzip": (_GZIP,), "deflate": (_ZLIB, _BARE)}


def offer_bounded_codings(headers: MutableMapping[str, str]) -> None:
    """Leave out of Accept-Encoding what we would refuse in the response."""
    offered = headers.get(_ACCEPTED, "").lower()
    if any(coding in offered for coding in _UNBOUNDED):
        headers[_ACCEPTED] = _BOUNDED


@dataclass(frozen=True, slots=True, eq=False)
class BodyReader:
    """Reads the body of one library's responses."""

    in_memory: Callable[[bytes], object]
    """The library's stream over bytes."""

    read_timeout: Callable[..., Exception]
    """The library's error for a response that took too long."""

    request_error: type[Exception]
    """The base of the library's errors that tell which request they are about."""

    def read(self, response: ResponseT, limit: int, ends_at: float | None) -> Received[ResponseT]:
        """Read the response within its bounds; the result says which of them it broke, if any.

        Args:
            response: Afterwards its body is in memory; an empty one, if a bound was broken.
            limit: Bytes that the body may have, both as it comes and after decoding.
            ends_at: When to stop waiting for pieces, in the seconds of `time.monotonic`.

        Raises:
            Exception: The library's read timeout, or what its transport raises.
        """
        if response.is_closed:  # it came from memory, or a hook has read it
            return _received(response, _excess(len(response.read()), limit))
        stream, body = response.stream, bytearray()
        try:
            for piece in stream:
                if body:
                    self._require_time(ends_at)
                body += piece
                if len(body) > limit:
                    break
        except self.request_error as error:
            _name_request(error, response)
            raise
        stream.close()
        problem = self._bounded(response, body, limit)
        response.read()
        response.stream = stream  # httpx asks it how long the response took
        return _received(response, problem)

    async def aread(
        self, response: ResponseT, limit: int, ends_at: float | None
    ) -> Received[ResponseT]:
        """Do what `read` does, awaiting."""
        if response.is_closed:
            return _received(response, _excess(len(await response.aread()), limit))
        stream, body = response.stream, bytearray()
        try:
            async for piece in stream:
                if body:
                    self._require_time(ends_at)
                body += piece
                if len(body) > limit:
                    break
        except self.request_error as error:
            _name_request(error, response)
            raise
        await stream.aclose()
        problem = self._bounded(response, body, limit)
        await response.aread()
        response.stream = stream
        return _received(response, problem)

    def _bounded(
        self, response: ResponseLike, body: bytearray, limit: int
    ) -> UnreadableResponseError | None:
        """Put the body where the library decodes it; an empty one if it breaks a bound."""
        problem = _problem_of(body, response.headers.get(_ENCODING), limit)
        if problem is not None:
            body.clear()
            response.headers.pop(_ENCODING, None)
        response.stream = self.in_memory(bytes(body))
        return problem

    def _require_time(self, ends_at: float | None) -> None:
        # Checked from the second piece on: a response in one piece is complete, however late.
        if ends_at is not None and time.monotonic() > ends_at:
            raise self.read_timeout("the response was still coming in when its time was over")


def _name_request(error: Any, response: ResponseLike) -> None:  # noqa: ANN401 - of any library
    # httpx sets the request of an error only while it reads the body itself.
    error.request = response.request


def _received(response: ResponseT, problem: UnreadableResponseError | None) -> Received[ResponseT]:
    # The library gives names in lower case, and joins the values of a header that came twice.
    headers = dict(response.headers.items())
    return Received(response, RawResponse(response.status_code, headers, response.content), problem)


def _problem_of(body: bytearray, coding: str | None, limit: int) -> UnreadableResponseError | None:
    try:
        if len(body) > limit:
            raise _too_long(len(body), limit)
        if coding is not None:
            _require_bounded(coding, body, limit)
    except UnreadableResponseError as problem:
        return problem
    return None


def _require_bounded(header: str, content: bytes | bytearray, limit: int) -> None:
    """Raise unless the library, if it decodes this, makes no more than `limit` bytes of it."""
    codings = [coding.strip().lower() for coding in header.split(",")]
    known = [coding for coding in codings if coding in _WINDOWS or coding in _UNBOUNDED]
    if not known:
        return  # httpx does not decode an unknown coding; the signature covers the raw bytes
    windows = _WINDOWS.get(known[0]) if len(known) == 1 else None
    if windows is None:
        raise UnreadableResponseError(
            f"its content coding, {', '.join(known)[:40]}, is neither gzip nor deflate alone"
        )
    for window in windows:
        size = _decoded_size(content, window, limit)
        if size is not None:
            return
    raise UnreadableResponseError(f"its body is not what its content coding, {known[0]}, says")


def _decoded_size(content: bytes | bytearray, window: int, limit: int) -> int | None:
    """The decoded size, measured without keeping the result; None if decoding fails."""
    decoder = zlib.decompressobj(window)
    size = 0
    try:
        while content:
            size += len(decoder.decompress(content, _STEP))
            if size > limit:
                raise _too_long(size, limit, "after decoding ")
            content = decoder.unconsumed_tail
    except zlib.error:
        return None
    return size


def _excess(size: int, limit: int) -> UnreadableResponseError | None:
    return _too_long(size, limit) if size > limit else None


def _too_long(size: int, limit: int, when: str = "") -> UnreadableResponseError:
    return UnreadableResponseError(
        f"its body has more than {limit} bytes {when}({size} were seen)", limit=limit, seen=size
    )


def bounds_of(extensions: Mapping[str, Any]) -> tuple[int, float | None]:
    """How long the response to a request with these extensions, sent now, may be and may take.

    The result is what `BodyReader.read` is given: bytes, and a time.
    """
    unsigned = extensions.get(UNSIGNED_RESPONSE) is True
    limit: int = extensions.get(RESPONSE_LIMIT, UNSIGNED_LIMIT if unsigned else SIGNED_LIMIT)
    timeout: Mapping[str, float | None] = extensions.get("timeout") or {}
    total = timeout.get("total")
    return limit, None if total is None else time.monotonic() + total
