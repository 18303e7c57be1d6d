"""What the sandbox refuses: it never accepts what production would not."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from wechatpay_sandbox import REFUND_ID, Headers, Request

from tests.merchant_by_hand import (
    NOW,
    Merchant,
    authorization_line,
    is_signed,
    path,
    query_target,
    shared_keys,
    sign,
)

BODY = b'{"sub_mchid":"1900000109"}'


@pytest.fixture
def merchant() -> Merchant:
    return Merchant()


def code(answer: tuple[int, dict[str, object]]) -> tuple[int, object]:
    return answer[0], answer[1].get("code")


def with_authorization(request: Request, line: str) -> Request:
    return replace(request, headers=request.headers.with_values({"Authorization": line}))


def test_a_request_without_user_agent_or_json_accept_is_refused_before_its_signature(
    merchant: Merchant,
) -> None:
    for headers in ({"User-Agent": ""}, {"Accept": ""}, {"Accept": "text/html, image/png"}):
        request = merchant.request("GET", query_target(), headers=headers, signature="AAAA")
        assert code(merchant.send(request)) == (400, "INVALID_REQUEST"), headers
        assert not is_signed(merchant.platform.log[-1].reply)


@pytest.mark.parametrize("accept", ["*/*", "application/*", "text/html, Application/JSON;q=0.9"])
def test_an_accept_that_allows_json_passes(merchant: Merchant, accept: str) -> None:
    request = merchant.request("POST", path(), BODY, headers={"Accept": accept})
    assert merchant.send(request)[0] == 200


def test_the_five_fields_may_stand_in_any_order(merchant: Merchant) -> None:
    fields = merchant.authorization("POST", path(), BODY)
    backwards = authorization_line(dict(reversed(fields.items())))
    request = with_authorization(merchant.request("POST", path(), BODY), backwards)
    assert merchant.send(request)[0] == 200


def test_a_malformed_authorization_is_refused(merchant: Merchant) -> None:
    fields = merchant.authorization("GET", query_target())
    good = authorization_line(fields)
    bad = [
        "",
        good.replace("WECHATPAY2-SHA256-RSA2048", "WECHATPAY2-SM2-WITH-SM3"),
        good.replace("WECHATPAY2-SHA256-RSA2048", "Bearer"),
        good.lower(),
        good.replace(" ", "  "),
        good.replace(" ", ""),
        good.replace(",", ", "),
        good.replace(",", ";"),
        good.replace('"', "'"),
        good.replace('"', ""),
        good + ",",
        good + ',mchid="1"',
        good + ',extra="1"',
        good.replace("nonce_str", "nonce"),
        good.replace("nonce_str", "mchid"),
        *(
            authorization_line({name: value for name, value in fields.items() if name != gone})
            for gone in fields
        ),
    ]
    for line in bad:
        request = with_authorization(merchant.query_request(), line)
        assert code(merchant.send(request)) == (401, "SIGN_ERROR"), line


def test_an_empty_nonce_is_refused_even_if_signed(merchant: Merchant) -> None:
    request = merchant.request("POST", path(), BODY, nonce_str="")
    assert code(merchant.send(request)) == (401, "SIGN_ERROR")


@pytest.mark.parametrize(
    "timestamp", ["", "now", "-1", "1.0e9", "１７９０００００００", "9" * 5000]
)
def test_a_timestamp_that_is_no_number_is_refused(merchant: Merchant, timestamp: str) -> None:
    fields = merchant.authorization("GET", query_target()) | {"timestamp": timestamp}
    request = with_authorization(merchant.query_request(), authorization_line(fields))
    assert code(merchant.send(request)) == (401, "SIGN_ERROR")


@pytest.mark.parametrize(("off", "status"), [(-301, 401), (-300, 200), (300, 200), (301, 401)])
def test_a_timestamp_may_be_300_seconds_off(merchant: Merchant, off: int, status: int) -> None:
    request = merchant.request("POST", path(), BODY, timestamp=str(NOW + off))
    assert merchant.send(request)[0] == status


def test_the_timestamp_is_looked_at_before_the_signature(merchant: Merchant) -> None:
    request = merchant.request("GET", query_target(), timestamp=str(NOW - 999), signature="AAAA")
    _, body = merchant.send(request)
    assert body == {"code": "SIGN_ERROR", "message": "时间戳超出允许的范围"}


def test_a_reused_nonce_is_refused_only_when_asked(merchant: Merchant) -> None:
    request = merchant.create_request()
    assert [merchant.send(request)[0] for _ in range(2)] == [200, 200]
    merchant.platform.settings = replace(merchant.platform.settings, refuse_reused_nonce=True)
    assert code(merchant.send(request)) == (401, "SIGN_ERROR")
    assert merchant.create()[0] == 200


def test_a_refused_request_does_not_use_up_its_nonce(merchant: Merchant) -> None:
    merchant.platform.settings = replace(merchant.platform.settings, refuse_reused_nonce=True)
    forged = merchant.request("POST", path(), BODY, nonce_str="N", signature="AA==")
    assert merchant.send(forged)[0] == 401
    assert merchant.send(merchant.request("POST", path(), BODY, nonce_str="N"))[0] == 200


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mchid", "1900000109"),
        ("serial_no", shared_keys().certificate.serial_no),
        ("serial_no", "0" + shared_keys().merchant.serial_no),
    ],
)
def test_number_and_serial_must_be_those_of_the_certificate(
    merchant: Merchant, name: str, value: str
) -> None:
    fields = merchant.authorization("GET", query_target()) | {name: value}
    request = with_authorization(merchant.query_request(), authorization_line(fields))
    assert code(merchant.send(request)) == (401, "SIGN_ERROR")


def test_a_signature_by_another_key_is_refused(merchant: Merchant) -> None:
    message = f"GET\n{query_target()}\n{NOW}\nN\n\n".encode()
    foreign = sign(shared_keys().certificate.private_key, message)
    request = merchant.request("GET", query_target(), nonce_str="N", signature=foreign)
    assert code(merchant.send(request)) == (401, "SIGN_ERROR")


def test_an_expired_merchant_certificate_is_refused(merchant: Merchant) -> None:
    merchant.clock.now += 6 * 365 * 86400
    assert code(merchant.create()) == (401, "SIGN_ERROR")


def mutations(request: Request) -> list[Request]:
    """Change one character of target, body, timestamp, nonce or signature, one at a time."""
    changed: list[Request] = []
    for at in range(len(request.target)):
        flipped = chr(ord(request.target[at]) ^ 1)
        target = request.target[:at] + flipped + request.target[at + 1 :]
        changed.append(replace(request, target=target))
    for at in range(len(request.body)):
        for bit in range(8):
            flipped_body = bytearray(request.body)
            flipped_body[at] ^= 1 << bit
            changed.append(replace(request, body=bytes(flipped_body)))
    fields = request.authorization
    for name in ("timestamp", "nonce_str", "signature"):
        for at, character in enumerate(fields[name]):
            for other in {"0", "1", "A", "="} - {character}:
                value = fields[name][:at] + other + fields[name][at + 1 :]
                line = authorization_line(fields | {name: value})
                changed.append(with_authorization(request, line))
    for method in ("post", "PUT", "GET"):
        changed.append(replace(request, method=method))
    for body in (b"", request.body + b"\n", request.body + b" ", request.body[:-1]):
        changed.append(replace(request, body=body))
    for value in (
        "",
        fields["signature"][:-4],
        fields["signature"] * 2,
        "é",
        "WECHATPAY/SIGNTEST/",
    ):
        changed.append(
            with_authorization(request, authorization_line(fields | {"signature": value}))
        )
    return changed


def test_a_signed_request_with_anything_changed_is_refused(merchant: Merchant) -> None:
    request = merchant.request("POST", path(), BODY)
    forms = mutations(request)
    # Four bits of the last character before the padding mean nothing; they must be zero.
    signature = request.authorization["signature"]
    stray = f"{signature[:-3]}{chr(ord(signature[-3]) + 1)}=="
    forms.append(
        with_authorization(
            request, authorization_line(request.authorization | {"signature": stray})
        )
    )
    assert len(forms) > 1000
    for form in forms:
        status, body = merchant.send(form)
        # A changed path or method may miss the operation; whatever reaches it is a 401.
        assert status in {401, 404, 405}, form
        assert status != 404 or not body, form
    assert not any(exchange.state_changed for exchange in merchant.platform.log)
    assert merchant.send(request)[0] == 200, "the untouched request must pass"


def test_the_signature_covers_the_raw_target(merchant: Merchant) -> None:
    escaped = f"{path()}?sub_mchid=%31900000109"
    merchant.create()
    assert merchant.send(merchant.request("GET", escaped))[0] == 200
    decoded = merchant.authorization("GET", query_target())
    request = with_authorization(merchant.request("GET", escaped), authorization_line(decoded))
    assert code(merchant.send(request)) == (401, "SIGN_ERROR")


def test_a_wrong_signature_is_answered_with_the_string_the_platform_built(
    merchant: Merchant,
) -> None:
    request = merchant.request("POST", path(), BODY, nonce_str="NONCE", signature="AAAA")
    status, body = merchant.send(request)
    shown = f'POST\n{path()}\n{NOW}\nNONCE\n{{"sub_mc\n'
    assert status == 401
    assert body["detail"] == {
        "field": "signature",
        "location": "authorization",
        "detail": {"issue": "sign not match"},
        "sign_information": {
            "method": "POST",
            "url": path(),
            "truncated_sign_message": shown,
            "sign_message_length": len(shown) - len('{"sub_mc') + len(BODY),
        },
    }


def test_error_text_follows_accept_language(merchant: Merchant) -> None:
    english = {"Accept-Language": "en"}
    request = merchant.request("GET", query_target(), headers=english, timestamp=str(NOW - 999))
    assert merchant.send(request)[1]["message"] == "The timestamp is too far from now"
    merchant.platform.add_sub_merchant("1900000200")
    request = merchant.request("GET", query_target("1", "1900000201"), headers=english)
    assert merchant.send(request)[1]["message"] == "Merchant does not exist"


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", None),
        (b"{", None),
        (b"[]", None),
        (b"\xff", None),
        (b'{"sub_mchid":NaN}', None),
        (b"[" * 100_000, None),
        (b"{}", ("/sub_mchid", "", "required")),
        (b'{"sub_mchid":null}', ("/sub_mchid", None, "not a string")),
        (b'{"sub_mchid":1900000109}', ("/sub_mchid", 1900000109, "not a string")),
        (b'{"sub_mchid":""}', ("/sub_mchid", "", "too short")),
        (b'{"sub_mchid":"%s"}' % (b"1" * 33), ("/sub_mchid", "1" * 33, "too long")),
        ('{"sub_mchid":"😀"}'.encode(), ("/sub_mchid", "😀", "character not allowed")),
        (b'{"sub_mchid":"\\ud800"}', ("/sub_mchid", "?", "character not allowed")),
        (b'{"sub_mchid":"1900000109","b":1,"a":1}', ("/a", "", "unknown parameter")),
        # What is wrong with a known parameter comes before an unknown one.
        (b'{"sub_mchid":"","a":1}', ("/sub_mchid", "", "too short")),
    ],
)
def test_a_body_against_the_rules_is_a_parameter_error(
    merchant: Merchant, body: bytes, detail: tuple[str, object, str] | None
) -> None:
    status, answer = merchant.send(merchant.request("POST", path(), body))
    assert (status, answer["code"]) == (400, "PARAM_ERROR")
    if detail is None:
        assert "detail" not in answer
    else:
        field, value, issue = detail
        expected = {"location": "body", "field": field, "value": value, "issue": issue}
        assert answer["detail"] == expected
    assert is_signed(merchant.platform.log[-1].reply)
    assert not merchant.platform.log[-1].state_changed


@pytest.mark.parametrize(
    ("target", "location", "issue"),
    [
        (path(), "query", "required"),
        (f"{path()}?sub_mchid=", "query", "too short"),
        (f"{path()}?sub_mchid={'1' * 33}", "query", "too long"),
        (query_target() + "&x=1", "query", "unknown parameter"),
        (query_target("5" * 33), "uri_template", "too long"),
    ],
)
def test_a_query_against_the_rules_is_a_parameter_error(
    merchant: Merchant, target: str, location: str, issue: str
) -> None:
    status, answer = merchant.send(merchant.request("GET", target))
    assert (status, answer["code"]) == (400, "PARAM_ERROR")
    detail = answer["detail"]
    assert isinstance(detail, dict)
    assert (detail["location"], detail["issue"]) == (location, issue)


def test_the_request_id_of_an_extra_parameter_carries_its_known_number(merchant: Merchant) -> None:
    body = b'{"sub_mchid":"1900000109","a":1}'
    reply = merchant.platform.handle(merchant.request("POST", path(), body))
    assert (reply.headers.get("Request-ID") or "").endswith("-270924358")


def test_unknown_parameters_pass_when_the_switch_is_off(merchant: Merchant) -> None:
    settings = replace(merchant.platform.settings, refuse_unknown_parameters=False)
    merchant.platform.settings = settings
    body = b'{"sub_mchid":"1900000109","a":1}'
    assert merchant.send(merchant.request("POST", path(), body))[0] == 200


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_a_post_that_is_not_json_is_refused(merchant: Merchant, content_type: str) -> None:
    request = merchant.request("POST", path(), BODY, headers={"Content-Type": content_type})
    assert code(merchant.send(request)) == (400, "INVALID_REQUEST")


def test_a_get_with_a_body_is_refused(merchant: Merchant) -> None:
    request = merchant.request("GET", query_target(), b"{}")
    assert code(merchant.send(request)) == (400, "INVALID_REQUEST")


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/v3/ecommerce/refunds//return-advance", 404),
        ("GET", f"/v3/ecommerce/refunds/{REFUND_ID}/return-advance/", 404),
        ("GET", f"//v3/ecommerce/refunds/{REFUND_ID}/return-advance", 404),
        ("PUT", path(), 405),
        ("POST", "/v3/certificates", 405),
    ],
)
def test_the_gateway_answers_unknown_paths_and_methods_without_body_or_signature(
    merchant: Merchant, method: str, target: str, status: int
) -> None:
    reply = merchant.platform.handle(Request(method, target, Headers()))
    assert (reply.status, reply.body, is_signed(reply)) == (status, b"", False)


def test_a_post_takes_no_query(merchant: Merchant) -> None:
    request = merchant.request("POST", query_target(), BODY)
    assert code(merchant.send(request)) == (400, "PARAM_ERROR")


def test_an_escaped_digit_is_that_digit(merchant: Merchant) -> None:
    merchant.create()
    escaped = query_target("%35" + REFUND_ID[1:])
    assert merchant.send(merchant.request("GET", escaped))[1]["refund_id"] == REFUND_ID


def test_an_escaped_slash_stays_inside_the_refund_number(merchant: Merchant) -> None:
    request = merchant.request("GET", query_target("a%2Fb"))
    assert code(merchant.send(request)) == (400, "PARAM_ERROR")
    merchant.platform.settings = replace(merchant.platform.settings, check_patterns=False)
    assert code(merchant.send(request)) == (404, "RESOURCE_NOT_EXISTS")


def test_the_record_keeps_requests_as_they_came(merchant: Merchant) -> None:
    request = merchant.create_request()
    merchant.send(request)
    merchant.query()
    assert merchant.platform.requests("POST") == [request]
    nonces = [r.authorization["nonce_str"] for r in merchant.platform.requests()]
    assert len(set(nonces)) == 2
    assert json.loads(merchant.platform.log[0].reply.body)["result"] == "PROCESSING"
