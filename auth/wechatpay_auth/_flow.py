"""One call, from the unsigned request to the proven reply, for any HTTP library.

The flow is written once, as a generator of steps that does no I/O; two small drivers carry the
steps out, one blocking and one awaiting. It knows requests and replies by the few members below,
so an adapter for a library is its `Auth` base class and nothing else.
"""

import secrets
import time
from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Callable,
    Generator,
    Mapping,
    MutableMapping,
)
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, ClassVar, Generic, NoReturn, Protocol, Self, TypeVar, cast

from ._environment import MCHID, REQUIRED, Settings, signer_of, verifier_of
from ._errors import ConfigurationError, SigningError, VerificationError
from ._message import RequestMessage, authorization_header
from ._signer import AsyncSigner, Signer
from ._verification import Reply, describe, verify_reply
from ._verifier import Verifier

VERIFIED = "wechatpay_verified"
"""Key in ``response.extensions``: True if the reply is proven, False if unsigned."""

UNSIGNED_REPLY = "wechatpay_unsigned_reply"
"""Key in ``request.extensions``: True lets an unsigned 2xx through, as unproven."""

SIGNED_BODY = "wechatpay_signed_body"
"""Key in ``request.extensions``: bytes to sign in place of the body, for file uploads."""

PREFERRED_KEY = "Wechatpay-Serial"

_MCHID_MAX = 32


class URLLike(Protocol):
    """What is asked of a library's URL."""

    @property
    def scheme(self) -> str: ...
    @property
    def host(self) -> str: ...
    @property
    def raw_path(self) -> bytes: ...


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

    @property
    def status_code(self) -> int: ...
    @property
    def request(self) -> RequestLike: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def extensions(self) -> MutableMapping[str, Any]: ...
    @property
    def content(self) -> bytes: ...
    def read(self) -> bytes: ...
    async def aread(self) -> bytes: ...


RequestT = TypeVar("RequestT", bound=RequestLike)
ResponseT = TypeVar("ResponseT", bound=ResponseLike)


@dataclass(frozen=True, slots=True)
class Send(Generic[RequestT]):
    """Step: send this request; the step's result is the response, its body read."""

    request: RequestT


@dataclass(frozen=True, slots=True)
class Sign:
    """Step: have the signer sign this; the step's result is the raw signature."""

    message: bytes


Step = Send[RequestT] | Sign


def random_nonce() -> str:
    """32 random upper-case hex digits, as in the official samples."""
    return secrets.token_hex(16).upper()


class AuthFlow(Generic[RequestT, ResponseT]):
    """Signs requests and proves replies; the part that every HTTP library's adapter shares."""

    requires_request_body: ClassVar[bool] = True
    requires_response_body: ClassVar[bool] = True

    def __init__(
        self,
        mchid: str,
        *,
        signer: Signer | AsyncSigner,
        verifier: Verifier,
        clock: Callable[[], float] = time.time,
        nonce: Callable[[], str] = random_nonce,
    ) -> None:
        self.mchid = _checked_mchid(mchid, signer)
        self._signer = signer
        self._verifier = verifier
        self._clock = clock
        self._nonce = nonce

    @classmethod
    def from_env(cls) -> Self:
        """From environment variables.

        ``WECHATPAY_MCHID``, ``WECHATPAY_SERIAL_NO`` (of the merchant's API certificate),
        ``WECHATPAY_PRIVATE_KEY`` (PEM text or path), ``WECHATPAY_PUBLIC_KEY_ID`` and
        ``WECHATPAY_PUBLIC_KEY`` (PEM text or path).

        Raises:
            ConfigurationError: It names every variable that is missing, or the one that holds
                something else than it should, and what was found there.
        """
        settings = Settings()
        settings.require(*REQUIRED)
        signer, verifier = signer_of(settings), verifier_of(settings)
        with settings.named(mchid=MCHID):
            return cls(settings[MCHID].strip(), signer=signer, verifier=verifier)

    def sync_auth_flow(self, request: RequestT) -> Generator[RequestT, ResponseT, None]:
        """What a blocking client calls: carries the steps out one after the other."""
        with _readable_body():
            request.read()
        steps = self._steps(request)
        try:
            step = next(steps)
            while True:
                if isinstance(step, Sign):
                    step = steps.send(self._sign_now(step.message))
                else:
                    response = yield step.request
                    response.read()
                    step = steps.send(response)
        except StopIteration:
            return
        finally:
            steps.close()

    async def async_auth_flow(self, request: RequestT) -> AsyncGenerator[RequestT, ResponseT]:
        """What an async client calls: the same, awaiting."""
        with _readable_body():
            await request.aread()
        steps = self._steps(request)
        try:
            step = next(steps)
            while True:
                if isinstance(step, Sign):
                    signature = self._signer.sign(step.message)
                    if isinstance(signature, Awaitable):
                        signature = await signature
                    step = steps.send(signature)
                else:
                    response = yield step.request
                    await response.aread()
                    step = steps.send(response)
        except StopIteration:
            return
        finally:
            steps.close()

    def _sign_now(self, message: bytes) -> bytes:
        signature = self._signer.sign(message)
        if isinstance(signature, bytes):
            return signature
        signature.close()
        raise ConfigurationError("signer: its sign() is async, which needs an async client")

    def _steps(self, request: RequestT) -> Generator[Step[RequestT], Any, None]:
        _refuse_open_wire(request.url)
        message = yield from self._signed(request)
        response = cast(ResponseT, (yield Send(request)))
        self._verify(response, request, message)

    def _signed(self, request: RequestT) -> Generator[Sign, bytes, RequestMessage]:
        """Sign the request, with a time and a nonce of its own for each attempt."""
        message = RequestMessage(
            method=request.method,
            url=_wire_path(request),
            timestamp=str(int(self._clock())),
            nonce=self._nonce(),
            body=request.extensions.get(SIGNED_BODY, request.content),
        )
        request.headers["Authorization"] = authorization_header(
            algorithm=self._signer.algorithm,
            mchid=self.mchid,
            serial_no=self._signer.serial_no,
            nonce=message.nonce,
            timestamp=message.timestamp,
            signature=(yield Sign(message.to_bytes())),
        )
        preferred = self._verifier.preferred_serial_no(self._clock())
        if preferred is not None and PREFERRED_KEY not in request.headers:
            # A caller who encrypts fields sets it himself, to the key he encrypted with.
            request.headers[PREFERRED_KEY] = preferred
        return message

    def _verify(self, response: ResponseT, request: RequestT, message: RequestMessage) -> None:
        reply = Reply.of(response.status_code, response.headers, response.content)
        try:
            _require_own(response, request)
            response.extensions[VERIFIED] = verify_reply(
                reply,
                self._verifier,
                now=self._clock(),
                unsigned_is_expected=request.extensions.get(UNSIGNED_REPLY) is True,
            )
        except VerificationError as error:
            describe(error, reply, method=message.method, url=message.url)
            raise

    def __repr__(self) -> str:
        return f"{type(self).__name__}(mchid={self.mchid!r}, signer={self._signer!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("auth holds a private key: build it in each process, don't pickle it")


def _checked_mchid(mchid: str, signer: Signer | AsyncSigner) -> str:
    if not (mchid.isascii() and mchid.isdigit() and len(mchid) <= _MCHID_MAX):
        # Not repeated: it may be a secret that was put into the wrong place.
        raise ConfigurationError(f"mchid: expected digits, found {len(mchid)} characters")
    own: str | None = getattr(signer, "mchid", None)
    if own not in (None, mchid):
        raise ConfigurationError(f"mchid: is {mchid}, but the merchant certificate is of {own}")
    return mchid


def _require_own(response: ResponseLike, request: RequestLike) -> None:
    if response.request is not request:
        raise VerificationError("it answers a redirected request, not the one that was signed")


def _refuse_open_wire(url: URLLike) -> None:
    if url.scheme == "https" or (url.scheme == "http" and _is_loopback(url.host)):
        return
    raise ConfigurationError(
        f"base URL: {url.scheme}://{url.host} refused, requests go over https (http to this "
        "machine's own loopback address is allowed, for tests)"
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _wire_path(request: RequestLike) -> str:
    # The `target` extension replaces what is written on the request line.
    raw: bytes = request.extensions.get("target", request.url.raw_path)
    return raw.decode("ascii", "replace")


@contextmanager
def _readable_body() -> Generator[None]:
    try:
        yield
    except (AssertionError, RuntimeError, TypeError) as error:
        raise SigningError(
            "the request's body cannot be read before it is sent, so it cannot be signed: it is "
            "a stream that was used up, or an async one in a blocking client (or the other way "
            "round); give bytes"
        ) from error
