"""What the fixture gives: the sandbox, and the client of its merchant.

`wechatpay_sandbox` imports neither client package, so that a mistake of theirs cannot be its own.
This module knows all three, and only the fixture imports it.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import httpx
from wechatpay_auth import WeChatPayAuth
from wechatpay_ecommerce_refund import Client
from wechatpay_sandbox import Keys, Sandbox, environment


class MerchantSandbox(Sandbox):
    """A platform of one test, and what a merchant calls it with."""

    def __init__(self, keys: Keys, directory: Path, *, spec: Path | str | None = None) -> None:
        super().__init__(keys, directory, spec=spec)
        self._keys_in = directory

    @cached_property
    def auth(self) -> WeChatPayAuth:
        """Signs as the merchant, and verifies with the key that the platform signs with."""
        key_mode = self.platform.settings.key_mode
        variables = environment(self.keys, self._keys_in, "", key_mode=key_mode)
        if key_mode == "public_key":
            del variables["WECHATPAY_API_V3_KEY"]  # no request for certificates in the record
        return WeChatPayAuth.from_env(variables)

    @cached_property
    def client(self) -> Client[httpx.Client, httpx.AsyncClient]:
        """Calls the platform without sockets, sync or asyncio, and each call once.

        `client.with_options(retries=3)` retries.
        """
        return Client(
            self.auth,
            http=httpx.Client(transport=self.transport),
            async_http=httpx.AsyncClient(transport=self.transport),
            retries=0,
        )
