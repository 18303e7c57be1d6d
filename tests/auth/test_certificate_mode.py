"""Certificates download themselves, over the caller's own client, when and only when needed."""

import asyncio
import base64
import json
import os
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
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
    WeChatPayAuth,
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
NO_CERTIFICATE = (
    "this merchant has no platform certificate; use the WeChat Pay public key "
    r"\(WECHATPAY_PUBLIC_KEY_ID and WECHATPAY_PUBLIC_KEY\)$"
)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@dataclass
class Mode:
    """Certificate mode: a merchant's side and the platform's, each with its dials."""

    library: Library
    signer: RSASigner
    merchant_key: rsa.RSAPrivateKey
    platform_key: rsa.RSAPrivateKey
    other_key: rsa.RSAPrivateKey
    clock: Clock
    platform: CertificatePlatform
    server: Server
    certificates: PlatformCertificates
    folder: Path

    def call(self, method: str = "GET", *, by: Any = None, **options: Any) -> Response:  # noqa: ANN401
        """Call the platform, verifying by the given verifier, or else by the certificates."""
        return self.library.call(self.auth(by=by), method, f"{self.server.url}/v3/x", **options)

    def auth(self, signer: Any = None, by: Any = None) -> object:  # noqa: ANN401
        """An auth object on the clock that can be set."""
        signer, verifier = signer or self.signer, by or self.certificates
        return self.library.auth(MCHID, signer=signer, verifier=verifier, clock=self.clock)

    @property
    def targets(self) -> list[str]:
        return targets(self.server)

    def changeover(self, **options: Any) -> PlatformCertificates:  # noqa: ANN401
        """A verifier that trusts a public key as well."""
        public = RSAVerifier.from_public_key(KEY_ID, self.other_key.public_key())
        return PlatformCertificates(MCHID, api_v3_key=API_V3_KEY, public_keys=public, **options)

    def cached(self, api_v3_key: str = API_V3_KEY, mchid: str = MCHID) -> PlatformCertificates:
        """A verifier that keeps its certificates in a folder."""
        cache = self.folder / "wechatpay" / "cache"
        return PlatformCertificates(mchid, api_v3_key=api_v3_key, cache_dir=cache)


@pytest.fixture
def mode(
    library: Library,
    signer: RSASigner,
    merchant_key: rsa.RSAPrivateKey,
    platform_key: rsa.RSAPrivateKey,
    other_key: rsa.RSAPrivateKey,
    tmp_path: Path,
) -> Iterator[Mode]:
    clock, platform = Clock(), CertificatePlatform(platform_key)
    platform.clock = clock
    keys = (merchant_key, platform_key, other_key)
    certificates = PlatformCertificates(MCHID, api_v3_key=API_V3_KEY)
    with serving(platform) as server:
        yield Mode(library, signer, *keys, clock, platform, server, certificates, tmp_path)


def targets(server: Server) -> list[str]:
    return [received.target for received in server.received]


# Before the first call.


def test_certificates_are_downloaded_before_the_first_call_and_only_then(mode: Mode) -> None:
    for _ in range(3):
        response = mode.call("POST")
        assert response.content == OK
        assert response.extensions["wechatpay_verified"] is True
        assert str(response.request.url).endswith("/v3/x")
    assert mode.targets == ["/v3/certificates", "/v3/x", "/v3/x", "/v3/x"]


def test_download_is_a_signed_request_of_its_own(mode: Mode) -> None:
    mode.call("POST", content=b"{}", headers={"User-Agent": "shop/1"})
    download, request = mode.server.received
    first = check_request(download, mode.merchant_key.public_key())
    second = check_request(request, mode.merchant_key.public_key())
    assert first["nonce"] != second["nonce"]
    assert (download.method, download.body) == ("GET", b"")
    assert download.headers["accept"] == "application/json"
    assert "content-type" not in download.headers
    assert download.headers["user-agent"] == "shop/1"
    assert "wechatpay-serial" not in download.headers
    assert request.headers["wechatpay-serial"] == FIRST


@pytest.mark.parametrize("query", ["", "?next=/v3/y"])
@pytest.mark.parametrize("prefix", ["/wechat", "/a%2Fb/v3/mirror"])
def test_download_keeps_the_path_that_a_gateway_adds(mode: Mode, prefix: str, query: str) -> None:
    def gateway(received: Received) -> Answer:
        assert received.target.startswith(f"{prefix}/v3/")
        return mode.platform(replace(received, target=received.target.removeprefix(prefix)))

    auth = mode.library.auth(
        MCHID, signer=mode.signer, verifier=mode.certificates, clock=mode.clock
    )
    with serving(gateway) as server:
        mode.library.call(auth, "GET", f"{server.url}{prefix}/v3/x{query}")
    assert targets(server) == [f"{prefix}/v3/certificates", f"{prefix}/v3/x{query}"]


def test_under_trio_the_first_call_says_so_before_anything_is_sent(mode: Mode) -> None:
    """Waiting for a download and telling a cancellation from a failure stand on asyncio."""
    auth = mode.library.auth(MCHID, signer=mode.signer, verifier=mode.certificates)

    async def call() -> None:
        async with mode.library.http.AsyncClient(auth=auth, trust_env=False) as client:
            await client.post(f"{mode.server.url}/v3/x")

    with pytest.raises(ConfigurationError, match=r"^verifier: .* needs asyncio"):
        trio.run(call)
    assert mode.server.received == []


def test_download_names_itself_where_the_caller_does_not(mode: Mode) -> None:
    """The platform refuses requests without a User-Agent."""
    mode.call()
    assert mode.server.received[0].headers["user-agent"] == "wechatpay_auth"


def test_download_travels_over_the_caller_s_transport_with_its_timeouts(mode: Mode) -> None:
    seen: list[tuple[str, object]] = []

    def refuse(request: Any) -> Response:  # noqa: ANN401
        seen.append((str(request.url), request.extensions.get("timeout")))
        return mode.library.response(500)

    auth = mode.library.auth(
        MCHID, signer=mode.signer, verifier=mode.certificates, clock=mode.clock
    )
    with pytest.raises(CertificateDownloadError):
        mode.library.call(
            auth,
            "POST",
            "https://api.mch.weixin.qq.com/v3/a/b?c=d",
            client={"transport": mode.library.http.MockTransport(refuse)},
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
        (403, b'{"message":"' + b"x" * 200 + b'"}', 'without a code "x{200}"$'),
        (500, b"<html>", "500 without a code$"),
        (500, b"[" * 100_000, "500 without a code$"),
        (502, b"[]", "502 without a code$"),
        (400, b'{"code":7}', "400 without a code$"),
        (400, b'{"code":"\\u001b[2J"}', "400 without a code$"),
        (204, b"", "204 without a code$"),
    ],
)
def test_call_is_not_sent_if_no_certificate_can_be_had(
    mode: Mode, status: int, body: bytes, words: str
) -> None:
    mode.platform.instead_of_download = lambda _: Answer(status, body)
    with pytest.raises(CertificateDownloadError, match=words) as caught:
        mode.call("POST")
    assert caught.value.outcome_unknown is False
    assert mode.targets == ["/v3/certificates"]


def test_refused_signature_of_the_download_is_diagnosed(mode: Mode) -> None:
    mode.platform.instead_of_download = lambda _: Answer(401, b'{"code":"SIGN_ERROR"}')
    with pytest.raises(
        CertificateDownloadError, match="401 SIGN_ERROR: the platform gave"
    ) as caught:
        mode.call()
    assert f"certificate {MERCHANT_SERIAL} of merchant {MCHID}" in str(caught.value)


def test_diagnosis_stands_beside_the_refused_download_too(signer: RSASigner) -> None:
    """`doctor` reads it there."""
    certificates = PlatformCertificates(MCHID, api_v3_key=API_V3_KEY)
    auth = WeChatPayAuth(MCHID, signer=signer, verifier=certificates)
    flow = auth.sync_auth_flow(httpx.Request("GET", "https://pay.example/v3/x"))
    refused = httpx.Response(401, json={"code": "SIGN_ERROR"}, request=next(flow))
    with pytest.raises(CertificateDownloadError):
        flow.send(refused)
    assert MERCHANT_SERIAL in refused.extensions["wechatpay_sign_diagnosis"]


# What a download is trusted for.


def changed(answer: Answer, **headers: str) -> Answer:
    return replace(answer, headers=answer.headers | headers)


def test_first_response_is_verified_with_the_certificate_it_brought(mode: Mode) -> None:
    """The content decrypts, but somebody else signed the response."""

    def forged(answer: Answer) -> Answer:
        return replace(answer, headers=signature_headers(mode.other_key, answer.body, serial=FIRST))

    mode.platform.instead_of_download = forged
    with pytest.raises(CertificateDownloadError, match="not verified: the signature does not"):
        mode.call()
    assert mode.targets == ["/v3/certificates"]


def test_download_signed_by_a_key_trusted_before_is_trusted(mode: Mode) -> None:
    """In a changeover the list of certificates may be signed by the public key."""
    both = mode.changeover()

    def by_public_key(answer: Answer) -> Answer:
        return replace(answer, headers=signature_headers(mode.other_key, answer.body))

    mode.platform.instead_of_download = by_public_key
    assert mode.call(by=both).content == OK
    assert mode.targets == ["/v3/x", "/v3/certificates"]


def test_download_takes_nothing_of_the_call_but_its_timeouts(mode: Mode) -> None:
    """The call's target would send the download elsewhere."""
    mode.call(extensions={"target": b"/v3/y?a=b"})
    assert mode.targets == ["/v3/certificates", "/v3/y?a=b"]


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
    mode: Mode, change: Callable[[Answer], Answer], words: str
) -> None:
    mode.platform.instead_of_download = change
    with pytest.raises(CertificateDownloadError, match=words):
        mode.call()
    mode.platform.instead_of_download = lambda answer: answer
    assert mode.call().content == OK


def test_other_api_v3_key_makes_a_download_useless(mode: Mode) -> None:
    with pytest.raises(CertificateDownloadError, match=r"APIv3 key .* is not the merchant's"):
        mode.call(by=PlatformCertificates(MCHID, api_v3_key="b" * 32))


def test_issuers_are_asked_for_if_given(mode: Mode) -> None:
    def with_issuer(key: rsa.RSAPrivateKey) -> PlatformCertificates:
        return PlatformCertificates(
            MCHID, api_v3_key=API_V3_KEY, issuers=[make_certificate(key, name="Tenpay.com sign")]
        )

    assert mode.call(by=with_issuer(mode.platform_key)).content == OK
    with pytest.raises(CertificateDownloadError, match="not issued by any"):
        mode.call(by=with_issuer(mode.other_key))


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
        ("cache_dir", 5, "expected a path, found int"),
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


def test_certificates_are_downloaded_again_after_six_hours(mode: Mode) -> None:
    mode.call()
    mode.clock.now = int(NOW) + 6 * HOUR - 1
    mode.call()
    assert mode.targets.count("/v3/certificates") == 1
    mode.clock.now += 1
    mode.call()
    assert mode.targets[-2:] == ["/v3/certificates", "/v3/x"]
    mode.call()
    assert mode.targets.count("/v3/certificates") == 2


@pytest.mark.parametrize("seconds", [0, 100])
def test_interval_can_be_set(mode: Mode, seconds: float) -> None:
    certificates = PlatformCertificates(MCHID, api_v3_key=API_V3_KEY, refresh_seconds=seconds)
    mode.call(by=certificates)
    mode.clock.now = int(NOW) + 100
    mode.call(by=certificates)
    assert mode.targets.count("/v3/certificates") == 2


def test_failed_refresh_keeps_the_valid_ones_and_is_tried_again_after_a_minute(mode: Mode) -> None:
    mode.call()
    mode.platform.instead_of_download = lambda _: Answer(500)
    mode.clock.now += 6 * HOUR
    for moment, downloads in ((0, 2), (0, 2), (59, 2), (1, 3), (1, 3)):
        mode.clock.now += moment
        assert mode.call().content == OK
        assert mode.platform.downloads == downloads


def test_clock_that_was_set_back_does_not_hold_downloads_up(mode: Mode) -> None:
    mode.call()
    mode.clock.now -= 100 * HOUR
    mode.call()
    assert mode.platform.downloads == 2


def test_expired_certificate_is_replaced_before_the_call(mode: Mode) -> None:
    mode.platform.listed = []
    mode.platform.publish(mode.platform_key, 42, end=datetime.fromtimestamp(int(NOW) + 30, UTC))
    mode.call()
    mode.platform.signing = mode.platform.publish(mode.other_key, 43)
    mode.clock.now = int(NOW) + 30
    assert mode.call("POST").content == OK
    assert mode.targets[2:] == ["/v3/certificates", "/v3/x"]


def test_expired_certificate_is_dropped_for_responses(mode: Mode) -> None:
    mode.platform.listed = []
    mode.platform.publish(mode.platform_key, 42, end=datetime.fromtimestamp(int(NOW) + 30, UTC))
    mode.platform.publish(mode.other_key, 43)
    mode.call()
    mode.clock.now += 61
    with pytest.raises(UnknownSerialError, match="has expired"):
        mode.call()


# At once for an unknown serial, but at most once a minute.


def test_unknown_serial_is_looked_up_at_once_and_the_response_is_not_lost(mode: Mode) -> None:
    mode.call()
    mode.platform.signing = mode.platform.publish(mode.other_key, 43)
    mode.clock.now += 60
    response = mode.call("POST", content=b"{}")
    # The request is not repeated, and it is its own response that comes back.
    assert mode.targets[2:] == ["/v3/x", "/v3/certificates"]
    assert (response.status_code, response.content) == (200, OK)
    assert response.extensions["wechatpay_verified"] is True
    assert response.request.method == "POST"
    assert str(response.request.url).endswith("/v3/x")
    assert response.headers["wechatpay-serial"] == SECOND
    assert response.json() == {"ok": True}
    assert response.is_closed
    assert mode.call().content == OK
    assert mode.server.received[-1].headers["wechatpay-serial"] in (FIRST, SECOND)


def test_old_and_new_certificate_are_valid_side_by_side(mode: Mode) -> None:
    mode.platform.publish(mode.other_key, 43, start=datetime(2025, 2, 1, tzinfo=UTC))
    for serial in (FIRST, SECOND, FIRST):
        mode.platform.signing = serial
        assert mode.call().content == OK
    assert mode.platform.downloads == 1
    assert mode.server.received[-1].headers["wechatpay-serial"] == SECOND  # the newest


def test_forged_serials_buy_one_download_a_minute(mode: Mode) -> None:
    mode.call()
    mode.platform.keys["7"] = mode.other_key
    mode.platform.signing = "7"
    mode.platform.instead_of_download = lambda _: Answer(500)
    for moment, downloads in ((0, 1), (59, 1), (1, 2), (0, 2), (59, 2), (1, 3)):
        mode.clock.now += moment
        with pytest.raises(UnknownSerialError):
            mode.call()
        assert mode.platform.downloads == downloads


def test_refusal_says_why_the_download_did_not_help(mode: Mode) -> None:
    mode.call()
    mode.platform.keys["7"] = mode.other_key
    mode.platform.signing = "7"
    mode.platform.instead_of_download = lambda _: Answer(500)
    mode.clock.now += 60
    with pytest.raises(UnknownSerialError, match="outcome is unknown") as caught:
        mode.call("POST")
    assert isinstance(caught.value.__cause__, CertificateDownloadError)
    assert "500" in str(caught.value.__cause__)


def test_wrong_signature_under_a_known_serial_downloads_nothing(mode: Mode) -> None:
    mode.call()
    mode.platform.keys[FIRST] = mode.other_key
    mode.clock.now += 60
    with pytest.raises(InvalidSignatureError):
        mode.call()
    assert mode.platform.downloads == 1


def test_wrong_signature_under_a_new_serial_is_refused_after_the_download(mode: Mode) -> None:
    mode.call()
    mode.platform.publish(mode.other_key, 43)
    mode.platform.instead_of_call = lambda answer: replace(
        answer,
        headers=signature_headers(
            mode.platform_key, answer.body, serial=SECOND, timestamp=int(mode.clock.now)
        ),
    )
    mode.clock.now += 60
    with pytest.raises(InvalidSignatureError):
        mode.call()
    assert mode.targets[2:] == ["/v3/x", "/v3/certificates"]


def test_download_that_is_redirected_is_not_trusted(mode: Mode) -> None:
    genuine = mode.platform.instead_of_download
    with serving(lambda _: genuine(mode.platform.signed(b"{}"))) as other:
        mode.platform.instead_of_download = lambda _: Answer(
            302, b"", {"Location": f"{other.url}/x"}
        )
        with pytest.raises(CertificateDownloadError):
            mode.call(client={"follow_redirects": True})
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


def test_network_trouble_before_the_call_is_network_trouble(mode: Mode) -> None:
    transport = broken(mode.library, "/v3/certificates")
    with pytest.raises(mode.library.http.ConnectError):
        mode.call("POST", client={"transport": transport})
    assert mode.targets == []
    assert mode.call().content == OK  # nobody is left waiting


def test_network_trouble_after_the_call_is_an_unknown_outcome(mode: Mode) -> None:
    """A ConnectError would tell the caller that his POST, which was answered, was never sent."""
    mode.call()
    mode.platform.signing = mode.platform.publish(mode.other_key, 43)
    mode.clock.now += 60
    transport = broken(mode.library, "/v3/certificates")
    with pytest.raises(UnknownSerialError, match="outcome is unknown") as caught:
        mode.call("POST", client={"transport": transport})
    expected = ConnectionError if mode.library.is_async else mode.library.http.ConnectError
    assert isinstance(caught.value.__cause__, expected)
    assert mode.targets[2:] == ["/v3/x"]
    mode.clock.now += 60
    assert mode.call().content == OK


def test_interrupt_during_a_download_stays_an_interrupt(mode: Mode) -> None:
    mode.call()
    mode.platform.signing = mode.platform.publish(mode.other_key, 43)
    mode.clock.now += 60

    def hook(request: Any) -> None:  # noqa: ANN401
        if request.url.path == "/v3/certificates":
            raise KeyboardInterrupt

    async def async_hook(request: Any) -> None:  # noqa: ANN401
        if request.url.path == "/v3/certificates":
            task = asyncio.current_task()
            assert task
            task.cancel()
            await asyncio.sleep(0)

    hooks = {"request": [async_hook if mode.library.is_async else hook]}
    with pytest.raises((KeyboardInterrupt, asyncio.CancelledError)):
        mode.call(client={"event_hooks": hooks})
    mode.clock.now += 60
    assert mode.call().content == OK


def test_flow_that_is_dropped_outside_any_client_is_no_network_trouble() -> None:
    assert network_failure(GeneratorExit()) is None


def test_signer_that_fails_leaves_nobody_waiting(mode: Mode) -> None:
    class Unplugged:
        algorithm = mode.signer.algorithm
        serial_no = mode.signer.serial_no

        def sign(self, _: bytes) -> bytes:
            raise OSError("HSM unplugged")

    auth = mode.library.auth(
        MCHID, signer=Unplugged(), verifier=mode.certificates, clock=mode.clock
    )
    with pytest.raises(OSError, match="unplugged"):
        mode.library.call(auth, "GET", f"{mode.server.url}/v3/x")
    assert mode.call().content == OK


# Public keys and certificates in one verifier: the changeover, in both directions.


def test_changeover_asks_for_the_public_key_and_downloads_only_when_needed(mode: Mode) -> None:
    both = mode.changeover()
    mode.platform.keys[KEY_ID] = mode.other_key
    mode.platform.signing = KEY_ID
    assert mode.call(by=both).content == OK
    assert mode.targets == ["/v3/x"]
    # The switch is not active yet, or was stopped: a certificate signs in spite of the wish.
    mode.platform.signing = FIRST
    assert mode.call("POST", by=both).content == OK
    assert mode.targets[1:] == ["/v3/x", "/v3/certificates"]
    assert all(one.headers["wechatpay-serial"] == KEY_ID for one in mode.server.received)
    mode.platform.signing = KEY_ID
    assert mode.call(by=both).content == OK
    assert mode.platform.downloads == 1
    # Once there are certificates, they are kept up to date.
    mode.clock.now += 6 * HOUR
    assert mode.call(by=both).content == OK
    assert mode.platform.downloads == 2


def test_way_back_asks_for_the_certificate_and_still_trusts_the_public_key(mode: Mode) -> None:
    both = mode.changeover(prefer_certificates=True)
    mode.platform.keys[KEY_ID] = mode.other_key
    for serial in (FIRST, KEY_ID):
        mode.platform.signing = serial
        assert mode.call(by=both).content == OK
    assert mode.targets == ["/v3/certificates", "/v3/x", "/v3/x"]
    assert mode.server.received[-1].headers["wechatpay-serial"] == FIRST


def test_way_back_goes_on_with_the_public_key_while_there_is_no_certificate(mode: Mode) -> None:
    both = mode.changeover(prefer_certificates=True)
    mode.platform.keys[KEY_ID] = mode.other_key
    mode.platform.signing = KEY_ID
    mode.platform.instead_of_download = lambda _: Answer(404, b'{"code":"NOT_FOUND"}')
    for moment, downloads in ((0, 1), (59, 1), (1, 2)):
        mode.clock.now += moment
        assert mode.call(by=both).content == OK
        assert mode.platform.downloads == downloads


# The cache directory.


def test_next_start_needs_no_download(mode: Mode) -> None:
    mode.clock.now = int(NOW)
    mode.call(by=mode.cached())
    assert mode.call(by=mode.cached()).content == OK
    assert mode.platform.downloads == 1


def test_cache_is_read_once(mode: Mode, tmp_path: Path) -> None:
    """An older file that is put back does not bring older certificates back."""
    certificates = mode.cached()
    mode.call(by=certificates)
    older = kept_file(tmp_path).read_bytes()
    mode.platform.publish(mode.other_key, 43, start=datetime(2025, 2, 1, tzinfo=UTC))
    mode.clock.now += 6 * HOUR
    mode.call(by=certificates)
    kept_file(tmp_path).write_bytes(older)
    mode.call(by=certificates)
    assert mode.server.received[-1].headers["wechatpay-serial"] == SECOND


def test_cache_is_as_old_as_it_says(mode: Mode) -> None:
    mode.call(by=mode.cached())
    mode.clock.now += 6 * HOUR
    mode.call(by=mode.cached())
    assert mode.platform.downloads == 2
    mode.clock.now += 5 * HOUR
    mode.call(by=mode.cached())
    assert mode.platform.downloads == 2


@pytest.mark.parametrize("late", [0, 1])
def test_cache_older_than_twelve_hours_brings_nothing_back(mode: Mode, late: int) -> None:
    """Its certificate may have been withdrawn, also where no download says so."""
    mode.clock.now = int(NOW)
    mode.call(by=mode.cached())
    mode.platform.instead_of_download = lambda _: Answer(503)
    mode.clock.now += 12 * HOUR + late
    if late:
        with pytest.raises(CertificateDownloadError, match="brought 503"):
            mode.call(by=mode.cached())
    else:
        assert mode.call(by=mode.cached()).content == OK
    assert mode.platform.downloads == 2


@pytest.mark.parametrize(("size", "downloads"), [(4_000_000, 1), (4_000_001, 2)])
def test_cache_that_is_too_large_is_not_read(
    mode: Mode, tmp_path: Path, size: int, downloads: int
) -> None:
    """Though all that is in it is good."""
    mode.call(by=mode.cached())
    file = kept_file(tmp_path)
    file.write_bytes(file.read_bytes().ljust(size))
    mode.call(by=mode.cached())
    assert mode.platform.downloads == downloads


def test_cache_is_private_and_written_in_one_piece(mode: Mode, tmp_path: Path) -> None:
    mask = os.umask(0)
    try:
        mode.call(by=mode.cached())
    finally:
        os.umask(mask)
    directory = tmp_path / "wechatpay" / "cache"
    (file,) = directory.iterdir()
    assert file.name == f"wechatpay-certificates-{MCHID}.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_cache_holds_nothing_in_the_clear(mode: Mode, tmp_path: Path) -> None:
    mode.call(by=mode.cached())
    (file,) = (tmp_path / "wechatpay" / "cache").iterdir()
    kept = json.loads(file.read_text())
    assert API_V3_KEY not in file.read_text()
    assert b"BEGIN" not in base64.b64decode(kept["body"])


def kept_file(tmp_path: Path) -> Path:
    (file,) = (tmp_path / "wechatpay" / "cache").iterdir()
    return file


def test_cache_that_was_changed_is_not_trusted(mode: Mode, tmp_path: Path) -> None:
    mode.call(by=mode.cached())
    good = json.loads(kept_file(tmp_path).read_text())
    body = base64.b64decode(good["body"])
    forged = signature_headers(mode.other_key, body, serial=FIRST)
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
        assert mode.call(by=mode.cached()).content == OK
        assert mode.platform.downloads == downloads


@pytest.mark.parametrize("content", [b"", b"\xff", b"[" * 100_000, b'"' + b"x" * 4_000_001 + b'"'])
def test_cache_that_is_damaged_is_not_trusted(mode: Mode, tmp_path: Path, content: bytes) -> None:
    mode.call(by=mode.cached())
    kept_file(tmp_path).write_bytes(content)
    assert mode.call(by=mode.cached()).content == OK
    assert mode.platform.downloads == 2


def test_cache_of_another_api_v3_key_is_not_trusted(mode: Mode) -> None:
    mode.call(by=mode.cached())
    with pytest.raises(CertificateDownloadError):
        mode.call(by=mode.cached("b" * 32))
    assert mode.platform.downloads == 2


def test_cache_whose_certificates_have_expired_is_not_trusted(mode: Mode) -> None:
    mode.platform.listed = []
    mode.platform.publish(mode.platform_key, 42, end=datetime.fromtimestamp(int(NOW) + 30, UTC))
    mode.call(by=mode.cached())
    mode.platform.signing = mode.platform.publish(mode.other_key, 43)
    mode.clock.now += 31
    assert mode.call(by=mode.cached()).content == OK
    assert mode.platform.downloads == 2


def test_merchants_do_not_share_a_file(mode: Mode, tmp_path: Path) -> None:
    mode.call(by=mode.cached())
    mode.call(by=mode.cached(mchid="1900000999"))
    assert len(list((tmp_path / "wechatpay" / "cache").iterdir())) == 2


def test_disk_that_cannot_be_written_is_not_the_caller_s_trouble(
    mode: Mode, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    in_the_way = PlatformCertificates(
        MCHID, api_v3_key=API_V3_KEY, cache_dir=tmp_path / "file" / "cache"
    )
    assert mode.call(by=in_the_way).content == OK
    # The rename fails, since a directory stands in the file's place; nothing is left behind.
    place = tmp_path / "full" / f"wechatpay-certificates-{MCHID}.json"
    (place / "x").mkdir(parents=True)
    blocked = PlatformCertificates(MCHID, api_v3_key=API_V3_KEY, cache_dir=tmp_path / "full")
    assert mode.call(by=blocked).content == OK
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


def test_call_with_a_valid_certificate_does_not_wait_for_the_refresh_of_another(mode: Mode) -> None:
    mode.call()
    mode.clock.now += 6 * HOUR
    with begun(mode.certificates, mode.clock):
        assert mode.certificates.begin_refresh(mode.clock.now) is None
        assert mode.call().content == OK
    assert mode.platform.downloads == 1


def test_call_that_has_to_wait_waits_so_long_and_no_longer(mode: Mode) -> None:
    certificates = PlatformCertificates(MCHID, api_v3_key=API_V3_KEY, wait_seconds=0.02)
    others = pytest.raises(CertificateDownloadError, match=r"more than 0\.02 s")
    with begun(certificates, mode.clock), others:
        mode.call(by=certificates)
    assert mode.targets == []
    assert mode.call(by=certificates).content == OK


def test_waiting_call_takes_over_from_an_interrupted_one(mode: Mode, overheard: Overheard) -> None:
    refresh = begun(overheard, mode.clock)
    overheard.then = lambda: refresh.__exit__(None, None, None)
    assert mode.call(by=overheard).content == OK
    assert mode.targets == ["/v3/certificates", "/v3/x"]


def test_serial_that_is_known_by_now_needs_no_download(mode: Mode) -> None:
    """Another call has brought it in the meantime."""
    mode.call()
    mode.clock.now += 60
    for known in (FIRST, "2a"):
        assert mode.certificates.begin_refresh(mode.clock.now, unknown_serial_no=known) is None


def test_serial_whose_certificate_ends_this_second_needs_one(mode: Mode) -> None:
    mode.call()
    end = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
    assert isinstance(mode.certificates.begin_refresh(end, unknown_serial_no=FIRST), Refresh)


def test_waiting_call_shares_the_failure_of_a_response(mode: Mode, overheard: Overheard) -> None:
    refresh = begun(overheard, mode.clock)
    unsigned = RawResponse.of(500, {}, b"")

    def fail() -> None:
        with refresh:
            refresh.complete(unsigned, mode.clock.now)

    overheard.then = fail
    with pytest.raises(CertificateDownloadError, match="brought 500"):
        mode.call(by=overheard)
    assert mode.targets == []


def closing_over(error: Exception) -> GeneratorExit:
    """How an HTTP client tells a flow, in effect, that its request failed."""
    closing = GeneratorExit()
    closing.__context__ = error
    return closing


@pytest.mark.parametrize("error", [OSError("x"), closing_over(OSError("x"))])
def test_waiting_call_shares_the_failure_of_the_download(
    mode: Mode, overheard: Overheard, error: BaseException
) -> None:
    refresh = begun(overheard, mode.clock)
    overheard.then = lambda: refresh.__exit__(type(error), error, None)
    with pytest.raises(CertificateDownloadError, match="failed: OSError"):
        mode.call(by=overheard)
    assert mode.targets == []
