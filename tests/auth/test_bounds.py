"""A body is read within bounds: whoever sent it chose its length, its coding and its pace."""

import gzip
import itertools
import pickle
import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from wechatpay_auth import (
    CertificateDownloadError,
    MissingSignatureError,
    PlatformCertificates,
    RSASigner,
    UnknownSerialError,
    UnreadableResponseError,
    VerificationError,
)

from tests.auth.support import (
    API_V3_KEY,
    MCHID,
    NOW,
    Answer,
    CertificatePlatform,
    Library,
    Received,
    Response,
    Server,
    serving,
    signature_headers,
)

BODY = b'{"result":"SUCCESS"}'
MIB = 1 << 20
BOMB = gzip.compress(bytes(64 * MIB))
UNSIGNED = {"wechatpay_unsigned_response": True}
LIMIT = "wechatpay_response_limit"


@dataclass
class Source:
    """A server that sends pieces for as long as somebody takes them."""

    url: str = ""
    sent: int = 0


@contextmanager
def pouring(
    head: dict[str, str], pieces: Callable[[], Iterable[bytes]], every: float = 0.0
) -> Generator[Source]:
    """Answer one request with these pieces, one every so many seconds."""
    source = Source()
    lines = ["HTTP/1.1 200 OK", *(f"{name}: {value}" for name, value in head.items()), "", ""]
    pace = threading.Event()

    def serve() -> None:
        with suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.recv(65536)
                connection.sendall("\r\n".join(lines).encode("latin-1"))
                for piece in pieces():
                    connection.sendall(piece)
                    source.sent += len(piece)
                    if every:
                        pace.wait(every)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        source.url = f"http://127.0.0.1:{listener.getsockname()[1]}/v3/x"
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield source
        finally:
            thread.join(20)
    assert not thread.is_alive(), "the client did not hang up"


def chunks(piece: bytes) -> Iterator[bytes]:
    return itertools.repeat(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")


@pytest.fixture
def signed(platform_key: rsa.RSAPrivateKey) -> dict[str, str]:
    return signature_headers(platform_key, BODY)


@pytest.fixture
def get(library: Library, auth: object) -> Callable[..., Response]:
    """Call an URL; keyword arguments go into the request's extensions."""

    def got(url: str, **extensions: Any) -> Response:  # noqa: ANN401
        return library.call(auth, "GET", url, extensions=extensions)

    return got


Get = Callable[..., Response]


# Length.


def test_body_of_just_the_allowed_length_is_read(get: Get, signed: dict[str, str]) -> None:
    with serving(lambda _: Answer(200, BODY, signed)) as server:
        response = get(f"{server.url}/v3/x", wechatpay_response_limit=len(BODY))
    assert response.content == BODY
    assert response.extensions["wechatpay_verified"] is True
    assert response.elapsed.total_seconds() > 0


def test_body_of_one_byte_more_is_refused(get: Get, signed: dict[str, str]) -> None:
    with (
        serving(lambda _: Answer(200, BODY, signed)) as server,
        pytest.raises(
            UnreadableResponseError, match=r"more than 19 bytes \(20 were seen\)"
        ) as caught,
    ):
        get(f"{server.url}/v3/x", wechatpay_response_limit=len(BODY) - 1)
    assert (caught.value.limit, caught.value.seen) == (19, 20)


@pytest.mark.parametrize(("length", "fits"), [(MIB, True), (MIB + 1, False)])
def test_ordinary_response_may_have_a_mebibyte(
    get: Get, platform_key: rsa.RSAPrivateKey, length: int, fits: bool
) -> None:
    body = bytes(length)
    answer = Answer(200, body, signature_headers(platform_key, body))
    with serving(lambda _: answer) as server:
        if fits:
            assert len(get(f"{server.url}/v3/x").content) == length
        else:
            with pytest.raises(UnreadableResponseError, match="more than 1048576 bytes"):
                get(f"{server.url}/v3/x")


def test_endless_body_is_cut_off(get: Get, signed: dict[str, str]) -> None:
    head = signed | {"Transfer-Encoding": "chunked"}
    with (
        pouring(head, lambda: chunks(bytes(65536))) as source,
        pytest.raises(UnreadableResponseError) as caught,
    ):
        get(source.url)
    assert caught.value.limit == MIB
    assert source.sent < 64 * MIB, "what the kernel's buffers hold, and no more"


def test_unsigned_download_may_be_longer(get: Get) -> None:
    bill = bytes(MIB + 1)
    with serving(lambda _: Answer(200, bill)) as server:
        assert get(f"{server.url}/v3/bill", **UNSIGNED).content == bill
        with pytest.raises(UnreadableResponseError, match="more than 4096 bytes"):
            get(f"{server.url}/v3/bill", **UNSIGNED, wechatpay_response_limit=4096)


def test_unsigned_download_is_streamed(library: Library, auth: object) -> None:
    """The auth object takes nothing of it; its bounds hold while the caller reads."""
    with pouring({"Transfer-Encoding": "chunked"}, lambda: chunks(bytes(65536))) as source:
        request = library.http.Request("GET", source.url, extensions=UNSIGNED | {LIMIT: 5 * MIB})
        response = library.send(auth, request, stream=True)
        assert response.extensions["wechatpay_verified"] is False
        assert not response.is_stream_consumed
    assert request.headers["Accept-Encoding"] == "identity"


def test_endless_download_is_cut_off_while_it_is_streamed(get: Get) -> None:
    head = {"Transfer-Encoding": "chunked"}
    with (
        pouring(head, lambda: chunks(bytes(65536))) as source,
        pytest.raises(UnreadableResponseError, match=r"GET /v3/x: .* more than 5242880") as caught,
    ):
        get(source.url, **UNSIGNED, **{LIMIT: 5 * MIB})
    assert caught.value.limit == 5 * MIB
    assert source.sent < 64 * MIB


def test_drip_of_a_download_ends_in_time(library: Library, get: Get) -> None:
    head = {"Transfer-Encoding": "chunked"}
    with (
        pouring(head, lambda: chunks(b"x"), every=0.05) as source,
        pytest.raises(library.http.ReadTimeout, match="its time was over") as caught,
    ):
        get(source.url, **UNSIGNED, timeout={"total": 0.3})
    assert caught.value.request.url == source.url


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(200, b"{}", {"Wechatpay-Serial": "5A"}), MissingSignatureError),
        (Answer(200, BOMB, {"Content-Encoding": "gzip"}), UnreadableResponseError),
        (Answer(404, bytes(MIB * 129)), UnreadableResponseError),
    ],
    ids=["signed in part", "coded", "error"],
)
def test_what_is_no_plain_download_is_read_and_judged_as_always(
    get: Get, answer: Answer, error: type[Exception]
) -> None:
    with serving(lambda _: answer) as server, pytest.raises(error):
        get(f"{server.url}/v3/bill", **UNSIGNED, **{LIMIT: MIB})


@pytest.mark.parametrize("limit", [20, 19])
def test_body_that_a_hook_has_read_is_measured_all_the_same(
    library: Library, auth: object, signed: dict[str, str], limit: int
) -> None:
    async def aread(response: Any) -> None:  # noqa: ANN401
        await response.aread()

    hook = aread if library.is_async else library.http.Response.read
    with serving(lambda _: Answer(200, BODY, signed)) as server:
        request = library.http.Request(
            "GET", f"{server.url}/v3/x", extensions={"wechatpay_response_limit": limit}
        )
        client = {"event_hooks": {"response": [hook]}}
        if limit == len(BODY):
            assert library.send(auth, request, client=client).content == BODY
        else:
            with pytest.raises(UnreadableResponseError) as caught:
                library.send(auth, request, client=client)
            assert (caught.value.limit, caught.value.seen) == (19, 20)


@pytest.mark.parametrize(
    ("redirect", "last", "reason"),
    [(bytes(2 * MIB), b"", "redirected"), (b"", bytes(2 * MIB), "more than 1048576 bytes")],
)
def test_redirect_that_is_followed_is_read_by_the_library_and_what_it_leads_to_by_us(
    library: Library,
    auth: object,
    signed: dict[str, str],
    redirect: bytes,
    last: bytes,
    reason: str,
) -> None:
    def answer(received: Received) -> Answer:
        if received.target == "/v3/x":
            return Answer(302, redirect, {"Location": "/v3/y"})
        return Answer(200, last, signed)

    with serving(answer) as server, pytest.raises(VerificationError, match=reason):
        library.call(auth, "GET", f"{server.url}/v3/x", client={"follow_redirects": True})


# Content codings.


def bare_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


PACKED = [("gzip", gzip.compress), ("deflate", zlib.compress), ("Deflate", bare_deflate)]


@pytest.mark.parametrize(("coding", "pack"), PACKED)
def test_packed_body_is_unpacked_up_to_the_limit(
    get: Get, signed: dict[str, str], coding: str, pack: Callable[[bytes], bytes]
) -> None:
    answer = Answer(200, pack(BODY), signed | {"Content-Encoding": coding})
    with serving(lambda _: answer) as server:
        response = get(
            f"{server.url}/v3/x", wechatpay_response_limit=max(len(BODY), len(answer.body))
        )
    assert response.content == BODY


@pytest.mark.parametrize(("coding", "pack"), PACKED)
def test_unpacked_body_may_have_just_the_allowed_length(
    get: Get,
    platform_key: rsa.RSAPrivateKey,
    coding: str,
    pack: Callable[[bytes], bytes],
) -> None:
    body = bytes(4096)
    head = signature_headers(platform_key, body) | {"Content-Encoding": coding}
    with serving(lambda _: Answer(200, pack(body), head)) as server:
        assert get(f"{server.url}/v3/x", wechatpay_response_limit=4096).content == body
        with pytest.raises(UnreadableResponseError) as caught:
            get(f"{server.url}/v3/x", wechatpay_response_limit=4095)
    assert (caught.value.limit, caught.value.seen) == (4095, 4096)


@pytest.mark.parametrize(("coding", "pack"), PACKED)
def test_bomb_is_not_let_off(
    get: Get, signed: dict[str, str], coding: str, pack: Callable[[bytes], bytes]
) -> None:
    answer = Answer(200, pack(bytes(64 * MIB)), signed | {"Content-Encoding": coding})
    with serving(lambda _: answer) as server:
        tracemalloc.start()
        try:
            with pytest.raises(UnreadableResponseError, match=r"bytes after decoding \(") as caught:
                get(f"{server.url}/v3/x")
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert caught.value.limit == MIB
    assert MIB < (caught.value.seen or 0) <= MIB + 65536
    assert peak < 4 * MIB


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "gzip, br", "GZIP,deflate"])
def test_coding_without_bounds_is_refused(get: Get, signed: dict[str, str], coding: str) -> None:
    answer = Answer(200, BODY, signed | {"Content-Encoding": coding})
    with (
        serving(lambda _: answer) as server,
        pytest.raises(
            UnreadableResponseError, match=f"coding, {coding.lower()[:4]}.* neither gzip"
        ),
    ):
        get(f"{server.url}/v3/x")


@pytest.mark.parametrize("coding", ["identity", "", "aws-chunked", "identity, gzip"])
def test_coding_that_no_library_knows_is_left_alone(
    get: Get, signed: dict[str, str], coding: str
) -> None:
    body = gzip.compress(BODY) if "gzip" in coding else BODY
    answer = Answer(200, body, signed | {"Content-Encoding": coding})
    with serving(lambda _: answer) as server:
        assert get(f"{server.url}/v3/x").content == BODY


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_garbled_packing_is_an_unreadable_response(
    get: Get, signed: dict[str, str], coding: str
) -> None:
    """Not the library's DecodingError, behind which nobody looks for an unknown outcome."""
    answer = Answer(200, b"\xff" * 9, signed | {"Content-Encoding": coding})
    with (
        serving(lambda _: answer) as server,
        pytest.raises(
            UnreadableResponseError, match=f"not what its content coding, {coding}, says"
        ),
    ):
        get(f"{server.url}/v3/x")


@pytest.mark.parametrize(
    ("offered", "sent"),
    [
        ("gzip, deflate, br, zstd", "gzip, deflate"),
        ("BR", "gzip, deflate"),
        ("identity", "identity"),
        ("gzip;q=0.5", "gzip;q=0.5"),
        (None, None),
    ],
)
def test_no_coding_is_asked_for_that_would_be_refused(
    library: Library, auth: object, server: Server, offered: str | None, sent: str | None
) -> None:
    headers = {"Accept-Encoding": offered} if offered else {}
    library.call(auth, "GET", f"{server.url}/v3/x", headers=headers)
    assert server.received[0].headers.get("accept-encoding") == sent


# Time.


@pytest.mark.parametrize("framing", [{"Content-Length": "999"}, {"Transfer-Encoding": "chunked"}])
def test_drip_ends_when_the_total_time_is_over(
    library: Library, get: Get, signed: dict[str, str], framing: dict[str, str]
) -> None:
    drops = itertools.islice(chunks(b"x"), 250)  # five seconds
    with pouring(signed | framing, lambda: drops, every=0.02) as source:
        start = time.monotonic()
        with pytest.raises(library.http.ReadTimeout, match=r"^the response was .* over$") as caught:
            get(source.url, timeout={"read": 5.0, "total": 0.2})
    assert 0.2 <= time.monotonic() - start < 5
    assert str(caught.value.request.url) == source.url


@pytest.mark.parametrize("timeout", [{"read": 5.0}, {"read": 5.0, "total": None}])
def test_without_a_total_time_a_drip_may_take_as_long_as_it_likes(
    get: Get, signed: dict[str, str], timeout: dict[str, float | None]
) -> None:
    drops = [BODY[place : place + 1] for place in range(len(BODY))]
    head = signed | {"Content-Length": str(len(BODY))}
    with pouring(head, lambda: drops, every=0.01) as source:
        assert get(source.url, timeout=timeout).content == BODY


def test_response_that_is_in_hand_is_not_late(get: Get, signed: dict[str, str]) -> None:
    with serving(lambda _: Answer(200, BODY, signed)) as server:
        assert get(f"{server.url}/v3/x", timeout={"read": 5.0, "total": 0.0}).content == BODY


# What the error says.


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_refusal_tells_of_call_and_response_and_survives_pickling(
    library: Library, auth: object, signed: dict[str, str], method: str
) -> None:
    head = signed | {"Request-ID": "08F7-0"}
    with (
        serving(lambda _: Answer(404, bytes(MIB + 1), head)) as server,
        pytest.raises(VerificationError) as caught,
    ):
        library.call(auth, method, f"{server.url}/v3/x?a=1")
    error = caught.value
    assert error.outcome_unknown is True
    assert (error.method, error.url, error.status_code) == (method, "/v3/x?a=1", 404)
    assert (error.request_id, error.serial_no) == ("08F7-0", signed["Wechatpay-Serial"])
    assert ("The outcome is unknown" in str(error)) is (method == "POST")
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert isinstance(error, UnreadableResponseError)
    assert (type(copy), str(copy)) == (UnreadableResponseError, str(error))
    assert (copy.limit, copy.seen) == (error.limit, error.seen)


# Certificate downloads are responses, too.


@pytest.fixture
def platform(platform_key: rsa.RSAPrivateKey) -> CertificatePlatform:
    return CertificatePlatform(platform_key)


def with_certificates(library: Library, signer: RSASigner, now: Callable[[], float]) -> object:
    verifier = PlatformCertificates(MCHID, api_v3_key=API_V3_KEY)
    return library.auth(MCHID, signer=signer, verifier=verifier, clock=now)


def bomb(answer: Answer) -> Answer:
    return Answer(answer.status, BOMB, answer.headers | {"Content-Encoding": "gzip"})


def endless(answer: Answer) -> Answer:
    return Answer(answer.status, bytes(2 * MIB), answer.headers)


def zstd(answer: Answer) -> Answer:
    return Answer(answer.status, answer.body, answer.headers | {"Content-Encoding": "zstd"})


@pytest.mark.parametrize("change", [bomb, endless, zstd])
def test_download_out_of_bounds_is_a_failed_download(
    library: Library,
    signer: RSASigner,
    platform: CertificatePlatform,
    change: Callable[[Answer], Answer],
) -> None:
    platform.instead_of_download = change
    auth = with_certificates(library, signer, lambda: NOW)
    reasons = "more than 1048576 bytes|neither gzip nor deflate"
    with serving(platform) as server:
        for _ in range(2):  # the one that failed leaves nobody waiting
            with pytest.raises(CertificateDownloadError, match=reasons):
                library.call(auth, "POST", f"{server.url}/v3/x")
    assert {received.target for received in server.received} == {"/v3/certificates"}


def test_who_has_a_valid_key_goes_on_without_the_download(
    library: Library, signer: RSASigner, platform: CertificatePlatform
) -> None:
    """The library reads each response before it sends on; nothing must be left there to let off."""
    clock = {"now": NOW}
    auth = with_certificates(library, signer, lambda: clock["now"])
    platform.clock = lambda: clock["now"]
    with serving(platform) as server:
        library.call(auth, "POST", f"{server.url}/v3/x")
        platform.instead_of_download = bomb
        clock["now"] += 7 * 3600
        tracemalloc.start()
        try:
            response = library.call(auth, "POST", f"{server.url}/v3/x")
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert platform.downloads == 2
    assert response.content == b'{"ok":true}'
    assert [earlier.content for earlier in response.history] == [b""]
    assert peak < 4 * MIB


def test_download_out_of_bounds_after_the_call_leaves_its_outcome_unknown(
    library: Library,
    signer: RSASigner,
    platform: CertificatePlatform,
    other_key: rsa.RSAPrivateKey,
) -> None:
    clock = {"now": NOW}
    auth = with_certificates(library, signer, lambda: clock["now"])
    platform.clock = lambda: clock["now"]
    with serving(platform) as server:
        library.call(auth, "POST", f"{server.url}/v3/x")
        platform.signing = platform.publish(other_key, 43)
        platform.instead_of_download = endless
        clock["now"] += 61
        with pytest.raises(UnknownSerialError) as caught:
            library.call(auth, "POST", f"{server.url}/v3/x")
    assert isinstance(caught.value.__cause__, CertificateDownloadError)
    assert "more than 1048576 bytes" in str(caught.value.__cause__)
