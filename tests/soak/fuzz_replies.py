"""Hostile responses, through the client: nothing but documented errors comes out, whatever arrives.

    python -m tests.soak.fuzz_replies [--responses 100000] [--seed 1] [--first 0]

Each call has an httpx client of its own, over a transport that answers with hostile headers,
bodies and statuses, signed and unsigned, in public key and in certificate mode, blocking and under
asyncio; each tenth call goes over a socket on which the framing is hostile, too. A call is a
function of seed and number alone: `--first` repeats one that failed.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import gzip
import json
import random
import socket
import sys
import threading
import time
import warnings
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Final, cast

import httpx
import httpx2
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from wechatpay_auth import (
    PlatformCertificates,
    RSASigner,
    RSAVerifier,
    Verifier,
    WeChatPayAuth,
    WeChatPayAuthError,
)
from wechatpay_auth.httpx2 import WeChatPayAuth as WeChatPayAuth2
from wechatpay_ecommerce_refund import (
    APIError,
    Client,
    InvalidResponseError,
    OutcomeUnknown,
    Response,
    Retry,
    UnverifiedResponseError,
)
from wechatpay_ecommerce_refund.errors import ClientError
from wechatpay_ecommerce_refund.models import ReturnAdvance

from tests.auth.support import (
    API_V3_KEY,
    KEY_ID,
    MCHID,
    MERCHANT_SERIAL,
    NOW,
    encrypted,
    entry,
    make_certificate,
    signature_headers,
)
from tests.conftest import REFUND, SUB_MCHID
from tests.end_to_end.test_success import CREATE, QUERY

SERIAL: Final = f"{42:040X}"
RESULT: Final[dict[str, object]] = {
    "refund_id": REFUND,
    "advance_return_id": "1215562501201407033233368018",
    "return_amount": 888,
    "payer_mchid": MCHID,
    "payer_account": "BASIC",
    "payee_mchid": SUB_MCHID,
    "payee_account": "OPERATION",
    "result": "SUCCESS",
    "success_time": "2018-06-08T10:34:56+08:00",
}
REFUSAL: Final[dict[str, object]] = {
    "code": "SIGN_ERROR",
    "message": "no",
    "detail": {
        "field": "/body/x",
        "issue": "is wrong",
        "location": "body",
        "sign_information": {
            "method": "POST",
            "url": "/v3/x",
            "truncated_sign_message": "POST\n/v3/x\n1\nN\n{",
            "sign_message_length": 100,
        },
    },
}
STATUSES: Final = (
    *[200] * 8,
    *(201, 202, 204, 206, 299, 300, 301, 302, 303, 304, 307, 308, 400, 401, 401, 403, 404, 405),
    *(409, 413, 418, 429, 429, 431, 499, 500, 500, 501, 502, 503, 599, 600, 999),
)
TEXTS: Final = (
    *("", " ", ",", "0", "-1", "²", "9" * 20, "9" * 400, "1e999", "NaN", "\x00", "\x1b[2J", "é"),
    *("a\tb", "(" * 300, "=?utf-8?q?=ff?=", "中文", "\ud800", "x" * 9000, "a, b", '"', ";", "%00"),
    "Mon, 01 Jan 99999999999999999 00:00:00 GMT",
    "Mon, 01 Jan 2024 00:00:00 +99999999999999999999",
    "Mon, 01 Jan 2024 99:99:99 GMT",
    "Thu, 01 Jan 1970 00:00:00 -0000",
    "Fri, 31 Dec 9999 23:59:59 -2359",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T24:00:00Z",
    "2018-06-08T10:34:56.123456789012+08:00",
)
HEADERS: Final = (
    *("Retry-After", "Date", "Content-Type", "Set-Cookie", "Location", "Request-ID", "Link"),
    *("Content-Encoding", "Content-Length", "Transfer-Encoding", "Connection", "Content-Range"),
    *("Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Signature", "Wechatpay-Serial"),
    *("Wechatpay-Signature-Type", "Vary", "Expires", "WWW-Authenticate", "Content-Disposition"),
)
VALUES: Final[dict[str, tuple[str, ...]]] = {
    "Retry-After": ("0", "7", "3600", "Thu, 01 Jan 2026 00:00:00 GMT"),
    "Date": ("Thu, 01 Jan 2026 00:00:00 GMT",),
    "Content-Type": tuple(
        f"application/json; charset={name}"
        for name in ("utf-8", "utf-16", "utf-7", "idna", "rot13", "zlib", "\xff", "", "undefined")
    ),
    "Set-Cookie": (
        "a=b; expires=Mon, 01-Jan-99999999999999999 00:00:00 GMT",
        "a=b; max-age=" + "9" * 400,
        'a=b; version=x; port="x"; domain=..; path=\xff',
        "=; ;;; =",
        "a=b; expires=Thu, 01 Jan 0000 00:00:00 GMT; Max-Age=-1",
    ),
    "Location": (
        *("http://[", "http://[::1", "//", "http://x:99999999999", "http://\x00/", "http://xn--/"),
        *(f"http://{'a' * 300}/", "http://é.é/", "http://a@b:c/", "ftp://x", "?", "\\", "http:"),
        *("javascript:1", "http://x:" + "9" * 5000, "/" + "x" * 70_000, "https://１２７.0.0.1/"),
    ),
    "Content-Encoding": ("gzip", "deflate", "br", "zstd", "gzip, gzip", "identity", "x", "GZIP,x"),
    "Wechatpay-Signature-Type": ("WECHATPAY2-SHA256-RSA2048", "WECHATPAY2-SM2-WITH-SM3"),
}
DEEP: Final = (10, 300, 480, 490, 600, 900, 960, 980, 1000, 3000, 100_000)


@cache
def key_of(name: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def listed() -> dict[str, object]:
    return entry(make_certificate(key_of("platform")))


class Made:
    """Makes what is hostile, out of the chance of one call."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def one(self, *rest: object) -> object:
        """Any JSON value that may be hard to read; the given ones are likelier."""
        pick = self.chance.random()
        if rest and pick < 0.5:
            return self.chance.choice(rest)
        if pick < 0.8:
            return self.text(TEXTS)
        odd: list[object] = [None, True, 0, -1, 10**30, 10**400, 10**4200, 1e308, 1.5, [], {}, [[]]]
        odd += [{"": {}}, {"field": {"field": 1}}, ["x"] * 50]
        return self.chance.choice(odd)

    def text(self, seeds: tuple[str, ...]) -> str:
        """A seed, whole or with some characters changed."""
        text = list(self.chance.choice(seeds))
        for _ in range(self.chance.choice([0, 0, 0, 1, 3])):
            at = self.chance.randrange(len(text) + 1)
            how = self.chance.randrange(3)
            if how == 0:
                one = self.chance.choice('09:;,=+-. \x00\x7fé²Zz"%')
                text[at:at] = one * self.chance.choice([1, 30])
            else:
                del text[at : at + self.chance.choice([1, 1, 5])]
        return "".join(text)

    def document(self, base: dict[str, object]) -> bytes:
        """A JSON document with some members changed, or something else altogether."""
        pick = self.chance.random()
        if pick < 0.35:
            return json.dumps(base).encode()
        if pick < 0.75:
            changed: dict[str, object] = json.loads(json.dumps(base))
            for _ in range(self.chance.randint(1, 3)):
                where = changed
                while True:
                    name = self.chance.choice([*where, "new"])
                    inner = where.get(name)
                    if not isinstance(inner, dict) or self.chance.random() < 0.3:
                        break
                    where = cast("dict[str, object]", inner)
                where[name] = self.one(where.get(name))
            text = json.dumps(changed)
            if self.chance.random() < 0.1:
                number = self.chance.choice(["1e999", "NaN", "-0", "8" * 5000, "01"])
                text = text.replace("888", number)
            return text.encode("utf-8", "surrogatepass")
        deep = self.chance.choice(DEEP)
        nested = b"[" * deep + b"]" * deep
        whole = json.dumps(base).encode()
        return self.chance.choice(
            [
                nested,
                b'{"detail":' * deep + b"1" + b"}" * deep,
                # As the value of a member that some code prints.
                whole[:-1] + b',"x":' + nested + b"}",
                b'{"code":"SIGN_ERROR","detail":{"sign_information":{"url":' + nested + b"}}}",
                b"",
                b" \n",
                b"\xef\xbb\xbf" + whole,
                whole.decode().encode("utf-16"),
                b"<html>\xff</html>",
                b"9" * 5000,
                b'{"code":"\\ud800","message":"\\u0000\\n\\u2028"}',
                self.chance.randbytes(50),
                self.chance.randbytes(5000),
                b" " * (1 << 20) + b"{}",
            ]
        )

    def certificates(self) -> bytes:
        """What a download is answered with, hostile at one of its layers."""
        pick = self.chance.random()
        good = listed()
        if pick < 0.3:
            return json.dumps({"data": [good]}).encode()
        if pick < 0.5:
            return self.document({"data": [good], **good})
        if pick < 0.75:
            name = self.chance.choice([*good, "new"])
            return json.dumps({"data": [{**good, name: self.one(good.get(name))}]}).encode()
        certificate = make_certificate(key_of("platform"))
        if pick < 0.8:
            certificate = make_certificate(ec.derive_private_key(7, ec.SECP256R1()))
        raw = bytearray(certificate.public_bytes(Encoding.DER))
        for _ in range(self.chance.randrange(3)):
            raw[self.chance.randrange(220)] = self.chance.randrange(256)
        lines = base64.encodebytes(raw)
        if self.chance.random() < 0.2:
            lines = self.chance.randbytes(40)
        pem = b"-----BEGIN CERTIFICATE-----\n" + lines + b"-----END CERTIFICATE-----\n"
        sealed: dict[str, object] = {**encrypted(pem)}
        if self.chance.random() < 0.3:
            sealed[self.chance.choice([*sealed])] = self.one()
        return json.dumps({"data": [{**good, "encrypt_certificate": sealed}]}).encode()


@dataclass
class Crafted:
    """One response, as it goes out."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    @classmethod
    def made(cls, chance: random.Random, target: str, serial: str) -> Crafted:
        make = Made(chance)
        status = chance.choice(STATUSES)
        if target == "/v3/certificates":
            status, body = chance.choice([200, 200, 200, status]), make.certificates()
        else:
            body = make.document(RESULT if chance.random() < 0.6 else REFUSAL)
        headers: list[tuple[str, str]] = []
        if chance.random() < 0.4:  # signed as it should be, so that somebody reads what it says
            signed = signature_headers(key_of("platform"), body, serial=serial)
            wire = [(name.encode(), value.encode()) for name, value in signed.items()]
            return cls(chance.choice([200, 200, 200, 400, 401, status]), wire, body)
        if chance.random() < 0.6:
            age = chance.choice([0, 0, 0, 0, 299, 301, -301, 10**9])
            if chance.random() < 0.1:
                serial = chance.choice([KEY_ID, SERIAL, "7A3C"])
            name = chance.choice(["platform"] * 9 + ["stranger"])
            signed = signature_headers(key_of(name), body, serial=serial, timestamp=int(NOW) - age)
            headers += signed.items()
            if chance.random() < 0.15:
                name, value = chance.choice(headers)
                how = chance.randrange(3)
                if how == 0:
                    headers.remove((name, value))
                elif how == 1:
                    headers.append((name, value))
                else:
                    headers[headers.index((name, value))] = name, make.text((value, *TEXTS))
        for name in chance.choices(HEADERS, k=chance.choice([0, 1, 1, 2, 4])):
            headers.append((name, make.text(chance.choice([VALUES.get(name, TEXTS), TEXTS]))))
        if chance.random() < 0.1:
            coding = chance.choice(VALUES["Content-Encoding"])
            headers.append(("Content-Encoding", coding))
            packed = chance.choice([gzip.compress(body), zlib.compress(body), body])
            body = packed[: chance.choice([len(packed), len(packed), len(packed) // 2])]
        wire = [
            (name.encode(), value.encode(chance.choice(["utf-8", "utf-16", "gb18030"]), "replace"))
            for name, value in headers
        ]
        return cls(status, wire, body)

    def framed(self, chance: random.Random) -> bytes:
        """The bytes on a socket, the framing as hostile as the rest."""
        headers = [b"%s: %s" % one for one in self.headers]
        body = self.body
        pick = chance.random()
        if pick < 0.6:
            headers.append(b"Content-Length: %d" % len(body))
        elif pick < 0.8:
            headers.append(b"Transfer-Encoding: chunked")
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        line = b"HTTP/1.1 %d %s" % (self.status, chance.choice([b"OK", b"", b"\xff", b"x" * 500]))
        wire = bytearray(b"\r\n".join([line, *headers, b"", body]))
        if chance.random() < 0.2:
            wire[:0] = chance.choice(
                [
                    b"HTTP/1.1 100 Continue\r\n\r\n",
                    b"HTTP/1.1 103 Hints\r\nA: b\r\n\r\n",
                    *(b"\r\n", b"\0"),
                ]
            )
        for _ in range(chance.choice([0, 0, 1, 3])):
            at = chance.randrange(min(len(wire), 600))
            if chance.random() < 0.5:
                wire[at] = chance.randrange(256)
            elif chance.random() < 0.5:
                del wire[at : at + chance.choice([1, 2, 40])]
            else:
                wire[at:at] = chance.choice([b"\n", b"\r", b"\0", b": ", b"0", b"9" * 20])
        return bytes(wire[: chance.choice([len(wire)] * 4 + [chance.randrange(len(wire))])])


@dataclass
class Platform:
    """Answers one call, and counts what reached it."""

    chance: random.Random
    serial: str
    posts: int = 0
    responses: int = 0

    def receive(self, method: str) -> None:
        """Count a request, whether or not a response gets through."""
        self.posts += method == "POST"

    def respond(self, target: str) -> Crafted:
        self.responses += 1
        return Crafted.made(self.chance, target, self.serial)


class Hostile:
    """A transport of either library in whose place the platform answers."""

    def __init__(self, library: Any, platform: Platform) -> None:  # noqa: ANN401 - a module
        self.library = library
        self.platform = platform

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.platform.receive(request.method)
        crafted = self.platform.respond(request.url.path)
        pieces = of(self.library, Pieces, "SyncByteStream", "AsyncByteStream")
        # A stream, as from a socket: bytes would be decoded before anybody has measured them.
        response: httpx.Response = self.library.Response(
            crafted.status, headers=crafted.headers, stream=pieces([crafted.body])
        )
        return response

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)


class Pieces:
    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        yield from self.pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece


@cache
def of(library: Any, kind: type, *bases: str) -> Any:  # noqa: ANN401 - a module, and its classes
    """The class as one of the library's."""
    return type(kind.__name__, (kind, *(getattr(library, base) for base in bases)), {})


class Wire:
    """A socket of which each connection gets one response, and its end."""

    def __init__(self) -> None:
        self.platform = Platform(random.Random(0), "")  # noqa: S311 - no secret
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            # The client may close first; a request that was read is counted all the same.
            with connection, suppress(OSError):
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        platform, head = self.platform, b""
        while b"\r\n\r\n" not in head:
            piece = connection.recv(65536)
            if not piece:
                return
            head += piece
        head, _, body = head.partition(b"\r\n\r\n")
        method, target, _ = head.decode("latin-1").split(" ", 2)
        platform.receive(method)
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
        while len(body) < length:
            body += connection.recv(65536)
        connection.sendall(platform.respond(target).framed(platform.chance))
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


@dataclass
class Report:
    responses: int = 0
    calls: int = 0
    endings: Counter[str] = field(default_factory=Counter[str])
    broken: list[str] = field(default_factory=list[str])


class Fuzzer:
    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.report = Report()
        self._signer = RSASigner(key_of("merchant"), serial_no=MERCHANT_SERIAL)
        self._public = RSAVerifier.from_public_key(KEY_ID, key_of("platform").public_key())

    def run(self, responses: int, first: int = 0) -> Report:
        """Make calls until so many responses were sent."""
        wire = Wire()
        try:
            number = first
            while self.report.responses < responses:
                self._call(number, wire)
                number += 1
        finally:
            wire.close()
        return self.report

    def _call(self, number: int, wire: Wire) -> None:
        chance = random.Random(f"{self.seed}:{number}")  # noqa: S311 - no secret
        is_async, certificates = chance.random() < 0.3, chance.random() < 0.3
        call = CREATE if chance.random() < 0.7 else QUERY
        verifier: Verifier = self._public
        if certificates:
            public = self._public if chance.random() < 0.3 else None
            verifier = PlatformCertificates(MCHID, api_v3_key=API_V3_KEY, public_keys=public)
        platform = Platform(chance, SERIAL if certificates else KEY_ID)
        over_wire = number % 10 == 0
        wire.platform = platform
        slept: list[float] = [0.0]

        async def asleep(seconds: float) -> None:
            slept.append(slept[-1] + seconds)

        library, auth_of = chance.choice([(httpx, WeChatPayAuth), (httpx2, WeChatPayAuth2)])
        auth: Any = auth_of(
            MCHID,
            signer=self._signer,
            verifier=verifier,
            clock=lambda: NOW,
            nonce=lambda: f"{chance.getrandbits(64):x}",
        )
        own: Any = of(library, Hostile, "BaseTransport", "AsyncBaseTransport")
        transport = own(library, platform)
        # As the client makes its own: it reads no cookies, on which the standard library stumbles.
        own = {"transport": transport, "cookies": CookieJar(DefaultCookiePolicy(netscape=False))}
        http = None if over_wire or is_async else library.Client(**own)
        async_http = None if over_wire or not is_async else library.AsyncClient(**own)
        client: Client[Any, Any] = Client(
            auth,
            base_url=wire.url,
            retries=Retry(
                retries=chance.choice([0, 3]),
                jitter=lambda: 0.5,
                clock=lambda: slept[-1],
                now=lambda: NOW,
            ),
            http=http,
            async_http=async_http,
            sleep=lambda seconds: slept.append(slept[-1] + seconds),
            async_sleep=asleep,
        )

        async def acall() -> Response[ReturnAdvance]:
            async with client:
                try:
                    return await client.acall(call)
                finally:
                    if async_http is not None:
                        await async_http.aclose()

        ending: Response[ReturnAdvance] | BaseException
        try:
            if is_async:
                ending = asyncio.run(acall())
            else:
                with client:
                    ending = client.call(call)
        except Exception as error:  # noqa: BLE001 - judged
            ending = error
        finally:
            if http is not None:
                http.close()
        self.report.calls += 1
        self.report.responses += platform.responses
        self.report.endings[type(ending).__name__] += 1
        for promise in broken_by(ending, platform, is_create=call is CREATE):
            self.report.broken.append(f"call {number}: {promise}: {ending!r:.300}")


DOCUMENTED = (ClientError, WeChatPayAuthError, httpx.TransportError, httpx2.TransportError)


def broken_by(
    ending: Response[ReturnAdvance] | BaseException, platform: Platform, *, is_create: bool
) -> Iterator[str]:
    """What is wrong with how a call ended."""
    if isinstance(ending, Response):
        if not ending.verified or ending.parsed.refund_id != REFUND:
            yield "a success that is not proven is never believed"
        return
    if not isinstance(ending, DOCUMENTED):
        yield "every error is documented"
    if isinstance(ending, ClientError | WeChatPayAuthError) and "\n" in str(ending):
        yield "what a response says begins no line"
    if not is_create:
        if isinstance(ending, OutcomeUnknown):
            yield "a read has no unknown outcome"
        return
    if not platform.posts:
        if isinstance(
            ending, OutcomeUnknown | APIError | InvalidResponseError | UnverifiedResponseError
        ):
            yield "what was never sent is never unknown"
    elif isinstance(ending, APIError):
        refused = 400 <= ending.status_code < 500 and ending.status_code != 429
        if not refused or not (ending.verified or platform.posts == 1):
            yield "what was sent is never failed without proof"
    elif not isinstance(ending, OutcomeUnknown):
        yield "what was sent and not answered is unknown"


def main() -> int:
    parser = argparse.ArgumentParser(description="feed hostile responses to the client")
    parser.add_argument("--responses", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first call")
    given = parser.parse_args()
    warnings.simplefilter("error")
    begun = time.monotonic()
    report = Fuzzer(given.seed).run(given.responses, given.first)
    print(  # noqa: T201
        f"{report.responses} hostile responses to {report.calls} calls in "
        f"{time.monotonic() - begun:.0f} s, seed {given.seed}: {dict(report.endings.most_common())}"
    )
    print(*report.broken[:20], sep="\n")  # noqa: T201
    return 1 if report.broken else 0


if __name__ == "__main__":
    sys.exit(main())
