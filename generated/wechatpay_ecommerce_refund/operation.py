# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""An operation of the spec, a checked call of it, and the response."""

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
"""Keys in a response's extensions: whether it was verified, and why a signature was refused."""


@attrs.frozen(kw_only=True)
class Response(Generic[T_co]):
    """A successful response, verified and read."""

    parsed: T_co
    """The result as a model."""
    status_code: int
    """HTTP status."""
    headers: Mapping[str, str]
    """The response's headers; upper and lower case make no difference in names."""
    content: bytes
    """The raw body."""
    verified: bool
    """Whether the signature of the response was verified."""
    attempts: tuple[Attempt, ...] = ()
    """Every attempt of the call, oldest first."""

    @property
    def request_id(self) -> str | None:
        """The id for the platform's support; None if the response had none."""
        return self.headers.get(REQUEST_ID)


def json_result(read: Callable[[object], T]) -> Callable[[bytes], T]:
    """Return a function which reads a JSON body."""

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
    """Ignore a body without a meaning."""


def parse_json(body: bytes) -> object:
    """Return the JSON value in `body`, or raise InvalidResponseError with the reason."""
    if not body.strip():
        raise InvalidResponseError("body", "is empty")
    try:
        return _DECODER.decode(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise InvalidResponseError("body", f"is not JSON: {error}") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


# Made once, because `json.loads` with options makes a decoder for each call.
_DECODER: Final = json.JSONDecoder(parse_constant=_refuse_constant)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Operation(Generic[T_co]):
    """An operation of the spec."""

    module: str
    """Name of the module with this operation as OPERATION; pickle finds it there."""
    name: str
    method: str
    results: Mapping[str, Callable[[bytes], T_co]]
    """Functions which read the body of a success, by status, `2XX` or `default`."""
    accept: str = "application/json"
    idempotent: bool = False
    signed: bool = MUST_BE_VERIFIED

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
        """Return a call with checked arguments, ready to send.

        Args:
            path: The path, segments quoted.
            query: Parameters in the query; None is left out.
            headers: Parameters in the header; None is left out.
            body: The request body.
            settled_by: The query which tells how this call ended if its outcome is unknown.
            echoes: Fields of the result and the values they must have.
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
        response: HTTPResponse,
        echoes: Mapping[str, object] | None = None,
        attempts: tuple[Attempt, ...] = (),
    ) -> Response[T_co]:
        """Return the result in a response, or raise the error in it.

        Args:
            response: The HTTP response, after the auth plugin accepted it.
            echoes: Fields of the result and the values they must have.
            attempts: Every attempt of the call, for the result.

        Raises:
            APIError: The platform refused the call or failed.
            UnverifiedResponseError: The auth plugin did not verify a success.
            InvalidResponseError: The body of a success breaks the spec, or the response belongs to
                another call.
        """
        verified = response.extensions.get(VERIFIED) is True
        result = self._result(response.status_code)
        try:
            if result is None:
                raise api_error(response.status_code, _error_document(response.content))
            if self.signed and not verified:
                raise UnverifiedResponseError
            parsed = result(response.content)
            _check_echoes(parsed, echoes or {})
        except ResponseError as error:
            error.status_code = response.status_code
            error.request_id = response.headers.get(REQUEST_ID)
            error.verified = verified
            error.body = response.content
            error.headers = dict(response.headers.items())
            error.method = response.request.method
            error.url = str(response.request.url)
            error.diagnosis = response.extensions.get(DIAGNOSIS)
            raise
        return Response(
            parsed=parsed,
            status_code=response.status_code,
            headers=response.headers,
            content=response.content,
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
    """A checked and serialised call of an operation, not sent yet. Each sending signs it anew."""

    operation: Operation[T_co]
    target: str
    """Path and query, exactly as they are sent."""
    headers: Mapping[str, str]
    content: bytes
    query: Call[T_co] | None = None
    """The query which tells how this call ended if its outcome is unknown."""
    echoes: Mapping[str, object] = attrs.field(factory=dict[str, object])
    """Fields of the result and the values they must have."""
    extensions: Mapping[str, object] = _NOTHING
    """Further extensions of each request, for the auth object."""

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
        """Return a new request of httpx or httpx2, with the client's headers and the call's."""
        request: Request = library.Request(
            self.operation.method,
            base_url + self.target,
            headers={**headers, **self.headers},
            content=self.content or None,
            extensions={"timeout": timeout, **self.extensions},
        )
        return request


def _operation_in(module: str) -> object:
    return importlib.import_module(module).OPERATION


def _check_echoes(parsed: object, echoes: Mapping[str, object]) -> None:
    """Raise InvalidResponseError if a response belongs to another call.

    The signature covers the response but not the request. So the signed response to another call
    would pass verification.
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
        return None  # the status alone makes it an error; the body may be HTML
