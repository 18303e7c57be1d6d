"""What holds for any message: it round-trips, and any bit changed makes it fail."""

import base64
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from wechatpay_auth import (
    RawResponse,
    RequestMessage,
    RSASigner,
    RSAVerifier,
    SigningError,
    VerificationError,
    authorization_header,
    build_request_message,
    build_response_message,
    verify_response,
)

from tests.auth.support import KEY_ID, NOW, signature_headers

visible = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters='"'), min_size=1
)
methods = st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"])
paths = visible.map(lambda text: f"/{text}")
timestamps = st.integers(min_value=0, max_value=10**11)
bodies = st.binary(max_size=200)
requests = st.fixed_dictionaries(
    {"method": methods, "url": paths, "timestamp": timestamps, "nonce": visible, "body": bodies}
)

quick = settings(max_examples=150, derandomize=True, deadline=None, database=None)


@quick
@given(requests, requests)
def test_different_requests_have_different_messages(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    """No part of a request can pass for a part of another: the message is unambiguous."""
    assume(one != other)
    assert build_request_message(**one) != build_request_message(**other)


@quick
@given(requests, st.sampled_from(["method", "url", "nonce"]), st.text(min_size=1))
def test_part_with_a_foreign_character_is_never_signed(
    request: dict[str, Any], part: str, text: str
) -> None:
    assume(not all("!" <= character <= "~" and character != '"' for character in text))
    changed: dict[str, Any] = {**request, part: text}
    with pytest.raises(SigningError):
        build_request_message(**changed)


@quick
@given(requests)
def test_message_is_read_back_part_by_part(request: dict[str, Any]) -> None:
    message = build_request_message(**request)
    head = [request["method"], request["url"], str(request["timestamp"]), request["nonce"]]
    *parts, rest = message.split(b"\n", 4)
    assert [part.decode() for part in parts] == head
    assert rest == request["body"] + b"\n"
    as_text: dict[str, Any] = {**request, "timestamp": str(request["timestamp"])}
    assert RequestMessage(**as_text).to_bytes() == message


@quick
@given(requests, st.data())
def test_any_bit_changed_in_a_signed_request_fails(
    merchant_key: rsa.RSAPrivateKey, signer: RSASigner, request: dict[str, Any], data: st.DataObject
) -> None:
    message = build_request_message(**request)
    signature = signer.sign(message)
    key = merchant_key.public_key()
    key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    changed = flipped(message, data.draw(st.integers(0, len(message) * 8 - 1)))
    with pytest.raises(InvalidSignature):
        key.verify(signature, changed, padding.PKCS1v15(), hashes.SHA256())


@quick
@given(
    mchid=visible,
    serial_no=visible,
    nonce=visible,
    timestamp=timestamps,
    signature=st.binary(min_size=1, max_size=300),
)
def test_header_is_read_back_field_by_field(**fields: Any) -> None:  # noqa: ANN401
    scheme, _, rest = authorization_header(**fields).partition(" ")
    assert scheme == "WECHATPAY2-SHA256-RSA2048"
    read = dict(pair.split("=", 1) for pair in rest[:-1].split('",'))
    assert {name: value.removeprefix('"') for name, value in read.items()} == {
        "mchid": fields["mchid"],
        "nonce_str": fields["nonce"],
        "timestamp": str(fields["timestamp"]),
        "serial_no": fields["serial_no"],
        "signature": base64.b64encode(fields["signature"]).decode(),
    }


@quick
@given(body=bodies, nonce=visible, age=st.integers(-300, 300))
def test_any_signed_response_is_verified(
    platform_key: rsa.RSAPrivateKey, verifier: RSAVerifier, body: bytes, nonce: str, age: int
) -> None:
    headers = signature_headers(platform_key, body, nonce=nonce, timestamp=int(NOW) - age)
    assert verify_response(RawResponse.of(200, headers, body), verifier, now=NOW) is True


@quick
@given(body=bodies, nonce=visible, data=st.data())
def test_any_bit_changed_in_a_signed_response_fails(
    platform_key: rsa.RSAPrivateKey,
    verifier: RSAVerifier,
    body: bytes,
    nonce: str,
    data: st.DataObject,
) -> None:
    """A bit of the body, or of any of the four headers."""
    headers = signature_headers(platform_key, body, nonce=nonce)
    parts = [*headers, "body"] if body else [*headers]
    part = data.draw(st.sampled_from(parts))
    raw = body if part == "body" else headers[part].encode()
    changed = flipped(raw, data.draw(st.integers(0, len(raw) * 8 - 1)))
    if part == "body":
        body = changed
    else:
        headers |= {part: changed.decode("latin-1")}
    with pytest.raises(VerificationError):
        verify_response(RawResponse.of(200, headers, body), verifier, now=NOW)


@quick
@given(body=bodies, bit=st.integers(0, 2047))
def test_any_bit_changed_in_the_signature_fails(
    platform_key: rsa.RSAPrivateKey, verifier: RSAVerifier, body: bytes, bit: int
) -> None:
    headers = signature_headers(platform_key, body)
    raw = flipped(base64.b64decode(headers["Wechatpay-Signature"]), bit)
    headers["Wechatpay-Signature"] = base64.b64encode(raw).decode()
    with pytest.raises(VerificationError):
        verify_response(RawResponse.of(200, headers, body), verifier, now=NOW)


@quick
@given(body=bodies, bit=st.integers(0, 2047))
def test_any_bit_changed_in_the_key_fails(
    platform_key: rsa.RSAPrivateKey, body: bytes, bit: int
) -> None:
    numbers = platform_key.public_key().public_numbers()
    changed = numbers.n ^ (1 << bit)
    # The library takes no even modulus and none of another length for a key at all.
    assume(changed % 2 and changed.bit_length() == 2048)
    key = rsa.RSAPublicNumbers(numbers.e, changed).public_key()
    verifier = RSAVerifier.from_public_key(KEY_ID, key)
    with pytest.raises(VerificationError):
        verify_response(
            RawResponse.of(200, signature_headers(platform_key, body), body), verifier, now=NOW
        )


@quick
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "Wechatpay-Timestamp",
                "Wechatpay-Nonce",
                "Wechatpay-Signature",
                "Wechatpay-Serial",
                "Wechatpay-Signature-Type",
            ]
        ),
        st.text(st.characters()) | st.sampled_from([str(int(NOW)), KEY_ID, "AAAA"]),
    ),
    st.integers(200, 599),
    bodies,
)
def test_headers_that_nobody_signed_are_never_proof(
    verifier: RSAVerifier, headers: dict[str, str], status: int, body: bytes
) -> None:
    try:
        verified = verify_response(RawResponse.of(status, headers, body), verifier, now=NOW)
    except VerificationError:
        return
    assert verified is False
    assert status >= 300


@quick
@given(timestamp=visible, nonce=visible, body=bodies)
def test_response_message_is_three_lines(timestamp: str, nonce: str, body: bytes) -> None:
    message = build_response_message(timestamp=timestamp, nonce=nonce, body=body)
    assert message == timestamp.encode() + b"\n" + nonce.encode() + b"\n" + body + b"\n"


def flipped(raw: bytes, bit: int) -> bytes:
    changed = bytearray(raw)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
