"""Signs with a key that never leaves a KMS, here with the interface of boto3's `kms` client.

Import the merchant's private key into the KMS as RSA_2048 for SIGN_VERIFY, then:

    signer = KMSSigner(boto3.client("kms"), key_id="alias/wechatpay", serial_no="1DDE55AD98ED…")
    auth = WeChatPayAuth("1900000108", signer=signer, verifier=verifier)
"""

import hashlib
from collections.abc import Mapping
from typing import Protocol

from wechatpay_auth import SHA256_RSA2048


class KMS(Protocol):
    """What is asked of a KMS client."""

    def sign(
        self,
        *,
        KeyId: str,  # noqa: N803
        Message: bytes,  # noqa: N803
        MessageType: str,  # noqa: N803
        SigningAlgorithm: str,  # noqa: N803
    ) -> Mapping[str, bytes]: ...


class KMSSigner:
    """A signer over a KMS; a call that fails reaches the caller, and nothing is sent."""

    algorithm = SHA256_RSA2048

    def __init__(self, kms: KMS, *, key_id: str, serial_no: str) -> None:
        self.serial_no = serial_no
        self._kms = kms
        self._key_id = key_id

    def sign(self, message: bytes) -> bytes:
        """Send the digest, which has no limit of length, and give the signature."""
        answer = self._kms.sign(
            KeyId=self._key_id,
            Message=hashlib.sha256(message).digest(),
            MessageType="DIGEST",
            SigningAlgorithm="RSASSA_PKCS1_V1_5_SHA_256",
        )
        return answer["Signature"]
