"""The server, in a process of its own: so cheap that it does not measure itself.

It signs once a second and sends that response to everyone, at once or after 60 ms.
"""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import sys
import time
from functools import lru_cache
from pathlib import Path
from typing import cast

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

ADDRESSES = ("plain", "tls", "plain, 60 ms", "tls, 60 ms")
RESULT = (
    b'{"refund_id":"50000000382019052709732678859","return_amount":888,"result":"SUCCESS",'
    b'"advance_return_id":"1215562501201407033233368018","payer_mchid":"1900000109",'
    b'"payer_account":"BASIC","payee_mchid":"1900000108","payee_account":"BASIC",'
    b'"success_time":"2018-06-08T10:34:56+08:00"}'
)


def headers(second: str, nonce: str, signature: bytes, key_id: str) -> dict[str, str]:
    """Return the headers as the platform sends them."""
    return {
        "Server": "nginx",
        "Date": time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(int(second))),
        "Content-Type": "application/json; charset=utf-8",
        "Content-Length": f"{len(RESULT)}",
        "Connection": "keep-alive",
        "Keep-Alive": "timeout=8",
        "Cache-Control": "no-cache, must-revalidate",
        "X-Content-Type-Options": "nosniff",
        "Request-ID": "08F78BB5AF0610D302189F84A8B0012030E9B0A60528E2BB03-0",
        "Content-Language": "zh-CN",
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Signature": base64.b64encode(signature).decode(),
        "Wechatpay-Timestamp": second,
        "Wechatpay-Serial": key_id,
        "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
    }


@lru_cache(maxsize=1)
def response(second: str, key: rsa.RSAPrivateKey, key_id: str) -> bytes:
    """Return the response of this second."""
    nonce = second.rjust(32, "A")
    message = f"{second}\n{nonce}\n".encode() + RESULT + b"\n"
    signature = key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    named = headers(second, nonce, signature, key_id).items()
    lines = "".join(f"{name}: {value}\r\n" for name, value in named)
    return f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode() + RESULT


class Connection(asyncio.Protocol):
    """Responds to each request when its last byte is there."""

    def __init__(self, key: rsa.RSAPrivateKey, key_id: str, delay: float) -> None:
        self._key, self._key_id, self._delay = key, key_id, delay
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        length = head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
        if separator and len(body) == int(length):
            self._received = b""
            if self._delay:
                asyncio.get_running_loop().call_later(self._delay, self._respond)
            else:
                self._respond()

    def _respond(self) -> None:
        self._transport.write(response(f"{int(time.time())}", self._key, self._key_id))


async def _serve(folder: Path, key_id: str) -> None:
    key = cast("rsa.RSAPrivateKey", load_pem_private_key((folder / "key.pem").read_bytes(), None))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls.pem")
    loop, urls = asyncio.get_running_loop(), dict[str, str]()
    for address in ADDRESSES:
        scheme, _, delay = address.partition(", ")
        server = await loop.create_server(
            lambda seconds=0.06 if delay else 0.0: Connection(key, key_id, seconds),
            "127.0.0.1",
            ssl=context if scheme == "tls" else None,
        )
        port = server.sockets[0].getsockname()[1]
        urls[address] = f"{'https' if scheme == 'tls' else 'http'}://127.0.0.1:{port}"
    print(json.dumps(urls), flush=True)  # noqa: T201 - the parent reads it
    ended = asyncio.Event()  # when the input ends, so it never outlives who started it
    loop.add_reader(sys.stdin.fileno(), ended.set)
    await ended.wait()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), sys.argv[2]))
