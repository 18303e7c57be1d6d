"""The adapter for httpx2, httpx's maintained successor. Needs the extra ``httpx2``."""

import httpx2

from ._bounded_body import BodyReader, BoundedStream
from ._drivers import AuthFlow


class _Stream(BoundedStream, httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A download that the caller reads."""


class WeChatPayAuth(AuthFlow[httpx2.Request, httpx2.Response], httpx2.Auth):
    """`wechatpay_auth.WeChatPayAuth` for `httpx2.Client` and `httpx2.AsyncClient`.

    Arguments, errors and ``response.extensions["wechatpay_verified"]`` are the same.
    """

    _reader = BodyReader(_Stream, httpx2.ByteStream, httpx2.ReadTimeout, httpx2.RequestError)
