"""Certificates download themselves, over the caller's own client, when and only when needed."""

import asyncio
import base64
import json
import os
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trio
from cryptography.hazmat.primitives.asymmetric import rsa
from wechatpay_auth import (
    CertificateDownloadError,
    ConfigurationError,
    InvalidSignatureError,
    PlatformCertificates,
    RawResponse,
    RSASigner,
    RSAVerifier,
    UnknownSerialError,
)
from wechatpay_auth._certificate_download import Refresh, network_failure

from tests.auth.support import (
    API_V3_KEY,
    KEY_ID,
    MCHID,
    MERCHANT_SERIAL,
    NOW,
    Answer,
    CertificatePlatform,
    Library,
    Received,
    Response,
    Server,
    check_request,
    make_certificate,
    serving,
    signature_headers,
)

FIRST, SECOND = f"{42:040X}", f"{43:040X}"
OK = b'{"ok":true}'
HOUR = 3600.0
NO_CERTIFICATE = "this merchant has no platform certificate; use the WeChat Pay public key "

Call = Callable[..., Response]


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def platform(platform_key: rsa.RSAPrivateKey, clock: Clock) -> CertificatePlatform:
    made = CertificatePlatform(platform_key)
    made.clock = clock
    return made


@pytest.fixture
def server(platform: CertificatePlatform) -> Iterator[Server]:
    with serving(platform) as running:
        yield running


@pytest.fixture
def certificates() -> PlatformCertificates:
    return PlatformCertificates(MCHID, api_v3_key=API_V3_KEY)


@pytest.fixture
def call(library: Library, signer: RSASigner, clock: Clock, server: Server) -> Call:
    """Call the platform with the given verifier."""

    def called(verifier: Any, method: str = "GET", **options: Any) -> Response:  # noqa: ANN401
        auth = library.auth(MCHID, signer=signer, verifier=verifier, clock=clock)
        return library.call(auth, method, f"{server.url}/v3/x", **options)

    return called


def targets(server: Server) -> list[str]:
    return [received.target for received in server.received]


# Before the first call.


def test_certificates_are_downloaded_before_the_first_call_and_only_then(
    call: Call, certificates: PlatformCertificates, server: Server
) -> None:
    for _ in range(3):
        response = call(certificates, "POST")
        assert response.content == OK
        assert response.extensions["wechatpay_verified"] is True
        assert str(response.request.url).endswith("/v3/x")
    assert targets(server) == ["/v3/certificates", "/v3/x", "/v3/x", "/v3/x"]


def test_download_is_a_signed_request_of_its_own(
    call: Call, certificates: PlatformCertificates, server: Server, merchant_key: rsa.RSAPrivateKey
) -> None:
    call(certificates, "POST", content=b"{}", headers={"User-Agent": "shop/1"})
    download, request = server.received
    first = check_request(download, merchant_key.public_key())
    second = check_request(request, merchant_key.public_key())
    assert first["nonce"] != second["nonce"]
    assert (download.method, download.body) == ("GET", b"")
    assert download.headers["accept"] == "application/json"
    assert "content-type" not in download.headers
    assert download.headers["user-agent"] == "shop/1"
    assert "wechatpay-serial" not in download.headers
    assert request.headers["wechatpay-serial"] == FIRST


@pytest.mark.parametrize("query", ["", "?next=/v3/y"])
@pytest.mark.parametrize("prefix", ["/wechat", "/a%2Fb/v3/mirror"])
def test_download_keeps_the_path_that_a_gateway_adds(
    library: Library,
    signer: RSASigner,
    clock: Clock,
    platform: CertificatePlatform,
    certificates: PlatformCertificates,
    prefix: str,
    query: str,
) -> None:
    def gateway(received: Received) -> Answer:
        assert received.target.startswith(f"{prefix}/v3/")
        return platform(replace(received, target=received.target.removeprefix(prefix)))

    auth = library.auth(MCHID, signer=signer, verifier=certificates, clock=clock)
    with serving(gateway) as server:
        library.call(auth, "GET", f"{server.url}{prefix}/v3/x{query}")
    assert targets(server) == [f"{prefix}/v3/certificates", f"{prefix}/v3/x{query}"]


def test_under_trio_the_first_call_says_so_before_anything_is_sent(
    library: Library, signer: RSASigner, certificates: PlatformCertificates, server: Server
) -> None:
    """Waiting for a download and telling a cancellation from a failure stand on asyncio."""
    auth = library.auth(MCHID, signer=signer, verifier=certificates)

    async def call() -> None:
        async with library.http.AsyncClient(auth=auth, trust_env=False) as client:
            await client.post(f"{server.url}/v3/x")

    with pytest.raises(ConfigurationError, match=r"^verifier: .* needs asyncio"):
        trio.run(call)
    assert server.received == []


def test_download_names_itself_where_the_caller_does_not(
    call: Call, certificates: PlatformCertificates, server: Server
) -> None:
    """The platform refuses requests without a User-Agent."""
    call(certificates)
    assert server.received[0].headers["user-agent"] == "wechatpay_auth"


def test_download_travels_over_the_caller_s_transport_with_its_timeouts(
    library: Library, certificates: PlatformCertificates, signer: RSASigner, clock: Clock
) -> None:
    seen: list[tuple[str, object]] = []

    def refuse(request: Any) -> Response:  # noqa: ANN401
        seen.append((str(request.url), request.extensions.get("timeout")))
        return library.response(500)

    auth = library.auth(MCHID, signer=signer, verifier=certificates, clock=clock)
    with pytest.raises(CertificateDownloadError):
        library.call(
            auth,
            "POST",
            "https://api.mch.weixin.qq.com/v3/a/b?c=d",
            client={"transport": library.http.MockTransport(refuse)},
            extensions={"timeout": {"read": 7.0}, "other": 1},
        )
    assert seen == [("https://api.mch.weixin.qq.com/v3/certificates", {"read": 7.0})]


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (404, b'{"code":"RESOURCE_NOT_EXISTS"}', f"404 RESOURCE_NOT_EXISTS: {NO_CERTIFICATE}"),
        (404, b'{"code":"NOT_FOUND"}', f"404 NOT_FOUND: {NO_CERTIFICATE}"),
        (403, b'{"code":"NOT_ENOUGH"}', "403 NOT_ENOUGH$"),
        (403, '{"code":"X","message":"无可用"}'.encode(), '403 X "无可用"$'),
        (403, b'{"code":"X","message":"a\\u001b\\ud800b"}', r'403 X "a\?\?b"$'),
        (403, b'{"message":"' + b"x" * 999 + b'"}', 'without a code "x{200}…"$'),
        (500, b"<html>", "500 without a code$"),
        (500, b"[" * 100_000, "500 without a code$"),
        (502, b"[]", "502 without a code$"),
        (400, b'{"code":7}', "400 without a code$"),
        (400, b'{"code":"\\u001b[2J"}', "400 without a code$"),
        (204, b"", "204 without a code$"),
    ],
)
def test_call_is_not_sent_if_no_certificate_can_be_had(
    call: Call,
    certificates: PlatformCertificates,
    platform: CertificatePlatform,
    server: Server,
    status: int,
    body: bytes,
    words: str,
) -> None:
    platform.instead_of_download = lambda _: Answer(status, body)
    with pytest.raises(CertificateDownloadError, match=words) as caught:
        call(certificates, "POST")
    assert caught.value.outcome_unknown is False
    assert targets(server) == ["/v3/certificates"]


def test_refused_signature_of_the_download_is_diagnosed(
    call: Call, certificates: PlatformCertificates, platform: CertificatePlatform
) -> None:
    platform.instead_of_download = lambda _: Answer(401, b'{"code":"SIGN_ERROR"}')
    with pytest.raises(
        CertificateDownloadError, match="401 SIGN_ERROR: the platform gave"
    ) as caught:
        call(certificates)
    assert f"certificate {MERCHANT_SERIAL} of merchant {MCHID}" in str(caught.value)


# What a download is trusted for.


def changed(answer: Answer, **headers: str) -> Answer:
    return replace(answer, headers=answer.headers | headers)


def test_first_response_is_verified_with_the_certificate_it_brought(
    call: Call,
    certificates: PlatformCertificates,
    platform: CertificatePlatform,
    server: Server,
    other_key: rsa.RSAPrivateKey,
) -> None:
    """The content decrypts, but somebody else signed the response."""

    def forged(answer: Answer) -> Answer:
        return replace(answer, headers=signature_headers(other_key, answer.body, serial=FIRST))

    platform.instead_of_download = forged
    with pytest.raises(CertificateDownloadError, match="not verified: the signature does not"):
        call(certificates)
    assert targets(server) == ["/v3/certificates"]


def test_download_signed_by_a_key_trusted_before_is_trusted(
    call: Call, platform: CertificatePlatform, server: Server, other_key: rsa.RSAPrivateKey
) -> None:
    """In a changeover the list of certificates may be signed by the public key."""
    both = PlatformCertificates(
        MCHID,
        api_v3_key=API_V3_KEY,
        public_keys=RSAVerifier.from_public_key(KEY_ID, other_key.public_key()),
    )

    def by_public_key(answer: Answer) -> Answer:
        return replace(answer, headers=signature_headers(other_key, answer.body))

    platform.instead_of_download = by_public_key
    assert call(both).content == OK
    assert targets(server) == ["/v3/x", "/v3/certificates"]


def test_download_takes_nothing_of_the_call_but_its_timeouts(
    call: Call, certificates: PlatformCertificates, server: Server
) -> None:
    """The call's target would send the download elsewhere."""
    call(certificates, extensions={"target": b"/v3/y?a=b"})
    assert targets(server) == ["/v3/certificates", "/v3/y?a=b"]


UNVERIFIED: list[tuple[Callable[[Answer], Answer], str]] = [
    (lambda answer: Answer(200, answer.body), "not verified: it lacks"),
    (lambda answer: replace(answer, body=answer.body + b" "), "signature does not match"),
    (lambda answer: changed(answer, **{"Wechatpay-Serial": "2B"}), "no trusted key"),
    (lambda answer: changed(answer, **{"Wechatpay-Timestamp": "1"}), "behind the local clock"),
    (lambda answer: changed(answer, **{"Wechatpay-Signature-Type": "x"}), "Signature-Type"),
    (lambda _: Answer(200, b'{"data":[]}'), "no certificate that is valid now"),
]


@pytest.mark.parametrize(("change", "words"), UNVERIFIED)
def test_unverified_download_is_not_trusted(
    call: Call,
    certificates: PlatformCertificates,
    platform: CertificatePlatform,
    change: Callable[[Answer], Answer],
    words: str,
) -> None:
    platform.instead_of_download = change
    with pytest.raises(CertificateDownloadError, match=words):
        call(certificates)
    platform.instead_of_download = lambda answer: answer
    assert call(certificates).content == OK


def test_other_api_v3_key_makes_a_download_useless(call: Call) -> None:
    with pytest.raises(CertificateDownloadError, match=r"APIv3 key .* is not the merchant's"):
        call(PlatformCertificates(MCHID, api_v3_key="b" * 32))


def test_issuers_are_asked_for_if_given(
    call: Call, platform_key: rsa.RSAPrivateKey, other_key: rsa.RSAPrivateKey
) -> None:
    def with_issuer(key: rsa.RSAPrivateKey) -> PlatformCertificates:
        return PlatformCertificates(
            MCHID, api_v3_key=API_V3_KEY, issuers=[make_certificate(key, name="Tenpay.com sign")]
        )

    assert call(with_issuer(platform_key)).content == OK
    with pytest.raises(CertificateDownloadError, match="not issued by any"):
        call(with_issuer(other_key))


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("api_v3_key", None, "expected text or bytes, found NoneType"),
        ("api_v3_key", 5, "expected text or bytes, found int"),
        ("public_keys", "x", "expected an RSAVerifier, found str"),
        ("refresh_seconds", 12 * HOUR, "expected seconds below 43200, found 43200"),
        ("refresh_seconds", "x", "expected seconds below 43200, found 'x'"),
        ("wait_seconds", True, "expected seconds below 1e.06, found True"),
        ("issuers", [5], "found int, neither text nor bytes nor a path"),
    ],
)
def test_a_setting_of_another_type_is_named(setting: str, value: object, words: str) -> None:
    settings: dict[str, Any] = {"api_v3_key": API_V3_KEY, setting: value}
    name = setting.removesuffix("s") if setting == "issuers" else setting
    with pytest.raises(ConfigurationError, match=f"^{name}: .*{words}"):
        PlatformCertificates(MCHID, **settings)


def test_settings_are_checked() -> None:
    with pytest.raises(ConfigurationError, match=r"^api_v3_key: .* exactly 32 bytes, found 5"):
        PlatformCertificates(MCHID, api_v3_key="short")
    with pytest.raises(ConfigurationError, match=r"^mchid: expected digits"):
        PlatformCertificates("../x", api_v3_key=API_V3_KEY)
    with pytest.raises(ConfigurationError, match=r"^issuer: expected a certificate"):
        PlatformCertificates(MCHID, api_v3_key=API_V3_KEY, issuers=["root.pem"])


# On time: every six hours, and no sooner.


def test_certificates_are_downloaded_again_after_six_hours(
    call: Call, certificates: PlatformCertificates, server: Server, clock: Clock
) -> None:
    call(certificates)
    clock.now = int(NOW) + 6 * HOUR - 1
    call(certificates)
    assert targets(server).count("/v3/certificates") == 1
    clock.now += 1
    call(certificates)
    assert targets(server)[-2:] == ["/v3/certificates", "/v3/x"]
    call(certificates)
    assert targets(server).count("/v3/certificates") == 2


@pytest.mark.parametrize("seconds", [0, 100])
def test_interval_can_be_set(call: Call, server: Server, clock: Clock, seconds: float) -> None:
    certificates = PlatformCertificates(MCHID, api_v3_key=API_V3_KEY, refresh_seconds=seconds)
    call(certificates)
    clock.now = int(NOW) + 100
    call(certificates)
    assert targets(server).count("/v3/certificates") == 2


def test_failed_refresh_keeps_the_valid_ones_and_is_tried_again_after_a_minute(
    call: Call,
    certificates: PlatformCertificates,
    platform: CertificatePlatform,
    clock: Clock,
) -> None:
    call(certificates)
    platform.instead_of_download = lambda _: Answer(500)
    clock.now += 6 * HOUR
    for moment, downloads in ((0, 2), (0, 2), (59, 2), (1, 3), (1, 3)):
        clock.now += moment
        assert call(certificates).content == OK
        assert platform.downloads == downloads


def test_clock_that_was_set_back_does_not_hold_downloads_up(
    call: Call, certificates: PlatformCertificates, platform: CertificatePlatform, clock: Clock
) -> None:
    call(certificates)
    clock.now -= 100 * HOUR
    call(certificates)
    assert platform.downloads == 2


def test_expired_certificate_is_replaced_before_the_call(
    call: Call,
    certificates: PlatformCertificates,
    platform: CertificatePlatform,
    clock: Clock,
    server: Server,
    platform_key: rsa.RSAPrivateKey,
    other_key: rsa.RSAPrivateKey,
) -> None:
    platform.listed = []
    platform.publish(platform_key, 42, end=datetime.fromtimestamp(int(NOW) + 30, UTC))
    call(certificates)
    platform.signing = platform.publish(other_key, 43)
    clock.now = int(NOW) + 30
    assert call(certificates, "POST").content == OK
    assert targets(server)[2:] == ["/v3/certificates", "/v3/x"]


def test_expired_certificate_is_dropped_for_responses(
    call: Call,
    certificates: PlatformCertificates,
    platform: CertificatePlatform,
    clock: Clock,
    platform_key: rsa.RSAPrivateKey,
    other_key: rsa.RSAPrivateKey,
) -> None:
    platform.listed = []
    platform.publish(platform_key, 42, end=datetime.fromtimestamp(int(NOW) + 30, UTC))
    platform.publish(other_key, 43)
    call(certificates)
    clock.now += 61
    with pytest.raises(UnknownSerialError, match="has expired"):
        call(certificates)


# At once for an unknown serial, but at most once a minute.


def test_unknown_serial_is_looked_up_at_once_and_the_response_is_not_lost(
    call: Call,
    certificates: PlatformCertificates,
    platform: CertificatePlatform,
    server: Server,
    clock: Clock,
    other_key: rsa.RSAPrivateKey,
) -> None:
    call(certificates)
    platform.signing = platform.publish(other_key, 43)
    clock.now += 60
    response = call(certificates, "POST", content=b"{}")
    # The request is not repeated, and it is its own response that comes back.
    assert targets(server)[2:] == ["/v3/x", "/v3/certificates"]
    assert (response.status_code, response.content) == (200, OK)
    assert response.extensions["wechatpay_verified"] is True
    assert response.request.method == "POST"
    assert str(response.request.url).endswith("/v3/x")
    assert response.headers["wechatpay-serial"] == SECOND
    assert response.json() == {"ok": True}
    assert response.is_closed
    assert call(certificates).content == OK
    assert server.received[-1].headers["wechatpay-serial"] in (FIRST, SECOND)


def test_old_and_new_certificate_are_valid_side_by_side(
    call: Call,
    certificates: PlatformCertificates,
    platform: CertificatePlatform,
    server: Server,
    other_key: rsa.RSAPrivateKey,
) -> None:
    platform.publish(other_key, 43, start=datetime(2025, 2, 1, tzinfo=UTC))
    for serial in (FIRST, SECOND, FIRST):
        platform.signing = serial
        assert call(certificates).content == OK
    assert platform.downloads == 1
    assert server.received[-1].headers["wechatpay-serial"] == SECOND  # the newest


def test_forged_serials_buy_one_download_a_minute(
    call: Call,
    certificates: PlatformCertificates,
    platform: CertificatePlatform,
    clock: Clock,
    other_key: rsa.RSAPrivateKey,
) -> None:
    call(certificates)
    platform.keys["7"] = other_key
    platform.signing = "7"
    platform.instead_of_download = lambda _: Answer(500)
    for moment, downloads in ((0, 1), (59, 1), (1, 2), (0, 2), (59, 2), (1, 3)):
        clock.now += moment
        with pytest.raises(UnknownSerialError):
            call(certificates)
        assert platform.downloads == downloads


def test_refusal_says_why_the_download_did_not_help(
    call: Call,
    certificates: PlatformCertificates,
    platform: CertificatePlatform,
    clock: Clock,
    other_key: rsa.RSAPrivateKey,
) -> None:
    call(certificates)
    platform.keys["7"] = other_key
    platform.signing = "7"
    platform.instead_of_download = lambda _: Answer(500)
    clock.now += 60
    with pytest.raises(UnknownSerialError, match="outcome is unknown") as caught:
        call(certificates, "POST")
    assert isinstance(caught.value.__cause__, CertificateDownloadError)
    assert "500" in str(caught.value.__cause__)


def test_wrong_signature_under_a_known_serial_downloads_nothing(
    call: Call,
    certificates: PlatformCertificates,
    platform: CertificatePlatform,
    clock: Clock,
    other_key: rsa.RSAPrivateKey,
) -> None:
    call(certificates)
    platform.keys[FIRST] = other_key
    clock.now += 60
    with pytest.raises(InvalidSignatureError):
        call(certificates)
    assert platform.downloads == 1


def test_wrong_signature_under_a_new_serial_is_refused_after_the_download(
    call: Call,
    certificates: PlatformCertificates,
    platform: CertificatePlatform,
    server: Server,
    platform_key: rsa.RSAPrivateKey,
    clock: Clock,
    other_key: rsa.RSAPrivateKey,
) -> None:
    call(certificates)
    platform.publish(other_key, 43)
    platform.instead_of_call = lambda answer: replace(
        answer,
        headers=signature_headers(
            platform_key, answer.body, serial=SECOND, timestamp=int(clock.now)
        ),
    )
    clock.now += 60
    with pytest.raises(InvalidSignatureError):
        call(certificates)
    assert targets(server)[2:] == ["/v3/x", "/v3/certificates"]


def test_download_that_is_redirected_is_not_trusted(
    library: Library,
    call: Call,
    certificates: PlatformCertificates,
    platform: CertificatePlatform,
    server: Server,
) -> None:
    genuine = platform.instead_of_download
    with serving(lambda _: genuine(platform.signed(b"{}"))) as other:
        platform.instead_of_download = lambda _: Answer(302, b"", {"Location": f"{other.url}/x"})
        with pytest.raises(CertificateDownloadError):
            call(certificates, client={"follow_redirects": True})
    assert "authorization" not in other.received[0].headers


# Network trouble.


def broken(library: Library, target: str) -> object:
    """A transport that reaches the server, except for one target."""
    http = library.http
    inner = http.AsyncHTTPTransport() if library.is_async else http.HTTPTransport()

    class Blocking(http.BaseTransport, http.AsyncBaseTransport):  # type: ignore[misc, name-defined]
        def handle_request(self, request: Any) -> object:  # noqa: ANN401
            if request.url.path == target:
                raise http.ConnectError("no route")
            return inner.handle_request(request)

        async def handle_async_request(self, request: Any) -> object:  # noqa: ANN401
            if request.url.path == target:
                raise http.ConnectError("no route")
            return await inner.handle_async_request(request)

        def close(self) -> None:
            inner.close()

        async def aclose(self) -> None:
            await inner.aclose()

    return Blocking()


def test_network_trouble_before_the_call_is_network_trouble(
    library: Library, call: Call, certificates: PlatformCertificates, server: Server
) -> None:
    transport = broken(library, "/v3/certificates")
    with pytest.raises(library.http.ConnectError):
        call(certificates, "POST", client={"transport": transport})
    assert targets(server) == []
    assert call(certificates).content == OK  # nobody is left waiting


def test_network_trouble_after_the_call_is_an_unknown_outcome(
    library: Library,
    call: Call,
    certificates: PlatformCertificates,
    platform: CertificatePlatform,
    server: Server,
    clock: Clock,
    other_key: rsa.RSAPrivateKey,
) -> None:
    """A ConnectError would tell the caller that his POST, which was answered, was never sent."""
    call(certificates)
    platform.signing = platform.publish(other_key, 43)
    clock.now += 60
    transport = broken(library, "/v3/certificates")
    with pytest.raises(UnknownSerialError, match="outcome is unknown") as caught:
        call(certificates, "POST", client={"transport": transport})
    expected = ConnectionError if library.is_async else library.http.ConnectError
    assert isinstance(caught.value.__cause__, expected)
    assert targets(server)[2:] == ["/v3/x"]
    clock.now += 60
    assert call(certificates).content == OK


def test_interrupt_during_a_download_stays_an_interrupt(
    library: Library,
    call: Call,
    certificates: PlatformCertificates,
    platform: CertificatePlatform,
    clock: Clock,
    other_key: rsa.RSAPrivateKey,
) -> None:
    call(certificates)
    platform.signing = platform.publish(other_key, 43)
    clock.now += 60

    def hook(request: Any) -> None:  # noqa: ANN401
        if request.url.path == "/v3/certificates":
            raise KeyboardInterrupt

    async def async_hook(request: Any) -> None:  # noqa: ANN401
        if request.url.path == "/v3/certificates":
            task = asyncio.current_task()
            assert task
            task.cancel()
            await asyncio.sleep(0)

    hooks = {"request": [async_hook if library.is_async else hook]}
    with pytest.raises((KeyboardInterrupt, asyncio.CancelledError)):
        call(certificates, client={"event_hooks": hooks})
    clock.now += 60
    assert call(certificates).content == OK


def test_flow_that_is_dropped_outside_any_client_is_no_network_trouble() -> None:
    assert network_failure(GeneratorExit()) is None


def test_signer_that_fails_leaves_nobody_waiting(
    library: Library,
    call: Call,
    certificates: PlatformCertificates,
    server: Server,
    clock: Clock,
    signer: RSASigner,
) -> None:
    class Unplugged:
        algorithm = signer.algorithm
        serial_no = signer.serial_no

        def sign(self, _: bytes) -> bytes:
            raise OSError("HSM unplugged")

    auth = library.auth(MCHID, signer=Unplugged(), verifier=certificates, clock=clock)
    with pytest.raises(OSError, match="unplugged"):
        library.call(auth, "GET", f"{server.url}/v3/x")
    assert call(certificates).content == OK


# Public keys and certificates in one verifier: the changeover, in both directions.


def test_changeover_asks_for_the_public_key_and_downloads_only_when_needed(
    call: Call,
    platform: CertificatePlatform,
    server: Server,
    clock: Clock,
    other_key: rsa.RSAPrivateKey,
) -> None:
    both = PlatformCertificates(
        MCHID,
        api_v3_key=API_V3_KEY,
        public_keys=RSAVerifier.from_public_key(KEY_ID, other_key.public_key()),
    )
    platform.keys[KEY_ID] = other_key
    platform.signing = KEY_ID
    assert call(both).content == OK
    assert targets(server) == ["/v3/x"]
    # The switch is not active yet, or was stopped: a certificate signs in spite of the wish.
    platform.signing = FIRST
    assert call(both, "POST").content == OK
    assert targets(server)[1:] == ["/v3/x", "/v3/certificates"]
    assert all(one.headers["wechatpay-serial"] == KEY_ID for one in server.received)
    platform.signing = KEY_ID
    assert call(both).content == OK
    assert platform.downloads == 1
    # Once there are certificates, they are kept up to date.
    clock.now += 6 * HOUR
    assert call(both).content == OK
    assert platform.downloads == 2


def test_way_back_asks_for_the_certificate_and_still_trusts_the_public_key(
    call: Call, platform: CertificatePlatform, server: Server, other_key: rsa.RSAPrivateKey
) -> None:
    both = PlatformCertificates(
        MCHID,
        api_v3_key=API_V3_KEY,
        public_keys=RSAVerifier.from_public_key(KEY_ID, other_key.public_key()),
        prefer_certificates=True,
    )
    platform.keys[KEY_ID] = other_key
    for serial in (FIRST, KEY_ID):
        platform.signing = serial
        assert call(both).content == OK
    assert targets(server) == ["/v3/certificates", "/v3/x", "/v3/x"]
    assert server.received[-1].headers["wechatpay-serial"] == FIRST


def test_way_back_goes_on_with_the_public_key_while_there_is_no_certificate(
    call: Call, platform: CertificatePlatform, clock: Clock, other_key: rsa.RSAPrivateKey
) -> None:
    both = PlatformCertificates(
        MCHID,
        api_v3_key=API_V3_KEY,
        public_keys=RSAVerifier.from_public_key(KEY_ID, other_key.public_key()),
        prefer_certificates=True,
    )
    platform.keys[KEY_ID] = other_key
    platform.signing = KEY_ID
    platform.instead_of_download = lambda _: Answer(404, b'{"code":"NOT_FOUND"}')
    for moment, downloads in ((0, 1), (59, 1), (1, 2)):
        clock.now += moment
        assert call(both).content == OK
        assert platform.downloads == downloads


# The cache directory.


@pytest.fixture
def cached(tmp_path: Path) -> Callable[..., PlatformCertificates]:
    def made(api_v3_key: str = API_V3_KEY, mchid: str = MCHID) -> PlatformCertificates:
        return PlatformCertificates(
            mchid, api_v3_key=api_v3_key, cache_dir=tmp_path / "wechatpay" / "cache"
        )

    return made


def test_next_start_needs_no_download(
    call: Call,
    cached: Callable[..., PlatformCertificates],
    platform: CertificatePlatform,
    clock: Clock,
) -> None:
    clock.now = int(NOW)
    call(cached())
    assert call(cached()).content == OK
    assert platform.downloads == 1


def test_cache_is_read_once(
    call: Call,
    cached: Callable[..., PlatformCertificates],
    platform: CertificatePlatform,
    server: Server,
    clock: Clock,
    tmp_path: Path,
    other_key: rsa.RSAPrivateKey,
) -> None:
    """An older file that is put back does not bring older certificates back."""
    certificates = cached()
    call(certificates)
    older = kept_file(tmp_path).read_bytes()
    platform.publish(other_key, 43, start=datetime(2025, 2, 1, tzinfo=UTC))
    clock.now += 6 * HOUR
    call(certificates)
    kept_file(tmp_path).write_bytes(older)
    call(certificates)
    assert server.received[-1].headers["wechatpay-serial"] == SECOND


def test_cache_is_as_old_as_it_says(
    call: Call,
    cached: Callable[..., PlatformCertificates],
    platform: CertificatePlatform,
    clock: Clock,
) -> None:
    call(cached())
    clock.now += 6 * HOUR
    call(cached())
    assert platform.downloads == 2
    clock.now += 5 * HOUR
    call(cached())
    assert platform.downloads == 2


@pytest.mark.parametrize("late", [0, 1])
def test_cache_older_than_twelve_hours_brings_nothing_back(
    call: Call,
    cached: Callable[..., PlatformCertificates],
    platform: CertificatePlatform,
    clock: Clock,
    late: int,
) -> None:
    """Its certificate may have been withdrawn, also where no download says so."""
    clock.now = int(NOW)
    call(cached())
    platform.instead_of_download = lambda _: Answer(503)
    clock.now += 12 * HOUR + late
    if late:
        with pytest.raises(CertificateDownloadError, match="brought 503"):
            call(cached())
    else:
        assert call(cached()).content == OK
    assert platform.downloads == 2


def test_cache_that_is_too_large_is_not_read(
    call: Call,
    cached: Callable[..., PlatformCertificates],
    platform: CertificatePlatform,
    tmp_path: Path,
) -> None:
    """Though all that is in it is good."""
    call(cached())
    file = kept_file(tmp_path)
    file.write_bytes(file.read_bytes() + b" " * 4_000_000)
    call(cached())
    assert platform.downloads == 2


def test_cache_is_private_and_written_in_one_piece(
    call: Call, cached: Callable[..., PlatformCertificates], tmp_path: Path
) -> None:
    mask = os.umask(0)
    try:
        call(cached())
    finally:
        os.umask(mask)
    directory = tmp_path / "wechatpay" / "cache"
    (file,) = directory.iterdir()
    assert file.name == f"wechatpay-certificates-{MCHID}.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_cache_holds_nothing_in_the_clear(
    call: Call, cached: Callable[..., PlatformCertificates], tmp_path: Path
) -> None:
    call(cached())
    (file,) = (tmp_path / "wechatpay" / "cache").iterdir()
    kept = json.loads(file.read_text())
    assert API_V3_KEY not in file.read_text()
    assert b"BEGIN" not in base64.b64decode(kept["body"])


def kept_file(tmp_path: Path) -> Path:
    (file,) = (tmp_path / "wechatpay" / "cache").iterdir()
    return file


def test_cache_that_was_changed_is_not_trusted(
    call: Call,
    cached: Callable[..., PlatformCertificates],
    platform: CertificatePlatform,
    tmp_path: Path,
    other_key: rsa.RSAPrivateKey,
) -> None:
    call(cached())
    good = json.loads(kept_file(tmp_path).read_text())
    body = base64.b64decode(good["body"])
    forged = signature_headers(other_key, body, serial=FIRST)
    changes: list[object] = [
        {**good, "headers": {**good["headers"], "Wechatpay-Timestamp": str(int(NOW) + 1)}},
        {**good, "headers": {}},
        {**good, "headers": forged},
        {**good, "headers": []},
        {**good, "body": base64.b64encode(body + b" ").decode()},
        {**good, "body": "?"},
        {**good, "body": None},
        {"headers": good["headers"]},
        [],
        None,
    ]
    for downloads, change in enumerate(changes, start=2):
        kept_file(tmp_path).write_text(json.dumps(change))
        assert call(cached()).content == OK
        assert platform.downloads == downloads


@pytest.mark.parametrize("content", [b"", b"\xff", b"[" * 100_000, b'"' + b"x" * 4_000_001 + b'"'])
def test_cache_that_is_damaged_is_not_trusted(
    call: Call,
    cached: Callable[..., PlatformCertificates],
    platform: CertificatePlatform,
    tmp_path: Path,
    content: bytes,
) -> None:
    call(cached())
    kept_file(tmp_path).write_bytes(content)
    assert call(cached()).content == OK
    assert platform.downloads == 2


def test_cache_of_another_api_v3_key_is_not_trusted(
    call: Call, cached: Callable[..., PlatformCertificates], platform: CertificatePlatform
) -> None:
    call(cached())
    with pytest.raises(CertificateDownloadError):
        call(cached("b" * 32))
    assert platform.downloads == 2


def test_cache_whose_certificates_have_expired_is_not_trusted(
    call: Call,
    cached: Callable[..., PlatformCertificates],
    platform: CertificatePlatform,
    clock: Clock,
    platform_key: rsa.RSAPrivateKey,
    other_key: rsa.RSAPrivateKey,
) -> None:
    platform.listed = []
    platform.publish(platform_key, 42, end=datetime.fromtimestamp(int(NOW) + 30, UTC))
    call(cached())
    platform.signing = platform.publish(other_key, 43)
    clock.now += 31
    assert call(cached()).content == OK
    assert platform.downloads == 2


def test_merchants_do_not_share_a_file(
    cached: Callable[..., PlatformCertificates], call: Call, tmp_path: Path
) -> None:
    call(cached())
    call(cached(mchid="1900000999"))
    assert len(list((tmp_path / "wechatpay" / "cache").iterdir())) == 2


def test_disk_that_cannot_be_written_is_not_the_caller_s_trouble(
    call: Call, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    in_the_way = PlatformCertificates(
        MCHID, api_v3_key=API_V3_KEY, cache_dir=tmp_path / "file" / "cache"
    )
    assert call(in_the_way).content == OK
    # The rename fails, since a directory stands in the file's place; nothing is left behind.
    place = tmp_path / "full" / f"wechatpay-certificates-{MCHID}.json"
    (place / "x").mkdir(parents=True)
    blocked = PlatformCertificates(MCHID, api_v3_key=API_V3_KEY, cache_dir=tmp_path / "full")
    assert call(blocked).content == OK
    assert list((tmp_path / "full").iterdir()) == [place]


# One download at a time. Threads and tasks at once are in test_load.py.


def begun(certificates: PlatformCertificates, clock: Clock) -> Refresh:
    """A download that another call makes."""
    refresh = certificates.begin_refresh(clock.now)
    assert isinstance(refresh, Refresh)
    return refresh


class Overheard(PlatformCertificates):
    """Lets another call's download end as soon as a call has been told to wait for it."""

    then: Callable[[], object] = staticmethod(lambda: None)

    def begin_refresh(
        self, now: float, *, unknown_serial_no: str | None = None
    ) -> Refresh | Future[Any] | None:
        task = super().begin_refresh(now, unknown_serial_no=unknown_serial_no)
        if isinstance(task, Future):
            self.then()
        return task


@pytest.fixture
def overheard() -> Overheard:
    return Overheard(MCHID, api_v3_key=API_V3_KEY)


def test_call_with_a_valid_certificate_does_not_wait_for_the_refresh_of_another(
    certificates: PlatformCertificates, platform: CertificatePlatform, call: Call, clock: Clock
) -> None:
    call(certificates)
    clock.now += 6 * HOUR
    with begun(certificates, clock):
        assert certificates.begin_refresh(clock.now) is None
        assert call(certificates).content == OK
    assert platform.downloads == 1


def test_call_that_has_to_wait_waits_so_long_and_no_longer(
    call: Call, clock: Clock, server: Server
) -> None:
    certificates = PlatformCertificates(MCHID, api_v3_key=API_V3_KEY, wait_seconds=0.02)
    others = pytest.raises(CertificateDownloadError, match=r"more than 0\.02 s")
    with begun(certificates, clock), others:
        call(certificates)
    assert targets(server) == []
    assert call(certificates).content == OK


def test_waiting_call_takes_over_from_an_interrupted_one(
    call: Call, overheard: Overheard, clock: Clock, server: Server
) -> None:
    refresh = begun(overheard, clock)
    overheard.then = lambda: refresh.__exit__(None, None, None)
    assert call(overheard).content == OK
    assert targets(server) == ["/v3/certificates", "/v3/x"]


def test_serial_that_is_known_by_now_needs_no_download(
    call: Call, certificates: PlatformCertificates, clock: Clock
) -> None:
    """Another call has brought it in the meantime."""
    call(certificates)
    clock.now += 60
    for known in (FIRST, "2a"):
        assert certificates.begin_refresh(clock.now, unknown_serial_no=known) is None


def test_serial_whose_certificate_ends_this_second_needs_one(
    call: Call, certificates: PlatformCertificates
) -> None:
    call(certificates)
    end = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
    assert isinstance(certificates.begin_refresh(end, unknown_serial_no=FIRST), Refresh)


def test_waiting_call_shares_the_failure_of_a_response(
    call: Call, overheard: Overheard, clock: Clock, server: Server
) -> None:
    refresh = begun(overheard, clock)
    unsigned = RawResponse.of(500, {}, b"")

    def fail() -> None:
        with refresh:
            refresh.complete(unsigned, clock.now)

    overheard.then = fail
    with pytest.raises(CertificateDownloadError, match="brought 500"):
        call(overheard)
    assert targets(server) == []


def closing_over(error: Exception) -> GeneratorExit:
    """How an HTTP client tells a flow, in effect, that its request failed."""
    closing = GeneratorExit()
    closing.__context__ = error
    return closing


@pytest.mark.parametrize("error", [OSError("x"), closing_over(OSError("x"))])
def test_waiting_call_shares_the_failure_of_the_download(
    call: Call, overheard: Overheard, clock: Clock, server: Server, error: BaseException
) -> None:
    refresh = begun(overheard, clock)
    overheard.then = lambda: refresh.__exit__(type(error), error, None)
    with pytest.raises(CertificateDownloadError, match="failed: OSError"):
        call(overheard)
    assert targets(server) == []
