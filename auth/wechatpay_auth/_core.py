"""One call, from the unsigned request to the verified response, as steps that do no I/O.

`Exchange.steps` reads from top to bottom: refuse, refresh, sign, send, verify, diagnose. The two
drivers in `_drivers` carry the steps out, blocking or awaiting, over any HTTP library. A
certificate download is a step of the call that needs it, so it goes over the caller's own client,
with its transport, proxy and timeouts.
"""

from collections.abc import Callable, Generator
from ipaddress import ip_address
from typing import Any, Generic, cast

from ._bounded_body import UNSIGNED_RESPONSE, offer_bounded_codings
from ._certificate_download import CERTIFICATES_PATH, Refresh, network_failure
from ._certificate_store import PlatformCertificates
from ._diagnosis import SIGN_DIAGNOSIS, diagnose_sign_error
from ._errors import (
    CertificateDownloadError,
    ConfigurationError,
    SigningError,
    UnknownSerialError,
    VerificationError,
)
from ._message import RequestMessage, authorization_header, require_header_values
from ._rules import SERIAL, RawResponse, describe, verify_response
from ._signer import AsyncSigner, Signer
from ._steps import (
    Received,
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
from ._trusted_keys import Verifier

VERIFIED = "wechatpay_verified"
"""Key in ``response.extensions``: True if the response is verified, False if it is unsigned."""

SIGNED_BODY = "wechatpay_signed_body"
"""Key in ``request.extensions``: the part of a multipart body that is signed in place of the body.

https://pay.weixin.qq.com/doc/v3/partner/4012365863 signs the text of the part ``meta``.
"""

_AUTHORIZATION = "Authorization"
_PREFERRED_KEY = SERIAL
_USER_AGENT = "User-Agent"


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
        # Only a verifier that downloads certificates has this method.
        self.certificates = (
            cast(PlatformCertificates, verifier) if hasattr(verifier, "begin_refresh") else None
        )
        self.clock = clock
        self._nonce = nonce

    def steps(self, request: RequestT) -> Generator[Step[RequestT], Any, None]:
        """Take a call from the request to a response that is verified.

        Raises:
            ConfigurationError: The URL is neither https nor on loopback.
            CertificateDownloadError: No platform certificate is there and none could be had.
            SigningError: The request cannot be signed; nothing was sent.
            VerificationError: A response came and does not verify.
        """
        _refuse_open_wire(request.url)
        if self.certificates is not None:
            yield from self._refreshed_before(request)
        message = yield from self._signed(request)
        received = cast(Received[ResponseT], (yield Send(request)))
        if received.problem is not None:
            describe(received.problem, received.raw, method=message.method, url=message.url)
            raise received.problem
        try:
            self._verify(request, received, message)
        except UnknownSerialError as error:
            if self.certificates is None:
                raise
            yield from self._verify_after_refresh(request, received, message, error)
        diagnosis = self._diagnosis(received.raw, message)
        if diagnosis is not None:
            received.response.extensions[SIGN_DIAGNOSIS] = diagnosis

    def _signed(self, request: RequestT) -> Generator[Step[RequestT], Any, RequestMessage]:
        """Sign the request with a fresh time and nonce; the result is what was signed.

        Whatever can fail comes before the signature, which must stay in no frame of a traceback.
        """
        algorithm, serial_no = self.signer.algorithm, self.signer.serial_no
        require_header_values(algorithm=algorithm, serial_no=serial_no)
        message = RequestMessage(
            method=request.method,
            url=_wire_path(request),
            timestamp=str(int(self.clock())),
            nonce=self._nonce(),
            body=_body_to_sign(request),
        )
        headers = request.headers
        unsigned = request.extensions.get(UNSIGNED_RESPONSE) is True
        offer_bounded_codings(headers, unsigned=unsigned)
        preferred = self.verifier.preferred_serial_no(int(message.timestamp))
        if preferred is not None and _PREFERRED_KEY not in headers:
            # A caller who encrypts fields sets it to the key that encrypted them.
            headers[_PREFERRED_KEY] = preferred
        headers[_AUTHORIZATION] = authorization_header(
            algorithm=algorithm,
            mchid=self.mchid,
            serial_no=serial_no,
            nonce=message.nonce,
            timestamp=message.timestamp,
            signature=(yield Sign(message.to_bytes())),
        )
        return message

    def _verify(
        self, request: RequestT, received: Received[ResponseT], message: RequestMessage
    ) -> None:
        try:
            _require_own(received.response, request)
            received.response.extensions[VERIFIED] = verify_response(
                received.raw,
                self.verifier,
                now=self.clock(),
                unsigned_is_expected=request.extensions.get(UNSIGNED_RESPONSE) is True,
            )
        except VerificationError as error:
            describe(error, received.raw, method=message.method, url=message.url)
            raise

    def _diagnosis(self, response: RawResponse, message: RequestMessage) -> str | None:
        return diagnose_sign_error(
            response, message, mchid=self.mchid, serial_no=self.signer.serial_no
        )

    def _refreshed_before(self, request: RequestT) -> Generator[Step[RequestT], Any, None]:
        _, failure = yield from self._refreshed(request, unknown_serial_no=None)
        # Without a valid key we could not verify the response, so we send nothing. With one that
        # is still valid, the call goes on.
        if failure is not None and self.verifier.preferred_serial_no(self.clock()) is None:
            raise CertificateDownloadError(str(failure))

    def _verify_after_refresh(
        self,
        request: RequestT,
        received: Received[ResponseT],
        message: RequestMessage,
        error: UnknownSerialError,
    ) -> Generator[Step[RequestT], Any, None]:
        try:
            downloaded, failure = yield from self._refreshed(
                request, unknown_serial_no=error.serial_no
            )
        except GeneratorExit as closing:
            # The request has its response, only the download failed. Its network error must not
            # reach the caller as if the request had not got through.
            cause = network_failure(closing)
            if cause is None:
                raise
            raise error from cause
        try:
            self._verify(request, received, message)
        except UnknownSerialError as still:
            raise still from failure
        if downloaded is not None:
            _take_place_of(downloaded, received.response)

    def _refreshed(
        self, request: RequestT, *, unknown_serial_no: str | None
    ) -> Generator[Step[RequestT], Any, tuple[ResponseT | None, CertificateDownloadError | None]]:
        """Make or await the download that is due, if one is.

        The result is the response to the download, if it was made here, and why it failed.
        """
        certificates = cast(PlatformCertificates, self.certificates)
        while True:
            task = certificates.begin_refresh(self.clock(), unknown_serial_no=unknown_serial_no)
            if task is None:
                return None, None
            if isinstance(task, Refresh):
                return (yield from self._downloaded(request, task))
            outcome = yield Wait(task, certificates.wait_seconds)
            if outcome is not None:
                return None, outcome

    def _downloaded(
        self, request: RequestT, refresh: Refresh
    ) -> Generator[Step[RequestT], Any, tuple[ResponseT, CertificateDownloadError | None]]:
        with refresh:
            download = _download_beside(request)
            message = yield from self._signed(download)
            received = cast(Received[ResponseT], (yield Send(download)))
            if received.problem is None:
                failure = refresh.complete(received.raw, self.clock())
            else:
                failure = refresh.fail(received.problem.reason)
        diagnosis = self._diagnosis(received.raw, message)
        if failure is not None and diagnosis is not None:
            received.response.extensions[SIGN_DIAGNOSIS] = diagnosis
            failure = CertificateDownloadError(f"{failure}: {diagnosis}")
        return received.response, failure


def _download_beside(request: RequestT) -> RequestT:
    """The certificate download, at the same host and with the same timeouts as the request."""
    # A gateway may serve the platform's API under a prefix; keep it.
    path = request.url.raw_path.decode().partition("?")[0]
    prefix = path.rpartition("/v3/")[0]
    make = cast(Callable[..., RequestT], type(request))
    return make(
        "GET",
        request.url.join(prefix + CERTIFICATES_PATH),
        headers={
            "Accept": "application/json",
            _USER_AGENT: request.headers.get(_USER_AGENT, "wechatpay_auth"),
        },
        extensions={name: value for name, value in request.extensions.items() if name == "timeout"},
    )


def _take_place_of(last: ResponseT, wanted: ResponseT) -> None:
    """Turn the last response into the one that the caller waits for.

    httpx returns the last response that its flow was sent. After a download that is the
    download's, and the only way to put the real one last by sending would be to send the
    caller's request again, which might move money twice.
    """
    vars(last).clear()
    vars(last).update(vars(wanted))


def _require_own(response: ResponseLike, request: RequestLike) -> None:
    if response.request is not request:
        raise VerificationError(
            "it is the response to a redirected request, not to the one that was signed"
        )


def _refuse_open_wire(url: URLLike) -> None:
    if is_safe_wire(url.scheme, url.host):
        return
    raise ConfigurationError(
        f"base URL: {url.scheme}://{url.host} refused, requests go over https (http to this "
        "machine's own loopback address is allowed, for tests)"
    )


def is_safe_wire(scheme: str, host: str) -> bool:
    """Whether requests may go there: over TLS, or no further than this machine."""
    return scheme == "https" or (scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _body_to_sign(request: RequestLike) -> bytes:
    if SIGNED_BODY not in request.extensions:
        return request.content
    signed: object = request.extensions[SIGNED_BODY]
    if not isinstance(signed, bytes):
        found = type(signed).__name__
    elif b"\r\n\r\n" + signed + b"\r\n--" in request.content:
        return signed
    else:
        found = f"{len(signed)} bytes that are no part of this body"
    raise SigningError(
        f"{SIGNED_BODY}: expected the bytes of one part of the multipart body, found {found}; "
        "send and sign the same bytes of `meta`"
    )


def _wire_path(request: RequestLike) -> str:
    # The `target` extension replaces what is written on the request line.
    raw: bytes = request.extensions.get("target", request.url.raw_path)
    # What is not ASCII does not belong there, and is refused when the message is built.
    return raw.decode(errors="replace")
