"""Verifies with platform certificates (平台证书), for merchants without a WeChat Pay public key.

They are downloaded before the first call and kept up to date over the same connections. With
`cache_dir` a restart begins with the last ones.
"""

import os

from wechatpay_auth import PlatformCertificates, RSASigner, WeChatPayAuth
from wechatpay_ecommerce_refund import Client
from wechatpay_ecommerce_refund.api.ecommerce_refund import create_return_advance
from wechatpay_ecommerce_refund.models import CreateReturnAdvanceRequest


def main() -> None:
    """Take a refund back in certificate mode."""
    env = os.environ
    auth = WeChatPayAuth(
        env["WECHATPAY_MCHID"],
        signer=RSASigner.from_pem(
            env["WECHATPAY_PRIVATE_KEY"], serial_no=env["WECHATPAY_SERIAL_NO"]
        ),
        verifier=PlatformCertificates(
            env["WECHATPAY_MCHID"], api_v3_key=env["WECHATPAY_API_V3_KEY"]
        ),
    )
    base_url = env.get("WECHATPAY_BASE_URL", "https://api.mch.weixin.qq.com")
    with Client(auth, base_url=base_url) as client:
        response = create_return_advance.sync_detailed(
            env["WECHATPAY_REFUND_ID"],
            client=client,
            body=CreateReturnAdvanceRequest(sub_mchid=env["WECHATPAY_SUB_MCHID"]),
        )
    print(response.parsed.result, "verified by certificate", response.headers["wechatpay-serial"])


if __name__ == "__main__":
    main()
