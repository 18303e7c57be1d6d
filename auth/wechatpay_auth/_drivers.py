"""The auth object without its HTTP library: settings, and the drivers of a call.

`_core` tells once what a call consists of. Here, two small drivers carry its steps out, one
blocking and one awaiting. An adapter for a library adds that library's `Auth` base class.
"""

import re
import secrets
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping
from typing import ClassVar, Generic, NoReturn, Self

from ._api_v3_key import APIv3Key
from ._bounded_body import BodyReader, bounds_of
from ._certificate_download import Outcome
from ._certificate_store import PlatformCertificates
from ._core import Exchange
from ._encryption import Encryptor, decrypted, encryptor_of
from ._environment import MCHID, Settings, named_by_variable, signer_of, verifier_of
from ._errors import (
    CertificateDownloadError,
    ConfigurationError,
    ReplayedNoticeError,
    SigningError,
    UnreadableNoticeError,
    WeChatPayAuthError,
)
from ._key_forms import Problem, need
from ._message import require_header_values
from ._notices import Headers, Notice, arrived_notice, opened_notice, verify_notice
from ._signer import AsyncSigner, Signer, checked_mchid
from ._steps import RequestT, ResponseT, Send, Sign, Wait
from ._trusted_keys import Verifier

_BASE64 = re.compile(rb"[A-Za-z0-9+/]{340,}={0,2}")
"""An RSA signature in base64. A raw one of that length practically never looks like this."""

_UNREADABLE = (AssertionError, RuntimeError, TypeError)
"""httpx raises one of these for a body that it cannot read."""


def random_nonce() -> str:
    """32 random upper-case hex digits, as in the official samples."""
    return secrets.token_hex(16).upper()


class AuthFlow(Generic[RequestT, ResponseT]):
    """Signs requests and verifies responses; the part that every HTTP library's adapter shares."""

    requires_request_body: ClassVar[bool] = True
    requires_response_body: ClassVar[bool] = True
    _reader: ClassVar[BodyReader]

    def __init__(
        self,
        mchid: str,
        *,
        signer: Signer | AsyncSigner,
        verifier: Verifier,
        clock: Callable[[], float] = time.time,
        nonce: Callable[[], str] = random_nonce,
        api_v3_key: str | bytes | APIv3Key | None = None,
    ) -> None:
        checked = checked_mchid(mchid)
        key = None if api_v3_key is None else APIv3Key.load(api_v3_key)
        # See _key_forms: the key, or a secret in the wrong place.
        del mchid, api_v3_key
        self.mchid = need(checked, "mchid")
        _require_same_merchant(self.mchid, signer)
        _require_signer(signer)
        _require_verifier(verifier)
        if key is None and isinstance(verifier, PlatformCertificates):
            key = verifier.api_v3_key
        self._api_v3_key = need(key, "api_v3_key")
        self._signer = signer
        self._exchange: Exchange[RequestT, ResponseT] = Exchange(
            self.mchid, signer, verifier, clock, nonce
        )

    @classmethod
    def from_env(cls, environ: Mapping[str, object] | None = None) -> Self:
        """From environment variables, or from a mapping with the same names.

        ``WECHATPAY_MCHID``, ``WECHATPAY_SERIAL_NO`` (of the merchant's API certificate),
        ``WECHATPAY_PRIVATE_KEY`` (PEM text or path), ``WECHATPAY_PUBLIC_KEY_ID`` and
        ``WECHATPAY_PUBLIC_KEY`` (PEM text or path).

        ``WECHATPAY_CERTIFICATE`` (``apiclient_cert.pem``) stands in for the serial number or is
        checked against it. ``WECHATPAY_API_V3_KEY`` adds platform certificates, and makes the
        public key unnecessary; ``WECHATPAY_CERTIFICATE_CACHE`` is where they are kept.

        Quotes and spaces around a value are left out. ``WECHATPAY_PRIVATE_KEY_PASSWORD`` opens an
        encrypted key. ``WECHATPAY_API_V3_KEY`` may be the path of a file that holds the key alone.

        Raises:
            ConfigurationError: It names every variable that is missing, or the one that holds
                something else than it should, and what was found there.
        """
        settings = Settings(environ)
        del environ  # see _key_forms: it holds the private key
        settings.require_all()
        with named_by_variable():
            signer = signer_of(settings)
            return cls(settings[MCHID], signer=signer, verifier=verifier_of(settings, signer))

    def encryptor(self) -> Encryptor:
        """What encrypts fields (敏感信息加密): one key of the platform, and its serial number.

        It is the key that ``Wechatpay-Serial`` of a request names by default: the WeChat Pay
        public key if there is one, else the newest platform certificate that is valid. Send
        ``Wechatpay-Serial: encryptor.serial_no`` with the fields that it encrypted.

        Raises:
            ConfigurationError: No key is known: certificate mode before its first download, or
                all certificates have expired; the text says what loads them.
        """
        return encryptor_of(self._exchange.verifier, self._exchange.clock())

    def decrypt(self, ciphertext: str) -> str:
        """The text of a field that the platform encrypted for this merchant (敏感信息解密).

        Args:
            ciphertext: Base64, as it stands in the response; empty text stays empty.

        Raises:
            ConfigurationError: The signer has no `decrypt`.
            DecryptionError: The field was encrypted for another key or in another way.
        """
        opened = decrypted(ciphertext, self._signer)
        del ciphertext  # it may be a plain text by mistake
        if isinstance(opened, WeChatPayAuthError):
            raise opened
        return opened

    def read_notice(
        self, headers: Headers, body: bytes, *, seen: Callable[[Notice], bool] | None = None
    ) -> Notice:
        """Verify a notice (回调通知) that arrived at your URL, and decrypt what it is about.

        It makes no call, so it serves blocking and async programs alike.

        Args:
            headers: Of the request: a mapping or pairs, in any case, also WSGI's environ.
            body: The raw bytes of the body, before anything parses them.
            seen: Asked with the verified notice: True if your store has its nonce already. Write
                it in the transaction that handles the notice, or a failure loses the notice.

        Raises:
            ConfigurationError: The APIv3 key is not set, or headers or body are something else.
            VerificationError: Somebody else sent the notice, or it was changed or is too old; or,
                `UnknownSerialError`, certificate mode has not downloaded its certificate yet. The
                next call with this auth object does, and the platform sends the notice again.
            UnreadableNoticeError: The APIv3 key is another one, or the notice has another form.
            ReplayedNoticeError: `seen` returned True.
        """
        exchange = self._exchange
        if self._api_v3_key is None:
            raise ConfigurationError(
                "api_v3_key: needed to read notices, found none; give `api_v3_key=…`, or set "
                "WECHATPAY_API_V3_KEY to the key of the merchant console (API security)"
            )
        arrived = arrived_notice(headers, body)
        verify_notice(arrived, exchange.verifier, exchange.clock())
        notice = opened_notice(arrived, self._api_v3_key)
        if isinstance(notice, Problem):
            raise UnreadableNoticeError(str(notice))
        if seen is not None and seen(notice):
            raise ReplayedNoticeError(f"the notice {notice.id} was seen before")
        return notice

    def sync_auth_flow(self, request: RequestT) -> Generator[RequestT, ResponseT, None]:
        """What a blocking client calls: carries the steps out one after the other."""
        try:
            request.read()
        except _UNREADABLE as error:
            raise _cannot_be_signed() from error
        steps = self._exchange.steps(request)
        try:
            step = next(steps)
            while True:
                if isinstance(step, Sign):
                    step = steps.send(_raw(self._sign_now(step.message)))
                elif isinstance(step, Send):
                    bounds = bounds_of(step.request.extensions)
                    response = yield step.request
                    step = steps.send(self._reader.read(response, bounds))
                else:
                    step = steps.send(_outcome_of(step))
        except StopIteration:
            return
        finally:
            steps.close()

    async def async_auth_flow(self, request: RequestT) -> AsyncGenerator[RequestT, ResponseT]:
        """What an async client calls: the same, awaiting."""
        if self._exchange.certificates is not None:
            _require_asyncio()
        try:
            await request.aread()
        except _UNREADABLE as error:
            raise _cannot_be_signed() from error
        steps = self._exchange.steps(request)
        try:
            step = next(steps)
            while True:
                if isinstance(step, Sign):
                    step = steps.send(_raw(await self._signed(step.message)))
                elif isinstance(step, Send):
                    bounds = bounds_of(step.request.extensions)
                    response = yield step.request
                    step = steps.send(await self._reader.aread(response, bounds))
                else:
                    step = steps.send(await _awaited_outcome_of(step))
        except StopIteration:
            return
        finally:
            steps.close()

    async def _signed(self, message: bytes) -> object:
        signature: object = self._signer.sign(message)
        return await signature if isinstance(signature, Awaitable) else signature

    def _sign_now(self, message: bytes) -> object:
        signature: object = self._signer.sign(message)
        if not isinstance(signature, Awaitable):
            return signature
        close: Callable[[], None] | None = getattr(signature, "close", None)  # a coroutine's
        if close is not None:
            close()
        raise ConfigurationError("signer: its sign() is async, which needs an async client")

    def __repr__(self) -> str:
        known = vars(self)  # `__init__` may have failed before these attributes were set
        return (
            f"{type(self).__name__}(mchid={known.get('mchid')!r}, signer={known.get('_signer')!r})"
        )

    def __reduce__(self) -> NoReturn:
        raise TypeError("auth holds a private key: build it in each process, don't pickle it")


def _require_same_merchant(mchid: str, signer: Signer | AsyncSigner) -> None:
    own: str | None = getattr(signer, "mchid", None)
    if own not in (None, mchid):
        raise ConfigurationError(f"mchid: is {mchid}, but the merchant certificate is of {own}")
    if getattr(signer, "serial_no", None) == mchid:
        raise ConfigurationError(
            "serial_no: is the mchid; expected the serial number of the merchant's API certificate"
        )


def _require_signer(signer: Signer | AsyncSigner) -> None:
    """Refuse a signer that would fail at every call."""
    failure = None
    try:
        require_header_values(algorithm=signer.algorithm, serial_no=signer.serial_no)
    except AttributeError as error:
        failure = f"has no {error.name}"
    except SigningError as error:
        failure = str(error)
    if failure is None and not callable(getattr(signer, "sign", None)):
        failure = "has no sign()"
    if failure is not None:
        raise ConfigurationError(f"signer: {type(signer).__name__} is none; {failure}")


def _require_verifier(verifier: Verifier) -> None:
    for name in ("preferred_serial_no", "verify"):
        # Somebody may have passed the class itself, which has the methods but no keys.
        if isinstance(verifier, type) or not callable(getattr(verifier, name, None)):
            found = verifier.__name__ if isinstance(verifier, type) else type(verifier).__name__
            del verifier  # it may be a key in the wrong place
            raise ConfigurationError(
                f"verifier: expected RSAVerifier.from_public_key(…) or PlatformCertificates(…), "
                f"found {found}"
            )


def _raw(signature: object) -> bytes:
    if isinstance(signature, bytes) and signature and not _BASE64.fullmatch(signature):
        return signature
    found = "none" if signature == b"" else type(signature).__name__
    if signature and isinstance(signature, bytes):
        found = "base64"
    del signature  # it may not stay in the locals of a traceback
    raise SigningError(
        f"signer: sign() must return the raw signature as bytes, without base64; found {found}"
    )


def _require_asyncio() -> None:
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise ConfigurationError(
            "verifier: PlatformCertificates needs asyncio in an async client; under another event "
            "loop, trio for one, use the WeChat Pay public key. Nothing was sent"
        ) from None


def _cannot_be_signed() -> SigningError:
    return SigningError(
        "the request's body cannot be read before it is sent, so it cannot be signed: it is a "
        "stream that was used up, or an async one in a blocking client (or the other way round); "
        "give bytes"
    )


def _outcome_of(step: Wait) -> Outcome:
    try:
        return step.download.result(step.seconds)
    except TimeoutError:
        return _too_slow(step)


async def _awaited_outcome_of(step: Wait) -> Outcome:
    import asyncio

    try:
        return await asyncio.wait_for(asyncio.wrap_future(step.download), step.seconds)
    except TimeoutError:
        return _too_slow(step)


def _too_slow(step: Wait) -> CertificateDownloadError:
    # An event hook that makes a call during the download would wait for that download forever.
    return CertificateDownloadError(
        f"another call's certificate download took more than {step.seconds:g} s"
    )
