"""The yardstick: the call as a careful person writes it, with httpx and cryptography.

It signs, sends through a client that stays open, and proves the reply before it reads it. It does
not repeat, check arguments, build models or tell one error from another.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from .setting import BODY, PATH, Setting

SCHEME = "WECHATPAY2-SHA256-RSA2048"
MAX_AGE_SECONDS = 300
HTTP_OK = 200


class ByHand:
    """What both forms of the call share."""

    def __init__(self, setting: Setting) -> None:
        private = load_pem_private_key(setting.private_key.encode(), None)
        public = load_pem_public_key(setting.public_key.encode())
        assert isinstance(private, rsa.RSAPrivateKey)
        assert isinstance(public, rsa.RSAPublicKey)
        self.private, self.public = private, public
        self._setting = setting

    def signed(self, method: str, target: str, body: bytes) -> dict[str, str]:
        timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
        message = f"{method}\n{target}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"
        signature = self.private.sign(message, padding.PKCS1v15(), hashes.SHA256())
        return {
            "Authorization": f'{SCHEME} mchid="{self._setting.mchid}",nonce_str="{nonce}",'
            f'signature="{base64.b64encode(signature).decode()}",timestamp="{timestamp}",'
            f'serial_no="{self._setting.serial_no}"',
            "Wechatpay-Serial": self._setting.public_key_id,
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "by-hand/1.0",
        }

    def proven(self, status: int, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
        timestamp, nonce, signature, serial_no = (
            headers[f"Wechatpay-{name}"] for name in ("Timestamp", "Nonce", "Signature", "Serial")
        )
        if abs(time.time() - int(timestamp)) > MAX_AGE_SECONDS:
            raise ValueError("the reply is too old, or from the future")
        if serial_no != self._setting.public_key_id:
            raise ValueError("the reply is signed with another key")
        message = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
        raw = base64.b64decode(signature)
        self.public.verify(raw, message, padding.PKCS1v15(), hashes.SHA256())
        if status != HTTP_OK:
            raise ValueError(f"refused: {status}")
        document: dict[str, Any] = json.loads(body)
        return document


class SyncByHand(ByHand):
    def __init__(self, setting: Setting, base_url: str) -> None:
        super().__init__(setting)
        self._url = base_url + PATH
        self._http = httpx.Client(timeout=10)

    def __call__(self) -> object:
        headers = self.signed("POST", PATH, BODY)
        reply = self._http.post(self._url, content=BODY, headers=headers)
        return self.proven(reply.status_code, reply.headers, reply.content)


class AsyncByHand(ByHand):
    def __init__(self, setting: Setting, base_url: str) -> None:
        super().__init__(setting)
        self._url = base_url + PATH
        self._http = httpx.AsyncClient(timeout=10)

    async def __call__(self) -> object:
        headers = self.signed("POST", PATH, BODY)
        reply = await self._http.post(self._url, content=BODY, headers=headers)
        return self.proven(reply.status_code, reply.headers, reply.content)
