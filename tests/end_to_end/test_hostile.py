"""Somebody between us and the platform: what he may hear, what he may say, what it gets him."""

from __future__ import annotations

import gzip
import logging
import pickle
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType

import pytest
import wechatpay_auth
import wechatpay_ecommerce_refund
from wechatpay_auth import (
    ConfigurationError,
    ExpiredTimestampError,
    InvalidSignatureError,
    RSASigner,
    RSAVerifier,
    UnreadableResponseError,
)
from wechatpay_ecommerce_refund import APIError, InvalidResponseError, OutcomeUnknown
from wechatpay_sandbox import (
    TLS,
    Keys,
    Platform,
    Reply,
    RunningServer,
    faults,
    make_private_key,
    make_tls,
    serve,
    serve_proxy,
)

from tests.conftest import Caller
from tests.end_to_end.test_failure import create_of
from tests.end_to_end.test_success import CREATE, QUERY
from tests.end_to_end.test_transports import listening

MIB = 1 << 20
OURS = tuple(
    str(Path(package.__file__ or "").parent)
    for package in (wechatpay_auth, wechatpay_ecommerce_refund)
)


# TLS.


@pytest.fixture(scope="module")
def tls() -> TLS:
    return make_tls()


@pytest.fixture
def trusted(tls: TLS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TLS:
    """An authority that is installed on this machine."""
    authority = tmp_path / "authority.pem"
    authority.write_text(tls.authority_pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    return tls


def test_who_has_no_trusted_certificate_gets_no_request(
    caller: Caller, platform: Platform, tls: TLS
) -> None:
    with serve(platform, tls=tls) as server:
        caller.base_url = server.base_url
        with pytest.raises(caller.library.ConnectError, match=r"(?i)certificate.verify.failed"):
            caller.call(CREATE)
    assert platform.log == ()


def test_a_certificate_for_another_host_gets_no_request(
    caller: Caller, platform: Platform, trusted: TLS, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve(platform, tls=trusted) as server, serve_proxy(server) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        caller.base_url = "https://pay.example.com"
        with pytest.raises(caller.library.ConnectError, match=r"(?i)hostname mismatch"):
            caller.call(CREATE)
        assert proxy.hosts == ("pay.example.com:443",)
    assert platform.log == ()


def test_open_http_is_not_spoken_beyond_loopback(
    caller: Caller, platform: Platform, server: RunningServer
) -> None:
    """This address leads to the platform as well, but is not one of loopback."""
    caller.base_url = server.base_url.replace("127.0.0.1", "0.0.0.0")
    with pytest.raises(ConfigurationError, match="https"):
        caller.call(CREATE)
    assert platform.log == ()


def test_an_impostor_with_a_trusted_certificate_is_not_believed(
    caller: Caller, keys: Keys, trusted: TLS
) -> None:
    """A proxy whose authority is installed here: it reads everything and can prove nothing."""
    impostor = Platform(replace(keys, public_key_pair=make_private_key()))
    with serve(impostor, tls=trusted) as server:
        caller.base_url = server.base_url
        with pytest.raises(OutcomeUnknown) as created:
            caller.call(CREATE)
        with pytest.raises(InvalidSignatureError):
            caller.call(QUERY)
    assert isinstance(created.value.__cause__, InvalidSignatureError)
    assert len(impostor.log) == 2


# Genuine responses, played again.


def recorded(response: Reply) -> bytes:
    head = [f"HTTP/1.1 {response.status} Recorded"]
    head += [f"{name}: {value}" for name, value in response.headers.lines]
    head += [f"Content-Length: {len(response.body)}", "", ""]
    return "\r\n".join(head).encode() + response.body


def test_a_recorded_response_serves_its_own_call_and_five_minutes(
    caller: Caller, platform: Platform, keys: Keys
) -> None:
    caller.call(CREATE)
    with listening(recorded(platform.log[-1].reply)) as thief:
        caller.base_url = thief.url
        assert caller.call(CREATE).verified, "what was recorded is what is played"
        with pytest.raises(OutcomeUnknown) as other:
            caller.call(create_of("50000000382019052709732678860"))
        caller.auth = type(caller.auth)(
            keys.mchid,
            signer=RSASigner.from_pem(
                keys.merchant.private_key_pem, serial_no=keys.merchant.serial_no
            ),
            verifier=RSAVerifier.from_public_key(keys.public_key_id, keys.public_key_pem),
            clock=lambda: time.time() + 302,
        )
        with pytest.raises(OutcomeUnknown) as old:
            caller.call(CREATE)
    assert isinstance(other.value.__cause__, InvalidResponseError)
    assert isinstance(old.value.__cause__, ExpiredTimestampError)


# Too much.


def answer(body: bytes, *headers: str) -> bytes:
    head = ["HTTP/1.1 200 OK", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(head).encode() + body


@pytest.mark.parametrize(
    "response",
    [
        answer(bytes(3 * MIB)),
        answer(gzip.compress(bytes(64 * MIB)), "Content-Encoding: gzip"),
        answer(b"{}", "Content-Encoding: br"),
    ],
    ids=["long", "bomb", "coding"],
)
def test_a_response_beyond_its_bounds_is_not_read(caller: Caller, response: bytes) -> None:
    with listening(response) as attacker:
        caller.base_url = attacker.url
        with pytest.raises(OutcomeUnknown) as caught:
            caller.call(CREATE)
    error = caught.value.__cause__
    assert isinstance(error, UnreadableResponseError)
    assert (error.seen or 0) < 2 * MIB


# What is left behind.


def test_what_a_response_says_is_no_record_of_its_own(
    caller: Caller, platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    """An error need not be signed, so anybody may write it, and it goes into logs."""
    said = (
        '{"code": "余额\\nERROR paid", "message": "\\u001b[2J\\u202e\\ud800", "detail": {"issue": "'
    )
    platform.next(
        faults.answer(403, said + "x" * 50_000 + '\\r\\n"}}'),
        faults.set_header("Request-ID", "08F7\x1b[31m"),
    )
    with caplog.at_level(logging.DEBUG, "wechatpay_ecommerce_refund"), pytest.raises(APIError) as e:
        caller.call(CREATE)
    (record,) = [r for r in caplog.records if r.name == "wechatpay_ecommerce_refund"]
    for text in (str(e.value), record.getMessage()):
        assert text.isprintable()
        assert r"余额\nERROR paid \x1b[2J\u202e\ud800" in text
        assert r"Request-ID 08F7\x1b[31m" in text
        assert len(text) < 2000
    assert e.value.code == "余额\nERROR paid", "what it said is kept as it came"


def frames(error: BaseException) -> Iterator[tuple[bool, str]]:
    """Whether a frame is ours, and its locals, for all tracebacks behind an error."""
    todo: list[BaseException | None] = [error]
    while todo:
        current = todo.pop()
        if current is not None:
            todo += [current.__cause__, current.__context__]
            yield True, f"{current} {current!r} {vars(current)}"
            yield from locals_of(current.__traceback__)


def locals_of(traceback: TracebackType | None) -> Iterator[tuple[bool, str]]:
    while traceback is not None:
        code = traceback.tb_frame.f_code
        # This file's own frames hold the secrets that are looked for.
        if code.co_filename != __file__:
            yield code.co_filename.startswith(OURS), repr(traceback.tb_frame.f_locals)
        traceback = traceback.tb_next


@pytest.mark.parametrize("fault", [faults.drop_connection(), faults.tamper_body("888", "889")])
def test_a_failed_call_leaves_no_secret_behind(
    caller: Caller, platform: Platform, keys: Keys, fault: faults.Fault
) -> None:
    platform.next(fault)
    with pytest.raises(OutcomeUnknown) as caught:
        caller.call(CREATE)
    (request,) = platform.requests()
    signature = request.authorization["signature"]
    secret = "".join(keys.merchant.private_key_pem.splitlines()[1:-1])[40:80]
    exponent = str(keys.merchant.private_key.private_numbers().d)
    seen = list(frames(caught.value))
    assert any(ours for ours, _ in seen)
    for ours, text in seen:
        assert secret not in text.replace("\\n", "")
        assert exponent not in text
        assert not ours or signature not in text
    pickled = pickle.dumps(caught.value)
    assert signature.encode() not in pickled
    assert b"WECHATPAY2" not in pickled
