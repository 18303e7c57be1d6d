"""What every reply carries, who signs it, and the certificates on offer."""

from __future__ import annotations

import base64
import json
from typing import cast

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from wechatpay_sandbox import Certificate, Reply

from tests.merchant_by_hand import (
    NOW,
    Merchant,
    header,
    is_signed,
    new_platform,
    query_target,
    shared_keys,
    verify,
)

PUBLIC_KEY_ID = shared_keys().public_key_id
PUBLIC_KEY = shared_keys().public_key_pair.public_key()
FIRST = shared_keys().certificate


@pytest.fixture
def merchant() -> Merchant:
    return Merchant()


def with_mode(merchant: Merchant, key_mode: str) -> Merchant:
    merchant.platform = new_platform(merchant.clock, key_mode=key_mode)
    return merchant


def ask(merchant: Merchant, wanted: str = "", target: str = query_target()) -> Reply:
    request = merchant.request("GET", target, headers={"Wechatpay-Serial": wanted})
    return merchant.platform.handle(request)


def download(merchant: Merchant, wanted: str = "") -> Reply:
    return ask(merchant, wanted, "/v3/certificates")


def public_key(certificate: x509.Certificate) -> rsa.RSAPublicKey:
    return cast("rsa.RSAPublicKey", certificate.public_key())


def opened(reply: Reply) -> dict[str, x509.Certificate]:
    """Decrypt a download into serial → certificate."""
    key = AESGCM(shared_keys().api_v3_key.encode())
    certificates: dict[str, x509.Certificate] = {}
    for entry in json.loads(reply.body)["data"]:
        sealed = entry["encrypt_certificate"]
        assert sealed["algorithm"] == "AEAD_AES_256_GCM"
        assert len(sealed["nonce"]) == 12
        plain = key.decrypt(
            sealed["nonce"].encode(),
            base64.b64decode(sealed["ciphertext"]),
            sealed["associated_data"].encode(),
        )
        certificates[entry["serial_no"]] = x509.load_pem_x509_certificate(plain)
    return certificates


def test_a_success_is_signed_over_its_raw_body(merchant: Merchant) -> None:
    reply = merchant.platform.handle(merchant.create_request())
    assert header(reply, "Wechatpay-Serial") == PUBLIC_KEY_ID
    assert header(reply, "Wechatpay-Timestamp") == str(NOW)
    assert header(reply, "Wechatpay-Signature-Type") == "WECHATPAY2-SHA256-RSA2048"
    verify(reply, PUBLIC_KEY)


def test_every_reply_has_its_own_request_id_and_nonce(merchant: Merchant) -> None:
    replies = [merchant.platform.handle(merchant.create_request()) for _ in range(2)]
    refusal = merchant.platform.handle(merchant.request("GET", query_target(), signature="AA=="))
    lost = merchant.platform.handle(merchant.request("GET", "/nowhere"))
    ids = [header(reply, "Request-ID") for reply in (*replies, refusal, lost)]
    assert len(set(ids)) == 4
    assert [number.endswith("-0") for number in ids] == [True, True, False, False]
    assert ids[2].endswith("-268443699")
    assert len({header(reply, "Wechatpay-Nonce") for reply in replies}) == 2
    assert all(header(r, "Keep-Alive") == "timeout=8" for r in (*replies, refusal, lost))


def test_business_errors_are_signed_and_refused_signatures_are_not(merchant: Merchant) -> None:
    business = merchant.platform.handle(merchant.query_request())
    assert business.status == 404
    verify(business, PUBLIC_KEY)
    refused = merchant.platform.handle(merchant.request("GET", query_target(), signature="AA=="))
    assert (refused.status, is_signed(refused)) == (401, False)


def test_both_kinds_of_errors_can_be_switched(merchant: Merchant) -> None:
    merchant.platform = new_platform(
        merchant.clock, sign_authentication_errors=True, sign_business_errors=False
    )
    assert not is_signed(merchant.platform.handle(merchant.query_request()))
    refused = merchant.platform.handle(merchant.request("GET", query_target(), signature="AA=="))
    assert refused.status == 401
    verify(refused, PUBLIC_KEY)


@pytest.mark.parametrize(
    ("key_mode", "wanted", "serial"),
    [
        ("public_key", "", PUBLIC_KEY_ID),
        ("public_key", FIRST.serial_no, PUBLIC_KEY_ID),
        ("certificate", "", FIRST.serial_no),
        ("certificate", PUBLIC_KEY_ID, FIRST.serial_no),
        ("changeover", "", FIRST.serial_no),
        ("changeover", FIRST.serial_no, FIRST.serial_no),
        ("changeover", PUBLIC_KEY_ID, PUBLIC_KEY_ID),
        ("changeover", "UNKNOWN", FIRST.serial_no),
    ],
)
def test_the_mode_and_the_request_choose_the_key(
    merchant: Merchant, key_mode: str, wanted: str, serial: str
) -> None:
    reply = ask(with_mode(merchant, key_mode), wanted)
    assert header(reply, "Wechatpay-Serial") == serial
    verify(reply, PUBLIC_KEY if serial == PUBLIC_KEY_ID else public_key(FIRST.x509))


def test_the_first_download_is_signed_with_the_certificate_it_brings(merchant: Merchant) -> None:
    reply = download(with_mode(merchant, "certificate"))
    certificates = opened(reply)
    assert list(certificates) == [FIRST.serial_no]
    verify(reply, public_key(certificates[header(reply, "Wechatpay-Serial")]))


def test_certificates_chain_to_the_root_of_the_keys(merchant: Merchant) -> None:
    for certificate in opened(download(with_mode(merchant, "certificate"))).values():
        certificate.verify_directly_issued_by(shared_keys().root.x509)
        assert certificate.issuer.rfc4514_string() == "CN=Tenpay.com Root CA"


def test_an_entry_has_its_dates_as_text(merchant: Merchant) -> None:
    (entry,) = json.loads(download(with_mode(merchant, "certificate")).body)["data"]
    assert entry["effective_time"] == "2026-09-20T22:13:20+08:00"
    assert entry["expire_time"].endswith("+08:00")
    assert len(entry["serial_no"]) == 40


def test_during_a_replacement_both_certificates_are_on_offer_and_in_use(
    merchant: Merchant,
) -> None:
    with_mode(merchant, "certificate")
    second = merchant.platform.rotate_certificate(use=False)
    assert set(opened(download(merchant))) == {FIRST.serial_no, second.serial_no}
    assert header(ask(merchant), "Wechatpay-Serial") == FIRST.serial_no
    wanted = ask(merchant, second.serial_no)
    assert header(wanted, "Wechatpay-Serial") == second.serial_no
    verify(wanted, public_key(second.x509))
    merchant.platform.use_certificate(second.serial_no)
    assert header(ask(merchant), "Wechatpay-Serial") == second.serial_no


def test_a_retired_certificate_neither_signs_nor_is_on_offer(merchant: Merchant) -> None:
    with_mode(merchant, "certificate")
    second = merchant.platform.rotate_certificate()
    merchant.platform.retire_certificate(second.serial_no)
    assert set(opened(download(merchant))) == {FIRST.serial_no}
    assert header(ask(merchant, second.serial_no), "Wechatpay-Serial") == FIRST.serial_no
    with pytest.raises(ValueError, match="last"):
        merchant.platform.retire_certificate(FIRST.serial_no)
    with pytest.raises(LookupError):
        merchant.platform.use_certificate(second.serial_no)


def test_leading_zeros_of_a_serial_are_kept(merchant: Merchant) -> None:
    with_mode(merchant, "certificate")
    new: Certificate = merchant.platform.rotate_certificate(serial_number=0xABC)
    assert new.serial_no == "ABC".rjust(40, "0")
    assert header(ask(merchant), "Wechatpay-Serial") == new.serial_no
    assert new.serial_no in opened(download(merchant))


def test_a_certificate_can_be_short_lived(merchant: Merchant) -> None:
    with_mode(merchant, "certificate")
    new = merchant.platform.rotate_certificate(days=1)
    assert new.x509.not_valid_after_utc.timestamp() == NOW + 86400
    merchant.clock.now += 86401
    assert header(ask(merchant), "Wechatpay-Serial") == new.serial_no


def test_without_certificates_the_download_points_to_the_public_key(merchant: Merchant) -> None:
    reply = download(merchant)
    assert (reply.status, json.loads(reply.body)["code"]) == (404, "RESOURCE_NOT_EXISTS")


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("algorithm_type=RSA", 200, None),
        ("algorithm_type=ALL", 200, None),
        ("algorithm_type=SM2", 404, "RESOURCE_NOT_EXISTS"),
        ("algorithm_type=DSA", 400, "PARAM_ERROR"),
        ("other=1", 400, "PARAM_ERROR"),
    ],
)
def test_the_download_takes_an_algorithm(
    merchant: Merchant, query: str, status: int, code: str | None
) -> None:
    reply = ask(with_mode(merchant, "certificate"), target=f"/v3/certificates?{query}")
    assert (reply.status, json.loads(reply.body).get("code")) == (status, code)


def test_the_keys_belong_together() -> None:
    keys = shared_keys()
    assert keys.merchant.x509.subject.rfc4514_string() == f"CN={keys.mchid}"
    assert f"{keys.merchant.x509.serial_number:040X}" == keys.merchant.serial_no
    modulus = {
        public_key(c.x509).public_numbers().n for c in (keys.merchant, keys.certificate, keys.root)
    }
    assert len(modulus | {PUBLIC_KEY.public_numbers().n}) == 4
