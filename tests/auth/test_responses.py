"""What a caller of a real client gets for each kind of response."""

import pickle
from collections.abc import Callable, Iterator

import httpx
import pytest
import trio
from cryptography.hazmat.primitives.asymmetric import rsa
from wechatpay_auth import (
    InvalidSignatureError,
    MissingSignatureError,
    UnknownSerialError,
    VerificationError,
    WeChatPayAuthError,
)

from tests.auth.support import (
    Answer,
    Library,
    Received,
    Response,
    serving,
    signature_headers,
)

BODY = b'{"result":"SUCCESS"}'


def verified(response: Response) -> object:
    return response.extensions["wechatpay_verified"]


@pytest.fixture
def signed(platform_key: rsa.RSAPrivateKey) -> dict[str, str]:
    return signature_headers(platform_key, BODY)


def test_signed_success_arrives_as_verified(
    library: Library, auth: object, signed: dict[str, str]
) -> None:
    with serving(lambda _: Answer(200, BODY, signed)) as server:
        response = library.call(auth, "GET", f"{server.url}/v3/x")
    assert (response.status_code, response.content) == (200, BODY)
    assert verified(response) is True


def test_with_a_public_key_trio_serves_as_well(
    library: Library, auth: httpx.Auth, signed: dict[str, str]
) -> None:
    async def call(url: str) -> Response:
        async with library.http.AsyncClient(auth=auth, trust_env=False) as client:
            response: Response = await client.get(url)
            return response

    with serving(lambda _: Answer(200, BODY, signed)) as server:
        assert verified(trio.run(call, f"{server.url}/v3/x")) is True


def test_signed_error_arrives_as_verified(
    library: Library, auth: object, signed: dict[str, str]
) -> None:
    with serving(lambda _: Answer(404, BODY, signed)) as server:
        assert verified(library.call(auth, "GET", f"{server.url}/v3/x")) is True


@pytest.mark.parametrize("status", [302, 401, 404, 500])
def test_unsigned_error_arrives_as_unverified(library: Library, auth: object, status: int) -> None:
    with serving(lambda _: Answer(status, b"{}")) as server:
        response = library.call(auth, "GET", f"{server.url}/v3/x")
    assert response.status_code == status
    assert verified(response) is False


def test_unsigned_success_raises(library: Library, auth: object) -> None:
    with serving(lambda _: Answer(200, BODY)) as server, pytest.raises(MissingSignatureError):
        library.call(auth, "GET", f"{server.url}/v3/x")


def test_unsigned_download_arrives_as_unverified_where_that_was_asked_for(
    library: Library, auth: object
) -> None:
    with serving(lambda _: Answer(200, b"bill")) as server:
        response = library.call(
            auth, "GET", f"{server.url}/v3/bill", extensions={"wechatpay_unsigned_response": True}
        )
    assert response.content == b"bill"
    assert verified(response) is False


def test_error_with_a_wrong_signature_raises(
    library: Library, auth: object, signed: dict[str, str]
) -> None:
    answer = Answer(404, b"{}", signed)
    with serving(lambda _: answer) as server, pytest.raises(InvalidSignatureError):
        library.call(auth, "GET", f"{server.url}/v3/x")


def test_body_is_verified_after_content_decoding(
    library: Library, auth: object, signed: dict[str, str]
) -> None:
    import gzip

    headers = signed | {"Content-Encoding": "gzip"}
    with serving(lambda _: Answer(200, gzip.compress(BODY), headers)) as server:
        assert library.call(auth, "GET", f"{server.url}/v3/x").content == BODY


@pytest.mark.parametrize("second", ["x", None], ids=["another", "the same"])
@pytest.mark.parametrize("twice", ["Wechatpay-Signature", "Wechatpay-Nonce", "Wechatpay-Serial"])
def test_signature_header_that_comes_twice_is_refused(
    library: Library, auth: object, signed: dict[str, str], twice: str, second: str | None
) -> None:
    answer = Answer(200, BODY, signed | {twice.lower(): second or signed[twice]})
    with serving(lambda _: answer) as server, pytest.raises(VerificationError):
        library.call(auth, "GET", f"{server.url}/v3/x")


def test_streamed_response_is_verified_before_the_caller_sees_a_byte(
    library: Library, auth: object, signed: dict[str, str]
) -> None:
    answer = Answer(200, BODY + b" ", signed)
    with serving(lambda _: answer) as server:
        request = library.http.Request("GET", f"{server.url}/v3/x")
        with pytest.raises(InvalidSignatureError):
            library.send(auth, request, stream=True)


# What a refusal says.


@pytest.fixture
def refusal(
    library: Library, auth: object, platform_key: rsa.RSAPrivateKey
) -> Iterator[Callable[[str], VerificationError]]:
    headers = signature_headers(platform_key, BODY, serial="PUB_KEY_ID_7")
    headers["Request-ID"] = "08F7-0"
    with serving(lambda _: Answer(200, BODY, headers)) as server:

        def refused(method: str) -> VerificationError:
            with pytest.raises(UnknownSerialError) as caught:
                library.call(auth, method, f"{server.url}/v3/x?a=1")
            return caught.value

        yield refused


def test_refusal_says_which_call_and_response_it_is_about(
    refusal: Callable[[str], VerificationError],
) -> None:
    error = refusal("POST")
    assert (error.method, error.url, error.status_code) == ("POST", "/v3/x?a=1", 200)
    assert (error.request_id, error.serial_no) == ("08F7-0", "PUB_KEY_ID_7")
    assert error.reason.startswith("no trusted key has its serial number: WeChat Pay signs with")
    for part in ("POST /v3/x?a=1", "200", "08F7-0", "PUB_KEY_ID_7", error.reason):
        assert part in str(error)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_refused_response_to_a_change_says_that_the_outcome_is_unknown(
    refusal: Callable[[str], VerificationError], method: str
) -> None:
    error = refusal(method)
    assert error.outcome_unknown is True
    assert "outcome is unknown" in str(error)
    assert "retry the call with the same parameters, or query" in str(error)


def test_refused_response_to_a_read_does_not_alarm(
    refusal: Callable[[str], VerificationError],
) -> None:
    assert "unknown," not in str(refusal("GET"))


def test_refusal_survives_pickling(refusal: Callable[[str], VerificationError]) -> None:
    error = refusal("POST")
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert (type(copy), str(copy), copy.request_id) == (type(error), str(error), "08F7-0")


def test_refusal_outside_a_call_gives_its_reason() -> None:
    assert str(UnknownSerialError("no such key")) == "no such key"


def test_refusal_shows_hostile_header_text_harmlessly() -> None:
    error = InvalidSignatureError("why")
    error.method, error.url, error.status_code = "GET", "/v3/x", 200
    error.serial_no = "\x1b[2J" + "A" * 1000
    assert "\x1b" not in str(error)
    assert "A" * 76 + "…" in str(error)
    assert "A" * 77 not in str(error)
    assert "Request-ID none" in str(error)


def test_trust_errors_are_not_network_errors(library: Library) -> None:
    assert not issubclass(WeChatPayAuthError, library.http.HTTPError)
    assert not issubclass(VerificationError, OSError)


def test_only_refused_responses_leave_the_outcome_unknown() -> None:
    assert WeChatPayAuthError.outcome_unknown is False


# Redirects: none are documented, and none may carry the merchant's signature away.


def elsewhere(platform_key: rsa.RSAPrivateKey) -> Callable[[Received], Answer]:
    return lambda _: Answer(200, BODY, signature_headers(platform_key, BODY))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_authorization_does_not_follow_a_redirect_to_another_origin(
    library: Library, auth: object, platform_key: rsa.RSAPrivateKey, status: int
) -> None:
    with serving(elsewhere(platform_key)) as other:
        redirect = Answer(status, b"", {"Location": f"{other.url}/v3/x"})
        with serving(lambda _: redirect) as server, pytest.raises(VerificationError):
            library.call(auth, "POST", f"{server.url}/v3/x", client={"follow_redirects": True})
        assert "authorization" in server.received[0].headers
        (followed,) = other.received
        assert "authorization" not in followed.headers


def test_response_to_a_redirected_request_is_not_the_response_to_ours(
    library: Library, auth: object, platform_key: rsa.RSAPrivateKey
) -> None:
    """Even a signed one: a response's signature does not say which request it answers."""

    def answer(received: Received) -> Answer:
        if received.target == "/v3/x":
            return Answer(302, b"", {"Location": "/v3/y"})
        return elsewhere(platform_key)(received)

    with serving(answer) as server, pytest.raises(VerificationError, match="redirected"):
        library.call(auth, "POST", f"{server.url}/v3/x", client={"follow_redirects": True})


def test_redirect_not_followed_arrives_as_unverified(library: Library, auth: object) -> None:
    with serving(lambda _: Answer(302, b"", {"Location": "/v3/y"})) as server:
        response = library.call(auth, "GET", f"{server.url}/v3/x")
    assert (response.status_code, verified(response)) == (302, False)
