"""The auth object without its HTTP library: settings, and the drivers of a call.

What is signed and what is believed is decided once, in `_exchange`. Here, two small drivers take a
call from one to the next, one blocking and one awaiting. An adapter for a library adds that
library's `Auth` base class and nothing else.
"""

import ssl
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing
from typing import TYPE_CHECKING, ClassVar, Generic, NoReturn, Self

from ._environment import MCHID, Settings, named_by_variable, signer_of, verifier_of
from ._errors import CertificateDownloadError, ConfigurationError, SigningError
from ._exchange import Exchange, Steps
from ._library import RequestT, ResponseT, Send, Sign, Wait
from ._pem import need
from ._reading import BodyReader, bounds_of
from ._signer import AsyncSigner, Signer, checked_mchid
from ._verifier import Verifier

if TYPE_CHECKING:
    from ._refresh import Outcome

_UNREADABLE = (AssertionError, RuntimeError, TypeError)
"""What httpx raises, as the case may be, for a body that it cannot read."""


def random_nonce() -> str:
    """32 random upper-case hex digits, as in the official samples."""
    # OpenSSL's generator, which a fork seeds anew. os.urandom would hand the interpreter to another
    # thread for the sake of 16 bytes, and two threads would get a quarter less done.
    return ssl.RAND_bytes(16).hex().upper()


class AuthFlow(Generic[RequestT, ResponseT]):
    """Signs requests and proves replies; the part that every HTTP library's adapter shares."""

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
    ) -> None:
        checked = checked_mchid(mchid)
        del mchid  # see _pem: it may be a secret that was put into the wrong place
        self.mchid = need(checked, "mchid")
        _require_same_merchant(self.mchid, signer)
        self._signer = signer
        self._exchange: Exchange[RequestT, ResponseT] = Exchange(
            self.mchid, signer, verifier, clock, nonce
        )

    @classmethod
    def from_env(cls) -> Self:
        """From environment variables.

        ``WECHATPAY_MCHID``, ``WECHATPAY_SERIAL_NO`` (of the merchant's API certificate),
        ``WECHATPAY_PRIVATE_KEY`` (PEM text or path), ``WECHATPAY_PUBLIC_KEY_ID`` and
        ``WECHATPAY_PUBLIC_KEY`` (PEM text or path).

        ``WECHATPAY_CERTIFICATE`` (``apiclient_cert.pem``) stands in for the serial number or is
        checked against it. ``WECHATPAY_API_V3_KEY`` adds platform certificates, and makes the
        public key unnecessary; ``WECHATPAY_CERTIFICATE_CACHE`` is where they are kept.

        Raises:
            ConfigurationError: It names every variable that is missing, or the one that holds
                something else than it should, and what was found there.
        """
        settings = Settings()
        settings.require_all()
        with named_by_variable():
            signer, verifier = signer_of(settings), verifier_of(settings)
            return cls(settings[MCHID].strip(), signer=signer, verifier=verifier)

    def sync_auth_flow(self, request: RequestT) -> Generator[RequestT, ResponseT, None]:
        """What a blocking client calls."""
        try:
            request.read()
        except _UNREADABLE as error:
            raise _cannot_be_signed() from error
        exchange = self._exchange
        before = exchange.prepare(request)
        if before is not None:
            yield from self._carried_out(before)
        attempt = exchange.attempt(request)
        exchange.sign(attempt, self._sign_now(attempt.message))
        limit, ends_at = bounds_of(request.extensions)
        response = yield request
        reply, problem = self._reader.read(response, limit, ends_at)
        after = exchange.prove(attempt, response, reply, problem)
        if after is not None:
            yield from self._carried_out(after)

    async def async_auth_flow(self, request: RequestT) -> AsyncGenerator[RequestT, ResponseT]:
        """What an async client calls: the same, awaiting."""
        try:
            await request.aread()
        except _UNREADABLE as error:
            raise _cannot_be_signed() from error
        exchange = self._exchange
        before = exchange.prepare(request)
        if before is not None:
            async with aclosing(self._awaited(before)) as downloads:
                async for download in downloads:
                    download.response = yield download.request
        attempt = exchange.attempt(request)
        exchange.sign(attempt, await self._signed(attempt.message))
        limit, ends_at = bounds_of(request.extensions)
        response = yield request
        reply, problem = await self._reader.aread(response, limit, ends_at)
        after = exchange.prove(attempt, response, reply, problem)
        if after is not None:
            async with aclosing(self._awaited(after)) as downloads:
                async for download in downloads:
                    download.response = yield download.request

    def _carried_out(
        self, steps: Steps[RequestT, ResponseT]
    ) -> Generator[RequestT, ResponseT, None]:
        """Carry the steps out, one after the other."""
        try:
            step = next(steps)
            while True:
                if isinstance(step, Send):
                    limit, ends_at = bounds_of(step.request.extensions)
                    step.response = yield step.request
                    step = steps.send(self._reader.read(step.response, limit, ends_at))
                elif isinstance(step, Sign):
                    step = steps.send(self._sign_now(step.message))
                else:
                    step = steps.send(_outcome_of(step))
        except StopIteration:
            return
        finally:
            steps.close()

    async def _awaited(
        self, steps: Steps[RequestT, ResponseT]
    ) -> AsyncGenerator[Send[RequestT, ResponseT], None]:
        """Do the same, awaiting. What it yields is given its response before it goes on."""
        try:
            step = next(steps)
            while True:
                if isinstance(step, Send):
                    limit, ends_at = bounds_of(step.request.extensions)
                    yield step
                    step = steps.send(await self._reader.aread(step.response, limit, ends_at))
                elif isinstance(step, Sign):
                    step = steps.send(await self._signed(step.message))
                else:
                    step = steps.send(await _awaited_outcome_of(step))
        except StopIteration:
            return
        finally:
            steps.close()

    async def _signed(self, message: bytes) -> bytes:
        signature = self._signer.sign(message)
        return signature if isinstance(signature, bytes) else await signature

    def _sign_now(self, message: bytes) -> bytes:
        signature = self._signer.sign(message)
        if isinstance(signature, bytes):
            return signature
        signature.close()
        raise ConfigurationError("signer: its sign() is async, which needs an async client")

    def __repr__(self) -> str:
        known = vars(self)  # of one that was refused while it was made, nothing may be known
        return (
            f"{type(self).__name__}(mchid={known.get('mchid')!r}, signer={known.get('_signer')!r})"
        )

    def __reduce__(self) -> NoReturn:
        raise TypeError("auth holds a private key: build it in each process, don't pickle it")


def _require_same_merchant(mchid: str, signer: Signer | AsyncSigner) -> None:
    own: str | None = getattr(signer, "mchid", None)
    if own not in (None, mchid):
        raise ConfigurationError(f"mchid: is {mchid}, but the merchant certificate is of {own}")


def _cannot_be_signed() -> SigningError:
    return SigningError(
        "the request's body cannot be read before it is sent, so it cannot be signed: it is a "
        "stream that was used up, or an async one in a blocking client (or the other way round); "
        "give bytes"
    )


def _outcome_of(step: Wait) -> "Outcome":
    try:
        return step.download.result(step.seconds)
    except TimeoutError:
        return _too_slow(step)


async def _awaited_outcome_of(step: Wait) -> "Outcome":
    import asyncio

    try:
        return await asyncio.wait_for(asyncio.wrap_future(step.download), step.seconds)
    except TimeoutError:
        return _too_slow(step)


def _too_slow(step: Wait) -> CertificateDownloadError:
    # Without a limit, a call made from within the download (by an event hook of the client, say)
    # would wait for itself.
    return CertificateDownloadError(
        f"another call's certificate download took more than {step.seconds:g} s"
    )
