"""The doctor's one call: ``GET /v3/certificates``, which reads and moves nothing.

Chosen over ``POST /v3/security/echo`` because its response is documented:
https://pay.weixin.qq.com/doc/v3/partner/4012715700
"""

import time
from collections.abc import Iterator

import httpx

from ._certificate_download import CERTIFICATES_PATH, error_code
from ._core import VERIFIED
from ._diagnosis import SIGN_DIAGNOSIS, clock_offset
from ._doctor import Finding, Level
from ._errors import VerificationError, WeChatPayAuthError
from ._httpx import WeChatPayAuth
from ._rules import MAX_AGE_SECONDS, RawResponse

BASE_URL = "https://api.mch.weixin.qq.com"

_NOTICEABLE_SECONDS = 60


def call(base_url: str = BASE_URL, *, timeout: float = 20.0) -> Iterator[Finding]:
    """Make the call with the settings of the environment, and say what it showed."""
    subject = f"GET {CERTIFICATES_PATH}"
    seen: list[httpx.Response] = []
    hooks = {"response": [seen.append]}
    try:
        with httpx.Client(
            auth=WeChatPayAuth.from_env(), base_url=base_url, timeout=timeout, event_hooks=hooks
        ) as client:
            response = client.get(CERTIFICATES_PATH, headers={"Accept": "application/json"})
    except httpx.HTTPError as error:
        yield Finding("fail", subject, f"no answer from {base_url}: {type(error).__name__}")
        return
    except WeChatPayAuthError as error:
        text = error.reason if isinstance(error, VerificationError) else str(error)
        yield Finding("fail", subject, text)
        yield from _clock(seen)
        return
    yield from _signature(subject, response)
    yield from _clock(seen)


def _signature(subject: str, response: httpx.Response) -> Iterator[Finding]:
    raw = RawResponse.of(response.status_code, response.headers, response.content)
    status = f"{raw.status_code} {error_code(raw) or ''}".strip()
    if raw.status_code == 401:
        why = response.extensions.get(SIGN_DIAGNOSIS, "the platform gave no reason")
        yield Finding("fail", subject, f"{status}: our signature was refused; {why}")
        return
    yield Finding("ok", subject, f"{status}: our signature was not refused")
    if response.extensions[VERIFIED]:
        yield Finding("ok", "response", f"verified with {raw.header('Wechatpay-Serial')}")
    else:
        yield Finding(
            "warn", "response", "is unsigned, so the platform's key was not put to the test"
        )


def _clock(seen: list[httpx.Response]) -> Iterator[Finding]:
    for response in seen[:1]:
        offset = clock_offset(RawResponse.of(200, response.headers, b""), time.time())
        if offset is None:
            continue
        level: Level = "ok" if abs(offset) <= _NOTICEABLE_SECONDS else "warn"
        if abs(offset) > MAX_AGE_SECONDS:
            level = "fail"
        direction = "ahead of" if offset > 0 else "behind"
        yield Finding(level, "clock", f"{abs(offset)} s {direction} the platform's")
