"""One call, from the unsigned request to the proven reply; nothing here does I/O.

Judged once, for every HTTP library and for blocking and async clients alike: the drivers in
`_flow` go from one method to the next. Certificate downloads are part of the call that needs them,
so they travel over the caller's own client, with its transport, proxy and timeouts. Few calls need
one, before or after, and so it is made in steps, which the drivers carry out.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Generic, cast

from ._diagnosis import SIGN_DIAGNOSIS, UNAUTHORIZED, diagnose_sign_error
from ._errors import (
    CertificateDownloadError,
    ConfigurationError,
    UnknownSerialError,
    UnreadableReplyError,
    VerificationError,
)
from ._library import (
    RequestLike,
    RequestT,
    ResponseLike,
    ResponseT,
    Send,
    Sign,
    Step,
    URLLike,
    Wait,
)
from ._message import authorization_header, build_request_message, read_request_message
from ._reading import UNSIGNED_REPLY, offer_bounded_codings
from ._refresh import CERTIFICATES_PATH, Refresh, network_failure
from ._signer import AsyncSigner, Signer
from ._verification import SERIAL, Reply, describe, verify_reply
from ._verifier import Verifier

if TYPE_CHECKING:
    from ._platform import PlatformCertificates

VERIFIED = "wechatpay_verified"
"""Key in ``response.extensions``: True if the reply is proven, False if unsigned."""

SIGNED_BODY = "wechatpay_signed_body"
"""Key in ``request.extensions``: bytes to sign in place of the body, for file uploads."""

_AUTHORIZATION = "Authorization"
_PREFERRED_KEY = SERIAL
_USER_AGENT = "User-Agent"
_ACCEPT_JSON = {"Accept": "application/json"}


Steps = Generator[Step[RequestT, ResponseT], Any, None]
"""What has to be done besides the call itself: a certificate download, maybe another call's."""


@dataclass(slots=True, eq=False, repr=False)
class Attempt(Generic[RequestT]):
    """One attempt at a request, and what is signed of it."""

    request: RequestT
    timestamp: str
    nonce: str
    message: bytes
    """The sign string, from which its parts can be read back: few calls need them."""


class Exchange(Generic[RequestT, ResponseT]):
    """What every call of one merchant shares. Immutable."""

    def __init__(
        self,
        mchid: str,
        signer: Signer | AsyncSigner,
        verifier: Verifier,
        clock: Callable[[], float],
        nonce: Callable[[], str],
    ) -> None:
        self.mchid = mchid
        self.signer = signer
        self.verifier = verifier
        # A verifier that keeps itself up to date says so by having this method.
        self._certificates = (
            cast("PlatformCertificates", verifier) if hasattr(verifier, "begin_refresh") else None
        )
        self._clock = clock
        self._nonce = nonce

    def prepare(self, request: RequestT) -> Steps[RequestT, ResponseT] | None:
        """Refuse what must not be sent; the result is what has to be done first, if anything."""
        _refuse_open_wire(request.url)
        return None if self._certificates is None else self._refreshed_before(request)

    def attempt(self, request: RequestT) -> Attempt[RequestT]:
        """What is to be signed, with a time and a nonce of its own."""
        timestamp, nonce = str(int(self._clock())), self._nonce()
        message = build_request_message(
            method=request.method,
            url=_wire_path(request),
            timestamp=timestamp,
            nonce=nonce,
            body=request.extensions.get(SIGNED_BODY, request.content),
        )
        return Attempt(request, timestamp, nonce, message)

    def sign(self, attempt: Attempt[RequestT], signature: bytes) -> None:
        """Write the headers of a request that is ready to be sent."""
        headers = attempt.request.headers
        offer_bounded_codings(headers)
        headers[_AUTHORIZATION] = authorization_header(
            algorithm=self.signer.algorithm,
            mchid=self.mchid,
            serial_no=self.signer.serial_no,
            nonce=attempt.nonce,
            timestamp=attempt.timestamp,
            signature=signature,
        )
        preferred = self.verifier.preferred_serial_no(int(attempt.timestamp))
        if preferred is not None and _PREFERRED_KEY not in headers:
            # A caller who encrypts fields sets it himself, to the key he encrypted with.
            headers[_PREFERRED_KEY] = preferred

    def prove(
        self,
        attempt: Attempt[RequestT],
        response: ResponseT,
        reply: Reply,
        problem: UnreadableReplyError | None,
    ) -> Steps[RequestT, ResponseT] | None:
        """Judge the reply, and write into its extensions what was found.

        The result is what has to be done before that is possible, if anything.

        Raises:
            VerificationError: The reply is not to be believed, or `problem` says that it could
                not even be read.
        """
        if problem is not None:
            _tell(problem, attempt, reply)
            raise problem
        try:
            self._judge(attempt, response, reply)
        except UnknownSerialError as error:
            if self._certificates is None:
                raise
            return self._proven_after_refresh(attempt, response, reply, error)
        return None

    def _judge(self, attempt: Attempt[RequestT], response: ResponseT, reply: Reply) -> None:
        request = attempt.request
        try:
            _require_own(response, request)
            response.extensions[VERIFIED] = verify_reply(
                reply,
                self.verifier,
                now=self._clock(),
                unsigned_is_expected=request.extensions.get(UNSIGNED_REPLY) is True,
            )
        except VerificationError as error:
            _tell(error, attempt, reply)
            raise
        if reply.status_code == UNAUTHORIZED:
            diagnosis = self._diagnosed(attempt, reply)
            if diagnosis is not None:
                response.extensions[SIGN_DIAGNOSIS] = diagnosis

    def _diagnosed(self, attempt: Attempt[RequestT], reply: Reply) -> str | None:
        message = read_request_message(attempt.message)
        return diagnose_sign_error(
            reply, message, mchid=self.mchid, serial_no=self.signer.serial_no
        )

    def _refreshed_before(self, request: RequestT) -> Steps[RequestT, ResponseT]:
        _, failure = yield from self._refreshed(request, unknown_serial_no=None)
        # Without any valid key no reply could be proven, so nothing must be sent. Whoever still
        # has one goes on with it.
        if failure is not None and self.verifier.preferred_serial_no(self._clock()) is None:
            raise CertificateDownloadError(str(failure))

    def _proven_after_refresh(
        self,
        attempt: Attempt[RequestT],
        response: ResponseT,
        reply: Reply,
        error: UnknownSerialError,
    ) -> Steps[RequestT, ResponseT]:
        try:
            downloaded, failure = yield from self._refreshed(
                attempt.request, unknown_serial_no=error.serial_no
            )
        except GeneratorExit as closing:
            # The request was answered, only the download failed. Its network error must not
            # reach the caller as if his request had not got through.
            cause = network_failure(closing)
            if cause is None:
                raise
            raise error from cause
        try:
            self._judge(attempt, response, reply)
        except UnknownSerialError as still:
            raise still from failure
        if downloaded is not None:
            _take_place_of(downloaded, response)

    def _refreshed(
        self, request: RequestT, *, unknown_serial_no: str | None
    ) -> Generator[
        Step[RequestT, ResponseT], Any, tuple[ResponseT | None, CertificateDownloadError | None]
    ]:
        """Make or await the download that is due, if one is.

        The result is the response to the download, if it was made here, and why it failed.
        """
        certificates = cast("PlatformCertificates", self._certificates)
        while True:
            task = certificates.begin_refresh(self._clock(), unknown_serial_no=unknown_serial_no)
            if task is None:
                return None, None
            if isinstance(task, Refresh):
                return (yield from self._downloaded(request, task))
            outcome = yield Wait(task, certificates.wait_seconds)
            if outcome is not None:
                return None, outcome

    def _downloaded(
        self, request: RequestT, refresh: Refresh
    ) -> Generator[
        Step[RequestT, ResponseT], Any, tuple[ResponseT, CertificateDownloadError | None]
    ]:
        with refresh:
            attempt = self.attempt(_download_beside(request))
            self.sign(attempt, (yield Sign(attempt.message)))
            sent: Send[RequestT, ResponseT] = Send(attempt.request)
            reply, problem = cast("tuple[Reply, UnreadableReplyError | None]", (yield sent))
            if problem is None:
                failure = refresh.complete(reply, self._clock())
            else:
                failure = refresh.fail(problem.reason)
        diagnosis = self._diagnosed(attempt, reply)
        if failure is not None and diagnosis is not None:
            failure = CertificateDownloadError(f"{failure}: {diagnosis}")
        return sent.response, failure


def _download_beside(request: RequestT) -> RequestT:
    """The certificate download, at the same host and with the same timeouts as the request."""
    make = cast(Callable[..., RequestT], type(request))
    return make(
        "GET",
        request.url.join(CERTIFICATES_PATH),
        headers={
            **_ACCEPT_JSON,
            _USER_AGENT: request.headers.get(_USER_AGENT, "wechatpay_auth"),
        },
        extensions={name: value for name, value in request.extensions.items() if name == "timeout"},
    )


def _take_place_of(last: ResponseT, wanted: ResponseT) -> None:
    """Make the last response be the one that the caller waits for.

    httpx returns the last response that its flow was sent. After a download that is the
    download's, and the only way to put the real one last by sending would be to repeat the
    caller's request, which might move money twice.
    """
    vars(last).clear()
    vars(last).update(vars(wanted))


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


def _tell(error: VerificationError, attempt: Attempt[RequestT], reply: Reply) -> None:
    message = read_request_message(attempt.message)
    describe(error, reply, method=message.method, url=message.url)


def _wire_path(request: RequestLike) -> str:
    # The `target` extension replaces what is written on the request line.
    raw: bytes = request.extensions.get("target", request.url.raw_path)
    # What is not ASCII does not belong there, and is refused when the message is built.
    return raw.decode(errors="replace")
