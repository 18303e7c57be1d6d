"""The platform on real sockets, as a command, and as an ASGI application without sockets."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from wechatpay_sandbox import (
    REFUND_ID,
    SUB_MCHID,
    Request,
    RunningServer,
    SandboxApp,
    environment,
    faults,
    serve,
)

from tests.merchant_by_hand import (
    NOW,
    Clock,
    Merchant,
    new_platform,
    path,
    query_target,
    shared_keys,
    verify,
)

BOUND = 20.0
"""Seconds after which something that should have happened has not."""

MERCHANT = Merchant(Clock())


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with serve(MERCHANT.platform) as running:
        yield running


@pytest.fixture
def client(server: RunningServer) -> Iterator[httpx.Client]:
    MERCHANT.platform.reset()
    with httpx.Client(base_url=server.base_url, timeout=BOUND, trust_env=False) as client:
        yield client


def send(client: httpx.Client, request: Request) -> httpx.Response:
    headers = dict(request.headers.lines)
    return client.request(request.method, request.target, content=request.body, headers=headers)


def control(client: httpx.Client, action: str, **arguments: object) -> object:
    response = client.post(f"/_sandbox/{action}", json=arguments)
    assert response.status_code == 200, response.text
    return response.json()


def test_both_operations_answer_over_a_socket(client: httpx.Client) -> None:
    created = send(client, MERCHANT.create_request())
    assert (created.status_code, created.json()["result"]) == (200, "PROCESSING")
    results = [send(client, MERCHANT.query_request()).json()["result"] for _ in range(3)]
    assert results == ["PROCESSING", "PROCESSING", "SUCCESS"]


def test_the_socket_carries_the_replys_bytes_and_headers(client: httpx.Client) -> None:
    response = send(client, MERCHANT.create_request())
    reply = MERCHANT.platform.log[-1].reply
    assert response.content == reply.body
    for name, value in reply.headers.lines:
        assert response.headers.get_list(name) == [value]
    assert response.headers["Content-Length"] == str(len(reply.body))


def test_target_and_body_reach_the_record_byte_for_byte(client: httpx.Client) -> None:
    target = query_target("a%2Fb%20%e9") + "&%61=%2B+"
    send(client, MERCHANT.request("GET", target))
    assert MERCHANT.platform.log[-1].request.target == target
    body = b'{ "sub_mchid" : "1900000109" }\r\n'
    assert send(client, MERCHANT.request("POST", path(), body)).status_code == 200
    assert MERCHANT.platform.log[-1].request.body == body


def test_one_platform_on_two_ports_has_one_state(client: httpx.Client) -> None:
    with (
        serve(MERCHANT.platform) as second,
        httpx.Client(base_url=second.base_url, timeout=BOUND, trust_env=False) as other,
    ):
        send(client, MERCHANT.create_request())
        assert send(other, MERCHANT.query_request()).status_code == 200
        MERCHANT.platform.next(faults.answer(503), host=second.host, times=None)
        assert send(client, MERCHANT.query_request()).status_code == 200
        assert send(other, MERCHANT.query_request()).status_code == 503


@pytest.mark.parametrize("after_change", [False, True])
def test_a_dropped_connection_gives_no_answer(client: httpx.Client, after_change: bool) -> None:
    MERCHANT.platform.next(faults.drop_connection(after_change=after_change))
    with pytest.raises(httpx.RemoteProtocolError):
        send(client, MERCHANT.create_request())
    assert MERCHANT.platform.log[-1].state_changed is after_change
    assert send(client, MERCHANT.create_request()).status_code == 200


def test_a_reply_can_break_off_in_its_body(client: httpx.Client) -> None:
    MERCHANT.platform.next(faults.break_off())
    with pytest.raises(httpx.RemoteProtocolError):
        send(client, MERCHANT.create_request())
    assert MERCHANT.platform.log[-1].state_changed


def test_a_delayed_reply_lets_the_caller_time_out(client: httpx.Client) -> None:
    MERCHANT.platform.next(faults.delay(3600))
    client.timeout = httpx.Timeout(0.2)
    with pytest.raises(httpx.ReadTimeout):
        send(client, MERCHANT.create_request())
    assert MERCHANT.platform.log[-1].state_changed


def test_a_short_delay_ends_in_the_reply(client: httpx.Client) -> None:
    MERCHANT.platform.next(faults.delay(0.01))
    assert send(client, MERCHANT.create_request()).status_code == 200


@pytest.mark.parametrize("status", [204, 304, 599])
def test_any_status_can_be_delivered(client: httpx.Client, status: int) -> None:
    MERCHANT.platform.next(faults.status(status))
    response = send(client, MERCHANT.create_request())
    assert response.status_code == status
    assert bool(response.content) is (status == 599)
    reply = MERCHANT.platform.log[-1].reply
    assert reply.body == response.content
    verify(reply, shared_keys().public_key_pair.public_key())


def test_a_half_sent_request_is_not_processed(server: RunningServer, client: httpx.Client) -> None:
    host, port = server.host.split(":")
    with socket.create_connection((host, int(port)), timeout=BOUND) as raw:
        raw.sendall(f"POST {path()} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{{".encode())
        raw.shutdown(socket.SHUT_WR)
        while raw.recv(1024):
            pass
    assert MERCHANT.platform.log == ()
    assert send(client, MERCHANT.create_request()).status_code == 200


def test_creates_at_the_same_time_open_one_order(client: httpx.Client) -> None:
    requests = [MERCHANT.create_request() for _ in range(40)]
    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(partial(send, client), requests))
    assert len({response.json()["advance_return_id"] for response in responses}) == 1
    assert sum(exchange.state_changed for exchange in MERCHANT.platform.log) == 1


def test_replies_on_a_kept_connection_are_not_held_back(client: httpx.Client) -> None:
    """Headers and body leave apart; Nagle's delay would put 40 ms between them, 2 s in all."""
    send(client, MERCHANT.create_request())
    start = time.monotonic()
    for _ in range(50):
        send(client, MERCHANT.query_request())
    assert time.monotonic() - start < 1.5


def test_a_stopped_server_refuses_connections() -> None:
    with serve(MERCHANT.platform) as stopped:
        assert httpx.get(stopped.base_url, timeout=BOUND, trust_env=False).status_code == 404
    with pytest.raises(httpx.ConnectError):
        httpx.get(stopped.base_url, timeout=BOUND, trust_env=False)


def test_a_port_in_use_is_an_error(server: RunningServer) -> None:
    with (
        pytest.raises(OSError, match="in use"),
        serve(MERCHANT.platform, port=int(server.host.partition(":")[2])),
    ):
        pass


def test_a_reply_held_back_does_not_hold_back_the_end(capfd: pytest.CaptureFixture[str]) -> None:
    taken = threading.Event()

    def clock() -> float:
        taken.set()
        return NOW

    platform = new_platform(clock)
    platform.next(faults.delay(3600))
    with serve(platform) as running:
        host, port = running.host.split(":")
        raw = socket.create_connection((host, int(port)), timeout=BOUND)
        raw.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert taken.wait(BOUND)
    with raw:
        assert raw.recv(1) == b""
    assert capfd.readouterr().err == ""


async def test_without_sockets_the_same_application_answers() -> None:
    merchant = Merchant()
    transport = httpx.ASGITransport(app=SandboxApp(merchant.platform))
    request = merchant.create_request()
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:

        async def post() -> httpx.Response:
            headers = dict(request.headers.lines)
            return await client.post(request.target, content=request.body, headers=headers)

        assert (await post()).status_code == 200
        assert merchant.platform.log[-1].request.target == request.target
        for fault in (faults.drop_connection(), faults.break_off()):
            merchant.platform.next(fault)
            with pytest.raises(ConnectionResetError):
                await post()


# The control API


def test_control_adds_refunds_and_money_and_moves_time(client: httpx.Client) -> None:
    control(client, "add_sub_merchant", sub_mchid="1900000300", balance=0)
    settlement = {"result": "SUCCESS", "after_seconds": 60}
    refund = {"refund_id": "R", "sub_mchid": "1900000300", "amount": 5, "settlement": settlement}
    control(client, "add_refund", **refund)
    assert send(client, MERCHANT.create_request("R", "1900000300")).status_code == 403
    control(client, "top_up", sub_mchid="1900000300", amount=5)
    assert send(client, MERCHANT.create_request("R", "1900000300")).status_code == 200
    control(client, "advance", days=1, seconds=0.5)
    assert send(client, MERCHANT.query_request("R", "1900000300")).json()["result"] == "SUCCESS"


def test_control_plans_and_clears_faults(client: httpx.Client) -> None:
    planned = [
        {"dial": "set_fields", "fields": {"result": "MAYBE"}},
        {"dial": "drop_headers", "names": ["Request-ID", "Wechatpay-Nonce"]},
        {"dial": "status", "value": 201},
    ]
    control(client, "next", faults=planned, times=None, method="POST")
    response = send(client, MERCHANT.create_request())
    assert (response.status_code, response.json()["result"]) == (201, "MAYBE")
    assert not {"request-id", "wechatpay-nonce"} & set(response.headers)
    control(client, "clear")
    assert send(client, MERCHANT.create_request()).status_code == 200


def test_control_changes_settings_and_certificates(client: httpx.Client) -> None:
    settings = control(client, "settings", key_mode="certificate")
    assert settings == asdict(MERCHANT.platform.settings)
    serial = control(client, "rotate_certificate")
    assert send(client, MERCHANT.query_request()).headers["Wechatpay-Serial"] == serial
    control(client, "retire_certificate", serial_no=serial)
    state = client.get("/_sandbox/").json()
    assert state["certificates"] == [shared_keys().certificate.serial_no]
    assert state["settings"]["key_mode"] == "certificate"


def test_control_shows_the_record_and_resets(client: httpx.Client) -> None:
    request = MERCHANT.create_request()
    response = send(client, request)
    (line,) = client.get("/_sandbox/log").json()
    assert line["request"]["target"] == request.target
    assert line["request"]["body"] == request.body.decode()
    assert line["reply"]["body"] == response.text
    assert (line["state_changed"], line["faults"]) == (True, [])
    control(client, "reset")
    assert client.get("/_sandbox/log").json() == []


@pytest.mark.parametrize(
    ("action", "body", "error"),
    [
        ("nothing", "{}", "action"),
        ("advance", "[]", "not an object"),
        ("advance", "{", "Expecting"),
        ("advance", '{"day": 1}', "day: unknown"),
        ("advance", '{"days": true}', "days"),
        ("top_up", '{"sub_mchid": "1900000109"}', "amount: missing"),
        ("top_up", '{"sub_mchid": "1", "amount": 1}', "1"),
        ("add_refund", '{"refund_id": "", "sub_mchid": "1", "amount": 1}', "1 to 32"),
        ("add_refund", '{"refund_id":"1","sub_mchid":"1","amount":1,"settlement":1}', "settlement"),
        ("add_refund", '{"refund_id": "1", "sub_mchid": "1", "amount": true}', "amount"),
        ("settings", '{"key_mode": "none"}', "key_mode"),
        ("next", '{"faults": [{"dial": "explode"}]}', "dial"),
        ("next", '{"faults": [{"dial": "error", "code": "NOPE"}]}', "NOPE"),
        ("next", '{"faults": [{"dial": "drop_headers", "names": "Request-ID"}]}', "names"),
        ("next", '{"faults": {}}', "faults"),
        ("next", '{"faults": [], "times": "2"}', "times"),
    ],
)
def test_control_refuses_what_it_cannot_do(
    client: httpx.Client, action: str, body: str, error: str
) -> None:
    response = client.post(f"/_sandbox/{action}", content=body)
    assert response.status_code in {400, 404}
    assert error in response.json()["error"]
    assert send(client, MERCHANT.create_request()).status_code == 200


# The command


def test_the_environment_names_keys_only_their_owner_may_read(tmp_path: Path) -> None:
    keys = shared_keys()
    variables = environment(keys, tmp_path, "http://127.0.0.1:1")
    assert variables["WECHATPAY_BASE_URL"] == "http://127.0.0.1:1"
    assert variables["WECHATPAY_SERIAL_NO"] == keys.merchant.serial_no
    private = Path(variables["WECHATPAY_PRIVATE_KEY"]).read_bytes()
    assert private.startswith(b"-----BEGIN PRIVATE KEY-----")
    loaded = serialization.load_pem_private_key(private, None)
    assert loaded.public_key() == keys.merchant.private_key.public_key()
    public = Path(variables["WECHATPAY_PUBLIC_KEY"]).read_bytes()
    assert serialization.load_pem_public_key(public) == keys.public_key_pair.public_key()
    for file in tmp_path.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def sandbox(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "wechatpay_sandbox", *arguments]


def test_a_command_runs_with_the_environment_and_its_exit_code_is_kept() -> None:
    child = (
        "import os, json, urllib.request as u;"
        "e = {k: v for k, v in os.environ.items() if k.startswith('WECHATPAY_')};"
        "e['NO_PROXY'] = os.environ['NO_PROXY'];"
        "e['STATE'] = json.load(u.urlopen(e['WECHATPAY_BASE_URL'] + '/_sandbox/'));"
        "print(json.dumps(e)); raise SystemExit(7)"
    )
    done = subprocess.run(
        sandbox("--key-mode", "changeover", "--", sys.executable, "-c", child),
        # A proxy that does not exist: the sandbox must be reached past it.
        env=os.environ | {"http_proxy": "http://127.0.0.1:9", "no_proxy": "example.com"},
        capture_output=True,
        text=True,
        timeout=BOUND,
        check=False,
    )
    assert (done.returncode, done.stderr) == (7, "")
    seen = json.loads(done.stdout)
    state = seen.pop("STATE")
    assert seen.pop("NO_PROXY") == "example.com,127.0.0.1"
    assert seen["WECHATPAY_SUB_MCHID"] == SUB_MCHID
    assert seen["WECHATPAY_REFUND_ID"] == REFUND_ID
    assert seen["WECHATPAY_PUBLIC_KEY_ID"] == state["public_key_id"]
    assert state["settings"]["key_mode"] == "changeover"
    assert not Path(seen["WECHATPAY_PRIVATE_KEY"]).parent.exists(), "keys must be cleaned up"


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [(("--",), 2, "no command"), (("--", "./no-such-command"), 127, "./no-such-command")],
)
def test_a_command_that_cannot_run_is_an_error(
    arguments: tuple[str, ...], code: int, word: str
) -> None:
    done = subprocess.run(
        sandbox(*arguments), capture_output=True, text=True, timeout=BOUND, check=False
    )
    assert done.returncode == code
    assert word in done.stderr


@pytest.mark.parametrize(("by", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_alone_it_prints_what_to_paste_and_cleans_up(by: signal.Signals, code: int) -> None:
    if signal.getsignal(by) is signal.SIG_IGN:
        pytest.skip(f"whoever started this run ignores {by.name}, and children inherit it")
    with subprocess.Popen(sandbox(), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        variables: dict[str, str] = {}
        for line in process.stdout:
            found = re.fullmatch(r"export (WECHATPAY_\w+)=(\S+)\n", line)
            if found:
                variables[found[1]] = found[2]
            elif variables:
                break
        url = variables["WECHATPAY_BASE_URL"] + "/_sandbox/"
        state = httpx.get(url, timeout=BOUND, trust_env=False).json()
        assert state["mchid"] == variables["WECHATPAY_MCHID"]
        keys = Path(variables["WECHATPAY_PRIVATE_KEY"]).parent
        assert stat.S_IMODE(keys.stat().st_mode) == 0o700
        os.kill(process.pid, by)
        assert process.wait(BOUND) == code
    assert not keys.exists()
