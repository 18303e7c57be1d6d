"""The adapter for httpx."""

import httpx

from ._bounded_body import BodyReader, BoundedStream
from ._drivers import AuthFlow


class _Stream(BoundedStream, httpx.SyncByteStream, httpx.AsyncByteStream):
    """A download that the caller reads."""


class WeChatPayAuth(AuthFlow[httpx.Request, httpx.Response], httpx.Auth):
    """Signs each request and verifies each response, for `httpx.Client` and `httpx.AsyncClient`.

    Every 2xx must be signed by the platform; other responses are verified if they are signed.
    ``response.extensions["wechatpay_verified"]`` says which it was. One object serves any number
    of clients, threads and tasks. Each attempt gets a fresh timestamp and nonce.

    https://pay.weixin.qq.com/doc/v3/partner/4012365870

    A response may have 1 MiB, or ``wechatpay_response_limit`` bytes if that is in
    ``request.extensions``. With ``wechatpay_unsigned_response`` there, a 2xx may be unsigned, is
    left to the caller to stream, and may have 128 MiB. If ``request.extensions["timeout"]`` has a
    ``total``, the body has to be there so many seconds after the request was sent.

    Args:
        mchid: Number of the merchant that sends the requests.
        signer: Holds the merchant's private key, or knows who does.
        verifier: Knows the platform's keys.
        clock: Gives Unix seconds.
        nonce: Gives a new random text, without spaces or quotes.
        api_v3_key: The merchant's APIv3 key, to read notices, unless the verifier has it:
            `PlatformCertificates` does.

    Raises:
        ConfigurationError: The mchid is not one, or not the one of the merchant's certificate;
            while sending: the URL is neither https nor on loopback.
        SigningError: While sending: the body cannot be read before it is sent.
        VerificationError: While sending: a response came and does not verify. For anything but a
            read the outcome is unknown; retry with the same parameters, or query.
    """

    _reader = BodyReader(_Stream, httpx.ByteStream, httpx.ReadTimeout, httpx.RequestError)
