"""The doctor's one call: ``GET /v3/certificates``, which reads and moves nothing.

Chosen over ``POST /v3/security/echo`` because its response is documented:
https://pay.weixin.qq.com/doc/v3/partner/4012715700

Our signature counts as accepted only if the response is signed by the platform, or is an error
that only a caller with an accepted signature gets. Any proxy can send the rest.
"""

import os
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
from cryptography import x509

from ._certificate_download import CERTIFICATES_PATH, error_code, error_message, shown
from ._core import VERIFIED
from ._diagnosis import SIGN_DIAGNOSIS, clock_offset
from ._doctor import PLATFORM, Finding, Level
from ._environment import BASE_URL, MCHID, PUBLIC_KEY_ID, Settings, signer_of, verifier_of
from ._errors import (
    CertificateDownloadError,
    ExpiredTimestampError,
    InvalidSignatureError,
    MissingSignatureError,
    VerificationError,
    WeChatPayAuthError,
)
from ._httpx import WeChatPayAuth
from ._network import explain
from ._rules import MAX_AGE_SECONDS, SIGNATURE_HEADERS, RawResponse

_SUBJECT = f"GET {CERTIFICATES_PATH}"
_NOTICEABLE_SECONDS = 60
_AFTER_SIGNATURE = frozenset({"RESOURCE_NOT_EXISTS", "NO_AUTH", "NOT_ENOUGH"})
"""Codes about the merchant, whom the platform knows only once it has accepted the signature."""

_SIGN_ERROR = "SIGN_ERROR"
_PASSING = frozenset({429, 500, 502, 503, 504})
_CHANGED = (
    "set the clock of this machine (NTP) if it is wrong; otherwise have proxy and firewall leave "
    "this host alone: something in between changes requests"
)
_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
_FILES = {
    "SSL_CERT_FILE": "set it to the path of a PEM file of authorities, or unset it",
    "SSLKEYLOGFILE": "set it to a file that can be written, or unset it",
}


def call(
    settings: Settings,
    base_url: str,
    *,
    clock: Callable[[], float] = time.time,
    timeout: float = 20,
) -> Iterator[Finding]:
    """Make the call with these settings, and say what it showed."""
    seen: list[httpx.Response] = []
    error: WeChatPayAuthError | None = None
    try:
        signer = signer_of(settings)
        auth = WeChatPayAuth(
            settings[MCHID], signer=signer, verifier=verifier_of(settings, signer), clock=clock
        )
        client = httpx.Client(
            auth=auth, base_url=base_url, timeout=timeout, event_hooks={"response": [seen.append]}
        )
    except WeChatPayAuthError as refused:
        yield _told(refused)
        return
    except Exception as broken:  # noqa: BLE001 - httpx raises what it finds in the environment
        yield _unusable(broken)
        return
    with client:
        try:
            client.get(CERTIFICATES_PATH, headers={"Accept": "application/json"})
        except WeChatPayAuthError as refused:
            error = refused
        except Exception as broken:  # noqa: BLE001 - a base URL can be wrong in many ways
            yield _unreachable(broken, base_url)
            return
    response = seen[-1]
    raw = RawResponse.of(response.status_code, response.headers, response.content)
    findings = list(_judged(response, raw, error, settings, clock()))
    yield from findings
    was_clear = all(finding.level != "unclear" for finding in findings)
    if was_clear and not isinstance(error, ExpiredTimestampError):
        yield from _clock(raw, clock())


def _judged(
    response: httpx.Response,
    raw: RawResponse,
    error: WeChatPayAuthError | None,
    settings: Settings,
    now: float,
) -> Iterator[Finding]:
    code = error_code(raw)
    said = " ".join(filter(None, (str(raw.status_code), code, error_message(raw))))
    signed = any(raw.header(name) for name in SIGNATURE_HEADERS)
    if code == _SIGN_ERROR and not isinstance(error, VerificationError):
        why = response.extensions.get(SIGN_DIAGNOSIS, "")
        text, _, do = why.partition(". ")
        yield Finding(
            "FAIL", _SUBJECT, f"{said}: our signature was refused; {text}", do or _CHANGED
        )
    elif isinstance(error, VerificationError) and signed:
        yield _unverified(error, raw, said, settings, now)
    elif error is None and response.extensions[VERIFIED]:
        yield Finding("ok", _SUBJECT, f"{said}: our signature was accepted")
        yield Finding("ok", "response", f"verified with {raw.header('Wechatpay-Serial')}")
    elif isinstance(error, CertificateDownloadError) and (signed or code in _AFTER_SIGNATURE):
        yield _told(error, raw)
    elif code in _AFTER_SIGNATURE and raw.status_code in (403, 404):
        yield Finding("ok", _SUBJECT, f"{said}: our signature was accepted")
        yield Finding(
            "note",
            "response",
            "is unsigned, so WeChat Pay's key was not put to the test",
            "query a refund: the response to that is signed",
        )
    elif code is not None:
        yield Finding(
            "unclear",
            _SUBJECT,
            f"{said}: is unsigned, and says nothing about our signature",
            "try again in a minute"
            if raw.status_code in _PASSING
            else "do what the message says; if it says nothing, look for a proxy or a firewall "
            "that responds in the platform's place",
        )
    else:
        yield _from_somebody_else(raw)


def _told(error: WeChatPayAuthError, raw: RawResponse | None = None) -> Finding:
    """What an error of ours says, its way on apart."""
    text, _, do = str(error).removeprefix(f"{_SUBJECT} brought ").partition("; ")
    serial = raw and raw.header("Wechatpay-Serial")
    return Finding(
        "FAIL", _SUBJECT, f"{text} (Wechatpay-Serial {shown(serial)})" if serial else text, do
    )


def _unverified(
    error: VerificationError, raw: RawResponse, said: str, settings: Settings, now: float
) -> Finding:
    """The likeliest cause of each failure to verify."""
    text, _, do = error.reason.partition("; ")
    serial = raw.header("Wechatpay-Serial")
    if isinstance(error, MissingSignatureError):
        do = "something in between changes headers: have proxy and firewall leave Wechatpay-* alone"
    elif isinstance(error, ExpiredTimestampError):
        offset = clock_offset(raw, now)
        do = (
            "the response is an old one: have proxy and cache leave this host alone"
            if offset is not None and abs(offset) <= MAX_AGE_SECONDS
            else "set the clock of this machine (NTP)"
        )
    elif isinstance(error, InvalidSignatureError):
        if serial is not None and serial == settings.get(PUBLIC_KEY_ID):
            do = (
                "WECHATPAY_PUBLIC_KEY is not the key of WECHATPAY_PUBLIC_KEY_ID: take pub_key.pem "
                "and its id anew from the merchant console. If they are right, a proxy changes "
                "bodies"
            )
        else:
            do = "a proxy or a firewall changes bodies: have it leave this host alone"
    signed_by = f", Wechatpay-Serial {shown(serial)}" if serial else ""
    return Finding("FAIL", "response", f"{said}{signed_by}: {text}", do)


def _from_somebody_else(raw: RawResponse) -> Finding:
    came = [f"status {raw.status_code}"]
    for name in ("Content-Type", "Location", "Server"):
        value = raw.header(name)
        if value is not None:
            came.append(f"{name} {shown(value)}")
    first = next(iter(raw.body[:2000].decode("utf-8", "replace").strip().splitlines()), None)
    came.append("no body" if first is None else f'first line "{shown(first)}"')
    return Finding(
        "unclear",
        _SUBJECT,
        f"this did not come from WeChat Pay: {', '.join(came)}",
        f"check the base URL ({BASE_URL} or --base-url; WeChat Pay's is {PLATFORM}), and whether "
        "a proxy, a firewall or a login page responds in its place",
    )


def _unusable(error: Exception) -> Finding:
    """What in the environment keeps the HTTP library from starting."""
    broken = [name for name in _set(*_PROXIES, *_FILES) if _is_broken(name)]
    names = broken or _set("NO_PROXY") or _set(*_PROXIES)
    what = shown(str(error))
    do = "write it as http://HOST:PORT, or unset it"
    if names and names[0] in _FILES:
        path = shown(os.environ[names[0]])
        what += "" if path in what else f" ({path})"
        do = _FILES[names[0]]
    elif names and names[0].upper() == "NO_PROXY":
        do = "write it as names of hosts with commas between, or unset it"
    return Finding("FAIL", " and ".join(names) or "base URL", f"httpx cannot use it: {what}", do)


def _set(*names: str) -> list[str]:
    both = [form for name in names for form in (name, name.lower())]
    return [name for name in both if os.environ.get(name)]


def _is_broken(name: str) -> bool:
    value = os.environ[name]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # a default one reads the other variables
    try:
        if name.upper() in _PROXIES:
            proxy = value if "://" in value else f"http://{value}"
            httpx.HTTPTransport(proxy=proxy, verify=context).close()
        elif name == "SSL_CERT_FILE":
            context.load_verify_locations(value)
        else:
            Path(value).open("a").close()  # as OpenSSL does with it
    except Exception:  # noqa: BLE001 - whatever it is, this is the one
        return True
    return False


def _unreachable(error: Exception, base_url: str) -> Finding:
    cause, do = explain(error)
    if cause.startswith("CERTIFICATE_VERIFY_FAILED"):
        cause += issuer_of(base_url)
    through = _set(*_PROXIES)
    by = f" ({' and '.join(through)} set)" if through else ""
    return Finding("FAIL", _SUBJECT, f"no response from {shown(base_url)}{by}: {cause}", do)


def issuer_of(base_url: str) -> str:
    """Who issued the certificate that was refused, for those who have to find them."""
    url = httpx.URL(base_url)
    try:
        pem = ssl.get_server_certificate((url.host, url.port or 443), timeout=5)
        issuer = x509.load_pem_x509_certificate(pem.encode()).issuer.rfc4514_string()
    except (OSError, ValueError):
        return ""
    return f"; its certificate was issued by {shown(issuer)}"


def _clock(raw: RawResponse, now: float) -> Iterator[Finding]:
    offset = clock_offset(raw, now)
    if offset is None:
        return
    level: Level = "ok" if abs(offset) <= _NOTICEABLE_SECONDS else "note"
    if abs(offset) > MAX_AGE_SECONDS:
        level = "FAIL"
    direction = "ahead of" if offset > 0 else "behind"
    do = "" if level == "ok" else "set the clock of this machine (NTP); beyond 300 s calls fail"
    yield Finding(level, "clock", f"{abs(offset)} s {direction} the platform's", do)
