"""What goes over the wire is what was signed: real clients, a real server."""

from collections.abc import AsyncIterator, Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from wechatpay_auth import (
    ConfigurationError,
    RSASigner,
    RSAVerifier,
    SigningError,
    authorization_header,
    build_request_message,
)

from tests.auth.support import (
    KEY_ID,
    MCHID,
    MERCHANT_SERIAL,
    NOW,
    Library,
    Request,
    Response,
    Server,
    check_request,
)

PATH = "/v3/ecommerce/refunds/50000000382019052709732678859/return-advance"


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("GET", f"{PATH}?sub_mchid=1900000109", None),
        ("POST", PATH, b'{"sub_mchid":"1900000109"}'),
        ("POST", PATH, b'{ "amount": 1,\n "note":"\xe4\xb8\xad\xe6\x96\x87" }\n'),
        ("GET", "/v3/x?b=2&a=%E4%B8%AD%2F+1&a=", None),
        ("GET", "/v3/a%2Fb/c", None),
        ("DELETE", "/v3/x", None),
        ("POST", "/v3/empty", b""),
    ],
)
def test_request_is_signed_exactly_as_it_travels(
    library: Library,
    auth: object,
    server: Server,
    merchant_key: rsa.RSAPrivateKey,
    method: str,
    target: str,
    body: bytes | None,
) -> None:
    library.call(auth, method, server.url + target, content=body)
    (received,) = server.received
    assert (received.method, received.target, received.body) == (method, target, body or b"")
    assert check_request(received, merchant_key.public_key()) == {
        "mchid": MCHID,
        "nonce": "NONCE0",
        "timestamp": str(int(NOW)),
        "serial": MERCHANT_SERIAL,
        "signature": check_request(received, merchant_key.public_key())["signature"],
    }


def test_json_is_serialised_once_and_those_bytes_are_signed(
    library: Library, auth: object, server: Server, merchant_key: rsa.RSAPrivateKey
) -> None:
    library.call(auth, "POST", server.url + PATH, json={"备注": "é", "n": 1})
    check_request(server.received[0], merchant_key.public_key())


def test_path_that_an_extension_puts_on_the_wire_is_the_one_signed(
    library: Library, auth: object, server: Server, merchant_key: rsa.RSAPrivateKey
) -> None:
    library.call(auth, "GET", f"{server.url}/v3/x", extensions={"target": b"/v3/%41?q=|"})
    assert server.received[0].target == "/v3/%41?q=|"
    check_request(server.received[0], merchant_key.public_key())


def test_path_that_is_not_ascii_is_refused(library: Library, auth: object, server: Server) -> None:
    with pytest.raises(SigningError, match=r"^url: "):
        library.call(auth, "GET", f"{server.url}/v3/x", extensions={"target": b"/v3/\xff"})
    assert server.received == []


@pytest.mark.parametrize("part", ["method", "url", "timestamp", "nonce"])
def test_error_names_the_part_that_cannot_be_signed(part: str) -> None:
    parts = {"method": "GET", "url": "/v3/x", "timestamp": "1", "nonce": "N", part: "a\nb"}
    with pytest.raises(SigningError, match=f"^{part}: "):
        build_request_message(**parts, body=b"")


@pytest.mark.parametrize("part", ["algorithm", "mchid", "nonce", "timestamp", "serial_no"])
def test_error_names_the_value_that_cannot_stand_in_the_header(part: str) -> None:
    values = {"algorithm": "A", "mchid": "1", "nonce": "N", "timestamp": "1", "serial_no": "5"}
    name = "nonce_str" if part == "nonce" else part
    with pytest.raises(SigningError, match=f"^{name}: "):
        authorization_header(**values | {part: 'a"b'}, signature=b"signature")
    with pytest.raises(SigningError, match=r"^signature: "):
        authorization_header(**values, signature=b"")


def test_upload_signs_the_bytes_it_is_told_to(
    library: Library, auth: object, server: Server, merchant_key: rsa.RSAPrivateKey
) -> None:
    meta = b'{"filename":"a.png"}'
    library.call(
        auth,
        "POST",
        f"{server.url}/v3/merchant/media/upload",
        files={"meta": meta, "file": b"..."},
        extensions={"wechatpay_signed_body": meta},
    )
    (received,) = server.received
    assert b"multipart" in received.headers["content-type"].encode()
    signed = type(received)(received.method, received.target, received.headers, meta)
    check_request(signed, merchant_key.public_key())


@pytest.mark.parametrize(
    ("signed", "found"),
    [
        (b'{"filename": "a.png"}', "21 bytes that are no part of this body"),
        (b'{"filename":"a.png', "18 bytes that are no part of this body"),
        (b"", "0 bytes that are no part of this body"),
        ('{"filename":"a.png"}', "str"),
    ],
    ids=["other spaces", "cut off", "empty", "text"],
)
def test_upload_that_signs_other_bytes_than_it_sends_is_refused(
    library: Library, auth: object, server: Server, signed: object, found: str
) -> None:
    with pytest.raises(SigningError, match=f"found {found}; send and sign the same bytes"):
        library.call(
            auth,
            "POST",
            f"{server.url}/v3/merchant/media/upload",
            files={"meta": b'{"filename":"a.png"}', "file": b"..."},
            extensions={"wechatpay_signed_body": signed},
        )
    assert server.received == []


def test_streaming_body_is_read_and_signed(
    library: Library, auth: object, server: Server, merchant_key: rsa.RSAPrivateKey
) -> None:
    def chunks() -> Iterator[bytes]:
        yield b'{"a":'
        yield b"1}"

    async def async_chunks() -> AsyncIterator[bytes]:
        for chunk in chunks():
            yield chunk

    # Without a length a body is chunked, which the server of these tests does not read.
    library.call(
        auth,
        "POST",
        f"{server.url}/v3/x",
        content=async_chunks() if library.is_async else chunks(),
        headers={"Content-Length": "7"},
    )
    assert server.received[0].body == b'{"a":1}'
    check_request(server.received[0], merchant_key.public_key())


def test_body_that_was_used_up_is_refused_and_nothing_is_sent(
    library: Library, auth: object, server: Server
) -> None:
    def spent() -> Iterator[bytes]:
        yield b"x"

    async def async_spent() -> AsyncIterator[bytes]:
        yield b"x"

    request = library.http.Request(
        "POST", f"{server.url}/v3/x", content=async_spent() if library.is_async else spent()
    )
    library.exhaust(request)
    with pytest.raises(SigningError, match="used up"):
        library.send(auth, request)
    assert server.received == []


def test_stream_of_the_wrong_kind_is_refused_and_nothing_is_sent(
    library: Library, auth: object, server: Server
) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"x"

    async def async_chunks() -> AsyncIterator[bytes]:
        yield b"x"

    with pytest.raises(SigningError, match="give bytes"):
        library.call(
            auth,
            "POST",
            f"{server.url}/v3/x",
            content=chunks() if library.is_async else async_chunks(),
        )
    assert server.received == []


def test_each_attempt_has_its_own_time_nonce_and_signature(
    library: Library, signer: RSASigner, verifier: RSAVerifier, server: Server
) -> None:
    now = NOW
    auth = library.auth(MCHID, signer=signer, verifier=verifier, clock=lambda: now)
    request = library.http.Request("GET", f"{server.url}/v3/x")
    library.send(auth, request)
    now += 1
    library.send(auth, request)
    first, second = (received.headers["authorization"] for received in server.received)
    assert f'timestamp="{int(NOW)}"' in first
    assert f'timestamp="{int(NOW) + 1}"' in second
    assert first.split('nonce_str="')[1][:32] != second.split('nonce_str="')[1][:32]


def test_default_nonce_is_32_upper_case_hex_digits(
    library: Library,
    signer: RSASigner,
    verifier: RSAVerifier,
    server: Server,
    merchant_key: rsa.RSAPrivateKey,
) -> None:
    auth = library.auth(MCHID, signer=signer, verifier=verifier, clock=lambda: NOW)
    library.call(auth, "GET", f"{server.url}/v3/x")
    nonce = check_request(server.received[0], merchant_key.public_key())["nonce"]
    assert len(nonce) == 32
    assert set(nonce) <= set("0123456789ABCDEF")


def test_default_clock_is_the_machine_s(
    library: Library, signer: RSASigner, verifier: RSAVerifier, server: Server
) -> None:
    """The server's responses are of 2025, so a real clock finds them old."""
    auth = library.auth(MCHID, signer=signer, verifier=verifier)
    with pytest.raises(Exception, match="behind the local clock"):
        library.call(auth, "GET", f"{server.url}/v3/x")


def test_preferred_key_is_sent(library: Library, auth: object, server: Server) -> None:
    library.call(auth, "GET", f"{server.url}/v3/x")
    assert server.received[0].headers["wechatpay-serial"] == KEY_ID


def test_preferred_key_set_by_the_caller_stays(
    library: Library, auth: object, server: Server
) -> None:
    """A caller who encrypts fields names the key he encrypted them with."""
    headers = {"Wechatpay-Serial": "PUB_KEY_ID_7"}
    library.call(auth, "GET", f"{server.url}/v3/x", headers=headers)
    assert server.received[0].headers["wechatpay-serial"] == "PUB_KEY_ID_7"


def test_no_preferred_key_no_header(library: Library, signer: RSASigner, server: Server) -> None:
    auth = library.auth(MCHID, signer=signer, verifier=RSAVerifier([]), clock=lambda: NOW)
    with pytest.raises(Exception, match="no trusted key"):
        library.call(auth, "GET", f"{server.url}/v3/x")
    assert "wechatpay-serial" not in server.received[0].headers


@pytest.mark.parametrize(
    "url",
    ["http://api.mch.weixin.qq.com/v3/x", "http://10.0.0.1/v3/x", "http://localhost.example/v3/x"],
)
def test_open_http_is_refused_before_anything_is_signed(
    library: Library, auth: object, url: str
) -> None:
    sent: list[object] = []

    def record(request: Request) -> Response:
        sent.append(request)
        return library.response(204)

    with pytest.raises(ConfigurationError, match="https"):
        library.call(auth, "GET", url, client={"transport": library.http.MockTransport(record)})
    assert sent == []


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/v3/x",
        "http://127.1.2.3/v3/x",
        "http://[::1]/v3/x",
        "https://api.mch.weixin.qq.com/v3/x",
    ],
)
def test_https_and_loopback_are_served(library: Library, auth: object, url: str) -> None:
    def unsigned_error(request: Request) -> Response:
        return library.response(404)

    transport = library.http.MockTransport(unsigned_error)
    response = library.call(auth, "GET", url, client={"transport": transport})
    assert response.status_code == 404


@pytest.mark.parametrize("mchid", ["", "19000x", "１９００", "1" * 33, 'x"y'])
def test_mchid_is_digits_and_is_not_repeated(
    library: Library, signer: RSASigner, verifier: RSAVerifier, mchid: str
) -> None:
    with pytest.raises(ConfigurationError, match=f"mchid: .* found {len(mchid)} char") as caught:
        library.auth(mchid, signer=signer, verifier=verifier)
    assert not mchid or mchid not in str(caught.value)


def test_mchid_of_the_longest_form_is_served(
    library: Library, signer: RSASigner, verifier: RSAVerifier
) -> None:
    assert library.auth("1" * 32, signer=signer, verifier=verifier).mchid == "1" * 32


def test_key_of_another_merchant_is_refused(
    library: Library, merchant_key: rsa.RSAPrivateKey, verifier: RSAVerifier
) -> None:
    signer = RSASigner(merchant_key, serial_no=MERCHANT_SERIAL, mchid="1900000999")
    with pytest.raises(ConfigurationError, match="1900000999"):
        library.auth(MCHID, signer=signer, verifier=verifier)
    assert library.auth("1900000999", signer=signer, verifier=verifier)
