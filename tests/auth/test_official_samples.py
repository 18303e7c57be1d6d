"""The published samples pass through the real code.

Values: https://pay.weixin.qq.com/doc/v3/partner/4012365862 and 4013059030.
"""

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from wechatpay_auth import (
    InvalidSignatureError,
    RawResponse,
    RSAVerifier,
    UnknownSerialError,
    build_request_message,
    build_response_message,
    verify_response,
)

TIMESTAMP = 1554208460
NONCE = "593BEC0C930BF1AFEB40B4A08C8FB242"
RETURN_ADVANCE = "/v3/ecommerce/refunds/50000000382019052709732678859/return-advance"

# Public key of the test pair printed in the documentation of request signing.
DOC_MERCHANT_KEY = """-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAptpm+qvIDCh/9wjU26SQ
CK26ogYkBhDrYxnAaw2JbbBsp1oDbHKk+1r381NeBUG2HEFAuU+Fr72u5ot3yKdz
oF/FajAzQNKnm569/D3upKoi8mYBaST15Uig8j8qoUW1U217LL0jEHlSnHV3lcaD
TXqDpTRR4Bfz9IqOgJgFZ8/oTfEomSrjrLYef81Eyxr7ZIMQXEKKEK7V4UXKS0+/
fDsiG/cXidhzt8UbTL9vqXqxM2+IDImyO+FAc/tkBG55LmzxPto1Nq0WbnZzRM/w
Tzrd0I/8NlevxtFbphg4evlHjFNI7+GrqR87ViEwuAJJ9Je5QQjct5YJfFRWiZ5C
MQIDAQAB
-----END PUBLIC KEY-----
"""
DOC_REQUEST_SIGNATURE = (
    "Lc9VXxmeonkdV8Xk9tmigQFLhl0vRWTerdmoRu01aAnYwIrD/5nsSwE1WlmZGLRlAFTNQ3QsMa0+VRDlJp1Wp5p0nO8E"
    "K68b5sJBbjouxaFciIfq1zfDWWz+jqhcMoKXI1A6dPm1AW7D4d30WsMTNzp6g23OXakIsh9LO3lUmwvTuE0BY8ncf6tN"
    "Gk4wKmvXwERd/ZpoQY3MAVKz+Nakwc+2XBmzT66KcUehU5kr4IvGa/lEU5RZb/q00zP9VLdBhC/jQSX3X1UcJLCtEc4g"
    "Tmib4tnmAT+bHF/e17ZAuxDNcx6rqT8gNEXqaJGG+1OflMSTU2tpyG65G4dMKdFcoA=="
)

# Public key, serial number and response of the documentation of response verification.
DOC_PLATFORM_KEY = """-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAwXNI6sdlknHBnK8Fu2U6
Cwor9qY747jP8KAfeBMeveEt1TqaHkLfaSD07trZLhGpfs8/AHqjhgSMO1O10YQW
OrrJ4hjIWPKqxbgrYMkBQc+mwdiWp4W3ByCqxBRagCveCXRWCmuJYovl9H/bsDI0
iGbpVtEOghJtfciisYSgxcLufUDTRkvwxjIBK1pCRjk33jJ5YTBWTHMRtMAOcFLN
F6hdEYdX8SPsgHHeLZ5Lv2T/686w1xtgCHef/sd4uSfWmyzsalQdHG/e4IyYmrhx
+O3VBoNDzE3nx23bFeV/RVNCG7cV6VhmYokJNHa/erIPkEmEFID6A5wQOXuxUkmJ
WwIDAQAB
-----END PUBLIC KEY-----
"""
DOC_PLATFORM_SERIAL = "4DF076AC5A7D968D4A8B0B9C599A74CB4CF8EE8A"
DOC_REPLY_TIME = 1722850421
DOC_REPLY_NONCE = "d824f2e086d3c1df967785d13fcd22ef"
DOC_REPLY_BODY = b'{"code_url":"weixin://wxpay/bizpayurl?pr=JyC91EIz1"}'
DOC_REPLY_SIGNATURE = (
    "mfI1CPqvBrgcXfgXMFjdNIhBf27ACE2YyeWsWV9ZI7T7RU0vHvbQpu9Z32ogzc+k8ZC5n3kz7h70eWKjgqNdKQF0eRp8"
    "mVKlmfzMLBVHbssB9jEZEDXThOX1XFqX7s7ymia1hoHQxQagPGzkdWxtlZPZ4ZPvr1RiqkgAu6Is8MZgXXrRoBKqjmSd"
    "rP1N7uxzJ/cjfSiis9FiLjuADoqmQ1P7p2N876YPAol7Rn0+GswwAwxldbdLrmVSjfytfSBJFqTMHn4itojgxSWWN1by"
    "uckQt8hSTEv/Lg97QoeGniYP17T80pJeQyL3b+295FPHSO2AtvCgyIbKMZ0BALilAA=="
)


@pytest.mark.parametrize(
    ("method", "url", "body", "length", "digest"),
    [
        pytest.param(
            "GET",
            "/v3/refund/domestic/refunds/123123123123",
            b"",
            90,
            "c65a830c3a6f61f3312ff204f6e4fda6397078cb96775237273c1d0f8da02dcd",
            id="published-get",
        ),
        pytest.param(
            "GET",
            f"{RETURN_ADVANCE}?sub_mchid=1900000109",
            b"",
            137,
            "0522e16df5bf4a7485b35bbcf4b31a08be561c5c91c478ce3bdaea37b2cb086f",
            id="query-return-advance",
        ),
        pytest.param(
            "POST",
            RETURN_ADVANCE,
            b'{"sub_mchid":"1900000109"}',
            143,
            "b9fe74ea77089cbb0b2b2b91e598a64b00794ae3f7e1d9b0b0c7cc6f54804a42",
            id="create-return-advance",
        ),
    ],
)
def test_sign_string_is_the_documented_one(
    method: str, url: str, body: bytes, length: int, digest: str
) -> None:
    message = build_request_message(
        method=method, url=url, timestamp=TIMESTAMP, nonce=NONCE, body=body
    )
    assert len(message) == length
    assert hashlib.sha256(message).hexdigest() == digest


def test_published_request_signature_verifies_over_our_sign_string() -> None:
    message = build_request_message(
        method="GET",
        url="/v3/refund/domestic/refunds/123123123123",
        timestamp=TIMESTAMP,
        nonce=NONCE,
        body=b"",
    )
    key = load_pem_public_key(DOC_MERCHANT_KEY.encode())
    assert isinstance(key, rsa.RSAPublicKey)
    signature = base64.b64decode(DOC_REQUEST_SIGNATURE)
    key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())


def published_response(serial_no: str = DOC_PLATFORM_SERIAL) -> RawResponse:
    return RawResponse.of(
        200,
        {
            "Wechatpay-Timestamp": str(DOC_REPLY_TIME),
            "Wechatpay-Nonce": DOC_REPLY_NONCE,
            "Wechatpay-Signature": DOC_REPLY_SIGNATURE,
            "Wechatpay-Serial": serial_no,
        },
        DOC_REPLY_BODY,
    )


def test_verify_string_of_the_published_response() -> None:
    message = build_response_message(
        timestamp=str(DOC_REPLY_TIME), nonce=DOC_REPLY_NONCE, body=DOC_REPLY_BODY
    )
    assert len(message) == 97
    assert hashlib.sha256(message).hexdigest() == (
        "2f190612debde9369868489ccda12b9b816381eb5632a8abb73bfe80b6dbd5da"
    )


def test_published_response_verifies() -> None:
    verifier = RSAVerifier.from_public_key(DOC_PLATFORM_SERIAL, DOC_PLATFORM_KEY)
    assert verify_response(published_response(), verifier, now=DOC_REPLY_TIME) is True


def test_published_signature_fails_with_another_published_key() -> None:
    """The public key page reuses the signature with a key that did not make it."""
    key_id = "PUB_KEY_ID_0000000000000024101100397200000006"
    verifier = RSAVerifier.from_public_key(key_id, DOC_MERCHANT_KEY)
    with pytest.raises(InvalidSignatureError):
        verify_response(published_response(key_id), verifier, now=DOC_REPLY_TIME)


def test_published_response_is_not_looked_up_under_another_serial() -> None:
    verifier = RSAVerifier.from_public_key("PUB_KEY_ID_1", DOC_PLATFORM_KEY)
    with pytest.raises(UnknownSerialError):
        verify_response(published_response(), verifier, now=DOC_REPLY_TIME)
