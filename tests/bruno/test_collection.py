"""The collection for Bruno and the sample for curl, run by these programs against the sandbox."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from wechatpay_sandbox import Keys, Platform, RunningServer, environment, faults

from spec.bruno import write_collection
from spec.lenient import load
from tests.tools import tool

Run: TypeAlias = Callable[..., subprocess.CompletedProcess[str]]
HERE = Path(__file__).parent
CURL = HERE.parents[1] / "spec" / "reference" / "curl.sh"


@pytest.fixture
def settings(keys: Keys, server: RunningServer, tmp_path: Path) -> dict[str, str]:
    """Return what the sandbox prints, to paste into a terminal."""
    folder = tmp_path / "keys"
    folder.mkdir()
    return {**os.environ, **environment(keys, folder, server.base_url)}


@pytest.fixture
def run(settings: dict[str, str], tmp_path: Path) -> Run:
    """Return a way to run the collection."""
    program = tool("bru", folder=HERE / "node_modules" / ".bin")
    write_collection(load(), tmp_path / "bruno")

    def run(**changed: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program, "run", "--sandbox", "developer"],
            cwd=tmp_path / "bruno",
            env=settings | changed,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    return run


def test_create_query_and_an_unknown_refund_are_signed_and_verified(
    run: Run, platform: Platform
) -> None:
    done = run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert [one.request.method for one in platform.log] == ["POST", "GET", "GET"]
    assert "6/6" in done.stdout, "a status and a verified signature of each"


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (faults.flip_signature(), "invalid_signature"),
        (faults.timestamp_off(-302), "expired_timestamp"),
        (faults.unsigned(), "missing_signature"),
        (faults.drop_headers("Wechatpay-Nonce"), "missing_signature"),
        (faults.set_header("Wechatpay-Serial", "PUB_KEY_ID_0"), "unknown_serial"),
        (faults.set_header("Wechatpay-Signature-Type", "OTHER"), "unsupported_signature_type"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_response_that_does_not_verify_fails_the_run(
    run: Run, platform: Platform, fault: faults.Fault, reason: str
) -> None:
    platform.next(fault, method="GET")
    done = run()
    assert done.returncode != 0
    assert reason in done.stdout + done.stderr


def test_a_missing_setting_is_named(run: Run, platform: Platform) -> None:
    done = run(WECHATPAY_MCHID="")
    assert "WECHATPAY_MCHID is not set" in done.stdout + done.stderr
    assert not platform.log


def curl(settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    tool("openssl")
    tool("curl")
    return subprocess.run(
        [tool("bash"), CURL], env=settings, capture_output=True, text=True, check=False, timeout=60
    )


def test_curl_creates_queries_and_verifies(settings: dict[str, str], platform: Platform) -> None:
    done = curl(settings)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count('"PROCESSING"') == 2
    assert done.stderr.count("Verified OK") == 2


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (faults.flip_signature(), "Verification failure"),
        (faults.tamper_body("PROCESSING", "SUCCESS"), "Verification failure"),
        (faults.timestamp_off(-310), "too old"),
        (faults.unsigned(), "unsigned"),
        (faults.set_header("Wechatpay-Serial", "PUB_KEY_ID_0"), "another key"),
    ],
    ids=["signature", "body", "time", "unsigned", "key"],
)
def test_curl_takes_no_other_response(
    settings: dict[str, str], platform: Platform, fault: faults.Fault, message: str
) -> None:
    platform.next(fault)
    done = curl(settings)
    assert done.returncode != 0
    assert message in done.stderr
    assert done.stdout == ""
