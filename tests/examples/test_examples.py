"""Each example runs against the sandbox, as somebody who copied it would run it."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
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


def command(name: str, arguments: Sequence[str]) -> list[str]:
    return [sys.executable, *([name] if name.endswith(".py") else ["-m", name]), *arguments]


def run(name: str, *arguments: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(name, arguments),
        cwd=FOLDER,
        env={"PATH": os.environ["PATH"], "REFUND_SECOND": "0"} | dict(env),
        capture_output=True,
        text=True,
        timeout=BOUND,
        check=False,
    )


@contextmanager
def started(
    name: str, *arguments: str, env: Mapping[str, str]
) -> Generator[subprocess.Popen[bytes]]:
    """Start an example, and end it with the block."""
    process = subprocess.Popen(
        command(name, arguments),
        cwd=FOLDER,
        env={"PATH": os.environ["PATH"], "REFUND_SECOND": "0"} | dict(env),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


Ask = Callable[..., tuple[int, object]]


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


@pytest.fixture
def refunds(wechatpay_sandbox: Sandbox) -> list[str]:
    """Give the platform 200 refunds, two of them with trouble, and return their numbers."""
    platform = wechatpay_sandbox.platform
    numbers = [f"{number:029d}" for number in range(200)]
    for number in numbers:
        plan = Settlement(after_queries=1)
        platform.add_refund(
            Refund(refund_id=number, sub_mchid=SUB_MCHID, amount=1, settlement=plan)
        )
    platform.add_refund(
        Refund(refund_id=numbers[50], sub_mchid=SUB_MCHID, amount=1, refusal="NO_AUTH")
    )
    platform.next(faults.drop_connection(after_change=True), target=f"/{numbers[70]}/")
    return numbers


@pytest.mark.parametrize(
    ("name", "line", "words"),
    [
        ("many_refunds.py", "{},{}\n", "SELECT refund_id, state, advance_return_id FROM results"),
        (
            "returns.threads",
            "{},{},1\n",
            "SELECT refund_id, state, advance_return_id FROM outstanding_returns",
        ),
    ],
)
def test_many_refunds_go_on_where_they_were_killed(
    wechatpay_sandbox: Sandbox,
    refunds: list[str],
    tmp_path: Path,
    name: str,
    line: str,
    words: str,
) -> None:
    platform = wechatpay_sandbox.platform
    file = tmp_path / "refunds.csv"
    file.write_text("".join(line.format(number, SUB_MCHID) for number in refunds))
    quick = {"REFUND_PAUSE": "0.05", "REFUND_LONGEST_PAUSE": "0.1", "REFUND_LEASE": "1"}
    env = wechatpay_sandbox.environment | quick | {"REFUND_RATE": "1000/second"}
    chance = random.Random(18)  # noqa: S311 - a test's
    for _ in range(3):
        until = len(platform.log) + chance.randrange(20, 120)
        with started(name, str(file), env=env) as process:
            end = time.monotonic() + BOUND
            while len(platform.log) < until and process.poll() is None:
                assert time.monotonic() < end, "it does nothing"
                time.sleep(0.01)
            process.kill()
    done = run(name, str(file), env=env)
    assert done.returncode == 1, "one was refused"
    assert "SUCCESS: 199" in done.stdout, done.stderr
    with closing(sqlite3.connect(f"{file}.db")) as found:
        lines = {number: (state, order) for number, state, order in found.execute(words)}
    states = {number: state for number, (state, _) in lines.items()}
    assert states.keys() == set(refunds)
    assert states.pop(refunds[50]) in {"NoAuthError", "refused"}
    assert set(states.values()) == {"SUCCESS"}
    orders = {order for _, order in lines.values() if order}
    assert len(orders) == 199
    opened_and_settled = sum(exchange.state_changed for exchange in platform.log)
    assert opened_and_settled == 2 * 199, "none doubled"


@pytest.fixture
def service(wechatpay_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    from fastapi.testclient import TestClient

    from tests.examples.fastapi_service import app

    for name, value in wechatpay_sandbox.environment.items():
        monkeypatch.setenv(name, value)
    with TestClient(app) as client:

        def ask(method: str, last: str, sub_mchid: str = SUB_MCHID) -> tuple[int, object]:
            url = f"/refunds/{numbered(last)}/return?sub_mchid={sub_mchid}"
            response = client.request(method, url)
            return response.status_code, response.json()

        yield ask


def test_the_fastapi_service_tells_how_a_return_stands(service: Ask) -> None:
    standing = {"refund_id": REFUND_ID, "result": "PROCESSING", "fen": 888}
    for method in ("PUT", "PUT", "GET"):
        assert service(method, "859") == (200, standing)


@pytest.mark.parametrize(
    ("method", "trouble", "status", "code"),
    [
        ("PUT", [faults.error("NO_AUTH")], 403, "NO_AUTH"),
        ("GET", [], 404, "RESOURCE_NOT_EXISTS"),
        ("PUT", [faults.error("PARAM_ERROR")], 422, "PARAM_ERROR"),
        ("PUT", [faults.error("NO_AUTH"), faults.unsigned()], 502, "BAD_GATEWAY"),
        ("PUT", [faults.sign_error()], 502, "BAD_GATEWAY"),
        ("PUT", [faults.sign_error(), faults.signed()], 502, "SIGN_ERROR"),
        ("GET", [faults.unsigned()], 502, "BAD_GATEWAY"),
        ("GET", [faults.error("SYSTEM_ERROR")], 502, "SYSTEM_ERROR"),
        ("GET", [faults.error("FREQUENCY_LIMITED")], 503, "FREQUENCY_LIMITED"),
        ("GET", [faults.drop_connection()], 503, "UNREACHABLE"),
    ],
)
def test_the_fastapi_service_says_whose_mistake_it_is(
    wechatpay_sandbox: Sandbox,
    service: Ask,
    method: str,
    trouble: list[faults.Fault],
    status: int,
    code: str,
) -> None:
    if trouble:
        wechatpay_sandbox.platform.next(*trouble, times=9)
    found, said = service(method, "859")
    assert isinstance(said, dict)
    assert (found, said["code"]) == (status, code)


def test_the_fastapi_service_refuses_wrong_input_before_it_is_sent(
    wechatpay_sandbox: Sandbox, service: Ask
) -> None:
    status, said = service("PUT", "859", "1" * 33)
    assert status == 422
    assert "sub_mchid must have at most 32 characters" in str(said)
    assert wechatpay_sandbox.platform.log == ()


def test_the_fastapi_service_never_calls_an_unknown_outcome_a_failure(
    wechatpay_sandbox: Sandbox, service: Ask
) -> None:
    wechatpay_sandbox.platform.next(faults.unsigned(), times=9)
    assert service("PUT", "860") == (202, {"result": "UNKNOWN"})


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
    assert done.stdout == f"PROCESSING verified by certificate {serial}\n"
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
        keys = wechatpay_sandbox.environment
        official = {name: value for name, value in keys.items() if not name.endswith("_URL")}
        own = {"REFUND_PROXY": proxy.url, "REFUND_CA_FILE": str(authority)}
        done = run("proxy_and_tls.py", env=official | own)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == "PROCESSING from https://api.mch.weixin.qq.com\n"
        assert proxy.hosts == ("api.mch.weixin.qq.com:443",)


def test_every_example_is_run_by_a_test() -> None:
    own = Path(__file__).read_text(encoding="utf-8")
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    for file in FOLDER.glob("*.py"):
        if file.name != "conftest.py" and not file.name.startswith("test_"):
            assert file.stem in own, file.name
            assert f"`{file.name}`" in index, file.name
