"""Notices are verified, decrypted and told apart; what is wrong with one helps no forger."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from wechatpay_auth import (
    ConfigurationError,
    InvalidSignatureError,
    MissingSignatureError,
    Notice,
    NoticeResponse,
    PlatformCertificates,
    ReplayedNoticeError,
    RSASigner,
    RSAVerifier,
    UnknownSerialError,
    UnreadableNoticeError,
    VerificationError,
    WeChatPayAuth,
)

from tests.auth.support import (
    API_V3_KEY,
    KEY_ID,
    MCHID,
    MERCHANT_SERIAL,
    NONCE,
    NOW,
    CertificatePlatform,
    Library,
    encrypted,
    serving,
    signature_headers,
)
from tests.auth.test_secrets import assert_hidden, pem_of, shown_by

ACCOUNT = "招商银行信用卡0403-of-no-one"
RESOURCE = {"refund_id": "50200207182018070300011301001", "user_received_account": ACCOUNT}


def envelope(plain: bytes | None = None, **changes: object) -> bytes:
    plain = json.dumps(RESOURCE, ensure_ascii=False).encode() if plain is None else plain
    resource = {"original_type": "refund", **encrypted(plain, associated_data="refund")}
    notice = {
        "id": "EV-2018022511223320873",
        "create_time": "2018-06-08T10:34:56+08:00",
        "resource_type": "encrypt-resource",
        "event_type": "REFUND.SUCCESS",
        "summary": "退款成功",
        "resource": resource,
        **changes,
    }
    return json.dumps(notice).encode()


Read = Callable[..., Notice]


@pytest.fixture
def auth(signer: RSASigner, verifier: RSAVerifier) -> WeChatPayAuth:
    return WeChatPayAuth(
        MCHID, signer=signer, verifier=verifier, clock=lambda: NOW, api_v3_key=API_V3_KEY
    )


@pytest.fixture
def read(auth: WeChatPayAuth, platform_key: rsa.RSAPrivateKey) -> Read:
    """Reads a body that the platform signed."""

    def reading(body: bytes, **options: Any) -> Notice:  # noqa: ANN401
        return auth.read_notice(signature_headers(platform_key, body), body, **options)

    return reading


# What is read.


def test_a_notice_is_what_the_platform_told(read: Read) -> None:
    notice = read(envelope(service_version=2))
    assert notice.resource == RESOURCE
    assert (notice.id, notice.event_type) == ("EV-2018022511223320873", "REFUND.SUCCESS")
    assert (notice.original_type, notice.summary) == ("refund", "退款成功")
    assert notice.create_time == "2018-06-08T10:34:56+08:00"
    assert (notice.timestamp, notice.nonce) == (int(NOW), NONCE)
    assert notice.additional_properties == {
        "resource_type": "encrypt-resource",
        "service_version": 2,
    }
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        notice.id = "x"  # type: ignore[misc] # pyright: ignore[reportAttributeAccessIssue]


def test_optional_fields_may_be_absent_or_of_another_type(read: Read) -> None:
    notice = read(envelope(summary=5, create_time=None))
    assert (notice.summary, notice.create_time) == (None, None)


def test_repr_shows_nothing_of_the_resource(read: Read) -> None:
    shown = repr(read(envelope(secret=ACCOUNT)))
    assert "EV-2018022511223320873" in shown
    assert_hidden(shown, ACCOUNT)


def test_every_library_reads_notices(
    library: Library, signer: RSASigner, verifier: RSAVerifier, platform_key: rsa.RSAPrivateKey
) -> None:
    options = {"signer": signer, "verifier": verifier, "clock": lambda: NOW}
    auth = library.auth(MCHID, api_v3_key=API_V3_KEY, **options)
    body = envelope()
    headers = library.http.Headers(signature_headers(platform_key, body))
    assert auth.read_notice(headers, body).resource == RESOURCE


def test_public_key_mode_from_the_environment_reads_notices(
    platform_key: rsa.RSAPrivateKey, merchant_key: rsa.RSAPrivateKey
) -> None:
    public = platform_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    environ = {
        "WECHATPAY_MCHID": MCHID,
        "WECHATPAY_SERIAL_NO": MERCHANT_SERIAL,
        "WECHATPAY_PRIVATE_KEY": pem_of(merchant_key),
        "WECHATPAY_PUBLIC_KEY_ID": KEY_ID,
        "WECHATPAY_PUBLIC_KEY": public.decode(),
    }
    body = envelope()
    headers = signature_headers(platform_key, body, timestamp=int(time.time()))
    auth = WeChatPayAuth.from_env({**environ, "WECHATPAY_API_V3_KEY": API_V3_KEY})
    assert auth.read_notice(headers, body).resource == RESOURCE
    assert auth.encryptor().serial_no == KEY_ID
    with pytest.raises(
        ConfigurationError, match=r"^api_v3_key: needed to read notices, found none"
    ):
        WeChatPayAuth.from_env(environ).read_notice(headers, body)


# Where headers come from.


def wsgi(headers: dict[str, str]) -> dict[str, object]:
    named = {"HTTP_" + name.upper().replace("-", "_"): text for name, text in headers.items()}
    return {"wsgi.input": object(), "REQUEST_METHOD": "POST", "HTTP_HOST": "x", **named}


FORMS: dict[str, Callable[[dict[str, str]], Any]] = {
    "as they came": dict,
    "lower case": lambda headers: {name.lower(): text for name, text in headers.items()},
    "upper case": lambda headers: {name.upper(): text for name, text in headers.items()},
    "WSGI": wsgi,
    "pairs": lambda headers: list(headers.items()),
    "ASGI": lambda headers: [(k.lower().encode(), v.encode()) for k, v in headers.items()],
    "lists": lambda headers: {name: [text] for name, text in headers.items()},
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_headers_are_taken_as_frameworks_have_them(
    auth: WeChatPayAuth,
    platform_key: rsa.RSAPrivateKey,
    form: Callable[[dict[str, str]], Any],
) -> None:
    body = envelope()
    headers = form(signature_headers(platform_key, body))
    assert auth.read_notice(headers, body).resource == RESOURCE


REPEATED: dict[str, Callable[[dict[str, str]], Any]] = {
    "pairs": lambda headers: [*headers.items(), ("wechatpay-serial", "x")],
    "list": lambda headers: headers | {"Wechatpay-Serial": [KEY_ID, "x"]},
    "joined": lambda headers: headers | {"Wechatpay-Serial": f"{KEY_ID}, x"},
    "joined by WSGI": lambda headers: wsgi(headers | {"Wechatpay-Serial": f"{KEY_ID},x"}),
}


@pytest.mark.parametrize("form", REPEATED.values(), ids=REPEATED)
def test_a_repeated_header_is_told_as_such(
    auth: WeChatPayAuth, platform_key: rsa.RSAPrivateKey, form: Callable[[dict[str, str]], Any]
) -> None:
    body = envelope()
    with pytest.raises(MissingSignatureError, match="it has more than one Wechatpay-Serial"):
        auth.read_notice(form(signature_headers(platform_key, body)), body)


def test_a_nonce_may_have_a_comma(auth: WeChatPayAuth, platform_key: rsa.RSAPrivateKey) -> None:
    body = envelope()
    headers = signature_headers(platform_key, body, nonce="a,b")
    assert auth.read_notice(headers, body).nonce == "a,b"


@pytest.mark.parametrize(
    ("headers", "body", "problem"),
    [
        ({}, "{}", "^body: expected the raw bytes of the body, found str; take them before"),
        ({}, {"id": "x"}, "^body: expected the raw bytes of the body, found dict"),
        (None, b"{}", "^headers: expected the headers of the request, .* found NoneType; give"),
        (["Wechatpay-Serial"], b"{}", "^headers: expected the headers of the request, .* list"),
    ],
)
def test_what_is_no_request_is_told_as_such(
    auth: WeChatPayAuth, headers: object, body: object, problem: str
) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        auth.read_notice(cast(Any, headers), cast(Any, body))


# What is not verified.


def test_a_notice_that_was_changed_is_refused_with_a_way_on(
    auth: WeChatPayAuth, platform_key: rsa.RSAPrivateKey
) -> None:
    body = envelope()
    headers = signature_headers(platform_key, body) | {"Request-ID": "08F4"}
    with pytest.raises(InvalidSignatureError) as caught:
        auth.read_notice(headers, body + b" ")
    error = caught.value
    assert str(error) == (
        f"the notice (Request-ID '08F4', Wechatpay-Serial '{KEY_ID}') was not verified as coming "
        "from WeChat Pay: the signature does not match; if WeChat Pay sent it, something changed "
        "the body: give its raw bytes"
    )
    assert (error.is_notice, error.outcome_unknown, error.status_code) == (True, False, None)


def test_nothing_is_decrypted_before_the_signature_is_verified(
    auth: WeChatPayAuth, other_key: rsa.RSAPrivateKey
) -> None:
    """A body that is neither JSON nor signed is an invalid signature, and nothing else."""
    for body in (b"{", envelope()):
        with pytest.raises(InvalidSignatureError):
            auth.read_notice(signature_headers(other_key, body), body)


def test_certificate_mode_downloads_after_a_notice_by_a_certificate_that_is_not_known(
    library: Library, signer: RSASigner, platform_key: rsa.RSAPrivateKey, tmp_path: Path
) -> None:
    """No download happens for the notice itself: the next call makes it, one a minute."""
    now = [NOW]
    platform = CertificatePlatform(platform_key)
    platform.clock = lambda: now[0]

    def made() -> Any:  # noqa: ANN401
        certificates = PlatformCertificates(MCHID, api_v3_key=API_V3_KEY, cache_dir=tmp_path)
        return library.auth(MCHID, signer=signer, verifier=certificates, clock=lambda: now[0])

    def notice(serial: str) -> tuple[dict[str, str], bytes]:
        body = envelope()
        stamp = int(now[0])
        return signature_headers(platform_key, body, serial=serial, timestamp=stamp), body

    auth = made()
    with serving(platform) as server:
        first = platform.signing
        with pytest.raises(UnknownSerialError, match="make a call with this auth object, for exam"):
            auth.read_notice(*notice(first))
        library.call(auth, "GET", f"{server.url}/v3/x")
        assert auth.read_notice(*notice(first)).resource == RESOURCE
        assert made().read_notice(*notice(first)).resource == RESOURCE, "from the cache"
        now[0] += 61
        second = platform.publish(platform_key, 43)
        for _ in range(3):
            with pytest.raises(UnknownSerialError):
                auth.read_notice(*notice(second))
        for _ in range(3):
            library.call(auth, "GET", f"{server.url}/v3/x")
        assert auth.read_notice(*notice(second)).resource == RESOURCE
        assert platform.downloads == 2
        with pytest.raises(UnknownSerialError):
            auth.read_notice(*notice("5A" * 20))
        library.call(auth, "GET", f"{server.url}/v3/x")
        assert platform.downloads == 2, "forged serials cost one download a minute"


# What is verified and of no use.


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (envelope(resource={"algorithm": "AEAD_SM4_GCM\n"}), r"found AEAD_SM4_GCM\?; choose"),
        (envelope(ACCOUNT.encode()), "resource: expected a JSON object in it, found none; the sig"),
        (envelope(f'["{ACCOUNT}"]'.encode()), "resource: expected a JSON object in it, found none"),
        (envelope(f'{{"a":NaN,"{ACCOUNT}":1}}'.encode()), "resource: expected a JSON object in it"),
        (envelope(b"[" * 100_000), "resource: expected a JSON object in it, found none"),
        (envelope(resource=None), "body: expected an object in `resource`, found none"),
        (envelope(id=7), "body: expected texts in `id` and `event_type`, found none"),
        (b"[]", "body: expected a JSON object, found something else; the signature is WeChat"),
    ],
)
def test_what_a_verified_notice_lacks_is_named_and_nothing_is_shown(
    read: Read, body: bytes, problem: str
) -> None:
    with pytest.raises(UnreadableNoticeError, match=problem) as caught:
        read(body)
    assert_hidden(shown_by(caught.value), ACCOUNT, ACCOUNT.encode())
    assert caught.value.outcome_unknown is False


def test_another_api_v3_key_is_told_and_not_shown(
    signer: RSASigner, verifier: RSAVerifier, platform_key: rsa.RSAPrivateKey
) -> None:
    wrong = API_V3_KEY[::-1]
    options: Any = {"signer": signer, "verifier": verifier, "clock": lambda: NOW}
    auth = WeChatPayAuth(MCHID, api_v3_key=wrong, **options)
    body = envelope()
    with pytest.raises(
        UnreadableNoticeError, match=r"does not decrypt: the APIv3 key \(WECH"
    ) as caught:
        auth.read_notice(signature_headers(platform_key, body), body)
    assert_hidden(shown_by(caught.value), wrong, ACCOUNT)
    with pytest.raises(
        ConfigurationError, match=r"^api_v3_key: expected exactly 32 bytes"
    ) as refused:
        WeChatPayAuth(MCHID, api_v3_key=wrong + "x", **options)
    assert_hidden(shown_by(refused.value), wrong)


# Replays.


def test_the_store_is_asked_about_verified_notices_only(
    auth: WeChatPayAuth, read: Read, other_key: rsa.RSAPrivateKey
) -> None:
    asked: list[tuple[int, str]] = []

    def seen(notice: Notice) -> bool:
        known = (notice.timestamp, notice.nonce) in asked
        asked.append((notice.timestamp, notice.nonce))
        return known

    body = envelope()
    with pytest.raises(InvalidSignatureError):
        auth.read_notice(signature_headers(other_key, body), body, seen=seen)
    assert asked == []
    assert read(body, seen=seen).resource == RESOURCE
    with pytest.raises(
        ReplayedNoticeError, match="EV-2018022511223320873 was seen before"
    ) as caught:
        read(body, seen=seen)
    assert_hidden(shown_by(caught.value), ACCOUNT)
    assert NoticeResponse.failed(caught.value) == NoticeResponse.accepted()


def test_an_error_of_the_store_reaches_the_caller_and_shows_nothing(read: Read) -> None:
    def seen(_: Notice) -> bool:
        raise LookupError("the store is down")

    with pytest.raises(LookupError, match="the store is down") as caught:
        read(envelope(), seen=seen)
    assert_hidden(shown_by(caught.value), ACCOUNT)


# What to respond.


def test_success_has_no_body() -> None:
    assert NoticeResponse.accepted() == NoticeResponse(204, {}, b"")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidSignatureError("the signature does not match"), 401),
        (UnknownSerialError("no trusted key"), 401),
        (UnreadableNoticeError("another key"), 500),
        (ConfigurationError("no key"), 500),
        (RuntimeError("the database is down"), 500),
        (None, 500),
    ],
)
def test_a_failure_says_the_same_whatever_went_wrong(error: Exception | None, status: int) -> None:
    response = NoticeResponse.failed(error)
    said = json.loads(response.body)
    assert response.status_code == status
    assert response.headers == {"Content-Type": "application/json"}
    assert said == {"code": "FAIL", "message": "the notice was not accepted"}
    assert isinstance(error, VerificationError) is (status == 401)
