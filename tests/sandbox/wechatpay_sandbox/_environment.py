"""The environment variables with which a client finds and trusts this platform."""

from __future__ import annotations

import os
from pathlib import Path

from ._keys import Keys
from ._scenarios import REFUND_ID, SUB_MCHID


def environment(keys: Keys, directory: Path, base_url: str) -> dict[str, str]:
    """Write the client's keys into a directory and give the variables that name them."""
    private_key = _write(directory / "apiclient_key.pem", keys.merchant.private_key_pem)
    _write(directory / "apiclient_cert.pem", keys.merchant.pem)
    public_key = _write(directory / "pub_key.pem", keys.public_key_pem)
    return {
        "WECHATPAY_MCHID": keys.mchid,
        "WECHATPAY_SERIAL_NO": keys.merchant.serial_no,
        "WECHATPAY_PRIVATE_KEY": str(private_key),
        "WECHATPAY_PUBLIC_KEY_ID": keys.public_key_id,
        "WECHATPAY_PUBLIC_KEY": str(public_key),
        "WECHATPAY_APIV3_KEY": keys.api_v3_key,
        "WECHATPAY_BASE_URL": base_url,
        "WECHATPAY_SUB_MCHID": SUB_MCHID,
        "WECHATPAY_REFUND_ID": REFUND_ID,
    }


def _write(path: Path, text: str) -> Path:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
    return path
