"""Reading a body that nobody has proven yet: so many bytes, so much time, and no more.

Whoever sends the reply chose its length, its content coding and its pace. Here the body is
gathered from the response's raw stream, piece by piece and counted, and what it would expand to is
measured before the HTTP library decodes it. The connection of a reply that breaks a bound is
closed.
"""

import time
import zlib
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from ._errors import UnreadableReplyError
from ._library import ResponseLike

REPLY_LIMIT = "wechatpay_reply_limit"
"""Key in ``request.extensions``: how many bytes the reply's body may have, coded and decoded."""

SIGNED_LIMIT = 1 << 20
"""Bytes of a signed reply. The largest known ones, lists of certificates, have a few thousand."""

UNSIGNED_LIMIT = 1 << 27
"""Bytes of an unsigned download: bills of a busy day have some ten millions."""

_ENCODING = "Content-Encoding"
_ACCEPTED = "Accept-Encoding"
_BOUNDED = "gzip, deflate"
# The codings that HTTP libraries may decode, and that cannot be measured without a package more.
_UNBOUNDED = ("br", "zstd")
_STEP = 1 << 16

_GZIP = zlib.MAX_WBITS | 16
_ZLIB = zlib.MAX_WBITS
_BARE = -zlib.MAX_WBITS
_WINDOWS = {"gzip": (_GZIP,), "deflate": (_ZLIB, _BARE)}


def offer_bounded_codings(headers: MutableMapping[str, str]) -> None:
    """Ask for no content coding that would be refused in the reply."""
    offered = headers.get(_ACCEPTED)
    if offered is not None and any(coding in offered.lower() for coding in _UNBOUNDED):
        headers[_ACCEPTED] = _BOUNDED


@dataclass(frozen=True, slots=True, eq=False)
class BodyReader:
    """Reads the body of one library's replies."""

    in_memory: Callable[[bytes], object]
    """The library's stream over bytes."""

    read_timeout: Callable[..., Exception]
    """The library's error for a reply that took too long."""

    def read(
        self, response: ResponseLike, limit: int, ends_at: float | None
    ) -> UnreadableReplyError | None:
        """Read the body within its bounds; the result says which of them the reply broke.

        Args:
            response: Afterwards its body is in memory; an empty one, if a bound was broken.
            limit: Bytes that the body may have, both as it comes and after decoding.
            ends_at: When to stop waiting for pieces, in the seconds of `time.monotonic`.

        Raises:
            Exception: The library's read timeout, or what its transport raises.
        """
        if response.is_closed:  # it came from memory, or a hook has read it
            return _excess(len(response.read()), limit)
        stream, body, problem = response.stream, self._body(response, limit, ends_at), None
        try:
            for piece in stream:
                body.add(piece)
            body.measure()
        except UnreadableReplyError as error:
            problem = error
            body.discard(response.headers)
        stream.close()
        # From memory, so that the library decodes and keeps the body as it always does.
        response.stream = self.in_memory(body.content())
        response.read()
        response.stream = stream  # which knows how long it took
        return problem

    async def aread(
        self, response: ResponseLike, limit: int, ends_at: float | None
    ) -> UnreadableReplyError | None:
        """Do what `read` does, awaiting."""
        if response.is_closed:
            return _excess(len(await response.aread()), limit)
        stream, body, problem = response.stream, self._body(response, limit, ends_at), None
        try:
            async for piece in stream:
                body.add(piece)
            body.measure()
        except UnreadableReplyError as error:
            problem = error
            body.discard(response.headers)
        await stream.aclose()
        response.stream = self.in_memory(body.content())
        await response.aread()
        response.stream = stream
        return problem

    def _body(self, response: ResponseLike, limit: int, ends_at: float | None) -> "_Body":
        return _Body(
            response.headers.get(_ENCODING),
            limit,
            ends_at,
            lambda: self.read_timeout(
                "the reply was still coming in when its time was over", request=response.request
            ),
        )


class _Body:
    """The bytes of a body as they come."""

    def __init__(
        self,
        coding: str | None,
        limit: int,
        ends_at: float | None,
        too_late: Callable[[], Exception],
    ) -> None:
        self._coding = coding
        self._limit = limit
        self._ends_at = ends_at
        self._too_late = too_late
        self._first: bytes | None = None
        self._more = bytearray()  # a list would cost forty bytes for each, and they may be tiny

    def add(self, piece: bytes) -> None:
        # A reply that comes as one piece is in hand: it would be a pity to call it late.
        if self._first is None:
            self._first = piece
        else:
            if self._ends_at is not None and time.monotonic() > self._ends_at:
                raise self._too_late()
            self._more += piece
        size = len(self._first) + len(self._more)
        if size > self._limit:
            raise _too_long(size, self._limit)

    def measure(self) -> None:
        if self._coding is not None:
            _require_bounded(self._coding, self.content(), self._limit)

    def discard(self, headers: MutableMapping[str, str]) -> None:
        """Leave nothing that the library could decode."""
        self._first, self._more = None, bytearray()
        headers.pop(_ENCODING, None)

    def content(self) -> bytes:
        return (self._first or b"") + self._more  # no copy if it came as one piece


def _require_bounded(header: str, content: bytes, limit: int) -> None:
    """Raise unless the library, if it decodes this, makes no more than `limit` bytes of it."""
    codings = [coding.strip().lower() for coding in header.split(",")]
    known = [coding for coding in codings if coding in _WINDOWS or coding in _UNBOUNDED]
    if not known:
        return  # the library leaves alone what it does not know, and the signature decides
    windows = _WINDOWS.get(known[0]) if len(known) == 1 else None
    if windows is None:
        raise UnreadableReplyError(
            f"its content coding, {', '.join(known)[:40]}, is neither gzip nor deflate alone"
        )
    for window in windows:
        size = _decoded_size(content, window, limit)
        if size is not None:
            return
    raise UnreadableReplyError(f"its body is not what its content coding, {known[0]}, says")


def _decoded_size(content: bytes, window: int, limit: int) -> int | None:
    """How many bytes it decodes to, in steps that are thrown away; None if it is garbled."""
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


def _excess(size: int, limit: int) -> UnreadableReplyError | None:
    return _too_long(size, limit) if size > limit else None


def _too_long(size: int, limit: int, when: str = "") -> UnreadableReplyError:
    return UnreadableReplyError(
        f"its body has more than {limit} bytes {when}({size} were seen)", limit=limit, seen=size
    )


def limit_of(extensions: Mapping[str, Any], *, unsigned: bool) -> int:
    """How many bytes the reply to a request with these extensions may have."""
    limit: int = extensions.get(REPLY_LIMIT, UNSIGNED_LIMIT if unsigned else SIGNED_LIMIT)
    return limit


def end_of(extensions: Mapping[str, Any]) -> float | None:
    """When the reply to a request with these extensions, sent now, has to be there."""
    timeout: Mapping[str, float | None] = extensions.get("timeout") or {}
    total = timeout.get("total")
    return None if total is None else time.monotonic() + total
