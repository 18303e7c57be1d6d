"""The environment variables with which a client finds and trusts this platform."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from ._keydir import write_secret
from ._keys import Keys
from ._scenarios import REFUND_ID, SUB_MCHID


def environment(
    keys: Keys,
    directory: Path,
    base_url: str,
    *,
    key_mode: Literal["public_key", "certificate", "changeover"] = "public_key",
) -> dict[str, str]:
    """Write the client's keys into a directory and give the variables that name them.

    In `certificate` mode there is no public key yet, so its variables are left out.
    """
    directory = directory.resolve()  # a program may be started elsewhere
    private_key = write_secret(directory / "apiclient_key.pem", keys.merchant.private_key_pem)
    write_secret(directory / "apiclient_cert.pem", keys.merchant.pem)
    variables = {
        "WECHATPAY_MCHID": keys.mchid,
        "WECHATPAY_SERIAL_NO": keys.merchant.serial_no,
        "WECHATPAY_PRIVATE_KEY": str(private_key),
        "WECHATPAY_API_V3_KEY": keys.api_v3_key,
        "WECHATPAY_BASE_URL": base_url,
        "WECHATPAY_SUB_MCHID": SUB_MCHID,
        "WECHATPAY_REFUND_ID": REFUND_ID,
    }
    if key_mode != "certificate":
        public_key = write_secret(directory / "pub_key.pem", keys.public_key_pem)
        variables["WECHATPAY_PUBLIC_KEY_ID"] = keys.public_key_id
        variables["WECHATPAY_PUBLIC_KEY"] = str(public_key)
    return variables


def trust(authority: Path) -> dict[str, str]:
    """Give the variables by which programs trust one more authority."""
    # OpenSSL and httpx; requests; curl; Node.
    names = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
    return dict.fromkeys(names, str(authority))
