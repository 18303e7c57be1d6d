"""Each receiver of notices serves over a real socket and responds as the platform expects."""

from __future__ import annotations

import json
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.auth.support import API_V3_KEY, KEY_ID, MCHID, encrypted, signature_headers

FOLDER = Path(__file__).parent
KEYS = FOLDER.parents[1] / "spec" / "vectors" / "keys"
FAILED = {"code": "FAIL", "message": "the notice was not accepted"}
RECEIVERS = {
    "fastapi": ["-m", "uvicorn", "notices.fastapi_app:app", "--port"],
    "flask": ["-m", "flask", "--app", "notices.flask_app", "run", "--port"],
    "django": ["-m", "notices.django_app", "runserver", "--noreload", "--skip-checks"],
}


def environment(store: Path) -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin",
        "REFUND_NOTICES": str(store),
        "WECHATPAY_MCHID": MCHID,
        "WECHATPAY_SERIAL_NO": "5A",
        "WECHATPAY_PRIVATE_KEY": str(KEYS / "merchant.key.pem"),
        "WECHATPAY_PUBLIC_KEY_ID": KEY_ID,
        "WECHATPAY_PUBLIC_KEY": str(KEYS / "platform_public_key.pub.pem"),
        "WECHATPAY_API_V3_KEY": API_V3_KEY,
    }


@pytest.fixture(scope="module", params=RECEIVERS)
def receiver(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """Serve one receiver; its URL, and where its store will be once the folder is there."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    store = tmp_path_factory.mktemp("store") / "folder" / "notices.db"
    command = [sys.executable, *RECEIVERS[request.param], str(port)]
    with subprocess.Popen(
        command,
        cwd=FOLDER,
        env=environment(store),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            wait_for(port, process)
            yield f"http://127.0.0.1:{port}/notices/refund", store
        finally:
            process.kill()


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 90
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("the receiver does not serve")


def notice(status: str, **resource: object) -> bytes:
    told = {"refund_id": "50200207182018070300011301001", "refund_status": status, **resource}
    sealed = encrypted(json.dumps(told).encode(), associated_data="refund")
    envelope = {
        "id": "EV-2018022511223320873",
        "event_type": f"REFUND.{status}",
        "resource": {"original_type": "refund", **sealed},
    }
    return json.dumps(envelope).encode()


def post(
    url: str, body: bytes, *, key: str = "platform_public_key", **headers: str
) -> tuple[int, bytes]:
    signing = load_pem_private_key((KEYS / f"{key}.key.pem").read_bytes(), None)
    assert isinstance(signing, rsa.RSAPrivateKey)
    signed = signature_headers(signing, body, timestamp=int(time.time()))
    response = httpx.post(url, content=body, headers=signed | headers, timeout=30)
    return response.status_code, response.content


def test_a_notice_is_verified_stored_and_accepted_once(receiver: tuple[str, Path]) -> None:
    """What is not stored is not accepted; what is stored may come again."""
    url, store = receiver
    status, body = post(url, notice("CLOSED"))
    assert (status, json.loads(body)) == (500, FAILED), "the store is not there yet"
    store.parent.mkdir()
    for _ in range(2):
        assert post(url, notice("CLOSED")) == (204, b"")
    assert post(url, notice("SUCCESS")) == (204, b"")
    forged = [
        post(url, notice("ABNORMAL"), key="stranger"),
        post(url, notice("ABNORMAL"), **{"Wechatpay-Nonce": "x"}),
        post(url, notice("ABNORMAL"), **{"Wechatpay-Serial": "5A"}),
        post(url, notice("ABNORMAL"), **{"Wechatpay-Timestamp": "1"}),
        post(url, notice("ABNORMAL"), **{"Wechatpay-Signature": "WECHATPAY/SIGNTEST/x"}),
    ]
    assert len(set(forged)) == 1, "a forger does not learn which rule was broken"
    assert (forged[0][0], json.loads(forged[0][1])) == (401, FAILED)
    with closing(sqlite3.connect(store)) as database:
        told = sorted(status for (status,) in database.execute("SELECT refund_status FROM told"))
    assert told == ["CLOSED", "SUCCESS"]
