"""Ways to reach the platform: TLS, the proxy, the transport without sockets; the demo."""

from __future__ import annotations

import json
import os
import re
import socket
import ssl
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from wechatpay_sandbox import (
    TLS,
    Request,
    RunningServer,
    SandboxTransport,
    faults,
    make_tls,
    serve,
    serve_proxy,
)
from wechatpay_sandbox._demo import Demo

from tests.merchant_by_hand import Merchant, query_target, shared_keys, verify

BOUND = 20.0
OFFICIAL = "https://api.mch.weixin.qq.com"


@pytest.fixture
def merchant() -> Merchant:
    return Merchant()


@pytest.fixture(scope="module")
def tls() -> TLS:
    return make_tls()


@pytest.fixture
def server(merchant: Merchant, tls: TLS) -> Iterator[RunningServer]:
    with serve(merchant.platform, tls=tls) as running:
        yield running


def trusting(tls: TLS) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=tls.authority_pem)


def send(client: httpx.Client, request: Request) -> httpx.Response:
    headers = dict(request.headers.lines)
    return client.request(request.method, request.target, content=request.body, headers=headers)


def test_over_tls_a_client_has_to_trust_the_authority(
    merchant: Merchant, server: RunningServer, tls: TLS
) -> None:
    assert server.base_url.startswith("https://127.0.0.1:")
    with httpx.Client(base_url=server.base_url, verify=trusting(tls), trust_env=False) as client:
        assert send(client, merchant.create_request()).status_code == 200
    with (
        httpx.Client(base_url=server.base_url, trust_env=False) as client,
        pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        send(client, merchant.create_request())
    assert len(merchant.platform.log) == 1


def test_the_authority_passes_strict_checks(server: RunningServer, tls: TLS) -> None:
    context = trusting(tls)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=BOUND) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secured,
    ):
        assert secured.version() in {"TLSv1.2", "TLSv1.3"}


def test_a_connection_can_be_dropped_over_tls(
    merchant: Merchant, server: RunningServer, tls: TLS
) -> None:
    with httpx.Client(base_url=server.base_url, verify=trusting(tls), trust_env=False) as client:
        for fault in (faults.drop_connection(), faults.break_off()):
            merchant.platform.next(fault)
            with pytest.raises(httpx.TransportError):
                send(client, merchant.create_request())


def test_the_proxy_leads_the_official_hosts_here(
    merchant: Merchant, server: RunningServer, tls: TLS
) -> None:
    with (
        serve_proxy(server) as proxy,
        httpx.Client(proxy=proxy.url, verify=trusting(tls), trust_env=False) as client,
    ):
        for host in ("api", "api2"):
            client.base_url = f"https://{host}.mch.weixin.qq.com"
            assert send(client, merchant.create_request()).status_code == 200
        assert proxy.hosts == ("api.mch.weixin.qq.com:443", "api2.mch.weixin.qq.com:443")
    hosts = [request.headers.get("Host") for request in merchant.platform.requests()]
    assert hosts == ["api.mch.weixin.qq.com", "api2.mch.weixin.qq.com"]


def test_the_proxy_only_makes_tunnels(server: RunningServer) -> None:
    with serve_proxy(server) as proxy:
        with httpx.Client(proxy=proxy.url, trust_env=False) as client:
            assert client.get("http://example.com/").status_code == 405
        port = int(proxy.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=BOUND) as raw:
            raw.sendall(b"CONNECT half a he")
            raw.shutdown(socket.SHUT_WR)
            assert raw.recv(1) == b""
        assert proxy.hosts == ()


# Without sockets


def test_the_transport_carries_bytes_and_headers(merchant: Merchant) -> None:
    with httpx.Client(transport=SandboxTransport(merchant.platform), base_url=OFFICIAL) as client:
        assert send(client, merchant.create_request()).status_code == 200
        escaped = query_target("%35" + "0" * 28)
        response = send(client, merchant.request("GET", escaped))
    exchange = merchant.platform.log[-1]
    assert exchange.request.target == escaped
    assert exchange.request.headers.get("Host") == "api.mch.weixin.qq.com"
    assert response.content == exchange.reply.body
    verify(exchange.reply, shared_keys().public_key_pair.public_key())
    for name, value in exchange.reply.headers.lines:
        assert response.headers.get_list(name) == [value]
    assert response.headers["Content-Length"] == str(len(exchange.reply.body))


async def test_the_transport_serves_async_clients(merchant: Merchant) -> None:
    request = merchant.create_request()
    transport = SandboxTransport(merchant.platform)
    async with httpx.AsyncClient(transport=transport, base_url=OFFICIAL) as client:
        headers = dict(request.headers.lines)
        response = await client.post(request.target, content=request.body, headers=headers)
        assert response.json()["result"] == "PROCESSING"
        merchant.platform.next(faults.break_off())
        with pytest.raises(httpx.RemoteProtocolError):
            await client.post(request.target, content=request.body, headers=headers)


@pytest.mark.parametrize(
    ("fault", "error", "changed"),
    [
        (faults.drop_connection(), httpx.RemoteProtocolError, False),
        (faults.drop_connection(after_change=True), httpx.RemoteProtocolError, True),
        (faults.break_off(), httpx.RemoteProtocolError, True),
        (faults.delay(3600), httpx.ReadTimeout, True),
    ],
)
def test_the_transport_fails_as_a_connection_does(
    merchant: Merchant, fault: faults.Fault, error: type[Exception], changed: bool
) -> None:
    merchant.platform.next(fault)
    with httpx.Client(
        transport=SandboxTransport(merchant.platform), base_url=OFFICIAL, timeout=5
    ) as client:
        with pytest.raises(error):
            send(client, merchant.create_request())
        assert merchant.platform.log[-1].state_changed is changed
        merchant.platform.next(faults.delay(4.9))
        assert send(client, merchant.create_request()).status_code == 200


def test_a_reply_without_a_body_has_no_length(merchant: Merchant) -> None:
    merchant.platform.next(faults.status(204))
    with httpx.Client(transport=SandboxTransport(merchant.platform), base_url=OFFICIAL) as client:
        response = send(client, merchant.create_request())
    assert (response.status_code, response.content) == (204, b"")
    assert "Content-Length" not in response.headers


# The command


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "wechatpay_sandbox", *arguments]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), capture_output=True, text=True, timeout=BOUND, check=False
    )


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "gbk"])
def test_the_demo_prints_what_the_console_can(encoding: str) -> None:
    done = subprocess.run(
        command("--demo"),
        env=os.environ | {"PYTHONIOENCODING": encoding},
        capture_output=True,
        timeout=BOUND,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"SIGN_ERROR" in done.stdout


def test_a_port_that_cannot_be_one_is_no_traceback() -> None:
    done = run("--port", "99999", "--", "true")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


ASK = """
import httpx, json, os
urls = [os.environ["WECHATPAY_BASE_URL"], os.environ["WECHATPAY_BACKUP_URL"]]
with httpx.Client() as client:
    urls.append("https://api2.mch.weixin.qq.com")
    print(json.dumps([client.get(url + "/_sandbox/").json()["settings"] for url in urls]))
"""


def test_by_its_variables_a_command_finds_tls_both_hosts_and_the_proxy() -> None:
    # trust_env of httpx reads SSL_CERT_FILE and HTTPS_PROXY: nothing else is told to the child.
    done = run("--proxy", "--backup", "--latency", "0.01", "--", sys.executable, "-c", ASK)
    assert (done.returncode, done.stderr) == (0, "")
    seen = json.loads(done.stdout)
    assert [settings["latency"] for settings in seen] == [0.01] * 3


def test_a_state_file_survives_the_process(tmp_path: Path) -> None:
    state = tmp_path / "state.sqlite"
    child = (
        "import os, urllib.request as u; e = os.environ;"
        "b = e['WECHATPAY_BASE_URL'] + '/_sandbox/';"
        "u.urlopen(b + 'advance', b'{\"days\": 1}');"
        "print(e['WECHATPAY_SERIAL_NO'], e['WECHATPAY_PUBLIC_KEY'])"
    )
    lines = [
        run("--state", str(state), "--", sys.executable, "-c", child).stdout.splitlines()
        for _ in range(2)
    ]
    assert lines[0][-1] == lines[1][-1], "a restart must keep the keys"
    assert Path(lines[0][-1].split()[1]).parent == tmp_path / "state.sqlite.keys"
    assert "state file" in lines[1][0]


def cells(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


@pytest.mark.parametrize("coloured", [False, True])
def test_the_demo_fits_a_terminal_and_tells_the_whole_life(coloured: bool) -> None:
    lines: list[str] = []
    Demo(shared_keys(), lines.append, coloured=coloured, clock=lambda: 1_790_000_000.0).run()
    plain = [re.sub(r"\033\[\d+m", "", line) for line in lines]
    assert (plain == lines) is not coloured
    assert max(cells(line) for line in plain) <= 80
    assert len(lines) <= 24, "it should fit on one screen"
    answers = re.findall(r"(\d{3} [A-Z_]+|no answer)", "\n".join(plain))
    assert answers == [
        "403 NOT_ENOUGH",
        *["200 PROCESSING"] * 3,
        *["200 SUCCESS"] * 2,
        *["200 PROCESSING"] * 2,
        "200 FAILED",
        "400 INVALID_REQUEST",
        "no answer",
        "200 PROCESSING",
        "401 SIGN_ERROR",
    ]


def test_the_demo_runs_as_a_command() -> None:
    done = subprocess.run(
        command("--demo"),
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=BOUND,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "200 SUCCESS" in done.stdout
    assert "\033" not in done.stdout
