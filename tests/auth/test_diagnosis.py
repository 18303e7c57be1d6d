"""A refused signature is explained: what differs, or whose key it must be."""

import json
from typing import Any

import pytest
from wechatpay_auth import RawResponse, RequestMessage, diagnose_sign_error

from tests.auth.support import MCHID, MERCHANT_SERIAL, NONCE, Answer, Library, serving

URL = "/v3/ecommerce/refunds/5000/return-advance"
TIMESTAMP = "1756951532"
BODY = '{"sub_mchid":"1900000109","备注":"é"}'.encode()
MESSAGE = RequestMessage("POST", URL, TIMESTAMP, NONCE, BODY)
DATE = "Thu, 04 Sep 2025 02:05:32 GMT"  # the same moment


def refusal(
    details: dict[str, object] | None = None,
    *,
    status: int = 401,
    code: str = "SIGN_ERROR",
    headers: dict[str, str] | None = None,
) -> RawResponse:
    """In the shape of variant 5 of the observed error bodies."""
    body: dict[str, object] = {"code": code, "message": "签名错误"}
    if details is not None:
        inner = {"issue": "sign not match"}
        body["detail"] = {"field": "signature", "detail": inner, "sign_information": details}
    return RawResponse.of(status, headers or {}, json.dumps(body).encode())


def information(**changes: Any) -> dict[str, object]:  # noqa: ANN401
    """What the platform says it saw, with some of it changed."""
    seen = {
        "method": "POST",
        "url": URL,
        "timestamp": TIMESTAMP,
        "nonce": NONCE,
        "start": '{"sub_mc',
        "length": len(MESSAGE.to_bytes()),
    } | changes
    lines = [seen["method"], seen["url"], seen["timestamp"], seen["nonce"], seen["start"]]
    return {
        "method": seen["method"],
        "url": seen["url"],
        "sign_message_length": seen["length"],
        "truncated_sign_message": "\n".join(map(str, lines)),
    }


def diagnosis(response: RawResponse, message: RequestMessage = MESSAGE) -> str | None:
    return diagnose_sign_error(response, message, mchid=MCHID, serial_no=MERCHANT_SERIAL)


@pytest.mark.parametrize(
    "response",
    [
        refusal(status=400),
        refusal(code="PARAM_ERROR"),
        RawResponse.of(401, {}, b""),
        RawResponse.of(401, {}, b"<html>"),
        RawResponse.of(401, {}, b"[]"),
        RawResponse.of(401, {}, b"[" * 100_000),
        RawResponse.of(200, {}, b'{"code":"SIGN_ERROR"}'),
    ],
)
def test_other_responses_are_not_diagnosed(response: RawResponse) -> None:
    assert diagnosis(response) is None


@pytest.mark.parametrize(
    "length", [len(MESSAGE.to_bytes()), len(MESSAGE.to_bytes().decode()), None]
)
@pytest.mark.parametrize("start", ['{"sub_mc', '{"sub_mc\n', '{"sub_mc...', '{"sub_mc…', ""])
def test_same_string_means_the_wrong_key(length: int | None, start: str) -> None:
    """Whether the length counts bytes or characters is not known."""
    text = diagnosis(refusal(information(length=length, start=start)))
    assert text
    assert text.startswith("the platform built the same sign string, so the key is the wrong one")
    for part in (MERCHANT_SERIAL, MCHID, "replaced", "sub-merchant", "another certificate's"):
        assert part in text


def test_same_string_without_a_body_means_the_wrong_key() -> None:
    message = RequestMessage("GET", f"{URL}?sub_mchid=1", TIMESTAMP, NONCE, b"")
    seen = information(method="GET", url=message.url, start="\n", length=len(message.to_bytes()))
    text = diagnosis(refusal(seen), message)
    assert text
    assert "wrong one" in text


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"method": "PUT"}, "method differs: signed 'POST', arrived as 'PUT'"),
        ({"url": f"{URL}?a=1"}, f"url differs: signed '{URL}', arrived as '{URL}?a=1'"),
        (
            {"url": URL.replace("-", "%2D")},
            f"URL encoding differs: signed '{URL}', arrived as '{URL.replace('-', '%2D')}'",
        ),
        ({"timestamp": "1"}, f"timestamp differs: signed '{TIMESTAMP}', arrived as '1'"),
        ({"nonce": "x"}, f"nonce differs: signed '{NONCE}', arrived as 'x'"),
        (
            {"method": "GET", "nonce": "x"},
            f"method differs: signed 'POST', arrived as 'GET'; "
            f"nonce differs: signed '{NONCE}', arrived as 'x'",
        ),
    ],
)
def test_what_differs_is_named(changes: dict[str, object], expected: str) -> None:
    assert diagnosis(refusal(information(**changes))) == expected


@pytest.mark.parametrize("changes", [{"start": '{ "sub_m'}, {"length": 7}, {"length": 0}])
def test_changed_body_is_named(changes: dict[str, object]) -> None:
    seen = information(**changes)
    assert diagnosis(refusal(seen)) == (
        f"body differs: the signed message has {len(MESSAGE.to_bytes())} bytes, the one that "
        f"arrived {seen['sign_message_length']}. Was it serialised again after signing, or "
        "changed by a proxy?"
    )


def test_odd_length_is_no_number() -> None:
    text = diagnosis(refusal(information(length="x")))
    assert text
    assert "the one that arrived another number" in text


@pytest.mark.parametrize(
    "details",
    [
        {"method": "PUT"},
        {"method": "PUT", "truncated_sign_message": None},
        {"method": "PUT", "truncated_sign_message": ""},
        {"method": "PUT", "url": URL, "sign_message_length": []},
    ],
)
def test_details_may_be_missing_in_part(details: dict[str, object]) -> None:
    assert diagnosis(refusal(details)) == "method differs: signed 'POST', arrived as 'PUT'"


def test_head_that_is_cut_off_says_nothing_of_the_body() -> None:
    text = diagnosis(refusal({"truncated_sign_message": f"POST\n{URL}"}))
    assert text
    assert "wrong one" in text


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (300, None),
        (-300, None),
        (301, "the local clock is 301 s ahead of the platform's: set it"),
        (-301, "the local clock is 301 s behind the platform's: set it"),
    ],
)
def test_clock_that_is_off_is_named(seconds: int, expected: str | None) -> None:
    message = RequestMessage("POST", URL, str(int(TIMESTAMP) + seconds), NONCE, BODY)
    text = diagnosis(refusal(headers={"Date": DATE}), message)
    assert text == expected or (expected is None and text and "no details" in text)


def test_clock_comes_before_the_other_differences() -> None:
    message = RequestMessage("POST", URL, str(int(TIMESTAMP) + 400), NONCE, BODY)
    seen = information(timestamp=message.timestamp, method="GET")
    assert diagnosis(refusal(seen, headers={"Date": DATE}), message) == (
        "the local clock is 400 s ahead of the platform's: set it; "
        "method differs: signed 'POST', arrived as 'GET'"
    )


@pytest.mark.parametrize("date", ["", "x", "Thu, 99 Sep 2025 02:05:32 GMT", "1 Jan 99999 0:0 GMT"])
def test_unreadable_date_says_nothing(date: str) -> None:
    text = diagnosis(refusal(headers={"Date": date}))
    assert text
    assert "no details" in text


def test_without_details_the_likely_causes_are_listed() -> None:
    text = diagnosis(refusal())
    assert text
    for part in (MERCHANT_SERIAL, MCHID, "in use", "sub-merchant", "openssl x509"):
        assert part in text
    assert "doctor" not in text  # which shows this text


def test_hostile_details_are_shown_harmlessly() -> None:
    """The error is unsigned: anybody may have written it."""
    text = diagnosis(refusal(information(method="\x1b[2J" + "A" * 1000)))
    assert text
    assert "\x1b" not in text
    assert "A" * 196 + "…" in text
    assert "A" * 197 not in text


def test_caller_finds_the_diagnosis_beside_the_response(library: Library, auth: object) -> None:
    raw = refusal({"method": "PUT"})
    with serving(lambda _: Answer(401, raw.body)) as server:
        response = library.call(auth, "GET", f"{server.url}/v3/x")
    assert response.extensions["wechatpay_verified"] is False
    assert response.extensions["wechatpay_sign_diagnosis"] == (
        "method differs: signed 'GET', arrived as 'PUT'"
    )


def test_other_responses_carry_no_diagnosis(library: Library, auth: object) -> None:
    with serving(lambda _: Answer(404, b"{}")) as server:
        response = library.call(auth, "GET", f"{server.url}/v3/x")
    assert "wechatpay_sign_diagnosis" not in response.extensions


def test_diagnosis_shows_no_signature(library: Library, auth: object) -> None:
    raw = refusal({"method": "PUT"})
    with serving(lambda _: Answer(401, raw.body)) as server:
        response = library.call(auth, "GET", f"{server.url}/v3/x")
    signature = server.received[0].headers["authorization"].split('signature="')[1][:20]
    assert signature not in str(response.extensions["wechatpay_sign_diagnosis"])
