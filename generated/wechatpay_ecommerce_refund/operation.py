# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""Operations, calls of them that are checked and ready to send, and the replies."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Final, Generic, Literal, TypeVar, cast
from urllib.parse import quote, urlencode

import attrs

from .base_errors import (
    InvalidInputError,
    InvalidResponseError,
    ResponseError,
    UnverifiedResponseError,
)
from .errors import BY_STATUS, api_error
from .facts import MUST_BE_VERIFIED, REQUEST_ID
from .settings import require_header
from .types import Codec, File, Model, encode

if TYPE_CHECKING:
    from types import ModuleType

    from .attempts import Attempt
    from .library import HTTPResponse, Request

T_co = TypeVar("T_co", covariant=True)

VERIFIED: Final = "wechatpay_verified"
DIAGNOSIS: Final = "wechatpay_sign_diagnosis"
"""Keys under which the auth plugin leaves its findings in a reply's extensions."""

Location = Literal["path", "query", "header", "cookie"]


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


@attrs.frozen(eq=False, repr=False)
class Parameter:
    """A parameter that is not part of the body."""

    name: str
    location: Location
    codec: Codec[object]
    required: bool = True
    explode: bool = True
    """Whether a list in a query repeats the name; otherwise commas join its items."""
    deep: bool = False
    """Whether an object in a query is written as `name[member]=value`."""


@attrs.frozen(eq=False, repr=False)
class Body:
    """One content type that a request may have."""

    content_type: str
    codec: Codec[object]


@attrs.frozen(eq=False, repr=False)
class Result(Generic[T_co]):
    """How the body of one kind of success is read."""

    read: Callable[[bytes], T_co]


def json_result(codec: Codec[T_co]) -> Result[T_co]:
    """Return a reader of JSON bodies."""
    return Result(lambda body: codec.decode(parse_json(body), ""))


TEXT = Result(lambda body: body.decode("utf-8", "replace"))
BINARY = Result(File)
NOTHING: Result[None] = Result(lambda _: None)


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


# Made once: `json.loads` and `json.dumps` with options would make them anew for each call.
_DECODER: Final = json.JSONDecoder(parse_constant=_refuse_constant)
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Operation(Generic[T_co]):
    """An operation of the contract."""

    module: str
    """Name of the module that holds it as OPERATION, so that a call can be pickled."""
    name: str
    method: str
    path: str
    parameters: tuple[Parameter, ...] = ()
    bodies: tuple[Body, ...] = ()
    body_required: bool = False
    results: Mapping[str, Result[T_co]]
    accept: str = "application/json"
    idempotent: bool = False
    echoes: Mapping[str, str] = attrs.field(factory=dict[str, str])
    """Members of the result that repeat an argument, by its `location:name`."""

    def __reduce__(self) -> tuple[Callable[[str], object], tuple[str]]:
        return _operation_in, (self.module,)

    def bind(
        self,
        arguments: Mapping[str, object],
        body: object = None,
        query: Callable[[], Callable[[], Call[object]]] | None = None,
    ) -> Call[T_co]:
        """Check the arguments and return the call, ready to send.

        Args:
            arguments: Parameters by `location:name`; None stands for absent.
            body: The request body.
            query: Returns, once the arguments are checked, what makes the call that tells how
                this one ended if no reply comes.

        Raises:
            InvalidInputError: An argument breaks a rule of the contract.
        """
        path = self.path
        pairs: list[tuple[str, str]] = []
        headers = {"Accept": self.accept}
        cookies: list[str] = []
        for parameter in self.parameters:
            value = arguments[f"{parameter.location}:{parameter.name}"]
            if value is None and not parameter.required:
                continue
            parameter.codec.check(value, parameter.name)
            if parameter.location == "path":
                text = _as_segment(value, parameter.name)
                path = path.replace("{" + parameter.name + "}", text)
            elif parameter.location == "query":
                pairs += _as_pairs(parameter, value)
            elif parameter.location == "header":
                headers[parameter.name] = _as_header(value, parameter.name)
            else:
                cookies.append(f"{parameter.name}={quote(_as_text(value), safe='')}")
        if cookies:
            headers["Cookie"] = "; ".join(cookies)
        content = self._content(body, headers)
        if pairs:
            path += "?" + "&".join(f"{quote(k, safe='')}={quote(v, safe='')}" for k, v in pairs)
        return Call(
            operation=self,
            target=path,
            headers=headers,
            content=content,
            bind_query=query() if query else None,
            echoes={member: arguments[key] for member, key in self.echoes.items()},
        )

    def _content(self, body: object, headers: dict[str, str]) -> bytes:
        if body is None and not self.body_required:
            return b""
        chosen = self._chosen_body(body)
        chosen.codec.check(body, "body")
        # Serialised once: these are the bytes that are signed and the bytes that are sent.
        content, headers["Content-Type"] = _serialise(chosen.content_type, body)
        return content

    def _chosen_body(self, body: object) -> Body:
        for candidate in self.bodies[:-1]:
            try:
                candidate.codec.check(body, "body")
            except InvalidInputError:
                continue
            return candidate
        return self.bodies[-1]

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
            parsed = result.read(reply.content)
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

    def _result(self, status: int) -> Result[T_co] | None:
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
    bind_query: Callable[[], Call[object]] | None = None
    """Makes the call that tells how this one ended if no reply comes."""
    echoes: Mapping[str, object] = attrs.field(factory=dict[str, object])
    """Values that the result must repeat."""

    def __repr__(self) -> str:
        return f"{self.operation.name}: {self.operation.method} {self.target}"

    @property
    def query(self) -> Call[object] | None:
        """The call that tells how this one ended if no reply comes."""
        return self.bind_query() if self.bind_query else None

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
    """Raise InvalidResponseError if a genuine reply is the answer to something else.

    A signature covers the reply and not the request: a signed reply to another call, recorded or
    mixed up on the way, would pass for this one's.
    """
    for member, asked in echoes.items():
        if not isinstance(parsed, Model) or parsed.part(member) != asked:
            raise InvalidResponseError(
                member, f"is not {asked!r}: the reply belongs to another call"
            )


def _error_document(body: bytes) -> object:
    try:
        return parse_json(body)
    except InvalidResponseError:
        return None  # an error counts by its status, whatever its body is


def _as_text(value: object) -> str:
    encoded = encode(value)
    if isinstance(encoded, bool):
        return "true" if encoded else "false"
    return encoded if isinstance(encoded, str) else json.dumps(encoded, separators=(",", ":"))


def _as_segment(value: object, name: str) -> str:
    # A list is joined by commas, which stay as they are; those inside its items do not.
    texts = [_as_text(item) for item in _items(value)]
    # Empty and dot segments would make the call go to another URL.
    if ",".join(texts) in {"", ".", ".."}:
        raise InvalidInputError(name, "must not be empty or a dot segment", value)
    return ",".join(quote(text, safe="") for text in texts)


def _items(value: object) -> Sequence[object]:
    """Return the items of a list, or any other value as the only one."""
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return cast("Sequence[object]", value)
    return (value,)


def _as_header(value: object, name: str) -> str:
    return require_header(name, _as_text(value))


def _as_pairs(parameter: Parameter, value: object) -> list[tuple[str, str]]:
    name = parameter.name
    if isinstance(value, Model):
        pairs = [(member, _as_text(inner)) for member, inner in value.to_dict().items()]
        if parameter.deep:
            return [(f"{name}[{member}]", text) for member, text in pairs]
        return pairs if parameter.explode else [(name, ",".join(chain(*pairs)))]
    texts = [_as_text(item) for item in _items(value)]
    return [(name, text) for text in texts] if parameter.explode else [(name, ",".join(texts))]


def _serialise(content_type: str, body: object) -> tuple[bytes, str]:
    """Return the body's bytes and their content type."""
    if isinstance(body, File):
        return body.payload, content_type
    kind = content_type.partition(";")[0].strip().lower()
    if isinstance(body, Model) and kind == "multipart/form-data":
        parts = [(name, _as_part(name, item)) for name, item in _fields(body)]
        if not parts:
            raise InvalidInputError("body", "must not be empty", body)
        import httpx  # only forms need it

        encoded = httpx.Request("POST", "http://body", files=parts)
        return encoded.read(), encoded.headers["Content-Type"]
    if isinstance(body, Model) and kind == "application/x-www-form-urlencoded":
        pairs = [(name, _as_text(item)) for name, item in _fields(body)]
        return urlencode(pairs).encode(), content_type
    return _ENCODER.encode(encode(body)).encode(), content_type


def _fields(body: Model) -> list[tuple[str, object]]:
    """Return the fields of a form; a list repeats its name."""
    return [(name, item) for name, value in body.parts().items() for item in _items(value)]


def _as_part(name: str, value: object) -> tuple[str | None, bytes, str | None]:
    if isinstance(value, File):
        return value.file_name or name, value.payload, value.mime_type
    is_object = isinstance(value, Model | Mapping)
    return None, _as_text(value).encode(), "application/json" if is_object else None
