"""Reads the body of a response that is not verified yet, within bounds of length and time.

Whoever sends the response chose its length, its content coding and its pace. Here the body is
gathered from the response's raw stream, piece by piece and counted, and what it would expand to is
measured before the HTTP library decodes it. The connection of a response that breaks a bound is
closed.

An unsigned download is not gathered: its stream is handed on, and the same bounds of length and
time hold while the caller reads it.
"""

import time
import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from ._errors import UnreadableResponseError
from ._rules import SIGNATURE_HEADERS, RawResponse, describe
from ._steps import Received, ResponseLike, ResponseT

UNSIGNED_RESPONSE = "wechatpay_unsigned_response"
"""Key in ``request.extensions``: True lets an unsigned 2xx through, as unverified and unread."""

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


def offer_bounded_codings(headers: MutableMapping[str, str], *, unsigned: bool) -> None:
    """Leave out of Accept-Encoding what we would refuse in the response.

    A download may have none, so that its length is bounded while it is streamed.
    """
    if unsigned:
        headers[_ACCEPTED] = "identity"
    offered = headers.get(_ACCEPTED, "").lower()
    if any(coding in offered for coding in _UNBOUNDED):
        headers[_ACCEPTED] = _BOUNDED


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """How long a response may be, and until when it may come."""

    limit: int
    """Bytes that the body may have, both as it comes and after decoding."""

    ends_at: float | None
    """When to stop waiting for pieces, in the seconds of `time.monotonic`."""

    unsigned: bool
    """Whether a 2xx may be unsigned, and is then left to the caller to read."""


class BoundedStream:
    """The stream of an unsigned download; an adapter adds its library's base classes."""

    def __init__(self, response: ResponseLike, bounds: Bounds, reader: "BodyReader") -> None:
        self._stream, self._response = response.stream, response
        self._bounds, self._reader = bounds, reader
        self._seen = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._stream:
            self._count(piece)
            yield piece

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._stream:
            self._count(piece)
            yield piece

    def _count(self, piece: bytes) -> None:
        if self._seen:
            self._reader.require_time(self._bounds.ends_at)
        self._seen += len(piece)
        problem = _excess(self._seen, self._bounds.limit)
        if problem is not None:
            request = self._response.request
            head = RawResponse.of(self._response.status_code, self._response.headers, b"")
            url = request.url.raw_path.decode(errors="replace")
            describe(problem, head, method=request.method, url=url)
            raise problem

    def close(self) -> None:
        """Close the connection's stream."""
        self._stream.close()

    async def aclose(self) -> None:
        """Close the connection's stream."""
        await self._stream.aclose()


@dataclass(frozen=True, slots=True, eq=False)
class BodyReader:
    """Reads the body of one library's responses."""

    streamed: Callable[[ResponseLike, Bounds, "BodyReader"], object]
    """The library's stream over a `BoundedStream`."""

    in_memory: Callable[[bytes], object]
    """The library's stream over bytes."""

    read_timeout: Callable[..., Exception]
    """The library's error for a response that took too long."""

    request_error: type[Exception]
    """The base of the library's errors that tell which request they are about."""

    def read(self, response: ResponseT, bounds: Bounds) -> Received[ResponseT]:
        """Read the response within its bounds; the result says which of them it broke, if any.

        Args:
            response: Afterwards its body is in memory; an empty one, if a bound was broken. An
                unsigned download stays unread.
            bounds: How long it may be, and until when it may come.

        Raises:
            Exception: The library's read timeout, or what its transport raises.
        """
        limit = bounds.limit
        if response.is_closed:  # it came from memory, or a hook has read it
            return _received(response, _excess(len(response.read()), limit))
        if bounds.unsigned and _is_download(response):
            return self._left_to_the_caller(response, bounds)
        stream, body = response.stream, bytearray()
        try:
            for piece in stream:
                if body:
                    self.require_time(bounds.ends_at)
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

    async def aread(self, response: ResponseT, bounds: Bounds) -> Received[ResponseT]:
        """Do what `read` does, awaiting."""
        limit = bounds.limit
        if response.is_closed:
            return _received(response, _excess(len(await response.aread()), limit))
        if bounds.unsigned and _is_download(response):
            return self._left_to_the_caller(response, bounds)
        stream, body = response.stream, bytearray()
        try:
            async for piece in stream:
                if body:
                    self.require_time(bounds.ends_at)
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

    def _left_to_the_caller(self, response: ResponseT, bounds: Bounds) -> Received[ResponseT]:
        response.stream = self.streamed(response, bounds, self)
        return Received(response, RawResponse.of(response.status_code, response.headers, b""), None)

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

    def require_time(self, ends_at: float | None) -> None:
        """Raise the library's read timeout if the time is over."""
        # Checked from the second piece on: a response in one piece is complete, however late.
        if ends_at is not None and time.monotonic() > ends_at:
            raise self.read_timeout("the response was still coming in when its time was over")


def _is_download(response: ResponseLike) -> bool:
    """Whether this is a success that claims no signature and needs no decoding."""
    signed = any(name in response.headers for name in SIGNATURE_HEADERS)
    return 200 <= response.status_code < 300 and not signed and _ENCODING not in response.headers


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


def bounds_of(extensions: Mapping[str, Any]) -> Bounds:
    """How long the response to a request with these extensions, sent now, may be and may take."""
    unsigned = extensions.get(UNSIGNED_RESPONSE) is True
    limit: int = extensions.get(RESPONSE_LIMIT, UNSIGNED_LIMIT if unsigned else SIGNED_LIMIT)
    timeout: Mapping[str, float | None] = extensions.get("timeout") or {}
    total = timeout.get("total")
    return Bounds(limit, None if total is None else time.monotonic() + total, unsigned)
