"""What a forked child begins anew. Real forks are in tests/soak/test_fork.py."""

from concurrent.futures import Future

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from wechatpay_auth import PlatformCertificates, RSASigner
from wechatpay_auth._certificate_download import Refresh
from wechatpay_auth._certificate_store import leave_downloads
from wechatpay_auth._signer import renew_keys

from tests.auth.support import API_V3_KEY, MCHID, MERCHANT_SERIAL, NOW


def test_download_of_a_thread_that_is_gone_is_made_again() -> None:
    certificates = PlatformCertificates(MCHID, api_v3_key=API_V3_KEY)
    parents = certificates.begin_refresh(NOW)
    assert isinstance(parents, Refresh)
    assert isinstance(certificates.begin_refresh(NOW), Future)
    leave_downloads()
    own = certificates.begin_refresh(NOW)
    assert isinstance(own, Refresh)
    # Whoever forked in the middle of a download comes to its end in the child, too.
    with parents:
        pass
    waiting = certificates.begin_refresh(NOW)
    assert isinstance(waiting, Future)
    with own:
        pass
    assert waiting.result(0) is None


def test_key_signs_as_before(merchant_key: rsa.RSAPrivateKey) -> None:
    signer = RSASigner(merchant_key, serial_no=MERCHANT_SERIAL)
    renew_keys()
    signature = signer.sign(b"message")
    merchant_key.public_key().verify(signature, b"message", padding.PKCS1v15(), hashes.SHA256())
