"""Downloads the file that a result announces, and keeps it only if its hash is the announced one.

The file comes unsigned. So the hash of the verified result decides, and until then the bytes stand
in a temporary file. This module does no network I/O itself, except for the bytes of a response.
"""

from __future__ import annotations

import hashlib
import os
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, ClassVar, Final, Literal, Protocol, Self, TypeAlias, cast

import attrs

from .base_errors import InvalidInputError, ResponseError
from .extended import areceive, extended_call, receive, require_no_coding
from .facts import REQUEST_ID
from .operation import Operation, Response

if TYPE_CHECKING:
    from types import ModuleType

    from .attempts import Attempt
    from .library import HTTPResponse
    from .operation import Call

_OK: Final = 200
_STEP: Final = 1 << 18
"""Bytes to unpack, to copy, or to store at once."""
_ERROR_LIMIT: Final = 1 << 20
"""Bytes of an error's body."""
_GZIP: Final = b"\x1f\x8b"


@attrs.frozen(kw_only=True)
class DownloadRule:
    """How a result announces a file: `x-download` of the spec."""

    url: str
    """The field with the address."""
    hash_type: str
    """The field with the name of the hash."""
    hash_value: str
    """The field with the hash in hex."""
    over: Literal["decompressed", "file", "either"]
    """What the hash covers; a file that is not gzip is the same unpacked."""
    max_bytes: int
    """The longest file, and the most that it may unpack to."""


class Announcement(Protocol):
    """A result which announces a file."""

    DOWNLOAD: ClassVar[DownloadRule]
    """Where the result says what."""


class Writer(Protocol):
    """A file that is open for bytes."""

    def write(self, data: bytes, /) -> object:
        """Append bytes."""
        ...


Target: TypeAlias = "str | os.PathLike[str] | Writer"
"""Where a file goes: a path, or a file that is open for bytes."""


@attrs.frozen
class Downloaded:
    """A file whose hash is the announced one."""

    size: int
    """How many bytes the file has."""
    over: Literal["decompressed", "file"]
    """What the hash covered."""
    attempts: tuple[Attempt, ...] = ()
    """Every attempt, oldest first."""


class DownloadError(ResponseError):
    """A file came, but is not the announced one. Nothing of it was kept.

    Attributes:
        problem: What is wrong with it.
    """

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return f"the downloaded file {self.problem} [Request-ID {self.request_id}]"


class _Fetch(Operation["Downloaded | None"]):
    """The download itself, which no spec describes."""

    def read(
        self,
        response: HTTPResponse,
        echoes: Mapping[str, object] | None = None,
        attempts: tuple[Attempt, ...] = (),
    ) -> Response[Downloaded | None]:
        """Return an empty result, because the bytes are in the file already, or raise the error."""
        if response.status_code != _OK:
            return super().read(response, echoes, attempts)
        return Response(
            parsed=None,
            status_code=_OK,
            headers=response.headers,
            content=b"",
            verified=False,
            attempts=attempts,
        )


OPERATION: Final = _Fetch(
    module=__name__,
    name="download",
    method="GET",
    results={},
    accept="*/*",
    idempotent=True,
    signed=False,
)


class Download:
    """One download; use it in `with`, which takes away the temporary file.

    Args:
        result: The verified result which announces the file.
        to: Where the file goes.
        hosts: Base URLs to which credentials may go.
        library: httpx or httpx2.

    Raises:
        InvalidInputError: The result or the target cannot be used. Nothing was sent.
    """

    def __init__(
        self, result: Announcement, to: Target, hosts: Sequence[str], library: ModuleType
    ) -> None:
        self._rule = _rule_of(result)
        self._library = library
        self._expected = _hash_of(result, self._rule)
        self.host, target = _address(_text(result, self._rule.url), self._rule.url, hosts, library)
        self._path = None if hasattr(to, "write") else _path_of(to)
        self._writer = cast("Writer", to)
        self.call: Call[Downloaded | None] = extended_call(
            OPERATION.call(target), unsigned=True, limit=self._rule.max_bytes
        )
        """The call which gets the file."""
        self._file, self._name = _temporary(self._path)
        self._hashes = _Hashes(self._rule.max_bytes)
        self._over: Literal["decompressed", "file"] = "file"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        if self._name is not None:
            self._name.unlink(missing_ok=True)

    def take(self, response: HTTPResponse, is_late: Callable[[], bool]) -> None:
        """Store the body of a response and compare its hash.

        Raises:
            DownloadError: It is not the announced file.
            ReadTimeout: Of the library. The time is over.
        """
        if response.status_code != _OK:
            receive(response, self._library, is_late, _ERROR_LIMIT)
            return
        try:
            self._begin(response)
            for piece in (response.content,) if response.is_closed else response.iter_raw():
                self._require_time(response, is_late)
                self._store(piece)
            self._compare()
        except ResponseError as error:
            _describe(error, response)
            raise
        finally:
            response.close()

    async def atake(self, response: HTTPResponse, is_late: Callable[[], bool]) -> None:
        """Do the same as `take` under asyncio."""
        import asyncio  # slow to import, so blocking programs do without it

        if response.status_code != _OK:
            await areceive(response, self._library, is_late, _ERROR_LIMIT)
            return
        waiting = bytearray(response.content) if response.is_closed else bytearray()
        try:
            self._begin(response)
            if not response.is_closed:
                async for piece in response.aiter_raw():
                    self._require_time(response, is_late)
                    waiting += piece
                    if len(waiting) >= _STEP:  # a thread for each small piece would be slow
                        await asyncio.to_thread(self._store, bytes(waiting))
                        waiting.clear()
            await asyncio.to_thread(self._store, bytes(waiting))
            self._compare()
        except ResponseError as error:
            _describe(error, response)
            raise
        finally:
            await response.aclose()

    def keep(self, response: Response[Downloaded | None]) -> Downloaded:
        """Put the verified file where it belongs."""
        if self._path is not None and self._name is not None:
            self._file.close()
            self._name.replace(self._path)
        else:
            self._file.seek(0)
            while piece := self._file.read(_STEP):
                self._writer.write(piece)
        return Downloaded(self._hashes.size, self._over, response.attempts)

    def _begin(self, response: HTTPResponse) -> None:
        """Forget an earlier attempt."""
        require_no_coding(response)
        length = response.headers.get("content-length", "0")
        if length.isdecimal() and int(length) > self._rule.max_bytes:
            raise DownloadError(f"has {length} bytes, more than {self._rule.max_bytes}")
        self._file.seek(0)
        self._file.truncate()
        self._hashes = _Hashes(self._rule.max_bytes)

    def _require_time(self, response: HTTPResponse, is_late: Callable[[], bool]) -> None:
        if is_late():
            raise self._library.ReadTimeout(
                "the file was still coming in when its time was over", request=response.request
            )

    def _store(self, piece: bytes) -> None:
        self._hashes.update(piece)
        try:
            self._file.write(piece)
        except OSError as error:  # which would count as trouble of the network
            raise DownloadError(f"cannot be stored: {error}") from error

    def _compare(self) -> None:
        found = self._hashes.found(self._rule.over)
        for over, value in found.items():
            if value == self._expected:
                self._over = over
                return
        told = " or ".join(f"{value} ({over})" for over, value in found.items())
        told = f"has the hash {told}" if found else "cannot be unpacked"
        raise DownloadError(f"{told}, the result announced {self._expected}")


class _Hashes:
    """The hashes of a file and of what it unpacks to, piece by piece."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._file = _sha1()
        self._unpacked = _sha1()
        self._decoder = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._head = b""
        self._is_broken = False
        self.size = 0
        self._unpacked_size = 0

    def update(self, piece: bytes) -> None:
        """Add the next bytes of the file."""
        self.size += len(piece)
        if self.size > self._limit:
            raise DownloadError(f"has more than {self._limit} bytes")
        self._file.update(piece)
        if len(self._head) < len(_GZIP):
            piece = self._head = self._head + piece
        if self._head.startswith(_GZIP) and not self._is_broken:
            self._unpack(piece)

    def _unpack(self, piece: bytes) -> None:
        goes_on = True
        while piece or goes_on:
            if self._decoder.eof:
                if not piece:
                    return
                self._decoder = zlib.decompressobj(zlib.MAX_WBITS | 16)
            try:
                data = self._decoder.decompress(piece, _STEP)
            except zlib.error:
                self._is_broken = True
                return
            self._unpacked_size += len(data)
            if self._unpacked_size > self._limit:
                raise DownloadError(f"unpacks to more than {self._limit} bytes")
            self._unpacked.update(data)
            goes_on = len(data) == _STEP
            piece = self._decoder.unused_data or self._decoder.unconsumed_tail

    def found(
        self, over: Literal["decompressed", "file", "either"]
    ) -> dict[Literal["decompressed", "file"], str]:
        """Return the hashes which may be the announced one, by what they cover."""
        found: dict[Literal["decompressed", "file"], str] = {}
        is_gzip = self._head.startswith(_GZIP)
        if over != "file" and is_gzip and self._decoder.eof and not self._is_broken:
            found["decompressed"] = self._unpacked.hexdigest()
        if over != "decompressed" or not is_gzip:
            found["file"] = self._file.hexdigest()
        return found


def _sha1() -> hashlib._Hash:  # pyright: ignore[reportPrivateUsage] - the type has no public name
    # The platform chose SHA-1. The hash comes from a verified response.
    return hashlib.sha1(usedforsecurity=False)


def _describe(error: ResponseError, response: HTTPResponse) -> None:
    error.status_code = response.status_code
    error.request_id = response.headers.get(REQUEST_ID)
    error.headers = dict(response.headers.items())
    error.method = response.request.method
    error.url = str(response.request.url.copy_with(query=None))  # the query holds a token


def _rule_of(result: object) -> DownloadRule:
    rule = getattr(result, "DOWNLOAD", None)
    if not isinstance(rule, DownloadRule):
        raise InvalidInputError("result", "must announce a file", type(result))
    return rule


def _text(result: object, name: str) -> str:
    found = getattr(result, name)
    if not isinstance(found, str) or not found.strip():
        raise InvalidInputError(f"result.{name}", "must be there, to get the file", found)
    return found.strip()


def _hash_of(result: object, rule: DownloadRule) -> str:
    kind, value = _text(result, rule.hash_type), _text(result, rule.hash_value).lower()
    if kind.upper() != "SHA1":
        raise InvalidInputError(f"result.{rule.hash_type}", "must be SHA1", kind)
    if re.fullmatch("[0-9a-f]{40}", value) is None:
        raise InvalidInputError(f"result.{rule.hash_value}", "must have 40 hex digits", value)
    return value


def _address(url: str, name: str, hosts: Sequence[str], library: ModuleType) -> tuple[str, str]:
    """Return host and target of a URL; credentials go to known hosts only."""
    where = f"result.{name}"
    try:
        parsed = library.URL(url)
        known = [library.URL(host) for host in hosts]
    except (library.InvalidURL, ValueError):
        raise InvalidInputError(where, "must be a URL", "(not shown)") from None
    if parsed.userinfo or _origin(parsed) not in map(_origin, known):
        shown = f"{parsed.scheme}://{parsed.host}"
        rule = "must be at a host of the client, because the request carries a signature; they are "
        raise InvalidInputError(where, rule + ", ".join(dict.fromkeys(hosts)), shown)
    port = "" if parsed.port is None else f":{parsed.port}"
    host = f"[{parsed.host}]" if ":" in parsed.host else parsed.host
    return f"{parsed.scheme}://{host}{port}", parsed.raw_path.decode("ascii")


def _origin(url: object) -> tuple[object, ...]:
    return tuple(getattr(url, part) for part in ("scheme", "host", "port"))


def _path_of(to: object) -> Path:
    if not isinstance(to, str | os.PathLike):
        raise InvalidInputError("to", "must be a path or a file that is open for bytes", type(to))
    path = Path(cast("str", to))
    if path.is_dir() or not path.parent.is_dir():
        raise InvalidInputError("to", "must be a file in a folder that is there", str(path))
    return path


def _temporary(path: Path | None) -> tuple[IO[bytes], Path | None]:
    """Return a temporary file, and its path if it stands beside its target."""
    import tempfile  # slow to import, and few programs download

    if path is None:
        return tempfile.TemporaryFile(), None
    try:
        file = tempfile.NamedTemporaryFile(  # noqa: SIM115 - closed by `Download`
            dir=path.parent, prefix=f".{path.name}.", suffix=".part", delete=False
        )
    except OSError as error:
        raise InvalidInputError("to", f"must be writable: {error}", str(path)) from None
    return cast("IO[bytes]", file), Path(file.name)
