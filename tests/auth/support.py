"""The platform's side, for these tests: signs responses, checks requests, serves on loopback.

It shares no code with the package, so that a mistake in one is not hidden by the other.
"""

import asyncio
import base64
import json
import re
import ssl
import threading
from collections.abc import AsyncIterable, Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType
from typing import Any, cast

import httpx
import httpx2
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

# Every server here speaks plain HTTP; a client's own TLS settings take a while to load.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

NOW = 1_756_951_532.75
MCHID = "1900000109"
MERCHANT_SERIAL = "1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8C"
KEY_ID = "PUB_KEY_ID_0119000001092024010100000000"
NONCE = "593BEC0C930BF1AFEB40B4A08C8FB242"

_AUTHORIZATION = re.compile(
    r'WECHATPAY2-SHA256-RSA2048 mchid="(?P<mchid>[^"]+)",nonce_str="(?P<nonce>[^"]+)",'
    r'signature="(?P<signature>[^"]+)",timestamp="(?P<timestamp>\d+)",serial_no="(?P<serial>[^"]+)"'
)


@dataclass(frozen=True)
class Received:
    """A request as the server read it from the socket."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict[str, str])


Request = httpx.Request | httpx2.Request
Response = httpx.Response | httpx2.Response
Options = Mapping[str, object] | None
Handler = Callable[[Received], Answer]


def sign(key: rsa.RSAPrivateKey, message: bytes) -> str:
    return base64.b64encode(key.sign(message, padding.PKCS1v15(), hashes.SHA256())).decode()


def signature_headers(
    key: rsa.RSAPrivateKey,
    body: bytes,
    *,
    serial: str = KEY_ID,
    timestamp: int | str = int(NOW),
    nonce: str = NONCE,
) -> dict[str, str]:
    return {
        "Wechatpay-Timestamp": str(timestamp),
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Signature": sign(key, f"{timestamp}\n{nonce}\n".encode() + body + b"\n"),
        "Wechatpay-Serial": serial,
    }


def authorization_fields(received: Received) -> dict[str, str]:
    match = _AUTHORIZATION.fullmatch(received.headers["authorization"])
    assert match, received.headers["authorization"]
    return match.groupdict()


def check_request(received: Received, key: rsa.RSAPublicKey) -> dict[str, str]:
    """The Authorization fields of a request whose signature is right; raises otherwise."""
    fields = authorization_fields(received)
    head = [received.method, received.target, fields["timestamp"], fields["nonce"]]
    message = b"".join(part.encode() + b"\n" for part in head) + received.body + b"\n"
    key.verify(base64.b64decode(fields["signature"]), message, padding.PKCS1v15(), hashes.SHA256())
    return fields


def make_certificate(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    *,
    serial: int = 42,
    name: str = "Tenpay.com sign",
    start: datetime = datetime(2025, 1, 1, tzinfo=UTC),
    end: datetime = datetime(2100, 1, 1, tzinfo=UTC),
    issuer: tuple[str, rsa.RSAPrivateKey] | None = None,
) -> x509.Certificate:
    """A certificate over the key, signed by the issuer (its name and key) or by itself."""
    issuer_name, issuer_key = issuer or (name, key)
    return (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(issuer_name))
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(start)
        .not_valid_after(end)
        .sign(issuer_key, hashes.SHA256())
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


@dataclass
class Server:
    """A running loopback server and the log of what it received."""

    url: str
    received: list[Received] = field(default_factory=list[Received])


@contextmanager
def serving(handler: Handler, tls: ssl.SSLContext | None = None) -> Generator[Server]:
    """Serve on a free loopback port, real sockets, a thread for each connection."""

    class Connection(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            received = Received(self.command, self.path, headers, body)
            server.received.append(received)
            answer = handler(received)
            head = [f"HTTP/1.1 {answer.status} Status"]
            head += [f"{name}: {value}" for name, value in answer.headers.items()]
            head += [f"Content-Length: {len(answer.body)}", "", ""]
            self.wfile.write("\r\n".join(head).encode("latin-1") + answer.body)

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - http.server's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - inherited
            pass

    class Sockets(ThreadingHTTPServer):
        request_queue_size = 128
        daemon_threads = True

    with Sockets(("127.0.0.1", 0), Connection) as sockets:
        if tls is not None:
            sockets.socket = tls.wrap_socket(sockets.socket, server_side=True)
        server = Server(f"http{'s' if tls else ''}://127.0.0.1:{sockets.server_port}")
        thread = threading.Thread(target=sockets.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            sockets.shutdown()
            thread.join()


@dataclass(frozen=True)
class Library:
    """One HTTP library, used one way: blocking or async."""

    name: str
    http: ModuleType
    auth: Any
    is_async: bool

    def call(
        self, auth: object, method: str, url: str, *, client: Options = None, **options: object
    ) -> Response:
        """One call with a client of its own; returns the response."""
        return self.send(auth, self.http.Request(method, url, **options), client=client)

    def send(
        self, auth: object, request: Request, *, client: Options = None, stream: bool = False
    ) -> Response:
        """Send a request with a client of its own; returns the response."""
        options = {"auth": auth, "trust_env": False, "verify": NO_TLS, **(client or {})}
        if not self.is_async:
            with self.http.Client(**options) as blocking:
                response: Response = blocking.send(request, stream=stream)
                return response

        async def awaited() -> Response:
            async with self.http.AsyncClient(**options) as awaiting:
                response: Response = await awaiting.send(request, stream=stream)
                return response

        return asyncio.run(awaited())

    def response(self, status: int, **options: object) -> Response:
        """A response of this library."""
        made: Response = self.http.Response(status, **options)
        return made

    def exhaust(self, request: Request) -> None:
        """Use the request's body up, as a first attempt without auth would."""
        if not self.is_async:
            list(cast(Iterable[bytes], request.stream))
            return

        async def awaited() -> None:
            async for _ in cast(AsyncIterable[bytes], request.stream):
                pass

        asyncio.run(awaited())


API_V3_KEY = "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb"  # the documentation's sample, nobody's key


def encrypted(
    plain: bytes,
    key: str = API_V3_KEY,
    nonce: str = "uluk4a9R25RW",
    associated_data: str = "certificate",
) -> dict[str, str]:
    """A value encrypted as the platform does it."""
    sealed = AESGCM(key.encode()).encrypt(nonce.encode(), plain, associated_data.encode())
    return {
        "algorithm": "AEAD_AES_256_GCM",
        "nonce": nonce,
        "associated_data": associated_data,
        "ciphertext": base64.b64encode(sealed).decode(),
    }


def entry(
    certificate: x509.Certificate, *, api_v3_key: str = API_V3_KEY, **changes: object
) -> dict[str, object]:
    """An entry of the response of GET /v3/certificates."""
    pem = certificate.public_bytes(Encoding.PEM)
    return {
        "serial_no": f"{certificate.serial_number:040X}",
        "effective_time": certificate.not_valid_before_utc.isoformat(),
        "expire_time": certificate.not_valid_after_utc.isoformat(),
        "encrypt_certificate": encrypted(pem, api_v3_key),
        **changes,
    }


class CertificatePlatform:
    """The platform in certificate mode. Its dials are its attributes."""

    def __init__(self, key: rsa.RSAPrivateKey, serial: int = 42) -> None:
        self.keys: dict[str, rsa.RSAPrivateKey] = {}
        self.listed: list[dict[str, object]] = []
        self.signing = self.publish(key, serial)
        self.clock: Callable[[], float] = lambda: NOW
        self.downloads = 0
        self.before_download: Callable[[], None] = lambda: None
        self.instead_of_call: Callable[[Answer], Answer] = lambda answer: answer
        self.instead_of_download: Callable[[Answer], Answer] = lambda answer: answer

    def publish(
        self,
        key: rsa.RSAPrivateKey,
        serial: int,
        start: datetime = datetime(2025, 1, 1, tzinfo=UTC),
        end: datetime = datetime(2100, 1, 1, tzinfo=UTC),
    ) -> str:
        """List a certificate, for downloads; returns its serial number."""
        made = make_certificate(key, serial=serial, start=start, end=end)
        self.listed = [*self.listed, entry(made)]
        text = f"{serial:040X}"
        self.keys[text] = key
        return text

    def signed(self, body: bytes, status: int = 200) -> Answer:
        serial = self.signing
        headers = signature_headers(
            self.keys[serial], body, serial=serial, timestamp=int(self.clock())
        )
        return Answer(status, body, headers)

    def __call__(self, received: Received) -> Answer:
        if received.target != "/v3/certificates":
            return self.instead_of_call(self.signed(b'{"ok":true}'))
        self.downloads += 1
        self.before_download()
        return self.instead_of_download(self.signed(json.dumps({"data": self.listed}).encode()))
