# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""Operations, calls of them that are checked and ready to send, and the responses."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, Generic, TypeVar

import attrs

from .base_errors import InvalidResponseError, ResponseError, UnverifiedResponseError
from .errors import BY_STATUS, api_error
from .facts import MUST_BE_VERIFIED, REQUEST_ID
from .types import File, Json
from .writing import Body, header_fields, query_string

if TYPE_CHECKING:
    from types import ModuleType

    from .attempts import Attempt
    from .library import HTTPResponse, Request

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_NOTHING: Final[Mapping[str, Json]] = {}

VERIFIED: Final = "wechatpay_verified"
DIAGNOSIS: Final = "wechatpay_sign_diagnosis"
"""Keys under which the auth plugin leaves its findings in a reply's extensions."""


@attrs.frozen(kw_only=True)
class Response(Generic[T_co]):
    """A reply of the documented success kind, verified and read."""

    parsed: T_co
    """The result as a model."""
    status_code: int
    """HTTP status."""
    headers: Mapping[str, str]
    """The reply's headers; names are found in upper and in lower case."""
    content: bytes
    """The raw body."""
    verified: bool
    """Whether the signature of the reply was proven."""
    attempts: tuple[Attempt, ...] = ()
    """Every attempt that led here, oldest first."""

    @property
    def request_id(self) -> str | None:
        """What support asks for; None if the reply had none."""
        return self.headers.get(REQUEST_ID)


def json_result(read: Callable[[object], T]) -> Callable[[bytes], T]:
    """Return what reads a JSON body."""

    def read_body(content: bytes) -> T:
        value = parse_json(content)
        try:
            return read(value)
        except InvalidResponseError as error:
            if error.where:
                raise
            raise InvalidResponseError("body", error.problem) from None

    return read_body


def text_result(content: bytes) -> str:
    """Read a body that is text."""
    return content.decode("utf-8", "replace")


def file_result(content: bytes) -> File:
    """Read a body that is a file."""
    return File(content)


def no_result(content: bytes) -> None:
    """Take no notice of a body that means nothing."""


def parse_json(body: bytes) -> object:
    """Return the JSON in `body`, or raise InvalidResponseError that says why there is none."""
    if not body.strip():
        raise InvalidResponseError("body", "is empty")
    try:
        return _DECODER.decode(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise InvalidResponseError("body", f"is not JSON: {error}") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


# Made once: `json.loads` with options would make it anew for each call.
_DECODER: Final = json.JSONDecoder(parse_constant=_refuse_constant)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Operation(Generic[T_co]):
    """An operation of the spec."""

    module: str
    """Name of the module that holds it as OPERATION, so that a call can be pickled."""
    name: str
    method: str
    results: Mapping[str, Callable[[bytes], T_co]]
    """What reads the body of a success, by status, by `2XX` or by `default`."""
    accept: str = "application/json"
    idempotent: bool = False

    def __reduce__(self) -> tuple[Callable[[str], object], tuple[str]]:
        return _operation_in, (self.module,)

    def call(
        self,
        path: str,
        *,
        query: Mapping[str, Json] = _NOTHING,
        headers: Mapping[str, Json] = _NOTHING,
        body: Body | None = None,
        settled_by: Call[T_co] | None = None,
        echoes: Mapping[str, object] = _NOTHING,
    ) -> Call[T_co]:
        """Return a call of checked arguments, ready to send.

        Args:
            path: The path, segments quoted.
            query: Parameters in the query; None is left out.
            headers: Parameters in the header; None is left out.
            body: The request body.
            settled_by: The call that tells how this one ended if no response comes.
            echoes: Values that the result must repeat, by field.
        """
        fields = {"Accept": self.accept}
        if headers:
            fields |= header_fields(headers)
        if body is not None:
            fields["Content-Type"] = body.content_type
        return Call(
            operation=self,
            target=path + query_string(query) if query else path,
            headers=fields,
            content=body.content if body is not None else b"",
            query=settled_by,
            echoes=echoes,
        )

    def read(
        self,
        reply: HTTPResponse,
        echoes: Mapping[str, object] | None = None,
        attempts: tuple[Attempt, ...] = (),
    ) -> Response[T_co]:
        """Return what a reply says, or raise what it stands for.

        Args:
            reply: The reply, as the auth plugin let it through.
            echoes: Values that the result must repeat.
            attempts: What led here, for the result to tell.

        Raises:
            APIError: The platform refused or failed.
            UnverifiedResponseError: A success that the auth plugin did not verify.
            InvalidResponseError: A success whose body is not what the spec says, or that belongs
                to another call.
        """
        verified = reply.extensions.get(VERIFIED) is True
        result = self._result(reply.status_code)
        try:
            if result is None:
                raise api_error(reply.status_code, _error_document(reply.content))
            if MUST_BE_VERIFIED and not verified:
                raise UnverifiedResponseError
            parsed = result(reply.content)
            _check_echoes(parsed, echoes or {})
        except ResponseError as error:
            error.status_code = reply.status_code
            error.request_id = reply.headers.get(REQUEST_ID)
            error.verified = verified
            error.body = reply.content
            error.headers = dict(reply.headers.items())
            error.method = reply.request.method
            error.url = str(reply.request.url)
            error.diagnosis = reply.extensions.get(DIAGNOSIS)
            raise
        return Response(
            parsed=parsed,
            status_code=reply.status_code,
            headers=reply.headers,
            content=reply.content,
            verified=verified,
            attempts=attempts,
        )

    def _result(self, status: int) -> Callable[[bytes], T_co] | None:
        exact = self.results.get(str(status))
        if exact is not None or not 200 <= status <= 299 or status in BY_STATUS:
            return exact
        return self.results.get("2XX") or self.results.get("default")


@attrs.frozen(repr=False)
class Call(Generic[T_co]):
    """A call of an operation: checked, serialised, not sent. Sending it twice signs it twice."""

    operation: Operation[T_co]
    target: str
    """Path and query, exactly as they go on the wire."""
    headers: Mapping[str, str]
    content: bytes
    query: Call[T_co] | None = None
    """The call that tells how this one ended if no response comes."""
    echoes: Mapping[str, object] = attrs.field(factory=dict[str, object])
    """Values that the result must repeat."""

    def __repr__(self) -> str:
        return f"{self.operation.name}: {self.operation.method} {self.target}"

    @property
    def is_safe(self) -> bool:
        """Whether the call only reads."""
        return self.operation.method in {"GET", "HEAD", "OPTIONS"}

    def request(
        self,
        library: ModuleType,
        base_url: str,
        headers: Mapping[str, str],
        timeout: Mapping[str, float],
    ) -> Request:
        """Return a new request of httpx or httpx2; the client's headers join the call's."""
        request: Request = library.Request(
            self.operation.method,
            base_url + self.target,
            headers={**headers, **self.headers},
            content=self.content or None,
            extensions={"timeout": timeout},
        )
        return request


def _operation_in(module: str) -> object:
    return importlib.import_module(module).OPERATION


def _check_echoes(parsed: object, echoes: Mapping[str, object]) -> None:
    """Raise InvalidResponseError if a genuine response answers something else.

    A signature covers the response and not the request: a signed response to another call,
    recorded or mixed up on the way, would pass for this one's.
    """
    for field, asked in echoes.items():
        if getattr(parsed, field, None) != asked:
            raise InvalidResponseError(
                field, f"is not {asked!r}: the response belongs to another call"
            )


def _error_document(body: bytes) -> object:
    try:
        return parse_json(body)
    except InvalidResponseError:
        return None  # an error counts by its status, whatever its body is
