"""What the flow asks of an HTTP library, and what a certificate download asks of the drivers."""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

    from ._refresh import Outcome


class URLLike(Protocol):
    """What is asked of a library's URL."""

    @property
    def scheme(self) -> str: ...
    @property
    def host(self) -> str: ...
    @property
    def raw_path(self) -> bytes: ...
    def join(self, url: str) -> Any: ...  # noqa: ANN401 - a URL of the same library


class HeadersLike(Protocol):
    """What is asked of a library's headers; names are found in any case."""

    @property
    def raw(self) -> list[tuple[bytes, bytes]]: ...
    @property
    def encoding(self) -> str: ...
    def get(self, key: str, default: str, /) -> str: ...
    def pop(self, key: str, default: None, /) -> object: ...
    def __contains__(self, key: str, /) -> bool: ...
    def __getitem__(self, key: str, /) -> str: ...
    def __setitem__(self, key: str, value: str, /) -> None: ...


class RequestLike(Protocol):
    """What is asked of a library's request."""

    @property
    def method(self) -> str: ...
    @property
    def url(self) -> URLLike: ...
    @property
    def headers(self) -> HeadersLike: ...
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
    def headers(self) -> HeadersLike: ...
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
class Send(Generic[RequestT, ResponseT]):
    """Step: send this request and read the reply; the result is what `BodyReader.read` gives."""

    request: RequestT
    response: ResponseT = field(init=False)
    """The reply, which whoever sends the request puts here."""


@dataclass(slots=True, eq=False)
class Sign:
    """Step: have the signer sign this; the step's result is the raw signature."""

    message: bytes


@dataclass(slots=True, eq=False)
class Wait:
    """Step: wait for a download that another call makes; the step's result is its outcome."""

    download: "Future[Outcome]"
    seconds: float


Step = Send[RequestT, ResponseT] | Sign | Wait
