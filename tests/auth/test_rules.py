"""The rules by which a response is verified, one by one and in their order."""

import base64
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from wechatpay_auth import (
    ExpiredTimestampError,
    InvalidSignatureError,
    MissingSignatureError,
    RawResponse,
    RSAVerifier,
    UnknownSerialError,
    UnsupportedSignatureTypeError,
    VerificationError,
    verify_response,
)

from tests.auth.support import KEY_ID, NONCE, NOW, signature_headers

BODY = '{"状态":"SUCCESS"}'.encode()
HEADERS = ["Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Signature", "Wechatpay-Serial"]
RSA_TYPE = {"Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048"}

Judge = Callable[..., bool]


@pytest.fixture
def headers(platform_key: rsa.RSAPrivateKey) -> dict[str, str]:
    return signature_headers(platform_key, BODY)


@pytest.fixture
def judge(verifier: RSAVerifier) -> Judge:
    def judged(
        headers: dict[str, str],
        *,
        status: int = 200,
        body: bytes = BODY,
        now: float = NOW,
        unsigned_is_expected: bool = False,
    ) -> bool:
        response = RawResponse.of(status, headers, body)
        return verify_response(
            response, verifier, now=now, unsigned_is_expected=unsigned_is_expected
        )

    return judged


@pytest.mark.parametrize("status", [200, 204, 302, 400, 404, 500])
def test_signed_response_is_verified_whatever_its_status(
    judge: Judge, headers: dict[str, str], status: int
) -> None:
    assert judge(headers, status=status) is True


def test_empty_body_is_verified(judge: Judge, platform_key: rsa.RSAPrivateKey) -> None:
    assert judge(signature_headers(platform_key, b""), status=204, body=b"") is True


def test_header_names_are_read_in_any_case(judge: Judge, headers: dict[str, str]) -> None:
    assert judge({name.upper(): value for name, value in headers.items()}) is True


# Rule 1: all four headers.


@pytest.mark.parametrize("status", [200, 204, 299])
def test_unsigned_success_is_refused(judge: Judge, status: int) -> None:
    with pytest.raises(MissingSignatureError) as caught:
        judge({}, status=status)
    assert all(name in str(caught.value) for name in HEADERS)


@pytest.mark.parametrize("status", [199, 300, 400, 401, 404, 405, 500, 502])
def test_unsigned_other_response_is_let_through_unverified(judge: Judge, status: int) -> None:
    assert judge({}, status=status) is False


def test_unsigned_download_is_let_through_unverified_where_that_was_asked_for(judge: Judge) -> None:
    assert judge({}, unsigned_is_expected=True) is False


@pytest.mark.parametrize("unsigned_is_expected", [False, True])
@pytest.mark.parametrize("value", [None, ""])
@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize("status", [200, 404])
def test_response_that_is_signed_in_part_is_refused(
    judge: Judge,
    headers: dict[str, str],
    status: int,
    name: str,
    value: str | None,
    unsigned_is_expected: bool,
) -> None:
    del headers[name]
    if value is not None:
        headers[name] = value
    with pytest.raises(MissingSignatureError) as caught:
        judge(headers, status=status, unsigned_is_expected=unsigned_is_expected)
    assert str(caught.value) == f"it lacks {name}"


def test_signature_type_alone_does_not_make_a_response_signed(judge: Judge) -> None:
    assert judge(RSA_TYPE, status=404) is False


@pytest.mark.parametrize("name", [*HEADERS, *RSA_TYPE])
@pytest.mark.parametrize("status", [200, 404])
def test_header_that_came_twice_is_named(
    judge: Judge, headers: dict[str, str], name: str, status: int
) -> None:
    """It comes joined, and is not told as a time that is over or a serial that nobody knows."""
    both = headers | RSA_TYPE
    with pytest.raises(MissingSignatureError) as caught:
        judge(both | {name: f"{both[name]}, {both[name]}"}, status=status)
    assert str(caught.value) == f"it has more than one {name}"


# Rule 2: freshness, in whole seconds. Exactly 300 passes.


@pytest.mark.parametrize("late", [-300, 0, 300, 300.99])
def test_up_to_five_minutes_either_way_is_fresh(
    judge: Judge, headers: dict[str, str], late: float
) -> None:
    assert judge(headers, now=int(NOW) + late) is True


@pytest.mark.parametrize(
    ("late", "words"),
    [(301, "301 s behind the local"), (-301, "301 s ahead of the local"), (-300.5, "ahead")],
)
def test_more_than_five_minutes_either_way_is_refused(
    judge: Judge, headers: dict[str, str], late: float, words: str
) -> None:
    with pytest.raises(ExpiredTimestampError, match=words):
        judge(headers, now=int(NOW) + late)


@pytest.mark.parametrize(
    "text",
    ["x", "-1", "+1", " 1", "1 ", "1_0", "1.0", "1e9", "0x1", "１", "1" * 13, "1" * 5000, "1\n"],
)
def test_timestamp_that_is_not_unix_seconds_is_refused(
    judge: Judge, platform_key: rsa.RSAPrivateKey, text: str
) -> None:
    """Also when the signature covers that very text."""
    with pytest.raises(ExpiredTimestampError, match="not a number"):
        judge(signature_headers(platform_key, BODY, timestamp=text), now=1)


# Rule 3: signature type.


def test_signature_type_of_the_verifier_is_accepted(judge: Judge, headers: dict[str, str]) -> None:
    assert judge(headers | RSA_TYPE) is True


@pytest.mark.parametrize("name", ["WECHATPAY2-SM2-WITH-SM3", "wechatpay2-sha256-rsa2048", "x"])
def test_any_other_signature_type_is_refused(
    judge: Judge, headers: dict[str, str], name: str
) -> None:
    with pytest.raises(UnsupportedSignatureTypeError, match="WECHATPAY2-SHA256-RSA2048"):
        judge(headers | {"Wechatpay-Signature-Type": name})


# Rule 4: the key that Wechatpay-Serial names, and no other.


def test_unknown_serial_is_refused(judge: Judge, platform_key: rsa.RSAPrivateKey) -> None:
    with pytest.raises(UnknownSerialError):
        judge(signature_headers(platform_key, BODY, serial="PUB_KEY_ID_1"))


def test_key_id_is_compared_exactly(judge: Judge, platform_key: rsa.RSAPrivateKey) -> None:
    with pytest.raises(UnknownSerialError):
        judge(signature_headers(platform_key, BODY, serial=KEY_ID.lower()))


# Rule 5: the signature.


def test_signature_of_another_key_is_refused(judge: Judge, other_key: rsa.RSAPrivateKey) -> None:
    with pytest.raises(InvalidSignatureError):
        judge(signature_headers(other_key, BODY))


@pytest.mark.parametrize(
    ("name", "value"),
    [("Wechatpay-Nonce", "other"), ("Wechatpay-Timestamp", str(int(NOW) + 1))],
)
def test_changed_header_is_refused(
    judge: Judge, headers: dict[str, str], name: str, value: str
) -> None:
    with pytest.raises(InvalidSignatureError):
        judge(headers | {name: value})


@pytest.mark.parametrize("status", [200, 404, 500])
def test_changed_body_is_refused_whatever_the_status(
    judge: Judge, headers: dict[str, str], status: int
) -> None:
    with pytest.raises(InvalidSignatureError):
        judge(headers, status=status, body=BODY + b" ")


@pytest.mark.parametrize(
    "signature",
    [
        "WECHATPAY/SIGNTEST/" + "A" * 336,
        "WECHATPAY/SIGNTEST/" + "A" * 334 + "==",
        "WECHATPAY/SIGNTEST/AAAAA",
        "====",
        "é" * 344,
        "\ud800",
        base64.b64encode(b"short").decode(),
        base64.b64encode(bytes(256)).decode(),
        base64.b64encode(b"\xff" * 256).decode(),
    ],
)
def test_probe_or_undecodable_signature_is_a_failed_signature(
    judge: Judge, headers: dict[str, str], signature: str
) -> None:
    with pytest.raises(InvalidSignatureError):
        judge(headers | {"Wechatpay-Signature": signature})


def test_base64_has_one_spelling(judge: Judge, headers: dict[str, str]) -> None:
    """Its last character holds bits that decoding drops, and line ends are not part of it."""
    text = headers["Wechatpay-Signature"]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    assert text.endswith("==")
    sibling = alphabet[alphabet.index(text[-3]) ^ 1]
    spellings = [f"{text[:-3]}{sibling}==", text[:-1], f"{text[:76]}\n{text[76:]}", f" {text}"]
    spellings.append(text.replace("+", "-").replace("/", "_") + "-")
    for spelling in spellings:
        with pytest.raises(InvalidSignatureError):
            judge(headers | {"Wechatpay-Signature": spelling})


@pytest.mark.parametrize("nonce", ["é", "\ud800", "中文"])
def test_nonce_beyond_ascii_is_a_failed_signature(
    judge: Judge, headers: dict[str, str], nonce: str
) -> None:
    with pytest.raises(InvalidSignatureError):
        judge(headers | {"Wechatpay-Nonce": nonce})


def test_line_feed_in_a_nonce_moves_no_boundary(
    judge: Judge, platform_key: rsa.RSAPrivateKey
) -> None:
    """The signature is true: of the nonce's second line as the first of the body."""
    headers = signature_headers(platform_key, b"second\n" + BODY)
    with pytest.raises(InvalidSignatureError, match="line feed"):
        judge(headers | {"Wechatpay-Nonce": f"{NONCE}\nsecond"})


# The order: a response that breaks several rules is refused by the first of them.


def test_rules_are_applied_in_order(judge: Judge) -> None:
    broken = {
        "Wechatpay-Timestamp": "1",
        "Wechatpay-Nonce": NONCE,
        "Wechatpay-Signature": "WECHATPAY/SIGNTEST/AAAAA",
        "Wechatpay-Serial": "PUB_KEY_ID_1",
        "Wechatpay-Signature-Type": "x",
    }
    repairs: list[tuple[type[VerificationError], str, str]] = [
        (MissingSignatureError, "Wechatpay-Nonce", NONCE),
        (ExpiredTimestampError, "Wechatpay-Timestamp", str(int(NOW))),
        (UnsupportedSignatureTypeError, "Wechatpay-Signature-Type", ""),
        (UnknownSerialError, "Wechatpay-Serial", KEY_ID),
    ]
    broken["Wechatpay-Nonce"] = ""
    for expected, name, repaired in repairs:
        with pytest.raises(VerificationError) as caught:
            judge(broken)
        assert type(caught.value) is expected
        broken[name] = repaired
    with pytest.raises(InvalidSignatureError):
        judge(broken)


@pytest.mark.parametrize("signature", ["?", "é", "AB==", "AA", "A A A="])
def test_verifier_that_lets_everything_pass_is_still_given_base64(signature: str) -> None:
    class Lax(RSAVerifier):
        def verify(self, *_: object, **__: object) -> None:
            pass

    headers = dict.fromkeys(HEADERS, signature) | {"Wechatpay-Timestamp": str(int(NOW))}
    with pytest.raises(InvalidSignatureError, match="not base64"):
        verify_response(RawResponse.of(200, headers, b""), Lax([]), now=NOW)
