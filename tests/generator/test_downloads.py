"""Files which a result announces, over real sockets and both libraries, hostile ones among them."""

from __future__ import annotations

import gzip
import hashlib
import io
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import pytest

from tests.generator.beyond import BEYOND, RULE
from tests.generator.served import Answer, Caller, Request, Server, double
from tests.generator.support import Generated, answer, contract, operation, to

pytestmark = pytest.mark.usefixtures("quick_clients")

BILL = b"`2024`,`\xe4\xba\xa4`\r\n" * 500
PACKED = gzip.compress(BILL)


@pytest.fixture(params=["sync", "asyncio"])
def caller(request: pytest.FixtureRequest, server: Server, library: ModuleType) -> Caller:
    auth = double(library, verified=False)
    return Caller(BEYOND, library, request.param == "asyncio", server.url, auth)


def announced(server: Server, content: bytes = BILL, **changes: object) -> Generated:
    """Return the result which announces a file."""
    digest = hashlib.sha1(content).hexdigest().upper()  # noqa: S324
    made = BEYOND.models.Bill(
        hash_type="SHA1",
        hash_value=digest,
        download_url=f" {server.url}/v3/billdownload/file?token=a%2Fb&tartype=gzip",
    )
    return attrs.evolve(made, **changes)


def serves(server: Server, *replies: Answer) -> None:
    """Answer with one after the other, with the last one for ever."""
    waiting = list(replies)

    def reply(_: Request) -> Answer:
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    server.answer = reply


def folder_of(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir())


@pytest.mark.parametrize(
    ("file", "over"), [(BILL, "file"), (PACKED, "decompressed"), (PACKED[:0] + BILL[:1], "file")]
)
def test_a_file_is_kept_if_its_hash_is_right(
    caller: Caller, server: Server, tmp_path: Path, file: bytes, over: str
) -> None:
    serves(server, (200, {}, file))
    target = tmp_path / "bill.csv"
    plain = BILL if over == "decompressed" else file
    done = caller.download(announced(server, plain), to=target)
    assert (done.size, done.over, target.read_bytes()) == (len(file), over, file)
    assert folder_of(target) == ["bill.csv"]
    [request] = server.log
    assert request.target == "/v3/billdownload/file?token=a%2Fb&tartype=gzip"
    assert request.headers["accept-encoding"] == "identity"
    [asked] = caller.auth.asked
    assert asked["wechatpay_unsigned_response"] is True
    assert asked["wechatpay_response_limit"] == RULE["max-bytes"] + (1 << 20)


def test_a_file_may_go_into_an_open_file(caller: Caller, server: Server) -> None:
    serves(server, (200, {}, PACKED), (200, {}, b"another"))
    target = io.BytesIO()
    caller.download(announced(server), to=target)
    assert target.getvalue() == PACKED
    with pytest.raises(BEYOND.module("downloads").DownloadError):
        caller.download(announced(server), to=target)
    assert target.getvalue() == PACKED


def test_a_file_in_small_pieces_and_members_is_put_together(
    caller: Caller, server: Server, tmp_path: Path
) -> None:
    file = gzip.compress(BILL[:99]) + gzip.compress(BILL[99:])

    def slowly(write: Callable[[bytes], object]) -> None:
        for index in range(len(file)):
            write(file[index : index + 1])

    serves(server, (200, {"Connection": "close"}, slowly))
    assert caller.download(announced(server), to=tmp_path / "a").size == len(file)


def endless(write: Callable[[bytes], object]) -> None:
    while True:
        write(bytes(50_000))


def bomb(write: Callable[[bytes], object]) -> None:
    write(gzip.compress(bytes(50_000_000)))


CLOSE = {"Connection": "close"}


WRONG: list[tuple[Answer, str]] = [
    ((200, {}, BILL + b"x"), "has the hash [0-9a-f]{40} .file., the result announced"),
    ((200, {}, gzip.compress(b"other")), "has the hash [0-9a-f]{40} .decompressed."),
    ((200, {}, PACKED[:-9]), "cannot be unpacked"),
    ((200, {}, PACKED + b"more"), "cannot be unpacked"),
    ((200, {}, b""), "has the hash da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    ((200, {"Content-Length": "100001"}, endless), "has 100001 bytes, more than 100000"),
    ((200, CLOSE, endless), "has more than 100000 bytes"),
    ((200, CLOSE, bomb), "unpacks to more than 100000 bytes"),
    ((200, {"Content-Encoding": "gzip"}, PACKED), "content coding 'gzip'"),
    ((302, {"Location": "http://evil.example/"}, b""), "302"),
    ((400, {}, b'{"code":"INVALID_REQUEST","message":"stale"}'), "400 INVALID_REQUEST stale"),
    ((206, {}, BILL), "206"),
]


@pytest.mark.parametrize(("reply", "problem"), WRONG)
def test_a_file_that_is_not_the_announced_one_is_not_kept(
    caller: Caller, server: Server, tmp_path: Path, reply: Answer, problem: str
) -> None:
    serves(server, reply)
    target = tmp_path / "bill.csv"
    target.write_bytes(b"of yesterday")
    with pytest.raises(BEYOND.errors.ResponseError, match=problem) as caught:
        caller.download(announced(server), to=target)
    assert caught.value.status_code == reply[0]
    assert "token" not in str(caught.value) or reply[0] != 200
    assert (target.read_bytes(), folder_of(target)) == (b"of yesterday", ["bill.csv"])
    assert len(server.log) == 1


def test_a_broken_stream_is_read_again_from_the_start(
    caller: Caller, server: Server, tmp_path: Path
) -> None:
    def half(write: Callable[[bytes], object]) -> None:
        write(BILL[:700])

    cut: Answer = (200, {**CLOSE, "Content-Length": str(len(BILL))}, half)
    serves(server, cut, (503, {}, b""), (200, {}, BILL))
    caller.retries = 2
    done = caller.download(announced(server), to=tmp_path / "a")
    assert [one.status_code for one in done.attempts] == [None, 503, 200]
    assert (tmp_path / "a").read_bytes() == BILL
    serves(server, cut)
    with pytest.raises(caller.library.TransportError):
        caller.download(announced(server), to=tmp_path / "b")
    assert folder_of(tmp_path / "b") == ["a"]


def test_a_slow_stream_ends_with_the_time(caller: Caller, server: Server, tmp_path: Path) -> None:
    def drip(write: Callable[[bytes], object]) -> None:
        for _ in range(1000):
            write(b"x")
            time.sleep(0.02)

    serves(server, (200, CLOSE, drip))
    begun = time.monotonic()
    with pytest.raises(caller.library.ReadTimeout):
        caller.download(announced(server), to=tmp_path / "a", within=0.2)
    assert time.monotonic() - begun < 10
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"download_url": "https://evil.example/v3/x?token=t"}, "must be at a host of the client"),
        ({"download_url": "https://u:p@127.0.0.1/x"}, "must be at a host of the client"),
        ({"download_url": "http://127.0.0.1:1/x"}, "must be at a host of the client"),
        ({"download_url": "http://[::1"}, "must be a URL"),
        ({"download_url": "/v3/x"}, "must be at a host of the client"),
        ({"download_url": ""}, "must be there"),
        ({"hash_type": "MD5"}, "hash_type must be SHA1"),
        ({"hash_value": "abc"}, "hash_value must have 40 hex digits"),
        ({"hash_value": None}, "hash_value must be there"),
    ],
)
def test_an_announcement_that_cannot_be_used_is_told_before_anything_is_sent(
    caller: Caller, server: Server, tmp_path: Path, changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(BEYOND.errors.InvalidInputError, match=told) as caught:
        caller.download(announced(server, **changes), to=tmp_path / "a")
    assert "token" not in str(caught.value)
    assert (server.log, list(tmp_path.iterdir())) == ([], [])


@pytest.mark.parametrize("to", ["", "missing/file", ".", 7])
def test_a_target_that_cannot_be_used_is_told_before_anything_is_sent(
    caller: Caller, server: Server, tmp_path: Path, to: object
) -> None:
    target = str(tmp_path / to) if isinstance(to, str) else to
    with pytest.raises(BEYOND.errors.InvalidInputError, match=r"^to must be"):
        caller.download(announced(server), to=target)
    assert server.log == []


def test_only_a_result_which_announces_a_file_has_one(caller: Caller, tmp_path: Path) -> None:
    with pytest.raises(BEYOND.errors.InvalidInputError, match="result must announce a file"):
        caller.download(BEYOND.models.Media(media_id="m"), to=tmp_path / "a")


def by(over: str) -> Generated:
    response = {**answer(to("Bill")), "x-download": {**RULE, "over": over}}
    paths = {"/v3/bill": {"get": operation("bill", responses={"200": response})}}
    schemas = {"Bill": BEYOND.document["components"]["schemas"]["Bill"]}
    return contract(f"hashed_{over}", schemas, paths)


OVERS = {over: by(over) for over in ("file", "either")}


@pytest.mark.parametrize(
    ("over", "content", "right"),
    [
        ("file", PACKED, True),
        ("file", BILL, False),
        ("either", PACKED, True),
        ("either", BILL, True),
        ("either", b"other", False),
    ],
)
def test_the_spec_says_what_the_hash_covers(
    server: Server, tmp_path: Path, over: str, content: bytes, right: bool, library: ModuleType
) -> None:
    serves(server, (200, {}, PACKED))
    caller = Caller(OVERS[over], library, False, server.url)
    made = announced(server, content)
    result = OVERS[over].models.Bill(
        hash_type=made.hash_type, hash_value=made.hash_value, download_url=made.download_url
    )
    if right:
        caller.download(result, to=tmp_path / "a")
    else:
        with pytest.raises(OVERS[over].module("downloads").DownloadError):
            caller.download(result, to=tmp_path / "a")
