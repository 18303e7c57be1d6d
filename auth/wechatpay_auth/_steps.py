"""The steps that a call asks of its driver, and what is asked of an HTTP library."""

from collections.abc import Mapping, MutableMapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from ._certificate_download import Outcome
from ._errors import UnreadableResponseError
from ._rules import RawResponse


class URLLike(Protocol):
    """What is asked of a library's URL."""

    @property
    def scheme(self) -> str: ...
    @property
    def host(self) -> str: ...
    @property
    def raw_path(self) -> bytes: ...
    def join(self, url: str) -> Any: ...  # noqa: ANN401 - a URL of the same library


class RequestLike(Protocol):
    """What is asked of a library's request."""

    @property
    def method(self) -> str: ...
    @property
    def url(self) -> URLLike: ...
    @property
    def headers(self) -> MutableMapping[str, str]: ...
    @property
    def extensions(self) -> Mapping[str, Any]: ...
    @property
    def content(self) -> bytes: ...
    def read(self) -> bytes: ...
    async def aread(self) -> bytes: ...


class ResponseLike(Protocol):
    """What is asked of a library's response."""

    stream: Any  # the library's own type, which can be iterated and closed

    @property
    def status_code(self) -> int: ...
    @property
    def request(self) -> RequestLike: ...
    @property
    def headers(self) -> MutableMapping[str, str]: ...
    @property
    def extensions(self) -> MutableMapping[str, Any]: ...
    @property
    def content(self) -> bytes: ...
    @property
    def is_closed(self) -> bool: ...
    def read(self) -> bytes: ...
    async def aread(self) -> bytes: ...


RequestT = TypeVar("RequestT", bound=RequestLike)
ResponseT = TypeVar("ResponseT", bound=ResponseLike)


@dataclass(slots=True, eq=False)
class Sign:
    """Step: sign this message; the step's result is the raw signature."""

    message: bytes


@dataclass(slots=True, eq=False)
class Send(Generic[RequestT]):
    """Step: send this request and read the response; the step's result is `Received`."""

    request: RequestT


class Received(NamedTuple, Generic[ResponseT]):
    """A response whose body is in memory, and what is wrong with that body, if anything."""

    response: ResponseT
    raw: RawResponse
    problem: UnreadableResponseError | None


@dataclass(slots=True, eq=False)
class Wait:
    """Step: wait for a download that another call makes; the step's result is its outcome."""

    download: Future[Outcome]
    seconds: float


Step = Sign | Send[RequestT] | Wait
