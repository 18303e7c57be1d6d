"""Each example runs against the sandbox, as somebody who copied it would run it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from wechatpay_auth import RSAVerifier, WeChatPayAuth
from wechatpay_ecommerce_refund import Client
from wechatpay_ecommerce_refund.api.ecommerce_refund import create_return_advance
from wechatpay_ecommerce_refund.models import CreateReturnAdvanceRequest
from wechatpay_sandbox import (
    REFUND_ID,
    SUB_MCHID,
    Refund,
    Sandbox,
    Settlement,
    faults,
    make_tls,
    serve,
    serve_proxy,
)

FOLDER = Path(__file__).parent
BOUND = 60.0
DAY = 86400


def run(name: str, *arguments: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, FOLDER / name, *arguments],
        env={"PATH": os.environ["PATH"], "REFUND_PAUSE": "0"} | dict(env),
        capture_output=True,
        text=True,
        timeout=BOUND,
        check=False,
    )


def numbered(last: str) -> str:
    return REFUND_ID[:-3] + last


@pytest.mark.parametrize(
    ("last", "code", "said"),
    [
        ("859", 0, "SUCCESS: 8.88 yuan"),
        ("861", 2, "FAILED"),
        ("863", 3, "short of money"),
        ("864", 1, "refused: 403 NO_AUTH"),
        ("872", 0, "SUCCESS"),
    ],
)
def test_the_sync_script_tells_each_outcome(
    wechatpay_sandbox: Sandbox, last: str, code: int, said: str
) -> None:
    sub_mchid = "1900000110" if last == "863" else SUB_MCHID
    done = run("sync_script.py", numbered(last), sub_mchid, env=wechatpay_sandbox.environment)
    assert done.returncode == code
    # Python shows the warning of a create that was retried, and nothing else.
    assert len(done.stderr.splitlines()) == (last == "872"), done.stderr
    assert said in done.stdout


def test_a_thousand_refunds_come_back_a_few_at_a_time(
    wechatpay_sandbox: Sandbox, tmp_path: Path
) -> None:
    platform = wechatpay_sandbox.platform
    at_once = Settlement(after_seconds=0)
    numbers = [f"{number:029d}" for number in range(1000)]
    for number in numbers:
        platform.add_refund(
            Refund(refund_id=number, sub_mchid=SUB_MCHID, amount=1, settlement=at_once)
        )
    platform.next(faults.error("NO_AUTH"), target=f"/{numbers[500]}/")
    platform.next(faults.drop_connection(after_change=True), target=f"/{numbers[700]}/")
    file = tmp_path / "refunds.csv"
    file.write_text("".join(f"{number},{SUB_MCHID}\n" for number in numbers))
    done = run("many_refunds.py", str(file), env=wechatpay_sandbox.environment)
    assert done.stdout.splitlines() == ["NoAuthError: 1", "SUCCESS: 999"]
    assert done.returncode == 1
    assert numbers[500] in done.stderr
    assert "1000/1000" in done.stderr
    assert sum(exchange.state_changed for exchange in platform.log) == 999


def test_the_fastapi_service_passes_results_and_refusals_on(
    wechatpay_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fastapi.testclient import TestClient

    from tests.examples.fastapi_service import app

    for name, value in wechatpay_sandbox.environment.items():
        monkeypatch.setenv(name, value)
    with TestClient(app) as service:

        def ask(method: str, last: str) -> tuple[int, object]:
            url = f"/refunds/{numbered(last)}/return?sub_mchid={SUB_MCHID}"
            response = service.request(method, url)
            return response.status_code, response.json()

        standing = {"refund_id": REFUND_ID, "result": "PROCESSING", "fen": 888}
        assert ask("PUT", "859") == (200, standing)
        assert ask("PUT", "859") == (200, standing)
        assert ask("GET", "859") == (200, standing)
        status, refusal = ask("PUT", "864")
        assert status == 403
        assert isinstance(refusal, dict)
        assert refusal["code"] == "NO_AUTH"
        wechatpay_sandbox.platform.next(faults.unsigned(), times=9)
        assert ask("PUT", "860") == (202, {"result": "UNKNOWN"})


def test_the_queue_task_follows_a_return_over_days(
    wechatpay_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from celery.contrib.testing.worker import start_worker

    from tests.examples import celery_task

    platform = wechatpay_sandbox.platform
    for name, value in wechatpay_sandbox.environment.items():
        monkeypatch.setenv(name, value)
    platform.add_refund(
        Refund(
            refund_id="R",
            sub_mchid=SUB_MCHID,
            amount=1,
            settlement=Settlement(after_seconds=3 * DAY),
        )
    )
    waited: list[float] = []
    planned = celery_task.wait_before

    def wait(attempt: int) -> float:
        """Let the time pass on the platform, not here."""
        waited.append(planned(attempt))
        platform.advance(seconds=waited[-1])
        return 0.0

    monkeypatch.setattr(celery_task, "wait_before", wait)
    celery_task.app.conf.update(
        result_backend="cache+memory://",
        broker_transport_options={"polling_interval": 0.01},
        worker_hijack_root_logger=False,
    )
    with start_worker(celery_task.app, pool="solo", perform_ping_check=False):
        first = celery_task.start("R", SUB_MCHID)
        result = celery_task.app.AsyncResult(first)
        assert result.get(timeout=BOUND, interval=0.01) == "SUCCESS"
    assert first == "return-advance-R"
    assert waited == [60, 600, 3600, 6 * 3600, DAY, DAY, DAY]
    assert [r.method for r in platform.requests()] == ["POST", *["GET"] * 7]


class StandInKMS:
    """Does what a KMS does with a digest."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._key = sandbox.keys.merchant.private_key

    def sign(
        self,
        *,
        KeyId: str,  # noqa: N803
        Message: bytes,  # noqa: N803
        MessageType: str,  # noqa: N803
        SigningAlgorithm: str,  # noqa: N803
    ) -> dict[str, bytes]:
        assert (KeyId, MessageType) == ("alias/wechatpay", "DIGEST")
        assert SigningAlgorithm == "RSASSA_PKCS1_V1_5_SHA_256"
        prehashed = Prehashed(hashes.SHA256())
        return {"Signature": self._key.sign(Message, padding.PKCS1v15(), prehashed)}


def test_the_kms_signer_signs_what_the_platform_accepts(wechatpay_sandbox: Sandbox) -> None:
    from tests.examples.kms_signer import KMSSigner

    keys = wechatpay_sandbox.keys
    signer = KMSSigner(
        StandInKMS(wechatpay_sandbox),
        key_id="alias/wechatpay",
        serial_no=keys.merchant.serial_no,
    )
    verifier = RSAVerifier.from_public_key(keys.public_key_id, keys.public_key_pem)
    auth = WeChatPayAuth(keys.mchid, signer=signer, verifier=verifier)
    with (
        httpx.Client(transport=wechatpay_sandbox.transport) as http,
        Client(auth, http=http) as client,
    ):
        body = CreateReturnAdvanceRequest(sub_mchid=SUB_MCHID)
        returned = create_return_advance.sync(REFUND_ID, client=client, body=body)
    assert returned.result == "PROCESSING"


def test_certificate_mode_downloads_what_it_needs(wechatpay_sandbox: Sandbox) -> None:
    from dataclasses import replace

    platform = wechatpay_sandbox.platform
    platform.settings = replace(platform.settings, key_mode="certificate")
    done = run("certificate_mode.py", env=wechatpay_sandbox.environment)
    assert (done.returncode, done.stderr) == (0, "")
    serial = platform.certificates[0].serial_no
    assert done.stdout == f"PROCESSING proven by certificate {serial}\n"
    assert [r.target for r in platform.requests("GET")] == ["/v3/certificates"]


def test_proxy_and_own_authority_lead_to_the_official_host(
    wechatpay_sandbox: Sandbox, tmp_path: Path
) -> None:
    tls = make_tls()
    authority = tmp_path / "authority.pem"
    authority.write_text(tls.authority_pem)
    with (
        serve(wechatpay_sandbox.platform, tls=tls) as server,
        serve_proxy(server) as proxy,
    ):
        own = {"REFUND_PROXY": proxy.url, "REFUND_CA_FILE": str(authority)}
        done = run("proxy_and_tls.py", env=wechatpay_sandbox.environment | own)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == "PROCESSING from https://api.mch.weixin.qq.com\n"
        assert proxy.hosts == ("api.mch.weixin.qq.com:443",)


def test_every_example_is_run_by_a_test() -> None:
    own = Path(__file__).read_text(encoding="utf-8")
    for file in FOLDER.glob("*.py"):
        assert file.stem in own or file.name == Path(__file__).name, file.name
