"""A generated package with the real auth object, against a platform with keys of its own."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from wechatpay_sandbox import Keys

from tests.generator.beyond import BEYOND
from tests.generator.served import Answer, Caller, Request, Server, served

OAEP = padding.OAEP(padding.MGF1(SHA1()), SHA1(), None)  # noqa: S303 - the platform's choice
BILL = b"`2024`\r\n"


class Signing:
    """The platform: checks the signature of each request, and signs each response."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self.url = ""
        self.names: list[str] = []

    def __call__(self, request: Request) -> Answer:
        self.require_signature(request, self.signed_body(request))
        if "download" in request.target:
            return 200, {}, BILL
        return self.signed(json.dumps(self.value(request)).encode())

    def value(self, request: Request) -> Mapping[str, object]:
        if request.target == "/v3/upload":
            return {"media_id": "m"}
        if request.target == "/v3/bill":
            digest = hashlib.sha1(BILL).hexdigest()  # noqa: S324
            url = f"{self.url}/v3/billdownload/file?token=a%2Fb"
            return {"hash_type": "SHA1", "hash_value": digest, "download_url": url}
        assert request.headers["wechatpay-serial"] == self.keys.public_key_id
        sealed = base64.b64decode(json.loads(request.body)["bank_account"])
        self.names.append(self.keys.public_key_pair.decrypt(sealed, OAEP).decode())
        merchant: Any = self.keys.merchant.x509.public_key()
        answer = base64.b64encode(merchant.encrypt("六".encode(), OAEP)).decode()
        return {"number": "7", "bank_account": answer}

    @staticmethod
    def signed_body(request: Request) -> bytes:
        if "multipart" not in request.headers.get("content-type", ""):
            return request.body
        found = re.search(rb'name="meta"\r\n.*?\r\n\r\n(.*?)\r\n--', request.body, re.DOTALL)
        assert found, request.body
        return found[1]

    def require_signature(self, request: Request, body: bytes) -> None:
        stated = dict(re.findall(r'(\w+)="([^"]*)"', request.headers["authorization"]))
        head = [request.method, request.target, stated["timestamp"], stated["nonce_str"]]
        message = "".join(f"{one}\n" for one in head).encode() + body + b"\n"
        key: Any = self.keys.merchant.x509.public_key()
        signature = base64.b64decode(stated["signature"])
        key.verify(signature, message, padding.PKCS1v15(), SHA256())

    def signed(self, body: bytes) -> Answer:
        stamp, key = str(int(time.time())), self.keys.public_key_pair
        assert isinstance(key, rsa.RSAPrivateKey)
        message = f"{stamp}\nnonce\n".encode() + body + b"\n"
        signature = base64.b64encode(key.sign(message, padding.PKCS1v15(), SHA256())).decode()
        headers = {
            "Wechatpay-Serial": self.keys.public_key_id,
            "Wechatpay-Signature": signature,
            "Wechatpay-Timestamp": stamp,
            "Wechatpay-Nonce": "nonce",
        }
        return 200, headers, body


@pytest.fixture(scope="module")
def shared(keys: Keys) -> Iterator[tuple[Server, Signing]]:
    with served() as server:
        server.answer = platform = Signing(keys)
        platform.url = server.url
        yield server, platform


@pytest.fixture(params=["sync", "asyncio"])
def caller(
    request: pytest.FixtureRequest,
    shared: tuple[Server, Signing],
    auth: object,
    library: ModuleType,
) -> Caller:
    shared[0].log.clear()
    return Caller(BEYOND, library, request.param == "asyncio", shared[0].url, auth)


def test_an_upload_is_signed_over_its_first_part(caller: Caller) -> None:
    models, file = BEYOND.models, BEYOND.types.File(b"\x89PNG", "a.png")
    body = models.Upload(file=file, meta=models.Meta(filename="a.png"))
    response = caller.call(BEYOND.operation("upload").bind(body=body))
    assert (response.parsed.media_id, response.verified) == ("m", True)


def test_fields_are_encrypted_and_decrypted(caller: Caller, shared: tuple[Server, Signing]) -> None:
    body = BEYOND.models.Application(number="7", bank_account="王五")
    read = caller.call(BEYOND.operation("apply").bind(body=body)).parsed
    assert (shared[1].names.pop(), read.bank_account) == ("王五", "六")


def test_an_announced_file_is_downloaded(caller: Caller, tmp_path: Path) -> None:
    bill = caller.call(BEYOND.operation("bill").bind()).parsed
    assert caller.download(bill, to=tmp_path / "bill").size == len(BILL)
    assert (tmp_path / "bill").read_bytes() == BILL
