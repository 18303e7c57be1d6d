"""Certificate mode from end to end: download, rotation, changeover, over real sockets."""

from __future__ import annotations

import time
from dataclasses import replace

import attrs
import pytest
from wechatpay_auth import (
    CertificateDownloadError,
    PlatformCertificates,
    RSASigner,
    RSAVerifier,
)
from wechatpay_ecommerce_refund import Retry
from wechatpay_sandbox import Keys, Platform

from tests.conftest import Caller
from tests.end_to_end.test_success import CREATE, QUERY


@attrs.define
class Clock:
    """Stands still until it is told otherwise."""

    now: float

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(platform: Platform) -> Clock:
    return Clock(time.time())


def trusting(caller: Caller, keys: Keys, clock: Clock, public_keys: RSAVerifier | None) -> Caller:
    caller.retry = Retry(retries=0)
    caller.auth = type(caller.auth)(
        keys.mchid,
        signer=RSASigner.from_pem(keys.merchant.private_key_pem, serial_no=keys.merchant.serial_no),
        verifier=PlatformCertificates(
            keys.mchid,
            api_v3_key=keys.api_v3_key,
            public_keys=public_keys,
            issuers=[keys.root.pem],
        ),
        clock=clock,
    )
    return caller


def downloads(platform: Platform) -> int:
    return sum(request.target == "/v3/certificates" for request in platform.requests("GET"))


def test_certificates_are_downloaded_once_and_again_after_a_rotation(
    caller: Caller, platform: Platform, keys: Keys, clock: Clock
) -> None:
    platform.settings = replace(platform.settings, key_mode="certificate")
    trusting(caller, keys, clock, None)
    assert caller.call(CREATE).verified
    assert caller.call(QUERY).headers["wechatpay-serial"] == keys.certificate.serial_no
    assert downloads(platform) == 1
    new = platform.rotate_certificate()
    platform.retire_certificate(keys.certificate.serial_no)
    clock.now += 61  # an unknown serial buys one download a minute
    assert caller.call(QUERY).headers["wechatpay-serial"] == new.serial_no
    assert downloads(platform) == 2


def test_a_changeover_works_with_both_kinds_of_key(
    caller: Caller, platform: Platform, keys: Keys, clock: Clock
) -> None:
    public = RSAVerifier.from_public_key(keys.public_key_id, keys.public_key_pem)
    trusting(caller, keys, clock, public)
    for key_mode in ("certificate", "changeover", "public_key"):
        platform.settings = replace(platform.settings, key_mode=key_mode)
        serial = caller.call(CREATE).headers["wechatpay-serial"]
        assert serial == (
            keys.certificate.serial_no if key_mode == "certificate" else keys.public_key_id
        )
    assert downloads(platform) == 1, "only the response that a certificate signed needs one"


def test_without_certificates_nothing_is_believed(
    caller: Caller, platform: Platform, keys: Keys, clock: Clock
) -> None:
    trusting(caller, keys, clock, None)
    with pytest.raises(CertificateDownloadError, match="use the WeChat Pay public key"):
        caller.call(QUERY)
    assert not [r for r in platform.requests() if "return-advance" in r.target]
