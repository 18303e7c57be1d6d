"""The other side: answers at once, in a process of its own, so cheaply that it measures nobody.

A signature is made when the second changes and stands for every reply of that second.
"""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from wechatpay_sandbox import REFUND_ID, SUB_MCHID, TLS, Keys
from wechatpay_sandbox._keys import load_private_key, private_pem

BODY = json.dumps(
    {
        "refund_id": REFUND_ID,
        "advance_return_id": "1215562501201407033233368018",
        "return_amount": 888,
        "payer_mchid": SUB_MCHID,
        "payer_account": "BASIC",
        "payee_mchid": "1900000108",
        "payee_account": "BASIC",
        "result": "SUCCESS",
        "success_time": "2018-06-08T10:34:56+08:00",
    },
    separators=(",", ":"),
).encode()

_ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True, slots=True)
class Target:
    """Where the server listens, and whom to trust there."""

    plain: str
    tls: str
    authority: Path


@contextmanager
def serving(keys: Keys, tls: TLS, folder: Path) -> Generator[Target]:
    """Run the server while the block runs; `folder` is for the keys."""
    (folder / "tls.pem").write_text(tls.server.private_key_pem + tls.server.pem, encoding="ascii")
    (folder / "key.pem").write_text(private_pem(keys.public_key_pair), encoding="ascii")
    authority = folder / "authority.pem"
    authority.write_text(tls.authority_pem, encoding="ascii")
    command = [sys.executable, "-m", "tests.bench.server", str(folder), keys.public_key_id]
    # It ends when its input does, so it never outlives who started it.
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=_ROOT) as process:
        try:
            assert process.stdout
            plain, secure = process.stdout.readline().split()
            yield Target(f"http://127.0.0.1:{plain}", f"https://127.0.0.1:{secure}", authority)
        finally:
            process.terminate()


class _Answers:
    """The reply, signed anew when the second changes."""

    def __init__(self, key_pem: str, key_id: str) -> None:
        self._key = load_private_key(key_pem)
        self._key_id = key_id
        self._second, self._reply = 0, b""

    def now(self) -> bytes:
        second = int(time.time())
        if second != self._second:
            self._second, self._reply = second, self._signed(f"{second}")
        return self._reply

    def _signed(self, second: str) -> bytes:
        nonce = second.rjust(32, "A")
        message = f"{second}\n{nonce}\n".encode() + BODY + b"\n"
        signature = self._key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        head = {
            "Server": "nginx",
            "Date": time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(int(second))),
            "Content-Type": "application/json; charset=utf-8",
            "Content-Length": f"{len(BODY)}",
            "Connection": "keep-alive",
            "Keep-Alive": "timeout=8",
            "Cache-Control": "no-cache, must-revalidate",
            "X-Content-Type-Options": "nosniff",
            "Request-ID": "08F78BB5AF0610D302189F84A8B0012030E9B0A60528E2BB03-0",
            "Content-Language": "zh-CN",
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": base64.b64encode(signature).decode(),
            "Wechatpay-Timestamp": second,
            "Wechatpay-Serial": self._key_id,
            "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        return f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode() + BODY


class _Connection(asyncio.Protocol):
    """Answers each request of a connection as soon as its last byte is there."""

    def __init__(self, answers: _Answers) -> None:
        self._answers = answers
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, rest = self._received.partition(b"\r\n\r\n")
        if not separator:
            return
        _, length, after = head.lower().partition(b"\r\ncontent-length:")
        if len(rest) >= (int(after.partition(b"\r\n")[0]) if length else 0):
            self._received = b""
            self._transport.write(self._answers.now())


async def _serve(folder: Path, key_id: str) -> None:
    answers = _Answers((folder / "key.pem").read_text(encoding="ascii"), key_id)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls.pem")
    loop = asyncio.get_running_loop()
    servers = [
        await loop.create_server(lambda: _Connection(answers), "127.0.0.1", 0, ssl=secure)
        for secure in (None, context)
    ]
    ports = (server.sockets[0].getsockname()[1] for server in servers)
    print(*ports, flush=True)  # noqa: T201 - the parent reads it
    ended = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), ended.set)
    await ended.wait()
    for server in servers:
        server.close()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), sys.argv[2]))
