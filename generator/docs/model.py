"""What a documentation page, or the spec, states about operations, with line numbers.

None stands for "not stated", which is never a difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from ..problems import UnreadableError as UnreadableError

Place: TypeAlias = Literal["header", "path", "query", "body", "request", "response"]
"""Where a field travels; "request" is said where a page does not tell which part of it."""

Kind: TypeAlias = Literal["common", "business"]

METHODS = ("GET", "PUT", "POST", "DELETE", "PATCH")

STANDARD_HEADERS = frozenset({"authorization", "accept", "content-type", "user-agent"})
"""Headers that OpenAPI keeps out of parameters; every page lists them, no spec does."""


class Length(NamedTuple):
    """How long a text may be."""

    minimum: int | None
    maximum: int | None


class Note(NamedTuple):
    """Something a page states that was not understood."""

    line: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A parameter or a field of a body."""

    place: Place
    path: tuple[str, ...]
    line: int
    type: str | None = None
    required: bool | None = None
    length: Length | None = None
    values: tuple[str, ...] | None = None
    candidates: tuple[str, ...] = ()
    """Words of the description that may be values; only the spec can tell."""
    encoded: bool = False
    """A text that holds JSON, whose fields stand below it."""
    encrypted: bool = False
    """A mark of the page beside the description says that it is encrypted on its own."""
    optional_on_pages: bool = False
    """Stated elsewhere for all operations, so that a page of one need not list it."""
    status: str | None = None
    title: str = ""
    description: str = ""
    digest: str = ""
    """Of the description, where it may be compared."""

    @property
    def name(self) -> str:
        """The dotted name, as official pages print it."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRow:
    """A row of an error table."""

    code: str
    line: int
    status: str | None = None
    kind: Kind | None = None
    title: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A successful response; `empty` says that it has no body, `binary` that it is a file."""

    line: int
    status: str | None = None
    empty: bool = False
    binary: bool = False


class Sample(NamedTuple):
    """An example of a response, as the page prints it."""

    line: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method on one path."""

    method: str
    path: str
    line: int
    title: str = ""
    fields: tuple[Field, ...] = ()
    responses: tuple[Response, ...] = ()
    errors: tuple[ErrorRow, ...] | None = None
    hosts: tuple[str, ...] | None = None
    content: str | None = None
    """Media type of the request body."""
    links: tuple[str, ...] = ()
    """Addresses of pages that describe the same operation."""
    remarks: tuple[str, ...] = ()
    """What the page says beside its tables: a rate limit, a warning."""
    digest: str = ""
    """Of the remarks, where they may be compared."""
    samples: tuple[Sample, ...] = ()

    @property
    def name(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A request that the platform sends; it has no path, since the receiver chooses the URL."""

    line: int
    title: str = ""
    fields: tuple[Field, ...] = ()
    """The envelope, as it arrives."""
    resource: tuple[Field, ...] = ()
    """What `resource` holds after decryption."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """All that was read from one source."""

    source: str
    kind: str
    operations: tuple[Operation, ...]
    notes: tuple[Note, ...] = ()
    notices: tuple[Notice, ...] = ()

    def states(self, fact: Literal["required", "length", "values"]) -> bool:
        """Return whether the page states this kind of fact anywhere."""
        return any(
            getattr(field, fact) is not None
            for operation in self.operations
            for field in operation.fields
        )
