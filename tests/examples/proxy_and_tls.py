"""Goes through a proxy, and trusts an authority of your own, such as a TLS-inspecting gateway's.

The httpx client brings proxy and TLS along; signing and verification do not change.
"""

import os
import ssl

import httpx
from wechatpay_auth import WeChatPayAuth
from wechatpay_ecommerce_refund import Client
from wechatpay_ecommerce_refund.api.ecommerce_refund import create_return_advance
from wechatpay_ecommerce_refund.models import CreateReturnAdvanceRequest


def main() -> None:
    """Take a refund back through a proxy."""
    env = os.environ
    context = ssl.create_default_context(cafile=env["REFUND_CA_FILE"])
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with (
        httpx.Client(proxy=env["REFUND_PROXY"], verify=context, trust_env=False) as http,
        Client.from_env(WeChatPayAuth, http=http) as client,
    ):
        response = create_return_advance.sync_detailed(
            env["WECHATPAY_REFUND_ID"],
            client=client,
            body=CreateReturnAdvanceRequest(sub_mchid=env["WECHATPAY_SUB_MCHID"]),
        )
    print(response.parsed.result, "from", response.attempts[-1].host)


if __name__ == "__main__":
    main()
